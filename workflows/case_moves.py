"""One running case on its way to another version of its process, and back.

Everything happens in the case's own turn (cases.take) and in the caller's transaction: a case is
wholly of the old version or wholly of the new one.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import (
    AuditRow,
    Case,
    CaseMove,
    CaseStatus,
    Definition,
    MovePlan,
    MoveState,
    PlanState,
    Task,
    User,
)
from workflows import audit, cases, definitions, notices
from workflows.deadlines import ZONE, Calendar, day_of
from workflows.engine import EngineFault, ReadyTask, Spec
from workflows.engine.migration import (
    Examined,
    Reason,
    changed_timers,
    examine,
    reckoned,
    set_time,
)
from workflows.errors import DomainError, kept
from workflows.forms import Fault

KEPT = ("node", "name", "name_en", "due_origin", "calendar")  # of a task, as it was
MOMENTS = ("due_at", "first_due_at", "notice_at")
Later = Callable[[datetime], datetime]


class Unsound(DomainError):
    """After the move a step has no task, or a timer is not set: nothing of it may be kept."""


def look(session: Session, plan: MovePlan, case: Case) -> Examined:
    """Whether the case can move, tried on a copy; its row and its state stay as they are."""
    old = definitions.spec_of(session, case.definition_id)
    new = definitions.spec_of(session, plan.to_id)
    mapping = of_version(plan, old, new)
    done = examine(case.state, old, new, mapping)
    gone = [
        Reason("done_gone", node, old.nodes[node].name if node in old.nodes else node)
        for node in _once_open(session, case)
        if mapping.get(node, node) not in new.nodes
    ]
    fresh = [one for one in gone if one.node not in {known.node for known in done.reasons}]
    return Examined(None, (*done.reasons, *fresh)) if fresh else done


def of_version(plan: MovePlan, old: Spec, new: Spec) -> dict[str, str]:
    """What of the plan's mapping concerns this version."""
    renamed = {str(one): str(to) for one, to in plan.mapping.items()}
    return {one: to for one, to in renamed.items() if one in old.nodes and to in new.nodes}


def _once_open(session: Session, case: Case) -> Sequence[str]:
    """The steps that ever waited for somebody, also those that ended without him."""
    wanted = select(Task.node).where(Task.case_id == case.id, Task.definition_id.is_(None))
    return session.scalars(wanted.distinct().order_by(Task.node)).all()


def as_json(reasons: Sequence[Reason]) -> list[dict[str, str]]:
    return [{"rule": one.rule, "node": one.node, "name": one.name} for one in reasons]


def turn(session: Session, move_id: int) -> tuple[CaseMove, Case, MovePlan]:
    """The case first, as everybody takes it; then what is written about it, as it is by now."""
    case_id = session.scalars(select(CaseMove.case_id).where(CaseMove.id == move_id)).one()
    case = cases.take(session, case_id)
    both = select(CaseMove, MovePlan).join(MovePlan, MovePlan.id == CaseMove.plan_id)
    row, plan = session.execute(
        both.where(CaseMove.id == move_id).execution_options(populate_existing=True)
    ).one()
    return row, case, plan


def move(session: Session, row: CaseMove, case: Case, plan: MovePlan, *, now: datetime) -> int:
    """The case runs on under the plan's version, or it is written down why not; 1 if its turn
    came, 0 where somebody else was faster.

    Raises Unsound, EngineFault: nothing may be kept then.
    """
    if row.state != MoveState.WAITING:
        return 0
    if not case.is_open or case.definition_id not in plan.from_ids:
        row.state = MoveState.ENDED
        session.flush()
        return 1
    done = look(session, plan, case)
    row.reasons, row.passed = as_json(done.reasons), list(done.passed)
    if done.state is None:
        row.state = MoveState.REFUSED
    else:
        _carry(session, plan, row, case, done.state, now=now)
    session.flush()
    return 1


def _carry(
    session: Session, plan: MovePlan, row: CaseMove, case: Case, state: bytes, *, now: datetime
) -> None:
    old_id, suspended = case.definition_id, case.status == CaseStatus.SUSPENDED
    tasks = open_tasks(session, case)
    row.from_id, row.before = old_id, case.state
    row.tasks = [_as_it_was(one) for one in tasks]
    case.definition_id, case.state = plan.to_id, state
    old, new = (definitions.spec_of(session, one) for one in (old_id, plan.to_id))
    _keep_past(session, case, old_id, of_version(plan, old, new))
    run = cases.look(session, case, by=_admin(session, plan), now=now)
    for task in tasks:
        _follow(run, task, new_deadline=plan.new_deadlines)
    if plan.new_deadlines:
        _set_timers(run, tasks, changed_timers(old, new, of_version(plan, old, new)))
    _save(session, run, suspended)
    row.state, row.moved_at, row.case_version = MoveState.MOVED, now, case.version
    _say(session, plan, row, "case_moved", by=_admin(session, plan), now=now)


