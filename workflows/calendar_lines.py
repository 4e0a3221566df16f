"""A year's days off and make-up working days as people type them, a line each, from the notice."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from workflows.errors import Invalid
from workflows.forms import Fault

MOST_LINES = 200
LONGEST_SPAN = 20  # days
# 2027-02-06, 2027/2/6, 2月6日, 6日 after a month was named
_DAY = r"(?:(?:(?P<y{n}>20\d\d)[-/年])?(?P<m{n}>\d{{1,2}})[-/月])?(?P<d{n}>\d{{1,2}})日?"
_LINE = re.compile(
    rf"{_DAY.format(n=1)}(?:\s*(?:至|到|~|—|–|to)\s*{_DAY.format(n=2)})?(?:\s+(?P<name>.{{0,200}}))?"
)
OFF_NAME, WORK_NAME = "放假", "调休上班"


def read(year: int, *, off: str, work: str) -> dict[date, tuple[bool, str]]:
    """The year's days; raises Invalid naming the line that cannot be read."""
    days: dict[date, tuple[bool, str]] = {}
    fields: dict[str, str] = {}
    for name, text, is_workday in (("off", off, False), ("work", work, True)):
        try:
            for day, said in _days(year, text):
                if day in days:
                    raise _BadLine(Fault("{line} is there twice.", line=day.isoformat()))
                days[day] = (is_workday, said or (WORK_NAME if is_workday else OFF_NAME))
        except _BadLine as bad:
            fields[name] = bad.fault
    if fields:
        raise Invalid("Please mend what is marked.", fields=fields)
    return days


class _BadLine(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def _days(year: int, text: str) -> Iterator[tuple[date, str]]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_LINES:
        raise _BadLine(Fault("Too many lines: {line}.", line=len(lines)))
    for line in lines:
        found = _LINE.fullmatch(line)
        if found is None:
            raise _BadLine(
                Fault("“{line}” is not a day: write 2027-02-08 or 2月5日至11日.", line=line[:60])
            )
        first, last = _span(year, found.groupdict(), line)
        for n in range((last - first).days + 1):
            yield first + timedelta(days=n), (found["name"] or "").strip()


def _span(year: int, parts: Mapping[str, str | None], line: str) -> tuple[date, date]:
    month = parts["m1"]
    try:
        if month is None:
            raise ValueError(line)
        first = date(int(parts["y1"] or year), int(month), int(parts["d1"] or 0))
        last = first
        if parts["d2"]:
            last = date(int(parts["y2"] or year), int(parts["m2"] or month), int(parts["d2"]))
    except ValueError:
        raise _BadLine(
            Fault("“{line}” is not a day: write 2027-02-08 or 2月5日至11日.", line=line[:60])
        ) from None
    if first.year != year or last.year != year:
        raise _BadLine(Fault("“{line}” does not lie in the year.", line=line[:60]))
    if not 0 <= (last - first).days < LONGEST_SPAN:
        raise _BadLine(Fault("“{line}” ends before it begins, or is too long.", line=line[:60]))
    return first, last


def write(days: Mapping[date, tuple[bool, str]], *, is_workday: bool) -> str:
    """The days off, or the make-up working days, as `read` takes them."""
    return "\n".join(
        f"{day.isoformat()} {name}".strip()
        for day, (works, name) in sorted(days.items())
        if works is is_workday
    )
