"""The way of JSON into FEEL and of FEEL values out again."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from workflows.engine.feel.bounds import BOUNDS
from workflows.engine.feel.errors import FeelError
from workflows.engine.feel.operators import Meter
from workflows.engine.feel.temporal import parse_temporal, text_of
from workflows.engine.feel.values import ZONE, Months, Range, Value, number

_SAME: frozenset[type] = frozenset({str, bool, type(None), date, time, datetime, timedelta, Months})


def to_feel(value: object, schema: Mapping[str, Any] | None = None) -> Value:
    """JSON, or a value already, as FEEL; a JSON Schema tells text from dates."""
    lifted = lift(value)
    return lifted if schema is None else _typed(lifted, schema, 0)


def lift(value: object) -> Value:
    """As to_feel, without a schema; the short way for what most variables are."""
    kind = type(value)
    if kind is str:
        if len(value) > BOUNDS.string:  # type: ignore[arg-type]
            raise FeelError("string", limit=BOUNDS.string)
        return value
    if kind in _SAME:
        return value
    if kind is int:
        return number(value)  # type: ignore[arg-type]
    return _Lifter().lift(value, 0)


def lift_charged(value: object, meter: Meter) -> Value:
    """The same for what a function gave, which a loop may ask for again and again."""
    lifter = _Lifter()
    lifted = lifter.lift(value, 0)
    meter.charge(lifter.count)
    return lifted


class _Lifter:
    """Counts what one variable brings along."""

    def __init__(self) -> None:
        self.count = 0

    def lift(self, value: object, depth: int) -> Value:
        self.count += 1
        if self.count > BOUNDS.data:
            raise FeelError("data", limit=BOUNDS.data)
        if depth > BOUNDS.depth:
            raise FeelError("depth", limit=BOUNDS.depth)
        convert = _LIFTS.get(type(value)) or _by_base(value)
        return convert(self, value, depth)

    def number(self, value: Any, _depth: int) -> Value:
        return None if value != value or value in (_INF, -_INF) else number(value)

    def decimal(self, value: Any, _depth: int) -> Value:
        return number(value) if value.is_finite() else None

    def text(self, value: Any, _depth: int) -> Value:
        if len(value) > BOUNDS.string:
            raise FeelError("string", limit=BOUNDS.string)
        return str.__str__(value)

    def same(self, value: Any, _depth: int) -> Value:
        return value

    def items(self, value: Any, depth: int) -> Value:
        if len(value) > BOUNDS.items:
            raise FeelError("items", limit=BOUNDS.items)
        return [self.lift(item, depth + 1) for item in value]

    def entries(self, value: Any, depth: int) -> Value:
        if len(value) > BOUNDS.items:
            raise FeelError("items", limit=BOUNDS.items)
        return {self.key(key): self.lift(item, depth + 1) for key, item in value.items()}

    def key(self, key: object) -> str:
        if not isinstance(key, str | int):
            raise FeelError("value", kind=type(key).__name__)
        return str.__str__(key) if isinstance(key, str) else str(key)

    def range(self, value: Any, depth: int) -> Value:
        low, high = (self.lift(end, depth + 1) for end in (value.low, value.high))
        return Range(low, high, bool(value.low_included), bool(value.high_included))


_INF = float("inf")
_Lift = Callable[[_Lifter, Any, int], Value]
_LIFTS: dict[type, _Lift] = {
    str: _Lifter.text,
    int: _Lifter.number,
    float: _Lifter.number,
    Decimal: _Lifter.decimal,
    list: _Lifter.items,
    tuple: _Lifter.items,
    dict: _Lifter.entries,
    Range: _Lifter.range,
    **dict.fromkeys(_SAME - {str}, _Lifter.same),
}


def _by_base(value: object) -> _Lift:
    if isinstance(value, str):
        return _Lifter.text
    if isinstance(value, Mapping):
        return _Lifter.entries
    raise FeelError("value", kind=type(value).__name__)


def from_feel(value: Value) -> Any:
    """A FEEL value as JSON; a date and time leaves with its offset."""
    return _Lowerer().lower(value, 0)


class _Lowerer:
    """Counts, because values may share parts: unfolded they could be without end."""

    def __init__(self) -> None:
        self.count = 0

    def lower(self, value: Value, depth: int) -> Any:
        self.count += 1
        if self.count > BOUNDS.data:
            raise FeelError("data", limit=BOUNDS.data)
        if depth > BOUNDS.depth:
            raise FeelError("depth", limit=BOUNDS.depth)
        kind = type(value)
        if kind in (str, bool, type(None)):
            return value
        if kind is Decimal:
            return _plain_number(value)
        if kind is list:
            return [self.lower(item, depth + 1) for item in value]
        if kind is dict:
            return {key: self.lower(item, depth + 1) for key, item in value.items()}
        if kind is datetime and (value.tzinfo is None or isinstance(value.tzinfo, ZoneInfo)):
            return value.replace(tzinfo=value.tzinfo or ZONE).isoformat()
        return text_of(value)


def _plain_number(value: Decimal) -> int | float:
    whole = value == value.to_integral_value()
    return int(value) if whole and value.adjusted() < 400 else float(value)


def _typed(value: Value, schema: Mapping[str, Any], depth: int) -> Value:
    """Read text as what the schema's `format` says it is."""
    if depth > BOUNDS.depth:
        raise FeelError("depth", limit=BOUNDS.depth)
    if type(value) is str and schema.get("format") in _FORMATS:
        read = parse_temporal(value)
        return read if type(read) in _FORMATS[schema["format"]] else value
    if type(value) is list and isinstance(schema.get("items"), Mapping):
        return [_typed(item, schema["items"], depth + 1) for item in value]
    if type(value) is dict:
        return _typed_entries(value, schema, depth)
    return value


def _typed_entries(value: dict[str, Value], schema: Mapping[str, Any], depth: int) -> Value:
    properties = schema.get("properties") or {}
    others = schema.get("additionalProperties")
    other = others if isinstance(others, Mapping) else {}
    return {
        key: _typed(item, properties.get(key) or other, depth + 1) for key, item in value.items()
    }


_FORMATS: dict[str, tuple[type, ...]] = {
    "date": (date,),
    "date-time": (datetime,),
    "time": (time,),
    "duration": (timedelta, Months),
}
