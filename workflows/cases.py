"""Start cases and move them on: engine, rows and trail in one transaction, none half done."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, undefer

from models import (
    Case,
    CaseStatus,
    Definition,
    Inbox,
    Participant,
    Task,
    User,
)
from models.ids import new_id
from models.task import NO_DUE_DATE
from workflows import assignment, audit, calendars, definitions, notices, rows
from workflows.deadlines import Calendar, day_of
from workflows.engine import Execution, NotReady, OfferedAct, ReadyTask
from workflows.errors import Conflict, NotFound
from workflows.hosting import CaseHost
from workflows.registry import EFFECTS, GUARDS, Act

MOVING = (CaseStatus.RUNNING, CaseStatus.FAILED)  # what failed is tried again
LENT = ("days", "rule")  # the case's parameters: shown to expressions, not stored in each state
TAKE = (
    select(Case)
    .where(Case.id == bindparam("one"))
    .options(undefer(Case.state))
    # PostgreSQL only: on SQLite a writer is alone from its beginning.
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


class Run:
    """One case under one command. After any exception it is worthless: roll back and drop it."""

    def __init__(self, act: Act, execution: Execution, open: Sequence[ReadyTask] = ()) -> None:
        self.act = act
        self.execution = execution
        self._open = {one.id: one for one in open}  # the tasks that have their rows

    @property
    def case(self) -> Case:
        return self.act.case

    def complete(self, task: Task, answers: dict[str, Any]) -> None:
        """The task is done with these answers, and the case stands at its next wait."""
        node = self._node(task.node)
        scope = self.waiting(task).scope
        act = replace(self.act, node=node, task=task, answers=answers, scope=scope)
        self._person_acts(act, task.node, node.process)
        self.execution.complete(task.engine_id, answers)
        del self._open[task.engine_id]
        self.save()

    def send(self, offered: OfferedAct, answers: dict[str, Any]) -> None:
        """An act offered beside a task (a message boundary) is taken."""
        node = self._node(offered.node)
        act = replace(self.act, node=node, answers=answers)
        self._person_acts(act, offered.node, node.process)
        self.execution.send(offered.message, answers, act_id=offered.id)
        self.save()

    def deliver(self, message: str, payload: dict[str, Any]) -> None:
        """A message from another case has arrived."""
        self.execution.send(message, payload)
        self.save()

    def wake(self) -> int:
        """Every timer due by now has fired."""
        fired = self.execution.advance()
        self.save()
        return fired

    def _person_acts(self, act: Act, node: str, process: str) -> None:
        for refuse in GUARDS.get((process, node), ()):
            refuse(act)
        for change in EFFECTS.get((process, node), ()):
            change(act)

    def _node(self, node: str) -> Any:
        return definitions.spec_of(self.act.session, self.case.definition_id).nodes[node]

    def waiting(self, task: Task) -> ReadyTask:
        """The engine's own view of an open task; Conflict where it is open no more."""
        if task.engine_id not in self._open:
            raise Conflict("This task is no longer open.")
        return self._open[task.engine_id]

    def save(self) -> None:
        """State, timer, tasks and inbox agree with the engine."""
        case, execution = self.case, self.execution
        self._rearm()
        self._sync_tasks()
        lent = {name: execution.vars.pop(name) for name in LENT if name in execution.vars}
        changed: dict[str, Any] = {"state": execution.dump(), "wake_at": execution.wake_at}
        execution.vars.update(lent)
        if case.status == CaseStatus.FAILED:
            changed |= {"status": CaseStatus.RUNNING, "attempts": 0, "fault": None}
        if execution.is_finished:
            changed |= {"status": CaseStatus.FINISHED, "outcome": execution.outcome}
            changed["finished_at"] = self.act.now
        rows.put(self.act.session, case, **changed)
        self.act.session.flush()

    def _rearm(self) -> None:
        """Timers that the act moved wait for their new time; one that went off stays off."""
        while self.act.rearmed:
            node, due = self.act.rearmed.pop()
            with suppress(NotReady):
                self.execution.reschedule(node, due)

    def _sync_tasks(self) -> None:
        """What the command began to wait for has a row; what it waits for no more is closed."""
        ready = {one.id: one for one in self.execution.ready_tasks()}
        if gone := self._open.keys() - ready.keys():
            self._lapse(gone)
        for one in ready.values():  # in the order of the diagram: so they get their ids
            if one.id not in self._open:
                self._keep(one)
        self._open = ready

    def _lapse(self, engine_ids: Collection[UUID]) -> None:
        session = self.act.session
        ended = select(Task).where(
            Task.case_id == self.case.id, Task.engine_id.in_(engine_ids), Task.done_at.is_(None)
        )
        for task in session.scalars(ended):
            close_task(session, task, "lapsed", now=self.act.now)

    def _keep(self, ready: ReadyTask) -> None:
        """The row of a step that waits for a person, and its place in their inboxes."""
        act = replace(self.act, node=self._node(ready.node), scope=ready.scope, item=ready.item)
        assigned = assignment.resolve(act, assignment.Rule.of(ready.properties))
        task = self._row(ready, self.due(ready))
        rows.add(act.session, Task, task)
        _fill_inboxes(act.session, task["id"], task["due_at"], assigned.principals)
        if assigned.fell_back:
            made = act.session.get_one(Task, task["id"])
            notices.nobody_found(act.session, act, made, rule=assigned.rule)

    def _row(self, ready: ReadyTask, due: datetime | None) -> dict[str, Any]:
        calendar, now = self.act.calendar, self.act.now
        return {
            "id": new_id(),
            "case_id": self.case.id,
            "engine_id": ready.id,
            "node": ready.node,
            "name": of_item(ready.name, ready),
            "name_en": of_item(ready.properties.get("nameEn", ""), ready),
            "item_key": ready.item_key,
            "unit_id": _unit_of(ready, self.case),
            "due_at": due,
            "first_due_at": due,
            "due_origin": ready.properties.get("due", ""),
            "calendar": calendar.label(day_of(due)) if due else "",
            "opened_at": now,
            "notice_at": notices.first_rung(due, calendar=calendar, now=now),
            "version": 1,
        }

    def due(self, ready: ReadyTask) -> datetime | None:
        """When a step that opens now falls due."""
        rule = ready.properties.get("due")
        value = self.execution.evaluate(rule, ready.scope, ready.item) if rule else None
        if isinstance(value, str):
            value = datetime.fromisoformat(value)
        return value if isinstance(value, datetime) else None


