"""What moves when a year of the working calendar is entered or changed."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import CalendarYear, Task
from workflows import audit, calendars, obligations


@dataclass(frozen=True)
class Moved:
    """How many obligations fall due on another day, and the tasks whose date was reckoned
    with the year as it was before."""

    obligations: int
    task_ids: tuple[int, ...]


def recompute(session: Session, year: int, *, now: datetime) -> Moved:
    """Open obligations fall due by the year as it is now; what waits for people is named."""
    row = calendars.year_of(session, year)
    moved = Moved(
        obligations.recompute(session, calendar=calendars.load(session), now=now),
        tuple(_reckoned_otherwise(session, row)),
    )
    audit.record(
        session,
        actor=None,
        action="calendar_recomputed",
        subject=f"calendar {year}",
        now=now,
        detail={"obligations": moved.obligations, "tasks": len(moved.task_ids)},
    )
    return moved


def _reckoned_otherwise(session: Session, row: CalendarYear) -> list[int]:
    label = f"{row.year}r{row.revision}" if row.confirmed else f"{row.year}p"
    query = select(Task.id).where(
        Task.done_at.is_(None), Task.calendar.startswith(str(row.year)), Task.calendar != label
    )
    return list(session.scalars(query.order_by(Task.due_at, Task.id)))
