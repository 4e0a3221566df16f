"""One unit's year, what it owes this month, and how a due date was reckoned."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Obligation, UnitKind
from tests.cast import Cast, assemble
from tests.workflows.owing import key, lay_down, owing_city
from workflows import (
    calendars,
    duties,
    duty_calendars,
    duty_reasons,
    evidence,
    obligations,
)
from workflows.duty_calendars import Row
from workflows.evidence import Owed, Paper
from workflows.periods import periods_of_year

LATER = timedelta(days=60)


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    cast = owing_city(session, now)
    obligations.generate_due(session, now)
    return cast


def year(cast: Cast, now: datetime, unit: str = "finance_branch", of: int = 2026) -> list[Row]:
    cast.session.expire_all()
    return duty_calendars.of_unit(cast.session, cast.units[unit], of, now=now)


def states(rows: list[Row], code: str) -> list[str]:
    return next([cell.state for cell in row.cells] for row in rows if row.rule.code == code)


def owed(cast: Cast, code: str, day: date, now: datetime, unit: str = "finance_branch") -> Owed:
    one = key(cast.session, cast.units[unit], code, day)
    return evidence.get(cast.session, one, rights=cast.rights("supervisor", now))


def test_the_year_shows_what_is_owed_and_what_is_to_come(cast: Cast, now: datetime) -> None:
    rows = year(cast, now)
    assert states(rows, "DYDH") == ["open", "later", "later", "later"]
    assert states(rows, "ZWH") == ["open", *["later"] * 9]  # from March: the catalogue is new
    assert states(rows, "ZZSH") == ["open"]
    assert "MZSH" not in {row.rule.code for row in rows}  # an organ's duty
    later = next(row for row in rows if row.rule.code == "DYDH").cells[1]
    assert (later.due, later.obligation) == (
        calendars.load(cast.session).end_of_day(date(2026, 7, 7)),
        None,
    )
    assert later.months == (4, 6)


def test_each_state_has_its_word(cast: Cast, now: datetime) -> None:
    branch = cast.units["finance_branch"]
    by = cast.users["finance_branch_secretary"]
    paper = Paper(date(2026, 3, 1), present=3, expected=5)
    evidence.hand_in(cast.session, key(cast.session, branch), paper, by=by, now=now)
    obligations.settle_missed(cast.session, now=now + LATER)
    obligations.generate_due(cast.session, now + LATER)
    rows = year(cast, now + LATER)
    assert states(rows, "DYDH") == ["on_time", "open", "later", "later"]
    assert states(rows, "ZWH")[:3] == ["missed", "open", "open"]
    after = now + timedelta(days=75)  # the clock has not come by yet
    assert states(year(cast, after), "ZWH")[1] == "overdue"


def test_an_election_stands_in_the_month_in_which_the_term_ends(cast: Cast, now: datetime) -> None:
    cast.units["finance_branch"].term_ends_on = date(2026, 5, 20)
    cast.session.flush()
    lay_down(cast.session, "HJ", now.date(), now)
    row = next(row for row in year(cast, now) if row.rule.code == "HJ")
    assert [cell.months for cell in row.cells] == [(5, 5)]


def test_two_versions_of_a_duty_are_one_row(cast: Cast, now: datetime) -> None:
    changes = {"rhythm": "quarter", "grace_days": 9}
    duties.revise(cast.session, "ZWH", changes, by=cast.users["security_admin"], now=now)
    row = next(row for row in year(cast, now) if row.rule.code == "ZWH")
    assert [cell.period.rhythm for cell in row.cells] == ["month"] + ["quarter"] * 3
    assert row.rule.number == 2


def test_last_year_is_empty_where_nothing_was_laid_down(cast: Cast, now: datetime) -> None:
    assert year(cast, now, of=2025) == []


def test_who_will_owe_is_who_will_be_asked(session: Session, now: datetime) -> None:
    """The question about one unit and the statement for all of them answer alike."""
    cast = owing_city(session, now)
    cast.units["planning_branch"].formed_on = date(2026, 8, 20)
    cast.units["finance_branch"].member_count = 7
    cast.unit("tiny", UnitKind.BRANCH, "finance_committee", member_count=2)
    cast.unit("gone", UnitKind.BRANCH, "finance_committee", abolished_on=date(2026, 9, 30))
    session.flush()
    for one in duties.in_force(session, date(2026, 4, 1), date(2026, 12, 31)):
        for period in periods_of_year(one.rhythm, 2026):
            if not duties.holds_for(one, period):
                continue
            expected = {u.id for u in cast.units.values() if obligations.owes(one, u, period)}
            calendar = calendars.load(session)
            obligations.generate(session, one, period, calendar=calendar, now=now)
            asked = session.scalars(
                select(Obligation.unit_id).where(
                    Obligation.rule_id == one.id, Obligation.period == period.key
                )
            )
            assert set(asked) == expected, (one.code, period)


@pytest.mark.parametrize(
    ("who", "unit"),
    [
        ("finance_branch_secretary", "finance_branch"),
        ("finance_secretary", "finance_committee"),
        ("finance_head", None),
        ("work_deputy", None),
        ("supervisor", None),
        ("finance_member", None),
        ("system_admin", None),
    ],
)
def test_a_secretary_lands_on_his_own_unit(
    session: Session, now: datetime, who: str, unit: str | None
) -> None:
    cast = assemble(session)
    found = duty_calendars.own_unit(cast.session, cast.rights(who, now))
    assert (found.name if found else None) == unit


def test_the_desk_says_what_is_owed_this_month(cast: Cast, now: datetime) -> None:
    month = duty_calendars.owed_now(
        cast.session, cast.rights("finance_branch_secretary", now), now=now
    )
    codes = {line.rule.code for line in month.lines}
    assert {"DYDH", "ZWH"} <= codes  # they close this month
    assert "ZZSH" not in codes  # that has time until December
    assert (month.missed, month.unit) == (0, cast.units["finance_branch"])
    dues = [line.obligation.due_at for line in month.lines]
    assert dues == sorted(dues)
    later = now + LATER
    obligations.settle_missed(cast.session, now=later)
    cast.session.expire_all()
    month = duty_calendars.owed_now(
        cast.session, cast.rights("finance_branch_secretary", later), now=later
    )
    assert month.missed == len(codes)


@pytest.mark.parametrize("who", ["finance_member", "supervisor", "system_admin"])
def test_who_holds_no_post_owes_nothing(session: Session, now: datetime, who: str) -> None:
    cast = assemble(session)
    month = duty_calendars.owed_now(cast.session, cast.rights(who, now), now=now)
    assert (list(month.lines), month.missed, month.unit) == ([], 0, None)


def test_the_reckoning_names_the_days_on_the_way(cast: Cast, now: datetime) -> None:
    told = duty_reasons.reckon(cast.session, owed(cast, "DYDH", date(2026, 1, 1), now))
    assert (told.closes_on, told.grace_days, told.due_on) == (
        date(2026, 3, 31),
        5,
        date(2026, 4, 8),
    )
    assert [one.day.day for one in told.on_the_way] == [5, 6]  # 清明; the 4th is a Saturday anyhow
    assert (told.calendar, told.provisional, told.as_it_was) == ("2026r1", False, False)


def test_a_due_date_in_a_year_without_notice_is_provisional(cast: Cast, now: datetime) -> None:
    lay_down(cast.session, "DYDH", date(2026, 10, 1), now)
    told = duty_reasons.reckon(cast.session, owed(cast, "DYDH", date(2026, 10, 1), now))
    assert (told.calendar, told.provisional) == ("2027p", True)


def test_what_was_settled_keeps_the_calendar_of_then(cast: Cast, now: datetime) -> None:
    later = now + LATER
    obligations.settle_missed(cast.session, now=later)
    days = {**calendars.days_of(cast.session, 2026), date(2026, 4, 8): (False, "")}
    calendars.edit_year(cast.session, 2026, days, notice="更正", by=None, now=later)
    cast.session.expire_all()
    told = duty_reasons.reckon(cast.session, owed(cast, "DYDH", date(2026, 1, 1), later))
    assert (told.due_on, told.as_it_was) == (date(2026, 4, 8), True)


def test_what_can_still_be_done_follows_the_state(cast: Cast, now: datetime) -> None:
    def still(code: str) -> list[str]:
        cast.session.expire_all()
        return duty_reasons.still_possible(owed(cast, code, now.date(), now))

    assert still("ZWH") == ["hand_in", "excuse", "lift"]
    assert still("ZZSH") == ["hand_in", "lift"]  # the rule knows no exception
    obligations.settle_missed(cast.session, now=now + LATER)
    assert still("ZWH") == ["prove", "late", "excuse", "lift"]
    one = key(cast.session, cast.units["finance_branch"], "ZWH", now.date())
    evidence.excuse(cast.session, one, "汛期", by=cast.users["supervisor"], now=now + LATER)
    assert still("ZWH") == ["prove"]
