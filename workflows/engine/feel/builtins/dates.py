"""Functions on dates (DMN Table 79) and `is` (Table 77).

`now()` and `today()` are not here: time comes with the command, from the organisation's functions.
"""

from datetime import date, datetime, time
from decimal import Decimal

from workflows.engine.feel.builtins.registry import function
from workflows.engine.feel.invocation import Builtin
from workflows.engine.feel.operators import Meter, equal
from workflows.engine.feel.values import Value

FUNCTIONS: list[Builtin] = []
_DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]


def _is_day(value: Value) -> bool:
    return type(value) in (date, datetime)


@function("day of year(date)", into=FUNCTIONS)
def _day_of_year(_meter: Meter, day: Value) -> Value:
    return Decimal(day.timetuple().tm_yday) if _is_day(day) else None


@function("day of week(date)", into=FUNCTIONS)
def _day_of_week(_meter: Meter, day: Value) -> Value:
    return _DAYS[day.weekday()] if _is_day(day) else None


@function("month of year(date)", into=FUNCTIONS)
def _month_of_year(_meter: Meter, day: Value) -> Value:
    return _MONTHS[day.month - 1] if _is_day(day) else None


@function("week of year(date)", into=FUNCTIONS)
def _week_of_year(_meter: Meter, day: Value) -> Value:
    return Decimal(day.isocalendar().week) if _is_day(day) else None


@function("is(value1~, value2~)", into=FUNCTIONS)
def _is(meter: Meter, left: Value, right: Value) -> Value:
    """Whether two values are the same element: same kind, and for a clock the same offset."""
    if type(left) is not type(right):
        return False
    if type(left) in (time, datetime) and left.utcoffset() != right.utcoffset():
        return False
    return equal(left, right, meter) is True
