"""What can be said of a table without asking it: types, values, rows that overlap, gaps.

Overlaps and gaps come out of the analysis, and only what is certain there is a fault here.
"""

from collections.abc import Iterator, Sequence

from workflows.engine.decisions.analysis import Overlap, analyse
from workflows.engine.decisions.cells import Texts, misfit, missing, not_allowed
from workflows.engine.decisions.faults import DecisionFault
from workflows.engine.decisions.regions import Region, said
from workflows.engine.decisions.table import Decision, Input, Output
from workflows.engine.feel import Expression
from workflows.engine.feel.syntax import Literal

TYPES = frozenset(
    {
        *("", "string", "number", "boolean", "date", "time", "dateTime", "date and time"),
        *("days and time duration", "years and months duration", "dayTimeDuration"),
        *("yearMonthDuration", "integer", "long", "double", "Any", "any", "context"),
    }
)
MAX_REPORTED = 5


def check_decision(decision: Decision) -> list[DecisionFault]:
    """Unknown types, values that cannot be or are not allowed, rows that overlap, and gaps.

    Overlaps and gaps are reported only where they are certain.
    """
    faults = [*_types(decision), *_misfits(decision), *_outputs(decision)]
    found = analyse(decision)
    if decision.hit_policy in ("U", "A"):
        certain = [one for one in found.overlaps if one.certain]
        faults += [_overlap(decision, one) for one in certain[:MAX_REPORTED]]
    return faults + [_gap(decision, region) for region in found.gaps[:1]]


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


def _misfits(decision: Decision) -> Iterator[DecisionFault]:
    """Cells with a value that cannot be of their column."""
    for row, rule in enumerate(decision.rules, 1):
        columns: Sequence[Input | Output] = (*decision.inputs, *decision.outputs)
        for column, cell in zip(columns, (*rule.tests, *rule.answers), strict=True):
            fault = None if cell is None else _misfit(column, cell)
            if fault is not None:
                yield DecisionFault(
                    *fault, table=decision.name, element=rule.id, row=row, column=column.label
                )


def _misfit(column: Input | Output, cell: Expression) -> Texts | None:
    if (fault := misfit(cell, column.type)) is not None:
        return fault
    if not isinstance(column, Input) or column.values is None:
        return None
    value = missing(cell, column.values)
    return None if value is None else not_allowed(value)


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


def _overlap(decision: Decision, found: Overlap) -> DecisionFault:
    """The later row is named."""
    first, second = found.rows
    zh, en = said(found.region)
    why = {
        "U": ("但命中规则为唯一", "but the table is UNIQUE"),
        "A": ("结论不同，但命中规则为任一", "and answers differently, but the table is ANY"),
    }[decision.hit_policy]
    return DecisionFault(
        f"与第 {first} 行重叠（{zh}），{why[0]}",
        f"overlaps with row {first} ({en}), {why[1]}",
        table=decision.name,
        element=decision.rules[second - 1].id,
        row=second,
    )


def _gap(decision: Decision, region: Region) -> DecisionFault:
    zh, en = said(region)
    return DecisionFault(
        f"没有规则适用于：{zh}",
        f"no rule applies to {en}",
        table=decision.name,
        element=decision.table,
    )
