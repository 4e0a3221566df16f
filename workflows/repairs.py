"""办件修复: what may be done to a case whose automatic step failed, by two process administrators.

Tried again, the step skipped, or a value of the case corrected; to go to another step, see
restarts. Facts, subjects and levels are the procedure's: nobody corrects them here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, CaseRepair, CaseStatus, Definition, Unit, User
from workflows import audit, cases, definitions, repair_values, versions
from workflows.access import Rights
from workflows.engine import Call, EngineFault, Execution, Node, Outcome
from workflows.errors import Conflict, DomainError, Invalid, NotFound
from workflows.forms import Fault
from workflows.hosting import CaseHost
from workflows.second_person import to_decide

RETRY, SKIP, DATA = "retry", "skip", "data"
KINDS = (RETRY, SKIP, DATA)
LONGEST = 2000
MOST_PATHS = 300


@dataclass(frozen=True)
class Diagnosis:
    """Where the clock's next attempt would fail, tried without keeping anything."""

    node: Node | None
    fault: BaseException | None


@dataclass(frozen=True)
class Asked:
    """A repair with names."""

    row: CaseRepair
    case: Case
    process: Definition
    unit: str
    by: str
    decided_by: str
    step: Node | None


class _Watching:
    """The case's host, which notes at which node it was asked last, and passes some over."""

    def __init__(self, host: CaseHost, skip: str = "") -> None:
        self._host, self._skip = host, skip
        self.node: Node | None = None
        self.skipped = False

    @property
    def functions(self) -> Mapping[str, Any]:
        return self._host.functions

    def call(self, operation: str, call: Call) -> None:
        self.node = call.node
        if call.node.id == self._skip:
            self.skipped = True
            return
        self._host.call(operation, call)

    def decision_inputs(self, decision: str, call: Call) -> Mapping[str, object]:
        self.node = call.node
        return self._host.decision_inputs(decision, call)

    def decided(self, decision: str, call: Call, outcome: Outcome) -> None:
        self._host.decided(decision, call, outcome)


def case_of(session: Session, case_id: int, *, rights: Rights) -> Case:
    """A case, for process administrators: told without what it is about."""
    versions.require_admin(rights)
    case = session.get(Case, case_id)
    if case is None:
        raise NotFound("There is no such case, or it is not yours to see.")
    return case


def diagnose(session: Session, case_id: int, *, now: datetime) -> Diagnosis:
    """The node at which the automatic steps fail, and why; none: they would go through now.

    Writes while it looks: the caller rolls back.
    """
    try:
        with session.begin_nested() as tried:
            watching, run = _run(session, cases.take(session, case_id), "", now=now)
            fault = _advance(run)
            session.flush()
            tried.rollback()
    except (DomainError, EngineFault) as late:
        fault = late
    session.expire_all()
    return Diagnosis(_node(session, case_id, fault, watching), fault)


def _node(
    session: Session, case_id: int, fault: BaseException | None, watching: _Watching
) -> Node | None:
    """The fault's own node, else where the host was asked last."""
    named = getattr(fault, "node", None)
    case = session.get_one(Case, case_id)
    known = definitions.spec_of(session, case.definition_id).nodes
    return known.get(str(named)) or (watching.node if fault is not None else None)


def _run(session: Session, case: Case, skip: str, *, now: datetime) -> tuple[_Watching, cases.Run]:
    """The case as the clock restores it, its host watched."""
    run = cases.look(session, case, now=now)
    lent = {name: run.execution.vars[name] for name in cases.LENT}
    watching = _Watching(CaseHost(run.act), skip)
    spec = definitions.spec_of(session, case.definition_id)
    execution = Execution.restore(spec, case.state, host=watching, now=now)
    execution.vars.update(lent)
    run.act.vars = execution.vars
    return watching, cases.Run(run.act, execution, execution.ready_tasks())


def _advance(run: cases.Run) -> BaseException | None:
    try:
        run.execution.advance()
    except (DomainError, EngineFault) as fault:
        return fault
    return None


def paths(session: Session, case: Case, *, now: datetime) -> list[str]:
    """The names of what may be corrected in the case, not what stands there."""
    variables = cases.look(session, cases.load(session, case.id), now=now).execution.vars
    return sorted(repair_values.paths(variables))[:MOST_PATHS]


@dataclass(frozen=True)
class Wish:
    """What somebody asks for, as typed."""

    kind: str
    reason: str
    path: str = ""
    value: str = ""


def ask(session: Session, case_id: int, wish: Wish, *, rights: Rights, now: datetime) -> CaseRepair:
    """The repair waits for a second process administrator. Raises Invalid by field; Conflict where
    the case does not stand still, or another repair of it waits."""
    case_of(session, case_id, rights=rights)
    found = diagnose(session, case_id, now=now) if wish.kind == SKIP else None
    case = cases.take(session, case_id)
    _require_standing(session, case)
    before, after = _required(session, case, wish, found, now=now)
    row = CaseRepair(
        case_id=case.id,
        kind=wish.kind,
        node=found.node.id if found and found.node else "",
        path=wish.path if wish.kind == DATA else "",
        before=before,
        after=after,
        fault=case.fault or "",
        reason=wish.reason.strip()[:LONGEST],
        made_by=rights.user.id,
        made_at=now,
    )
    session.add(row)
    session.flush()
    _record(session, row, case, "repair_asked", rights.user, now)
    return row


def _require_standing(session: Session, case: Case) -> None:
    if case.status != CaseStatus.FAILED:
        raise Conflict("This case does not stand still any more.")
    other = session.execute(
        select(CaseRepair, User.name)
        .join(User, User.id == CaseRepair.made_by)
        .where(CaseRepair.case_id == case.id, CaseRepair.state == "asked")
    ).first()
    if other is not None:
        raise Conflict(
            "{who} asked for a repair of this case on {when}; it is not decided yet.",
            who=other[1],
            when=other[0].made_at,
        )


