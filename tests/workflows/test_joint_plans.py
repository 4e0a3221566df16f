"""五同计划: paired, decided by the 党组 alone, deployed, checked, changed by decision, assessed."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import (
    Case,
    CaseStatus,
    Document,
    JointPlan,
    PlanChange,
    PlanCheckpoint,
    PlanEvidence,
    PlanItem,
    PlanMeasure,
    Task,
)
from tests.cast import Cast
from tests.workflows import planning
from tests.workflows.planning import (
    BRANCH,
    DEPUTY,
    HEAD,
    LEADER,
    begun,
    checked,
    decided,
    deployed,
    drafted,
    items,
    pair,
    plan,
    reviewed,
    running,
    uid,
    woken,
)
from tests.workflows.steps import do, open_nodes, refused
from workflows import cases, rows, suggestions, tasks, year_facts
from workflows.errors import Conflict, Invalid, NotAllowed


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return planning.stage(session, now)


def faults(cast: Cast, case: Case, node: str, who: str, now: datetime, **said: Any) -> set[str]:
    """The fields that a refusal names; nothing of it is left behind."""
    with pytest.raises(Invalid) as refusal, cast.session.begin_nested():
        do(cast, case, node, who, now, **said)
    cast.session.expire_all()
    return set(refusal.value.fields)


def papers(cast: Cast, case: Case) -> list[str]:
    wanted = select(Document.template).where(Document.case_id == case.id).order_by(Document.id)
    return list(cast.session.scalars(wanted))


def test_a_year_from_the_draft_to_the_review(cast: Cast, now: datetime) -> None:
    case = running(cast, now)
    [item] = items(cast, case)
    assert (item.owner_business_id, item.owner_party_id) == (
        cast.users[LEADER].id,
        cast.users[BRANCH].id,
    )
    assert plan(cast, case).state == "running"
    for day in ((4, 1), (7, 1), (10, 9)):
        at = woken(cast, case, *day)
        assert open_nodes(cast, case) == ["check_items"]
        checked(cast, case, at)
    reviewed(cast, case, woken(cast, case, 12, 18))
    assert (case.status, case.outcome) == (CaseStatus.FINISHED, "plan_closed")
    assert plan(cast, case).state == "closed"
    assert (item.judgement, item.business_result) == ("both", "完成")
    sheets = ["joint_plan_sheet", *["checkpoint_note"] * 3, "year_sheet"]
    assert papers(cast, case) == sheets
    stages = select(PlanEvidence.stage).where(PlanEvidence.item_id == item.id).distinct()
    assert set(cast.session.scalars(stages)) == {"plan", "deploy", "check", "assess"}


def test_the_five_stages_are_due_each_on_its_day(cast: Cast, now: datetime) -> None:
    case = running(cast, now)
    rows = cast.session.scalars(
        select(PlanCheckpoint).order_by(PlanCheckpoint.due_at, PlanCheckpoint.stage.desc())
    ).all()
    assert [(one.stage, one.number, one.done_at is not None) for one in rows] == [
        ("plan", 1, True),
        ("deploy", 1, True),
        ("check", 1, False),
        ("check", 2, False),
        ("check", 3, False),
        ("carry_out", 1, False),
        ("assess", 1, False),
    ]
    assert all(one.light == "green" for one in rows)
    assert case.wake_at is not None
    assert case.wake_at.date() == date(2026, 3, 30)  # the morning of the last day of March


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("party_measures", "  \n "),
        ("business_goal", " "),
        ("owner_business", BRANCH),
        ("owner_party", LEADER),
        ("branch", "finance_committee"),
        ("due", "2027-01-01"),
        ("milestones", "六月底完成"),
        ("milestones", "2026-12-01 在时限之后"),
    ],
)
def test_an_item_without_a_pair_is_refused_by_its_field(
    cast: Cast, now: datetime, field: str, value: str
) -> None:
    if value in cast.users:
        value = uid(cast, value)
    elif value in cast.units:
        value = str(cast.units[value].id)
    case = begun(cast, now)
    rows = [pair(cast), pair(cast, **{field: value})]
    assert faults(cast, case, "draft_pairs", DEPUTY, now, pairs=rows) == {f"pairs-1-{field}"}
    do(cast, case, "draft_pairs", DEPUTY, now, pairs=[pair(cast)])
    assert open_nodes(cast, case) == ["consult_business"]


def test_nobody_below_the_party_group_decides(cast: Cast, now: datetime) -> None:
    """Given the task by a redrawn diagram or by hand, a committee or branch is still refused."""
    case = begun(cast, now)
    drafted(cast, case, now)
    said = {"meeting": "会", "held_on": "2026-03-02", "minutes": "1", "verdict": "approve"}
    task = cast.open_task(case, "decide_plan")
    for who in (DEPUTY, "finance_secretary", BRANCH, "work_secretary", "planning_head"):
        _reassign(cast, task.id, who)
        with refused(cast, "party_group"):
            do(cast, case, "decide_plan", who, now, **said)
    _reassign(cast, task.id, HEAD)
    do(cast, case, "decide_plan", HEAD, now, **said)
    assert open_nodes(cast, case) == ["deploy_plan"]


def _reassign(cast: Cast, task_id: int, who: str) -> None:
    rows.empty_inboxes(cast.session, task_id)
    task = cast.session.get_one(Task, task_id)
    cases.put_into_inboxes(cast.session, task, [cast.users[who].id])


def test_a_branch_is_given_no_business_work(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    drafted(cast, case, now)
    decided(cast, case, now)
    [item] = items(cast, case)
    branch = str(cast.units["finance_branch"].id)
    row = {"item": str(item.id), "department": branch, "branch": branch}
    said = {"deployed_on": "2026-03-02", "covered": "both"}
    found = faults(cast, case, "deploy_plan", HEAD, now, **said, tasks=[row])
    assert found == {"tasks-0-department"}
    assert faults(cast, case, "deploy_plan", HEAD, now, **said, tasks=[row, row]) == {"tasks"}
    deployed(cast, case, now)
    assert item.department_id == cast.units["finance_office"].id


def test_a_returned_plan_keeps_what_was_drafted(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    drafted(cast, case, now, pair(cast, "甲"), pair(cast, "乙"))
    decided(cast, case, now, "return")
    assert cast.session.scalar(select(func.count(PlanItem.id))) == 0  # nothing is filed
    task = cast.open_task(case, "draft_pairs")
    opened = tasks.get(cast.session, task.id, rights=cast.rights(DEPUTY, now), now=now)
    assert [row["business_goal"] for row in opened.suggested["pairs"]] == ["甲", "乙"]


def test_only_the_organs_own_people_begin_its_plan_and_once(cast: Cast, now: datetime) -> None:
    for who in ("planning_deputy", LEADER, BRANCH, "supervisor", "work_secretary"):
        with pytest.raises(NotAllowed):
            begun(cast, now, who)
    assert begun(cast, now).id == begun(cast, now, HEAD).id
    assert cast.session.scalar(select(func.count(JointPlan.id))) == 1


def test_a_check_names_each_item_once_and_explains_what_lags(cast: Cast, now: datetime) -> None:
    case = running(cast, now, pair(cast, "甲"), pair(cast, "乙"))
    at = woken(cast, case, 4, 1)
    one, other = (str(item.id) for item in items(cast, case))
    row = {"item": one, "business_state": "on_track", "party_state": "behind"}
    said = {"held_on": "2026-04-01"}
    assert faults(cast, case, "check_items", DEPUTY, at, **said, items=[row]) == {"items"}
    both = [row, {**row, "item": other, "note": "学习未跟上"}]
    assert faults(cast, case, "check_items", DEPUTY, at, **said, items=both) == {"items-0-note"}
    early = {"held_on": "2026-04-02"}
    assert faults(cast, case, "check_items", DEPUTY, at, **early, items=both) == {"held_on"}
    do(cast, case, "check_items", DEPUTY, at, **said, items=[{**row, "note": "补课"}, both[1]])
    assert open_nodes(cast, case) == ["carry_out"]


def test_a_check_before_its_day_is_held_at_once(cast: Cast, now: datetime) -> None:
    case = running(cast, now)
    do(cast, case, "carry_out", DEPUTY, now, note="提前")
    checked(cast, case, now)
    assert case.wake_at is not None
    assert case.wake_at.date() == date(2026, 6, 29)


def change(
    cast: Cast, case: Case, now: datetime, *, granted: bool, pairs: Any = (), **row: Any
) -> None:
    task = cast.open_task(case, "carry_out")
    rights = cast.rights(DEPUTY, now)
    said = {"reason": "任务调整"}
    tasks.take_act(cast.session, task.id, "change_asked", said, rights=rights, now=now)
    [item, *_] = items(cast, case)
    rows = [{"item": str(item.id), "reason": "形势变化", **row}] if row else []
    do(cast, case, "amend_pairs", DEPUTY, now, changes=rows, pairs=list(pairs))
    held = {"meeting": "党组会", "held_on": "2026-03-02", "minutes": "1"}
    do(cast, case, "decide_change", HEAD, now, **held, granted=granted)


def test_a_filed_plan_changes_by_a_granted_change_alone(cast: Cast, now: datetime) -> None:
    case = running(cast, now)
    [item] = items(cast, case)
    change(cast, case, now, granted=False, kind="goal", text="新目标")
    assert item.business_goal == "预算执行率达到九成"
    assert plan(cast, case).edition == 1
    change(cast, case, now, granted=True, kind="goal", text="新目标")
    assert item.business_goal == "新目标"
    assert plan(cast, case).edition == 2
    kept = cast.session.scalars(select(PlanChange).order_by(PlanChange.id)).all()
    assert [one.granted for one in kept] == [False, True]
    assert kept[1].before[0]["business_goal"] == "预算执行率达到九成"
    assert papers(cast, case).count("joint_plan_sheet") == 2


def test_a_dropped_item_takes_its_measures_along_and_a_new_one_is_due(
    cast: Cast, now: datetime
) -> None:
    case = running(cast, now)
    [item] = items(cast, case)
    change(cast, case, now, granted=True, kind="drop", pairs=[pair(cast, "新增")])
    [new] = items(cast, case)
    assert (new.business_goal, new.number) == ("新增", 2)
    measures = cast.session.scalars(select(PlanMeasure).where(PlanMeasure.item_id == item.id))
    assert all(one.dropped_at is not None for one in measures)
    due = select(func.count(PlanCheckpoint.id)).where(PlanCheckpoint.item_id == new.id)
    assert cast.session.scalar(due) == 7
    checked(cast, case, woken(cast, case, 4, 1))  # the case knows the new items


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"kind": "owner_business", "owner": BRANCH}, "owner"),
        ({"kind": "owner_party", "owner": LEADER}, "owner"),
        ({"kind": "due", "due": "2027-02-01"}, "due"),
        ({"kind": "goal", "text": "  "}, "text"),
    ],
)
def test_a_change_is_checked_field_by_field(
    cast: Cast, now: datetime, row: dict[str, str], field: str
) -> None:
    case = running(cast, now)
    if row.get("owner"):
        row = row | {"owner": uid(cast, row["owner"])}
    with pytest.raises(Invalid) as refusal:
        change(cast, case, now, granted=True, **row)
    assert set(refusal.value.fields) == {f"changes-0-{field}"}


def test_the_forms_know_the_items(cast: Cast, now: datetime) -> None:
    case = running(cast, now, pair(cast, "甲"), pair(cast, "乙"))
    at = woken(cast, case, 4, 1)
    opened = tasks.get(
        cast.session, cast.open_task(case, "check_items").id, rights=cast.rights(DEPUTY, at), now=at
    )
    assert [row["item"] for row in opened.suggested["items"]] == [
        str(item.id) for item in items(cast, case)
    ]
    assert suggestions.SUGGEST["year_review"]({"subjects": {"5": {}}}, "") == {
        "pairs": [{"item": "5"}]
    }


@pytest.mark.parametrize(("judgement", "share"), [("both", "1"), ("party_only", "0.5")])
def test_a_closed_plan_hands_its_facts_to_the_assessment(
    cast: Cast, now: datetime, judgement: str, share: str
) -> None:
    case = running(cast, now)
    year = year_facts.Year([cast.units["finance"]], 2026, date(2026, 12, 31))
    for _ in range(3):
        do(cast, case, "carry_out", DEPUTY, now, note="提前")
        checked(cast, case, now)
    assert year_facts.of_source(cast.session, "plan_items", year) == []
    reviewed(cast, case, now, judgement)
    [fact] = year_facts.of_source(cast.session, "plan_items", year)
    [item] = items(cast, case)
    assert (fact.ref, fact.share) == (f"plan_item:{item.id}", Decimal(share))


def test_two_at_once_one_decides(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    drafted(cast, case, now)
    task = cast.open_task(case, "decide_plan")
    decided(cast, case, now)
    with pytest.raises(Conflict):
        tasks.complete(cast.session, task.id, {}, rights=cast.rights(HEAD, now), now=now)
