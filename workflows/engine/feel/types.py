"""The types of values, for `instance of` (DMN 10.3.2.9) and for the columns of a table."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from workflows.engine.feel.operators import Meter
from workflows.engine.feel.syntax import TypeName
from workflows.engine.feel.values import Months, Range, Value

KINDS: dict[str, type] = {
    "number": Decimal,
    "string": str,
    "boolean": bool,
    "date": date,
    "time": time,
    "date and time": datetime,
    "days and time duration": timedelta,
    "years and months duration": Months,
    "list": list,
    "context": dict,
    "range": Range,
}
TYPE_NAMES = frozenset(KINDS) | {"Any", "Null"}


def is_instance(value: Value, wanted: TypeName, meter: Meter) -> bool:
    """Whether a value is of a type; null is of none but Null (DMN Table 61)."""
    if wanted.name == "Null":
        return value is None
    if value is None:
        return False
    if wanted.name == "Any":
        return True
    if type(value) is not KINDS[wanted.name]:
        return False
    return wanted.element is None or _holds(value, wanted, meter)


def _holds(value: Any, wanted: TypeName, meter: Meter) -> bool:
    """Whether all that a list or a range holds is of its element type; null fits each."""
    parts = (value.low, value.high) if wanted.name == "range" else value
    element = wanted.element
    meter.charge(len(parts))
    return element is None or all(
        part is None or is_instance(part, element, meter) for part in parts
    )