def _save(session: Session, run: cases.Run, suspended: bool) -> None:
    """The case's row agrees with the engine; what was suspended still is, and is not woken."""
    run.save()
    if suspended:
        run.case.wake_at = None
        session.flush()
    if told := faults(session, run):
        raise Unsound(Fault("After the move the case is not whole: {told}"), told=told)


def _admin(session: Session, plan: MovePlan) -> User | None:
    return session.get(User, plan.approved_by) if plan.approved_by else None


def open_tasks(session: Session, case: Case) -> list[Task]:
    wanted = select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
    return list(session.scalars(wanted.order_by(Task.id).execution_options(populate_existing=True)))


def _as_it_was(task: Task) -> dict[str, Any]:
    moments = {name: getattr(task, name) for name in MOMENTS}
    said = {name: one.isoformat() if one else None for name, one in moments.items()}
    return {"id": str(task.id), **{name: getattr(task, name) for name in KEPT}, **said}


def _keep_past(session: Session, case: Case, old_id: int, mapping: Mapping[str, str]) -> None:
    """What is done is shown as it was done; a renamed step is known by its new name, since later
    ones ask who did it."""
    past = (Task.case_id == case.id, Task.done_at.is_not(None), Task.definition_id.is_(None))
    silent = {"synchronize_session": False}
    for before, after in mapping.items():
        renaming = update(Task).where(*past, Task.node == before).values(node=after)
        session.execute(renaming, execution_options=silent)
    others = (Task.node.not_in(list(mapping.values())),) if mapping else ()
    kept_as = update(Task).where(*past, *others).values(definition_id=old_id)
    session.execute(kept_as, execution_options=silent)


def _follow(run: cases.Run, task: Task, *, new_deadline: bool) -> None:
    """The open task is the same one, for the same people; it bears its step's name and, if that
    is wanted, its step's term."""
    ready = run.waiting(task)
    task.node = ready.node
    task.name = cases.of_item(ready.name, ready)
    task.name_en = cases.of_item(ready.properties.get("nameEn", ""), ready)
    if new_deadline and ready.properties.get("due", "") != task.due_origin:
        _follow_term(run, task, ready)


def _follow_term(run: cases.Run, task: Task, ready: ReadyTask) -> None:
    """Counted from the day on which the step opened; what was extended stays extended."""
    act = run.act
    then = cases.look(act.session, run.case, now=task.opened_at, calendar=act.calendar)
    due = then.due(ready)
    if due is None or task.due_at is None or task.due_at != task.first_due_at:
        return
    due = fair(due, act.calendar, act.now)(task.due_at)
    cases.move_due_date(act.session, task, due, calendar=act.calendar)
    task.first_due_at, task.due_origin = due, ready.properties["due"]
    if run.case.status != CaseStatus.SUSPENDED:
        task.notice_at = notices.first_rung(due, calendar=act.calendar, now=act.now)


def fair(due: datetime, calendar: Calendar, now: datetime) -> Later:
    """A term that became shorter ends no earlier than the next working day, unless it would have
    ended before that anyhow: nobody is late by a change of the rule."""
    tomorrow = calendar.end_of_day(calendar.add_workdays(day_of(now), 1))

    def later(before: datetime) -> datetime:
        return due if due >= before else max(due, min(tomorrow, before))

    return later


def _set_timers(run: cases.Run, tasks: Sequence[Task], nodes: frozenset[str]) -> None:
    """Timers that hang on open steps are set by their new text, from the step's first day."""
    act = run.act
    for task in tasks if nodes else ():
        then = cases.look(act.session, run.case, now=task.opened_at, calendar=act.calendar)
        for timer in reckoned(then.execution, nodes):
            if timer.step == task.engine_id:
                later = fair(timer.due, act.calendar, act.now)
                set_time(run.execution, timer.timer, later)


def _say(
    session: Session,
    plan: MovePlan,
    row: CaseMove,
    action: str,
    *,
    by: User | None,
    now: datetime,
) -> None:
    case = session.get_one(Case, row.case_id)
    wanted = select(Definition.id, Definition.number)
    found = session.execute(wanted.where(Definition.id.in_((row.from_id, plan.to_id)))).all()
    numbers = {one.id: one.number for one in found}
    detail = {"plan": str(plan.id), "from": numbers[row.from_id], "to": numbers[plan.to_id]}
    audit.record(
        session,
        actor=by,
        action=action,
        subject=case,
        now=now,
        case_id=case.id,
        unit_id=case.unit_id,
        detail=detail,
    )


