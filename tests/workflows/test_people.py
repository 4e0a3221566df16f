"""Accounts: the one-time code, the lock, the password's rules, and who may keep them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditRow, Grant, Role, Seat, Unit, UnitKind, User
from tests.conftest import CHEAP, DEAR
from workflows import passwords, people
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.people import Enrolment, Wanted

GOOD = "Bright morning 7"


@pytest.fixture
def code(session: Session, now: datetime) -> str:
    return people.enrol(session, login="Wang.Fang", name="王芳", by=None, now=now)


@pytest.fixture
def wang(session: Session, code: str, now: datetime) -> User:
    return people.activate(session, "wang.fang", code, GOOD, now=now)


def holder(session: Session, role: Role) -> User:
    unit = Unit(code=f"U{role}", name="工委", kind=UnitKind.WORK_COMMITTEE, path="/1/")
    user = User(login=str(role), name=str(role))
    session.add_all([unit, user])
    session.flush()
    seat = Seat(role=role, unit_id=unit.id)
    session.add(seat)
    session.flush()
    session.add(Grant(seat_id=seat.id, user_id=user.id, since=date(2020, 1, 1)))
    session.flush()
    return user


def test_the_code_sets_the_first_password_once(session: Session, code: str, now: datetime) -> None:
    user = people.activate(session, "WANG.FANG", code.lower().replace("-", " "), GOOD, now=now)
    assert people.recognise(session, "wang.fang", GOOD, now=now) is user
    assert user.session_key
    with pytest.raises(Invalid) as refused:
        people.activate(session, "wang.fang", code, GOOD, now=now)
    assert "code" in refused.value.fields


def test_nothing_of_a_secret_is_stored(session: Session, wang: User, code: str) -> None:
    stored = [wang.password_hash, *(str(r.detail) for r in session.scalars(select(AuditRow)))]
    assert not any(GOOD in str(text) or code in str(text) for text in stored)
    assert str(wang.password_hash).startswith("$argon2id$")


def test_guessing_a_stolen_password_is_dear() -> None:
    """What RFC 9106 recommends where memory is short, or more."""
    assert DEAR.time_cost >= 3
    assert DEAR.memory_cost >= 64 * 1024


def test_what_was_sealed_too_cheaply_is_sealed_anew(
    session: Session, wang: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    cheap = wang.password_hash
    monkeypatch.setattr(passwords, "_hasher", DEAR)
    assert people.recognise(session, "wang.fang", GOOD, now=now) is wang
    dear = wang.password_hash
    assert dear
    assert DEAR.verify(dear, GOOD)
    assert not DEAR.check_needs_rehash(dear)
    assert CHEAP.check_needs_rehash(dear)
    assert dear != cheap


def test_a_code_grows_too_old(session: Session, code: str, now: datetime) -> None:
    with pytest.raises(Invalid):
        people.activate(session, "wang.fang", code, GOOD, now=now + timedelta(days=14))


def test_guessed_codes_lock_the_account(session: Session, code: str, now: datetime) -> None:
    for _ in range(5):
        with pytest.raises(Invalid):
            people.activate(session, "wang.fang", "AAAA-AAAA-AAAA-AAAA", GOOD, now=now)
    with pytest.raises(Refused):
        people.activate(session, "wang.fang", code, GOOD, now=now)


def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(
    session: Session, wang: User, now: datetime
) -> None:
    for _ in range(5):
        assert people.recognise(session, "wang.fang", "wrong", now=now) is None
    with pytest.raises(Refused) as refused:
        people.recognise(session, "wang.fang", GOOD, now=now + timedelta(minutes=14))
    assert refused.value.facts["when"] == now + timedelta(minutes=15)
    later = now + timedelta(minutes=15)
    assert people.recognise(session, "wang.fang", "wrong", now=later) is None
    assert wang.locked_until is None  # counting began anew
    assert people.recognise(session, "wang.fang", GOOD, now=later) is wang
    reasons = [one.detail["reason"] for one in refusals(session)]
    assert reasons == [*["wrong"] * 5, "locked", "wrong"]


def refusals(session: Session) -> list[AuditRow]:
    wanted = select(AuditRow).where(AuditRow.action == "sign_in_refused").order_by(AuditRow.id)
    return list(session.scalars(wanted))


def test_who_is_unknown_or_disabled_leaves_a_line_without_the_name_tried(
    session: Session, wang: User, now: datetime
) -> None:
    assert people.recognise(session, "Hunter2 my password", GOOD, now=now) is None
    wang.enabled = False
    assert people.recognise(session, "wang.fang", GOOD, now=now) is None
    unknown, disabled = refusals(session)
    assert (unknown.subject_id, unknown.detail) == ("sign-in", {"reason": "unknown"})
    assert (disabled.subject_id, disabled.detail) == (str(wang.id), {"reason": "disabled"})


def test_who_is_not_activated_cannot_sign_in(session: Session, code: str, now: datetime) -> None:
    assert people.recognise(session, "wang.fang", "", now=now) is None
    assert people.recognise(session, "nobody", "", now=now) is None


@pytest.mark.parametrize(
    "password", ["Ab1 xyz", "alllowercase", "lower and UPPER"[:5], "Password1!", "wang.fang-A1"]
)
def test_a_weak_password_is_refused(
    session: Session, code: str, now: datetime, password: str
) -> None:
    with pytest.raises(Invalid) as refused:
        people.activate(session, "wang.fang", code, password, now=now)
    assert "password" in refused.value.fields


def test_a_policy_can_ask_for_more() -> None:
    strict = passwords.Policy(length=12, classes=4)
    with pytest.raises(Invalid):
        passwords.require_good("Bright 7 am", login="x", policy=strict)
    passwords.require_good("Bright 7 o'clock", login="x", policy=strict)


def test_a_new_password_asks_for_the_old_one(session: Session, wang: User, now: datetime) -> None:
    key = wang.session_key
    with pytest.raises(Invalid):
        people.change_password(session, wang, "wrong", "Late evening 9", now=now)
    with pytest.raises(Invalid):
        people.change_password(session, wang, GOOD, GOOD, now=now)
    people.change_password(session, wang, GOOD, "Late evening 9", now=now)
    assert wang.session_key != key
    assert people.recognise(session, "wang.fang", "Late evening 9", now=now) is wang


def test_a_disabled_person_is_out(session: Session, wang: User, now: datetime) -> None:
    key = wang.session_key
    people.disable(session, wang, reason="调离", by=None, now=now)
    assert wang.session_key != key
    assert people.recognise(session, "wang.fang", GOOD, now=now) is None
    with pytest.raises(Conflict):
        people.disable(session, wang, reason="调离", by=None, now=now)
    people.enable(session, wang, reason="调回", by=None, now=now)
    assert people.recognise(session, "wang.fang", GOOD, now=now) is wang


def test_a_renewed_code_ends_the_old_password(session: Session, wang: User, now: datetime) -> None:
    code = people.renew_code(session, wang, by=None, now=now)
    assert people.recognise(session, "wang.fang", GOOD, now=now) is None
    assert people.activate(session, "wang.fang", code, GOOD, now=now) is wang


def test_accounts_are_the_system_admins(session: Session, wang: User, now: datetime) -> None:
    security, system = holder(session, Role.SECURITY_ADMIN), holder(session, Role.SYSTEM_ADMIN)
    with pytest.raises(NotAllowed):
        people.enrol(session, login="li", name="李", by=security, now=now)
    with pytest.raises(NotAllowed):
        people.renew_code(session, wang, by=wang, now=now)
    with pytest.raises(NotAllowed):
        people.disable(session, wang, reason="x", by=security, now=now)
    with pytest.raises(Refused):
        people.disable(session, system, reason="x", by=system, now=now)
    people.enrol(session, login="li", name="李", by=system, now=now)
    line = session.scalars(select(AuditRow).order_by(AuditRow.id.desc())).first()
    assert line is not None
    assert (line.action, line.actor_id) == ("person_enrolled", system.id)


def test_a_name_is_given_once(session: Session, wang: User, now: datetime) -> None:
    with pytest.raises(Conflict):
        people.enrol(session, login="WANG.fang", name="王芳", by=None, now=now)
    with pytest.raises(Invalid) as refused:
        people.enrol(session, login="王", name=" ", by=None, now=now, more=Enrolment(unit_id=7))
    assert set(refused.value.fields) == {"login", "name", "unit_id"}
    with pytest.raises(NotFound):
        people.get(session, 1)


def test_people_are_found_page_by_page(session: Session, now: datetime) -> None:
    unit = Unit(code="B", name="第一支部", kind=UnitKind.BRANCH, path="/8/9/")
    session.add(unit)
    session.flush()
    names = [f"党员{n:02}" for n in range(7)]
    session.add_all(User(login=f"m{n}", name=name, unit_id=unit.id) for n, name in enumerate(names))
    session.add(User(login="zz", name="党员%", cadre=True))
    session.flush()
    seen, after = [], 0
    while page := people.search(session, Wanted("党员", path="/8/", after=after, limit=3)):
        seen += [user.name for user, _ in page]
        after = page[-1][0].id
    assert sorted(seen) == names
    assert [user.login for user, _ in people.search(session, Wanted("%"))] == ["zz"]
    assert people.count(session, Wanted("M3")) == 1
    assert people.count(session, Wanted(cadre=True)) == 1
    assert people.lock_ends(User(locked_until=datetime(2026, 3, 2, 1, tzinfo=UTC)), now) is None
