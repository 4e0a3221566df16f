"""The tests of a decision table's cell: DMN 1.3 grammar rules 7, 13 to 15; clause 10.3.2.10."""

import pytest

from workflows.engine.feel import FeelError, evaluate, parse, to_feel

NAMES = {"limit": 10, "names": ["a", "b"], "flag": True, "case": {"days": 3}}
CELLS = [
    # cell, input, satisfied
    ("-", 1, True),
    ("-", None, True),
    ("", 1, True),
    ("  ", None, True),
    ("5", 5, True),
    ("5", 6, False),
    ("5", None, False),
    ("-5", -5, True),
    ('"a"', "a", True),
    ('"a"', "b", False),
    ('"a", "b"', "b", True),
    ('"a", "b"', "c", False),
    ('"a", "b"', None, False),
    ("true", True, True),
    ("true", False, False),
    ("false", False, True),
    ("false", True, False),
    ("false", None, False),
    ("null", None, True),
    ("null", 1, False),
    ("not(null)", 1, True),
    ("not(null)", None, False),
    ("< 5", 4, True),
    ("< 5", 5, False),
    ("<= 5", 5, True),
    ("> 5", 5, False),
    (">= 5", 5, True),
    ("= 5", 5, True),
    ("!= 5", 5, False),
    ("!= 5", 6, True),
    ("< 5", None, None),
    ("< 5", "4", None),
    ("< -5", -6, True),
    ("< 2 + 3", 4, True),
    ("< limit", 9, True),
    ("< case.days", 2, True),
    ("< 5, > 10", 11, True),
    ("< 5, > 10", 7, False),
    ("[1..5]", 5, True),
    ("[1..5)", 5, False),
    ("(1..5]", 1, False),
    ("]1..5[", 1, False),
    ("]1..5[", 2, True),
    ("]1..5[, ]7..9[", 8, True),
    ("[1..5], 7", 7, True),
    ("[1..limit]", 10, True),
    ("[1..5]", None, None),
    ('["a".."c"]', "b", True),
    ("not(5)", 5, False),
    ("not(5)", 6, True),
    ("not(5, 6)", 6, False),
    ("not(< 5)", 5, True),
    ("not([1..5])", 6, True),
    ("not(< 5)", None, None),
    ('not("a")', None, True),
    ("not(flag)", True, False),
    ("not(1), 2", 2, True),
    ("names", "a", True),
    ("names", "c", False),
    ("limit", 10, True),
    ('[1, 2, "x"]', 2, True),
    ("? > 5", 6, True),
    ("? > 5 and ? < 8", 8, False),
    ('starts with(?, "ab")', "abc", True),
    ('starts with(?, "ab")', "b", False),
    ("odd(?)", 3, True),
    ("? = null", None, True),
    ("? in (1, 2) or ? > 7", 8, True),
    ("some n in names satisfies n = ?", "b", True),
    ("limit > 5", 1, True),  # a condition that is not about the input
    ("limit > 50", 1, False),
    ('date("2026-01-01")', "2026-01-01", None),
    ("list contains(?, 1)", [1, 2], True),
    ("[1, 2]", [1, 2], True),
    ("{a: 1}", {"a": 1}, True),
]


@pytest.mark.parametrize(("cell", "given", "satisfied"), CELLS)
def test_a_cell_is_satisfied_as_the_standard_says(
    cell: str, given: object, satisfied: bool | None
) -> None:
    assert evaluate(parse(cell, unary=True), NAMES, input_value=given) is satisfied


@pytest.mark.parametrize(
    ("cell", "day", "satisfied"),
    [
        ('< date("2026-03-01")', "2026-02-28", True),
        ('[@"2026-01-01"..@"2026-01-31"]', "2026-02-01", False),
        ('@"2026-01-01", @"2026-02-01"', "2026-02-01", True),
    ],
)
def test_a_cell_reads_dates(cell: str, day: str, satisfied: bool) -> None:
    given = to_feel(day, {"type": "string", "format": "date"})
    assert evaluate(parse(cell, unary=True), {}, input_value=given) is satisfied


def test_a_text_with_an_input_is_read_as_tests() -> None:
    assert evaluate("> 5, < 2", {}, input_value=6) is True


@pytest.mark.parametrize(
    "cell", ["5,", ", 5", "not(", "< ", "[1..", "1..2", "[1..2", "a b c <", "5 6"]
)
def test_a_cell_that_is_no_test_is_refused(cell: str) -> None:
    with pytest.raises(FeelError):
        parse(cell, unary=True)


def test_a_question_mark_outside_a_cell_is_refused() -> None:
    with pytest.raises(FeelError, match="no input value"):
        evaluate("? > 1", {})
