"""What is kept twice for a measured reason agrees with its source (conventions.md, 15)."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, undefer

from models import Case, Inbox, Task
from workflows import cases, score_medians

STEP = 500  # cases between two lines that say how far it is
Say = Callable[[str], object]


def run(session: Session, *, now: datetime, say: Say = str) -> list[str]:
    """Every disagreement, each in a sentence; none: all agree."""
    say("inboxes / 待办")
    faults = [*_inbox(session), *_cases(session, now=now, say=say)]
    say("medians / 中位数")
    return [*faults, *score_medians.differing(session)]


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


def _cases(session: Session, *, now: datetime, say: Say) -> list[str]:
    """One case in memory at a time, however many there are."""
    moving = session.scalars(select(Case.id).where(Case.status.in_(cases.MOVING))).all()
    faults: list[str] = []
    for number, case_id in enumerate(moving):
        if number % STEP == 0:
            say(f"cases / 办件 {number} / {len(moving)}")
        case = session.get(Case, case_id, options=[undefer(Case.state)])
        if case is not None:
            faults += _case(session, case, now=now)
    return faults


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
