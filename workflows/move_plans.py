"""Plans to move running cases to another version: made, tried, approved by a second person, run.

A job works through them (jobs.move_cases), a case at a time; after a kill it goes on where it was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, undefer

from models import Case, CaseMove, CaseStatus, Definition, MovePlan, MoveState, PlanState, User
from models.ids import new_id
from workflows import audit, case_moves, definitions, registry, rows, versions
from workflows.access import Rights
from workflows.engine import Spec
from workflows.engine.migration import suggest
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.forms import Fault

OPEN = (CaseStatus.RUNNING, CaseStatus.FAILED, CaseStatus.SUSPENDED)
UNDER_WAY = (PlanState.EXAMINING, PlanState.MOVING, PlanState.CHECKING, PlanState.REVERTING)
LIVE = (*UNDER_WAY, PlanState.EXAMINED, PlanState.HALTED)
CHUNK = 100


@dataclass(frozen=True)
class Wish:
    """What a process administrator asks for."""

    process: str
    from_numbers: Sequence[int]
    to_number: int
    reason: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    new_deadlines: bool = False


@dataclass(frozen=True)
class Rename:
    """A step that the new version lacks, what may take its place, and what seems to."""

    node: str
    name: str
    choices: Sequence[tuple[str, str]]
    suggested: str


def renames(session: Session, sources: Sequence[Definition], to: Definition) -> list[Rename]:
    """For each step of these versions that is gone: which new ones of its kind there are."""
    new = definitions.spec_of(session, to.id)
    found: dict[str, Rename] = {}
    for source in sources:
        old = definitions.spec_of(session, source.id)
        likely = suggest(old, new)
        for node in old.nodes.values():
            if node.id not in new.nodes and node.id not in found and node.kind != "start":
                choices = [
                    (one.id, one.name)
                    for one in new.nodes.values()
                    if one.kind == node.kind and one.id not in old.nodes
                ]
                found[node.id] = Rename(node.id, node.name, choices, likely.get(node.id, ""))
    return list(found.values())


def make(session: Session, wish: Wish, *, rights: Rights, now: datetime) -> MovePlan:
    """The plan stands and its dry run begins.

    Raises Invalid by field, Conflict while another plan of the process is under way.
    """
    versions.require_admin(rights)
    known = {one.number: one for one in _published(session, wish.process)}
    chosen = known.get(wish.to_number)
    sources = [known[one] for one in wish.from_numbers if one in known]
    to = _require_wish(session, wish, sources, chosen, now=now)
    _require_alone(session, wish.process)
    plan = MovePlan(
        process=wish.process,
        from_ids=[one.id for one in sources],
        to_id=to.id,
        mapping=dict(wish.mapping),
        reason=wish.reason.strip()[:2000],
        new_deadlines=wish.new_deadlines,
        made_by=rights.user.id,
        made_at=now,
    )
    session.add(plan)
    session.flush()
    _begin_dry_run(session, plan)
    _record(session, plan, "move_planned", rights.user, now, reason=plan.reason)
    return plan


def _published(session: Session, process: str) -> Sequence[Definition]:
    found = session.scalars(select(Definition).where(Definition.process == process)).all()
    if not found:
        raise NotFound("There is no such process.")
    return found


def _require_wish(
    session: Session,
    wish: Wish,
    sources: Sequence[Definition],
    to: Definition | None,
    *,
    now: datetime,
) -> Definition:
    fields: dict[str, str] = {}
    if not wish.reason.strip():
        fields["reason"] = Fault("Say why.")
    if to is None or to.retired_at is not None or to.effective_from > now:
        fields["to"] = Fault("Choose a version that is in force.")
    elif not sources or to in sources:
        fields["from"] = Fault("Choose the versions whose cases move, other than that one.")
    else:
        fields |= _mapping_faults(session, wish, sources, to)
    if fields or to is None:
        raise Invalid("Please mend what is marked.", fields=fields)
    return to


def _mapping_faults(
    session: Session, wish: Wish, sources: Sequence[Definition], to: Definition
) -> dict[str, str]:
    new = definitions.spec_of(session, to.id)
    specs = [definitions.spec_of(session, one.id) for one in sources]
    told = {f"map-{a}": _rename_fault(a, b, specs, new) for a, b in wish.mapping.items()}
    taken = list(wish.mapping.values())
    for a, b in wish.mapping.items():
        if taken.count(b) > 1:
            told[f"map-{a}"] = Fault("One step takes the place of one other only.")
    return {name: fault for name, fault in told.items() if fault is not None}


def _rename_fault(before: str, after: str, specs: Sequence[Spec], new: Spec) -> Fault | None:
    olds = [spec.nodes[before] for spec in specs if before in spec.nodes]
    twin = new.nodes.get(after)
    if not olds or before in new.nodes:
        return Fault("This step needs no other in its place.")
    if twin is None or any(after in spec.nodes for spec in specs):
        return Fault("Choose a step that is new in that version.")
    if any(one.kind != twin.kind for one in olds):
        return Fault("The step is of another kind.")
    hung = {node for table in (registry.GUARDS, registry.EFFECTS) for node in table}
    if any((one.process, before) in hung for one in olds):
        return Fault("Rules of the house hang on this step by its id: it cannot be renamed.")
    return None


def _require_alone(session: Session, process: str) -> None:
    other = session.execute(
        select(MovePlan, User.name)
        .join(User, User.id == MovePlan.made_by)
        .where(MovePlan.process == process, MovePlan.state.in_(LIVE))
    ).first()
    if other is not None:
        raise Conflict(
            "A plan for this process, made by {who} on {when}, is not ended yet.",
            who=other[1],
            when=other[0].made_at,
        )


def get(session: Session, plan_id: int, *, rights: Rights) -> MovePlan:
    """A plan, for process administrators; NotFound where there is none."""
    versions.require_admin(rights)
    plan = session.get(MovePlan, plan_id)
    if plan is None:
        raise NotFound("There is no such plan.")
    return plan


def _in_state(plan: MovePlan, *states: str) -> None:
    if plan.state not in states:
        raise Conflict("The plan has gone on meanwhile. Please look again.")


def examine_anew(session: Session, plan_id: int, *, rights: Rights, now: datetime) -> MovePlan:
    """The dry run is made again, on the cases as they stand now."""
    plan = get(session, plan_id, rights=rights)
    _in_state(plan, PlanState.EXAMINED)
    _begin_dry_run(session, plan)
    _record(session, plan, "move_examined_anew", rights.user, now)
    return plan


def _begin_dry_run(session: Session, plan: MovePlan) -> None:
    session.execute(delete(CaseMove).where(CaseMove.plan_id == plan.id))
    plan.state, plan.examined_at = PlanState.EXAMINING, None
    concerned = select(func.count()).select_from(Case).where(*_concerned(plan))
    plan.total = session.scalar(concerned) or 0
    session.flush()


def _concerned(plan: MovePlan) -> tuple[Any, ...]:
    return (Case.definition_id.in_(plan.from_ids), Case.status.in_(OPEN))


def approve(session: Session, plan_id: int, *, rights: Rights, now: datetime) -> MovePlan:
    """A second person lets the cases move; raises NotAllowed for who made the plan."""
    plan = get(session, plan_id, rights=rights)
    _in_state(plan, PlanState.EXAMINED)
    if plan.made_by == rights.user.id:
        raise NotAllowed("Another process administrator approves what you have planned.")
    plan.approved_by, plan.approved_at = rights.user.id, now
    plan.state = PlanState.MOVING
    _record(session, plan, "move_approved", rights.user, now)
    return plan


def give_up(session: Session, plan_id: int, *, rights: Rights, now: datetime) -> MovePlan:
    """The plan ends before a case has moved."""
    plan = get(session, plan_id, rights=rights)
    _in_state(plan, PlanState.EXAMINING, PlanState.EXAMINED)
    plan.state, plan.ended_at = PlanState.GIVEN_UP, now
    _record(session, plan, "move_given_up", rights.user, now)
    return plan


def halt(session: Session, plan_id: int, *, rights: Rights, now: datetime) -> MovePlan:
    """No further case moves; those that have moved stay moved."""
    plan = get(session, plan_id, rights=rights)
    _in_state(plan, PlanState.MOVING)
    plan.state = PlanState.HALTED
    _record(session, plan, "move_halted", rights.user, now)
    return plan


def go_on(session: Session, plan_id: int, *, rights: Rights, now: datetime) -> MovePlan:
    """The rest of the cases move."""
    plan = get(session, plan_id, rights=rights)
    _in_state(plan, PlanState.HALTED)
    plan.state = PlanState.MOVING
    _record(session, plan, "move_resumed", rights.user, now)
    return plan


def revert(
    session: Session, plan_id: int, reason: str, *, rights: Rights, now: datetime
) -> MovePlan:
    """Each case that has not gone on since goes back to how it stood."""
    plan = get(session, plan_id, rights=rights)
    _in_state(plan, PlanState.MOVED, PlanState.HALTED)
    if not reason.strip():
        fields = {"reason": Fault("Say why.")}
        raise Invalid("Please mend what is marked.", fields=fields)
    plan.state, plan.reverted_by = PlanState.REVERTING, rights.user.id
    plan.revert_reason = reason.strip()[:2000]
    _record(session, plan, "move_reverted", rights.user, now, reason=plan.revert_reason)
    return plan


def _record(
    session: Session, plan: MovePlan, action: str, by: User, now: datetime, **detail: object
) -> None:
    numbers = [session.get_one(Definition, one).number for one in (*plan.from_ids, plan.to_id)]
    told = {"process": plan.process, "from": numbers[:-1], "to": numbers[-1], **detail}
    session.flush()
    audit.record(session, actor=by, action=action, subject=plan, now=now, detail=told)


# --- what the job does ------------------------------------------------------------------------


def under_way(session: Session) -> Sequence[int]:
    """The plans that wait for the job."""
    wanted = select(MovePlan.id).where(MovePlan.state.in_(UNDER_WAY)).order_by(MovePlan.id)
    return session.scalars(wanted).all()


def examine_some(session: Session, plan_id: int, *, now: datetime) -> int:
    """Some more cases have their verdict; 0 when all have, and the plan may be approved."""
    plan = session.get_one(MovePlan, plan_id, with_for_update=True, populate_existing=True)
    if plan.state != PlanState.EXAMINING:
        return 0
    last = select(func.max(CaseMove.case_id)).where(CaseMove.plan_id == plan.id)
    wanted = select(Case).where(*_concerned(plan), Case.id > (session.scalar(last) or 0))
    found = session.scalars(
        wanted.order_by(Case.id).limit(CHUNK).options(undefer(Case.state))
    ).all()
    if not found:
        plan.state, plan.examined_at = PlanState.EXAMINED, now
        session.flush()
        return 0
    rows.add(session, CaseMove, *(_verdict(session, plan, one) for one in found))
    return len(found)


def _verdict(session: Session, plan: MovePlan, case: Case) -> dict[str, Any]:
    done = case_moves.look(session, plan, case)
    return {
        "id": new_id(),
        "plan_id": plan.id,
        "case_id": case.id,
        "from_id": case.definition_id,
        "state": MoveState.WAITING if done.state is not None else MoveState.REFUSED,
        "reasons": case_moves.as_json(done.reasons),
        "passed": list(done.passed),
        "told": "",
        "tasks": [],
    }


TURNS = {
    PlanState.MOVING: (CaseMove.state == MoveState.WAITING,),
    PlanState.CHECKING: (CaseMove.state == MoveState.MOVED, CaseMove.sound.is_(None)),
    PlanState.REVERTING: (CaseMove.state == MoveState.MOVED,),
}
NEXT = {
    PlanState.MOVING: PlanState.CHECKING,
    PlanState.CHECKING: PlanState.MOVED,
    PlanState.REVERTING: PlanState.REVERTED,
}
ACTS = {
    PlanState.MOVING: case_moves.move,
    PlanState.CHECKING: case_moves.look_over,
    PlanState.REVERTING: case_moves.move_back,
}


def next_moves(session: Session, plan_id: int, limit: int = CHUNK) -> Sequence[int]:
    """The cases whose turn it is: to move, to be looked over, or to go back."""
    plan = session.get_one(MovePlan, plan_id, populate_existing=True)
    if plan.state not in TURNS:
        return ()
    turn = TURNS[PlanState(plan.state)]
    wanted = select(CaseMove.id).where(CaseMove.plan_id == plan.id, *turn)
    return session.scalars(wanted.order_by(CaseMove.id).limit(limit)).all()


def step(session: Session, move_id: int, *, now: datetime) -> int:
    """One case has had its turn; 0 where somebody else was faster, or the plan is halted."""
    row, case, plan = case_moves.turn(session, move_id)
    act = ACTS.get(PlanState(plan.state))
    return act(session, row, case, plan, now=now) if act else 0


def close(session: Session, plan_id: int, *, now: datetime) -> bool:
    """No case waits for its turn any more: what comes next has begun; False if nothing has."""
    plan = session.get_one(MovePlan, plan_id, with_for_update=True, populate_existing=True)
    if plan.state not in NEXT or next_moves(session, plan_id, 1):
        return False
    plan.state = NEXT[PlanState(plan.state)]
    if plan.state != PlanState.CHECKING:
        plan.ended_at = now
    session.flush()
    return plan.state == PlanState.CHECKING
