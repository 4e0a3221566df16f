"""到期提示: the software says that something is due. It is not the formal 提醒, and counts as none.

The ladder is T-3, T-1, T, T+1 in working days [D]; a task carries the instant of its next rung, so
what is to be said is one indexed query. After an outage one notice goes out, not each rung missed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, func, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Grant, Inbox, Notification, Role, Seat, Task, User
from workflows import assignment
from workflows.deadlines import Calendar, day_of
from workflows.errors import NotFound
from workflows.registry import Act

RUNGS = (-3, -1, 0, 1)
ALARMED = (Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN)  # where there is no process admin
HOUR = timedelta(hours=9)  # notices go out when the office opens


def rungs(due: datetime, calendar: Calendar) -> list[tuple[int, datetime]]:
    """Each rung with the instant at which it is said."""
    day = day_of(due)
    return [(n, calendar.start_of_day(calendar.add_workdays(day, n)) + HOUR) for n in RUNGS]


def first_rung(due: datetime | None, *, calendar: Calendar, now: datetime) -> datetime | None:
    """When the first notice of a new task goes out; none where it has no due date."""
    if due is None:
        return None
    return next((at for _, at in rungs(due, calendar) if at > now), None)


def due_task_ids(session: Session, *, now: datetime, limit: int = 200) -> Sequence[int]:
    return session.scalars(
        select(Task.id).where(Task.notice_at <= now).order_by(Task.notice_at, Task.id).limit(limit)
    ).all()


def give(session: Session, task_id: int, *, calendar: Calendar, now: datetime) -> int:
    """The newest rung that has come is queued for each person behind the task; how many."""
    task = session.get_one(Task, task_id)
    due = task.due_at
    ladder = rungs(due, calendar) if due and task.done_at is None else []
    come = [rung for rung, at in ladder if at <= now]
    following = next((at for _, at in ladder if at > now), None)
    if not _climb(session, task, following) or due is None or not come:
        return 0
    return sum(
        notify(
            session,
            key=f"notice:{task.id}:{come[-1]}:{user_id}",
            recipient_id=user_id,
            kind="due",
            facts={"task": task.name, "rung": come[-1], "due": due.isoformat()},
            task=task,
            now=now,
        )
        for user_id in people_behind(session, task, now=now)
    )


def _climb(session: Session, task: Task, following: datetime | None) -> bool:
    """The task waits for its next rung, unless another clock took this one.

    The task's version stays: whoever has its form open is not disturbed.
    """
    climbed = session.execute(
        update(Task)
        .where(Task.id == task.id, Task.notice_at == task.notice_at)
        .values(notice_at=following)
        .execution_options(synchronize_session=False)
    )
    return cast(CursorResult[Any], climbed).rowcount == 1


def people_behind(session: Session, task: Task, *, now: datetime) -> list[int]:
    """Whom the open task waits for today."""
    principals = session.scalars(select(Inbox.principal).where(Inbox.task_id == task.id)).all()
    found = {u for p in principals for u in assignment.holders_of(session, p, now=now)}
    return sorted(found)


def notify(
    session: Session,
    *,
    key: str,
    recipient_id: int,
    kind: str,
    facts: dict[str, Any],
    now: datetime,
    task: Task | None = None,
    case_id: int | None = None,
) -> bool:
    """The news is stored for its recipient; False if it was stored before under this key."""
    row = Notification(
        key=key,
        recipient_id=recipient_id,
        kind=kind,
        facts=facts,
        task_id=task.id if task else None,
        case_id=task.case_id if task else case_id,
        made_at=now,
        send_after=now,
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        return False
    return True


def nobody_found(session: Session, act: Act, task: Task, *, rule: str) -> None:
    """An alarm: the rule of a node found nobody, so the process admin has the task. Where none is
    in office, those hear of it who can put that right; of the case they are told nothing."""
    now, reached = act.now, False
    for principal in assignment.seats_of(act, Role.PROCESS_ADMIN):
        for user_id in assignment.holders_of(session, principal, now=now):
            reached = True
            notify(
                session,
                key=f"nobody:{task.id}:{user_id}",
                recipient_id=user_id,
                kind="nobody_found",
                facts={"task": task.name, "rule": rule},
                task=task,
                now=now,
            )
    for user_id in [] if reached else in_office(session, *ALARMED, now=now):
        key, facts = f"nobody:{day_of(now)}:{user_id}", {"day": day_of(now).isoformat()}
        notify(session, key=key, recipient_id=user_id, kind="no_admin", facts=facts, now=now)


def in_office(session: Session, *roles: str, now: datetime) -> list[int]:
    """Who holds one of the roles today, anywhere."""
    day = day_of(now)
    held = (
        select(Grant.user_id)
        .join(Seat, Seat.id == Grant.seat_id)
        .where(
            Seat.role.in_(roles), Grant.since <= day, or_(Grant.until.is_(None), Grant.until > day)
        )
    )
    return sorted(set(session.scalars(held)))


@dataclass(frozen=True)
class Page:
    rows: Sequence[Notification]
    after: int | None


def of_user(session: Session, user: User, *, after: int | None = None, size: int = 50) -> Page:
    """The person's news, the newest first."""
    wanted = select(Notification).where(Notification.recipient_id == user.id)
    if after is not None:
        wanted = wanted.where(Notification.id < after)
    rows = session.scalars(wanted.order_by(Notification.id.desc()).limit(size + 1)).all()
    return Page(rows[:size], rows[size - 1].id if len(rows) > size else None)


def count_unread(session: Session, user: User, *, most: int = 1000) -> int:
    """How many news the person has not opened, counted to `most` at most."""
    mine = (Notification.recipient_id == user.id, Notification.read_at.is_(None))
    capped = select(Notification.id).where(*mine).limit(most).subquery()
    return session.scalar(select(func.count()).select_from(capped)) or 0


def mark_read(session: Session, one: int, *, user: User, now: datetime) -> Notification:
    """Read, by the person it is for; NotFound for anybody else."""
    row = session.get(Notification, one)
    if row is None or row.recipient_id != user.id:
        raise NotFound("There is nothing of that kind for you to read.")
    if row.read_at is None:
        row.read_at = now
        session.flush()
    return row


def mark_all_read(session: Session, user: User, *, now: datetime) -> None:
    session.execute(
        update(Notification)
        .where(Notification.recipient_id == user.id, Notification.read_at.is_(None))
        .values(read_at=now)
        .execution_options(synchronize_session=False)
    )
