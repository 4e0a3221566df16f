"""What can be said of a table without asking it: types, names, rows that overlap, gaps.

Decided where cells are plain values, `-`, comparisons or ranges with literal ends; what depends on
names or functions is left alone. Each column is cut into the pieces its cells speak of, and every
combination of pieces is tried.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise, product

from workflows.engine.decisions.faults import DecisionFault
from workflows.engine.decisions.table import Decision, Input, Output
from workflows.engine.feel import Expression, FeelError, Value, evaluate
from workflows.engine.feel.syntax import Call, Filter, Literal, Name, Node

TYPES = frozenset(
    {
        "",
        "string",
        "number",
        "boolean",
        "date",
        "time",
        "dateTime",
        "date and time",
        "days and time duration",
        "years and months duration",
        "dayTimeDuration",
        "yearMonthDuration",
        "integer",
        "long",
        "double",
        "Any",
        "any",
        "context",
    }
)
MOST_COMBINATIONS = 20_000
SINGLE_HIT = frozenset({"U", "A", "F", "P"})
MAX_REPORTED = 5


def check_decision(decision: Decision) -> list[DecisionFault]:
    """Unknown types, rows of a UNIQUE table that overlap, and gaps, where they can be decided."""
    faults = list(_types(decision))
    samples = [_samples(one, decision, place) for place, one in enumerate(decision.inputs)]
    if not samples or any(one is None for one in samples):
        return faults
    columns = [one for one in samples if one is not None]
    count = 1
    for column in columns:
        count *= len(column)
    if count <= MOST_COMBINATIONS:
        faults.extend(_by_trying(decision, columns))
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


def _samples(one: Input, decision: Decision, place: int) -> list[Value] | None:
    """A value for each piece of the column; none where a cell depends on more than its input."""
    literals: set[Value] = set()
    for rule in decision.rules:
        test = rule.tests[place]
        if test is None:
            continue
        if test.names or test.functions - {"not", "date", "time", "date and time", "duration"}:
            return None
        found = _literals(test)
        if found is None:
            return None
        literals |= found
    if one.values is not None:
        found = _literals(one.values)
        allowed = found or set()
        return sorted(allowed, key=repr) if allowed else None
    if one.type == "boolean" or literals <= {True, False}:
        return [True, False]
    return _pieces(literals)


def _literals(cell: Expression) -> set[Value] | None:
    """The literal values a cell speaks of; none where there is anything else in it."""
    found: set[Value] = set()
    for node in _walk(cell.tree):
        if isinstance(node, Call | Name | Filter):
            return None
        if isinstance(node, Literal):
            if isinstance(node.value, list | dict):
                return None
            found.add(node.value)
    return found


def _walk(node: Node) -> Iterator[Node]:
    yield node
    for part in fields(node):
        value = getattr(node, part.name)
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, Node):
                yield from _walk(inner)


def _pieces(literals: set[Value]) -> list[Value] | None:
    """Each literal, and a value between and beyond them where values have an order."""
    numbers = sorted(v for v in literals if isinstance(v, Decimal))
    if numbers and len(numbers) == len(literals):
        between = [(a + b) / 2 for a, b in pairwise(numbers)]
        return [numbers[0] - 1, *numbers, *between, numbers[-1] + 1]
    if any(isinstance(v, date | datetime | time | timedelta) for v in literals):
        return None
    return [*sorted(literals, key=repr), "\x00 any other"]


def _by_trying(decision: Decision, columns: Sequence[Sequence[Value]]) -> list[DecisionFault]:
    overlaps: dict[tuple[int, int], DecisionFault] = {}
    gap: DecisionFault | None = None
    for values in product(*columns):
        rows = _rows_at(decision, values)
        if decision.hit_policy == "U" and len(rows) > 1:
            pair = (rows[0], rows[1])
            overlaps.setdefault(pair, _overlap(decision, pair, values))
        if not rows and gap is None and decision.hit_policy in SINGLE_HIT:
            gap = _gap(decision, values)
    found = list(overlaps.values())[:MAX_REPORTED]
    has_default = any(output.default is not None for output in decision.outputs)
    return [*found, gap] if gap is not None and not has_default else found


def _rows_at(decision: Decision, values: Sequence[Value]) -> list[int]:
    rows = []
    for row, rule in enumerate(decision.rules, 1):
        if all(_holds(test, value) for test, value in zip(rule.tests, values, strict=True)):
            rows.append(row)
            if len(rows) > 1:
                break
    return rows


def _holds(test: Expression | None, value: Value) -> bool:
    if test is None:
        return True
    try:
        return evaluate(test, {}, input_value=value) is True
    except FeelError:
        return False


def _said(decision: Decision, values: Sequence[Value]) -> str:
    return ", ".join(
        f"{one.label}={'…' if isinstance(v, str) and v.startswith(chr(0)) else v}"
        for one, v in zip(decision.inputs, values, strict=True)
    )


def _overlap(decision: Decision, rows: tuple[int, int], values: Sequence[Value]) -> DecisionFault:
    said = _said(decision, values)
    return DecisionFault(
        f"与第 {rows[0]} 行重叠（{said}），但命中规则为唯一",
        f"overlaps with row {rows[0]} ({said}), but the table is UNIQUE",
        table=decision.name,
        element=decision.rules[rows[1] - 1].id,
        row=rows[1],
    )


def _gap(decision: Decision, values: Sequence[Value]) -> DecisionFault:
    said = _said(decision, values)
    return DecisionFault(
        f"没有规则适用于 {said}",
        f"no rule applies to {said}",
        table=decision.name,
        element=decision.table,
    )
