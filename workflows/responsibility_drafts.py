"""A draft list is edited by who drafts it, until it is put to the party group."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, attributes

from models import (
    DutyRule,
    JointPlan,
    PlanItem,
    ResponsibilityLine,
    ResponsibilityList,
    ResponsibilityRound,
    Task,
)
from workflows import audit, tasks
from workflows.access import Rights
from workflows.errors import Conflict, DomainError, Invalid, NotAllowed
from workflows.forms import Fault
from workflows.responsibility_rounds import add_lines, organ_of
from workflows.responsibility_templates import PERSONAL

MOST_LINES = 40
LONGEST = {"area": 200, "text": 1000, "source": 200}


@dataclass(frozen=True)
class Typed:
    """One line as it was typed; without a text it is left out."""

    area: str
    text: str
    personal: str = ""
    duty: str = ""
    source: str = ""
    item: str = ""  # of the organ's joint plan, by id

    @property
    def is_empty(self) -> bool:
        return not (self.text or self.area or self.duty or self.source or self.item)


def may_edit(session: Session, row: ResponsibilityList, *, rights: Rights, now: datetime) -> bool:
    """True while the list is a draft and its drafting waits for this person."""
    try:
        _require(session, row, rights=rights, now=now)
    except DomainError:
        return False
    return True


def _require(session: Session, row: ResponsibilityList, *, rights: Rights, now: datetime) -> None:
    task = session.scalar(
        select(Task)
        .join(ResponsibilityRound, ResponsibilityRound.case_id == Task.case_id)
        .where(
            ResponsibilityRound.id == row.round_id,
            Task.node == "draft_lists",
            Task.done_at.is_(None),
        )
    )
    if row.state != "draft" or task is None:
        raise Conflict("This list is no draft any more: it is changed by an adjustment.")
    try:
        tasks.get(session, task.id, rights=rights, now=now)
    except DomainError as error:
        raise NotAllowed("This list is drafted by somebody else.") from error


def change(
    session: Session,
    row: ResponsibilityList,
    typed: Sequence[Typed],
    *,
    version: int,
    rights: Rights,
    now: datetime,
) -> None:
    """The draft says what was typed; Conflict where somebody changed it since it was shown."""
    _require(session, row, rights=rights, now=now)
    if row.version != version:
        raise Conflict("Somebody changed this list meanwhile. Please look again.")
    lines = [(place, one) for place, one in enumerate(typed) if not one.is_empty]
    faults = _faults(session, row, lines)
    if not lines:
        faults["text-0"] = Fault("A list has at least one line.")
    if len(lines) > MOST_LINES:
        faults["text-0"] = Fault("A list has at most {most} lines.", most=MOST_LINES)
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)
    session.execute(delete(ResponsibilityLine).where(ResponsibilityLine.list_id == row.id))
    add_lines(session, row.id, [_as_stored(one) for _, one in lines])
    attributes.flag_modified(row, "title")  # the list itself counts as changed
    session.flush()
    audit.record(
        session,
        actor=rights.user,
        action="responsibility_changed",
        subject=row,
        now=now,
        unit_id=row.unit_id,
        detail={"post": row.post_then, "year": row.year, "lines": len(lines)},
    )


def _faults(
    session: Session, row: ResponsibilityList, lines: Sequence[tuple[int, Typed]]
) -> dict[str, str]:
    named = {one.duty for _, one in lines} - {""}
    known = set(session.scalars(select(DutyRule.code).where(DutyRule.code.in_(named)).distinct()))
    chosen: dict[str, Collection[str]] = {
        "duty": known,
        "personal": PERSONAL,
        "item": {item for item, _ in plan_items(session, row)},
    }
    faults: dict[str, str] = {}
    for place, one in lines:
        for name in ("text", "area"):
            if not getattr(one, name):
                faults[f"{name}-{place}"] = Fault("Please fill this in.")
        for name, most in LONGEST.items():
            if len(getattr(one, name)) > most:
                faults[f"{name}-{place}"] = Fault("At most {most} characters.", most=most)
        for name, offered in chosen.items():
            if getattr(one, name) and getattr(one, name) not in offered:
                faults[f"{name}-{place}"] = Fault("Choose one of the list.")
    return faults


def plan_items(session: Session, row: ResponsibilityList) -> list[tuple[str, str]]:
    """Items of the organ's joint plan of the year that a line may carry, by id as text."""
    organ = organ_of(session, row.unit)
    rows = session.execute(
        select(PlanItem.id, PlanItem.number, PlanItem.business_goal)
        .join(JointPlan, JointPlan.id == PlanItem.plan_id)
        .where(
            JointPlan.unit_id == organ.id,
            JointPlan.year == row.year,
            PlanItem.dropped_at.is_(None),
        )
        .order_by(PlanItem.number)
    )
    return [(str(item), f"{number}. {goal}"[:60]) for item, number, goal in rows]


def _as_stored(one: Typed) -> Mapping[str, object]:
    return {
        "area": one.area,
        "text": one.text,
        "personal": one.personal,
        "duty_code": one.duty,
        "plan_item_id": int(one.item) if one.item else None,
        "source": one.source,
    }
