"""List functions (DMN Table 75)."""

from collections.abc import Callable
from decimal import Decimal

from workflows.engine.feel.bounds import BOUNDS
from workflows.engine.feel.builtins.registry import Body, bounded, function
from workflows.engine.feel.errors import FeelError
from workflows.engine.feel.invocation import Builtin
from workflows.engine.feel.operators import (
    Meter,
    add,
    divide,
    equal,
    multiply,
    ordered,
    power,
    subtract,
)
from workflows.engine.feel.values import DECIMAL, Value, number

FUNCTIONS: list[Builtin] = []


def _spread(values: tuple[Value, ...]) -> list[Value] | None:
    """`f(list)` and `f(a, b, …)` are the same."""
    if len(values) == 1:
        return values[0] if type(values[0]) is list or values[0] is None else [values[0]]
    return list(values)


def _same(left: Value, right: Value, meter: Meter) -> bool:
    return equal(left, right, meter) is True


def _place(position: Value, length: int) -> int | None:
    """A position counted from 1, or from the end when negative, as an index; else None."""
    if type(position) is not Decimal or position.adjusted() > 9:
        return None
    place = int(position)
    if place != position or place == 0:
        return None
    return place - 1 if place > 0 else length + place


@function("list contains([list], element~)", into=FUNCTIONS)
def _list_contains(meter: Meter, items: Value, element: Value) -> Value:
    if items is None:
        return None
    meter.charge(len(items))
    return any(_same(item, element, meter) for item in items)


@function("count([list])", into=FUNCTIONS)
def _count(_meter: Meter, items: Value) -> Value:
    return None if items is None else Decimal(len(items))


def _extreme(operator: str) -> Body:
    def find(meter: Meter, *values: Value) -> Value:
        items = _spread(values)
        if not items:
            return None
        meter.charge(len(items))
        best = items[0]
        if ordered("<=", best, best) is None:
            return None
        for item in items[1:]:
            better = ordered(operator, item, best)
            if better is None:
                return None
            best = item if better else best
        return best

    return find


function("min(list~*)", into=FUNCTIONS)(_extreme("<"))
function("max(list~*)", into=FUNCTIONS)(_extreme(">"))


def _folded(
    items: list[Value] | None, start: Decimal, step: Callable[[Value, Value], Value]
) -> Value:
    if not items or any(type(item) is not Decimal for item in items):
        return None
    total: Value = start
    for item in items:
        total = step(total, item)
    return total


@function("sum(list~*)", into=FUNCTIONS)
def _sum(meter: Meter, *values: Value) -> Value:
    items = _spread(values)
    meter.charge(len(items or ()))
    return _folded(items, Decimal(0), add)


@function("product(list~*)", into=FUNCTIONS)
def _product(meter: Meter, *values: Value) -> Value:
    items = _spread(values)
    meter.charge(len(items or ()))
    return _folded(items, Decimal(1), multiply)


@function("mean(list~*)", into=FUNCTIONS)
def _mean(meter: Meter, *values: Value) -> Value:
    items = _spread(values)
    meter.charge(len(items or ()))
    total = _folded(items, Decimal(0), add)
    return None if total is None else divide(total, number(len(items or ())))


@function("median(list~*)", into=FUNCTIONS)
def _median(meter: Meter, *values: Value) -> Value:
    items = _sorted_numbers(_spread(values), meter)
    if not items:
        return None
    middle = len(items) // 2
    if len(items) % 2:
        return items[middle]
    return divide(add(items[middle - 1], items[middle]), Decimal(2))


def _sorted_numbers(items: list[Value] | None, meter: Meter) -> list[Decimal] | None:
    if items is None or any(type(item) is not Decimal for item in items):
        return None
    meter.charge(2 * len(items))
    return sorted(items)


@function("stddev(list~*)", into=FUNCTIONS)
def _stddev(meter: Meter, *values: Value) -> Value:
    """The standard deviation of a sample."""
    items = _spread(values)
    meter.charge(2 * len(items or ()))
    total = _folded(items, Decimal(0), add)
    if items is None or total is None or len(items) < 2:
        return None
    mean = divide(total, number(len(items)))
    squares = [power(subtract(item, mean), Decimal(2)) for item in items]
    variance = divide(_folded(squares, Decimal(0), add), number(len(items) - 1))
    return DECIMAL.sqrt(variance)


@function("mode(list~*)", into=FUNCTIONS)
def _mode(meter: Meter, *values: Value) -> Value:
    """The numbers that occur most often, in ascending order."""
    items = _sorted_numbers(_spread(values), meter)
    if items is None:
        return None
    counts: dict[Decimal, int] = {}
    for item in items:
        counts[item] = counts.get(item, 0) + 1
    most = max(counts.values(), default=0)
    return [item for item, count in counts.items() if count == most]


