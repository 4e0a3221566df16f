"""FEEL, the expression language of DMN, bounded: safe to evaluate whatever an admin wrote.

    evaluate('verdict = "file" and days_left < 3', {"verdict": "file", "days_left": 2})  # True

`parse` reads a text once and remembers it; `evaluate` computes it over the names given, nothing
else. The only exception either raises is FeelError. Docs: docs/adr/0003-feel-of-our-own.md.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache

from workflows.engine.feel.bounds import BOUNDS, Bounds
from workflows.engine.feel.builtins import BUILTINS
from workflows.engine.feel.compiler import Compiler
from workflows.engine.feel.convert import from_feel, lift, to_feel
from workflows.engine.feel.errors import FeelError
from workflows.engine.feel.parser import read
from workflows.engine.feel.run import ABSENT, Run
from workflows.engine.feel.syntax import Node
from workflows.engine.feel.temporal import text_of
from workflows.engine.feel.values import Months, Range, Value

__all__ = [
    "BOUNDS",
    "BUILTINS",
    "Bounds",
    "Expression",
    "FeelError",
    "Months",
    "Range",
    "Value",
    "evaluate",
    "from_feel",
    "parse",
    "text_of",
    "to_feel",
]
_NOTHING: Mapping[str, Callable[..., object]] = {}


class Expression:
    """A text that was read: its parts, the names and functions it needs, and how to compute it."""

    __slots__ = ("_code", "_slots", "filter_names", "functions", "names", "text", "tree", "unary")

    def __init__(self, text: str, *, unary: bool) -> None:
        compiler = Compiler()
        self.text = text
        self.unary = unary
        self.tree: Node = read(text, unary=unary)
        self._code = compiler.code(self.tree)
        self._slots = compiler.slots
        self.names = frozenset(compiler.names)
        self.filter_names = frozenset(compiler.filter_names - compiler.names)
        self.functions = frozenset(compiler.functions)

    def __repr__(self) -> str:
        return f"Expression({self.text!r})"

    def __call__(
        self,
        names: Mapping[str, object],
        functions: Mapping[str, Callable[..., object]] = _NOTHING,
        input_value: object = ABSENT,
    ) -> Value:
        try:
            given = ABSENT if input_value is ABSENT else lift(input_value)
            return self._code(Run(names, functions, given, self._slots))
        except FeelError as fault:
            fault.within(self.text)
            raise
        except RecursionError:
            raise FeelError("nesting", 0, limit=BOUNDS.nesting).within(self.text) from None


@lru_cache(maxsize=4096)
def _parsed(text: str, unary: bool) -> Expression:
    return Expression(text, unary=unary)


def parse(text: str, *, unary: bool = False) -> Expression:
    """Read an expression, or with `unary` the tests of a decision table's cell."""
    if len(text) > BOUNDS.source:
        raise FeelError("source", BOUNDS.source, limit=BOUNDS.source).within(text)
    try:
        return _parsed(text, unary)
    except FeelError as fault:
        raise fault.within(text) from None
    except RecursionError:
        raise FeelError("nesting", 0, limit=BOUNDS.nesting).within(text) from None


def evaluate(
    text_or_expression: str | Expression,
    names: Mapping[str, object],
    *,
    functions: Mapping[str, Callable[..., object]] = _NOTHING,
    input_value: object = ABSENT,
) -> Value:
    """The value of an expression over JSON or FEEL values; with an input, of unary tests on it."""
    if isinstance(text_or_expression, Expression):
        return text_or_expression(names, functions, input_value)
    unary = input_value is not ABSENT
    return parse(text_or_expression, unary=unary)(names, functions, input_value)