def _required(
    session: Session, case: Case, wish: Wish, found: Diagnosis | None, *, now: datetime
) -> tuple[Any, Any]:
    """The values before and after; raises Invalid for what does not hold."""
    fields: dict[str, str] = {}
    before = after = None
    if wish.kind not in KINDS:
        fields["kind"] = Fault("Choose what is to be done.")
    if not wish.reason.strip():
        fields["reason"] = Fault("Say why.")
    if wish.kind == SKIP and not _may_skip(found):
        fields["kind"] = Fault("No automatic step fails that could be skipped.")
    if wish.kind == DATA:
        variables = cases.look(session, case, now=now).execution.vars
        before, after = _corrected(variables, wish, fields)
    if fields:
        raise Invalid("Please mend what is marked.", fields=fields)
    return before, after


def _corrected(variables: Mapping[str, Any], wish: Wish, fields: dict[str, str]) -> tuple[Any, Any]:
    """The value that stands there and the one that was typed; what is wrong goes into `fields`."""
    if wish.path not in set(repair_values.paths(variables)):
        fields["path"] = Fault("Choose a value of the case.")
        return None, None
    before = repair_values.at(variables, wish.path)
    try:
        after = repair_values.read(before, wish.value)
    except ValueError:
        fields["value"] = Fault("This is no value of the kind that stands there.")
        return before, None
    if after == before:
        fields["value"] = Fault("This is what stands there already.")
    return before, after


def _may_skip(found: Diagnosis | None) -> bool:
    """Only what does something can be left out; a decision is never made by leaving it out."""
    return bool(found and found.fault and found.node and found.node.kind == "serviceTask")


def approve(session: Session, repair_id: int, *, rights: Rights, now: datetime) -> CaseRepair:
    """What was asked for is done at once. NotAllowed for who asked; Conflict where it was decided,
    the case goes on meanwhile, or the step fails at another place."""
    row, case = to_decide(session, CaseRepair, repair_id, rights=rights)
    if case.status != CaseStatus.FAILED:
        raise Conflict("This case does not stand still any more.")
    if row.kind == RETRY:
        case.wake_at = now
    elif row.kind == SKIP:
        _skip(session, row, case, now)
    else:
        _correct(session, row, case, now)
    row.state, row.decided_by, row.decided_at = "done", rights.user.id, now
    session.flush()
    _record(session, row, case, "case_repaired", rights.user, now)
    return row


def _skip(session: Session, row: CaseRepair, case: Case, now: datetime) -> None:
    watching, run = _run(session, case, row.node, now=now)
    fault = _advance(run)
    if fault is not None:
        raise Conflict("The case still fails after that step: {told}", told=str(fault)) from fault
    if not watching.skipped:
        raise Conflict("The case has gone on meanwhile. Please look again.")
    run.save()


def _correct(session: Session, row: CaseRepair, case: Case, now: datetime) -> None:
    run = cases.look(session, case, now=now)
    *steps, name = row.path.split(".")
    here: Any = run.execution.vars
    for step in steps:
        here = here.get(step) if isinstance(here, dict) else None
    if not isinstance(here, dict) or here.get(name) != row.before:
        raise Conflict("The case has gone on meanwhile. Please look again.")
    here[name] = row.after
    run.save()
    case.wake_at = now  # what failed is tried at the clock's next round


def decline(
    session: Session, repair_id: int, remark: str, *, rights: Rights, now: datetime
) -> CaseRepair:
    """The case stays as it is; also who asked may take it back."""
    row, case = to_decide(session, CaseRepair, repair_id, rights=rights, own=True)
    row.state, row.decided_by, row.decided_at = "declined", rights.user.id, now
    row.remark = remark.strip()[:200]
    session.flush()
    _record(session, row, case, "repair_declined", rights.user, now)
    return row


def get(session: Session, repair_id: int, *, rights: Rights) -> Asked:
    versions.require_admin(rights)
    row = session.get(CaseRepair, repair_id)
    if row is None:
        raise NotFound("There is no such repair.")
    return _named(session, row)


def waiting(session: Session) -> list[Asked]:
    """What is to be decided, the oldest first."""
    wanted = select(CaseRepair).where(CaseRepair.state == "asked").order_by(CaseRepair.id)
    return [_named(session, row) for row in session.scalars(wanted)]


def of_case(session: Session, case: Case) -> Sequence[Asked]:
    wanted = select(CaseRepair).where(CaseRepair.case_id == case.id).order_by(CaseRepair.id)
    return [_named(session, row) for row in session.scalars(wanted)]


def _named(session: Session, row: CaseRepair) -> Asked:
    case = session.get_one(Case, row.case_id)
    decided = session.get(User, row.decided_by) if row.decided_by else None
    return Asked(
        row,
        case,
        session.get_one(Definition, case.definition_id),
        session.get_one(Unit, case.unit_id).name,
        session.get_one(User, row.made_by).name,
        decided.name if decided else "",
        definitions.spec_of(session, case.definition_id).nodes.get(row.node),
    )


def _record(
    session: Session, row: CaseRepair, case: Case, action: str, by: User, now: datetime
) -> None:
    detail = {"kind": row.kind, "node": row.node, "path": row.path, "reason": row.reason}
    if row.kind == DATA:
        detail |= {"before": str(row.before)[:500], "after": str(row.after)[:500]}
    audit.record(
        session,
        actor=by,
        action=action,
        subject=row,
        now=now,
        case_id=case.id,
        unit_id=case.unit_id,
        detail=detail,
    )
