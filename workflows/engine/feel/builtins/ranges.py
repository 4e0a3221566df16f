"""Range functions (DMN Table 78): how points and ranges lie to each other."""

from collections.abc import Callable

from workflows.engine.feel.builtins.registry import function
from workflows.engine.feel.invocation import Builtin
from workflows.engine.feel.operators import Meter, equal, ordered, within
from workflows.engine.feel.values import Range, Value

FUNCTIONS: list[Builtin] = []


def _closed_at(value: Value) -> Range:
    """A point as the range of itself."""
    return value if type(value) is Range else Range(value, value, True, True)


def _same(left: Value, right: Value) -> bool | None:
    return equal(left, right, Meter())


def _both(*parts: bool | None) -> bool | None:
    if any(part is False for part in parts):
        return False
    return True if all(part is True for part in parts) else None


def _either(*parts: bool | None) -> bool | None:
    if any(part is True for part in parts):
        return True
    return False if all(part is False for part in parts) else None


def _before(one: Range, other: Range) -> bool | None:
    """Before wholly: they may touch only where an end is left out."""
    touching = _both(_same(one.high, other.low), not (one.high_included and other.low_included))
    return _either(ordered("<", one.high, other.low), touching)


def _meets(one: Range, other: Range) -> bool | None:
    return _both(one.high_included, other.low_included, _same(one.high, other.low))


def _overlap(one: Range, other: Range) -> bool | None:
    before, after = _before(one, other), _before(other, one)
    return None if before is None or after is None else not (before or after)


def _low_first(one: Range, other: Range) -> bool | None:
    """The one begins before the other."""
    included = one.low_included and not other.low_included
    return _either(ordered("<", one.low, other.low), _both(_same(one.low, other.low), included))


def _high_first(one: Range, other: Range) -> bool | None:
    """The one ends before the other."""
    included = other.high_included and not one.high_included
    return _either(ordered("<", one.high, other.high), _both(_same(one.high, other.high), included))


def _same_low(one: Range, other: Range) -> bool | None:
    return _both(_same(one.low, other.low), one.low_included == other.low_included)


def _same_high(one: Range, other: Range) -> bool | None:
    return _both(_same(one.high, other.high), one.high_included == other.high_included)


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _includes(one: Range, other: Range) -> bool | None:
    return _both(_not(_low_first(other, one)), _not(_high_first(one, other)))


def _overlaps_before(one: Range, other: Range) -> bool | None:
    return _both(_low_first(one, other), _not(_high_first(other, one)), _overlap(one, other))


def _starts(one: Range, other: Range) -> bool | None:
    return _both(_same_low(one, other), _not(_high_first(other, one)))


def _finishes(one: Range, other: Range) -> bool | None:
    return _both(_same_high(one, other), _not(_low_first(one, other)))


def _coincides(one: Range, other: Range) -> bool | None:
    return _both(_same_low(one, other), _same_high(one, other))


_Relation = Callable[[Range, Range], bool | None]


def _register(signature: str, relation: _Relation, *, swapped: bool = False) -> None:
    def compare(_meter: Meter, left: Value, right: Value) -> Value:
        if left is None or right is None:
            return None
        one, other = _closed_at(left), _closed_at(right)
        return relation(other, one) if swapped else relation(one, other)

    function(signature, into=FUNCTIONS)(compare)


_register("before(value1, value2)", _before)
_register("after(value1, value2)", _before, swapped=True)
_register("meets(range1, range2)", _meets)
_register("met by(range1, range2)", _meets, swapped=True)
_register("overlaps(range1, range2)", _overlap)
_register("overlaps before(range1, range2)", _overlaps_before)
_register("overlaps after(range1, range2)", _overlaps_before, swapped=True)
_register("includes(range, value)", _includes)
_register("during(value, range)", _includes, swapped=True)
_register("starts(value, range)", _starts)
_register("started by(range, value)", _starts, swapped=True)
_register("finishes(value, range)", _finishes)
_register("finished by(range, value)", _finishes, swapped=True)
_register("coincides(value1, value2)", _coincides)

__all__ = ["FUNCTIONS", "within"]
