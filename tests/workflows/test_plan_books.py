"""Plans by workbook: told row by row, taken whole or not at all; out and in again the same."""

import io
from datetime import date, datetime
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models import (
    JointPlan,
    PlanChange,
    PlanCheckpoint,
    PlanEvidence,
    PlanItem,
    PlanMeasure,
    PlanMilestone,
)
from tests.cast import Cast
from tests.workflows import planning
from tests.workflows.planning import BRANCH, DEPUTY, LEADER, begun, items, pair, running
from workflows import joint_plans, plan_books, plan_lists, two_skins
from workflows.errors import Invalid, NotAllowed
from workflows.imports.report import Report

HEADS = [column.title for column in plan_books.COLUMNS]


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return planning.stage(session, now)


def row(cast: Cast, number: int = 1, **more: Any) -> list[Any]:
    said = {
        "unit": "finance",
        "year": 2026,
        "number": number,
        "business_goal": "预算执行率达到九成",
        "party_measures": "党员先锋岗攻坚；支部联学",
        "indicator": "执行率",
        "owner_business": cast.users[LEADER].login,
        "owner_party": cast.users[BRANCH].login,
        "branch": "finance_branch",
        "milestones": "2026-06-30 过半",
        "due": date(2026, 11, 30),
    } | more
    return [said[column.key] for column in plan_books.COLUMNS]


def book(*rows: list[Any], title: str = "五同计划") -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = title
    for line in (HEADS, *rows):
        sheet.append(line)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def take(cast: Cast, now: datetime, *rows: list[Any], who: str = DEPUTY, **more: Any) -> Report:
    rights = cast.rights(who, now)
    return plan_books.take(cast.session, book(*rows), rights=rights, now=now, **more)


def told(report: Report) -> list[tuple[int, str]]:
    return [(fault.row, fault.column) for fault in report.faults]


def count(cast: Cast) -> int:
    return cast.session.scalar(select(func.count(PlanItem.id))) or 0


def test_a_dry_run_only_looks_and_a_take_stands(cast: Cast, now: datetime) -> None:
    rows = [row(cast), row(cast, 2, business_goal="隐患整改到位")]
    assert take(cast, now, *rows, dry_run=True).counts["五同计划 新增"] == 2
    assert count(cast) == 0
    assert take(cast, now, *rows).is_good
    assert count(cast) == 2
    again = take(cast, now, *rows)
    assert (again.changes, again.counts["五同计划 未变"]) == (0, 2)
    changed = take(cast, now, row(cast, indicator="序时进度"), rows[1])
    assert changed.counts["五同计划 变更"] == 1
    assert count(cast) == 2


@pytest.mark.parametrize(
    ("more", "column"),
    [
        ({"party_measures": ""}, "党建举措"),
        ({"business_goal": None}, "业务目标"),
        ({"owner_business": BRANCH}, "业务责任人"),
        ({"owner_party": LEADER}, "党建责任人"),
        ({"owner_party": "nobody"}, "党建责任人"),
        ({"branch": "planning_branch"}, "联系支部"),
        ({"milestones": "六月底"}, "里程碑"),
        ({"due": date(2027, 1, 1)}, "完成时限"),
        ({"due": "某日"}, "完成时限"),
        ({"unit": "planning"}, "单位"),
        ({"number": 1}, "序号"),
        ({"business_goal": "=HYPERLINK(1)"}, "业务目标"),
    ],
)
def test_each_fault_is_told_with_its_row_and_nothing_changes(
    cast: Cast, now: datetime, more: dict[str, Any], column: str
) -> None:
    for name in ("owner_business", "owner_party"):
        if more.get(name) in cast.users:
            more = more | {name: cast.users[more[name]].login}
    report = take(cast, now, row(cast), row(cast, **({"number": 2} | more)))
    assert told(report) == [(3, column)]
    assert count(cast) == 0


