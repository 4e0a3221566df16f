"""One item of a plan: its evidence, what its owners report done, the matter offered for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    STAGES,
    Case,
    JointPlan,
    PlanCheckpoint,
    PlanEvidence,
    PlanItem,
    PlanMilestone,
    StoredFile,
    Unit,
    User,
)
from workflows import audit, files, matters, plan_lists, plan_records
from workflows.access import Rights
from workflows.deadlines import day_of
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.forms import Fault
from workflows.plan_records import Shown

KINDS = ("meeting", "paper", "visit", "result")
WORKERS = ("专职副书记", "机关党委书记", "党组书记")
SIDE_WORDS = {"business": "业务", "party": "党建"}


@dataclass(frozen=True)
class Opened:
    """An item with its plan and organ, for somebody who may see it."""

    item: PlanItem
    plan: JointPlan
    organ: Unit


def get(session: Session, item_id: int, *, rights: Rights) -> Opened:
    """The item, if its plan is open to the person; else NotFound."""
    item = session.get(PlanItem, item_id)
    if item is None:
        raise NotFound("There is no such plan item, or it is not yours to see.")
    plan, organ = plan_lists.get(session, item.plan_id, rights=rights)
    return Opened(item, plan, organ)


def may_show(rights: Rights, opened: Opened) -> bool:
    """Owners, the organ's party workers and leaders, and the linked branch hand in evidence."""
    item, organ = opened.item, opened.organ
    if rights.user.id in (item.owner_business_id, item.owner_party_id):
        return True
    return any(
        not place.is_role
        and place.path.startswith(organ.path)
        and (place.name in WORKERS or place.unit_id == item.branch_id)
        for place in rights.places
    )


def leads(rights: Rights, organ: Unit) -> bool:
    """The organ's 党组书记, to whom a matter is offered."""
    return any(p.name == "党组书记" and p.unit_id == organ.id for p in rights.places)


def _require_open(opened: Opened) -> None:
    if opened.plan.state == "closed" or opened.item.dropped_at is not None:
        raise Conflict("This item is closed: nothing is added to it any more.")


def hand_in(
    session: Session, opened: Opened, shown: Shown, *, rights: Rights, now: datetime
) -> PlanEvidence:
    """The evidence is on record. Invalid by field, NotAllowed, Conflict where it is closed."""
    if not may_show(rights, opened):
        raise NotAllowed("The owners and the organ's party workers hand in evidence.")
    _require_open(opened)
    faults = {}
    if shown.stage not in STAGES:
        faults["stage"] = Fault("Please choose one of the list.")
    if shown.kind not in KINDS:
        faults["kind"] = Fault("Please choose one of the list.")
    if not shown.sides:
        faults["sides"] = Fault("Say which side it touched.")
    if shown.held_on > day_of(now):
        faults["held_on"] = Fault("Not yet held.")
    if not shown.text.strip():
        faults["text"] = Fault("Please fill this in.")
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)
    made = plan_records.show(session, opened.item, shown, by=rights.user.id, now=now)
    _note(session, opened, "plan_evidence_handed_in", rights, now, stage=shown.stage)
    return made


def report_done(session: Session, opened: Opened, *, rights: Rights, now: datetime) -> None:
    """同落实 is done: both sides have shown something for it. Refused names what lacks."""
    if rights.user.id not in (opened.item.owner_business_id, opened.item.owner_party_id):
        raise NotAllowed("An owner reports the item done.")
    _require_open(opened)
    one = plan_records.next_open(session, opened.item, "carry_out")
    if one is None:
        raise _done_before(session, opened.item)
    lacking = [SIDE_WORDS[side] for side in _lacking(session, opened.item)]
    if lacking:
        raise Refused(
            "Evidence of carrying out lacks for: {sides}.",
            sides="、".join(lacking),
            guard="evidence",
        )
    plan_records.finish(one, by=rights.user.id, at=now)
    opened.item.business_state = opened.item.party_state = "done"
    _note(session, opened, "plan_item_done", rights, now)
    session.flush()


def _lacking(session: Session, item: PlanItem) -> list[str]:
    rows = session.scalars(
        select(PlanEvidence).where(
            PlanEvidence.item_id == item.id, PlanEvidence.stage == "carry_out"
        )
    ).all()
    return [side for side in ("business", "party") if not any(getattr(r, side) for r in rows)]


