"""What can be said of a table without asking it: types, values, rows that overlap, gaps.

Decided where cells are plain values, `-`, comparisons or ranges with constant ends; what depends on
names or functions is left alone. Each column is cut into the pieces its cells speak of. Two rows
overlap when they share a piece in every column; a gap is a choice of pieces that no row takes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import combinations, pairwise
from typing import Any

from workflows.engine.decisions.faults import DecisionFault
from workflows.engine.decisions.table import Decision, Input, Output
from workflows.engine.feel import Expression, FeelError, Months, Value, evaluate, text_of
from workflows.engine.feel.parser import walk
from workflows.engine.feel.syntax import Call, Comparison, Literal, Node, RangeOf, Test

TYPES = frozenset(
    {
        *("", "string", "number", "boolean", "date", "time", "dateTime", "date and time"),
        *("days and time duration", "years and months duration", "dayTimeDuration"),
        *("yearMonthDuration", "integer", "long", "double", "Any", "any", "context"),
    }
)
SINGLE_HIT = frozenset({"U", "A", "F", "P"})
MAX_REPORTED = 5
MOST_STEPS = 50_000
_CONSTANT_CALLS = frozenset({"date", "date and time", "duration"})
_OTHER = "\x00"  # a text that no cell names
_ORDERED: dict[type, Value] = {
    Decimal: Decimal(1),
    date: timedelta(days=1),
    datetime: timedelta(seconds=1),
    timedelta: timedelta(seconds=1),
    Months: 1,
}


@dataclass(frozen=True)
class Column:
    """A column's pieces, one value for each, and by row which of them its cell takes (bits)."""

    samples: tuple[Value, ...]
    taken: tuple[int, ...]


def check_decision(decision: Decision) -> list[DecisionFault]:
    """Unknown types, outputs that are not allowed, overlapping UNIQUE rows, and gaps.

    Overlaps and gaps are reported only where they are certain.
    """
    faults = [*_types(decision), *_outputs(decision)]
    columns = [_column(decision, place) for place in range(len(decision.inputs))]
    if decision.hit_policy == "U":
        faults.extend(_overlaps(decision, columns))
    if decision.hit_policy in SINGLE_HIT and all(o.default is None for o in decision.outputs):
        faults.extend(_gaps(decision, columns))
    return faults


def _types(decision: Decision) -> Iterator[DecisionFault]:
    columns: Sequence[Input | Output] = (*decision.inputs, *decision.outputs)
    for column in columns:
        if column.type not in TYPES:
            yield DecisionFault(
                f"未知的类型“{column.type}”",
                f"unknown type “{column.type}”",
                table=decision.name,
                element=decision.table,
                column=column.label,
            )


def _outputs(decision: Decision) -> Iterator[DecisionFault]:
    """Constant answers that the column's output values do not list."""
    for row, rule in enumerate(decision.rules, 1):
        for output, answer in zip(decision.outputs, rule.answers, strict=True):
            if not output.values or not isinstance(answer.tree, Literal):
                continue
            if output.place(answer.tree.value) is None:
                yield DecisionFault(
                    "结果不在允许的取值之内",
                    "the answer is not among the output values",
                    table=decision.name,
                    element=rule.id,
                    row=row,
                    column=output.label,
                )


def _column(decision: Decision, place: int) -> Column | None:
    """The pieces of a column; none where a cell depends on more than its input."""
    one = decision.inputs[place]
    if sum(one.expression.text == other.expression.text for other in decision.inputs) > 1:
        return None  # columns that ask the same cannot be varied apart
    cells = [rule.tests[place] for rule in decision.rules]
    samples = _samples(one, [cell for cell in cells if cell is not None])
    if samples is None:
        return None
    return Column(tuple(samples), tuple(_bits(cell, samples) for cell in cells))


def _samples(one: Input, cells: Sequence[Expression]) -> list[Value] | None:
    literals = _constants(cells)
    if literals is None:
        return None
    if one.values is not None:
        allowed = _constants([one.values])
        return None if allowed is None or _has_order([one.values]) else allowed or None
    kinds = {type(value) for value in literals}
    if kinds <= {bool}:
        return [True, False] if kinds or one.type == "boolean" else [None]
    if len(kinds) != 1:
        return None
    kind = kinds.pop()
    if kind is str:
        return None if _has_order(cells) else [*literals, _OTHER]
    return _pieces(literals, _ORDERED[kind]) if kind in _ORDERED else None


def _pieces(literals: list[Value], step: Any) -> list[Value] | None:
    """Each value, one between every two, and one beyond each end."""
    try:
        ends = sorted(literals)
        if type(ends[0]) is Months:
            counts = [end.count for end in ends]
            return [*ends, Months(counts[0] - step), *(Months(n + step) for n in counts)]
        between = [low + (high - low) / 2 for low, high in pairwise(ends)]
        return [ends[0] - step, *ends, *between, ends[-1] + step]
    except (TypeError, ValueError, ArithmeticError, FeelError):
        return None


def _constants(cells: Sequence[Expression]) -> list[Value] | None:
    """The values that cells speak of, once each; none if they speak of anything else."""
    found: dict[tuple[type, Value], Value] = {}
    for cell in cells:
        if cell.names or cell.filter_names:
            return None
        waiting: list[Node] = [cell.tree]
        while waiting:
            node = waiting.pop()
            value = _constant(node)
            if value is not None:
                found[(type(value), value)] = value
            elif not _is_plain(node):
                return None
            else:
                waiting.extend(_parts(node))
    return list(found.values())


