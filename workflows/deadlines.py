"""Pure date arithmetic: working days, months, the organisation's day.

Rules by analogy with 民法典 201–203: the day something starts is not counted, a month ends on the
corresponding day, and what would end on a day off ends on the next working day.
"""

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
LAST_MOMENT = time(23, 59, 59)
MOST_DAYS = 5_000  # working days, some twenty years
MOST_MONTHS = 1_200
_DAY = timedelta(days=1)
_SATURDAY = 5


def day_of(now: datetime) -> date:
    """The organisation's day at this instant."""
    return now.astimezone(ZONE).date()


def plus_months(day: date, n: int) -> date:
    """The corresponding day n months on, or that month's end; not rolled to a working day."""
    if abs(n) > MOST_MONTHS:
        raise ValueError(f"{n} months")
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


@dataclass(frozen=True)
class Calendar:
    """The working days as known at one moment.

    `days` holds what differs from Monday to Friday; `confirmed` the years whose yearly notice is
    entered, each with the revision of its entry. Every other year is provisional.
    """

    days: Mapping[date, bool] = field(default_factory=lambda: MappingProxyType({}))
    confirmed: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))

    def is_workday(self, day: date) -> bool:
        known = self.days.get(day)
        return day.weekday() < _SATURDAY if known is None else known

    def roll(self, day: date) -> date:
        """The day itself, or the next working day after it."""
        while not self.is_workday(day):
            day += _DAY
        return day

    def add_workdays(self, day: date, n: int) -> date:
        """The n-th working day after the day, which is not counted; before it if n is negative.

        For n = 0 the day itself, rolled to a working day.
        """
        if abs(n) > MOST_DAYS:
            raise ValueError(f"{n} working days")
        if n == 0:
            return self.roll(day)
        step, left = (_DAY, n) if n > 0 else (-_DAY, -n)
        while left:
            day += step
            left -= self.is_workday(day)
        return day

    def workdays_between(self, start: date, end: date) -> int:
        """Working days after the start up to and with the end; negative when the end is earlier."""
        if end < start:
            return -self.workdays_between(end, start)
        span = (end - start).days
        return sum(self.is_workday(start + i * _DAY) for i in range(1, span + 1))

    def add_months(self, day: date, n: int) -> date:
        """The corresponding day n months on, or the month's end, rolled to a working day."""
        return self.roll(plus_months(day, n))

    def end_of_day(self, day: date) -> datetime:
        """The last second of the organisation's day, in UTC."""
        return datetime.combine(day, LAST_MOMENT, ZONE).astimezone(UTC)

    def start_of_day(self, day: date) -> datetime:
        """The first second of the organisation's day, in UTC."""
        return datetime.combine(day, time.min, ZONE).astimezone(UTC)

    def is_provisional(self, day: date) -> bool:
        """True while the notice for the day's year is not entered."""
        return day.year not in self.confirmed

    def label(self, day: date) -> str:
        """What a deadline keeps to show which calendar it rests on: `2026r1`, `2027p`."""
        revision = self.confirmed.get(day.year)
        return f"{day.year}p" if revision is None else f"{day.year}r{revision}"
