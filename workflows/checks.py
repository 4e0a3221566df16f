"""What is kept twice for a measured reason agrees with its source (conventions.md, 15)."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, undefer

from models import Case, Inbox, Task
from workflows import cases


def run(session: Session, *, now: datetime) -> list[str]:
    """Every disagreement, each in a sentence; none: all agree."""
    return [*_inbox(session), *_cases(session, now=now)]


def _inbox(session: Session) -> list[str]:
    stray = session.scalars(
        select(Inbox.task_id).join(Task, Task.id == Inbox.task_id).where(Task.done_at.is_not(None))
    )
    lost = session.scalars(
        select(Task.id).where(Task.done_at.is_(None), ~exists().where(Inbox.task_id == Task.id))
    )
    return [
        *(f"task {one} is done and still in an inbox" for one in stray),
        *(f"task {one} is open and in no inbox" for one in lost),
    ]


def _cases(session: Session, *, now: datetime) -> list[str]:
    running = select(Case).where(Case.status.in_(cases.MOVING)).options(undefer(Case.state))
    return [fault for case in session.scalars(running) for fault in _case(session, case, now=now)]


def _case(session: Session, case: Case, *, now: datetime) -> list[str]:
    execution = cases.look(session, case, now=now).execution
    faults = []
    ready = {one.id for one in execution.ready_tasks()}
    rows = set(
        session.scalars(
            select(Task.engine_id).where(Task.case_id == case.id, Task.done_at.is_(None))
        )
    )
    if ready != rows:
        faults.append(f"case {case.id}: the engine waits for {len(ready)}, {len(rows)} are listed")
    if case.attempts == 0 and execution.wake_at != case.wake_at:
        faults.append(f"case {case.id}: next timer {execution.wake_at}, stored {case.wake_at}")
    if not ready and execution.wake_at is None:
        faults.append(f"case {case.id}: it waits for nobody and for no time")
    return faults