def _is_plain(node: Node) -> bool:
    return isinstance(node, Test | RangeOf) or type(node).__name__ in {"UnaryTests", "ListOf"}


def _parts(node: Node) -> list[Node]:
    return [part for part, depth in walk(node) if depth == 2]


def _constant(node: Node) -> Value:
    """The value of a literal, a signed number or `date("…")`; else null."""
    if isinstance(node, Literal):
        return node.value
    name = type(node).__name__
    if name == "Negation" or (isinstance(node, Call) and node.name in _CONSTANT_CALLS):
        inner = [_constant(part) for part in _parts(node)]
        if len(inner) != 1 or inner[0] is None:
            return None
        if isinstance(node, Call):
            return _or_null(f"{node.name}(x)", inner[0]) if type(inner[0]) is str else None
        return _or_null("-x", inner[0])
    return None


def _or_null(text: str, value: Value) -> Value:
    try:
        return evaluate(text, {"x": value})
    except FeelError:
        return None


def _has_order(cells: Sequence[Expression]) -> bool:
    """Whether cells speak of before and after, not only of equal values."""
    for cell in cells:
        for node, _ in walk(cell.tree):
            if isinstance(node, RangeOf | Comparison):
                return True
            if isinstance(node, Test) and node.operator not in (None, "=", "!="):
                return True
    return False


def _bits(cell: Expression | None, samples: Sequence[Value]) -> int:
    if cell is None:
        return (1 << len(samples)) - 1
    return sum(1 << at for at, value in enumerate(samples) if _holds(cell, value))


def _holds(cell: Expression, value: Value) -> bool:
    try:
        return evaluate(cell, {}, input_value=value) is True
    except FeelError:
        return False


def _overlaps(decision: Decision, columns: Sequence[Column | None]) -> list[DecisionFault]:
    """The first few pairs of rows that one input satisfies both; the later row is named."""
    found: list[DecisionFault] = []
    if any(column is None for column in columns):
        return found
    known = [column for column in columns if column is not None]
    for one, other in combinations(range(len(decision.rules)), 2):
        shared = [column.taken[one] & column.taken[other] for column in known]
        if all(shared):
            values = [
                column.samples[(bits & -bits).bit_length() - 1]
                for column, bits in zip(known, shared, strict=True)
            ]
            found.append(_overlap(decision, (one + 1, other + 1), values))
            if len(found) == MAX_REPORTED:
                break
    return found


def _gaps(decision: Decision, columns: Sequence[Column | None]) -> list[DecisionFault]:
    """A choice of pieces that no row takes, if there is one.

    Rows with a cell that cannot be decided may or may not apply: a gap is certain only without
    them, and there it is a gap whatever the undecided columns hold.
    """
    rows = (1 << len(decision.rules)) - 1
    search = _Search([_rows_by_sample(column, rows) for column in columns])
    try:
        choice = search.uncovered(0, rows)
    except OverflowError:
        return []
    return [] if choice is None else [_gap(decision, columns, choice)]


def _rows_by_sample(column: Column | None, rows: int) -> list[int]:
    """For each piece of a column the rows that take it; an undecided column lets every row pass."""
    if column is None:
        return [rows]
    return [
        sum(1 << row for row, bits in enumerate(column.taken) if bits >> at & 1)
        for at in range(len(column.samples))
    ]


class _Search:
    """Goes through the columns; the same rows left at the same column are looked at once."""

    def __init__(self, columns: list[list[int]]) -> None:
        self.columns = columns
        self.covered: set[tuple[int, int]] = set()
        self.steps = 0

    def uncovered(self, place: int, rows: int) -> list[int] | None:
        if not rows:
            return []
        if place == len(self.columns) or (place, rows) in self.covered:
            return None
        for at, taking in enumerate(self.columns[place]):
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise OverflowError
            rest = self.uncovered(place + 1, rows & taking)
            if rest is not None:
                return [at, *rest]
        self.covered.add((place, rows))
        return None


def _said(inputs: Sequence[Input], values: Sequence[Value]) -> str:
    return ", ".join(
        f"{one.label}={_shown(value)}" for one, value in zip(inputs, values, strict=True)
    )


def _shown(value: Value) -> str:
    if value == _OTHER or value is None:
        return "…"
    if type(value) in (str, bool):
        return str(value).lower() if type(value) is bool else f'"{value}"'
    return text_of(value)


def _overlap(decision: Decision, rows: tuple[int, int], values: Sequence[Value]) -> DecisionFault:
    said = _said(decision.inputs, values)
    return DecisionFault(
        f"与第 {rows[0]} 行重叠（{said}），但命中规则为唯一",
        f"overlaps with row {rows[0]} ({said}), but the table is UNIQUE",
        table=decision.name,
        element=decision.rules[rows[1] - 1].id,
        row=rows[1],
    )


def _gap(
    decision: Decision, columns: Sequence[Column | None], choice: Sequence[int]
) -> DecisionFault:
    known = [
        (one, column.samples[at])
        for one, column, at in zip(decision.inputs, columns, choice, strict=False)
        if column is not None
    ]
    said = _said([one for one, _ in known], [value for _, value in known])
    return DecisionFault(
        f"没有规则适用于 {said}",
        f"no rule applies to {said}",
        table=decision.name,
        element=decision.table,
    )
