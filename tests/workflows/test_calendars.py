"""The working calendar: what it is seeded with, and what an edit changes."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from models import AuditRow, CalendarDay, Grant, Obligation, Role, Seat, Unit, UnitKind, User
from workflows import calendar_changes, calendars, duties, obligations
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.periods import period_of

OFF_2027 = {date(2027, 2, 8): (False, "春节"), date(2027, 2, 20): (True, "调休上班")}


@pytest.fixture
def calm(session: Session, now: datetime) -> Session:
    calendars.seed(session, now=now)
    return session


def admin(session: Session, role: Role = Role.SECURITY_ADMIN) -> User:
    unit = Unit(code="A", name="工委", kind=UnitKind.WORK_COMMITTEE, path="/1/", id=1)
    user = User(login=str(role), name="安全管理员")
    session.add_all([unit, user])
    session.flush()
    seat = Seat(role=role, unit_id=unit.id)
    session.add(seat)
    session.flush()
    session.add(Grant(seat_id=seat.id, user_id=user.id, since=date(2020, 1, 1)))
    session.flush()
    return user


def test_the_seeded_years_agree_with_the_notice(calm: Session) -> None:
    calendar = calendars.load(calm)
    worked = [date(2026, 1, 4), date(2026, 2, 14), date(2026, 2, 28), date(2026, 5, 9)]
    worked += [date(2026, 9, 20), date(2026, 10, 10)]
    assert all(calendar.is_workday(day) for day in worked)
    days = [date(2026, 1, 1) + timedelta(n) for n in range(365)]
    assert sum(calendar.is_workday(day) for day in days) == 248
    assert calendar.add_workdays(date(2026, 2, 11), 5) == date(2026, 2, 25)
    assert calendar.add_months(date(2026, 1, 15), 1) == date(2026, 2, 24)


def test_a_year_without_its_notice_is_provisional(calm: Session) -> None:
    calendar = calendars.load(calm)
    assert calendar.label(date(2026, 5, 1)) == "2026r1"
    assert calendar.label(date(2027, 5, 1)) == "2027p"
    assert not calendar.is_workday(date(2027, 10, 1))
    assert [year.year for year in calendars.years(calm)] == list(range(2020, 2028))


def test_seeding_twice_changes_nothing(calm: Session, now: datetime) -> None:
    before = calm.scalars(select(CalendarDay.day)).all()
    assert calendars.seed(calm, now=now) == 0
    assert calm.scalars(select(CalendarDay.day)).all() == before


def test_seeding_leaves_an_edited_year_alone(calm: Session, now: datetime) -> None:
    by = admin(calm)
    calendars.edit_year(calm, 2027, OFF_2027, notice="国办发明电", by=by, now=now)
    calendars.seed(calm, now=now + timedelta(days=400))
    assert calendars.days_of(calm, 2027) == OFF_2027


def test_loading_again_asks_one_small_query(calm: Session) -> None:
    calendars.load(calm)
    asked: list[str] = []
    event.listen(calm.get_bind(), "before_cursor_execute", lambda *args: asked.append(args[2]))
    assert calendars.load(calm) is calendars.load(calm)
    assert all("calendar_day" not in statement for statement in asked)
    assert len(asked) == 2


def test_an_edit_confirms_the_year_and_counts_the_revision(calm: Session, now: datetime) -> None:
    by = admin(calm)
    calendars.edit_year(calm, 2027, OFF_2027, notice="国办发明电〔2026〕5号", by=by, now=now)
    calendar = calendars.load(calm)
    assert calendar.label(date(2027, 5, 1)) == "2027r2"
    assert calendar.is_workday(date(2027, 2, 20))
    assert calendar.is_workday(date(2027, 10, 1))  # the notice's days and no others
    line = calm.scalars(select(AuditRow).where(AuditRow.action == "calendar_edited")).one()
    assert line.actor_id == by.id
    assert line.detail["notice"] == "国办发明电〔2026〕5号"


def test_an_edit_taken_back_is_forgotten(calm: Session, now: datetime) -> None:
    by = admin(calm)
    calm.commit()
    calendars.edit_year(calm, 2027, OFF_2027, notice="甲", by=by, now=now)
    assert calendars.load(calm).is_workday(date(2027, 2, 20))
    calm.rollback()
    other = {date(2027, 2, 21): (True, "调休上班")}
    calendars.edit_year(calm, 2027, other, notice="乙", by=by, now=now)
    calendar = calendars.load(calm)
    assert not calendar.is_workday(date(2027, 2, 20))
    assert calendar.is_workday(date(2027, 2, 21))


@pytest.mark.parametrize(
    ("year", "days", "notice", "field"),
    [
        (2027, {date(2028, 1, 1): (False, "")}, "甲", "days"),
        (2027, {}, " ", "notice"),
        (1999, {}, "甲", "year"),
    ],
)
def test_an_unsound_year_is_refused(
    calm: Session, now: datetime, year: int, days: dict[date, tuple[bool, str]], notice: str,
    field: str,
) -> None:  # fmt: skip
    with pytest.raises(Invalid) as refused:
        calendars.edit_year(calm, year, days, notice=notice, by=None, now=now)
    assert field in refused.value.fields


def test_nobody_but_the_security_admin_edits(calm: Session, now: datetime) -> None:
    by = admin(calm, Role.SYSTEM_ADMIN)
    with pytest.raises(NotAllowed):
        calendars.edit_year(calm, 2027, OFF_2027, notice="甲", by=by, now=now)
    with pytest.raises(NotFound):
        calendars.year_of(calm, 2050)


def test_open_obligations_move_with_the_calendar(calm: Session, now: datetime) -> None:
    admin(calm)
    branch = Unit(code="B", name="第一支部", kind=UnitKind.BRANCH, path="/1/2/", member_count=10)
    calm.add(branch)
    calm.flush()
    duties.install(calm, now)
    rule = next(r for r in duties.in_force(calm, now.date(), now.date()) if r.code == "ZTDR")
    rule.active_from = date(2026, 1, 1)
    december = period_of("month", date(2026, 12, 1))
    obligations.generate(calm, rule, december, calendar=calendars.load(calm), now=now)
    before = calm.scalars(select(Obligation.due_at)).one()
    off = {date(2027, 1, n): (False, "元旦") for n in range(1, 8)}
    moved = calendar_changes.enter(calm, 2027, off, notice="甲", by=None, now=now)
    calm.expire_all()
    after = calm.scalars(select(Obligation.due_at)).one()
    assert moved.obligations == 1
    assert moved.task_ids == ()
    assert datetime.fromtimestamp(after, UTC) > datetime.fromtimestamp(before, UTC)
    again = calendar_changes.enter(calm, 2027, off, notice="甲", by=None, now=now)
    assert again.obligations == 0


def test_a_year_that_an_update_brings_moves_what_is_open(calm: Session, now: datetime) -> None:
    """Seeded before the notice was known: 清明 was provisional, and the due date with it."""
    admin(calm)
    calm.add(Unit(code="B", name="第一支部", kind=UnitKind.BRANCH, path="/1/2/", member_count=10))
    year = calendars.year_of(calm, 2026)
    year.confirmed, year.fingerprint = False, "before the notice"
    calm.execute(delete(CalendarDay).where(CalendarDay.day >= date(2026, 3, 1)))
    calm.flush()
    duties.install(calm, now)
    rule = next(r for r in duties.in_force(calm, now.date(), now.date()) if r.code == "DYDH")
    quarter = period_of("quarter", date(2026, 1, 1))
    obligations.generate(calm, rule, quarter, calendar=calendars.load(calm), now=now)
    assert calendar_changes.seed(calm, now=now) == 1
    calm.expire_all()
    due = calm.scalars(select(Obligation.due_at)).one()
    assert due == calendars.load(calm).end_of_day(date(2026, 4, 8)).timestamp()
    assert calendar_changes.seed(calm, now=now) == 0