def _all_of(items: list[Value] | None, decisive: bool) -> Value:
    if items is None:
        return None
    if any(item is decisive for item in items):
        return decisive
    return (not decisive) if all(type(item) is bool for item in items) else None


@function("all(list~*)", into=FUNCTIONS)
def _all(meter: Meter, *values: Value) -> Value:
    items = _spread(values)
    meter.charge(len(items or ()))
    return _all_of(items, decisive=False)


@function("any(list~*)", into=FUNCTIONS)
def _any(meter: Meter, *values: Value) -> Value:
    items = _spread(values)
    meter.charge(len(items or ()))
    return _all_of(items, decisive=True)


@function("sublist([list], start position, length?)", into=FUNCTIONS)
def _sublist(meter: Meter, items: Value, position: Value, *length: Value) -> Value:
    if items is None:
        return None
    start = _place(position, len(items))
    if start is None or not 0 <= start < len(items):
        return None
    meter.charge(len(items))
    if not length or length[0] is None:
        return items[start:]
    size = _place(length[0], 0)
    if size is None or size < 0 or start + size + 1 > len(items):
        return None
    return items[start : start + size + 1]


@function("append([list], item~*)", into=FUNCTIONS)
def _append(meter: Meter, items: Value, *added: Value) -> Value:
    if items is None:
        return None
    meter.charge(len(items) + len(added))
    return bounded([*items, *added])


@function("concatenate([list]*)", into=FUNCTIONS)
def _concatenate(meter: Meter, *lists: Value) -> Value:
    return _chain(lists, meter)


def _chain(lists: tuple[Value, ...], meter: Meter) -> list[Value] | None:
    chained: list[Value] = []
    for items in lists:
        if items is None:
            return None
        meter.charge(len(items) + 1)
        chained.extend(items)
        bounded(chained)
    return chained


@function("insert before([list], position, newItem~)", into=FUNCTIONS)
def _insert_before(meter: Meter, items: Value, position: Value, item: Value) -> Value:
    place = None if items is None else _place(position, len(items))
    if place is None or not 0 <= place < max(len(items), 1):
        return None
    meter.charge(len(items))
    return bounded([*items[:place], item, *items[place:]])


@function("remove([list], position)", into=FUNCTIONS)
def _remove(meter: Meter, items: Value, position: Value) -> Value:
    place = None if items is None else _place(position, len(items))
    if place is None or not 0 <= place < len(items):
        return None
    meter.charge(len(items))
    return [*items[:place], *items[place + 1 :]]


@function("list replace([list], position, newItem~)", into=FUNCTIONS)
def _list_replace(meter: Meter, items: Value, position: Value, item: Value) -> Value:
    place = None if items is None else _place(position, len(items))
    if place is None or not 0 <= place < len(items):
        return None
    meter.charge(len(items))
    return [*items[:place], item, *items[place + 1 :]]


@function("reverse([list])", into=FUNCTIONS)
def _reverse(meter: Meter, items: Value) -> Value:
    meter.charge(len(items or ()))
    return None if items is None else items[::-1]


@function("index of([list], match~)", into=FUNCTIONS)
def _index_of(meter: Meter, items: Value, match: Value) -> Value:
    if items is None:
        return None
    meter.charge(len(items))
    return [Decimal(at) for at, item in enumerate(items, 1) if _same(item, match, meter)]


def _distinct(items: list[Value], meter: Meter) -> list[Value]:
    """The first of each value; every comparison is charged."""
    seen: set[Value] = set()
    kept: list[Value] = []
    for item in items:
        if type(item) in (Decimal, str):  # these tell by their hash, the others one by one
            new = (type(item), item) not in seen
            seen.add((type(item), item))
        else:
            meter.charge(len(kept) + 1)
            new = not any(_same(item, other, meter) for other in kept)
        if new:
            kept.append(item)
    return kept


@function("distinct values([list])", into=FUNCTIONS)
def _distinct_values(meter: Meter, items: Value) -> Value:
    meter.charge(len(items or ()))
    return None if items is None else _distinct(items, meter)


@function("union([list]*)", into=FUNCTIONS)
def _union(meter: Meter, *lists: Value) -> Value:
    chained = _chain(lists, meter)
    return None if chained is None else _distinct(chained, meter)


@function("flatten([list])", into=FUNCTIONS)
def _flatten(meter: Meter, items: Value) -> Value:
    if items is None:
        return None
    flat: list[Value] = []
    _flatten_into(flat, items, meter, 0)
    return flat


def _flatten_into(flat: list[Value], items: list[Value], meter: Meter, depth: int) -> None:
    if depth > BOUNDS.depth:
        raise FeelError("depth", limit=BOUNDS.depth)
    meter.charge(len(items) + 1)
    for item in items:
        if type(item) is list:
            _flatten_into(flat, item, meter, depth + 1)
        else:
            flat.append(item)
    bounded(flat)
