"""Dates, times and durations: their text, their order, their parts (DMN 10.3.2.3.4 to .9)."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from workflows.engine.feel.errors import FeelError
from workflows.engine.feel.values import DECIMAL, ZONE, Months, Range, Value, number

# A zone by name is one of these: no expression makes the program read a file.
ZONES: dict[str, tzinfo] = {"Asia/Shanghai": ZONE, "Etc/UTC": ZoneInfo("Etc/UTC"), "UTC": UTC}

_DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?(Z|[+-][0-9]{2}:[0-9]{2}|@[\w/+-]{1,40})?"
)
_MONTHS = re.compile(r"(-?)P(?=[0-9])(?:([0-9]{1,9})Y)?(?:([0-9]{1,10})M)?")
_DAYS = re.compile(
    r"(-?)P(?=[0-9]|T[0-9])(?:([0-9]{1,9})D)?"
    r"(?:T(?=[0-9])(?:([0-9]{1,12})H)?(?:([0-9]{1,12})M)?(?:([0-9]{1,12})(?:\.([0-9]{1,9}))?S)?)?"
)
_MICRO = timedelta(microseconds=1)
_T = TypeVar("_T")


def parse_date(text: str) -> date | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def parse_time(text: str) -> time | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second, fraction, zone = match.groups()
    try:
        offset = _zone(zone)
        return time(int(hour), int(minute), int(second), _micro(fraction), tzinfo=offset)
    except ValueError:
        return None


def parse_moment(text: str) -> datetime | None:
    """A date and time; a date alone is its midnight (10.3.4.1)."""
    day, _, clock = text.partition("T")
    on = parse_date(day)
    if on is None:
        return None
    if day == text:
        return datetime(on.year, on.month, on.day)  # noqa: DTZ001 FEEL has local times
    at = parse_time(clock)
    return None if at is None else datetime.combine(on, at)


def parse_duration(text: str) -> timedelta | Months | None:
    if match := _MONTHS.fullmatch(text):
        sign, years, months = match.groups()
        count = 12 * int(years or 0) + int(months or 0)
        return _or_none(lambda: Months(-count if sign else count))
    if match := _DAYS.fullmatch(text):
        sign, days, hours, minutes, seconds, fraction = match.groups()
        length = _or_none(
            lambda: timedelta(
                days=int(days or 0),
                hours=int(hours or 0),
                minutes=int(minutes or 0),
                seconds=int(seconds or 0),
                microseconds=_micro(fraction),
            )
        )
        return -length if sign and length is not None else length
    return None


def parse_temporal(text: str) -> Value:
    """What `@"…"` stands for, or null."""
    for parse in (parse_date, parse_moment, parse_time, parse_duration):
        value = parse(text)
        if value is not None:
            return value
    return None


def _or_none(make: Callable[[], _T]) -> _T | None:
    try:
        return make()
    except (OverflowError, FeelError):
        return None


def _micro(fraction: str | None) -> int:
    return int((fraction or "")[:6].ljust(6, "0"))


def _zone(text: str | None) -> tzinfo | None:
    if text is None or text == "Z":
        return UTC if text else None
    if text.startswith("@"):
        if text[1:] not in ZONES:
            raise ValueError(text)
        return ZONES[text[1:]]
    hours, minutes = int(text[1:3]), int(text[4:6])
    if hours > 14 or minutes > 59:
        raise ValueError(text)
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)


def text_of(value: Value) -> str:
    """The canonical text of a date, a time, a duration, a number or a range."""
    return _TEXTS[type(value)](value)


def _number_text(value: Decimal) -> str:
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _zone_text(value: datetime | time) -> str:
    zone = value.tzinfo
    if zone is None:
        return ""
    if isinstance(zone, ZoneInfo):
        return f"@{zone.key}"
    offset = zone.utcoffset(None) or timedelta()
    sign, size = ("-", -offset) if offset < timedelta() else ("+", offset)
    minutes = int(size.total_seconds()) // 60
    return "Z" if minutes == 0 else f"{sign}{minutes // 60:02}:{minutes % 60:02}"


def _clock_text(value: datetime | time) -> str:
    fraction = f".{value.microsecond:06}".rstrip("0") if value.microsecond else ""
    return f"{value.hour:02}:{value.minute:02}:{value.second:02}{fraction}{_zone_text(value)}"


def _moment_text(value: datetime) -> str:
    return f"{value.date().isoformat()}T{_clock_text(value)}"


def _days_text(value: timedelta) -> str:
    sign, size = ("-", -value) if value < timedelta() else ("", value)
    hours, rest = divmod(size.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    fraction = f".{size.microseconds:06}".rstrip("0") if size.microseconds else ""
    second = f"{seconds}{fraction}S" if seconds or fraction else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + second
    text = (f"{size.days}D" if size.days else "") + (f"T{clock}" if clock else "")
    return f"{sign}P{text}" if text else "PT0S"


def _months_text(value: Months) -> str:
    sign, size = ("-", -value.count) if value.count < 0 else ("", value.count)
    years, months = divmod(size, 12)
    text = (f"{years}Y" if years else "") + (f"{months}M" if months else "")
    return f"{sign}P{text}" if text else "P0M"


def _range_text(value: Range) -> str:
    low, high = (_end_text(end) for end in (value.low, value.high))
    if value.low is None:
        return f"{'<=' if value.high_included else '<'} {high}"
    if value.high is None:
        return f"{'>=' if value.low_included else '>'} {low}"
    return f"{'[' if value.low_included else '('}{low}..{high}{']' if value.high_included else ')'}"


def _end_text(value: Value) -> str:
    if value is None or type(value) is bool:
        return {None: "null", True: "true", False: "false"}[value]
    if type(value) is str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return text_of(value) if type(value) in _TEXTS else "null"


_TEXTS: dict[type, Callable[[Any], str]] = {
    Decimal: _number_text,
    date: date.isoformat,
    time: _clock_text,
    datetime: _moment_text,
    timedelta: _days_text,
    Months: _months_text,
    Range: _range_text,
}


def seconds_of(length: timedelta) -> Decimal:
    """A duration in seconds, exactly."""
    return DECIMAL.divide(number(length // _MICRO), number(1_000_000))


def length_of(seconds: Decimal) -> timedelta:
    """The duration of so many seconds, to the microsecond."""
    try:
        return timedelta(microseconds=int(DECIMAL.multiply(seconds, number(1_000_000))))
    except (OverflowError, ArithmeticError):
        raise FeelError("moment") from None


def _offset(value: datetime | time) -> timedelta | None:
    if isinstance(value, time) and isinstance(value.tzinfo, ZoneInfo):
        return value.tzinfo.utcoffset(datetime(2000, 1, 1))  # noqa: DTZ001 a zone without summer time
    return value.utcoffset()


def same_footing(left: Any, right: Any) -> tuple[timedelta, timedelta]:
    """Two times, or two dates and times, as comparable lengths.

    Without an offset a value takes the other's (DMN Table 54).
    """
    left_offset, right_offset = _offset(left), _offset(right)
    if left_offset is None or right_offset is None:
        left_offset = right_offset = timedelta()
    return _length(left) - left_offset, _length(right) - right_offset


def _length(value: datetime | time) -> timedelta:
    days = value.toordinal() if isinstance(value, datetime) else 0
    return timedelta(days, value.second, value.microsecond, 0, value.minute, value.hour)


def has_offset(value: datetime | time) -> bool:
    return value.tzinfo is not None


def midnight(day: date) -> datetime:
    """A date where a date and time is wanted: its UTC midnight (10.3.2.3.6)."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def properties(value: Value) -> dict[str, Callable[[Any], Value]] | None:
    """The parts a value has by name (DMN Tables 65 to 67)."""
    return _PROPERTIES.get(type(value))


