"""Recurring jobs by name: whoever moves a schedule's next time by compare-and-set runs it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Node, Schedule
from models.ids import new_id
from workflows.deadlines import ZONE
from workflows.errors import Invalid, NotFound

LEASE = timedelta(minutes=10)
NUMBERS = 1024


@dataclass(frozen=True)
class Fired:
    """One run that is this node's to do; `slot` is the time it was planned for."""

    name: str
    job: str
    slot: datetime


def lay_down(
    session: Session,
    name: str,
    job: str,
    *,
    now: datetime,
    every_minutes: int | None = None,
    daily_at: str | None = None,
    jobs: Collection[str] | None = None,
) -> Schedule:
    """The schedule exists with this rhythm; laid down before, only a changed rhythm is taken.

    `jobs` are the names that may be run: a name is looked up, never imported.
    """
    if jobs is not None and job not in jobs:
        raise Invalid("There is no job called {job}.", job=job)
    if (every_minutes is None) == (daily_at is None):
        raise Invalid("A schedule runs every so many minutes or at one time of the day.")
    schedule = session.get(Schedule, name)
    if schedule is not None and (schedule.job, schedule.every_minutes, schedule.daily_at) == (
        job,
        every_minutes,
        daily_at,
    ):
        return schedule
    if schedule is None:
        schedule = Schedule(name=name, enabled=True)
        session.add(schedule)
    schedule.job, schedule.every_minutes, schedule.daily_at = job, every_minutes, daily_at
    schedule.next_at = next_fire(schedule, now)
    session.flush()
    return schedule


def next_fire(schedule: Schedule, now: datetime) -> datetime:
    """The next time after `now`: slots missed while nobody ran coalesce into one."""
    if schedule.every_minutes is not None:
        if schedule.every_minutes < 1:
            raise Invalid("A schedule runs at most once a minute.")
        return now + timedelta(minutes=schedule.every_minutes)
    here = now.astimezone(ZONE)
    moment = datetime.combine(here.date(), _time(schedule.daily_at or ""), ZONE)
    return moment if moment > here else moment + timedelta(days=1)


def _time(text: str) -> time:
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise Invalid("{time} is no time of the day.", time=text) from None


def due(session: Session, now: datetime) -> list[Fired]:
    """The runs that became this node's: each slot is won by one node only."""
    waiting = session.execute(
        select(Schedule.name, Schedule.next_at)
        .where(Schedule.enabled, Schedule.next_at <= now)
        .order_by(
            Schedule.next_at, Schedule.name
        )  # two nodes never wait for each other in a circle
    ).all()
    return [fired for name, slot in waiting if (fired := _win(session, name, slot, now))]


def _win(session: Session, name: str, slot: datetime, now: datetime) -> Fired | None:
    schedule = session.get_one(Schedule, name)
    statement = (
        update(Schedule)
        .where(Schedule.name == name, Schedule.next_at == slot, Schedule.enabled)
        .values(next_at=next_fire(schedule, now), last_at=now)
        .execution_options(synchronize_session=False)
    )
    won = _count(session, statement) == 1
    session.expire(schedule)
    return Fired(name, schedule.job, slot) if won else None


def enable(session: Session, name: str, on: bool, *, now: datetime) -> None:
    """The schedule runs, from its next time on, or rests."""
    schedule = session.get(Schedule, name)
    if schedule is None:
        raise NotFound("There is no such schedule.")
    schedule.enabled = on
    if on:
        schedule.next_at = next_fire(schedule, now)
    session.flush()


def lease_node(session: Session, owner: str, *, now: datetime) -> int:
    """A node number that nobody else holds is this owner's for a while; ids may carry it."""
    mine = session.scalar(select(Node.number).where(Node.owner == owner, Node.lease_until > now))
    if mine is not None and renew_node(session, mine, owner, now=now):
        return mine
    session.execute(delete(Node).where(Node.lease_until <= now))
    taken = set(session.scalars(select(Node.number)))
    for number in range(NUMBERS):
        if number not in taken and _take_number(session, number, owner, now):
            return number
    raise Invalid("All {count} node numbers are in use.", count=NUMBERS)


def _take_number(session: Session, number: int, owner: str, now: datetime) -> bool:
    try:
        with session.begin_nested():
            session.add(Node(number=number, owner=owner, lease_until=now + LEASE))
            session.flush()
    except IntegrityError:  # another node took it in this moment
        return False
    return True


def renew_node(session: Session, number: int, owner: str, *, now: datetime) -> bool:
    """The lease goes on; false when it ran out and the number may be somebody else's."""
    statement = (
        update(Node)
        .where(Node.number == number, Node.owner == owner, Node.lease_until > now)
        .values(lease_until=now + LEASE)
        .execution_options(synchronize_session=False)
    )
    return _count(session, statement) == 1


def use_node(session: Session, owner: str, *, now: datetime) -> int:
    """Ids made in this process carry a number leased for it."""
    number = lease_node(session, owner, now=now)
    new_id.use_node(number)
    return number


def _count(session: Session, statement: Any) -> int:
    return cast(CursorResult[Any], session.execute(statement)).rowcount
