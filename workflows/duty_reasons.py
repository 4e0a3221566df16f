"""为什么: how an obligation's due date was reckoned, and what can still be done about it."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from models import ObligationState
from workflows import calendars, duties
from workflows.deadlines import day_of
from workflows.duty_lists import due_of
from workflows.evidence import Owed

OPEN, ON_TIME, LATE, EXCUSED, MISSED = ObligationState
# What changes each state; the sentences are the page's.
REMEDIES: dict[int, tuple[str, ...]] = {
    OPEN: ("hand_in", "excuse", "lift"),
    ON_TIME: ("correct",),
    LATE: ("correct", "excuse", "lift"),
    EXCUSED: ("prove",),
    MISSED: ("prove", "late", "excuse", "lift"),
}


@dataclass(frozen=True)
class Special:
    """A day between the end of the period and the due date that the calendar sets apart."""

    day: date
    is_workday: bool
    name: str


@dataclass(frozen=True)
class Reckoning:
    """From the last day that counts as in time to the day on which the evidence must be in."""

    closes_on: date
    grace_days: int
    on_the_way: tuple[Special, ...]
    due_on: date
    calendar: str
    provisional: bool
    as_it_was: bool  # settled by the calendar of then, which has changed since


def reckon(session: Session, owed: Owed) -> Reckoning:
    """How the due date came about, by the calendar as it is now."""
    calendar = calendars.load(session)
    closes, due_on = owed.closes_on, day_of(due_of(owed.obligation))
    now_due = duties.due_at(owed.rule, owed.period, calendar)
    special: dict[date, tuple[bool, str]] = {}
    for year in range(closes.year, due_on.year + 1):
        special |= calendars.days_of(session, year)
    return Reckoning(
        closes_on=closes,
        grace_days=owed.rule.grace_days,
        on_the_way=tuple(
            Special(day, *special[day])
            for day in (closes + timedelta(n) for n in range((due_on - closes).days + 1))
            if day in special
        ),
        due_on=due_on,
        calendar=calendar.label(due_on),
        provisional=calendar.is_provisional(due_on),
        as_it_was=int(now_due.timestamp()) != owed.obligation.due_at,
    )


def still_possible(owed: Owed) -> list[str]:
    """What can still be done: hand_in, prove (held in time), late, correct, excuse, lift."""
    found = REMEDIES[owed.obligation.state]
    return [one for one in found if one != "excuse" or owed.rule.generally]
