"""五同计划: planned together, decided by the 党组, deployed, checked and assessed together.

The 机关党委 does not lead the unit's business work (机关条例 2): the 党组 decides, a branch is
linked. What was filed changes only through plan_changes.py.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models import (
    Case,
    JointPlan,
    PlanItem,
    PlanMeasure,
    PlanMilestone,
    StoredFile,
    Unit,
    UnitKind,
    User,
)
from workflows import assignment, cases, documents, plan_lights, plan_pairs, plan_records
from workflows.access import Rights
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.errors import Invalid, NotAllowed, Refused
from workflows.forms import Fault
from workflows.plan_records import SIDES, Due, Shown
from workflows.registry import Act, effect, guard, operation

STARTERS = ("专职副书记", "机关党委书记", "党组书记")
DECIDERS = ("党组书记", "班子成员")
Row = Mapping[str, Any]


def may_begin(rights: Rights, organ: Unit) -> bool:
    """Who works for the organ's party committee, or leads its party group."""
    return any(
        not place.is_role and place.name in STARTERS and place.path.startswith(organ.path)
        for place in rights.places
    )


def begin(session: Session, organ: Unit, year: int, *, rights: Rights, now: datetime) -> Case:
    """The year's plan waits to be drafted; begun again, it is the same case."""
    if organ.kind != UnitKind.PARTY_GROUP or not may_begin(rights, organ):
        raise NotAllowed("Only the party workers of {unit} begin its plan.", unit=organ.name)
    plan = _plan(session, organ, year)
    opening = cases.Opening(
        process="joint_plan",
        key=f"joint_plan:{organ.id}:{year}",
        title=f"{organ.name}{year}年度五同计划",
        unit_id=organ.id,
        variables={
            "year": year,
            "committee": str(_committee(session, organ)),
            "subjects": {},
            "business_heads": {},
            "known": known_pairs(session, plan),
        },
    )
    case = cases.begin(session, opening, by=rights.user, now=now)
    plan.case_id = case.id
    session.flush()
    return case


def _plan(session: Session, organ: Unit, year: int) -> JointPlan:
    plan = session.scalar(
        select(JointPlan).where(JointPlan.unit_id == organ.id, JointPlan.year == year)
    )
    if plan is None:
        plan = JointPlan(unit_id=organ.id, year=year, state="draft")
        session.add(plan)
        session.flush()
    return plan


def _committee(session: Session, organ: Unit) -> int:
    """The organ's party committee; where there is none its own unit, whose posts are then asked."""
    found = session.scalar(
        select(Unit.id).where(
            Unit.parent_id == organ.id,
            Unit.kind == UnitKind.ORGAN_COMMITTEE,
            Unit.abolished_on.is_(None),
        )
    )
    return found or organ.id


def known_pairs(session: Session, plan: JointPlan) -> list[dict[str, str]]:
    """What a workbook brought in already, as the form has it."""
    found = []
    for item in plan_records.live_items(session, plan):
        dates = session.scalars(
            select(PlanMilestone)
            .where(PlanMilestone.item_id == item.id)
            .order_by(PlanMilestone.due_on)
        )
        row = {
            "business_goal": item.business_goal,
            "party_measures": "\n".join(
                one.text for one in plan_records.live_measures(session, item)
            ),
            "indicator": item.indicator,
            "owner_business": str(item.owner_business_id or ""),
            "owner_party": str(item.owner_party_id or ""),
            "branch": str(item.branch_id or ""),
            "milestones": "\n".join(f"{one.due_on.isoformat()} {one.name}" for one in dates),
            "due": item.due_on.isoformat(),
        }
        found.append({name: value for name, value in row.items() if value})
    return found


def organ_of(act: Act) -> Unit:
    return act.session.get_one(Unit, act.case.unit_id)


def within(act: Act) -> plan_pairs.Within:
    return plan_pairs.Within(act.session, organ_of(act), int(act.vars["year"]), act.now)


@guard("joint_plan", "draft_pairs")
def every_item_is_a_pair(act: Act) -> None:
    """No item with one skin, whatever the form lets through; owners on both sides."""
    rows = act.answers.get("pairs") or []
    if not rows:
        raise Invalid("Please mend what is marked.", fields={"pairs": Fault("Please give one.")})
    if len(rows) > plan_pairs.MOST_ITEMS:
        most = plan_pairs.MOST_ITEMS
        raise Invalid("A plan has at most {most} items.", most=most)
    if faults := plan_pairs.check(within(act), rows):
        raise Invalid("Please mend what is marked.", fields=faults)


@effect("joint_plan", "draft_pairs")
def heads_are_asked(act: Act) -> None:
    """Each business owner is asked once, whatever the number of his items."""
    owners = dict.fromkeys(str(row["owner_business"]) for row in act.answers["pairs"])
    act.vars["business_heads"] = {
        key: {"person": key, "name": act.session.get_one(User, int(key)).name} for key in owners
    }


