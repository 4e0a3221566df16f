"""Expressions of other systems: FEEL of the same meaning, or none."""

from collections.abc import Callable, Mapping
from itertools import product

import pytest

from workflows.engine import feel
from workflows.foreign.expressions import Uncertain, to_feel

COUNTERS = {"nrOfInstances": "total", "nrOfCompletedInstances": "done"}
CERTAIN = {
    "${approved}": "approved = true",
    "${!approved}": "approved = false",
    "#{not approved}": "approved = false",
    "${a == 'x'}": 'a = "x"',
    "${'x' eq a}": '"x" = a',
    '${a.equals("x")}': 'a = "x"',
    '${"x".equals(a)}': '"x" = a',
    "${a.b.c != null}": "a.b.c != null",
    "${n >= 3 && n < 10.5}": "n >= 3 and n < 10.5",
    "${n gt 3 or n le -1}": "n > 3 or n <= -1",
    "${(a == 'x' || b) and n < .5}": '(a = "x" or b = true) and n < 0.5',
    "${!(a == 'x' || b)}": 'not(a = "x" or b = true)',
    "${!('a').equals((b))}": 'not(("a") = (b))',
    "${execution.getVariable('n') <= 3}": "n <= 3",
    "${var:eq(a, 'x')}": 'a = "x"',
    "${variables:greaterThanOrEquals(n, 3)}": "n >= 3",
    "${vars:get(n) == 3}": "n = 3",
    "${审批结果 == '同意'}": '审批结果 = "同意"',
    r"${a == 'it\'s \"so\"'}": r'a = "it' + r"'s \"so\"" + '"',
    "  ${ \n a\n== 1 }  ": "a = 1",
    "${true}": "true",
    "${nrOfCompletedInstances/nrOfInstances >= 0.6}": "done / total >= 0.6",
    "${nrOfCompletedInstances == nrOfInstances}": "done = total",
    "${nrOfCompletedInstances > nrOfInstances * 0.5}": "done > total * 0.5",
    '=amount >= 100 and kind in ("a", "b")': 'amount >= 100 and kind in ("a", "b")',
}
UNCERTAIN = {
    "${empty list}": "empty",
    "${a ? b : c}": "“?”",
    "${bean.method(execution)}": "method",
    "${tags.contains('a')}": "contains",
    "${!(n > 3)}": "unset",
    "${a > 'b'}": "by size",
    "${a + b == 3}": "no numbers",
    "${days > 3}": "another meaning",
    "${item == 'x'}": "another meaning",
    "${loopCounter > 3}": "counts",
    "${'text'}": "no condition",
    "${a == }": "not complete",
    "${(a == 1}": "missing",
    "${a} == 'x'": "not one",
    "a == 'x'": "not one",
    "${${a}}": "not one",
    "${a; b}": "“;”",
    "${__import__('os')}": "cannot be read",
    "=is defined(a)": "no such function",
    "=a ==": "unexpected",
    "${" + "(" * 50 + "a" + ")" * 50 + "}": "too deeply",
    "${a == '" + "x" * 2_000 + "'}": "too long",
}


@pytest.mark.parametrize("text", CERTAIN, ids=str)
def test_what_is_certain_is_written_in_feel(text: str) -> None:
    made = to_feel(text, counters=COUNTERS)
    assert made.text == CERTAIN[text]
    assert made.names <= feel.parse(made.text).names


@pytest.mark.parametrize("text", UNCERTAIN, ids=lambda text: text[:30])
def test_what_is_not_certain_is_told_with_its_reason(text: str) -> None:
    with pytest.raises(Uncertain, match=UNCERTAIN[text]) as told:
        to_feel(text, counters=COUNTERS)
    assert told.value.zh


# A second opinion on what the same text means where it came from, value by value.
MEANT: Mapping[str, Callable[[bool, str | None], bool]] = {
    "${!a}": lambda a, _: not a,
    "${a && b == 'x'}": lambda a, b: bool(a) and b == "x",
    "${a || b != 'x'}": lambda a, b: bool(a) or b != "x",
    "${!(a && b == 'x')}": lambda a, b: not (a and b == "x"),
    "${b == null || b == 'x'}": lambda _, b: b is None or b == "x",
}


@pytest.mark.parametrize("text", MEANT)
def test_the_feel_holds_where_the_expression_held(text: str) -> None:
    made = to_feel(text).text
    said = ("x", "y", None) if "null" in text else ("x", "y")
    for a, b in product((True, False), said):
        names: dict[str, object] = {"a": a, "b": b}
        assert (feel.evaluate(made, names) is True) == MEANT[text](a, b), (a, b)
