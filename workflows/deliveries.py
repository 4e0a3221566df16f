"""News by mail: claimed by compare-and-set, sent outside any transaction, marked afterwards.

A crash between sending and marking sends again under the same key; nothing else does. What leaves
is a title, a due date and an address here: whatever else there is to know is read in the app.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update
from sqlalchemy.orm import Session

from models import Case, Notification, Task, User
from workflows import audit
from workflows.deadlines import ZONE
from workflows.errors import DomainError, Invalid, NotFound
from workflows.forms import Fault

LEASE = timedelta(minutes=30)  # longer than one run of the job takes
PAUSES = tuple(timedelta(minutes=m) for m in (1, 5, 30, 120, 360))  # after each failed attempt
DAILY = time(8, 30)  # when the one mail of the day goes out, in the organisation's zone
MOST_IN_ONE = 100
CHOICES = ("each", "daily", "none")
# What may leave the house, by kind of news; nothing of a restricted case but the due date.
TOLD: Mapping[str, tuple[str, ...]] = {
    "due": ("task", "rung", "due"),
    "nobody_found": ("task",),
    "stuck": ("count",),
    "served": ("title",),
    "withdrawn": ("title",),
    "urged": ("case",),
    "chain_head": ("seq", "mac", "at"),
}
ALWAYS = frozenset({"rung", "due"})


class Unreachable(DomainError):
    """The mail server does not answer: no fault of the letter, which waits."""


class Undeliverable(DomainError):
    """This letter was not taken; `facts["for_good"]` says that trying again is no use."""


@dataclass(frozen=True)
class Item:
    """One piece of news as it may be mailed."""

    id: int
    due: datetime
    kind: str
    facts: Mapping[str, Any]
    task_id: int | None
    case_id: int | None


@dataclass(frozen=True)
class Letter:
    """A mail to one person. The key names its effect: the same key, the same Message-ID."""

    key: str
    to: str
    name: str
    language: str
    items: tuple[Item, ...]


def due_ids(session: Session, *, now: datetime, limit: int = 40) -> Sequence[int]:
    """News whose mail is due, the longest waiting first."""
    return session.scalars(
        select(Notification.id)
        .where(Notification.send_after <= now)
        .order_by(Notification.send_after, Notification.id)
        .limit(limit)
    ).all()


def claim(session: Session, one: int, *, by_mail: bool, now: datetime) -> Letter | None:
    """The letter is this caller's to send; none: another has it, or there is nothing to mail."""
    row = session.get(Notification, one, populate_existing=True)
    if row is None or row.send_after is None or row.send_after > now:
        return None
    user = session.get_one(User, row.recipient_id)
    if not by_mail or not _is_mailed(session, row, user):
        _move(session, row, send_after=None)
        return None
    if row.attempts > len(PAUSES):  # whoever claimed it never came back, time and again
        _move(session, row, send_after=None, fault=Fault("Sending it never ended."))
        return None
    if user.mail != "daily":
        return _letter(session, user, row.key, [row], now)
    slot = _slot(row.made_at)
    if slot > now:
        _move(session, row, send_after=slot)
        return None
    day = now.astimezone(ZONE).date()
    return _letter(session, user, f"daily:{user.id}:{day}", _waiting(session, user, now), now)


def _is_mailed(session: Session, row: Notification, user: User) -> bool:
    """Nobody is mailed what he has read, or that a step is due which is done."""
    if not (user.enabled and user.email and user.mail != "none") or row.read_at is not None:
        return False
    task = session.get(Task, row.task_id) if row.task_id else None
    return task is None or task.done_at is None


def _slot(made_at: datetime) -> datetime:
    here = made_at.astimezone(ZONE)
    slot = datetime.combine(here.date(), DAILY, ZONE)
    return slot if slot >= here else slot + timedelta(days=1)


def _waiting(session: Session, user: User, now: datetime) -> Iterator[Notification]:
    rows = session.scalars(
        select(Notification)
        .where(Notification.recipient_id == user.id, Notification.send_after <= now)
        .order_by(Notification.id)
        .limit(MOST_IN_ONE)
    )
    return (row for row in rows.all() if _is_mailed(session, row, user))


def _letter(
    session: Session,
    user: User,
    key: str,
    rows: Iterator[Notification] | list[Notification],
    now: datetime,
) -> Letter | None:
    won = [
        _item(session, row)
        for row in rows
        if _move(session, row, send_after=now + LEASE, attempts=row.attempts + 1)
    ]
    return Letter(key, user.email, user.name, user.language, tuple(won)) if won else None


