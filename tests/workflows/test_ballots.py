"""The sealed urn: cast once, opened by two of three, and nobody can tell who voted what."""

import random
import threading
from collections import Counter
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from models import Box, Elector, OpenedBallot, Scrutineer, SealedBallot, User
from tests.cast import Cast, assemble, install
from tests.workflows.steps import proposed_case
from workflows import ballots, sealing
from workflows.ballots import Question, Voter
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused

SCRUTINEERS = ("supervisor", "supervisor2", "supervisor3")
CHOICES = ("good", "fair", "average", "poor")


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


def electorate(cast: Cast, sizes: dict[str, int]) -> list[Voter]:
    voters = []
    for category, size in sizes.items():
        for number in range(size):
            user = cast.person(f"{category}{number}", unit="finance_branch")
            voters.append(Voter(user.id, category))
    return voters


def prepared(cast: Cast, now: datetime, voters: list[Voter]) -> Box:
    case = proposed_case(cast, now, "reminder", "finance_branch_secretary", "finance_branch")
    asked = [(str(cast.users[who].id), who) for who in ("finance_secretary", "planning_secretary")]
    return ballots.prepare(
        cast.session,
        Question("民主测评", asked, CHOICES),
        voters,
        [cast.users[who].id for who in SCRUTINEERS],
        case_id=case.id,
        now=now,
    )


def opened(cast: Cast, now: datetime, voters: list[Voter]) -> tuple[Box, dict[int, str]]:
    box = prepared(cast, now, voters)
    codes = {
        cast.users[who].id: ballots.collect_key(cast.session, box.id, by=cast.users[who], now=now)
        for who in SCRUTINEERS
    }
    assert box.state == "open"
    return box, codes


def vote(cast: Cast, box: Box, voter: Voter, choice: str) -> None:
    _, elector = ballots.paper_for(
        cast.session, box.id, user=cast.session.get_one(User, voter.user_id)
    )
    assert box.public_key is not None
    marks = {
        item["key"]: sealing.seal(box.public_key, choice)
        for item in ballots.items_for(box, elector)
    }
    user = cast.session.get_one(User, voter.user_id)
    ballots.cast(cast.session, box.id, marks, user=user)


def two_of(codes: dict[int, str]) -> dict[int, str]:
    return dict(list(codes.items())[1:])


def test_what_is_cast_is_counted_and_the_urn_is_gone(cast: Cast, now: datetime) -> None:
    voters = electorate(cast, {"leaders": 5, "members": 7})
    box, codes = opened(cast, now, voters)
    for place, voter in enumerate(voters):
        vote(cast, box, voter, "good" if place % 2 else "fair")
    result = ballots.count(
        cast.session, box.id, two_of(codes), by=cast.users["supervisor"], now=now
    )
    of_first = result[str(cast.users["finance_secretary"].id)]
    assert of_first == {"leaders": {"fair": 3, "good": 2}, "members": {"good": 4, "fair": 3}}
    assert cast.session.scalars(select(SealedBallot)).all() == []
    assert box.sealed_key is None
    assert {one.shares == {} for one in cast.session.scalars(select(Scrutineer))} == {True}


def test_any_two_scrutineers_open_it_and_one_never_does(cast: Cast, now: datetime) -> None:
    voters = electorate(cast, {"members": 6})
    box, codes = opened(cast, now, voters)
    by = cast.users["supervisor"]
    ids = list(codes)
    with pytest.raises(Refused, match="Two scrutineers"):
        ballots.count(cast.session, box.id, {ids[0]: codes[ids[0]]}, by=by, now=now)
    with pytest.raises(Refused, match="does not open"):  # one code twice is still one
        ballots.count(
            cast.session, box.id, {ids[0]: codes[ids[0]], ids[1]: codes[ids[0]]}, by=by, now=now
        )
    for pair in ((0, 1), (0, 2), (1, 2)):
        box_codes = {ids[place]: codes[ids[place]].lower() for place in pair}
        with cast.session.begin_nested() as attempt:
            ballots.count(cast.session, box.id, box_codes, by=by, now=now)
            attempt.rollback()
        cast.session.refresh(box)


