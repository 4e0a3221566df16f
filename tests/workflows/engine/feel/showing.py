"""Values as the text FEEL would print: what the tables of these tests compare."""

from collections.abc import Callable, Mapping

from workflows.engine.feel import Value, evaluate
from workflows.engine.feel.builtins.conversion import readable
from workflows.engine.feel.operators import Meter


def shown(value: Value) -> str:
    """`null`, `true`, `"text"`, `1`, `2026-01-01`, `[1, 2]`, `{a: 1}`."""
    return readable(value, Meter(), depth=1)


def result(
    text: str,
    names: Mapping[str, object] | None = None,
    functions: Mapping[str, Callable[..., object]] | None = None,
) -> str:
    """What an expression comes to, shown."""
    return shown(evaluate(text, names or {}, functions=functions or {}))