def of_item(name: str, ready: ReadyTask) -> str:
    """The step's name with what it is about, where several of a kind wait side by side."""
    item = (ready.item or {}).get("name")
    return f"{name}：{item}" if name and item else name


def _unit_of(ready: ReadyTask, case: Case) -> int:
    unit = (ready.item or {}).get("unit")
    return int(unit) if unit else case.unit_id


def put_into_inboxes(session: Session, task: Task, principals: Sequence[int]) -> None:
    """The open task waits for these."""
    _fill_inboxes(session, task.id, task.due_at, principals)


def _fill_inboxes(
    session: Session, task_id: int, due_at: datetime | None, principals: Sequence[int]
) -> None:
    due = int(due_at.timestamp()) if due_at else NO_DUE_DATE
    made = [{"principal": p, "due": due, "task_id": task_id} for p in dict.fromkeys(principals)]
    if made:
        rows.add(session, Inbox, *made)


def move_due_date(session: Session, task: Task, due: datetime, *, calendar: Calendar) -> None:
    """The open task is due at another time; its first due date stays as it was."""
    principals = list(session.scalars(select(Inbox.principal).where(Inbox.task_id == task.id)))
    session.execute(delete(Inbox).where(Inbox.task_id == task.id))
    task.due_at, task.calendar = due, calendar.label(day_of(due))
    put_into_inboxes(session, task, principals)


