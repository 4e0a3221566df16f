"""Two calendars side by side: what a date becomes where the one of before gives way."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from workflows.deadlines import Calendar, day_of


@dataclass(frozen=True)
class Change:
    """The calendar of before and the one of now, as of a moment."""

    before: Calendar
    after: Calendar
    now: datetime

    def days(self, years: Iterable[int]) -> list[date]:
        """The days to come that are worked now and were not, or the other way round."""
        return [
            day
            for year in sorted(years)
            for day in _days_of(year)
            if day > day_of(self.now) and self.before.is_workday(day) != self.after.is_workday(day)
        ]

    def recounted(self, at: datetime) -> datetime:
        """As many working days from today as before."""
        day, today = day_of(at), day_of(self.now)
        if day <= today:
            return at
        left = self.before.workdays_between(today, day)
        return at + (self.after.add_workdays(today, left) - day)

    def rolled(self, at: datetime) -> datetime:
        """The same day, or the next working day where it became a day off."""
        day = day_of(at)
        if day <= day_of(self.now) or not self.before.is_workday(day):
            return at
        return at + (self.after.roll(day) - day)


def _days_of(year: int) -> list[date]:
    first = date(year, 1, 1).toordinal()
    return [date.fromordinal(n) for n in range(first, date(year + 1, 1, 1).toordinal())]
