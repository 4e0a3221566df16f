"""Numeric functions (DMN Table 76)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    DecimalException,
    Overflow,
)

from workflows.engine.feel.builtins.registry import Body, function
from workflows.engine.feel.errors import FeelError
from workflows.engine.feel.invocation import Builtin
from workflows.engine.feel.operators import HARD, Meter, divide, multiply, subtract
from workflows.engine.feel.values import DECIMAL, Months, Value

FUNCTIONS: list[Builtin] = []
_SMALLEST_SCALE, _LARGEST_SCALE = -6111, 6176  # DMN 10.3.2.3.1


def _rounding(signature: str, mode: str) -> None:
    def round_to(_meter: Meter, value: Value, scale: Value = Decimal(0)) -> Value:
        if type(value) is not Decimal or type(scale) is not Decimal:
            return None
        if not _SMALLEST_SCALE <= scale <= _LARGEST_SCALE:
            return None
        return rounded(value, int(scale), mode)

    function(signature, into=FUNCTIONS)(round_to)


def rounded(value: Decimal, scale: int, mode: str) -> Decimal:
    """A number to so many places; one with fewer places stays as it is."""
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= scale:
        return value
    try:
        return value.quantize(Decimal((0, (1,), -scale)), rounding=mode, context=DECIMAL)
    except DecimalException:
        raise FeelError("number") from None


for _signature, _mode in {
    "decimal(n, scale)": ROUND_HALF_EVEN,
    "floor(n, scale?)": ROUND_FLOOR,
    "ceiling(n, scale?)": ROUND_CEILING,
    "round up(n, scale?)": ROUND_UP,
    "round down(n, scale?)": ROUND_DOWN,
    "round half up(n, scale?)": ROUND_HALF_UP,
    "round half down(n, scale?)": ROUND_HALF_DOWN,
    "round half even(n, scale?)": ROUND_HALF_EVEN,
}.items():
    _rounding(_signature, _mode)


@function("abs(n)", into=FUNCTIONS)
def _abs(_meter: Meter, value: Value) -> Value:
    if type(value) is Decimal:
        return DECIMAL.abs(value)
    if type(value) is Months:
        return Months(abs(value.count))
    return abs(value) if type(value) is timedelta else None


@function("modulo(dividend, divisor)", into=FUNCTIONS)
def _modulo(_meter: Meter, dividend: Value, divisor: Value) -> Value:
    """dividend - divisor * floor(dividend / divisor)"""
    if type(dividend) is not Decimal or type(divisor) is not Decimal or not divisor:
        return None
    quotient = divide(dividend, divisor)
    if quotient is None:
        return None
    whole = quotient.to_integral_value(rounding=ROUND_FLOOR)
    return subtract(dividend, multiply(divisor, whole))


def _applied(operation: Callable[[Decimal], Decimal]) -> Body:
    def apply(meter: Meter, value: Value) -> Value:
        meter.charge(HARD)
        if type(value) is not Decimal:
            return None
        try:
            return operation(value)
        except Overflow:
            raise FeelError("number") from None
        except DecimalException:
            return None

    return apply


function("sqrt(number)", into=FUNCTIONS)(_applied(DECIMAL.sqrt))
function("exp(number)", into=FUNCTIONS)(_applied(DECIMAL.exp))
function("log(number)", into=FUNCTIONS)(
    _applied(lambda value: DECIMAL.ln(value) if value else DECIMAL.ln(Decimal(-1)))
)


def _parity(odd: bool) -> Body:
    def check(_meter: Meter, value: Value) -> Value:
        if type(value) is not Decimal or value != value.to_integral_value():
            return None
        last = value.as_tuple().digits[-1] if value.as_tuple().exponent == 0 else None
        if last is None:  # 1E+2 is even; 10.0 ends in a zero that says nothing
            last = int(value) % 2
        return last % 2 == int(odd)

    return check


function("even(number)", into=FUNCTIONS)(_parity(odd=False))
function("odd(number)", into=FUNCTIONS)(_parity(odd=True))
