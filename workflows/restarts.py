"""重新开始于某环节: a case begins anew at a step of another version, with the variables it had.

The way out where no plan can move it: a process administrator asks with a reason, a second one
decides. What was done stays on record under the version in which it was done.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import Case, CaseStatus, Definition, Restart, Task, User
from workflows import audit, cases, definitions, versions
from workflows.access import Rights
from workflows.engine import EngineFault
from workflows.engine.migration import places, restart
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.forms import Fault
from workflows.hosting import CaseHost
from workflows.second_person import to_decide


@dataclass(frozen=True)
class Asked:
    """A new beginning that was asked for, with names."""

    row: Restart
    case: Case
    by: str
    numbers: tuple[int, int]  # of the versions: the case's then, the one it begins under


def steps(session: Session, definition: Definition) -> list[tuple[str, str, str]]:
    """Where a case may begin under this version: id, name, English name."""
    spec = definitions.spec_of(session, definition.id)
    found = [spec.nodes[one] for one in places(spec)]
    return [(one.id, one.name, one.properties.get("nameEn", "")) for one in found]


def case_of(session: Session, case_id: int, *, rights: Rights) -> Case:
    """An open case, for process administrators."""
    versions.require_admin(rights)
    case = session.get(Case, case_id)
    if case is None:
        raise NotFound("There is no such case, or it is not yours to see.")
    return case


def ask(
    session: Session,
    case_id: int,
    *,
    to_id: int,
    node: str,
    reason: str,
    rights: Rights,
    now: datetime,
) -> Restart:
    """The new beginning waits for a second person. Raises Invalid by field, Conflict."""
    case_of(session, case_id, rights=rights)
    case = cases.take(session, case_id)
    if not case.is_open:
        raise Conflict("This case is no longer running.")
    if case.status == CaseStatus.SUSPENDED:
        raise NotAllowed("This case is suspended.")
    _require_none(session, case)
    name = _require_wish(session, case, to_id, node, reason, now)
    row = Restart(
        case_id=case.id,
        from_id=case.definition_id,
        to_id=to_id,
        node=node,
        name=name,
        reason=reason.strip()[:2000],
        made_by=rights.user.id,
        made_at=now,
    )
    session.add(row)
    session.flush()
    _record(session, row, case, "restart_asked", rights.user, now)
    return row


def _require_none(session: Session, case: Case) -> None:
    other = session.execute(
        select(Restart, User.name)
        .join(User, User.id == Restart.made_by)
        .where(Restart.case_id == case.id, Restart.state == "asked")
    ).first()
    if other is not None:
        raise Conflict(
            "{who} asked for a new beginning of this case on {when}; it is not decided yet.",
            who=other[1],
            when=other[0].made_at,
        )


def _require_wish(
    session: Session, case: Case, to_id: int, node: str, reason: str, now: datetime
) -> str:
    fields: dict[str, str] = {}
    name = ""
    to = session.get(Definition, to_id)
    if to is None or to.process != case.process or to.retired_at or to.effective_from > now:
        fields["to"] = Fault("Choose a version that is in force.")
    else:
        name = next((said for one, said, _ in steps(session, to) if one == node), "")
        if not name:
            fields["node"] = Fault("Choose a step of that version.")
    if not reason.strip():
        fields["reason"] = Fault("Say why.")
    if fields:
        raise Invalid("Please mend what is marked.", fields=fields)
    return name


def approve(session: Session, restart_id: int, *, rights: Rights, now: datetime) -> Restart:
    """The case stands at that step of that version; its open tasks are closed.

    Raises NotAllowed for who asked, Conflict where it was decided or the case has changed version.
    """
    row, case = to_decide(session, Restart, restart_id, rights=rights)
    if case.definition_id != row.from_id or not case.is_open:
        raise Conflict("The case has gone on meanwhile. Please look again.")
    if case.status == CaseStatus.SUSPENDED:
        raise NotAllowed("This case is suspended.")
    _begin(session, row, case, rights, now)
    row.state, row.decided_by, row.decided_at = "done", rights.user.id, now
    session.flush()
    _record(session, row, case, "case_restarted", rights.user, now)
    return row


def decline(
    session: Session, restart_id: int, remark: str, *, rights: Rights, now: datetime
) -> Restart:
    """The case stays as it is; also who asked may take it back."""
    row, case = to_decide(session, Restart, restart_id, rights=rights, own=True)
    row.state, row.decided_by, row.decided_at = "declined", rights.user.id, now
    row.remark = remark.strip()[:200]
    session.flush()
    _record(session, row, case, "restart_declined", rights.user, now)
    return row


def _begin(session: Session, row: Restart, case: Case, rights: Rights, now: datetime) -> None:
    before = cases.look(session, case, by=rights.user, now=now)
    open_before = before.execution.ready_tasks()
    past = (Task.case_id == case.id, Task.definition_id.is_(None))
    keeping = update(Task).where(*past).values(definition_id=row.from_id)
    session.execute(keeping, execution_options={"synchronize_session": "fetch"})
    case.definition_id = row.to_id
    spec = definitions.spec_of(session, row.to_id)
    variables = dict(before.execution.vars)
    done = before.execution.done_nodes()
    act = replace(before.act, vars=variables)
    try:
        execution = restart(spec, row.node, vars=variables, done=done, host=CaseHost(act), now=now)
    except EngineFault as fault:
        raise Conflict("The case cannot begin there: {told}", told=str(fault)) from fault
    cases.Run(replace(act, vars=execution.vars), execution, open_before).save()


def of_case(session: Session, case: Case) -> list[Asked]:
    return _with_names(session, Restart.case_id == case.id)


def waiting(session: Session) -> list[Asked]:
    """What is to be decided, the oldest first."""
    return _with_names(session, Restart.state == "asked")


def get(session: Session, restart_id: int, *, rights: Rights) -> Asked:
    versions.require_admin(rights)
    found = _with_names(session, Restart.id == restart_id)
    if not found:
        raise NotFound("There is no such plan.")
    return found[0]


def _with_names(session: Session, condition: object) -> list[Asked]:
    found: Sequence[tuple[Restart, Case, str]] = session.execute(
        select(Restart, Case, User.name)
        .join(Case, Case.id == Restart.case_id)
        .join(User, User.id == Restart.made_by)
        .where(condition)  # type: ignore[arg-type]
        .order_by(Restart.id)
    ).all()
    return [Asked(row, case, by, _numbers(session, row)) for row, case, by in found]


def _numbers(session: Session, row: Restart) -> tuple[int, int]:
    before, after = (session.get_one(Definition, one).number for one in (row.from_id, row.to_id))
    return before, after


def _record(
    session: Session, row: Restart, case: Case, action: str, by: User, now: datetime
) -> None:
    before, after = _numbers(session, row)
    detail = {"node": row.node, "from": before, "to": after, "reason": row.reason}
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
