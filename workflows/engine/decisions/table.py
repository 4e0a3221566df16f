"""A decision table and its answer. Hit policies and aggregations as in DMN 1.3, §8.2.8."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice

from workflows.engine.decisions.faults import DecisionFault, of_cell
from workflows.engine.feel import Expression, FeelError, Value, evaluate

Functions = Mapping[str, Callable[..., object]]
_NONE: Functions = {}


@dataclass(frozen=True)
class Input:
    id: str
    label: str
    expression: Expression
    type: str
    values: Expression | None  # what the column allows; null is let through


@dataclass(frozen=True)
class Output:
    name: str
    label: str
    type: str
    values: tuple[Value, ...]  # in order of priority, the first is the highest
    default: Expression | None

    def place(self, value: Value) -> int | None:
        """The place of a value among the output values, none if it is not one of them."""
        places = (at for at, listed in enumerate(self.values) if _same(listed, value))
        return next(places, None)


@dataclass(frozen=True)
class Rule:
    id: str
    tests: tuple[Expression | None, ...]  # none: any value
    answers: tuple[Expression, ...]
    description: str
    annotations: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What a table answered, and by which rules; rows count from 1."""

    value: Value
    hits: tuple[str, ...]
    rows: tuple[int, ...]


@dataclass(frozen=True)
class _Hit:
    row: int
    rule: Rule
    value: dict[str, Value]


@dataclass(frozen=True)
class Decision:
    id: str
    name: str
    table: str
    hit_policy: str  # U A P F R O C C+ C< C> C#
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]

    def decide(self, names: Mapping[str, object], functions: Functions = _NONE) -> Outcome:
        """The answer over these names; raises DecisionFault where the table has none.

        The value is a dict of the outputs, for R, O and C a list of such; aggregations give one
        number under the output's name.
        """
        values = [self._input(one, names, functions) for one in self.inputs]
        matching: Iterator[tuple[int, Rule]] = (
            (row, rule)
            for row, rule in enumerate(self.rules, 1)
            if self._matches(row, rule, values, (names, functions))
        )
        if self.hit_policy == "F":
            matching = islice(matching, 1)
        hits = [self._hit(row, rule, names, functions) for row, rule in matching]
        if not hits:
            return self._without_hit(names, functions)
        return POLICIES[self.hit_policy](self, hits)

    def _input(self, one: Input, names: Mapping[str, object], functions: Functions) -> Value:
        value = self._cell(one.expression, names, functions, row=None, column=one.label)
        if one.values is None or value is None:
            return value
        try:
            allowed = evaluate(one.values, names, functions=functions, input_value=value)
        except FeelError as fault:
            raise of_cell(
                fault, table=self.name, element=self.table, row=None, column=one.label
            ) from None
        if allowed is not True:
            raise DecisionFault(
                f"输入值“{value}”不在允许的取值之内",
                f"the input “{value}” is not among the allowed values",
                table=self.name,
                element=self.table,
                column=one.label,
            )
        return value

    def _matches(
        self,
        row: int,
        rule: Rule,
        values: Sequence[Value],
        around: tuple[Mapping[str, object], Functions],
    ) -> bool:
        """Every cell is true of its input: null is no match (10.3.2.10), an error is a fault."""
        names, functions = around
        for one, test, value in zip(self.inputs, rule.tests, values, strict=True):
            if test is None:
                continue
            try:
                if evaluate(test, names, functions=functions, input_value=value) is not True:
                    return False
            except FeelError as fault:
                raise of_cell(
                    fault, table=self.name, element=rule.id, row=row, column=one.label
                ) from None
        return True

    def _hit(self, row: int, rule: Rule, names: Mapping[str, object], functions: Functions) -> _Hit:
        value = {
            output.name: self._cell(answer, names, functions, row=row, column=output.label)
            for output, answer in zip(self.outputs, rule.answers, strict=True)
        }
        return _Hit(row, rule, value)

    def _cell(
        self,
        cell: Expression,
        names: Mapping[str, object],
        functions: Functions,
        *,
        row: int | None,
        column: str,
    ) -> Value:
        try:
            return evaluate(cell, names, functions=functions)
        except FeelError as fault:
            raise of_cell(
                fault, table=self.name, element=self.table, row=row, column=column
            ) from None

    def _without_hit(self, names: Mapping[str, object], functions: Functions) -> Outcome:
        """The default outputs (10.3.2.10, step 2); none: a fault, or for lists the empty list.

        The standard says null where there is no default; a rule that silently does not apply is
        what an auditor cannot find, so a single answer that is missing is told.
        """
        if any(output.default is not None for output in self.outputs):
            value: Value = {
                output.name: None
                if output.default is None
                else self._cell(output.default, names, functions, row=None, column=output.label)
                for output in self.outputs
            }
            return Outcome([value] if self.gives_list else value, (), ())
        if self.gives_list:
            return Outcome([], (), ())
        if self.hit_policy.startswith("C"):
            empty = Decimal(0) if self.hit_policy in ("C+", "C#") else None
            return Outcome({self.outputs[0].name: empty}, (), ())
        raise DecisionFault("没有规则适用", "no rule applies", table=self.name, element=self.table)

    @property
    def gives_list(self) -> bool:
        return self.hit_policy in ("R", "O", "C")

    def rank(self, value: Mapping[str, Value]) -> tuple[int, ...]:
        """The place of an answer by the order of the output values."""
        places = [(output.place(value[output.name]), len(output.values)) for output in self.outputs]
        return tuple(last if place is None else place for place, last in places)