def _done_before(session: Session, item: PlanItem) -> Conflict:
    done = session.scalar(
        select(PlanCheckpoint).where(
            PlanCheckpoint.item_id == item.id,
            PlanCheckpoint.stage == "carry_out",
            PlanCheckpoint.done_at.is_not(None),
        )
    )
    if done is None:
        return Conflict("The plan is not deployed yet.")
    who = session.get(User, done.done_by or 0)
    return Conflict(
        "{who} reported this on {when}.", who=who.name if who else "", when=done.done_at
    )


def reach(
    session: Session, opened: Opened, milestone_id: int, on: date, *, rights: Rights, now: datetime
) -> None:
    """The milestone was reached on that day."""
    if not may_show(rights, opened):
        raise NotAllowed("The owners and the organ's party workers hand in evidence.")
    _require_open(opened)
    row = session.get(PlanMilestone, milestone_id)
    if row is None or row.item_id != opened.item.id:
        raise NotFound("There is no such milestone.")
    if on > day_of(now):
        raise Invalid("Please mend what is marked.", fields={"on": Fault("Not yet held.")})
    row.reached_on = on
    _note(session, opened, "milestone_reached", rights, now, name=row.name)
    session.flush()


def take_offer(session: Session, opened: Opened, *, rights: Rights, now: datetime) -> Case:
    """提请督办: a draft matter waits at 拟办; nobody is moved by that until it is filed."""
    _require_offer(opened, rights)
    item, organ = opened.item, opened.organ
    draft = {
        "title": f"{organ.name}五同计划第{item.number}项滞后",
        "content": f"{item.business_goal}。连续{item.behind}次检查滞后。",
        "source": "plan",
    }
    case = matters.open_matter(
        session,
        key=f"matter:plan:{item.id}:{organ.id}",
        draft=draft,
        unit=organ,
        by=rights.user,
        now=now,
    )
    item.offer, item.matter_case_id = "taken", case.id
    _note(session, opened, "plan_offer_taken", rights, now)
    session.flush()
    return case


def decline_offer(
    session: Session, opened: Opened, reason: str, *, rights: Rights, now: datetime
) -> None:
    """The 党组书记 sees to it himself; why is kept."""
    _require_offer(opened, rights)
    if not reason.strip():
        raise Invalid(
            "Please mend what is marked.", fields={"reason": Fault("Please fill this in.")}
        )
    opened.item.offer, opened.item.offer_reason = "declined", reason.strip()[:1000]
    _note(session, opened, "plan_offer_declined", rights, now)
    session.flush()


def _require_offer(opened: Opened, rights: Rights) -> None:
    if not leads(rights, opened.organ):
        raise NotAllowed("A matter is offered to the party group's secretary.")
    if opened.item.offer != "open":
        raise Conflict("Nothing is offered here any more.")


def _note(
    session: Session, opened: Opened, action: str, rights: Rights, now: datetime, **detail: object
) -> None:
    audit.record(
        session,
        actor=rights.user,
        action=action,
        subject=opened.item,
        now=now,
        case_id=opened.plan.case_id,
        unit_id=opened.plan.unit_id,
        detail=detail,
    )


def evidence(session: Session, item: PlanItem) -> Sequence[PlanEvidence]:
    """The newest first."""
    return session.scalars(
        select(PlanEvidence)
        .where(PlanEvidence.item_id == item.id)
        .order_by(PlanEvidence.held_on.desc(), PlanEvidence.id.desc())
    ).all()


def paper(session: Session, opened: Opened, evidence_id: int, *, rights: Rights) -> StoredFile:
    """The paper of a piece of evidence: open with the item, a case's minutes as the case is."""
    row = session.get(PlanEvidence, evidence_id)
    if row is None or row.item_id != opened.item.id or row.file_id is None:
        raise NotFound("There is no such file, or it is not yours to see.")
    file = session.get_one(StoredFile, row.file_id)
    return file if file.case_id is None else files.get(session, file.id, rights=rights)


def milestones(session: Session, item: PlanItem) -> Sequence[PlanMilestone]:
    return session.scalars(
        select(PlanMilestone)
        .where(PlanMilestone.item_id == item.id)
        .order_by(PlanMilestone.due_on, PlanMilestone.id)
    ).all()