def _time_offset(value: datetime | time) -> timedelta | None:
    return _offset(value)


def _timezone(value: datetime | time) -> str | None:
    return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else None


def _second(value: datetime | time) -> Decimal:
    return number(f"{value.second}.{value.microsecond:06}").normalize(DECIMAL)


def _part(part: Callable[[Any], int]) -> Callable[[Any], Decimal]:
    return lambda value: Decimal(part(value))


def _signed(part: Callable[[timedelta], int]) -> Callable[[timedelta], Decimal]:
    """A part of a negative duration is negative, as its text reads."""
    return lambda value: Decimal(-part(-value) if value < timedelta() else part(value))


def _seconds(value: timedelta) -> Decimal:
    size = abs(value)
    second = number(f"{size.seconds % 60}.{size.microseconds:06}").normalize(DECIMAL)
    return DECIMAL.minus(second) if value < timedelta() else second


_DATE_PARTS: dict[str, Callable[[Any], Value]] = {
    "year": _part(lambda value: value.year),
    "month": _part(lambda value: value.month),
    "day": _part(lambda value: value.day),
    "weekday": _part(lambda value: value.isoweekday()),
}
_TIME_PARTS: dict[str, Callable[[Any], Value]] = {
    "hour": _part(lambda value: value.hour),
    "minute": _part(lambda value: value.minute),
    "second": _second,
    "time offset": _time_offset,
    "timezone": _timezone,
}
_PROPERTIES: dict[type, dict[str, Callable[[Any], Value]]] = {
    date: _DATE_PARTS,
    time: _TIME_PARTS,
    datetime: {**_DATE_PARTS, **_TIME_PARTS},
    Months: {
        "years": _part(lambda value: int(value.count / 12)),
        "months": _part(lambda value: value.count - 12 * int(value.count / 12)),
    },
    timedelta: {
        "days": _signed(lambda value: value.days),
        "hours": _signed(lambda value: value.seconds // 3600),
        "minutes": _signed(lambda value: value.seconds // 60 % 60),
        "seconds": _seconds,
    },
    Range: {
        "start": lambda value: value.low,
        "end": lambda value: value.high,
        "start included": lambda value: value.low_included,
        "end included": lambda value: value.high_included,
    },
}
