"""Context functions (DMN Table 81), and the list of a context's values."""

from workflows.engine.feel.builtins.registry import bounded, function
from workflows.engine.feel.invocation import Builtin
from workflows.engine.feel.operators import Meter
from workflows.engine.feel.values import Value

FUNCTIONS: list[Builtin] = []


@function("get value(m, key)", into=FUNCTIONS)
def _get_value(_meter: Meter, context: Value, key: Value) -> Value:
    return context.get(key) if type(context) is dict and type(key) is str else None


@function("get entries(m)", into=FUNCTIONS)
def _get_entries(meter: Meter, context: Value) -> Value:
    if type(context) is not dict:
        return None
    meter.charge(len(context))
    return [{"key": key, "value": value} for key, value in context.items()]


@function("values(m~)", into=FUNCTIONS)
def _values(meter: Meter, context: Value) -> Value:
    """Our own: what a collection keyed by person or unit holds."""
    if type(context) is not dict:
        return None
    meter.charge(len(context))
    return list(context.values())


@function("context([entries])", into=FUNCTIONS)
def _context(meter: Meter, entries: Value) -> Value:
    if entries is None:
        return None
    meter.charge(len(entries))
    built: dict[str, Value] = {}
    for entry in entries:
        fits = type(entry) is dict and type(entry.get("key")) is str and "value" in entry
        if not fits or entry["key"] in built:
            return None
        built[entry["key"]] = entry["value"]
    return built


@function("context put(context, key~, value~)", into=FUNCTIONS)
def _context_put(meter: Meter, context: Value, key: Value, value: Value) -> Value:
    keys = key if type(key) is list else [key]
    if not keys or not all(type(part) is str for part in keys):
        return None
    return _put(context, keys, value, meter)


def _put(context: Value, keys: list[str], value: Value, meter: Meter) -> Value:
    if type(context) is not dict:
        return None
    inner = value
    below = [context]
    for key in keys[:-1]:
        step = below[-1].get(key, {})
        if type(step) is not dict:
            return None
        below.append(step)
    for holder, key in zip(reversed(below), reversed(keys), strict=True):
        meter.charge(len(holder) + 1)
        inner = {**holder, key: inner}
        bounded(list(inner))
    return inner


@function("context merge([contexts])", into=FUNCTIONS)
def _context_merge(meter: Meter, contexts: Value) -> Value:
    if contexts is None or not all(type(context) is dict for context in contexts):
        return None
    merged: dict[str, Value] = {}
    for context in contexts:
        meter.charge(len(context) + 1)
        merged.update(context)
        bounded(list(merged))
    return merged
