"""Iterations and filters: where work repeats, every round is charged."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

from workflows.engine.feel.bounds import BOUNDS
from workflows.engine.feel.errors import FeelError
from workflows.engine.feel.values import Range, Value


def each_binding(
    sources: list[tuple[int, Callable[[Any], Value]]], run: Any, cost: int, level: int = 0
) -> Iterator[None]:
    """Bind every combination in turn; the last variable runs fastest (DMN 10.3.2.14)."""
    slot, source = sources[level]
    inner = level + 1 < len(sources)
    for item in items_of(source(run)):
        run.charge(1 if inner else cost)
        run.slots[slot] = item
        if inner:
            yield from each_binding(sources, run, cost, level + 1)
        else:
            yield


def items_of(value: Value) -> list[Value] | Iterator[Value]:
    """What an iteration goes over: a list, the whole numbers of a range, or one value."""
    if type(value) is list:
        return value
    if type(value) is Range:
        return _numbers_within(value)
    return [] if value is None else [value]


def numbers_between(start: Value, end: Value) -> list[Value]:
    """The whole numbers of `1..n`, downwards too; none if an end is no whole number."""
    if not (_whole(start) and _whole(end)):
        return []
    if abs(end - start) >= BOUNDS.items:
        raise FeelError("items", limit=BOUNDS.items)
    first, last = int(start), int(end)
    step = 1 if first <= last else -1
    return [Decimal(number) for number in range(first, last + step, step)]


def _numbers_within(interval: Range) -> list[Value]:
    low, high = interval.low, interval.high
    numbers = numbers_between(low, high)
    if numbers and not interval.low_included:
        numbers = numbers[1:]
    return numbers if interval.high_included else numbers[:-1]


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