def _same(left: Value, right: Value) -> bool:
    return evaluate("left = right", {"left": left, "right": right}) is True


def _outcome(hits: Sequence[_Hit], value: Value) -> Outcome:
    return Outcome(value, tuple(h.rule.id for h in hits), tuple(h.row for h in hits))


def _unique(decision: Decision, hits: Sequence[_Hit]) -> Outcome:
    if len(hits) > 1:
        rows = [hit.row for hit in hits]
        raise DecisionFault(
            f"唯一命中规则下第 {'、'.join(map(str, rows))} 行同时适用",
            f"rows {', '.join(map(str, rows))} apply at once, but the table is UNIQUE",
            table=decision.name,
            element=hits[1].rule.id,
            row=rows[1],
        )
    return _outcome(hits, hits[0].value)


def _any(decision: Decision, hits: Sequence[_Hit]) -> Outcome:
    for hit in hits[1:]:
        for output in decision.outputs:
            if not _same(hit.value[output.name], hits[0].value[output.name]):
                raise DecisionFault(
                    f"与第 {hits[0].row} 行同时适用，但结论不同",
                    f"applies together with row {hits[0].row}, but answers differently",
                    table=decision.name,
                    element=hit.rule.id,
                    row=hit.row,
                    column=output.label,
                )
    return _outcome(hits, hits[0].value)


def _first(_: Decision, hits: Sequence[_Hit]) -> Outcome:
    return _outcome(hits[:1], hits[0].value)


def _priority(decision: Decision, hits: Sequence[_Hit]) -> Outcome:
    best = min(hits, key=lambda hit: decision.rank(hit.value))
    return _outcome([best], best.value)


def _rule_order(_: Decision, hits: Sequence[_Hit]) -> Outcome:
    return _outcome(hits, [hit.value for hit in hits])


def _output_order(decision: Decision, hits: Sequence[_Hit]) -> Outcome:
    return _rule_order(decision, sorted(hits, key=lambda hit: decision.rank(hit.value)))


def _aggregate(function: str) -> Callable[..., Outcome]:
    """The aggregations are the functions of FEEL of that name (10.3.2.10, step 3)."""

    def aggregate(decision: Decision, hits: Sequence[_Hit]) -> Outcome:
        output = decision.outputs[0]
        answers = [hit.value[output.name] for hit in hits]
        total = evaluate(f"{function}(answers)", {"answers": answers})
        if total is None:
            raise DecisionFault(
                "结果无法汇总：须为同一类型的数值",
                "the answers cannot be aggregated: they must be numbers, or of one ordered type",
                table=decision.name,
                element=decision.table,
                column=output.label,
            )
        return _outcome(hits, {output.name: total})

    return aggregate


def _count(decision: Decision, hits: Sequence[_Hit]) -> Outcome:
    return _outcome(hits, {decision.outputs[0].name: Decimal(len(hits))})


POLICIES: Mapping[str, Callable[[Decision, Sequence[_Hit]], Outcome]] = {
    "U": _unique,
    "A": _any,
    "F": _first,
    "P": _priority,
    "R": _rule_order,
    "O": _output_order,
    "C": _rule_order,
    "C+": _aggregate("sum"),
    "C<": _aggregate("min"),
    "C>": _aggregate("max"),
    "C#": _count,
}
