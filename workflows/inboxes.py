"""The inbox: open tasks of a person, his posts and seats, overdue first; and what he has done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, literal_column, select, tuple_, union
from sqlalchemy.orm import Session, contains_eager

from models import Case, Inbox, Task, User
from workflows.access import Rights

PAGE = 50
COUNT_UP_TO = 1000  # a badge says "999+" instead of counting on


@dataclass(frozen=True)
class Filter:
    """What narrows a list down: a process, words in title or number, a range of due dates."""

    process: str = ""
    words: str = ""
    due_before: datetime | None = None
    overdue_at: datetime | None = None


@dataclass(frozen=True)
class Page:
    rows: Sequence[Task]
    after: tuple[int, int] | None  # the key to go on from; none: this was the last page


def inbox(
    session: Session,
    rights: Rights,
    *,
    chosen: Filter | None = None,
    after: tuple[int, int] | None = None,
    size: int = PAGE,
) -> Page:
    """Open tasks of the person, his posts and seats: the longest overdue first."""
    branches = [_branch(p, after, size + 1) for p in rights.principals]
    found = union(*branches).subquery()
    wanted = (
        select(Task, found.c.due)
        .join(found, found.c.task_id == Task.id)
        .join(Task.case)
        .options(contains_eager(Task.case))
        .order_by(found.c.due, found.c.task_id)
        .limit(size + 1)
    )
    if chosen is not None:
        wanted = _narrow(wanted, chosen)
    rows = session.execute(wanted).all()
    last = rows[size - 1] if len(rows) > size else None
    return Page([row[0] for row in rows[:size]], (last[1], last[0].id) if last else None)


def _branch(principal: int, after: tuple[int, int] | None, size: int) -> Any:
    branch = select(Inbox.due, Inbox.task_id).where(Inbox.principal == principal)
    if after is not None:
        branch = branch.where(tuple_(Inbox.due, Inbox.task_id) > tuple_(*after))
    inner = branch.order_by(Inbox.due, Inbox.task_id).limit(size).subquery()
    return select(inner.c.due, inner.c.task_id)


def _narrow(wanted: Any, chosen: Filter) -> Any:
    if chosen.process:
        wanted = wanted.where(Case.process == chosen.process)
    if chosen.words:
        wanted = wanted.where(
            Case.title.contains(chosen.words, autoescape=True)
            | Case.number.contains(chosen.words, autoescape=True)
            | Task.name.contains(chosen.words, autoescape=True)
        )
    if chosen.due_before is not None:
        wanted = wanted.where(Task.due_at < chosen.due_before)
    if chosen.overdue_at is not None:
        wanted = wanted.where(Task.due_at < chosen.overdue_at)
    return wanted


def count_open(session: Session, rights: Rights) -> int:
    """How many wait, counted to COUNT_UP_TO at most."""
    ids = union(*(select(Inbox.task_id).where(Inbox.principal == p) for p in rights.principals))
    capped = select(literal_column("1")).select_from(ids.limit(COUNT_UP_TO).subquery()).subquery()
    return session.scalar(select(func.count()).select_from(capped)) or 0


def done_by(
    session: Session, user: User, *, after: tuple[int, int] | None = None, size: int = PAGE
) -> Page:
    """What the person has done 已办, the newest first; `after` in microseconds and task id."""
    wanted = (
        select(Task)
        .join(Task.case)
        .options(contains_eager(Task.case))
        .where(Task.done_by == user.id)
        .order_by(Task.done_at.desc(), Task.id.desc())
        .limit(size + 1)
    )
    if after is not None:
        moment = datetime.fromtimestamp(after[0] / 1_000_000, UTC)
        wanted = wanted.where(tuple_(Task.done_at, Task.id) < tuple_(moment, after[1]))
    rows = session.scalars(wanted).all()
    if len(rows) <= size:
        return Page(rows, None)
    last = rows[size - 1]
    return Page(rows[:size], (_micros(last.done_at), last.id))


def _micros(moment: datetime | None) -> int:
    return int(moment.timestamp() * 1_000_000) if moment else 0
