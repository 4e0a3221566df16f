import json
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import AuditRow, DutyRule
from tests.workflows.owing import owing_city, rule
from workflows import calendars, duties
from workflows.errors import Invalid, NotAllowed, NotFound
from workflows.periods import Period, period_numbered, period_of, periods_of_year

CODES = "DYDH ZWH DXZ DK ZTDR ZZSH MZPY TXTH HJ MZSH PX DF ZTYJ GBDH TBPY TQHB SZ"


def test_all_seventeen_rules_are_in_the_catalogue(session: Session, now: datetime) -> None:
    assert duties.install(session, now) == 17
    assert [one.code for one in duties.catalogue(session)] == CODES.split()
    for one in duties.catalogue(session):
        assert one.name
        assert one.name_en
        assert one.source
        assert one.evidence


def test_what_is_unconfirmed_is_marked(session: Session, now: datetime) -> None:
    duties.install(session, now)
    marks = {one.code: one.status for one in duties.catalogue(session)}
    assert {code for code, mark in marks.items() if mark == "unconfirmed"} == {"DK", "DF", "ZTYJ"}
    assert {code for code, mark in marks.items() if mark == "partly"} == {"ZTDR", "TXTH"}


def test_installing_again_changes_nothing(session: Session, now: datetime) -> None:
    duties.install(session, now)
    assert duties.install(session, now) == 0
    assert session.scalar(select(func.count()).select_from(DutyRule)) == 17


def changed_catalogue(folder: Path, code: str, **changes: object) -> Path:
    content = json.loads(duties.CATALOGUE.read_text(encoding="utf-8"))
    for entry in content["rules"]:
        if entry["code"] == code:
            entry.update(changes)
    file = folder / "duties.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    return file


def test_a_changed_rule_is_a_new_version_from_its_next_period(
    session: Session, now: datetime, tmp_path: Path
) -> None:
    duties.install(session, now)
    source = changed_catalogue(tmp_path, "DYDH", grace_days=7)
    assert duties.install(session, now, source=source) == 1
    new, old = duties.versions(session, "DYDH")
    assert (old.number, old.grace_days, old.active_until) == (1, 5, date(2026, 4, 1))
    assert (new.number, new.grace_days, new.active_from) == (2, 7, date(2026, 4, 1))
    for day, version in ((date(2026, 2, 1), old), (date(2026, 5, 1), new)):
        period = period_of("quarter", day)
        assert [one for one in (new, old) if duties.holds_for(one, period)] == [version]


def test_a_new_rhythm_begins_where_both_rhythms_meet(
    session: Session, now: datetime, tmp_path: Path
) -> None:
    duties.install(session, now)
    duties.install(session, now, source=changed_catalogue(tmp_path, "ZTDR", rhythm="quarter"))
    new, old = duties.versions(session, "ZTDR")
    assert new.active_from == old.active_until == date(2026, 4, 1)


def test_a_local_version_survives_the_catalogue(session: Session, now: datetime) -> None:
    cast = owing_city(session, now)
    local = duties.revise(
        session, "DK", {"rhythm": "half_year"}, by=cast.users["security_admin"], now=now
    )
    assert (local.number, local.origin, local.active_from) == (2, "local", date(2026, 7, 1))
    assert duties.install(session, now) == 0
    assert session.scalar(select(AuditRow.actor_id).where(AuditRow.action == "duty_revised"))


def test_only_the_security_administrator_revises(session: Session, now: datetime) -> None:
    cast = owing_city(session, now)
    for name in ("supervisor", "process_admin", "finance_secretary"):
        with pytest.raises(NotAllowed):
            duties.revise(session, "DK", {"grace_days": 9}, by=cast.users[name], now=now)
    admin = cast.users["security_admin"]
    with pytest.raises(Invalid, match="Nothing"):
        duties.revise(session, "DK", {"grace_days": 5}, by=admin, now=now)
    with pytest.raises(NotFound):
        duties.revise(session, "XX", {}, by=admin, now=now)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("rhythm", "weekly"),
        ("status", "sure"),
        ("quorum", "> 0"),
        ("evidence", ["selfie"]),
        ("due_month", 3),
        ("grace_days", 61),
        ("min_members", -1),
    ],
)
def test_a_rule_that_does_not_hold_together_is_refused(
    session: Session, now: datetime, name: str, value: object
) -> None:
    cast = owing_city(session, now)
    with pytest.raises(Invalid) as refused:
        duties.revise(session, "DYDH", {name: value}, by=cast.users["security_admin"], now=now)
    assert set(refused.value.fields) == {name}


@pytest.mark.parametrize(
    ("rhythm", "day", "first", "last", "label"),
    [
        ("month", date(2024, 2, 29), date(2024, 2, 1), date(2024, 2, 29), "2024年2月"),
        ("quarter", date(2026, 12, 31), date(2026, 10, 1), date(2026, 12, 31), "2026年第4季度"),
        ("half_year", date(2026, 7, 1), date(2026, 7, 1), date(2026, 12, 31), "2026年下半年"),
        ("year", date(2026, 5, 5), date(2026, 1, 1), date(2026, 12, 31), "2026年度"),
        ("term", date(2026, 3, 15), date(2025, 9, 1), date(2026, 3, 15), "2026-03-15届满"),
    ],
)
def test_periods_are_those_of_the_calendar(
    rhythm: str, day: date, first: date, last: date, label: str
) -> None:
    period = period_of(rhythm, day)
    assert period == Period(rhythm, first, last)
    assert period.label == label
    assert period_numbered(rhythm, period.key) == period


def test_a_year_has_its_periods_in_order() -> None:
    counts = {r: len(periods_of_year(r, 2026)) for r in ("month", "quarter", "half_year", "year")}
    assert counts == {"month": 12, "quarter": 4, "half_year": 2, "year": 1}
    months = periods_of_year("month", 2026)
    assert [one.key for one in months[:2]] == [20260101, 20260201]


def test_a_number_that_is_no_day_is_no_period() -> None:
    with pytest.raises(NotFound):
        period_numbered("month", 20261301)


@pytest.mark.parametrize(
    ("code", "day", "due"),
    [
        # 2026-03-31 and five working days: 1, 2, 3 April, the holiday 4 to 6, then 7 and 8.
        ("DYDH", date(2026, 3, 1), date(2026, 4, 8)),
        # The holiday of October: 30 September and five working days, Saturday the 10th among them.
        ("ZWH", date(2026, 9, 1), date(2026, 10, 13)),
        ("ZTYJ", date(2026, 2, 1), date(2026, 7, 14)),
    ],
)
def test_grace_is_counted_in_working_days(
    session: Session, now: datetime, code: str, day: date, due: date
) -> None:
    owing_city(session, now)
    one, calendar = rule(session, code), calendars.load(session)
    assert duties.due_at(one, period_of(one.rhythm, day), calendar) == calendar.end_of_day(due)


def test_a_term_that_ends_on_a_day_off_ends_on_the_next_working_day(
    session: Session, now: datetime
) -> None:
    owing_city(session, now)
    calendar = calendars.load(session)
    due = duties.due_at(rule(session, "HJ"), period_of("term", date(2026, 4, 5)), calendar)
    assert due == calendar.end_of_day(date(2026, 4, 7))
