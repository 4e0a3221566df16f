"""The types of values, for `instance of` (DMN 10.3.2.9) and for the columns of a table."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

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


def is_instance(value: Value, wanted: TypeName) -> bool:
    """Whether a value is of a type; null is of none but Null (DMN Table 61)."""
    if wanted.name == "Null":
        return value is None
    if value is None:
        return False
    if wanted.name == "Any":
        return True
    if type(value) is not KINDS[wanted.name]:
        return False
    if wanted.element is None:
        return True
    if wanted.name == "range":
        ends = [end for end in (value.low, value.high) if end is not None]
        return all(is_instance(end, wanted.element) for end in ends)
    return all(item is None or is_instance(item, wanted.element) for item in value)
