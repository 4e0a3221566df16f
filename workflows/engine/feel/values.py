"""What an expression computes with.

null None, boolean bool, string str, number Decimal, date date, time time, date and time datetime,
days and time duration timedelta, years and months duration Months, range Range, list list,
context dict. Nothing else ever is a value.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, DecimalException, Overflow
from typing import Any
from zoneinfo import ZoneInfo

from workflows.engine.feel.bounds import BOUNDS
from workflows.engine.feel.errors import FeelError

Value = Any
ZONE = ZoneInfo("Asia/Shanghai")  # the organisation's day; what has no offset leaves in it

# decimal128, as DMN asks (10.3.2.3.1); the default traps turn faults into exceptions of ours.
DECIMAL = Context(
    prec=BOUNDS.digits, rounding=ROUND_HALF_EVEN, Emin=-6143, Emax=6144, capitals=1, clamp=0
)
for _signal in DECIMAL.traps:
    DECIMAL.traps[_signal] = _signal.__name__ in {"InvalidOperation", "DivisionByZero", "Overflow"}


@dataclass(frozen=True, slots=True, order=True)
class Months:
    """A years and months duration."""

    count: int

    def __post_init__(self) -> None:
        if abs(self.count) > 999_999_999:
            raise FeelError("moment")


@dataclass(frozen=True, slots=True)
class Range:
    """An interval; an end of None is open to infinity."""

    low: Value
    high: Value
    low_included: bool
    high_included: bool


def number(value: str | int | float | Decimal) -> Decimal:
    """A number of 34 digits; refuses what has no place in it."""
    if type(value) is int and value.bit_length() > 21_000:  # beyond 10**6144 in any case
        raise FeelError("number")
    try:
        return DECIMAL.create_decimal(repr(value) if type(value) is float else value)
    except (Overflow, DecimalException, ValueError):
        raise FeelError("number") from None