def test_an_existing_plan_is_taken_as_it_was_and_the_rules_find_what_lacks(
    cast: Cast, now: datetime
) -> None:
    lines = [
        row(cast),
        row(cast, 2, business_goal="新系统验收", party_measures=""),
        row(cast, None, business_goal="", party_measures="制作展板", due=None),  # type: ignore[arg-type]
        row(cast, 4, business_goal="清欠", owner_party=""),
    ]
    assert told(take(cast, now, *lines)) == [
        (3, "党建举措"),
        (4, "业务目标"),
        (4, "完成时限"),
        (5, "党建责任人"),
    ]
    report = take(cast, now, *lines, existing=True)
    assert report.is_good, report.faults
    found = two_skins.contribution(cast.session, cast.units["finance"].id, 2026, now=now)
    assert found is not None
    assert [hit.rule for hit in found.hits] == ["one_skin", "self_loop", "no_party_owner"]
    assert take(cast, now, *lines, existing=True).changes == 0


def test_a_row_that_says_nothing_is_refused_even_as_it_was(cast: Cast, now: datetime) -> None:
    empty = row(cast, business_goal="", party_measures="")
    assert told(take(cast, now, empty, existing=True)) == [(2, "业务目标")]


def test_a_decided_plan_is_changed_by_no_workbook(cast: Cast, now: datetime) -> None:
    case = running(cast, now)
    [item] = items(cast, case)
    assert told(take(cast, now, row(cast, business_goal="改过"))) == [(2, "单位")]
    assert told(take(cast, now, row(cast, business_goal="改过"), existing=True)) == [(2, "单位")]
    plan, organ = plan_lists.get(cast.session, item.plan_id, rights=cast.rights("supervisor", now))
    same = plan_books.export(cast.session, [(plan, organ)])
    rights = cast.rights(DEPUTY, now)
    assert plan_books.take(cast.session, same, rights=rights, now=now).changes == 0


def test_what_was_brought_in_stands_in_the_draft(cast: Cast, now: datetime) -> None:
    take(cast, now, row(cast))
    case = begun(cast, now)
    plan = cast.session.scalars(select(JointPlan)).one()
    [known] = joint_plans.known_pairs(cast.session, plan)
    assert known["party_measures"] == "党员先锋岗攻坚\n支部联学"
    assert known["milestones"] == "2026-06-30 过半"
    planning.drafted(cast, case, now, known)
    planning.decided(cast, case, now)
    assert count(cast) == 1  # the draft gave way to what was decided


def test_only_an_organs_party_workers_bring_in_and_only_a_workbook(
    cast: Cast, now: datetime
) -> None:
    for who in (BRANCH, LEADER, "supervisor", "work_secretary"):
        with pytest.raises(NotAllowed):
            take(cast, now, row(cast), who=who)
    rights = cast.rights(DEPUTY, now)
    for data in (b"no workbook", book(title="别的")):
        with pytest.raises(Invalid):
            plan_books.take(cast.session, data, rights=rights, now=now)
    template = plan_books.template()
    assert [cell.value for cell in load_workbook(io.BytesIO(template)).worksheets[0][1]] == HEADS


def cells(data: bytes) -> list[tuple[Any, ...]]:
    return list(load_workbook(io.BytesIO(data)).worksheets[0].values)


def test_out_and_in_again_it_is_the_same(cast: Cast, now: datetime) -> None:
    """Export, import into an emptied record, export: the same rows."""
    running(cast, now, pair(cast, "甲"), pair(cast, "乙"))
    [plan] = cast.session.scalars(select(JointPlan)).all()
    cast.session.add(PlanMeasure(plan_id=plan.id, text="制作展板"))
    cast.session.flush()
    first = plan_books.export(cast.session, [(plan, cast.units["finance"])])
    for table in (
        PlanChange, PlanEvidence, PlanCheckpoint, PlanMilestone, PlanMeasure, PlanItem, JointPlan
    ):  # fmt: skip
        cast.session.execute(delete(table))
    cast.session.expire_all()
    report = plan_books.take(cast.session, first, rights=None, now=now, existing=True)
    assert report.is_good, report.faults
    [plan] = cast.session.scalars(select(JointPlan)).all()
    second = plan_books.export(cast.session, [(plan, cast.units["finance"])])
    assert cells(second) == cells(first)
    assert len(cells(first)) == 4
