"""One evaluation, and the scopes that are known before it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from workflows.engine.feel.operators import Meter
from workflows.engine.feel.values import Value

Code = Callable[["Run"], Value]
ABSENT: Any = ...


class Run(Meter):
    """One evaluation: what it may see and what it has used up."""

    __slots__ = ("functions", "input", "lifted", "names", "slots")

    def __init__(
        self,
        names: Mapping[str, object],
        functions: Mapping[str, Callable[..., object]],
        input_value: Value,
        slots: int,
    ) -> None:
        super().__init__()
        self.names = names
        self.functions = functions
        self.input = input_value
        self.slots: list[Value] = [None] * slots
        self.lifted: dict[tuple[str, ...], Value] = {}


@dataclass(frozen=True)
class Scope:
    """The names an inner part sees: bound ones and the keys of filtered items."""

    bound: Mapping[str, int]
    item: int | None = None  # slot of a filter's item
    outer: "Scope | None" = None
