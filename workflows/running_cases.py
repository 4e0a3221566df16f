"""Where the cases of a process stand now, and how long each of its steps took.

Told to process administrators: counts, steps and numbers, nothing of what a case is about.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from statistics import median

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from models import Case, CaseStatus, Definition, Task, Unit
from workflows import calendars
from workflows.deadlines import ZONE, Calendar, day_of

OPEN = (CaseStatus.RUNNING, CaseStatus.SUSPENDED, CaseStatus.FAILED)
LIGHTS = ("red", "yellow", "green")  # overdue, due within three working days, in time
SOON = 3  # working days
YEAR = timedelta(days=366)
MOST_TASKS = 50_000  # of a process from which its times are taken, the newest
PAGE = 50


@dataclass(frozen=True)
class Line:
    """A process with how its cases stand."""

    definition: Definition  # the newest version
    running: int
    suspended: int
    failed: int
    overdue: int  # open steps past their due date


@dataclass
class Place:
    """A step of a version with the cases that stand there, by light."""

    node: str
    name: str
    name_en: str
    lights: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LIGHTS, 0))

    @property
    def count(self) -> int:
        return sum(self.lights.values())

    @property
    def worst(self) -> str:
        return next((one for one in LIGHTS if self.lights[one]), "")


@dataclass(frozen=True)
class Times:
    """How long a step took, in working days: half of the cases, nine in ten."""

    node: str
    name: str
    name_en: str
    count: int
    median: float
    ninety: float


@dataclass(frozen=True)
class Row:
    """A case in the list: its number, not its title."""

    case: Case
    version: int
    unit: str
    steps: tuple[tuple[str, str, str], ...]  # name, English name, light
    since: datetime | None  # since when the oldest open step waits


def overview(session: Session, *, now: datetime) -> list[Line]:
    """Each published process, those with cases that stand still first."""
    newest: dict[str, Definition] = {}
    for one in session.scalars(select(Definition).order_by(Definition.number)):
        newest[one.process] = one
    counted = session.execute(
        select(Case.process, Case.status, func.count())
        .where(Case.status.in_(OPEN))
        .group_by(Case.process, Case.status)
    )
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for process, status, number in counted:
        counts[process][status] = number
    late = dict(
        session.execute(
            select(Case.process, func.count())
            .join(Task, Task.case_id == Case.id)
            .where(Task.done_at.is_(None), Task.due_at < now)
            .group_by(Case.process)
        ).all()
    )
    lines = [_line(one, counts[name], late.get(name, 0)) for name, one in newest.items()]
    return sorted(lines, key=lambda one: (-one.failed, -one.running, one.definition.process))


def _line(definition: Definition, counts: Mapping[str, int], late: int) -> Line:
    running, suspended, failed = (counts.get(one, 0) for one in OPEN)
    return Line(definition, running, suspended, failed, late)


def versions_of(session: Session, process: str) -> list[tuple[Definition, int]]:
    """The versions with open cases and how many, newest first; the newest is always there."""
    counted = (
        select(Case.definition_id, func.count().label("number"))
        .where(Case.process == process, Case.status.in_(OPEN))
        .group_by(Case.definition_id)
        .subquery()
    )
    rows = session.execute(
        select(Definition, counted.c.number)
        .outerjoin(counted, counted.c.definition_id == Definition.id)
        .where(Definition.process == process)
        .order_by(Definition.number.desc())
    ).all()
    return [(one, number or 0) for at, (one, number) in enumerate(rows) if number or at == 0]


def places(session: Session, definition_id: int, *, now: datetime) -> list[Place]:
    """The open steps of the version's cases, the fullest first."""
    calendar = calendars.load(session)
    soon = calendar.end_of_day(calendar.add_workdays(day_of(now), SOON))
    light = case((Task.due_at < now, "red"), (Task.due_at <= soon, "yellow"), else_="green")
    rows = session.execute(
        select(Task.node, func.max(Task.name), func.max(Task.name_en), light, func.count())
        .join(Case, Case.id == Task.case_id)
        .where(Case.definition_id == definition_id, Case.status.in_(OPEN), Task.done_at.is_(None))
        .group_by(Task.node, light)
    )
    found: dict[str, Place] = {}
    for node, name, name_en, shown, number in rows:
        place = found.setdefault(node, Place(node, name, name_en))
        place.lights[shown] += number
    return sorted(found.values(), key=lambda one: (-one.count, one.node))


