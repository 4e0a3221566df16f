"""ISO 8601 moments, durations and cycles as diagrams write them, strictly and bounded."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from workflows.engine.errors import EngineFault

_DURATION = re.compile(
    r"P(?:(?P<years>\d{1,3})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,4})W)?"
    r"(?:(?P<days>\d{1,5})D)?(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,7})M)?"
    r"(?:(?P<seconds>\d{1,8})(?:[.,]\d{1,6})?S)?)?"
)
_CYCLE = re.compile(r"R(?P<times>\d{0,4})/(?P<first>[^/]+)(?:/(?P<second>[^/]+))?")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}|\d{4}-?W\d{2}")


@dataclass(frozen=True)
class Duration:
    """Calendar months and a fixed length beside them."""

    months: int
    length: timedelta

    def after(self, start: datetime) -> datetime:
        """The moment this long after another; the last day of a month stands for a later one."""
        months = start.year * 12 + start.month - 1 + self.months
        year, month = divmod(months, 12)
        if year > 9000:
            raise EngineFault("The timer lies too far ahead.", "定时时间过远。")
        day = min(start.day, monthrange(year, month + 1)[1])
        return start.replace(year=year, month=month + 1, day=day) + self.length


@dataclass(frozen=True)
class Cycle:
    """A repetition: how often (None = without end), the first moment, and the step."""

    times: int | None
    start: datetime
    step: Duration


def read_duration(text: str) -> Duration | None:
    """A duration, or None when the text is not one."""
    match = _DURATION.fullmatch(text)
    if match is None or text.endswith(("P", "T")):
        return None
    parts = {name: int(value or 0) for name, value in match.groupdict().items()}
    length = timedelta(
        days=parts["weeks"] * 7 + parts["days"],
        hours=parts["hours"],
        minutes=parts["minutes"],
        seconds=parts["seconds"],
    )
    return Duration(parts["years"] * 12 + parts["months"], length)


def read_moment(text: str) -> datetime | None:
    """A date-time as written, aware or not; None when the text is not one. A bare date is naive."""
    if not _MOMENT.match(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def aware(moment: datetime | date, source: str) -> datetime:
    """The moment in UTC; one without an offset is refused, it would mean what the server likes."""
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        raise EngineFault(
            f"“{source}” gives a time without an offset.", f"“{source}”得到的时间没有时区偏移。"
        )
    return moment.astimezone(UTC)


def read_cycle(text: str, now: datetime) -> Cycle | None:
    """A repetition, or None when the text is not one."""
    match = _CYCLE.fullmatch(text)
    if match is None:
        return None
    times = int(match["times"]) if match["times"] else None
    step = read_duration(match["second"] or match["first"])
    start = read_moment(match["first"])
    if match["second"] is None and step is not None:
        return Cycle(times, step.after(now), _moving(step, text))
    if step is None or start is None:
        return None
    return Cycle(times, aware(start, text), _moving(step, text))


def _moving(step: Duration, text: str) -> Duration:
    if step.months == 0 and step.length < timedelta(minutes=1):
        raise EngineFault(
            f"“{text}” repeats more often than once a minute.", f"“{text}”的重复间隔短于一分钟。"
        )
    return step
