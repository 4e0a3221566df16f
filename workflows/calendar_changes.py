"""What moves when a year of the working calendar is entered, changed, or brought by an update."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from models import CalendarYear, Task, User
from workflows import audit, calendars, obligations, recounting, redating
from workflows.calendars import Days
from workflows.deadlines import Calendar


@dataclass(frozen=True)
class Moved:
    """How many obligations fall due on another day; the open tasks that do, and those that could
    not be looked at (a suspended case)."""

    obligations: int
    task_ids: tuple[int, ...]
    left: tuple[int, ...] = ()


def enter(
    session: Session, year: int, days: Days, *, notice: str, by: User | None, now: datetime
) -> Moved:
    """The year stands as the notice says, and what is open falls due by it."""
    before = calendars.load(session)
    calendars.edit_year(session, year, days, notice=notice, by=by, now=now)
    return recompute(session, [year], before=before, now=now)


def seed(session: Session, *, now: datetime) -> int:
    """The years that the holiday table knows are there, and what is open falls due by them."""
    before = calendars.load(session)
    taken = calendars.seed(session, now=now)
    if taken and before.confirmed:  # else nothing was reckoned yet
        years = {row.year for row in calendars.years(session)}
        recompute(session, years, before=before, now=now)
    return taken


def recompute(
    session: Session, years: Collection[int], *, before: Calendar, now: datetime
) -> Moved:
    """Open obligations and tasks fall due by the years as they are now; the trail says how many."""
    after = calendars.load(session)
    redated = redating.redate(session, recounting.Change(before, after, now), years)
    moved = Moved(
        obligations.recompute(session, calendar=after, now=now), redated.moved, redated.left
    )
    for year in years:
        _relabel(session, calendars.year_of(session, year), moved.left)
    audit.record(
        session,
        actor=None,
        action="calendar_recomputed",
        subject=f"calendar {', '.join(map(str, sorted(years)))}",
        now=now,
        detail={"obligations": moved.obligations, "tasks": len(moved.task_ids)},
    )
    return moved


def _relabel(session: Session, row: CalendarYear, left: Collection[int]) -> None:
    """Open tasks name the revision of the year that their date agrees with by now."""
    label = f"{row.year}r{row.revision}" if row.confirmed else f"{row.year}p"
    session.execute(
        update(Task)
        .where(
            Task.done_at.is_(None),
            Task.calendar.startswith(str(row.year)),
            Task.calendar != label,
            Task.id.not_in(left),
        )
        .values(calendar=label)
        .execution_options(synchronize_session=False)
    )
