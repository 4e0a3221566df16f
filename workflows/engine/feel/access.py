"""How names and paths find their values: only among what was given, and only by key."""

from typing import Any

from workflows.engine.feel.convert import lift
from workflows.engine.feel.errors import FeelError
from workflows.engine.feel.operators import Meter
from workflows.engine.feel.run import Code, Run
from workflows.engine.feel.temporal import properties
from workflows.engine.feel.values import Value


def slot_code(slot: int) -> Code:
    return lambda run: run.slots[slot]


def variable(path: tuple[str, ...], at: int) -> Code:
    """A variable, or a part of one: only the part asked for is turned into FEEL."""
    name, rest = path[0], path[1:]

    def read(run: Run) -> Value:
        if path in run.lifted:
            return run.lifted[path]
        try:
            value: Any = run.names[name]
        except KeyError:
            raise FeelError("name", at, name=name) from None
        try:
            return _reach(value, rest, path, run)
        except FeelError as fault:
            fault.at(at)
            raise

    return read


def _reach(value: Any, rest: tuple[str, ...], path: tuple[str, ...], run: Run) -> Value:
    done = 0
    while done < len(rest) and type(value) is dict:
        value = value.get(rest[done])
        done += 1
    result = lift(value)
    for key in rest[done:]:
        result = select(result, key, run)
    if type(result) in (list, dict):
        run.lifted[path] = result
    return result


def variable_or_null(name: str) -> Code:
    """Within a filter an unknown name is a key that this item lacks: null."""

    def read(run: Run) -> Value:
        if (name,) in run.lifted:
            return run.lifted[(name,)]
        return _reach(run.names[name], (), (name,), run) if name in run.names else None

    return read


def item_first(items: tuple[int, ...], name: str, otherwise: Code) -> Code:
    def read(run: Run) -> Value:
        for slot in items:
            item = run.slots[slot]
            if type(item) is dict and name in item:
                return item[name]
        return otherwise(run)

    return read


def steps(start: Code, keys: tuple[str, ...]) -> Code:
    code = start
    for key in keys:
        code = _step(code, key)
    return code


def _step(inner: Code, key: str) -> Code:
    return lambda run: select(inner(run), key, run)


def select(value: Value, key: str, run: Meter) -> Value:
    """`value.key`: of a context, of every item of a list, of a date or duration; else null."""
    kind = type(value)
    if kind is dict:
        return value.get(key)
    if kind is list:
        run.charge(len(value))
        return [select(item, key, run) if type(item) is not list else None for item in value]
    parts = properties(value)
    return parts[key](value) if parts and key in parts else None