def times(session: Session, process: str, *, now: datetime) -> list[Times]:
    """Of each step done within a year, over all versions, the slowest first."""
    rows = session.execute(
        select(Task.node, Task.name, Task.name_en, Task.opened_at, Task.done_at)
        .join(Case, Case.id == Task.case_id)
        .where(Case.process == process, Task.ending == "done", Task.done_at >= now - YEAR)
        .order_by(Task.done_at.desc())
        .limit(MOST_TASKS)
    )
    calendar = calendars.load(session)
    took: dict[str, list[float]] = defaultdict(list)
    names: dict[str, tuple[str, str]] = {}
    for node, name, name_en, opened, done in rows:
        took[node].append(worked(calendar, opened, done or opened))
        names.setdefault(node, (name, name_en))
    found = [
        Times(node, *names[node], len(spans), median(spans), _ninety(spans))
        for node, spans in took.items()
    ]
    return sorted(found, key=lambda one: (-one.median, one.node))


def _ninety(spans: Sequence[float]) -> float:
    """What nine in ten did not exceed (nearest rank)."""
    return sorted(spans)[ceil(0.9 * len(spans)) - 1]


def worked(calendar: Calendar, start: datetime, end: datetime) -> float:
    """Working days between two moments, a day counted by its hours; days off count nothing."""
    first, last = day_of(start), day_of(end)
    if end <= start:
        return 0.0
    if first == last:
        return (end - start) / timedelta(days=1) if calendar.is_workday(first) else 0.0
    whole = calendar.workdays_between(first, last) - int(calendar.is_workday(last))
    head = (_midnight(first + timedelta(days=1)) - start) / timedelta(days=1)
    tail = (end - _midnight(last)) / timedelta(days=1)
    parts = head * calendar.is_workday(first) + tail * calendar.is_workday(last)
    return whole + parts


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, ZONE).astimezone(UTC)


@dataclass(frozen=True)
class Wanted:
    """Which cases of a process: of a version, at a step, in a state; none: all open ones."""

    process: str
    definition_id: int | None = None
    node: str = ""
    status: str = ""


def rows(
    session: Session, wanted: Wanted, *, now: datetime, after: int | None = None, size: int = PAGE
) -> tuple[list[Row], int | None]:
    """The open cases, the oldest first, and the key of the next page."""
    states = (wanted.status,) if wanted.status in OPEN else OPEN
    query = (
        select(Case, Definition.number, Unit.name)
        .join(Definition, Definition.id == Case.definition_id)
        .join(Unit, Unit.id == Case.unit_id)
        .where(Case.process == wanted.process, Case.status.in_(states))
        .order_by(Case.id)
        .limit(size + 1)
    )
    if wanted.definition_id is not None:
        query = query.where(Case.definition_id == wanted.definition_id)
    if wanted.node:
        at = select(Task.case_id).where(Task.node == wanted.node, Task.done_at.is_(None))
        query = query.where(Case.id.in_(at))
    if after is not None:
        query = query.where(Case.id > after)
    found = session.execute(query).all()
    steps = _steps(session, [one.id for one, _, _ in found], now)
    shown = [Row(one, number, unit, *steps.get(one.id, ((), None))) for one, number, unit in found]
    return shown[:size], shown[size - 1].case.id if len(shown) > size else None


Steps = tuple[tuple[tuple[str, str, str], ...], datetime | None]


def _steps(session: Session, ids: Sequence[int], now: datetime) -> dict[int, Steps]:
    calendar = calendars.load(session)
    soon = calendar.end_of_day(calendar.add_workdays(day_of(now), SOON))
    found: dict[int, Steps] = {}
    wanted = select(Task).where(Task.case_id.in_(ids), Task.done_at.is_(None)).order_by(Task.id)
    for task in session.scalars(wanted):
        late = task.due_at is not None and task.due_at < now
        near = task.due_at is not None and task.due_at <= soon
        light = "red" if late else "yellow" if near else "green"
        known, since = found.get(task.case_id, ((), None))
        found[task.case_id] = (
            (*known, (task.name, task.name_en, light)),
            min(since or task.opened_at, task.opened_at),
        )
    return found