def test_nobody_votes_twice_nor_after_the_count(cast: Cast, now: datetime) -> None:
    voters = electorate(cast, {"members": 6})
    box, codes = opened(cast, now, voters)
    vote(cast, box, voters[0], "good")
    with pytest.raises(Conflict, match="voted already"):
        vote(cast, box, voters[0], "poor")
    ballots.count(cast.session, box.id, two_of(codes), by=cast.users["supervisor"], now=now)
    with pytest.raises(Conflict, match="closed"):
        vote(cast, box, voters[1], "good")
    with pytest.raises(Conflict, match="not open"):
        ballots.count(cast.session, box.id, two_of(codes), by=cast.users["supervisor"], now=now)


def test_strangers_neither_vote_nor_count(cast: Cast, now: datetime) -> None:
    box, codes = opened(cast, now, electorate(cast, {"members": 6}))
    stranger = cast.users["planning_member"]
    with pytest.raises(NotFound):
        ballots.paper_for(cast.session, box.id, user=stranger)
    with pytest.raises(NotAllowed):
        ballots.count(cast.session, box.id, two_of(codes), by=stranger, now=now)
    with pytest.raises(NotAllowed):
        ballots.collect_key(cast.session, box.id, by=stranger, now=now)


def test_a_code_is_shown_once(cast: Cast, now: datetime) -> None:
    box = prepared(cast, now, electorate(cast, {"members": 6}))
    ballots.collect_key(cast.session, box.id, by=cast.users["supervisor"], now=now)
    with pytest.raises(Conflict, match="kept nowhere"):
        ballots.collect_key(cast.session, box.id, by=cast.users["supervisor"], now=now)
    assert box.state == "collecting"  # two are missing yet


def test_nobody_votes_on_himself(cast: Cast, now: datetime) -> None:
    own = cast.users["finance_secretary"]
    voters = [*electorate(cast, {"members": 5}), Voter(own.id, "members", str(own.id))]
    box, _ = opened(cast, now, voters)
    assert box.public_key is not None
    whole = {item["key"]: sealing.seal(box.public_key, "good") for item in box.items}
    with pytest.raises(Invalid, match="whole ballot"):
        ballots.cast(cast.session, box.id, whole, user=own)
    vote(cast, box, voters[-1], "good")


def test_with_fewer_than_five_electors_no_ballot_is_held(cast: Cast, now: datetime) -> None:
    assert prepared(cast, now, electorate(cast, {"members": 4})).state == "not_held"


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ({"a": 5, "b": 9}, {"a": "a", "b": "b"}),
        ({"a": 2, "b": 9}, {"a": "a+b", "b": "a+b"}),
        ({"a": 2, "b": 3, "c": 9}, {"a": "a+b", "b": "a+b", "c": "c"}),
        ({"a": 1, "b": 2, "c": 9}, {"a": "a+b+c", "b": "a+b+c", "c": "a+b+c"}),
    ],
)
def test_categories_under_five_are_merged(sizes: dict[str, int], expected: dict[str, str]) -> None:
    assert ballots.merged(sizes) == expected


def test_a_category_where_few_voted_is_not_told_apart(cast: Cast, now: datetime) -> None:
    voters = electorate(cast, {"leaders": 5, "members": 7})
    box, codes = opened(cast, now, voters)
    for voter in voters[3:]:  # two leaders only
        vote(cast, box, voter, "good")
    result = ballots.count(
        cast.session, box.id, two_of(codes), by=cast.users["supervisor"], now=now
    )
    assert {tuple(groups) for groups in result.values()} == {("leaders+members",)}
    rows = cast.session.scalars(select(OpenedBallot)).all()
    assert {row.category for row in rows} == {"leaders+members"}  # nor by who reads the table
    assert len(rows) == 2 * 9


