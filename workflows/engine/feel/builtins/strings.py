"""String functions (DMN Table 74). Positions count characters, from 1."""

from decimal import Decimal

from workflows.engine.feel.bounds import BOUNDS
from workflows.engine.feel.builtins.registry import bounded, function
from workflows.engine.feel.errors import FeelError
from workflows.engine.feel.invocation import Builtin
from workflows.engine.feel.operators import CHARACTERS_PER_STEP, Meter, joined
from workflows.engine.feel.regex import compile_pattern
from workflows.engine.feel.values import Value

FUNCTIONS: list[Builtin] = []


def _texts(meter: Meter, *values: Value) -> bool:
    """Whether all are texts; the walk over them is charged."""
    if any(type(value) is not str for value in values):
        return False
    meter.charge(sum(map(len, values)) // CHARACTERS_PER_STEP)
    return True


@function("substring(string, start position, length?)", into=FUNCTIONS)
def _substring(meter: Meter, text: Value, position: Value, *length: Value) -> Value:
    start = _start(text, position)
    if start is None or not _texts(meter, text):
        return None
    if not length or length[0] is None:
        return text[start:]
    if type(length[0]) is not Decimal or length[0] < 1:
        return None
    size = int(min(length[0], Decimal(len(text))))
    return text[start : start + size]


def _start(text: Value, position: Value) -> int | None:
    if type(text) is not str or type(position) is not Decimal:
        return None
    if position == 0 or abs(position) > len(text):
        return None
    place = int(position)
    return place - 1 if place > 0 else len(text) + place


@function("string length(string)", into=FUNCTIONS)
def _string_length(_meter: Meter, text: Value) -> Value:
    return Decimal(len(text)) if type(text) is str else None


@function("upper case(string)", into=FUNCTIONS)
def _upper_case(meter: Meter, text: Value) -> Value:
    return joined(text.upper()) if _texts(meter, text) else None


@function("lower case(string)", into=FUNCTIONS)
def _lower_case(meter: Meter, text: Value) -> Value:
    return joined(text.lower()) if _texts(meter, text) else None


@function("substring before(string, match)", into=FUNCTIONS)
def _substring_before(meter: Meter, text: Value, match: Value) -> Value:
    if not _texts(meter, text, match):
        return None
    before, found, _ = text.partition(match) if match else ("", "", "")
    return before if found else ""


@function("substring after(string, match)", into=FUNCTIONS)
def _substring_after(meter: Meter, text: Value, match: Value) -> Value:
    if not _texts(meter, text, match):
        return None
    return text.partition(match)[2] if match else text


@function("contains(string, match)", into=FUNCTIONS)
def _contains(meter: Meter, text: Value, match: Value) -> Value:
    return match in text if _texts(meter, text, match) else None


@function("starts with(string, match)", into=FUNCTIONS)
def _starts_with(meter: Meter, text: Value, match: Value) -> Value:
    return text.startswith(match) if _texts(meter, text, match) else None


@function("ends with(string, match)", into=FUNCTIONS)
def _ends_with(meter: Meter, text: Value, match: Value) -> Value:
    return text.endswith(match) if _texts(meter, text, match) else None


@function("string join([list], delimiter?, prefix?, suffix?)", into=FUNCTIONS)
def _string_join(meter: Meter, items: Value, delimiter: Value = None, *around: Value) -> Value:
    ends = [*around, None, None]
    between, before, after = ("" if part is None else part for part in (delimiter, *ends[:2]))
    if items is None or not _texts(meter, between, before, after):
        return None
    texts = [item for item in items if item is not None]
    if not _texts(meter, *texts):
        return None
    meter.charge(len(texts))
    size = sum(map(len, texts)) + len(between) * len(texts) + len(before) + len(after)
    if size > BOUNDS.string + len(between):
        raise FeelError("string", limit=BOUNDS.string)
    return joined(before, between.join(texts), after)


@function("matches(input, pattern, flags?)", into=FUNCTIONS)
def _matches(meter: Meter, text: Value, pattern: Value, flags: Value = None) -> Value:
    if not _texts(meter, text, pattern, "" if flags is None else flags):
        return None
    return compile_pattern(pattern, flags or "").search(text, 0, meter) is not None


@function("replace(input, pattern, replacement, flags?)", into=FUNCTIONS)
def _replace(
    meter: Meter, text: Value, pattern: Value, replacement: Value, flags: Value = None
) -> Value:
    if not _texts(meter, text, pattern, replacement, "" if flags is None else flags):
        return None
    return compile_pattern(pattern, flags or "").replace(text, replacement, meter)


@function("split(string, delimiter)", into=FUNCTIONS)
def _split(meter: Meter, text: Value, delimiter: Value) -> Value:
    if not _texts(meter, text, delimiter):
        return None
    return bounded(compile_pattern(delimiter, "").split(text, meter))
