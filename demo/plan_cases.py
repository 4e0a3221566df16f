"""Two joint plans of the demo that walk their diagram: one finished last year, one under way."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from demo.acting import Scene
from demo.names import ORGANS
from demo.plan_texts import PAIRS
from models import Case, PlanItem, Task
from workflows import joint_plans, plan_records
from workflows.deadlines import day_of

HOW_MANY = 3


def running(scene: Scene, number: int, year: int) -> Case:
    """Decided and deployed in the last weeks; its checks are awaited."""
    case = _decided(scene, number, year, _ago(scene, 25))
    _deployed(scene, case, number, _ago(scene, 8))
    return case


def finished(scene: Scene, number: int, year: int) -> Case:
    """The whole year: planned in January, checked every quarter, assessed in December."""
    calendar = scene.calendar
    case = _decided(scene, number, year, scene.hours(calendar.roll(date(year, 1, 6))))
    _deployed(scene, case, number, scene.hours(calendar.roll(date(year, 2, 3))))
    for quarter in (4, 7, 10):
        at = scene.hours(calendar.roll(date(year, quarter, 12)))
        scene.wake(case, at)
        scene.do(scene.open_task(case, "check_items"), at, _check(scene, case, at, quarter))
    at = scene.hours(calendar.roll(date(year, 12, 18)))
    rows = [
        {"item": str(item.id), "business_result": "年度目标完成，指标达到预期。",
         "party_result": "党员领办事项全部办结，支部作用发挥明显。", "judgement": "both"}
        for item in _items(scene, case)
    ]  # fmt: skip
    scene.do(scene.open_task(case, "year_review"), at, {"pairs": rows})
    return case


def _ago(scene: Scene, days: int) -> datetime:
    return scene.hours(scene.calendar.add_workdays(day_of(scene.now), -days))


def _decided(scene: Scene, number: int, year: int, at: datetime) -> Case:
    short, organ = ORGANS[number - 1][0], scene.unit(f"A{number:02}")
    rights = scene.rights(f"{short}-zf", at)
    case = joint_plans.begin(scene.session, organ, year, rights=rights, now=at)
    pairs = [_pair(scene, number, place, year) for place in range(1, HOW_MANY + 1)]
    scene.do(scene.open_task(case, "draft_pairs"), at, {"pairs": pairs})
    later = scene.workday(day_of(at), 3)
    for task in _open_tasks(scene, case, "consult_business"):
        scene.do(task, later, {"answer": "agree"})
    met = scene.workday(day_of(at), 6)
    lines = ["会议研究年度五同计划，逐项审定业务目标和党建举措。"]
    said = {
        "meeting": "党组会",
        "held_on": day_of(met).isoformat(),
        "minutes": scene.paper(case, "党组会议纪要（五同计划）", lines, met, f"{short}-zf"),
        "verdict": "approve",
    }
    scene.do(scene.open_task(case, "decide_plan"), met, said)
    return case


def _pair(scene: Scene, number: int, place: int, year: int) -> Mapping[str, Any]:
    short = ORGANS[number - 1][0]
    goal, measures, indicator = PAIRS[(number + place) % len(PAIRS)]
    return {
        "business_goal": goal,
        "party_measures": "\n".join(measures),
        "indicator": indicator,
        "owner_business": scene.ids(f"{short}-bz{1 + place % 2}")[0],
        "owner_party": scene.ids(f"{short}-zb{place}")[0],
        "branch": str(scene.unit(f"A{number:02}{place:02}").id),
        "milestones": f"{year}-06-30 过半",
        "due": date(year, 11, 20 + place).isoformat(),
    }


def _open_tasks(scene: Scene, case: Case, node: str) -> list[Task]:
    wanted = select(Task).where(Task.case_id == case.id, Task.node == node, Task.done_at.is_(None))
    return list(scene.session.scalars(wanted.order_by(Task.id)))


def _items(scene: Scene, case: Case) -> list[PlanItem]:
    plan = plan_records.of_case(scene.session, case.id)
    return list(plan_records.live_items(scene.session, plan))


def _deployed(scene: Scene, case: Case, number: int, at: datetime) -> None:
    department = str(scene.unit(f"A{number:02}K2").id)
    rows = [
        {"item": str(item.id), "department": department, "branch": str(item.branch_id)}
        for item in _items(scene, case)
    ]
    said = {"deployed_on": day_of(at).isoformat(), "covered": "both", "tasks": rows}
    scene.do(scene.open_task(case, "deploy_plan"), at, said)


def _check(scene: Scene, case: Case, at: datetime, quarter: int) -> Mapping[str, Any]:
    """In summer one side of the second item lags; by autumn it has caught up."""
    rows = []
    for item in _items(scene, case):
        lags = quarter == 7 and item.number == 2
        row = {"item": str(item.id), "business_state": "on_track", "party_state": "on_track"}
        if lags:
            row |= {"party_state": "behind", "note": "联学联做未按月开展，已商定补办时间。"}
        rows.append(row)
    return {"held_on": day_of(at).isoformat(), "items": rows}