@guard("joint_plan", "decide_plan", "decide_change", "deploy_plan", "year_review")
def only_the_party_group(act: Act) -> None:
    """Business work is decided by the 党组 alone; nobody below it, and no higher office, does."""
    if act.by is None:
        return
    held = assignment.posts_held(act, act.by.id)
    path = organ_of(act).path
    if not any(kind in DECIDERS and place == path for kind, place in held):
        raise Refused(
            "A plan is decided by the party group of the organ: a committee or branch does not "
            "lead its business work (Art 2 of the organs' regulations).",
            guard="party_group",
        )


@guard("joint_plan", "decide_plan", "decide_change", "deploy_plan", "check_items")
def days_have_come(act: Act) -> None:
    """Nothing is recorded as held before it was."""
    for name in ("held_on", "deployed_on"):
        if name in act.answers and date.fromisoformat(act.answers[name]) > day_of(act.now):
            raise Invalid("Please mend what is marked.", fields={name: Fault("Not yet held.")})


@operation("file_plan")
def file_plan(act: Act) -> None:
    """备案: the items stand as decided, the sheet is read by the work committee."""
    session, plan = act.session, plan_records.of_case(act.session, act.case.id)
    said = act.vars["decide_plan"]
    _clear(session, plan, act.now)
    plan.state, plan.edition, plan.meeting = "filed", plan.edition + 1, said["meeting"]
    plan.decided_on = date.fromisoformat(said["held_on"])
    plan.decided_by = act.by.id if act.by else None
    place, number = within(act), plan_pairs.next_number(session, plan)
    by = plan_lights.ladder(session, now=act.now, calendar=act.calendar)
    for row in act.vars["draft_pairs"]["pairs"]:
        planned(act, plan_pairs.add(place, plan, plan_pairs.read(row), number), by)
        number += 1
    name_items(act, plan)
    issue_sheet(act, plan)


def _clear(session: Session, plan: JointPlan, now: datetime) -> None:
    """What a workbook brought in gives way: a draft goes, an existing plan is kept aside."""
    items = plan_records.live_items(session, plan)
    if plan.state == "existing":
        for item in items:
            item.dropped_at = now
        session.flush()
        return
    ids = [item.id for item in items]
    session.execute(delete(PlanMilestone).where(PlanMilestone.item_id.in_(ids)))
    session.execute(delete(PlanMeasure).where(PlanMeasure.plan_id == plan.id))
    session.execute(delete(PlanItem).where(PlanItem.id.in_(ids)))
    session.expire_all()


def planned(act: Act, item: PlanItem, by: plan_lights.Ladder, node: str = "decide_plan") -> None:
    """同谋划 is done by the party group's decision, and its minutes are the evidence."""
    said, user = act.vars[node], act.by.id if act.by else None
    day = date.fromisoformat(said["held_on"])
    plan_records.done_at_once(act.session, item, Due("plan", day, day), by, user_id=user)
    meeting = Shown("plan", "meeting", day, SIDES["both"], said["meeting"], file_of(act, said))
    plan_records.show(act.session, item, meeting, by=user, now=act.now)


def file_of(act: Act, said: Mapping[str, Any]) -> int | None:
    """The minutes that came with a form."""
    text = str(said.get("minutes") or "")
    file = act.session.get(StoredFile, int(text)) if text.isdecimal() else None
    return file.id if file else None


def name_items(act: Act, plan: JointPlan) -> None:
    """Forms of the case offer its live items by number and goal."""
    act.vars["subjects"] = {
        str(item.id): {"name": f"{item.number}. {item.business_goal[:60]}"}
        for item in plan_records.live_items(act.session, plan)
    }


def issue_sheet(act: Act, plan: JointPlan) -> None:
    """五同计划表, read by the owners and, for the record, by the work committee."""
    items = plan_records.live_items(act.session, plan)
    owners = [one for item in items for one in (item.owner_business_id, item.owner_party_id)]
    readers = [one for one in owners if one] + assignment.people(act, "role(supervisor)")
    values = {
        "subject": organ_of(act).name,
        "year": plan.year,
        "meeting": plan.meeting,
        "held_on": plan.decided_on.isoformat() if plan.decided_on else "",
        "edition": plan.edition,
        "items": [_sheet_line(act, item) for item in items],
    }
    documents.issue(act, Paper("joint_plan_sheet", values, serve=readers))


def _sheet_line(act: Act, item: PlanItem) -> dict[str, Any]:
    session = act.session
    names = {
        side: session.get(User, getattr(item, f"owner_{side}_id") or 0)
        for side in ("business", "party")
    }
    branch = session.get(Unit, item.branch_id or 0)
    return {
        "number": item.number,
        "business_goal": item.business_goal,
        "measures": "；".join(one.text for one in plan_records.live_measures(session, item)),
        "indicator": item.indicator,
        "owner_business": names["business"].name if names["business"] else "",
        "owner_party": names["party"].name if names["party"] else "",
        "branch": branch.name if branch else "",
        "due": item.due_on.isoformat(),
    }
