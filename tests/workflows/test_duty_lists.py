"""Obligations of many units: who sees which, in which order, and how many."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Obligation, ObligationState
from tests.cast import Cast
from tests.workflows.owing import key, lay_down, owing_city
from workflows import duties, duty_counts, duty_lists, evidence, obligations
from workflows.duty_counts import Counts
from workflows.duty_lists import Filter, span_named
from workflows.evidence import Paper

TODAY = date(2026, 3, 2)
YEAR = span_named("2026", today=TODAY)
LATER = timedelta(days=60)  # 1 May


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    """Both branches owe two meetings of the first quarter and March's; 财政局's held one."""
    cast = owing_city(session, now)
    for code in ("DYDH", "DK"):
        lay_down(session, code, date(2026, 1, 1), now)
    lay_down(session, "ZWH", TODAY, now)
    evidence.hand_in(
        session,
        key(session, cast.units["finance_branch"]),
        Paper(date(2026, 2, 10), present=15, expected=20),
        by=cast.users["finance_branch_secretary"],
        now=now,
    )
    return cast


def shown(lines: Iterable[duty_lists.Line]) -> list[tuple[str, str, int]]:
    return [(one.unit.name, one.rule.code, one.obligation.state) for one in lines]


def listed(cast: Cast, who: str, now: datetime, **chosen: object) -> list[tuple[str, str, int]]:
    chosen = {"span": YEAR, **chosen}
    wanted = Filter(**chosen)  # type: ignore[arg-type]
    rights = cast.rights(who, now)
    return shown(duty_lists.page(cast.session, rights, wanted, now=now).rows)


def test_what_is_not_done_comes_by_its_due_date(cast: Cast, now: datetime) -> None:
    open_now = listed(cast, "finance_secretary", now)  # both fall due on one day
    assert sorted(open_now) == [("finance_branch", "DK", 0), ("finance_branch", "ZWH", 0)]
    obligations.settle_missed(cast.session, now=now + LATER)
    lay_down(cast.session, "DK", date(2026, 4, 1), now + LATER)
    cast.session.expire_all()
    rows = listed(cast, "finance_secretary", now + LATER)
    assert [state for _, _, state in rows] == [4, 4, 0]


@pytest.mark.parametrize(
    ("who", "units"),
    [
        ("supervisor", {"finance_branch", "planning_branch"}),
        ("work_deputy", {"finance_branch", "planning_branch"}),
        ("finance_head", {"finance_branch"}),
        ("finance_branch_secretary", {"finance_branch"}),
        ("planning_secretary", {"planning_branch"}),
        ("finance_member", set()),
        ("system_admin", set()),
        ("audit_admin", set()),
    ],
)
def test_each_sees_his_own_units(cast: Cast, now: datetime, who: str, units: set[str]) -> None:
    rights = cast.rights(who, now)
    assert {unit for unit, _, _ in listed(cast, who, now, state="all")} == units
    counts = duty_counts.by_unit(cast.session, rights, Filter(YEAR))
    assert sum(one.counts.total for one in counts) == 3 * len(units)
    chosen = Filter(YEAR, unit=cast.units["planning_branch"], state="all")
    rows = duty_lists.page(cast.session, rights, chosen, now=now).rows
    assert bool(rows) is ("planning_branch" in units)


def test_a_page_goes_on_where_the_last_one_ended(cast: Cast, now: datetime) -> None:
    rights = cast.rights("supervisor", now)
    whole = duty_lists.page(cast.session, rights, Filter(YEAR, state="all"), now=now)
    assert whole.after is None
    assert len(whole.rows) == 6
    found: list[duty_lists.Line] = []
    after = None
    for _ in range(3):
        part = duty_lists.page(
            cast.session, rights, Filter(YEAR, state="all"), now=now, after=after, size=2
        )
        found += part.rows
        after = part.after
    assert after is None
    assert [one.key for one in found] == [one.key for one in whole.rows]


def test_overdue_is_what_was_missed_and_what_the_clock_has_yet_to_find(
    cast: Cast, now: datetime
) -> None:
    assert listed(cast, "supervisor", now, state="overdue") == []
    later = now + LATER
    rows = listed(cast, "supervisor", later, state="overdue")
    assert len(rows) == 5
    one = cast.session.scalars(select(Obligation).where(Obligation.state == 0).limit(1)).one()
    assert duty_lists.word_of(one, now) == "open"
    assert duty_lists.word_of(one, later) == "overdue"
    obligations.settle_missed(cast.session, now=later)
    cast.session.expire_all()
    assert len(listed(cast, "supervisor", later, state="overdue")) == 5
    assert listed(cast, "supervisor", later, state="open") == []


@pytest.mark.parametrize(
    ("span", "codes"),
    [
        ("2026", {"DYDH", "DK", "ZWH"}),
        ("2026Q1", {"DYDH", "DK", "ZWH"}),
        ("2026-03", {"ZWH"}),
        ("2026-01", set()),  # the quarter begins in January but does not lie in it
        ("2026H2", set()),
        ("2025", set()),
    ],
)
def test_a_span_holds_the_periods_that_lie_in_it(
    cast: Cast, now: datetime, span: str, codes: set[str]
) -> None:
    chosen = span_named(span, today=TODAY)
    assert duty_lists.name_of_span(chosen) == span
    assert {code for _, code, _ in listed(cast, "supervisor", now, span=chosen, state="all")} == (
        codes
    )


@pytest.mark.parametrize("text", ["", "x", "２026", "1999", "2030", "202", "0000"])
def test_what_is_no_span_is_the_running_year(text: str) -> None:
    assert span_named(text, today=TODAY) == YEAR


def test_one_duty_and_one_unit_can_be_chosen(cast: Cast, now: datetime) -> None:
    organ = cast.units["finance"]
    assert listed(cast, "supervisor", now, code="DK", unit=organ) == [("finance_branch", "DK", 0)]
    assert listed(cast, "supervisor", now, code="DK", unit=organ, alone=True) == []
    assert listed(cast, "supervisor", now, code="NONE") == []


def test_counts_agree_with_the_lists(cast: Cast, now: datetime) -> None:
    later = now + LATER
    obligations.settle_missed(cast.session, now=later)
    evidence.excuse(
        cast.session,
        key(cast.session, cast.units["planning_branch"]),
        "汛期",
        by=cast.users["supervisor"],
        now=later,
    )
    rights = cast.rights("supervisor", later)
    for chosen in (Filter(YEAR), Filter(YEAR, code="DYDH"), Filter(YEAR, unit=cast.units["work"])):
        units = duty_counts.by_unit(cast.session, rights, chosen)
        by_duty = duty_counts.by_duty(cast.session, rights, chosen)
        for name in duty_counts.NAMES:
            wanted = Filter(chosen.span, name, chosen.code, chosen.unit)
            rows = duty_lists.page(cast.session, rights, wanted, now=later).rows
            assert sum(getattr(one.counts, name) for one in units) == len(rows)
            assert sum(getattr(one.counts, name) for one in by_duty) == len(rows)


def test_units_are_counted_with_all_below_them(cast: Cast, now: datetime) -> None:
    lay_down(cast.session, "SZ", TODAY, now)  # owed by committees and by the work committee
    rights = cast.rights("supervisor", now)
    top = duty_counts.by_unit(cast.session, rights, Filter(YEAR))
    assert [(one.unit.name, one.alone, one.counts.total, one.below) for one in top] == [
        ("work", True, 1, 1),
        ("finance", False, 5, 2),
        ("planning", False, 5, 2),
    ]
    organ = Filter(YEAR, unit=cast.units["finance_committee"])
    inside = duty_counts.by_unit(cast.session, rights, organ)
    assert [(one.unit.name, one.alone) for one in inside] == [
        ("finance_committee", True),
        ("finance_branch", False),
    ]
    assert inside[1].counts == Counts(on_time=1, open=3)


def test_somebody_with_several_subtrees_begins_at_each(cast: Cast, now: datetime) -> None:
    cast.holder("finance_secretary", "支部副书记", "planning_branch")
    rights = cast.rights("finance_secretary", now)
    assert [one.name for one in duty_lists.tops(cast.session, rights)] == [
        "finance_committee",
        "planning_branch",
    ]
    rows = duty_counts.by_unit(cast.session, rights, Filter(YEAR))
    assert [one.unit.name for one in rows] == ["finance_committee", "planning_branch"]


def test_the_rate_leaves_out_what_is_open_or_excused() -> None:
    assert Counts(on_time=3, late=1, excused=5, missed=0, open=9).rate == 0.75
    assert Counts(excused=5, open=9).rate is None


def test_versions_of_a_duty_are_one_line(cast: Cast, now: datetime) -> None:
    later = now + LATER
    duties.revise(cast.session, "DK", {"grace_days": 9}, by=cast.users["security_admin"], now=now)
    lay_down(cast.session, "DK", date(2026, 4, 1), later)
    rights = cast.rights("supervisor", now)
    rows = {one.rule.code: one for one in duty_counts.by_duty(cast.session, rights, Filter(YEAR))}
    assert (rows["DK"].rule.number, rows["DK"].counts.total) == (2, 4)
    assert [one.code for one in duty_lists.duties_to_choose(cast.session)].count("DK") == 1


def test_units_are_found_by_a_word(cast: Cast, now: datetime) -> None:
    rights = cast.rights("supervisor", now)
    found = duty_lists.units_to_choose(cast.session, rights, words="plan")
    assert [one.name for one in found] == ["planning", "planning_branch", "planning_committee"]
    assert duty_lists.units_to_choose(cast.session, rights, words="%") == []
    stranger = cast.rights("finance_secretary", now)
    assert duty_lists.units_to_choose(cast.session, stranger, words="plan") == []


def test_a_long_list_leaves_the_branches_out(
    cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(duty_lists, "MOST_UNITS", 6)
    rights, branch = cast.rights("supervisor", now), cast.units["finance_branch"]
    names = [one.name for one in duty_lists.units_to_choose(cast.session, rights)]
    assert names == ["finance", "finance_committee", "planning", "planning_committee", "work"]
    chosen = duty_lists.units_to_choose(cast.session, rights, chosen=branch)
    assert [one.name for one in chosen] == ["finance_branch", *names]


def test_an_excused_one_is_no_longer_due(cast: Cast, now: datetime) -> None:
    one = key(cast.session, cast.units["finance_branch"], "ZWH", TODAY)
    evidence.excuse(cast.session, one, "合并", by=cast.users["supervisor"], now=now)
    assert ("finance_branch", "ZWH", 0) not in listed(cast, "supervisor", now)
    rows = listed(cast, "supervisor", now, state="excused")
    assert rows == [("finance_branch", "ZWH", ObligationState.EXCUSED)]
