"""Cases that run and wait for nothing; steps that wait for nobody who could do them.

A case moves because somebody does a step, a timer goes off, or a message comes, from a case that it
opened or from another. One that runs and has none of these would stand for ever without a word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, undefer

from models import (
    Case,
    CaseStatus,
    Definition,
    Grant,
    Holding,
    Inbox,
    Pulse,
    Role,
    Task,
    Unit,
    User,
)
from workflows import cases, definitions, notices, rows
from workflows.deadlines import day_of
from workflows.engine import EngineFault, Execution

FINDING = "stuck"  # the pulse that keeps what was found last, and when
MOST = 200  # looked into at a time
OPEN = (CaseStatus.RUNNING, CaseStatus.SUSPENDED, CaseStatus.FAILED)
# Why a case is stuck: its state cannot be read; it is over and not closed; a person, a timer is
# waited for, and the table of what waits does not know it; nothing at all is waited for.
UNREADABLE, OVER, NO_TASK, NO_TIMER, NOTHING = "unreadable", "over", "task", "timer", "nothing"


@dataclass(frozen=True)
class Stuck:
    """A case that waits for nothing, told without what it is about."""

    case: Case
    process: Definition
    unit: str
    why: str
    nodes: tuple[str, ...]  # where it stands: the names of its steps


@dataclass(frozen=True)
class Idle:
    """An open step that nobody in office could do today."""

    task: Task
    process: str
    unit: str


def find(session: Session, *, now: datetime, limit: int = MOST) -> list[Stuck]:
    """Running cases without open task, armed timer, open child or awaited message."""
    found = session.execute(
        select(Case, Definition, Unit.name)
        .join(Definition, Definition.id == Case.definition_id)
        .join(Unit, Unit.id == Case.unit_id)
        .where(*_still())
        .options(undefer(Case.state))
        .order_by(Case.id)
        .limit(limit)
    ).all()
    looked = ((case, process, unit, _why(session, case, now)) for case, process, unit in found)
    return [
        Stuck(case, process, unit, why[0], why[1])
        for case, process, unit, why in looked
        if why is not None
    ]


def _still() -> tuple[ColumnElement[bool], ...]:
    """What the tables say of a case that may be stuck; its state is asked afterwards."""
    child = aliased(Case)
    return (
        Case.status == CaseStatus.RUNNING,
        Case.wake_at.is_(None),
        ~exists().where(Task.case_id == Case.id, Task.done_at.is_(None)),
        ~exists().where(child.parent_case_id == Case.id, child.status.in_(OPEN)),
    )


def _why(session: Session, case: Case, now: datetime) -> tuple[str, tuple[str, ...]] | None:
    try:
        execution = cases.look(session, case, now=now).execution
        if execution.awaited_messages():
            return None
        return _waited_for(execution), _names(session, case, execution)
    except (EngineFault, KeyError, ValueError):  # whatever is wrong with it, it does not go on
        return UNREADABLE, ()


def _waited_for(execution: Execution) -> str:
    if execution.is_finished:
        return OVER
    if execution.ready_tasks():
        return NO_TASK
    return NOTHING if execution.wake_at is None else NO_TIMER


def _names(session: Session, case: Case, execution: Execution) -> tuple[str, ...]:
    nodes = definitions.spec_of(session, case.definition_id).nodes
    return tuple(nodes[one].name for one in execution.tokens())


def idle(session: Session, *, now: datetime, limit: int = MOST) -> list[Idle]:
    """Open steps of running cases that wait for nobody in office: a post or role that nobody
    holds, a person who left."""
    found = session.execute(
        select(Task, Definition.name, Unit.name)
        .join(Case, Case.id == Task.case_id)
        .join(Definition, Definition.id == Case.definition_id)
        .join(Unit, Unit.id == Task.unit_id)
        .where(*_idle(now))
        .order_by(Task.id)
        .limit(limit)
    )
    return [Idle(*line) for line in found]


def _idle(now: datetime) -> tuple[ColumnElement[bool], ...]:
    day = day_of(now)
    held = exists().where(
        Holding.post_id == Inbox.principal,
        Holding.since <= day,
        or_(Holding.until.is_(None), Holding.until > day),
    )
    granted = exists().where(
        Grant.seat_id == Inbox.principal,
        Grant.since <= day,
        or_(Grant.until.is_(None), Grant.until > day),
    )
    there = exists().where(User.id == Inbox.principal, User.enabled.is_(True))
    return (
        Task.done_at.is_(None),
        Case.status == CaseStatus.RUNNING,
        ~exists().where(Inbox.task_id == Task.id, or_(held, granted, there)),
    )


def look(session: Session, *, now: datetime) -> int:
    """How many cases are stuck and steps wait for nobody is on record, and those who can put it
    right hear of it, once a day while it lasts."""
    count = len(find(session, now=now)) + _count_idle(session, now)
    rows.once(session, Pulse, {"name": FINDING, "at": now, "seconds": count, "failures": 0})
    pulse = session.get_one(Pulse, FINDING, populate_existing=True)
    pulse.at, pulse.seconds = now, count
    session.flush()
    if count:
        _alarm(session, count, now)
    return count


def _count_idle(session: Session, now: datetime) -> int:
    found = select(Task.id).join(Case, Case.id == Task.case_id).where(*_idle(now)).limit(MOST)
    return session.scalar(select(func.count()).select_from(found.subquery())) or 0


def _alarm(session: Session, count: int, now: datetime) -> None:
    told = notices.in_office(session, Role.PROCESS_ADMIN, now=now)
    for user_id in told or notices.in_office(session, *notices.ALARMED, now=now):
        key, facts = f"stuck:{day_of(now)}:{user_id}", {"count": count}
        notices.notify(session, key=key, recipient_id=user_id, kind="stuck", facts=facts, now=now)


def overdue(session: Session, *, now: datetime) -> tuple[datetime | None, int]:
    """The oldest timer of a running case that should have gone off, and how many there are."""
    due = (Case.wake_at <= now, Case.status == CaseStatus.RUNNING)
    oldest, count = session.execute(select(func.min(Case.wake_at), func.count()).where(*due)).one()
    return oldest, count


def heard(session: Session, names: Sequence[str]) -> datetime | None:
    """When one of the clock's jobs ran last."""
    return session.scalar(select(func.max(Pulse.at)).where(Pulse.name.in_(names)))