def test_of_too_few_marks_none_is_told_or_kept(cast: Cast, now: datetime) -> None:
    voters = electorate(cast, {"leaders": 5, "members": 7})
    box, codes = opened(cast, now, voters)
    for voter in voters[:4]:
        vote(cast, box, voter, "poor")
    result = ballots.count(
        cast.session, box.id, two_of(codes), by=cast.users["supervisor"], now=now
    )
    assert result == {item["key"]: {} for item in box.items}
    for kept in (OpenedBallot, SealedBallot):
        assert cast.session.scalars(select(kept)).all() == []


def test_a_spoilt_mark_is_dropped_and_the_rest_counts(cast: Cast, now: datetime) -> None:
    voters = electorate(cast, {"members": 7})
    box, codes = opened(cast, now, voters)
    vote(cast, box, voters[0], "excellent")  # the box offers no such choice
    for voter in voters[1:]:
        vote(cast, box, voter, "good")
    result = ballots.count(
        cast.session, box.id, two_of(codes), by=cast.users["supervisor"], now=now
    )
    assert {groups["members"]["good"] for groups in result.values()} == {6}


def test_while_it_is_open_only_the_turnout_is_known(cast: Cast, now: datetime) -> None:
    voters = electorate(cast, {"members": 6})
    box, _ = opened(cast, now, voters)
    vote(cast, box, voters[0], "good")
    assert ballots.turnout(cast.session, box) == (1, 6)
    assert box.result is None
    lengths = {len(one.sealed) for one in cast.session.scalars(select(SealedBallot))}
    assert lengths == {sealing.SEALED}


def test_of_two_ballots_at_once_one_is_taken(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    with sessions.begin() as session:
        install(session, now)
        cast = assemble(session)
        voters = electorate(cast, {"members": 5})
        box, _ = opened(cast, now, voters)
        public, box_id, items = box.public_key, box.id, list(box.items)
    assert public is not None
    marks = {item["key"]: sealing.seal(public, "good") for item in items}
    barrier, outcomes = threading.Barrier(2), []

    def once() -> None:
        try:
            with sessions.begin() as own:
                user = own.get_one(User, voters[0].user_id)
                barrier.wait(timeout=5) if own.get_bind().dialect.name == "postgresql" else None
                ballots.cast(own, box_id, marks, user=user)
            outcomes.append("taken")
        except Conflict:
            outcomes.append("refused")

    threads = [threading.Thread(target=once) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(outcomes) == ["refused", "taken"]
    with sessions() as session:
        assert len(session.scalars(select(SealedBallot)).all()) == len(items)


def test_the_rows_left_behind_tell_an_attacker_nothing(cast: Cast, now: datetime) -> None:
    """Who guesses by the order of rows or ids is right as often as by chance."""
    voters = electorate(cast, {"members": 40})
    box, codes = opened(cast, now, voters)
    chance = random.Random(7)  # noqa: S311 - the simulated voters, not the urn
    truth = [chance.choice(("good", "poor")) for _ in voters]
    for voter, choice in zip(voters, truth, strict=True):
        vote(cast, box, voter, choice)
    ballots.count(cast.session, box.id, two_of(codes), by=cast.users["supervisor"], now=now)
    item = box.items[0]["key"]
    rows = cast.session.scalars(
        select(OpenedBallot).where(OpenedBallot.item == item).order_by(OpenedBallot.id)
    ).all()
    right = sum(row.choice == told for row, told in zip(rows, truth, strict=True))
    assert Counter(row.choice for row in rows) == Counter(truth)
    assert 8 <= right <= 32  # 20 by chance; six sigma
    columns = set(Elector.__table__.columns.keys())
    assert columns == {"box_id", "user_id", "category", "except_item", "voted"}
