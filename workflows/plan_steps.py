"""五同计划 on its way: deployed to departments, checked every quarter, assessed, handed over."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from models import PlanItem, Unit, UnitKind
from workflows import assignment, documents, plan_lights, plan_records
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.errors import Invalid
from workflows.forms import Fault
from workflows.joint_plans import file_of, name_items, organ_of
from workflows.plan_owners import COMMANDS_BUSINESS
from workflows.plan_records import BEHIND, SIDES, Due, Shown
from workflows.registry import Act, guard, operation

PROGRESS = {"on_track": "正常", "behind": "滞后", "blocked": "受阻", "done": "完成"}
JUDGEMENTS = {
    "both": "两促进",
    "business_only": "只见业务",
    "party_only": "只见党建",
    "neither": "均未达标",
}
Row = Mapping[str, Any]


def every_item_once(act: Act, field: str) -> Sequence[Row]:
    """The rows, if they name each live item once; Invalid otherwise."""
    rows: Sequence[Row] = act.answers.get(field) or []
    named = [str(row["item"]) for row in rows]
    missing = [one["name"] for key, one in act.vars["subjects"].items() if key not in named]
    if missing or len(set(named)) < len(named) or set(named) - set(act.vars["subjects"]):
        said = missing[0] if missing else ""
        fault = Fault("Each item of the plan is named once; missing: {name}", name=said or "-")
        raise Invalid("Please mend what is marked.", fields={field: fault})
    return rows


@guard("joint_plan", "deploy_plan")
def deployed_to_departments(act: Act) -> None:
    """Business work is given to departments; a branch is linked and is given none."""
    faults = {}
    for place, row in enumerate(every_item_once(act, "tasks")):
        for name in ("department", "branch"):
            unit = act.session.get(Unit, int(row[name])) if str(row[name]).isdecimal() else None
            inside = unit is not None and unit.is_under(organ_of(act))
            if name == "branch" and not (inside and unit and unit.kind == UnitKind.BRANCH):
                faults[f"tasks-{place}-{name}"] = Fault("Choose a branch of the organ.")
            if name == "department" and not (inside and unit and unit.kind in COMMANDS_BUSINESS):
                faults[f"tasks-{place}-{name}"] = Fault(
                    "Business work is given to a department: a branch commands none."
                )
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)


@operation("set_checkpoints")
def set_checkpoints(act: Act) -> None:
    """设检查点: 同部署 is done; 同落实, 同检查 and 同考核 are due, each on its day."""
    session, plan = act.session, plan_records.of_case(act.session, act.case.id)
    said, user = act.vars["deploy_plan"], act.by.id if act.by else None
    day = date.fromisoformat(said["deployed_on"])
    plan.state, plan.deployed_on = "running", day
    when = plan_records.dates(act.calendar, plan.year, day_of(act.now), act.vars)
    by = plan_lights.ladder(session, now=act.now, calendar=act.calendar)
    for row in said["tasks"]:
        item = session.get_one(PlanItem, int(row["item"]))
        item.department_id, item.branch_id = int(row["department"]), int(row["branch"])
        plan_records.done_at_once(session, item, Due("deploy", day, day), by, user_id=user)
        meeting = Shown("deploy", "meeting", day, SIDES[said["covered"]], "", file_of(act, said))
        plan_records.show(session, item, meeting, by=user, now=act.now)
        plan_records.lay_down_all(session, item, day, when, by)
    act.vars["check"] = 0
    act.vars["checks"] = [one.isoformat() for one in when.checks]
    act.vars["due"]["review"] = act.calendar.end_of_day(when.review).isoformat()
    arm(act)


def arm(act: Act) -> None:
    """The next check's morning is when the case goes on; none: all are held."""
    left = act.vars["checks"][int(act.vars["check"]) :]
    start = act.calendar.start_of_day(date.fromisoformat(left[0])) if left else None
    act.vars["due"]["checkpoint"] = start.isoformat() if start else None


@operation("collect_progress")
def collect_progress(act: Act) -> None:
    """汇集进展: what stands on record of each item is in the form of the check already."""
    plan = plan_records.of_case(act.session, act.case.id)
    name_items(act, plan)
    act.vars["progress"] = {
        str(item.id): {"business_state": item.business_state, "party_state": item.party_state}
        for item in plan_records.live_items(act.session, plan)
    }


