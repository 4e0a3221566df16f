"""Posts and roles: history is kept, three administrators are three people."""

from datetime import date, datetime
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from models import AuditRow, Grant, Holding, Role, Unit, UnitKind, User
from tests.workflows.test_people import holder
from workflows import access, posts
from workflows.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound, Refused

TODAY = date(2026, 3, 2)


@pytest.fixture
def unit(session: Session) -> Unit:
    unit = Unit(code="B1", name="第一支部", kind=UnitKind.BRANCH, path="/7/")
    session.add(unit)
    session.flush()
    return unit


@pytest.fixture
def wang(session: Session) -> User:
    return person(session, "wang")


def person(session: Session, login: str) -> User:
    user = User(login=login, name=f"{login}某")
    session.add(user)
    session.flush()
    return user


def test_a_post_passes_from_one_to_the_next_without_losing_the_first(
    session: Session, unit: Unit, wang: User, now: datetime
) -> None:
    post = posts.at(session, unit, "支部书记")
    assert posts.at(session, unit, "支部书记") is post
    first = posts.appoint(session, post, wang, since=date(2024, 1, 1), by=None, now=now)
    li = person(session, "li")
    with pytest.raises(Conflict):
        posts.appoint(session, post, li, since=TODAY, by=None, now=now)
    posts.relieve(session, first, until=TODAY, by=None, now=now)
    second = posts.appoint(session, post, li, since=TODAY, by=None, now=now)
    assert posts.history(session, unit.id) == [(post, [second, first])]
    assert posts.held_by(session, wang.id) == [first]
    assert (posts.is_held(first, now), posts.is_held(second, now)) == (False, True)
    assert access.rights_of(session, li, now=now).holds("支部书记")
    assert not access.rights_of(session, wang, now=now).holds("支部书记")


def test_what_cannot_be_is_refused(session: Session, unit: Unit, wang: User, now: datetime) -> None:
    with pytest.raises(Invalid):
        posts.at(session, unit, "党组书记")
    post = posts.at(session, unit, "支部书记")
    held = posts.appoint(session, post, wang, since=TODAY, by=None, now=now)
    with pytest.raises(Invalid):
        posts.relieve(session, held, until=date(2025, 1, 1), by=None, now=now)
    posts.relieve(session, held, until=TODAY, by=None, now=now)
    with pytest.raises(Conflict):
        posts.relieve(session, held, until=TODAY, by=None, now=now)
    wang.enabled = False
    with pytest.raises(Refused):
        posts.appoint(session, post, wang, since=TODAY, by=None, now=now)
    with pytest.raises(NotFound):
        posts.holding(session, 1)


SEPARATE = [Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN]


@pytest.mark.parametrize("other", [Role.SECURITY_ADMIN, Role.AUDIT_ADMIN])
def test_the_three_administrators_are_never_one(
    session: Session, unit: Unit, wang: User, now: datetime, other: Role
) -> None:
    first = posts.grant(
        session, Role.SYSTEM_ADMIN, unit, wang, since=TODAY, reason="任", by=None, now=now
    )
    with pytest.raises(Refused) as refused:
        posts.grant(session, other, unit, wang, since=TODAY, reason="任", by=None, now=now)
    assert refused.value.facts["guard"] == "separated_administrators"
    posts.revoke(session, first, until=TODAY, reason="免", by=None, now=now)
    posts.grant(session, other, unit, wang, since=TODAY, reason="任", by=None, now=now)


def test_two_at_once_do_not_make_one_person_two_administrators(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    with sessions.begin() as session:
        unit = Unit(code="B1", name="第一支部", kind=UnitKind.BRANCH, path="/7/")
        session.add(unit)
        wang = person(session, "wang")
        for role in SEPARATE:
            posts.seat_at(session, role, unit)
    start, refused = Barrier(len(SEPARATE)), []

    def try_one(role: Role) -> None:
        start.wait()
        try:
            with sessions.begin() as session:
                place, who = session.get_one(Unit, unit.id), session.get_one(User, wang.id)
                posts.grant(session, role, place, who, since=TODAY, reason="", by=None, now=now)
        except DomainError as error:
            refused.append(error)

    threads = [Thread(target=try_one, args=(role,)) for role in SEPARATE]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with sessions() as session:
        assert session.scalar(select(func.count(Grant.id))) == 1
    assert len(refused) == 2


def test_roles_are_given_by_the_security_admin_with_a_reason(
    session: Session, unit: Unit, wang: User, now: datetime
) -> None:
    security, system = holder(session, Role.SECURITY_ADMIN), holder(session, Role.SYSTEM_ADMIN)
    for stranger in (wang, system):
        with pytest.raises(NotAllowed):
            posts.grant(
                session, Role.HANDLER, unit, wang, since=TODAY, reason="x", by=stranger, now=now
            )
    with pytest.raises(Invalid):
        posts.grant(
            session, Role.HANDLER, unit, wang, since=TODAY, reason=" ", by=security, now=now
        )
    with pytest.raises(Refused):
        posts.grant(
            session, Role.HANDLER, unit, security, since=TODAY, reason="x", by=security, now=now
        )
    with pytest.raises(Invalid):
        posts.grant(session, "king", unit, wang, since=TODAY, reason="x", by=security, now=now)
    made = posts.grant(
        session, Role.HANDLER, unit, wang, since=TODAY, reason="调任", by=security, now=now
    )
    with pytest.raises(Conflict):
        posts.grant(
            session, Role.HANDLER, unit, wang, since=TODAY, reason="调任", by=security, now=now
        )
    assert posts.grants(session, unit_id=unit.id) == [(made, wang)]
    assert posts.grants(session, user_id=wang.id) == [(made, wang)]
    line = session.scalars(select(AuditRow).where(AuditRow.action == "role_granted")).one()
    assert line.detail["reason"] == "调任"
    with pytest.raises(NotAllowed):
        posts.revoke(session, made, until=TODAY, reason="x", by=system, now=now)
    posts.revoke(session, made, until=TODAY, reason="调离", by=security, now=now)
    assert not access.rights_of(session, wang, now=now).has_role(Role.HANDLER)


def test_posts_are_kept_by_the_system_admin(
    session: Session, unit: Unit, wang: User, now: datetime
) -> None:
    security = holder(session, Role.SECURITY_ADMIN)
    post = posts.at(session, unit, "支部书记")
    with pytest.raises(NotAllowed):
        posts.appoint(session, post, wang, since=TODAY, by=security, now=now)
    held = posts.appoint(session, post, wang, since=TODAY, by=None, now=now)
    with pytest.raises(NotAllowed):
        posts.relieve(session, held, until=TODAY, by=wang, now=now)
    assert session.scalars(select(Holding.until)).all() == [None]