def _item(session: Session, row: Notification) -> Item:
    case = session.get(Case, row.case_id) if row.case_id else None
    told = TOLD.get(row.kind, ())
    if case is not None and case.restricted:
        told = tuple(name for name in told if name in ALWAYS)
    facts = {name: row.facts[name] for name in told if name in row.facts}
    return Item(row.id, row.send_after or row.made_at, row.kind, facts, row.task_id, row.case_id)


def _move(session: Session, row: Notification, **values: Any) -> bool:
    """True for the one who changed the row from what it was when read."""
    return (
        _count(
            session,
            update(Notification)
            .where(
                Notification.id == row.id,
                Notification.send_after == row.send_after,
                Notification.attempts == row.attempts,
            )
            .values(**values),
        )
        == 1
    )


def mark_sent(session: Session, letter: Letter, *, now: datetime) -> int:
    """The mail server took it; nothing of it is sent again."""
    ids = [item.id for item in letter.items]
    return _count(
        session,
        update(Notification)
        .where(Notification.id.in_(ids), Notification.sent_at.is_(None))
        .values(sent_at=now, send_after=None, fault=None),
    )


def mark_failed(session: Session, letter: Letter, fault: Undeliverable, *, now: datetime) -> None:
    """It is tried again later and later, and after the last attempt no more: then it is shown."""
    for row in _rows(session, letter):
        spent = row.attempts > len(PAUSES) or bool(fault.facts.get("for_good"))
        again = None if spent else now + PAUSES[row.attempts - 1]
        _move(session, row, send_after=again, fault=str(fault)[:200])


def release(session: Session, letter: Letter) -> None:
    """As if it had not been claimed: the server's fault is not the letter's."""
    due = {item.id: item.due for item in letter.items}
    for row in _rows(session, letter):
        _move(session, row, send_after=due[row.id], attempts=row.attempts - 1)


def _rows(session: Session, letter: Letter) -> Sequence[Notification]:
    ids = [item.id for item in letter.items]
    return session.scalars(
        select(Notification)
        .where(Notification.id.in_(ids), Notification.sent_at.is_(None))
        .execution_options(populate_existing=True)
    ).all()


def _count(session: Session, statement: Any) -> int:
    unsynchronised = statement.execution_options(synchronize_session=False)
    return cast(CursorResult[Any], session.execute(unsynchronised)).rowcount


def choose(session: Session, user: User, choice: str) -> None:
    """The person's news come by mail one by one, once a day, or not at all."""
    if choice not in CHOICES:
        raise Invalid("Please mend what is marked.", fields={"mail": "Please choose."})
    user.mail = choice
    session.flush()


@dataclass(frozen=True)
class Outbox:
    """How the mail stands: what waits, since when the oldest is due, what was given up."""

    waiting: int
    oldest_due: datetime | None
    given_up: int


def outbox(session: Session, *, now: datetime) -> Outbox:
    parts = (
        select(func.count()).where(Notification.send_after.is_not(None)),
        select(func.min(Notification.send_after)).where(Notification.send_after <= now),
        select(func.count()).where(*_GIVEN_UP),
    )
    return Outbox(*session.execute(select(*(part.scalar_subquery() for part in parts))).one())


_GIVEN_UP = (
    Notification.fault.is_not(None),
    Notification.send_after.is_(None),
    Notification.sent_at.is_(None),
)


def given_up(session: Session, *, limit: int = 50) -> list[tuple[Notification, User]]:
    """Letters that no server took, the newest first."""
    rows = session.execute(
        select(Notification, User)
        .join(User, User.id == Notification.recipient_id)
        .where(*_GIVEN_UP)
        .order_by(Notification.id.desc())
        .limit(limit)
    )
    return [(row, user) for row, user in rows]


def retry(session: Session, one: int, *, by: User, now: datetime) -> Notification:
    """A letter that was given up is due again, with all its attempts."""
    row = session.scalar(
        select(Notification).where(Notification.id == one, *_GIVEN_UP).with_for_update()
    )
    if row is None:
        raise NotFound("There is no such mail to be sent again.")
    row.send_after, row.attempts, row.fault = now, 0, None
    session.flush()
    audit.record(session, actor=by, action="mail_retried", subject=row, now=now)
    return row
