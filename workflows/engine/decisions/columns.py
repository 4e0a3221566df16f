"""A column of a table cut into pieces: values that all its cells treat alike.

Each piece has one value that stands for it. What depends on functions, or on names without a
known value, cannot be cut; neither can an order of texts.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise
from typing import Any

from workflows.engine.decisions.table import Decision, Input
from workflows.engine.feel import Expression, FeelError, Months, Value, evaluate
from workflows.engine.feel.parser import walk
from workflows.engine.feel.syntax import (
    And,
    Between,
    Call,
    Comparison,
    In,
    InputValue,
    ListOf,
    Literal,
    Name,
    Negation,
    Node,
    Or,
    Path,
    RangeOf,
    Test,
    UnaryTests,
)

OTHER = "\x00"  # a text that no cell names
Figures = Mapping[str, Mapping[str, object]]  # names with a known value: days.…, rule.…
NO_FIGURES: Figures = {}
WHOLE = frozenset({"integer", "long"})
_CONSTANT_CALLS = frozenset({"date", "date and time", "duration"})
_PLAIN = (UnaryTests, Test, RangeOf, ListOf, And, Or, Between, In, Comparison, InputValue)
_ORDERED: dict[type, Value] = {
    Decimal: Decimal(1),
    date: timedelta(days=1),
    datetime: timedelta(seconds=1),
    timedelta: timedelta(seconds=1),
    Months: 1,
}


@dataclass(frozen=True)
class Piece:
    """One value, everything between two, everything beyond the last, or whatever else there is."""

    sample: Value
    low: Value = None
    high: Value = None
    kind: str = "value"  # value, span, other, any, null


@dataclass(frozen=True)
class Column:
    """The pieces of what the columns at `places` ask, in order, and by row which of them its
    cells take (bits)."""

    places: tuple[int, ...]
    pieces: tuple[Piece, ...]
    taken: tuple[int, ...]

    @property
    def whole(self) -> int:
        """All pieces that an input can be of; null counts only where a cell asks for it."""
        return sum(1 << at for at, one in enumerate(self.pieces) if one.kind != "null")


@dataclass
class Trials:
    """How many cells may still be tried on a value."""

    left: int

    def spend(self, count: int) -> bool:
        """Whether there was enough."""
        self.left -= count
        return self.left >= 0


def groups_of(decision: Decision) -> list[tuple[int, ...]]:
    """The places of the columns, those together that ask the same: they cannot vary apart."""
    groups: dict[str, list[int]] = {}
    for place, one in enumerate(decision.inputs):
        groups.setdefault(one.expression.text, []).append(place)
    return [tuple(places) for places in groups.values()]


def column_of(
    decision: Decision, places: tuple[int, ...], figures: Figures, trials: Trials
) -> Column | None:
    """The pieces of columns that ask the same; none where they cannot be cut, or at the cost of
    more trials than are left."""
    asked = [decision.inputs[place] for place in places]
    cells = [rule.tests[place] for rule in decision.rules for place in places]
    pieces = _pieces_of(asked, [cell for cell in cells if cell is not None], figures)
    if pieces is None or not trials.spend(len(pieces) * len(cells)):
        return None
    rows = [[rule.tests[place] for place in places] for rule in decision.rules]
    taken = tuple(_taken(row, pieces, figures) for row in rows)
    return Column(places, tuple(pieces), taken)


def _pieces_of(
    asked: Sequence[Input], cells: Sequence[Expression], figures: Figures
) -> list[Piece] | None:
    allowed = [one.values for one in asked if one.values is not None]
    every = [*cells, *allowed]
    literals = constants_of(every, figures)
    if literals is None:
        return None
    pieces = _cut(literals, asked[0].type, every)
    if pieces is None:
        return None
    pieces = [
        one for one in pieces if all(holds(listed, one.sample, figures) for listed in allowed)
    ]
    if any(_names_null(cell) for cell in cells):
        pieces.append(Piece(None, kind="null"))
    return pieces or None


def _cut(literals: Sequence[Value], kind: str, cells: Sequence[Expression]) -> list[Piece] | None:
    kinds = {type(value) for value in literals}
    if kinds <= {bool}:
        if kinds or kind == "boolean":
            return [Piece(True), Piece(False)]
        return [Piece(OTHER, kind="any")]
    if len(kinds) != 1:
        return None
    (found,) = kinds
    if found is str:
        if _has_order(cells):
            return None
        return [*map(Piece, literals), Piece(OTHER, kind="other")]
    return _spans(literals, kind in WHOLE) if found in _ORDERED else None


def _spans(literals: Sequence[Value], whole: bool) -> list[Piece] | None:
    """Each value, what lies between every two, and what lies beyond each end, in order."""
    step = _ORDERED[type(literals[0])]
    try:
        ends = sorted(literals)
        pieces = [Piece(_moved(ends[0], step, back=True), high=ends[0], kind="span")]
        for low, high in pairwise(ends):
            pieces.append(Piece(low))
            between = _between(low, high, step, whole)
            if between is not None:
                pieces.append(Piece(between, low, high, "span"))
        pieces += [Piece(ends[-1]), Piece(_moved(ends[-1], step), low=ends[-1], kind="span")]
    except (TypeError, ValueError, ArithmeticError, FeelError):
        return None
    if whole:
        return [one for one in map(_whole, pieces) if one is not None]
    return pieces


def _moved(value: Any, step: Any, *, back: bool = False) -> Value:
    if type(value) is Months:
        return Months(value.count - step if back else value.count + step)
    return value - step if back else value + step


def _between(low: Any, high: Any, step: Any, whole: bool) -> Value:
    """A value between two; none where there is none, as between one day and the next."""
    if whole or type(low) in (Months, date):
        next_one = _moved(_floor(low) if whole else low, step)
        return next_one if next_one < high else None
    middle = low + (high - low) / 2
    return middle if low < middle < high else None


def _floor(value: Any) -> Any:
    return value.to_integral_value(ROUND_FLOOR) if type(value) is Decimal else value


def _whole(piece: Piece) -> Piece | None:
    """Of whole numbers only: what is none is no piece of its own."""
    sample = _floor(piece.sample)
    if piece.kind == "value":
        return piece if sample == piece.sample else None
    return Piece(sample, piece.low, piece.high, piece.kind)


def constants_of(cells: Sequence[Expression], figures: Figures = NO_FIGURES) -> list[Value] | None:
    """The values that cells speak of, once each; none if they speak of anything else."""
    found: dict[tuple[type, Value], Value] = {}
    for cell in cells:
        if not cell.names <= figures.keys() or cell.filter_names:
            return None
        waiting: list[Node] = [cell.tree]
        while waiting:
            node = waiting.pop()
            value = constant(node, figures)
            if value is not None:
                found[(type(value), value)] = value
            elif isinstance(node, _PLAIN):
                waiting.extend(_parts(node))
            elif not _is_null(node):
                return None
    return list(found.values())


def _parts(node: Node) -> list[Node]:
    return [part for part, depth in walk(node) if depth == 2]


def constant(node: Node, figures: Figures = NO_FIGURES) -> Value:
    """The value of a literal, a signed number, a known figure or `date("…")`; else null."""
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Path) and isinstance(node.source, Name):
        return _figure(node.source.name, node.key, figures)
    if isinstance(node, Negation):
        inner = constant(node.operand, figures)
        return None if inner is None else _or_null("-x", inner)
    if isinstance(node, Call) and node.name in _CONSTANT_CALLS and len(node.arguments) == 1:
        inner = constant(node.arguments[0], figures)
        return _or_null(f"{node.name}(x)", inner) if type(inner) is str else None
    return None


def _figure(group: str, key: str, figures: Figures) -> Value:
    value = figures.get(group, {}).get(key)
    return None if value is None else _or_null("x", value)


def _or_null(text: str, value: object) -> Value:
    try:
        return evaluate(text, {"x": value})
    except FeelError:
        return None


def _is_null(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None


def _names_null(cell: Expression) -> bool:
    return any(_is_null(node) for node, _ in walk(cell.tree))


def _has_order(cells: Sequence[Expression]) -> bool:
    """Whether cells speak of before and after, not only of equal values."""
    return any(_is_ordering(node) for cell in cells for node, _ in walk(cell.tree))


def _is_ordering(node: Node) -> bool:
    if isinstance(node, Comparison | Test):
        return node.operator not in (None, "=", "!=")
    return isinstance(node, RangeOf | Between)


def _taken(row: Sequence[Expression | None], pieces: Sequence[Piece], figures: Figures) -> int:
    """The pieces that pass every cell of a row."""
    bits = (1 << len(pieces)) - 1
    for cell in row:
        if cell is not None:
            bits &= sum(_bits(cell, pieces, figures))
    return bits


def _bits(cell: Expression, pieces: Sequence[Piece], figures: Figures) -> Iterator[int]:
    for at, piece in enumerate(pieces):
        if holds(cell, piece.sample, figures):
            yield 1 << at


def holds(cell: Expression, value: Value, figures: Figures = NO_FIGURES) -> bool:
    """Whether a cell takes a value."""
    try:
        return evaluate(cell, figures, input_value=value) is True
    except FeelError:
        return False
