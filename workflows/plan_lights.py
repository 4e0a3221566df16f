"""The lights of the plan's checkpoints: the city's own ladder for matters, asked of other dates.

A light rises by itself; it falls only where a decided change moved the date.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import LIGHTS, PlanCheckpoint
from workflows import calendars, definitions, hosting
from workflows.deadlines import Calendar, day_of

HORIZON = 40  # working days past the due date: no ladder of ours changes later
REST = {
    "missed_urges": 0,
    "yellow_count": 0,
    "returns": 0,
    "false_report": False,
    "grade": "normal",
    "floor": "green",
}


@dataclass
class Ladder:
    """The table `light` of supervision as in force, asked about one moment."""

    decision: Any
    lent: dict[str, Any]
    calendar: Calendar
    now: datetime
    _known: dict[tuple[int, int], str] = field(default_factory=dict)

    def at(self, left: int, total: int) -> str:
        """The light with so many working days left of so many."""
        if (left, total) not in self._known:
            share = round(100 * max(left, 0) / total) if total > 0 else 0
            asked = {**self.lent, **REST, "days_left": left, "share_left": share}
            functions = hosting.calendar_functions(self.calendar, self.now)
            value: Any = self.decision.decide(asked, functions=functions).value
            self._known[left, total] = str(value["light"])
        return self._known[left, total]


def ladder(session: Session, *, now: datetime, calendar: Calendar | None = None) -> Ladder:
    """Read once for many checkpoints."""
    definition = definitions.latest(session, "supervision", now=now)
    parameters = definitions.latest_parameters(session)
    lent = {"days": dict(parameters.days), "rule": dict(parameters.rule)}
    decision = definitions.spec_of(session, definition.id).decision("light")
    return Ladder(decision, lent, calendar or calendars.load(session), now)


def judge(one: PlanCheckpoint, by: Ladder, *, may_fall: bool = False) -> None:
    """The light as the table has it now, and when it can change next; done, it stands still."""
    if one.done_at is not None:
        one.watch_at = None
        return
    left, total = _days(one, by)
    ruled = by.at(left, total)
    light = ruled if may_fall else max(ruled, one.light, key=LIGHTS.index)
    if light != one.light or one.light_since is None:
        one.light, one.light_since = light, by.now
    if light == "red" and one.red_at is None:
        one.red_at = by.now
    one.watch_at = _next_change(one, by, left, total)


def _days(one: PlanCheckpoint, by: Ladder) -> tuple[int, int]:
    """Working days left and in all; once the moment passed, at least one late."""
    end = day_of(one.due_at)
    left = by.calendar.workdays_between(day_of(by.now), end)
    total = by.calendar.workdays_between(one.since, end)
    return (min(left, -1) if by.now > one.due_at else left), total


def _next_change(one: PlanCheckpoint, by: Ladder, left: int, total: int) -> datetime | None:
    """The next moment at which the table says something higher; none: it is red, or never."""
    level, today = LIGHTS.index(one.light), day_of(by.now)
    if level == len(LIGHTS) - 1:
        return None
    if left >= 0 and LIGHTS.index(by.at(-1, total)) > level:
        moments = [one.due_at + timedelta(seconds=1)]
    else:
        moments = []
    for later in range(left - 1, -HORIZON, -1):
        if LIGHTS.index(by.at(later, total)) > level:
            day = by.calendar.add_workdays(today, left - later)
            moments.append(by.calendar.start_of_day(day))
            break
    return min((at for at in moments if at > by.now), default=None)


def due_ids(session: Session, *, now: datetime, limit: int = 500) -> Sequence[int]:
    """Checkpoints whose light may change by `now`."""
    return session.scalars(
        select(PlanCheckpoint.id)
        .where(PlanCheckpoint.watch_at <= now)
        .order_by(PlanCheckpoint.watch_at, PlanCheckpoint.id)
        .limit(limit)
    ).all()


def look_again(session: Session, ids: Sequence[int], *, now: datetime) -> int:
    """These lights are judged; how many there were to judge. Twice at one moment does no more."""
    rows = session.scalars(
        select(PlanCheckpoint)
        .where(PlanCheckpoint.id.in_(ids), PlanCheckpoint.watch_at <= now)
        .with_for_update()
    ).all()
    if not rows:
        return 0
    by = ladder(session, now=now)
    for one in rows:
        judge(one, by)
    session.flush()
    return len(rows)


def worst(lights: Sequence[str]) -> str:
    """The highest of these; green where there is none."""
    return max(lights, key=LIGHTS.index, default="green")