@guard("joint_plan", "check_items")
def what_lags_is_explained(act: Act) -> None:
    faults = {}
    for place, row in enumerate(every_item_once(act, "items")):
        lags = BEHIND & {row["business_state"], row["party_state"]}
        if lags and not (row.get("note") or "").strip():
            faults[f"items-{place}-note"] = Fault("What is behind is explained.")
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)


@operation("record_checkpoint")
def record_checkpoint(act: Act) -> None:
    """记检查: both sides of each item on record; behind twice, a matter is offered."""
    session, said = act.session, act.vars["check_items"]
    act.vars["check"] = int(act.vars["check"]) + 1
    day, offered, told = date.fromisoformat(said["held_on"]), [], []
    for row in said["items"]:
        item = session.get_one(PlanItem, int(row["item"]))
        _checked(act, item, row, day)
        if item.behind >= int(act.rule("plan_behind")) and not item.offer:
            item.offered_at, item.offer = act.now, "open"
            offered.append(item)
        told.append(_told(item, row))
    session.flush()
    arm(act)
    _issue_note(act, day, told, offered)


def _checked(act: Act, item: PlanItem, row: Row, day: date) -> None:
    session, user = act.session, act.by.id if act.by else None
    item.business_state, item.party_state = row["business_state"], row["party_state"]
    item.behind = item.behind + 1 if BEHIND & {item.business_state, item.party_state} else 0
    note = "；".join(part for part in (row.get("note"), row.get("help")) if part)
    one = plan_records.next_open(session, item, "check")
    if one is not None:
        one.business_state, one.party_state = item.business_state, item.party_state
        one.note = note[:2000]
        plan_records.finish(one, by=user, at=act.now)
    visit = Shown("check", "visit", day, SIDES["both"], note)
    plan_records.show(session, item, visit, by=user, now=act.now)


def _told(item: PlanItem, row: Row) -> dict[str, Any]:
    return {
        "number": item.number,
        "goal": item.business_goal,
        "business": PROGRESS[row["business_state"]],
        "party": PROGRESS[row["party_state"]],
        "note": row.get("note") or "",
        "help": row.get("help") or "",
    }


def _issue_note(act: Act, day: date, told: Sequence[Row], offered: Sequence[PlanItem]) -> None:
    """检查情况, read by the 党组书记; what is offered to him waits on the item's page."""
    head = assignment.people(act, "post(unit, 党组书记)")
    values = {
        "subject": organ_of(act).name,
        "year": act.vars["year"],
        "check": act.vars["check"],
        "held_on": day.isoformat(),
        "items": told,
        "behind": "、".join(f"{one.number}. {one.business_goal}" for one in offered),
    }
    documents.issue(act, Paper("checkpoint_note", values, serve=head))
    for user_id in head if offered else ():
        title = "、".join(str(one.number) for one in offered)
        text = "计划项连续滞后，请决定是否列入督办。"
        documents.tell(act, user_id, kind="plan_offer", subject=f"五同计划第{title}项", text=text)


@guard("joint_plan", "year_review")
def each_item_is_judged(act: Act) -> None:
    every_item_once(act, "pairs")


@operation("hand_over")
def hand_over(act: Act) -> None:
    """归集: results and judgement of each item are facts of the year; the plan is closed."""
    session, plan = act.session, plan_records.of_case(act.session, act.case.id)
    said, user, told = act.vars["year_review"], act.by.id if act.by else None, []
    for row in said["pairs"]:
        item = session.get_one(PlanItem, int(row["item"]))
        item.business_result, item.party_result = (
            row["business_result"][:2000],
            row["party_result"][:2000],
        )
        item.judgement = row["judgement"]
        for one in plan_records.checkpoints(session, item):
            if one.done_at is None and one.stage == "assess":
                plan_records.finish(one, by=user, at=act.now)
            one.watch_at = None
        result = Shown("assess", "result", day_of(act.now), SIDES["both"], "", file_of(act, said))
        plan_records.show(session, item, result, by=user, now=act.now)
        told.append(
            {
                "number": item.number,
                "goal": item.business_goal,
                "business": item.business_result,
                "party": item.party_result,
                "judgement": JUDGEMENTS[item.judgement],
            }
        )
    plan.state, plan.closed_at = "closed", act.now
    session.flush()
    both = sum(row["judgement"] == "both" for row in said["pairs"])
    values = {"subject": organ_of(act).name, "year": plan.year, "items": told, "both": both}
    documents.issue(
        act, Paper("year_sheet", values, serve=assignment.people(act, "role(supervisor)"))
    )
