"""Turn the parts of an expression into closures that compute it.

A name is resolved here as far as it can be: to the slot of an iteration or of a filter's item,
else to a variable of the case. Nothing of Python is reachable: a name finds only what was given.
"""

from functools import singledispatchmethod

from workflows.engine.feel import syntax
from workflows.engine.feel.access import (
    item_first,
    select,
    slot_code,
    steps,
    variable,
    variable_or_null,
)
from workflows.engine.feel.bounds import BOUNDS
from workflows.engine.feel.builtins import BUILTINS
from workflows.engine.feel.errors import FeelError
from workflows.engine.feel.invocation import call_builtin, call_own
from workflows.engine.feel.logic import any_of, comparison, size_of, truth
from workflows.engine.feel.loops import Source, choose, each_binding, numbers_between
from workflows.engine.feel.operators import ARITHMETIC, HARD, conjunction, member, negate, ordered
from workflows.engine.feel.parser import walk
from workflows.engine.feel.run import ABSENT, Code, Run, Scope
from workflows.engine.feel.syntax import Node
from workflows.engine.feel.types import is_instance
from workflows.engine.feel.values import Range, Value


class Compiler:
    """Compiles one expression; remembers the names it needs from outside."""

    def __init__(self) -> None:
        self.slots = 0
        self.names: set[str] = set()
        self.filter_names: set[str] = set()  # variables, or else keys of filtered items
        self.functions: set[str] = set()
        self.scope: Scope | None = None

    def slot(self) -> int:
        self.slots += 1
        return self.slots - 1

    def inside(self, scope: Scope, node: Node) -> Code:
        self.scope, kept = scope, self.scope
        try:
            return self.code(node)
        finally:
            self.scope = kept

    @singledispatchmethod
    def code(self, node: Node) -> Code:
        raise TypeError(type(node).__name__)

    @code.register
    def _(self, node: syntax.Literal) -> Code:
        value = node.value
        return lambda run: value

    @code.register
    def _(self, node: syntax.InputValue) -> Code:
        at = node.at

        def read(run: Run) -> Value:
            if run.input is ABSENT:
                raise FeelError("input", at)
            return run.input

        return read

    @code.register
    def _(self, node: syntax.Name) -> Code:
        return self._path((node.name,), node.at)

    @code.register
    def _(self, node: syntax.Path) -> Code:
        keys = [node.key]
        source = node.source
        while isinstance(source, syntax.Path):
            keys.append(source.key)
            source = source.source
        if isinstance(source, syntax.Name):
            return self._path((source.name, *reversed(keys)), source.at)
        inner, key = self.code(node.source), node.key
        return lambda run: select(inner(run), key, run)

    def _path(self, path: tuple[str, ...], at: int) -> Code:
        items, slot = self._resolve(path[0])
        rest = path[1:]
        if slot is not None:
            start = slot_code(slot)
        elif items:
            self.filter_names.add(path[0])
            start = variable_or_null(path[0])
        else:
            self.names.add(path[0])
            return variable(path, at)
        return steps(item_first(items, path[0], start) if items else start, rest)

    def _resolve(self, name: str) -> tuple[tuple[int, ...], int | None]:
        """The items whose keys come first, then the slot that binds the name, if any."""
        items: list[int] = []
        scope = self.scope
        while scope is not None:
            if name in scope.bound:
                return tuple(items), scope.bound[name]
            if scope.item is not None:
                items.append(scope.item)
            scope = scope.outer
        return tuple(items), None

    @code.register
    def _(self, node: syntax.Filter) -> Code:
        source = self.code(node.source)
        slot = self.slot()
        scope = Scope({"item": slot}, slot, self.scope)
        condition = self.inside(scope, node.condition)
        cost = size_of(node.condition)
        alone = self._needs_no_item(node.condition, scope)

        def run_filter(run: Run) -> Value:
            return choose(source(run), condition, run, (slot, cost, alone))

        return run_filter

    def _needs_no_item(self, condition: Node, scope: Scope) -> bool:
        """Whether the condition may be an index: it is computed once, without an item."""
        plain = isinstance(condition, syntax.Literal | syntax.Negation | syntax.Arithmetic)
        call = isinstance(condition, syntax.Call | syntax.Name | syntax.Path)
        named = any(
            isinstance(node, syntax.Name) and node.name == "item" for node, _ in walk(condition)
        )
        return (plain or call) and not named and scope.item is not None

    @code.register
    def _(self, node: syntax.Call) -> Code:
        self.functions.add(node.name)
        arguments = tuple(self.code(argument) for argument in node.arguments)
        name, keywords, at = node.name, node.keywords, node.at
        builtin = BUILTINS.get(name)

        def call(run: Run) -> Value:
            values = [argument(run) for argument in arguments]
            own = run.functions.get(name)
            try:
                if own is not None:
                    return call_own(own, name, (values, keywords), run)
                if builtin is None:
                    raise FeelError("function", name=name)
                return run.weigh(call_builtin(builtin, values, keywords, run))
            except FeelError as fault:
                fault.at(at)
                raise

        return call

    @code.register
    def _(self, node: syntax.Negation) -> Code:
        operand = self.code(node.operand)
        return lambda run: negate(operand(run))

    @code.register
    def _(self, node: syntax.Arithmetic) -> Code:
        left, right = self.code(node.left), self.code(node.right)
        operation, at = ARITHMETIC[node.operator], node.at
        cost = HARD if node.operator == "**" else 0

        def compute(run: Run) -> Value:
            try:
                run.charge(cost)
                return run.weigh(operation(left(run), right(run)))
            except FeelError as fault:
                fault.at(at)
                raise

        return compute

    @code.register
    def _(self, node: syntax.Comparison) -> Code:
        return comparison(node.operator, self.code(node.left), self.code(node.right))

    @code.register
    def _(self, node: syntax.Between) -> Code:
        value, low, high = self.code(node.value), self.code(node.low), self.code(node.high)

        def between(run: Run) -> Value:
            it = value(run)
            return conjunction(ordered(">=", it, low(run)), ordered("<=", it, high(run)))

        return between

    @code.register
    def _(self, node: syntax.In) -> Code:
        value = self.code(node.value)
        test = any_of([self._test(test) for test in node.tests])

        def contained(run: Run) -> Value:
            run.input, kept = value(run), run.input
            try:
                return test(run)
            finally:
                run.input = kept

        return contained

    def _test(self, test: syntax.Test) -> Code:
        operand = self.code(test.operand)
        if test.operator is not None:
            return comparison(test.operator, lambda run: run.input, operand)
        if test.reads_input:
            return lambda run: truth(operand(run))

        def satisfied(run: Run) -> Value:
            value = operand(run)
            if type(value) is bool and type(run.input) is not bool and run.input is not None:
                return value  # a condition on other names than the input
            return member(run.input, value, run)

        return satisfied

    @code.register
    def _(self, node: syntax.UnaryTests) -> Code:
        if not node.tests:
            return lambda run: True
        test = any_of([self._test(test) for test in node.tests])
        if not node.negated:
            return test

        def negated(run: Run) -> Value:
            result = test(run)
            return None if result is None else not result

        return negated

    @code.register
    def _(self, node: syntax.InstanceOf) -> Code:
        value, wanted = self.code(node.value), node.type

        def check(run: Run) -> Value:
            return is_instance(value(run), wanted, run)

        return check

    @code.register
    def _(self, node: syntax.And) -> Code:
        operands = tuple(self.code(operand) for operand in node.operands)

        def all_true(run: Run) -> Value:
            result: bool | None = True
            for operand in operands:
                value = operand(run)
                if value is False:
                    return False
                if value is not True:
                    result = None
            return result

        return all_true

    @code.register
    def _(self, node: syntax.Or) -> Code:
        return any_of([self.code(operand) for operand in node.operands])

    @code.register
    def _(self, node: syntax.If) -> Code:
        condition = self.code(node.condition)
        then, otherwise = self.code(node.then), self.code(node.otherwise)
        return lambda run: then(run) if condition(run) is True else otherwise(run)

    @code.register
    def _(self, node: syntax.For) -> Code:
        sources, body = self._iterations(node.iterations, node.body)
        cost = size_of(node.body)

        def collect(run: Run) -> Value:
            results: list[Value] = []
            for _ in each_binding(sources, run, cost):
                if len(results) >= BOUNDS.items:
                    raise FeelError("items", node.at, limit=BOUNDS.items)
                results.append(body(run))
            return results

        return collect

    @code.register
    def _(self, node: syntax.Quantified) -> Code:
        sources, condition = self._iterations(node.iterations, node.condition)
        cost, decisive = size_of(node.condition), not node.every

        def quantify(run: Run) -> Value:
            result: bool | None = not decisive
            for _ in each_binding(sources, run, cost):
                value = condition(run)
                if value is decisive:
                    return decisive
                if type(value) is not bool:
                    result = None
            return result

        return quantify

    def _iterations(
        self, iterations: tuple[syntax.Iteration, ...], body: Node
    ) -> tuple[list[Source], Code]:
        """Later sources see earlier variables; the body sees them all."""
        sources: list[Source] = []
        scope = self.scope
        for iteration in iterations:
            self.scope, kept = scope, self.scope
            try:
                source = self._iteration_source(iteration)
            finally:
                self.scope = kept
            slot = self.slot()
            sources.append(Source(slot, source, size_of(iteration)))
            scope = Scope({iteration.name: slot}, None, scope)
        assert scope is not None  # noqa: S101 the grammar asks for one iteration at least
        return sources, self.inside(scope, body)

    def _iteration_source(self, iteration: syntax.Iteration) -> Code:
        source = self.code(iteration.source)
        if iteration.end is None:
            return source
        end = self.code(iteration.end)
        return lambda run: numbers_between(source(run), end(run))

    @code.register
    def _(self, node: syntax.ListOf) -> Code:
        items = tuple(self.code(item) for item in node.items)
        return lambda run: [item(run) for item in items]

    @code.register
    def _(self, node: syntax.ContextOf) -> Code:
        entries: list[tuple[str, int, Code]] = []
        scope = self.scope
        for key, value in zip(node.keys, node.values, strict=True):
            self.scope, kept = scope, self.scope
            try:
                code = self.code(value)
            finally:
                self.scope = kept
            slot = self.slot()
            entries.append((key, slot, code))
            scope = Scope({key: slot}, None, scope)

        def build(run: Run) -> Value:
            context: dict[str, Value] = {}
            for key, slot, code in entries:
                context[key] = run.slots[slot] = code(run)
            return context

        return build

    @code.register
    def _(self, node: syntax.RangeOf) -> Code:
        low, high = self.code(node.low), self.code(node.high)

        def build(run: Run) -> Value:
            start, end = low(run), high(run)
            in_order = start is None or end is None or ordered("<=", start, end)
            return Range(start, end, node.low_included, node.high_included) if in_order else None

        return build
