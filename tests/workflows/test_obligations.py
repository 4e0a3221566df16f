from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from models import AuditRow, Finding, Obligation, ObligationState, UnitKind
from tests.workflows.owing import (
    FIRST_QUARTER,
    finding,
    key,
    lay_down,
    owing_city,
    period,
    rule,
    state,
)
from workflows import calendars, duties, obligations
from workflows.deadlines import day_of
from workflows.errors import Invalid

LATER = timedelta(days=60)  # 1 May: the first quarter is past due


def owners(session: Session, code: str) -> set[int]:
    return set(
        session.scalars(
            select(Obligation.unit_id).where(Obligation.rule_id == rule(session, code).id)
        )
    )


def test_every_unit_of_the_kind_and_size_owes_once(session: Session, now: datetime) -> None:
    cast = owing_city(session, now)
    small = cast.unit("small", UnitKind.BRANCH, "finance_committee", member_count=6)
    assert lay_down(session, "DYDH", FIRST_QUARTER, now) == 3
    assert lay_down(session, "DYDH", FIRST_QUARTER, now) == 0
    assert lay_down(session, "ZWH", now.date(), now) == 2  # a committee needs seven members
    assert small.id in owners(session, "DYDH")
    assert small.id not in owners(session, "ZWH")


def test_each_rule_finds_its_kind_of_unit(session: Session, now: datetime) -> None:
    cast = owing_city(session, now)
    obligations.generate_due(session, now)
    kinds: dict[str, set[str]] = {code: set() for code in ("MZSH", "GBDH", "TQHB", "SZ")}
    for unit in cast.units.values():
        for code in kinds:
            if unit.id in owners(session, code):
                kinds[code].add(unit.kind)
    assert kinds == {
        "MZSH": {"party_group"},
        "GBDH": {"organ_committee"},
        "TQHB": {"committee"},
        "SZ": {"branch", "organ_committee", "work_committee"},
    }


def test_the_largest_size_counts_as_well(session: Session, now: datetime) -> None:
    owing_city(session, now)
    rule(session).max_members = 19
    session.flush()
    assert lay_down(session, "DYDH", FIRST_QUARTER, now) == 0


def test_only_units_that_exist_in_the_period_owe(session: Session, now: datetime) -> None:
    cast = owing_city(session, now)
    later = cast.unit("late", UnitKind.BRANCH, "finance_committee", member_count=9)
    later.formed_on = date(2026, 3, 20)  # in the last days of the quarter
    early = cast.unit("early", UnitKind.BRANCH, "finance_committee", member_count=9)
    early.formed_on = date(2026, 1, 20)
    gone = cast.unit("gone", UnitKind.BRANCH, "finance_committee", member_count=9)
    gone.abolished_on = date(2026, 3, 1)
    session.flush()
    lay_down(session, "DYDH", FIRST_QUARTER, now)
    assert owners(session, "DYDH") & {later.id, early.id, gone.id} == {early.id}


def test_the_due_time_is_the_end_of_the_organisations_day(session: Session, now: datetime) -> None:
    cast = owing_city(session, now)
    lay_down(session, "DYDH", FIRST_QUARTER, now)
    due = session.get_one(Obligation, key(session, cast.units["finance_branch"])).due_at
    assert due == calendars.load(session).end_of_day(date(2026, 4, 8)).timestamp()


def test_an_election_is_owed_when_the_term_ends(session: Session, now: datetime) -> None:
    cast = owing_city(session, now)
    cast.units["finance_branch"].term_ends_on = date(2026, 5, 20)
    cast.units["planning_committee"].term_ends_on = date(2026, 11, 2)
    cast.units["planning_branch"].term_ends_on = date(2027, 5, 20)
    session.flush()
    assert lay_down(session, "HJ", now.date(), now) == 2
    assert lay_down(session, "HJ", now.date(), now) == 0
    rows = session.execute(
        select(Obligation.period, Obligation.unit_id).order_by(Obligation.period)
    ).all()
    assert [tuple(row) for row in rows] == [
        (20260520, cast.units["finance_branch"].id),
        (20261102, cast.units["planning_committee"].id),
    ]


