"""A box that two reach into at one moment: no second vote, none lost, and it opens and closes once.

On PostgreSQL each request is held before it takes its turn at the box; on SQLite, where a writing
request is alone from its first statement on, each is held at the door.
"""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest
from sqlalchemy import select

from models import Box, Elector, SealedBallot
from tests.race.conftest import NOW, Town, refusal, won_and_lost
from tests.race.gate import Runner
from tests.webapp.conftest import HASH
from tests.workflows import steps
from tests.workflows.test_ballots import CHOICES, SCRUTINEERS
from workflows import ballots, sealing
from workflows.ballots import Question, Voter

ORDERS = pytest.mark.parametrize("in_order", [True, False], ids=["in order", "at once"])


@dataclass(frozen=True)
class Ballot:
    """An open box, who may vote, and the codes that open it."""

    id: int
    public: bytes
    items: Sequence[str]
    electors: Sequence[str]
    codes: Mapping[int, str]

    def marks(self, choice: str) -> dict[str, str]:
        """A sealed paper, as the page sends it."""
        sealed = {item: sealing.seal(self.public, choice) for item in self.items}
        return {f"ballot-{item}": base64.b64encode(one).decode() for item, one in sealed.items()}


@pytest.fixture
def held(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Whoever acts on a box is held before his turn at it."""
    monkeypatch.setattr(ballots, "_turn", town.gate.before("box", ballots._turn))
    return town


def begun(town: Town) -> Box:
    """A box that waits for its scrutineers, with six electors."""
    number = next(town.facts)
    with town.writing() as cast:
        voters = []
        for place in range(6):
            user = cast.person(f"elector{number}.{place}", unit="finance_branch")
            user.password_hash, user.session_key = HASH, f"key of {user.login}"
            voters.append(Voter(user.id, "delegates"))
        fact = steps.fact(cast, NOW, f"meeting:{number}")
        who = ("reminder", "finance_secretary", "finance_committee")
        case = steps.proposed_case(cast, NOW, *who, fact)
        items = [(str(cast.users[one].id), one) for one in ("finance_head", "planning_head")]
        watch = [cast.users[one].id for one in SCRUTINEERS]
        asked = Question("民主测评", items, CHOICES)
        return ballots.prepare(cast.session, asked, voters, watch, case_id=case.id, now=NOW)


def opened(town: Town) -> Ballot:
    box = begun(town)
    with town.writing() as cast:
        codes = {
            cast.users[who].id: ballots.collect_key(
                cast.session, box.id, by=cast.users[who], now=NOW
            )
            for who in SCRUTINEERS
        }
    with town.reading() as session:
        box = session.get_one(Box, box.id)
        voters = session.scalars(select(Elector.user_id).where(Elector.box_id == box.id)).all()
        names = [who for who, user in town.cast.users.items() if user.id in voters]
        assert box.public_key is not None
        return Ballot(box.id, box.public_key, [one["key"] for one in box.items], names, codes)


def casting(town: Town, name: str, ballot: Ballot, who: str, choice: str = "good") -> Runner:
    return town.post(name, who, f"/ballots/{ballot.id}", "box", **ballot.marks(choice))


def counting(town: Town, name: str, ballot: Ballot) -> Runner:
    (one, code), (other, second) = list(ballot.codes.items())[:2]
    typed = {"who-1": one, "code-1": code, "who-2": other, "code-2": second}
    return town.post(name, "supervisor", f"/ballots/{ballot.id}/count", "box", **typed)


def stored(town: Town, ballot: Ballot) -> tuple[Box, int, int]:
    """The box, how many have voted, and how many sealed marks lie in the urn."""
    with town.reading() as session:
        voted = select(Elector).where(Elector.box_id == ballot.id, Elector.voted.is_(True))
        urn = select(SealedBallot.id).where(SealedBallot.box_id == ballot.id)
        return (
            session.get_one(Box, ballot.id),
            len(session.scalars(voted).all()),
            len(session.scalars(urn).all()),
        )


@ORDERS
def test_of_two_papers_of_one_person_one_is_taken(held: Town, in_order: bool) -> None:
    """Two browsers, both with the paper open; the second is told in words."""
    ballot = opened(held)
    who = ballot.electors[0]
    runners = [
        casting(held, name, ballot, who, choice)
        for name, choice in (("first", "good"), ("second", "poor"))
    ]
    answers = held.gate.race(*runners, in_order=in_order)
    won, lost = won_and_lost(*answers)
    assert answers[0] is won or not in_order
    assert refusal(lost) == "您已投票。"
    _, voted, urn = stored(held, ballot)
    assert (voted, urn) == (1, len(ballot.items))
    for other in ballot.electors[1:]:
        assert casting(held, "alone", ballot, other, "fair").act().status_code == 303
    assert counting(held, "alone", ballot).act().status_code == 303
    box, _, urn = stored(held, ballot)
    told = "good" if answers[0] is won else "poor"  # the one that was taken, once
    assert box.result == {item: {"delegates": {told: 1, "fair": 5}} for item in ballot.items}
    assert urn == 0


@ORDERS
def test_two_people_at_once_are_both_in_the_urn(held: Town, in_order: bool) -> None:
    """Each lays the whole urn anew; neither takes out what the other has put in."""
    ballot = opened(held)
    assert casting(held, "alone", ballot, ballot.electors[2]).act().status_code == 303
    runners = [
        casting(held, name, ballot, who)
        for name, who in zip(("first", "second"), ballot.electors[:2], strict=True)
    ]
    answers = held.gate.race(*runners, in_order=in_order)
    assert [one.status_code for one in answers] == [303, 303]
    assert stored(held, ballot)[1:] == (3, 3 * len(ballot.items))


@pytest.mark.parametrize("race", ["count first", "paper first", "at once"])
def test_a_paper_cast_while_the_box_is_counted_counts_or_is_refused(held: Town, race: str) -> None:
    ballot = opened(held)
    for who in ballot.electors[1:]:
        assert casting(held, "alone", ballot, who).act().status_code == 303
    late, count = casting(held, "late", ballot, ballot.electors[0]), counting(held, "count", ballot)
    order = [late, count] if race == "paper first" else [count, late]
    answers = held.gate.race(*order, in_order=race != "at once")
    taken = answers[order.index(late)].status_code
    assert answers[order.index(count)].status_code == 303
    assert taken in {"count first": (409,), "paper first": (303,), "at once": (303, 409)}[race]
    box, voted, urn = stored(held, ballot)
    assert voted == (6 if taken == 303 else 5)
    assert box.result == {item: {"delegates": {"good": voted}} for item in ballot.items}
    assert urn == 0  # nothing lies in a box that is gone


@ORDERS
def test_two_scrutineers_who_take_their_codes_at_once_open_the_box(
    held: Town, in_order: bool
) -> None:
    """Whoever is last to have one opens it, however close they come."""
    box = begun(held)
    with held.writing() as cast:
        ballots.collect_key(cast.session, box.id, by=cast.users[SCRUTINEERS[0]], now=NOW)
    runners = [
        held.post(name, who, "/ballots", "box", to=f"/ballots/{box.id}/key")
        for name, who in zip(("first", "second"), SCRUTINEERS[1:], strict=True)
    ]
    answers = held.gate.race(*runners, in_order=in_order)
    assert [one.status_code for one in answers] == [200, 200]
    with held.reading() as session:
        assert session.get_one(Box, box.id).state == "open"
