"""Calling functions: those of the standard and those the organisation brings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from workflows.engine.feel.convert import lift_charged
from workflows.engine.feel.errors import FeelError
from workflows.engine.feel.operators import Meter
from workflows.engine.feel.values import Value


@dataclass(frozen=True)
class Builtin:
    """A function of the standard: its parameters, and what it does with a meter and values."""

    name: str
    run: Callable[..., Value]
    signatures: tuple[tuple[str, ...], ...]
    required: int
    variadic: bool = False
    takes_list: bool = False  # its first parameter is a list; no singleton is unwrapped


def call_builtin(
    builtin: Builtin, values: Sequence[Value], keywords: tuple[str, ...], meter: Meter
) -> Value:
    """Invoke by position or by name; a missing named argument is null (DMN 10.3.2.13.3)."""
    if keywords:
        values = _ordered(builtin, dict(zip(keywords, values, strict=True)))
    longest = max(len(names) for names in builtin.signatures)
    if len(values) < builtin.required or (len(values) > longest and not builtin.variadic):
        raise FeelError("arguments", name=builtin.name)
    return builtin.run(meter, *values)


def _ordered(builtin: Builtin, given: dict[str, Value]) -> list[Value]:
    for names in builtin.signatures:
        if given.keys() <= set(names):
            ordered = [given.get(name) for name in names]
            while len(ordered) > builtin.required and names[len(ordered) - 1] not in given:
                ordered.pop()
            return ordered
    raise FeelError("arguments", name=builtin.name)


def call_own(
    function: Callable[..., object],
    name: str,
    given: tuple[Sequence[Value], tuple[str, ...]],
    meter: Meter,
) -> Value:
    """Invoke a function of the organisation; what it cannot take or do is the author's fault."""
    values, keywords = given
    try:
        if keywords:
            named: dict[str, Any] = {
                key.replace(" ", "_"): value for key, value in zip(keywords, values, strict=True)
            }
            return lift_charged(function(**named), meter)
        return lift_charged(function(*values), meter)
    except FeelError:
        raise
    except TypeError as fault:
        raise FeelError("arguments", name=name) from fault
    except (ValueError, ArithmeticError, LookupError) as fault:
        raise FeelError("failed", name=name, reason=str(fault)[:200]) from fault
