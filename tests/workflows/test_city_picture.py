"""全市概览: each figure against a count of its own; who sees whose picture; what it costs."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from models import (
    Case,
    DutyRule,
    Finding,
    Matter,
    Obligation,
    ObligationState,
    PlanCheckpoint,
    PlanItem,
    UnitKind,
)
from tests.cast import Cast
from tests.workflows import matter_paths, planning
from tests.workflows.test_finding_lists import found
from workflows import city_picture, city_picture_items, finding_lists, ledger
from workflows.city_picture import Figures, Scope
from workflows.city_picture_items import Chosen
from workflows.errors import NotAllowed
from workflows.periods import period_of

SPAN = period_of("year", date(2026, 3, 2))
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def cast(session: Session) -> Cast:
    return matter_paths.supervised_city(session, NOW)


def scope(cast: Cast, who: str) -> Scope:
    return city_picture.scope_of(cast.session, cast.rights(who, NOW))


def figures(cast: Cast, who: str) -> Figures:
    return city_picture.figures(cast.session, scope(cast, who), SPAN, now=NOW)


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("city_secretary", ["finance", "planning"]),
        ("work_secretary", ["finance", "planning"]),
        ("work_deputy", ["finance", "planning"]),
        ("supervisor", ["finance", "planning"]),
        ("finance_head", ["finance"]),
        ("finance_secretary", ["finance"]),
        ("planning_head", ["planning"]),
        ("finance_liaison", None),
        ("finance_branch_secretary", None),
        ("finance_member", None),
        ("process_admin", None),
        ("system_admin", None),
        ("audit_admin", None),
    ],
)
def test_whose_picture_a_person_sees(cast: Cast, who: str, sees: list[str] | None) -> None:
    assert city_picture.may_see(cast.rights(who, NOW)) is (sees is not None)
    if sees is None:
        with pytest.raises(NotAllowed):
            scope(cast, who)
    else:
        assert [one["code"] for one in figures(cast, who)["organs"]] == sees


def owe(cast: Cast, unit: str, state: ObligationState, number: int) -> None:
    """So many monthly duties of a unit in that state."""
    rule = cast.session.scalars(
        select(DutyRule).where(DutyRule.rhythm == "month").order_by(DutyRule.code)
    ).first()
    assert rule
    for month in range(1, number + 1):
        cast.session.add(
            Obligation(
                rule_id=rule.id,
                unit_id=cast.units[unit].id,
                period=20260001 + month * 100 + int(state) * 3,
                due_at=int(NOW.timestamp()),
                state=int(state),
            )
        )
    cast.session.flush()


def test_duties_are_those_of_a_count_of_ones_own(cast: Cast) -> None:
    before, own = figures(cast, "work_deputy")["duties"], figures(cast, "finance_head")["duties"]
    for state, number in (("ON_TIME", 3), ("LATE", 2), ("MISSED", 1)):
        owe(cast, "finance_branch", ObligationState[state], number)
    owe(cast, "planning_branch", ObligationState.MISSED, 2)
    city, finance = figures(cast, "work_deputy"), figures(cast, "finance_head")
    grown = {name: city["duties"][name] - before[name] for name in before}
    assert grown == {"on_time": 3, "late": 2, "missed": 3, "excused": 0, "open": 0}
    assert finance["duties"]["missed"] - own["missed"] == 1
    rows = cast.session.scalars(select(Obligation).where(Obligation.state == 4)).all()
    assert city["duties"]["missed"] == sum(20260101 <= one.period <= 20261231 for one in rows)
    by_organ = {one["code"]: one["missed"] for one in city["organs"]}
    assert sum(by_organ.values()) == city["duties"]["missed"]


def test_lights_are_those_of_the_ledger(cast: Cast) -> None:
    matter_paths.working(cast, NOW)
    cast.session.scalars(select(Matter)).one().light = "red"
    cast.session.flush()
    city, other = figures(cast, "work_deputy"), figures(cast, "planning_head")
    assert city["lights"] == ledger.counts(
        cast.session, cast.rights("work_deputy", NOW), ledger.Filter()
    )
    assert city["lights"]["red"] == 1
    assert sum(other["lights"].values()) == 0
    assert {one["code"]: one["reds"] for one in city["organs"]} == {"finance": 1, "planning": 0}


def established(cast: Cast, key: str, **more: object) -> Finding:
    one = found(cast, NOW, key, **more)
    one.status = "established"
    cast.session.flush()
    return one


def test_findings_by_type_are_those_of_the_list(cast: Cast) -> None:
    established(cast, "k:1")
    established(cast, "k:2", kind="relapse")
    established(cast, "k:3", unit_id=cast.units["planning_branch"].id)
    established(cast, "k:4", happened_on=date(2025, 5, 1))
    found(cast, NOW, "k:5", kind="failed").status = "draft"
    cast.session.flush()
    city = figures(cast, "work_deputy")
    chosen = finding_lists.Filter(status="established", since=SPAN.first, until=SPAN.last)
    page = finding_lists.page(cast.session, cast.rights("work_deputy", NOW), chosen)
    assert city["findings"] == {"missed_duty": 2, "relapse": 1}
    assert sum(city["findings"].values()) == len(page.rows)
    assert city["relapsed"] == 1
    assert figures(cast, "finance_head")["findings"] == {"missed_duty": 1, "relapse": 1}
    assert city_picture.past(cast.session, scope(cast, "work_deputy"), SPAN)["findings"] == {
        "missed_duty": 1
    }


def test_what_only_some_may_know_is_not_told_to_all(cast: Cast) -> None:
    established(cast, "k:1")
    established(cast, "k:2", kind="failed", severity="violation")
    case = matter_paths.working(cast, NOW)
    established(cast, "k:3", kind="abuse", case_id=case.id)
    own = scope(cast, "work_deputy")
    told = city_picture.for_all(own)
    counted = city_picture.counted(cast.session, told, SPAN)["findings"]
    assert counted == {"abuse": 1, "missed_duty": 1}
    case.restricted = True
    cast.session.flush()
    assert city_picture.counted(cast.session, told, SPAN)["findings"] == {"missed_duty": 1}


def test_rectification_rate_counts_what_was_judged(cast: Cast) -> None:
    case = matter_paths.working(cast, NOW)
    for number, outcome in enumerate(("rect_passed", "rect_passed", "rect_failed", None)):
        _copy(cast, case, number, outcome)
    rectified = figures(cast, "work_deputy")["rectified"]
    assert rectified == {"passed": 2, "failed": 1, "stopped": 0, "open": 1}
    assert city_picture.rate(rectified) == pytest.approx(2 / 3)
    assert city_picture.rate({"passed": 0, "failed": 0}) is None
    assert sum(figures(cast, "planning_head")["rectified"].values()) == 0


def _copy(cast: Cast, case: Case, number: int, outcome: str | None) -> None:
    cast.session.add(
        Case(
            definition_id=case.definition_id,
            parameters_id=case.parameters_id,
            process="rectification",
            key=f"rectification:test:{number}",
            title="整改",
            unit_id=cast.units["finance"].id,
            state=b"",
            status="finished" if outcome else "running",
            opened_at=NOW,
            finished_at=NOW if outcome else None,
            outcome=outcome,
        )
    )
    cast.session.flush()


def test_items_and_stages_by_light(cast: Cast) -> None:
    planning_cast(cast)
    city = figures(cast, "work_deputy")
    checks = cast.session.scalars(select(PlanCheckpoint)).all()
    for stage, row in city["stages"].items():
        own = [one for one in checks if one.stage == stage]
        assert row["done"] == sum(one.done_at is not None for one in own)
        assert row["red"] == sum(one.done_at is None and one.light == "red" for one in own)
    assert city["items"] == {"done": 0, "green": 1, "blue": 0, "yellow": 0, "red": 1}
    listed = city_picture_items.page(
        cast.session, scope(cast, "work_deputy"), Chosen(2026, light="red")
    )
    assert [row.light for row in listed.rows] == ["red"]
    stage = next(stage for stage, row in city["stages"].items() if row["red"])
    at_stage = Chosen(2026, stage=stage, light="red")
    found = city_picture_items.page(cast.session, scope(cast, "work_deputy"), at_stage)
    assert len(found.rows) == city["stages"][stage]["red"] == 1
    other = city_picture_items.page(cast.session, scope(cast, "planning_head"), Chosen(2026))
    assert list(other.rows) == []
    assert city["skins"]["index"] is not None
    assert figures(cast, "planning_head")["skins"]["index"] is None


def planning_cast(cast: Cast) -> None:
    cast.unit("finance_office", UnitKind.DEPARTMENT, "finance")
    pairs = [planning.pair(cast), planning.pair(cast, "民生支出占比八成")]
    planning.running(cast, NOW, *pairs)
    first = cast.session.scalars(select(PlanItem).order_by(PlanItem.id)).first()
    assert first
    due = cast.session.scalars(
        select(PlanCheckpoint)
        .where(PlanCheckpoint.item_id == first.id, PlanCheckpoint.done_at.is_(None))
        .order_by(PlanCheckpoint.id)
    ).first()
    assert due
    for one in cast.session.scalars(select(PlanCheckpoint)):
        one.light = "green"
    due.light = "red"
    cast.session.flush()


def test_the_number_of_statements_does_not_grow_with_the_organs(cast: Cast) -> None:
    def cost() -> int:
        seen: list[str] = []
        bind = cast.session.get_bind()
        hook = lambda *args: seen.append(args[2])  # noqa: E731
        event.listen(bind, "before_cursor_execute", hook)
        try:
            figures(cast, "work_deputy")
        finally:
            event.remove(bind, "before_cursor_execute", hook)
        return len(seen)

    planning_cast(cast)
    before = cost()
    for number in range(5):
        cast.unit(f"organ{number}", UnitKind.PARTY_GROUP, "work")
    assert cost() == before <= 30
