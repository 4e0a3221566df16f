"""Conversions (DMN Table 72) and `not` (Table 73)."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from workflows.engine.feel.bounds import BOUNDS
from workflows.engine.feel.builtins.registry import function
from workflows.engine.feel.errors import FeelError
from workflows.engine.feel.invocation import Builtin
from workflows.engine.feel.operators import Meter, joined
from workflows.engine.feel.temporal import (
    midnight,
    parse_date,
    parse_duration,
    parse_moment,
    parse_time,
    text_of,
)
from workflows.engine.feel.values import Months, Value, number

FUNCTIONS: list[Builtin] = []
_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?")
_SEPARATORS = {" ", ",", "."}


def _whole(value: Value) -> int | None:
    if type(value) is not Decimal or value.adjusted() > 9:
        return None
    return int(value) if value == value.to_integral_value() else None


@function("date(from)", "date(year, month, day)", into=FUNCTIONS)
def _date(_meter: Meter, *given: Value) -> Value:
    if len(given) == 1:
        return _date_from(given[0])
    parts = [_whole(value) for value in given]
    if len(parts) != 3 or any(part is None for part in parts):
        return None
    try:
        return date(*(part or 0 for part in parts))
    except (ValueError, OverflowError):
        return None


def _date_from(value: Value) -> Value:
    if type(value) is str:
        return parse_date(value)
    if type(value) is datetime:
        return value.date()
    return value if type(value) is date else None


@function("date and time(from)", "date and time(date, time)", into=FUNCTIONS)
def _date_and_time(_meter: Meter, first: Value, *rest: Value) -> Value:
    if not rest:
        if type(first) is str:
            return parse_moment(first)
        if type(first) is date:
            return midnight(first)
        return first if type(first) is datetime else None
    if type(first) in (date, datetime) and type(rest[0]) is time:
        day = first.date() if type(first) is datetime else first
        return datetime.combine(day, rest[0])
    return None


@function("time(from)", "time(hour, minute, second, offset?)", into=FUNCTIONS)
def _time(_meter: Meter, *given: Value) -> Value:
    if len(given) == 1:
        return _time_from(given[0])
    if len(given) < 3:
        return None
    hour, minute, second = given[0], given[1], given[2]
    offset = given[3] if len(given) > 3 else None
    whole = _whole(hour), _whole(minute)
    if None in whole or type(second) is not Decimal or not 0 <= second < 60:
        return None
    zone = _offset_text(offset)
    if zone is None:
        return None
    return parse_time(f"{_two(whole[0])}:{_two(whole[1])}:{_seconds_text(second)}{zone}")


def _two(value: int | None) -> str:
    return f"{value:02}"


def _seconds_text(second: Decimal) -> str:
    whole, _, fraction = format(second, "f").partition(".")
    return whole.zfill(2) + (f".{fraction[:9]}" if fraction else "")


def _offset_text(offset: Value) -> str | None:
    if offset is None:
        return ""
    if type(offset) is not timedelta or abs(offset) > timedelta(hours=14):
        return None
    minutes = int(abs(offset).total_seconds()) // 60
    return f"{'-' if offset < timedelta() else '+'}{minutes // 60:02}:{minutes % 60:02}"


def _time_from(value: Value) -> Value:
    if type(value) is str:
        return parse_time(value)
    if type(value) is datetime:
        return value.timetz()
    if type(value) is date:
        return midnight(value).timetz()
    return value if type(value) is time else None


@function("number(from, grouping separator?, decimal separator?)", into=FUNCTIONS)
def _number(_meter: Meter, text: Value, grouping: Value = None, point: Value = None) -> Value:
    if type(text) is Decimal:
        return text
    if type(text) is not str or not _separators_fit(grouping, point):
        return None
    if grouping is not None:
        text = text.replace(grouping, "")
    if point is not None:
        text = text.replace(point, ".")
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return number(text)
    except FeelError:
        return None


def _separators_fit(grouping: Value, point: Value) -> bool:
    if any(mark is not None and type(mark) is not str for mark in (grouping, point)):
        return False
    grouped = grouping is None or grouping in _SEPARATORS
    pointed = point is None or (point in _SEPARATORS and point != " ")
    return grouped and pointed and (grouping is None or grouping != point)


@function("duration(from)", into=FUNCTIONS)
def _duration(_meter: Meter, value: Value) -> Value:
    if type(value) is str:
        return parse_duration(value)
    return value if type(value) in (timedelta, Months) else None


@function("years and months duration(from, to)", into=FUNCTIONS)
def _years_and_months(_meter: Meter, start: Value, end: Value) -> Value:
    if type(start) not in (date, datetime) or type(end) not in (date, datetime):
        return None
    if (start.year, start.month, start.day) > (end.year, end.month, end.day):
        return Months(-_whole_months(end, start))
    return Months(_whole_months(start, end))


def _whole_months(start: date, end: date) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - (1 if end.day < start.day else 0)


@function("string(from~)", into=FUNCTIONS)
def _string(meter: Meter, value: Value) -> Value:
    return None if value is None else readable(value, meter)


def readable(value: Value, meter: Meter, depth: int = 0) -> str:
    """The text of any value; within lists and contexts, texts keep their quotes."""
    meter.charge(2)
    if depth > BOUNDS.depth:
        raise FeelError("depth", limit=BOUNDS.depth)
    if value is None or type(value) is bool:
        return {None: "null", True: "true", False: "false"}[value]
    if type(value) is str:
        meter.weigh(value)
        return value if depth == 0 else _quoted(value)
    if type(value) is list:
        return _enclosed("[", [readable(item, meter, depth + 1) for item in value], "]")
    if type(value) is dict:
        entries = [f"{key}: {readable(item, meter, depth + 1)}" for key, item in value.items()]
        return _enclosed("{", entries, "}")
    text: str = meter.weigh(text_of(value))
    return text


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _enclosed(opening: str, parts: list[str], closing: str) -> str:
    if sum(map(len, parts)) + 2 * len(parts) > BOUNDS.string:
        raise FeelError("string", limit=BOUNDS.string)
    return joined(opening, ", ".join(parts), closing)


@function("not(negand)", into=FUNCTIONS)
def _not(_meter: Meter, value: Value) -> Value:
    return not value if type(value) is bool else None
