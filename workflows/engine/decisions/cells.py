"""What is wrong with one cell, seen from its column: cannot be read, or can never be true there."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal as OneOf

from workflows.engine.decisions.columns import constant, constants_of, holds
from workflows.engine.decisions.regions import shown
from workflows.engine.feel import BUILTINS, Expression, FeelError, Months, Value, evaluate, parse
from workflows.engine.feel.syntax import (
    Between,
    Comparison,
    In,
    InputValue,
    ListOf,
    Node,
    RangeOf,
    Test,
    UnaryTests,
)

Texts = tuple[str, str]  # Chinese, English
Part = OneOf["test", "answer", "expression", "allowed", "listed"]
KINDS: dict[type, Texts] = {
    Decimal: ("数值", "a number"),
    str: ("文本", "a text"),
    bool: ("“是/否”值", "a yes-or-no value"),
    date: ("日期", "a date"),
    datetime: ("日期时间", "a date and time"),
    time: ("时间", "a time"),
    timedelta: ("天数时长", "a duration in days"),
    Months: ("月数时长", "a duration in months"),
}
TYPES: dict[str, type] = {
    **dict.fromkeys(("number", "integer", "long", "double"), Decimal),
    "string": str,
    "boolean": bool,
    "date": date,
    **dict.fromkeys(("dateTime", "date and time"), datetime),
    "time": time,
    **dict.fromkeys(("days and time duration", "dayTimeDuration"), timedelta),
    **dict.fromkeys(("years and months duration", "yearMonthDuration"), Months),
}
OPEN = frozenset({"", "Any", "any", "context"})
EMPTY: dict[str, Texts] = {
    "answer": ("结果为空", "the output is empty"),
    "expression": ("输入列没有表达式", "the input has no expression"),
}
LITERALS: dict[type, str] = {date: 'date("2026-01-01")', timedelta: 'duration("P3D")'}


@dataclass(frozen=True)
class Cell:
    """A text as it stands in a column: its type, and the values that the column allows."""

    text: str
    part: Part
    type: str = ""
    allowed: str = ""


def fault_of(cell: Cell, functions: Collection[str] = ()) -> Texts | None:
    """The first reason why a cell would be refused; none: it is in order."""
    text = cell.text.strip()
    if text in ("", "-"):
        return None if text else EMPTY.get(cell.part)
    try:
        found = parse(text, unary=cell.part in ("test", "allowed", "listed"))
        if cell.part == "listed":
            evaluate(f"[{text}]", {})
    except FeelError as fault:
        return fault.zh, fault.en
    strange = sorted(found.functions - BUILTINS.keys() - set(functions))
    if strange:
        return f"未知的函数“{strange[0]}”", f"unknown function “{strange[0]}”"
    return misfit(found, cell.type) or _not_allowed(found, cell)


def misfit(cell: Expression, kind: str) -> Texts | None:
    """A value in a cell that nothing in a column of that type can equal or compare with."""
    wanted = TYPES.get(kind)
    if wanted is None:
        return None
    for value in _compared(cell.tree, unary=cell.unary):
        if value is not None and type(value) is not wanted:
            return _misfit(value, wanted)
    return None


def _misfit(value: Value, wanted: type) -> Texts | None:
    if type(value) not in KINDS:
        return None
    is_zh, is_en = KINDS[type(value)]
    want_zh, want_en = KINDS[wanted]
    hint = LITERALS.get(wanted, "") if type(value) is str else ""
    return (
        f"{shown(value)} 是{is_zh}，本列应为{want_zh}" + (f"，请写成 {hint}" if hint else ""),
        f"{shown(value)} is {is_en}, the column holds {want_en}"
        + (f"; write {hint}" if hint else ""),
    )


def _compared(tree: Node, *, unary: bool) -> Iterator[Value]:
    """The constants that are held against the input, or that are the answer."""
    if not unary:
        yield constant(tree)
        return
    assert isinstance(tree, UnaryTests)  # noqa: S101  # so reads the parser
    for test in tree.tests:
        for node in _operands(test):
            yield constant(node)


def _operands(test: Test) -> Iterator[Node]:
    if test.reads_input:
        yield from _beside_input(test.operand)
    elif isinstance(test.operand, RangeOf):
        yield from (test.operand.low, test.operand.high)
    elif isinstance(test.operand, ListOf):
        yield from test.operand.items
    elif not isinstance(test.operand, Comparison | In | Between):
        yield test.operand


def _beside_input(node: Node) -> Iterator[Node]:
    """What is compared with `?` in a condition that is one comparison."""
    if isinstance(node, Comparison):
        if isinstance(node.left, InputValue):
            yield node.right
        elif isinstance(node.right, InputValue):
            yield node.left
    elif isinstance(node, Between) and isinstance(node.value, InputValue):
        yield from (node.low, node.high)
    elif isinstance(node, In) and isinstance(node.value, InputValue):
        for test in node.tests:
            yield from _operands(test)


def _not_allowed(found: Expression, cell: Cell) -> Texts | None:
    if not cell.allowed.strip():
        return None
    try:
        allowed = parse(cell.allowed.strip(), unary=True)
    except FeelError:
        return None  # told of where it stands
    value = missing(found, allowed)
    return None if value is None else not_allowed(value)


def not_allowed(value: Value) -> Texts:
    return f"{shown(value)} 不在本列允许的取值之内", f"{shown(value)} is not a value of the column"


def missing(cell: Expression, allowed: Expression) -> Value:
    """A value that a cell asks for and that the column does not allow, else null."""
    if constants_of([allowed]) is None:
        return None
    for value in _equalled(cell):
        if value is not None and not holds(allowed, value):
            return value
    return None


def _equalled(cell: Expression) -> Iterator[Value]:
    if not cell.unary:
        yield constant(cell.tree)
        return
    assert isinstance(cell.tree, UnaryTests)  # noqa: S101
    for test in cell.tree.tests:
        if test.operator in (None, "=", "!=") and not isinstance(test.operand, RangeOf):
            for node in _operands(test):
                yield constant(node)
