"""Comparisons and `or` as closures."""

from workflows.engine.feel.operators import equal, ordered
from workflows.engine.feel.parser import walk
from workflows.engine.feel.run import Code, Run
from workflows.engine.feel.syntax import Node
from workflows.engine.feel.values import Value


def any_of(tests: list[Code]) -> Code:
    """`or` of three values."""
    if len(tests) == 1:
        return tests[0]
    conditions = tuple(tests)

    def any_true(run: Run) -> Value:
        result: bool | None = False
        for condition in conditions:
            value = condition(run)
            if value is True:
                return True
            if value is not False:
                result = None
        return result

    return any_true


def size_of(node: Node) -> int:
    """What one round of a loop body costs: its parts; inner loops charge for themselves."""
    return 1 + sum(1 for _ in walk(node))


def truth(value: Value) -> bool | None:
    return value if type(value) is bool else None


def comparison(operator: str, left: Code, right: Code) -> Code:
    if operator == "=":
        return lambda run: equal(left(run), right(run), run)
    if operator == "!=":

        def differs(run: Run) -> Value:
            same = equal(left(run), right(run), run)
            return None if same is None else not same

        return differs
    return lambda run: ordered(operator, left(run), right(run))
