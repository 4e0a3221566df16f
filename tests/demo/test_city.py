"""The demo city: whole, invented, with a past, and sound by the rules of the import."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from demo import accounts, city
from demo.names import ACCOUNTS, ORGANS, PASSWORD
from demo.town import STORY
from models import (
    SEPARATED,
    Evidence,
    Finding,
    Grant,
    Holding,
    Obligation,
    ObligationState,
    Post,
    Proposal,
    Role,
    Seat,
    Unit,
    UnitKind,
    User,
)
from tests.demo.days import NOW
from workflows import access, imports, operations, people
from workflows.deadlines import day_of

assert operations.names()  # the registry is filled: diagrams find their operations


@pytest.fixture
def session(loaded: sessionmaker[Session]) -> Iterator[Session]:
    with loaded() as session:
        yield session


def number(session: Session, *where: object) -> int:
    return session.scalar(select(func.count()).select_from(where[0]).where(*where[1:])) or 0  # type: ignore[arg-type]


def test_it_has_the_size_of_a_city(session: Session) -> None:
    assert number(session, Unit, Unit.kind == UnitKind.PARTY_GROUP) == len(ORGANS) == 36
    assert number(session, Unit, Unit.kind == UnitKind.BRANCH) >= 220
    assert number(session, User) >= 5000
    assert number(session, Obligation) >= 20_000
    assert number(session, Evidence) >= 18_000


def test_every_organ_has_its_posts_filled(session: Session) -> None:
    for organ in session.scalars(select(Unit).where(Unit.kind == UnitKind.PARTY_GROUP)):
        held = session.scalars(
            select(Post.kind)
            .join(Holding)
            .join(Unit, Unit.id == Post.unit_id)
            .where(Unit.path.startswith(organ.path), Holding.until.is_(None))
        ).all()
        assert held.count("党组书记") == 1
        assert 2 <= held.count("班子成员") <= 5
        assert {"机关党委书记", "联络员", "责任领导", "支部书记"} <= set(held)


def test_only_the_named_accounts_can_sign_in(session: Session) -> None:
    with_password = set(session.scalars(select(User.login).where(User.password_hash.is_not(None))))
    assert with_password == {account.login for account in ACCOUNTS}
    assert len(with_password) >= 30
    user = people.recognise(session, "caizheng-jg", PASSWORD, now=NOW)
    assert user is not None
    assert user.name == "市财政局机关党委书记"
    session.rollback()


def test_the_three_administrators_are_three(session: Session) -> None:
    rows = session.execute(select(Seat.role, Grant.user_id).join(Grant)).all()
    holders = {user for role, user in rows if role in SEPARATED}
    assert len(holders) == 3
    assert {role for role, _ in rows} == set(Role)


def test_supervisors_see_their_own_organs(session: Session) -> None:
    def organs(login: str) -> set[str]:
        user = session.scalars(select(User).where(User.login == login)).one()
        paths = access.rights_of(session, user, now=NOW).paths()
        return set(
            session.scalars(
                select(Unit.code).where(Unit.kind == "party_group", access.within(paths))
            )
        )

    sets = [organs(f"ducha{n}") for n in range(1, 7)]
    assert sum(len(one) for one in sets) == 36
    assert set.union(*sets) == {f"A{n:02}" for n in range(1, 37)}
    assert organs("ducha7") == set()  # left nine months ago


def test_posts_changed_hands_within_two_years(session: Session) -> None:
    changed = session.scalars(
        select(Holding.post_id).group_by(Holding.post_id).having(func.count() > 1)
    ).all()
    assert len(changed) > 30
    for post_id in changed:
        first, second = session.scalars(
            select(Holding).where(Holding.post_id == post_id).order_by(Holding.since)
        ).all()
        assert first.until == second.since <= day_of(NOW)
        assert second.until is None


def test_duties_were_done_mostly_late_sometimes_and_now_and_then_missed(session: Session) -> None:
    rows = session.execute(select(Obligation.state, func.count()).group_by(Obligation.state))
    counts = {ObligationState(state): count for state, count in rows}
    done = counts[ObligationState.ON_TIME]
    assert done > 20 * counts[ObligationState.LATE] > 0
    assert counts[ObligationState.EXCUSED] > 20
    assert 100 < counts[ObligationState.MISSED] < done / 20
    missed = number(session, Finding, Finding.kind == "missed_duty")
    assert counts[ObligationState.MISSED] == missed


def test_nothing_that_fell_due_was_forgotten(session: Session) -> None:
    """The workbook covers all that the catalogue asks: the clock finds little to add."""
    overdue = Obligation.due_at < int(NOW.timestamp())
    assert number(session, Obligation, Obligation.state == ObligationState.OPEN, overdue) == 0
    assert 1 <= number(session, Proposal, Proposal.ground == "missed_duty") <= 60


def test_the_last_duties_of_the_story_are_found_missed(session: Session) -> None:
    for code in STORY:
        unit = session.scalars(select(Unit).where(Unit.code == code)).one()
        fresh = Finding.happened_on > day_of(NOW - timedelta(days=45))
        assert number(session, Finding, Finding.unit_id == unit.id, fresh) >= 2


def test_the_same_workbook_again_changes_nothing(session: Session, settings: Config) -> None:
    data = (settings.data_dir / city.WORKBOOK).read_bytes()
    report = imports.import_workbook(session, data, by=None, now=NOW)
    assert report.faults == []
    assert report.changes == 0
    session.rollback()


def test_every_account_is_told_with_what_it_may_do(session: Session) -> None:
    lines: list[str] = []
    accounts.tell(session, lines.append)
    told = {line.split()[0] for line in lines if line.startswith("    ")}
    assert told == {account.login for account in ACCOUNTS}


def test_it_is_loaded_once(
    loaded: sessionmaker[Session], settings: Config, told: list[str]
) -> None:
    assert any(line.startswith("obligation: 3") for line in told)
    again: list[str] = []
    city.load(settings, NOW, say=again.append)
    assert again == ["演示城市已经载入 / the demo city is there already"]
