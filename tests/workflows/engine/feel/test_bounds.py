"""Every bound, breached: a FeelError that names it, and soon.

Each takes a second at most. Where no bound held it would be hours: two minutes end those.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from workflows.engine.feel import BOUNDS, FeelError, evaluate, from_feel, parse, to_feel

pytestmark = pytest.mark.timeout(120)
LONG = "x" * 60_000
MANY = list(range(9_000))
DISTINCT_DAYS = 'distinct values(for i in 0..2000 return @"2026-01-01" + i * @"P1D")'
DULL = "[[" + "if true then null else null," * 100 + "null]]"
GROUPS = 'replace(t, "(x+)", "' + "$1" * 13 + '")'


def _deep(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


def _doubled(levels: int) -> str:
    """A context whose last entry would unfold to 2 ** levels values."""
    entries = ["a0: [1, 1]", *(f"a{n}: [a{n - 1}, a{n - 1}]" for n in range(1, levels))]
    return "{" + ", ".join(entries) + "}"


BREACHES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("source", "too long a text", "1 + " * 1_000 + "1" * 10, {}),
    ("nodes", "too many parts", "[" + "1=1," * 990 + "1]", {}),
    ("nesting", "deep lists", "[" * 150 + "]" * 150, {}),
    ("nesting", "many minus signs", "- " * 1_900 + "1", {}),
    ("nesting", "a long sum", "1" + "+1" * 900, {}),
    ("nesting", "deep contexts", "{a:" * 150 + "1" + "}" * 150, {}),
    ("nesting", "deep ifs", "if true then " * 150 + "1" + " else 2" * 150, {}),
    ("nesting", "deep calls", "not(" * 150 + "true" + ")" * 150, {}),
    ("nesting", "deep paths", "f()" + ".a" * 150, {}),
    ("nesting", "deep filters", "xs" + "[item > 0]" * 150, {"xs": [1]}),
    ("steps", "a product of iterations", "some i in 1..900, j in 1..900 satisfies i + j < 0", {}),
    ("steps", "some over a product", "some i in xs, j in xs satisfies i + j < 0", {"xs": MANY}),
    ("steps", "every over a product", "every i in xs, j in xs satisfies true", {"xs": MANY}),
    ("steps", "a filter in a loop", "for i in xs return count(xs[item = i])", {"xs": MANY}),
    ("steps", "a function in a loop", "for i in xs return sum(xs)", {"xs": MANY}),
    ("steps", "searching in a loop", "for i in xs return list contains(xs, i)", {"xs": MANY}),
    ("steps", "membership in a loop", "for i in xs return i in xs", {"xs": MANY}),
    ("steps", "comparing lists in a loop", "for i in xs return xs = xs", {"xs": MANY}),
    ("steps", "paths in a loop", "for i in xs return [xs][1].a", {"xs": MANY}),
    ("steps", "texts in a loop", 'for i in xs return contains(t, "y")', {"xs": MANY, "t": LONG}),
    ("steps", "distinct contexts", "distinct values(cs)", {"cs": [{"a": n} for n in range(5_000)]}),
    ("steps", "distinct dates", DISTINCT_DAYS, {}),
    ("items", "flatten what doubles", f"flatten({_doubled(30)}.a29)", {}),
    ("steps", "comparing what doubles", f"{_doubled(30)}.a29 = {_doubled(30)}.a29", {}),
    ("steps", "string of what doubles", f"string({_doubled(30)}.a29)", {}),
    ("steps", "instance of in a loop", "for i in xs return xs instance of list<Any>", {"xs": MANY}),
    ("steps", "texts made in a loop", 'for i in xs return t + "y"', {"xs": MANY, "t": LONG}),
    ("steps", "lists as text in a loop", "for i in xs return string([t])", {"xs": MANY, "t": LONG}),
    ("steps", "long numbers as text", "string(for i in xs return 1e6000)", {"xs": MANY}),
    ("steps", "asking for a source again", f"for i in xs, j in {DULL}[1] return 1", {"xs": MANY}),
    ("steps", "powers in a loop", "for i in xs return 1.0000001 ** 99999.5", {"xs": MANY}),
    ("steps", "nested types", "for i in xs return [xs] instance of list<list<Any>>", {"xs": MANY}),
    ("steps", "a pattern on a long text", 'matches(t, "(a|x|xx|xxx|y)*z")', {"t": LONG}),
    ("steps", "many matches", 'replace(t, "x*y|x", "")', {"t": LONG}),
    ("string", "two long texts", "t + t", {"t": LONG}),
    ("string", "a text given", "t", {"t": LONG * 2}),
    ("string", "joined", "string join([t, t], t)", {"t": LONG}),
    ("string", "replaced", 'replace(t, "x", "yyyyyyyyyyyyyyyyyyyyyyyyyy")', {"t": "x" * 8_000}),
    ("string", "replaced by groups", GROUPS, {"t": "x" * 8_000}),
    ("string", "string of a list", "string(xs)", {"xs": ["y" * 50_000] * 3}),
    ("items", "a long list given", "xs", {"xs": [1] * 10_001}),
    ("items", "a large context given", "c", {"c": {str(n): n for n in range(10_001)}}),
    ("items", "a long iteration", "for i in 1..10001 return i", {}),
    ("items", "a very long iteration", "for i in 1..1e30 return i", {}),
    ("items", "a long range", "for i in [1..1e9] return i", {}),
    ("items", "downwards", "count(for i in 1e9..1 return i)", {}),
    ("items", "a product", "for i in 1..150, j in 1..150 return 1", {}),
    ("items", "concatenated", "concatenate(xs, xs)", {"xs": MANY}),
    ("items", "flattened", "flatten([xs, xs])", {"xs": MANY}),
    ("items", "split", 'split(t, "x")', {"t": "x" * 10_001}),
    ("data", "many values in one variable", "xs", {"xs": [list(range(1_000))] * 200}),
    ("depth", "deep data", "xs", {"xs": _deep(500)}),
    ("depth", "very deep data", "xs", {"xs": _deep(100_000)}),
    ("number", "too large a literal", "1e7000", {}),
    ("number", "too large a product", "1e4000 * 1e4000", {}),
    ("number", "too large a power", "9 ** (9 ** 7)", {}),
    ("number", "a power of powers", "(9 ** 99) ** 99 ** 9", {}),
    ("number", "too large an exponential", "exp(1e6)", {}),
    ("number", "a huge number given", "n", {"n": 10**7_000}),
    ("exponent", "too large an exponent", "2 ** 1e10", {}),
    ("exponent", "too small an exponent", "2 ** -1e10", {}),
    ("moment", "after the year 9999", '@"9999-12-31" + @"P1D"', {}),
    ("moment", "months after the year 9999", '@"9999-12-31" + @"P1M"', {}),
    ("moment", "before the year 1", '@"0001-01-01" - @"P1D"', {}),
    ("moment", "a duration without end", '@"P999999999D" * 1e6', {}),
    ("moment", "months without end", '@"P999999999M" + @"P999999999M"', {}),
    ("moment", "durations added", '@"P999999999D" + @"P999999999D"', {}),
    ("pattern", "a long pattern", 'matches("a", p)', {"p": "a" * 300}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("bound", "what", "text", "names"), BREACHES, ids=[f"{b}: {w}" for b, w, *_ in BREACHES]
)
def test_a_breach_is_refused_soon(bound: str, what: str, text: str, names: dict[str, Any]) -> None:
    with pytest.raises(FeelError) as refused:
        evaluate(text, names)
    assert refused.value.code == bound, what
    assert refused.value.zh
    assert refused.value.en


def test_what_a_function_gives_again_and_again_is_charged() -> None:
    with pytest.raises(FeelError) as refused:
        evaluate("for i in xs return count(f())", {"xs": MANY}, functions={"f": lambda: MANY})
    assert refused.value.code == "steps"


def test_numbers_that_nobody_asks_for_cost_nothing() -> None:
    assert evaluate("every i in 1..2000 satisfies some j in 1..9999 satisfies true", {})


WITHIN: list[tuple[str, str, dict[str, Any]]] = [
    ("a chain of or", " or ".join(f"x = {n}" for n in range(300)), {"x": 299}),
    ("a chain of and", " and ".join(f"x != {n}" for n in range(300)), {"x": 300}),
    ("a long list of values", f"x in ({', '.join(str(n) for n in range(600))})", {"x": 599}),
    ("a long iteration", "count(for i in 1..10000 return i) = 10000", {}),
    ("a long filter", "count(xs[item >= 0]) = 9000", {"xs": MANY}),
    ("a long text", "string length(t) = 60000", {"t": LONG}),
    ("deep parentheses", "(" * 900 + "true" + ")" * 900, {}),
    ("34 digits", f"{'9' * 34} + 0 = {'9' * 34}", {}),
    ("a small power", "1.0000001 ** 999999999 > 0", {}),
    ("underflow is zero", "(1e-6000 * 1e-6000) = 0", {}),
]  # fmt: skip


@pytest.mark.parametrize(("what", "text", "names"), WITHIN, ids=[what for what, *_ in WITHIN])
def test_what_is_large_but_within_bounds_is_computed_soon(
    what: str, text: str, names: dict[str, Any]
) -> None:
    assert evaluate(text, names) is True, what


def test_what_doubles_does_not_leave() -> None:
    value = evaluate(_doubled(30), {})
    with pytest.raises(FeelError, match="more than"):
        from_feel(value)


@pytest.mark.parametrize(
    "text", ["[" * 2_000, "(" * 4_000, "{a:" * 1_300, "not(" * 1_000, "((((" * 800 + "1"]
)
def test_an_unfinished_text_is_refused(text: str) -> None:
    with pytest.raises(FeelError):
        parse(text)


def test_a_deep_stack_of_callers_gives_no_recursion_error() -> None:
    text = "[" * 90 + "x" + "]" * 90

    def below(levels: int, act: Callable[[], object]) -> object:
        return act() if levels == 0 else below(levels - 1, act)

    room = sys.getrecursionlimit()
    outcomes = set()
    for levels in range(room - 400, room - 60, 20):
        try:
            below(levels, lambda: evaluate(text, {"x": 1}))
            outcomes.add("value")
        except FeelError as fault:
            outcomes.add(fault.code)
        except RecursionError:
            outcomes.add("no room for the call itself")
    assert "value" in outcomes
    assert "nesting" in outcomes


def test_the_bounds_are_those_agreed() -> None:
    assert (BOUNDS.source, BOUNDS.nodes, BOUNDS.steps) == (4_000, 2_000, 50_000)
    assert (BOUNDS.string, BOUNDS.items, BOUNDS.digits) == (100_000, 10_000, 34)


def test_arithmetic_is_free_of_the_surrounding_context() -> None:
    assert evaluate("1 / 3", {}) == Decimal("0.3333333333333333333333333333333333")
    moment = to_feel(datetime(2026, 1, 1, tzinfo=UTC))
    assert evaluate("m.second", {"m": moment}) == 0