def close_task(session: Session, task: Task, ending: str, *, now: datetime) -> None:
    """The task ended without its person: a timer took it, or its branch was stopped."""
    task.done_at, task.ending, task.notice_at = now, ending, None
    session.execute(delete(Inbox).where(Inbox.task_id == task.id))


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What a new case is about. `key` names its cause: the same cause opens no second case."""

    process: str
    key: str
    title: str
    unit_id: int
    variables: Mapping[str, Any] = field(default_factory=dict)
    subject_id: int | None = None
    parent: Case | None = None
    restricted: bool = False


def begin(session: Session, opening: Opening, *, by: User | None, now: datetime) -> Case:
    """A case waits at its first step. The same key again finds the first case."""
    known = session.scalar(select(Case).where(Case.key == opening.key))
    if known is not None:
        return known
    definition = definitions.latest(session, opening.process, now=now)
    case = _case_of(opening, definition, by=by, now=now)
    case.parameters_id = definitions.latest_parameters(session).id
    try:
        with session.begin_nested():
            session.add(case)
    except IntegrityError:  # the same cause, at the same moment, elsewhere
        return session.scalars(select(Case).where(Case.key == opening.key)).one()
    if by is not None:
        take_part(session, case, by.id, "starter", now=now)
    _start(session, case, dict(opening.variables), by=by, now=now)
    audit.record(
        session,
        actor=by,
        action="opened",
        subject=case,
        now=now,
        case_id=case.id,
        unit_id=case.unit_id,
        detail={"process": case.process, "definition": definition.number, "key": case.key},
    )
    return case


def _case_of(opening: Opening, definition: Definition, *, by: User | None, now: datetime) -> Case:
    return Case(
        definition_id=definition.id,
        process=opening.process,
        key=opening.key,
        title=opening.title,
        unit_id=opening.unit_id,
        subject_id=opening.subject_id,
        parent_case_id=opening.parent.id if opening.parent else None,
        restricted=opening.restricted,
        state=b"",
        opened_by=by.id if by else None,
        opened_at=now,
    )


def _start(
    session: Session, case: Case, variables: dict[str, Any], *, by: User | None, now: datetime
) -> None:
    spec = definitions.spec_of(session, case.definition_id)
    parameters = definitions.parameters_of(session, case.parameters_id)
    variables = {"due": {}, "unit": str(case.unit_id), **variables}
    variables |= {"days": dict(parameters.days), "rule": dict(parameters.rule)}
    act = Act(
        session=session,
        case=case,
        vars=variables,
        by=by,
        now=now,
        calendar=calendars.load(session),
    )
    execution = Execution.start(spec, vars=variables, host=CaseHost(act), now=now)
    Run(replace(act, vars=execution.vars), execution).save()


def open_run(session: Session, case: Case, *, by: User | None, now: datetime) -> Run:
    """The case, restored for one command; Conflict where it no longer runs."""
    require_moving(case)
    return look(session, case, by=by, now=now)


def require_moving(case: Case) -> None:
    """Raises Conflict where the case no longer runs."""
    if case.status not in MOVING:
        raise Conflict("This case is no longer running.")


def look(
    session: Session,
    case: Case,
    *,
    now: datetime,
    by: User | None = None,
    calendar: Calendar | None = None,
) -> Run:
    """The case as it stands; whoever moves it has taken it before."""
    spec = definitions.spec_of(session, case.definition_id)
    parameters = definitions.parameters_of(session, case.parameters_id)
    calendar = calendar or calendars.load(session)
    act = Act(session=session, case=case, vars={}, by=by, now=now, calendar=calendar)
    execution = Execution.restore(spec, case.state, host=CaseHost(act), now=now)
    execution.vars.update(days=dict(parameters.days), rule=dict(parameters.rule))
    act.vars = execution.vars
    return Run(act, execution, execution.ready_tasks())


def load(session: Session, case_id: int) -> Case:
    """The case with its state; the caller has asked for the right to it already."""
    case = session.get(Case, case_id, options=[undefer(Case.state)])
    if case is None:
        raise NotFound("There is no such case, or it is not yours to see.")
    return case


def take(session: Session, case_id: int) -> Case:
    """The case for whoever moves it, as the one before left it; nobody else does meanwhile."""
    case = session.scalar(TAKE, {"one": case_id})
    if case is None:
        raise NotFound("There is no such case, or it is not yours to see.")
    return case


def wake(session: Session, case_id: int, *, now: datetime) -> int:
    """Fire what is due in one case; how many timers fired."""
    case = take(session, case_id)
    if case.status not in MOVING or case.wake_at is None or case.wake_at > now:
        return 0
    return open_run(session, case, by=None, now=now).wake()


def due_ids(session: Session, *, now: datetime, limit: int = 100) -> Sequence[int]:
    """Cases with a timer due by `now`, the longest overdue first."""
    return session.scalars(
        select(Case.id).where(Case.wake_at <= now).order_by(Case.wake_at, Case.id).limit(limit)
    ).all()


def put_off(session: Session, case_id: int, *, fault: str, now: datetime) -> None:
    """A case whose automatic step failed shows why, and is tried again later and later."""
    case = load(session, case_id)
    if case.status not in MOVING:
        return
    case.attempts += 1
    case.status, case.fault = CaseStatus.FAILED, fault[:2000]
    case.wake_at = now + timedelta(minutes=min(2**case.attempts, 24 * 60))


def stop(session: Session, case: Case, *, reason: str, by: User, now: datetime) -> None:
    """The case ends here by decision: open tasks are closed, timers disarmed."""
    run = open_run(session, take(session, case.id), by=by, now=now)
    run.execution.cancel()
    for task in session.scalars(
        select(Task).where(Task.case_id == case.id, Task.done_at.is_(None))
    ):
        close_task(session, task, "cancelled", now=now)
    case.status, case.finished_at, case.wake_at = CaseStatus.STOPPED, now, None
    case.state = run.execution.dump()
    audit.record(
        session,
        actor=by,
        action="stopped",
        subject=case,
        now=now,
        case_id=case.id,
        unit_id=case.unit_id,
        detail={"reason": reason},
    )
    session.flush()


def take_part(session: Session, case: Case, user_id: int, part: str, *, now: datetime) -> None:
    """The person has a part in the case, and so may see it; said twice, it stands once."""
    row = {"id": new_id(), "case_id": case.id, "user_id": user_id, "part": part, "since": now}
    rows.once(session, Participant, row)
