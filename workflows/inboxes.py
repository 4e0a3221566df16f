"""The inbox: open tasks of a person, his posts and seats, overdue first; and what he has done."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from math import ceil
from typing import Any

from sqlalchemy import BigInteger, Select, bindparam, func, or_, select, tuple_, union
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
    values: dict[str, Any] = {"size": size + 1, **_principals(rights)}
    if after is not None:
        values |= {"due": after[0], "task": after[1]}
    values |= _narrowing(chosen or Filter())
    statement = _statement(len(rights.principals), frozenset(values) & CHOICES)
    rows = session.execute(statement, values).all()
    last = rows[size - 1] if len(rows) > size else None
    return Page([row[0] for row in rows[:size]], (last[1], last[0].id) if last else None)


CHOICES = frozenset({"due", "process", "like", "before"})


def _principals(rights: Rights) -> dict[str, int]:
    return {f"principal_{n}": one for n, one in enumerate(rights.principals)}


def _narrowing(chosen: Filter) -> dict[str, Any]:
    """The values of what is chosen, by the names of their parameters."""
    values: dict[str, Any] = {}
    if chosen.process:
        values["process"] = chosen.process
    if chosen.words:
        escaped = re.sub(r"([\\%_])", r"\\\1", chosen.words)
        values["like"] = f"%{escaped}%"
    limits = [one for one in (chosen.due_before, chosen.overdue_at) if one is not None]
    if limits:
        values["before"] = ceil(min(limits).timestamp())
    return values


@lru_cache(maxsize=256)
def _statement(people: int, chosen: frozenset[str]) -> Select[Task, int]:
    """The first of each principal's tasks, and of these the first: built once for each shape."""
    each = union(*(_branch(f"principal_{n}", chosen) for n in range(people))).subquery()
    first = select(each).order_by(each.c.due, each.c.task_id).limit(bindparam("size"))
    found = first.subquery()
    return (
        select(Task, found.c.due)
        .join(found, found.c.task_id == Task.id)
        .join(Task.case)
        .options(contains_eager(Task.case))
        .order_by(found.c.due, found.c.task_id)
    )


def _branch(principal: str, chosen: frozenset[str]) -> Select[int, int]:
    branch = select(Inbox.due, Inbox.task_id).where(Inbox.principal == bindparam(principal))
    if "due" in chosen:
        key = tuple_(bindparam("due", type_=BigInteger), bindparam("task", type_=BigInteger))
        branch = branch.where(tuple_(Inbox.due, Inbox.task_id) > key)
    if "before" in chosen:
        branch = branch.where(Inbox.due < bindparam("before", type_=BigInteger))
    if chosen & {"process", "like"}:
        branch = branch.join(Task, Task.id == Inbox.task_id).join(Task.case)
    if "process" in chosen:
        branch = branch.where(Case.process == bindparam("process"))
    if "like" in chosen:
        columns = (Case.title, Case.number, Task.name)
        branch = branch.where(or_(*(one.like(bindparam("like"), escape="\\") for one in columns)))
    inner = branch.order_by(Inbox.due, Inbox.task_id).limit(bindparam("size")).subquery()
    return select(inner.c.due, inner.c.task_id)


def count_open(session: Session, rights: Rights) -> int:
    """How many wait, counted to COUNT_UP_TO at most."""
    return session.scalar(_count(len(rights.principals)), _principals(rights)) or 0


@lru_cache(maxsize=64)
def _count(people: int) -> Select[int]:
    ids = union(
        *(
            select(
                select(Inbox.task_id)
                .where(Inbox.principal == bindparam(f"principal_{n}"))
                .limit(COUNT_UP_TO)
                .subquery()
                .c.task_id
            )
            for n in range(people)
        )
    )
    return select(func.count()).select_from(ids.limit(COUNT_UP_TO).subquery())


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
