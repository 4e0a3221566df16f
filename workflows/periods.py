"""The calendar periods that duties run in: months, quarters, half-years, years, and terms."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

from workflows.errors import NotFound

MONTHS = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
RHYTHMS = (*MONTHS, "term")
TERM_OPENS = 6  # months before its end in which an election counts as in time [D]


@dataclass(frozen=True, order=True)
class Period:
    """A calendar period, never rolling days; a term is the half-year before its last day."""

    rhythm: str
    first: date
    last: date

    @property
    def key(self) -> int:
        """How obligations name it: the first day, for a term the last, as yyyymmdd."""
        return as_number(self.last if self.rhythm == "term" else self.first)

    @property
    def half(self) -> date:
        """A unit formed after this day owes nothing for the period [D]."""
        return self.first + (self.last - self.first) / 2

    @property
    def label(self) -> str:
        """As a paper names it."""
        year = f"{self.first.year}年"
        return {
            "month": f"{year}{self.first.month}月",
            "quarter": f"{year}第{(self.first.month + 2) // 3}季度",
            "half_year": year + ("上半年" if self.first.month == 1 else "下半年"),
            "year": f"{year}度",
            "term": f"{self.last.isoformat()}届满",
        }[self.rhythm]


def as_number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def as_day(number: int) -> date:
    """The day a period's number names; raises NotFound for a number that names none."""
    try:
        return date(number // 10_000, number // 100 % 100, number % 100)
    except ValueError:
        raise NotFound("There is no such period.") from None


def period_of(rhythm: str, day: date) -> Period:
    """The period that holds the day; for a term the one that ends on it."""
    if rhythm == "term":
        return Period(rhythm, _month_before(day, TERM_OPENS), day)
    length = MONTHS[rhythm]
    month = (day.month - 1) // length * length + 1
    end = month + length - 1
    return Period(
        rhythm,
        date(day.year, month, 1),
        date(day.year, end, monthrange(day.year, end)[1]),
    )


def period_numbered(rhythm: str, number: int) -> Period:
    return period_of(rhythm, as_day(number))


def periods_of_year(rhythm: str, year: int) -> list[Period]:
    """The year's periods in order; a term has none of its own in a year."""
    if rhythm == "term":
        return []
    return [period_of(rhythm, date(year, m, 1)) for m in range(1, 13, MONTHS[rhythm])]


def next_period(period: Period) -> Period:
    return period_of(period.rhythm, period.last + timedelta(days=1))


def _month_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)