def test_a_period_of_another_rhythm_is_refused(session: Session, now: datetime) -> None:
    owing_city(session, now)
    with pytest.raises(Invalid):
        obligations.generate(
            session,
            rule(session, "DYDH"),
            period(session, "ZWH", FIRST_QUARTER),
            calendar=calendars.load(session),
            now=now,
        )


def test_what_has_begun_is_laid_down_and_not_what_is_to_come(
    session: Session, now: datetime
) -> None:
    owing_city(session, now)
    assert obligations.generate_due(session, now) > 0
    assert obligations.generate_due(session, now) == 0
    assert session.scalar(select(func.max(Obligation.period))) == 20260301
    # Installed in March, nobody owes January's monthly meeting.
    assert (
        session.scalar(
            select(func.min(Obligation.period)).where(Obligation.rule_id == rule(session, "ZWH").id)
        )
        == 20260301
    )


def test_a_clock_that_stood_still_catches_up(session: Session, now: datetime) -> None:
    owing_city(session, now)
    obligations.generate_due(session, now)
    obligations.generate_due(session, now + timedelta(days=100))
    laid = session.scalars(
        select(Obligation.period)
        .where(Obligation.rule_id == rule(session, "ZWH").id)
        .distinct()
        .order_by(Obligation.period)
    ).all()
    assert laid == [20260301, 20260401, 20260501, 20260601]


def test_a_unit_formed_since_is_asked_too(session: Session, now: datetime) -> None:
    cast = owing_city(session, now)
    obligations.generate_due(session, now)
    new = cast.unit("new", UnitKind.BRANCH, "finance_committee", member_count=9)
    new.formed_on = date(2026, 3, 2)
    session.flush()
    assert obligations.generate_due(session, now) > 0
    assert new.id in owners(session, "ZWH")
    assert new.id not in owners(session, "DYDH")  # formed in the quarter's last month


def test_a_running_period_keeps_its_version(session: Session, now: datetime) -> None:
    cast = owing_city(session, now)
    obligations.generate_due(session, now)
    old = rule(session)
    duties.revise(session, "DYDH", {"grace_days": 9}, by=cast.users["security_admin"], now=now)
    obligations.generate_due(session, now + LATER)
    by_rule = {
        code: set(session.scalars(select(Obligation.period).where(Obligation.rule_id == code)))
        for code in (old.id, rule(session).id)
    }
    assert by_rule == {old.id: {20260101}, rule(session).id: {20260401}}


def test_what_is_past_due_is_missed_with_a_finding(session: Session, now: datetime) -> None:
    cast = owing_city(session, now)
    lay_down(session, "DYDH", FIRST_QUARTER, now)
    assert obligations.settle_missed(session, now=now) == []
    missed = obligations.settle_missed(session, now=now + LATER)
    assert {one.unit_id for one in missed} == {
        cast.units["finance_branch"].id,
        cast.units["planning_branch"].id,
    }
    one = key(session, cast.units["finance_branch"])
    fact = finding(session, one)
    assert state(session, one) == ObligationState.MISSED
    assert fact.id in {m.finding_id for m in missed}
    assert fact.evidence == [{"type": "obligation", "id": str(one)}]
    assert (fact.kind, fact.status, fact.rule) == ("missed_duty", "established", "DYDH/1")
    assert fact.basis == rule(session).source
    assert fact.calendar == "2026r1"
    assert "2026年第1季度" in fact.fact
    assert fact.happened_on == date(2026, 4, 8)
    assert session.scalar(select(AuditRow.id).where(AuditRow.action == "obligations_missed"))


def test_settling_twice_finds_once(session: Session, now: datetime) -> None:
    owing_city(session, now)
    lay_down(session, "DYDH", FIRST_QUARTER, now)
    assert len(obligations.settle_missed(session, now=now + LATER)) == 2
    assert obligations.settle_missed(session, now=now + LATER) == []
    assert session.scalar(select(func.count()).select_from(Finding)) == 2


