"""Iterations and filters: where work repeats, every round is charged."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from workflows.engine.feel.bounds import BOUNDS
from workflows.engine.feel.errors import FeelError
from workflows.engine.feel.values import Range, Value


@dataclass(frozen=True)
class Source:
    """Where the variable of an iteration gets its values, and what it costs to ask."""

    slot: int
    code: Callable[[Any], Value]
    cost: int


def each_binding(sources: list[Source], run: Any, cost: int, level: int = 0) -> Iterator[None]:
    """Bind every combination in turn; the last variable runs fastest (DMN 10.3.2.14)."""
    source = sources[level]
    inner = level + 1 < len(sources)
    run.charge(source.cost)
    for item in items_of(source.code(run)):
        run.charge(1 if inner else cost)
        run.slots[source.slot] = item
        if inner:
            yield from each_binding(sources, run, cost, level + 1)
        else:
            yield


def items_of(value: Value) -> Iterable[Value]:
    """What an iteration goes over: a list, the whole numbers of a range, or one value."""
    if type(value) in (list, Numbers):
        return value  # type: ignore[no-any-return]
    if type(value) is Range:
        skipped = int(not value.low_included), int(not value.high_included)
        return numbers_between(value.low, value.high, skipped)
    return [] if value is None else [value]


class Numbers:
    """Whole numbers, made one by one: who stops early has not paid for the rest."""

    def __init__(self, numbers: range) -> None:
        self.numbers = numbers

    def __iter__(self) -> Iterator[Decimal]:
        return map(Decimal, self.numbers)


def numbers_between(start: Value, end: Value, skipped: tuple[int, int] = (0, 0)) -> Numbers:
    """The whole numbers of `1..n`, downwards too; none if an end is no whole number."""
    if not (_whole(start) and _whole(end)):
        return Numbers(range(0))
    if abs(end - start) >= BOUNDS.items:
        raise FeelError("items", limit=BOUNDS.items)
    first, last = int(start), int(end)
    step = 1 if first <= last else -1
    return Numbers(range(first + step * skipped[0], last + step * (1 - skipped[1]), step))


def _whole(value: Value) -> bool:
    return type(value) is Decimal and value.adjusted() < 40 and value == value.to_integral_value()


def choose(
    source: Value, condition: Callable[[Any], Value], run: Any, plan: tuple[int, int, bool]
) -> Value:
    """`source[condition]`: the item at an index, or the items the condition is true for."""
    slot, cost, may_be_index = plan
    items = source if type(source) is list else _as_list(source)
    run.slots[slot] = None
    if may_be_index:
        run.charge(cost)
        index = condition(run)
        if type(index) is Decimal:
            return at_index(items, index)
    kept: list[Value] = []
    for item in items:
        run.charge(cost)
        run.slots[slot] = item
        chosen = condition(run)
        if chosen is True:
            kept.append(item)
    return kept


def _as_list(value: Value) -> list[Value]:
    return [] if value is None else [value]


def at_index(items: list[Value], index: Decimal) -> Value:
    """The item at a place counted from 1, or from the end when negative; else null."""
    if not _whole(index):
        return None
    place = int(index)
    if 1 <= place <= len(items):
        return items[place - 1]
    return items[place] if -len(items) <= place <= -1 else None