def fail(session: Session, move_id: int, error: Exception) -> None:
    """What went wrong with one case is written down; the case is as it was."""
    row = session.get_one(CaseMove, move_id, populate_existing=True)
    plan = session.get_one(MovePlan, row.plan_id, populate_existing=True)
    if plan.state == PlanState.CHECKING:
        row.sound = False
    elif row.state == MoveState.MOVED:
        row.state = MoveState.KEPT
    else:
        row.state = MoveState.FAILED
    row.told = kept(error, 2000)
    session.flush()


# --- back -----------------------------------------------------------------------------------


def move_back(session: Session, row: CaseMove, case: Case, plan: MovePlan, *, now: datetime) -> int:
    """The case stands as before the move; where it has gone on since it stays, and it is said who
    did what. 1 if its turn came."""
    if row.state != MoveState.MOVED:
        return 0
    if case.version != row.case_version or not case.is_open or row.before is None:
        row.state, row.told = MoveState.KEPT, kept(_gone_on(session, row), 2000)
    else:
        _restore(session, plan, row, case, now=now)
    session.flush()
    return 1


def _gone_on(session: Session, row: CaseMove) -> DomainError:
    """Who has acted in the case since, or that it went on by its clock."""
    since = (
        select(AuditRow.actor_name, AuditRow.at)
        .where(AuditRow.case_id == row.case_id, AuditRow.at >= row.moved_at)
        .where(AuditRow.action != "case_moved")
        .order_by(AuditRow.at.desc(), AuditRow.id.desc())
        .limit(1)
    )
    found = session.execute(since).first()
    if found is None or not found.actor_name:
        return DomainError("The case has gone on since by itself: it stays where it is.")
    return DomainError(
        "{who} acted in the case on {when}: it stays where it is.",
        who=found.actor_name,
        when=found.at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M"),
    )


def _restore(session: Session, plan: MovePlan, row: CaseMove, case: Case, *, now: datetime) -> None:
    suspended = case.status == CaseStatus.SUSPENDED
    old, new = (definitions.spec_of(session, one) for one in (row.from_id, plan.to_id))
    mapping = of_version(plan, old, new)
    case.definition_id, case.state = row.from_id, row.before or b""
    _unkeep_past(session, case, row.from_id, mapping)
    by = session.get(User, plan.reverted_by) if plan.reverted_by else None
    run = cases.look(session, case, by=by, now=now)
    before = {int(one["id"]): one for one in row.tasks}
    for task in open_tasks(session, case):
        _as_before(run, task, before[task.id])
    _save(session, run, suspended)
    row.state, row.reverted_at, row.before = MoveState.REVERTED, now, None
    _say(session, plan, row, "case_moved_back", by=by, now=now)


def _unkeep_past(session: Session, case: Case, old_id: int, mapping: Mapping[str, str]) -> None:
    silent = {"synchronize_session": False}
    mine = (Task.case_id == case.id, Task.done_at.is_not(None))
    for before, after in mapping.items():
        unnamed = update(Task).where(*mine, Task.definition_id.is_(None), Task.node == after)
        session.execute(unnamed.values(node=before), execution_options=silent)
    shown = update(Task).where(*mine, Task.definition_id == old_id)
    session.execute(shown.values(definition_id=None), execution_options=silent)


def _as_before(run: cases.Run, task: Task, before: Mapping[str, Any]) -> None:
    moments = {
        name: datetime.fromisoformat(before[name]) if before[name] else None for name in MOMENTS
    }
    if moments["due_at"] is not None and moments["due_at"] != task.due_at:
        cases.move_due_date(run.act.session, task, moments["due_at"], calendar=run.act.calendar)
        task.first_due_at, task.notice_at = moments["first_due_at"], moments["notice_at"]
    for name in KEPT:
        setattr(task, name, before[name])


# --- looking over -----------------------------------------------------------------------------


def faults(session: Session, run: cases.Run) -> str:
    """What is amiss between the engine and the rows of a case, by step; empty: nothing is."""
    waiting = {one.id: one.node for one in run.execution.ready_tasks()}
    rows = {one.engine_id: one.node for one in open_tasks(session, run.case)}
    amiss = sorted({*waiting.items()} ^ {*rows.items()}, key=lambda one: one[1])
    told = [node for _, node in amiss]
    if run.case.status == CaseStatus.RUNNING and run.case.wake_at != run.execution.wake_at:
        told.append("wake_at")
    waits = waiting or run.execution.wake_at or run.execution.awaited_messages()
    if not waits and not run.execution.is_finished:
        told.append("nothing")
    return ", ".join(dict.fromkeys(told))


def look_over(session: Session, row: CaseMove, case: Case, plan: MovePlan, *, now: datetime) -> int:
    """It is written down whether a case that moved has its open tasks and its timers."""
    if row.sound is not None or row.state != MoveState.MOVED:
        return 0
    told = ""
    if case.is_open:
        try:
            told = faults(session, cases.look(session, case, now=now))
        except EngineFault as fault:
            told = str(fault)
    row.sound, row.told = not told, told[:2000]
    session.flush()
    return 1