def test_nothing_is_missed_before_the_last_second(session: Session, now: datetime) -> None:
    owing_city(session, now)
    lay_down(session, "DYDH", FIRST_QUARTER, now)
    last = calendars.load(session).end_of_day(date(2026, 4, 8))
    assert obligations.settle_missed(session, now=last) == []
    assert len(obligations.settle_missed(session, now=last + timedelta(seconds=1))) == 2


def test_a_chunk_leaves_the_rest(session: Session, now: datetime) -> None:
    owing_city(session, now)
    lay_down(session, "DYDH", FIRST_QUARTER, now)
    assert len(obligations.settle_missed(session, now=now + LATER, limit=1)) == 1
    assert len(obligations.settle_missed(session, now=now + LATER, limit=1)) == 1


def test_a_finding_known_before_is_not_made_again(session: Session, now: datetime) -> None:
    cast = owing_city(session, now)
    lay_down(session, "DYDH", FIRST_QUARTER, now)
    first = obligations.settle_missed(session, now=now + LATER)
    one = key(session, cast.units["finance_branch"])
    session.get_one(Obligation, one, populate_existing=True).state = int(ObligationState.OPEN)
    session.flush()
    again = obligations.settle_missed(session, now=now + LATER)
    assert [m.finding_id for m in again] == [
        m.finding_id for m in first if m.unit_id == one.unit_id
    ]


def test_an_abolished_unit_owes_nothing_more(session: Session, now: datetime) -> None:
    cast = owing_city(session, now)
    lay_down(session, "DYDH", FIRST_QUARTER, now)
    cast.units["finance_branch"].abolished_on = day_of(now)
    session.flush()
    missed = obligations.settle_missed(session, now=now + LATER)
    assert [one.unit_id for one in missed] == [cast.units["planning_branch"].id]
    assert state(session, key(session, cast.units["finance_branch"])) == ObligationState.EXCUSED


def test_two_clocks_share_the_work(sessions: sessionmaker[Session], now: datetime) -> None:
    with sessions.begin() as session:
        owing_city(session, now)
        lay_down(session, "DYDH", FIRST_QUARTER, now)
        one_writer = session.get_bind().dialect.name == "sqlite"
    with sessions() as one, sessions() as other:
        first = obligations.settle_missed(one, now=now + LATER, limit=1)
        if one_writer:
            one.commit()  # there the second clock waits until the first is done
        second = obligations.settle_missed(other, now=now + LATER)
        one.commit()
        other.commit()
    assert len(first) == len(second) == 1
    assert first[0].unit_id != second[0].unit_id


def test_a_new_calendar_moves_what_is_open(session: Session, now: datetime) -> None:
    cast = owing_city(session, now)
    lay_down(session, "DYDH", FIRST_QUARTER, now)
    known = calendars.load(session)
    longer = type(known)({**known.days, date(2026, 4, 8): False}, known.confirmed)
    assert obligations.recompute(session, calendar=longer, now=now) == 2
    assert obligations.recompute(session, calendar=longer, now=now) == 0
    session.expire_all()
    due = session.get_one(Obligation, key(session, cast.units["finance_branch"])).due_at
    assert due == longer.end_of_day(date(2026, 4, 9)).timestamp()


def test_what_the_clock_laid_down_last_is_on_file_with_the_rule(
    session: Session, now: datetime
) -> None:
    """A clock that stood still goes on from there, and asks the running period again."""
    owing_city(session, now)
    assert obligations.generate_due(session, now) > 0
    one = rule(session, "ZWH")
    assert one.laid_until == 20260301
    obligations.generate_due(session, now + timedelta(days=61))
    assert one.laid_until == 20260501
    obligations.generate_due(session, now)  # a clock set back takes nothing back
    assert one.laid_until == 20260501


def test_without_that_the_last_one_on_file_counts(session: Session, now: datetime) -> None:
    """A workbook brought February: January is not laid down for those it left out."""
    duties.install(session, now, since=date(2026, 1, 1))
    owing_city(session, now)
    lay_down(session, "ZWH", date(2026, 2, 1), now)
    obligations.generate_due(session, now)
    periods = select(Obligation.period).where(Obligation.rule_id == rule(session, "ZWH").id)
    assert set(session.scalars(periods)) == {20260201, 20260301}
