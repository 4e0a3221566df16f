"""调整: a filed plan changes only by what the 党组 granted; what stood before is kept."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from models import JointPlan, PlanChange, PlanCheckpoint, PlanItem, PlanMeasure
from workflows import audit, plan_lights, plan_owners, plan_pairs, plan_records
from workflows.deadlines import day_of
from workflows.errors import Invalid
from workflows.forms import Fault
from workflows.joint_plans import (
    issue_sheet,
    known_pairs,
    name_items,
    organ_of,
    planned,
    within,
)
from workflows.plan_lights import Ladder
from workflows.registry import Act, effect, guard, operation

Row = Mapping[str, Any]
OWNERS = {"owner_business": "business", "owner_party": "party"}


@effect("joint_plan", "change_asked")
def asked(act: Act) -> None:
    """Who asked, and when, is kept until it is decided."""
    by = act.by.id if act.by else None
    act.vars["asked"] = {"by": by, "at": act.now.isoformat()}


@guard("joint_plan", "amend_pairs")
def the_change_holds(act: Act) -> None:
    """At least one change; each names a live item and what it is to be; new items are pairs."""
    changes, pairs = act.answers.get("changes") or [], act.answers.get("pairs") or []
    if not changes and not pairs:
        nothing = {"changes": Fault("Say what changes.")}
        raise Invalid("Please mend what is marked.", fields=nothing)
    faults = plan_pairs.check(within(act), pairs)
    for place, row in enumerate(changes):
        for name, fault in _faults(act, row):
            faults[f"changes-{place}-{name}"] = fault
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)


def _faults(act: Act, row: Row) -> list[tuple[str, Fault]]:
    kind = row["kind"]
    if str(row["item"]) not in act.vars["subjects"]:
        return [("item", Fault("Choose an item of the plan."))]
    if kind in ("goal", "measures", "indicator") and not plan_pairs.lines(row.get("text")):
        return [("text", Fault("Please fill this in."))]
    if kind in OWNERS:
        return _of_owner(act, row, OWNERS[kind])
    if kind == "due":
        return _of_due(act, row)
    return []


def _of_owner(act: Act, row: Row, side: str) -> list[tuple[str, Fault]]:
    text = str(row.get("owner") or "")
    user_id = int(text) if text.isdecimal() else 0
    posts = plan_owners.held(act.session, organ_of(act), [user_id], day_of(act.now))
    fits = plan_owners.post_for(posts.get(user_id, []), side) is not None
    return [] if fits else [("owner", plan_pairs.OWNER[side])]


def _of_due(act: Act, row: Row) -> list[tuple[str, Fault]]:
    year = int(act.vars["year"])
    due = row.get("due") or ""
    return (
        [] if due[:4] == str(year) else [("due", Fault("The date lies within {year}.", year=year))]
    )


@operation("apply_change")
def apply_change(act: Act) -> None:
    """落实调整: a new edition where it was granted, nothing where it was not; both are kept."""
    session, plan = act.session, plan_records.of_case(act.session, act.case.id)
    said, decided = act.vars["amend_pairs"], act.vars["decide_change"]
    _keep(act, plan, said, decided)
    if decided["granted"]:
        by = plan_lights.ladder(session, now=act.now, calendar=act.calendar)
        for row in said.get("changes") or []:
            _apply(act, session.get_one(PlanItem, int(row["item"])), row, by)
        _add(act, plan, said.get("pairs") or [], by)
        plan.edition, plan.meeting = plan.edition + 1, decided["meeting"]
        plan.decided_on = date.fromisoformat(decided["held_on"])
        plan.decided_by = act.by.id if act.by else None
        session.flush()
        name_items(act, plan)
        issue_sheet(act, plan)
    act.vars.pop("amend_pairs", None)


def _keep(act: Act, plan: JointPlan, said: Row, decided: Row) -> None:
    asked_at = act.vars.get("asked") or {}
    row = PlanChange(
        plan_id=plan.id,
        reason=act.vars["change_asked"]["reason"][:2000],
        asked_by=asked_at.get("by"),
        asked_at=act.now,
        changes=[*(said.get("changes") or []), *(said.get("pairs") or [])],
        meeting=decided["meeting"],
        granted=bool(decided["granted"]),
        decided_by=act.by.id if act.by else None,
        decided_at=act.now,
        before=known_pairs(act.session, plan),
    )
    act.session.add(row)
    act.session.flush()
    audit.record(
        act.session,
        actor=act.by,
        action="plan_changed" if row.granted else "plan_change_refused",
        subject=row,
        now=act.now,
        case_id=act.case.id,
        unit_id=plan.unit_id,
        detail={"edition": plan.edition, "changes": len(row.changes)},
    )


def _apply(act: Act, item: PlanItem, row: Row, by: Ladder) -> None:
    kind = row["kind"]
    if kind in OWNERS:
        plan_pairs.own(within(act), item, OWNERS[kind], int(row["owner"]))
    else:
        CHANGES[kind](act, item, row, by)
    act.session.flush()


def _goal(_act: Act, item: PlanItem, row: Row, _by: Ladder) -> None:
    item.business_goal = str(row["text"]).strip()[: plan_pairs.LONGEST]


def _indicator(_act: Act, item: PlanItem, row: Row, _by: Ladder) -> None:
    item.indicator = str(row["text"]).strip()[:200]


def _measures(act: Act, item: PlanItem, row: Row, _by: Ladder) -> None:
    for text in plan_pairs.lines(row["text"]):
        act.session.add(PlanMeasure(plan_id=item.plan_id, item_id=item.id, text=text))


def _due(act: Act, item: PlanItem, row: Row, by: Ladder) -> None:
    """The date moves, and with it the light: it may fall, for the change was decided."""
    item.due_on = date.fromisoformat(row["due"])
    for one in _open(act, item):
        if one.stage == "carry_out":
            one.due_at = act.calendar.end_of_day(item.due_on)
            plan_lights.judge(one, by, may_fall=True)


def _drop(act: Act, item: PlanItem, _row: Row, _by: Ladder) -> None:
    """The item is dropped with its measures: none is left without a goal."""
    item.dropped_at = act.now
    for measure in plan_records.live_measures(act.session, item):
        measure.dropped_at = act.now
    for one in _open(act, item):
        one.watch_at = None


CHANGES: Mapping[str, Callable[[Act, PlanItem, Row, Ladder], None]] = {
    "goal": _goal,
    "indicator": _indicator,
    "measures": _measures,
    "due": _due,
    "drop": _drop,
}


def _open(act: Act, item: PlanItem) -> Sequence[PlanCheckpoint]:
    wanted = select(PlanCheckpoint).where(
        PlanCheckpoint.item_id == item.id, PlanCheckpoint.done_at.is_(None)
    )
    return act.session.scalars(wanted).all()


def _add(act: Act, plan: JointPlan, rows: Sequence[Row], by: Ladder) -> None:
    """New items are planned by this decision and deployed with it; their checks are those left."""
    number = plan_pairs.next_number(act.session, plan)
    left = [date.fromisoformat(one) for one in act.vars["checks"][int(act.vars["check"]) :]]
    review = day_of(datetime.fromisoformat(act.vars["due"]["review"]))
    when = plan_records.Dates(left, review, act.days("check_items"))
    for place, row in enumerate(rows):
        item = plan_pairs.add(within(act), plan, plan_pairs.read(row), number + place)
        planned(act, item, by, node="decide_change")
        day, user = day_of(act.now), act.by.id if act.by else None
        due = plan_records.Due("deploy", day, day)
        plan_records.done_at_once(act.session, item, due, by, user_id=user)
        plan_records.lay_down_all(act.session, item, day, when, by)
