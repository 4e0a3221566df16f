"""How a function of the standard is declared: by the signatures the standard prints.

    @function("substring(string, start position, length?)")

`?` may be missing, `*` may be repeated, `[list]` takes a list (one value becomes a list), `~`
takes anything as it is. Where a single value is asked for, a list of one gives its item
(implicit conversions, DMN 10.3.2.9.4).
"""

import re
from collections.abc import Callable, Sequence

from workflows.engine.feel.bounds import BOUNDS
from workflows.engine.feel.errors import FeelError
from workflows.engine.feel.invocation import Builtin
from workflows.engine.feel.operators import Meter
from workflows.engine.feel.values import Value

Body = Callable[..., Value]
_SIGNATURE = re.compile(r"(?P<name>[^(]+)\((?P<parameters>[^)]*)\)")


def declare(*signatures: str) -> tuple[str, tuple[tuple[str, ...], ...], tuple[str, ...]]:
    """The name, the parameter names of each signature, and the raw parameters of the longest."""
    names: list[tuple[str, ...]] = []
    longest: tuple[str, ...] = ()
    name = ""
    for signature in signatures:
        match = _SIGNATURE.fullmatch(signature)
        if match is None:
            raise ValueError(signature)
        name = match["name"]
        raw = tuple(part.strip() for part in match["parameters"].split(",") if part.strip())
        names.append(tuple(part.strip("[]?*~") for part in raw))
        longest = raw if len(raw) >= len(longest) else longest
    return name, tuple(names), longest


def function(*signatures: str, into: list[Builtin]) -> Callable[[Body], Body]:
    """Register a function of the standard under its printed signatures."""
    name, names, parameters = declare(*signatures)
    required = min(
        sum(
            1
            for part in signature.split("(", 1)[1].split(",")
            if part.strip(") ") and "?" not in part
        )
        for signature in signatures
    )

    def register(body: Body) -> Body:
        def run(meter: Meter, *values: Value) -> Value:
            return body(meter, *_converted(parameters, values))

        variadic = bool(parameters) and "*" in parameters[-1]
        into.append(Builtin(name, run, names, required, variadic))
        return body

    return register


def _converted(parameters: Sequence[str], values: Sequence[Value]) -> list[Value]:
    converted: list[Value] = []
    for at, value in enumerate(values):
        wanted = parameters[min(at, len(parameters) - 1)]
        if "[" in wanted:
            converted.append(value if type(value) is list or value is None else [value])
        elif "~" not in wanted and type(value) is list and len(value) == 1:
            converted.append(value[0])
        else:
            converted.append(value)
    return converted


def bounded(items: list[Value]) -> list[Value]:
    """A list, unless it is too long."""
    if len(items) > BOUNDS.items:
        raise FeelError("items", limit=BOUNDS.items)
    return items
