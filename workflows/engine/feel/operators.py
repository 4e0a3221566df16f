"""What the operators do (DMN 10.3.2.13): equality, order, arithmetic, membership.

A wrong type is null, as the standard asks; only a breach of a bound is a fault.
"""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal, DecimalException, DivisionByZero, InvalidOperation, Overflow
from typing import Any, TypeVar

from workflows.engine.feel.bounds import BOUNDS
from workflows.engine.feel.errors import FeelError
from workflows.engine.feel.temporal import has_offset, length_of, midnight, same_footing, seconds_of
from workflows.engine.feel.values import DECIMAL, Months, Range, Value, number

_COMPARED_AS_THEY_ARE = frozenset({Decimal, str, date, timedelta, Months})
_ON_A_CLOCK = frozenset({time, datetime})
_RANK: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_SHORT_DAYS = 28
CHARACTERS_PER_STEP = 64  # what a plain walk over text costs
HARD = 10  # steps of a power, a root or a logarithm
_D = TypeVar("_D", bound=date)


class Meter:
    """Counts the steps of one evaluation."""

    __slots__ = ("steps",)

    def __init__(self) -> None:
        self.steps = BOUNDS.steps

    def charge(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise FeelError("steps", limit=BOUNDS.steps)

    def weigh(self, value: Value) -> Value:
        """Charge what was made for its size: texts made in a loop add up."""
        if type(value) is str:
            self.charge(len(value) // CHARACTERS_PER_STEP)
        return value


def equal(left: Value, right: Value, meter: Meter, depth: int = 0) -> bool | None:
    """DMN Table 53; null is equal to null alone, other kinds do not compare."""
    if left is None or right is None:
        return left is right
    kind = type(left)
    if kind is not type(right):
        return None
    if kind in _ON_A_CLOCK:
        one, other = same_footing(left, right)
        return one == other
    if kind in (list, dict, Range):
        meter.charge(1)
        if depth > BOUNDS.depth:
            raise FeelError("depth", limit=BOUNDS.depth)
        return _equal_parts(left, right, meter, depth + 1)
    return bool(left == right)


def _equal_parts(left: Value, right: Value, meter: Meter, depth: int) -> bool:
    if type(left) is Range:
        same_brackets = (left.low_included, left.high_included) == (
            right.low_included,
            right.high_included,
        )
        pairs = [(left.low, right.low), (left.high, right.high)]
        return same_brackets and all(equal(a, b, meter, depth) is True for a, b in pairs)
    if len(left) != len(right):
        return False
    meter.charge(len(left))
    if type(left) is dict:
        return left.keys() == right.keys() and all(
            equal(left[key], right[key], meter, depth) is True for key in left
        )
    return all(equal(a, b, meter, depth) is True for a, b in zip(left, right, strict=True))


def ordered(operator: str, left: Value, right: Value) -> bool | None:
    """`<`, `<=`, `>`, `>=` (DMN Table 54)."""
    kind = type(left)
    if kind is not type(right):
        return None
    if kind in _COMPARED_AS_THEY_ARE:
        return _RANK[operator](left, right)
    if kind in _ON_A_CLOCK:
        return _RANK[operator](*same_footing(left, right))
    return None


def within(value: Value, interval: Range) -> bool | None:
    """Whether a value lies in a range."""
    low: bool | None = True
    high: bool | None = True
    if interval.low is not None:
        low = ordered(">=" if interval.low_included else ">", value, interval.low)
    if interval.high is not None:
        high = ordered("<=" if interval.high_included else "<", value, interval.high)
    return conjunction(low, high)


def conjunction(left: Value, right: Value) -> bool | None:
    if left is False or right is False:
        return False
    return True if left is True and right is True else None


def member(value: Value, of: Value, meter: Meter) -> bool | None:
    """`value in of` (DMN Table 55): equal to it, within it, or one of its items."""
    kind = type(of)
    if kind is Range:
        return within(value, of)
    if kind is list:
        if type(value) is list and equal(value, of, meter) is True:
            return True
        meter.charge(len(of))
        found: bool | None = False
        for item in of:
            same = within(value, item) if type(item) is Range else equal(value, item, meter)
            if same is True:
                return True
            found = None if same is None else found
        return found
    return equal(value, of, meter)


def add(left: Value, right: Value) -> Value:
    if type(left) is Decimal and type(right) is Decimal:
        return _decimal(DECIMAL.add, left, right)
    if type(left) is str and type(right) is str:
        return joined(left, right)
    if type(left) in (timedelta, Months) and type(right) in (date, datetime, time):
        left, right = right, left
    rule = _ADDITION.get((type(left), type(right)))
    return rule(left, right) if rule else None


def subtract(left: Value, right: Value) -> Value:
    if type(left) is Decimal and type(right) is Decimal:
        return _decimal(DECIMAL.subtract, left, right)
    if type(right) in (timedelta, Months):
        return add(left, _opposite(right)) if type(left) is not str else None
    if type(left) in (date, datetime) and type(right) in (date, datetime):
        return _between_days(left, right)
    if type(left) is time and type(right) is time:
        one, other = same_footing(left, right)
        return one - other
    return None


def multiply(left: Value, right: Value) -> Value:
    if type(left) is Decimal and type(right) is Decimal:
        return _decimal(DECIMAL.multiply, left, right)
    if type(left) is Decimal:
        left, right = right, left
    if type(right) is Decimal and type(left) in (timedelta, Months):
        return _scaled(left, lambda size: DECIMAL.multiply(size, right))
    return None


def divide(left: Value, right: Value) -> Value:
    if type(left) is Decimal and type(right) is Decimal:
        return _decimal(DECIMAL.divide, left, right)
    if type(left) in (timedelta, Months) and type(right) is Decimal:
        return _scaled(left, lambda size: DECIMAL.divide(size, right)) if right else None
    if type(left) in (timedelta, Months) and type(left) is type(right):
        return _decimal(DECIMAL.divide, _size(left), _size(right))
    return None


def power(left: Value, right: Value) -> Value:
    if type(left) is not Decimal or type(right) is not Decimal:
        return None
    if abs(right) > BOUNDS.exponent:
        raise FeelError("exponent", limit=BOUNDS.exponent)
    if not right:
        return Decimal(1)  # 0**0 too, as in the languages DMN takes it from
    return _decimal(DECIMAL.power, left, right)


def negate(value: Value) -> Value:
    if type(value) is Decimal:
        return DECIMAL.minus(value)
    return _opposite(value) if type(value) in (timedelta, Months) else None


def _decimal(
    operation: Callable[[Decimal, Decimal], Decimal], left: Decimal, right: Decimal
) -> Value:
    try:
        return operation(left, right)
    except Overflow:
        raise FeelError("number") from None
    except (DivisionByZero, InvalidOperation):
        return None
    except DecimalException:
        return None


def joined(*texts: str) -> str:
    """Texts one after the other, within bounds."""
    if sum(map(len, texts)) > BOUNDS.string:
        raise FeelError("string", limit=BOUNDS.string)
    return "".join(texts)


def _opposite(value: Any) -> Any:
    if type(value) is Months:
        return Months(-value.count)
    try:
        return -value
    except OverflowError:
        raise FeelError("moment") from None


def _size(value: timedelta | Months) -> Decimal:
    return number(value.count) if isinstance(value, Months) else seconds_of(value)


def _scaled(value: timedelta | Months, change: Callable[[Decimal], Decimal]) -> Value:
    try:
        size = change(_size(value))
    except Overflow:
        raise FeelError("moment") from None
    except DecimalException:
        return None
    if abs(size) > number("1e15"):
        raise FeelError("moment")
    return Months(int(size)) if isinstance(value, Months) else length_of(size)


def _between_days(left: date, right: date) -> timedelta | None:
    """DMN Table 57: a date counts as its UTC midnight beside a date and time."""
    if type(left) is date and type(right) is date:
        return left - right
    one = left if isinstance(left, datetime) else midnight(left)
    other = right if isinstance(right, datetime) else midnight(right)
    if has_offset(one) != has_offset(other):
        return None
    first, second = same_footing(one, other)
    return first - second


def later(day: _D, months: Months) -> _D:
    """The same day so many months on; where the month is too short, its last day."""
    month = day.year * 12 + day.month - 1 + months.count
    year, month = divmod(month, 12)
    if not 1 <= year <= 9999:
        raise FeelError("moment")
    return day.replace(year=year, month=month + 1, day=min(day.day, _days_in(year, month + 1)))


def _days_in(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else _SHORT_DAYS
    return 30 if month in (4, 6, 9, 11) else 31


def _moved(moment: Any, length: timedelta) -> Any:
    try:
        if type(moment) is date:  # a part of a day counts: the date of the moment reached
            return (midnight(moment) + length).date()
        return moment + length
    except OverflowError:
        raise FeelError("moment") from None


def _turned(clock: time, length: timedelta) -> time:
    """A clock goes round."""
    start = timedelta(0, clock.second, clock.microsecond, 0, clock.minute, clock.hour)
    passed = (
        start + timedelta(seconds=length.seconds, microseconds=length.microseconds)
    ) % timedelta(1)
    hour, rest = divmod(passed.seconds, 3600)
    return time(hour, rest // 60, rest % 60, passed.microseconds, tzinfo=clock.tzinfo)


def _sum_of(left: timedelta, right: timedelta) -> timedelta:
    try:
        return left + right
    except OverflowError:
        raise FeelError("moment") from None


_ADDITION: dict[tuple[type, type], Callable[[Any, Any], Value]] = {
    (date, Months): later,
    (datetime, Months): later,
    (date, timedelta): _moved,
    (datetime, timedelta): _moved,
    (time, timedelta): _turned,
    (timedelta, timedelta): _sum_of,
    (Months, Months): lambda left, right: Months(left.count + right.count),
}
ARITHMETIC: dict[str, Callable[[Value, Value], Value]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "**": power,
}
