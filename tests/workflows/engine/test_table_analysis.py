"""Gaps, overlaps and rows never reached: held against tables that are simply tried out."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import combinations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.workflows.engine.decision_tables import table
from workflows.engine.decisions import Decision, parse_dmn
from workflows.engine.decisions.analysis import Analysis, analyse
from workflows.engine.decisions.regions import Region, said
from workflows.engine.feel import evaluate

NUMBERS = st.integers(0, 6)
NUMBER_CELLS = st.one_of(
    st.just("-"),
    st.builds("{} {}".format, st.sampled_from(("<", "<=", ">", ">=", "!=")), NUMBERS),
    st.builds("{}".format, NUMBERS),
    st.builds(
        "{}{}..{}{}".format,
        st.sampled_from("[("),
        st.integers(0, 3),
        st.integers(3, 6),
        st.sampled_from("])"),
    ),
    st.builds("not({})".format, NUMBERS),
    st.builds("{}, > {}".format, NUMBERS, NUMBERS),
    st.builds("? > {} and ? <= {}".format, NUMBERS, NUMBERS),
)
TEXT_CELLS = st.sampled_from(("-", '"a"', '"b"', '"a", "c"', 'not("a")', 'not("b", "c")'))
BOOLEAN_CELLS = st.sampled_from(("-", "true", "false"))
DATE_CELLS = st.one_of(
    st.just("-"),
    st.builds(
        '{} @"2026-01-0{}"'.format,
        st.sampled_from(("<", "<=", ">", ">=")),
        NUMBERS.map(lambda n: n + 1),
    ),
)
CELLS = {"number": NUMBER_CELLS, "string": TEXT_CELLS, "boolean": BOOLEAN_CELLS, "date": DATE_CELLS}
GRID: Mapping[str, list[Any]] = {
    "number": [Decimal(n) / 2 for n in range(-2, 16)],
    "string": ["a", "b", "c", "z"],
    "boolean": [True, False],
    "date": [evaluate(f'date("2026-01-{n:02}")', {}) for n in range(1, 12)]
    + [evaluate('date("2025-12-31")', {})],
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[Decision, list[str]]:
    kinds = draw(st.lists(st.sampled_from(sorted(CELLS)), min_size=1, max_size=3))
    rows = draw(st.lists(st.tuples(*(CELLS[kind] for kind in kinds)), min_size=1, max_size=5))
    policy = draw(st.sampled_from(("UNIQUE", "ANY", "FIRST")))
    inputs = "; ".join(f"c{n}:{kind}" for n, kind in enumerate(kinds))
    cells = [f"{' | '.join(row)} => {n % 2}" for n, row in enumerate(rows)]
    (decision,) = parse_dmn(table(inputs, "g:number", cells, policy=policy))
    return decision, kinds


def taken_at(decision: Decision, point: tuple[Any, ...]) -> list[int]:
    """The rows that take an input, found by asking each cell."""
    return [
        row
        for row, rule in enumerate(decision.rules, 1)
        if all(
            test is None or evaluate(test, {}, input_value=value) is True
            for test, value in zip(rule.tests, point, strict=True)
        )
    ]


@settings(max_examples=80, deadline=None)
@given(tables())
def test_it_says_what_trying_out_shows(drawn: tuple[Decision, list[str]]) -> None:
    decision, kinds = drawn
    tried = {point: taken_at(decision, point) for point in product(*(GRID[kind] for kind in kinds))}
    found = analyse(decision)
    assert not found.gave_up
    assert bool(found.gaps) == any(not rows for rows in tried.values())
    for region in found.gaps:
        assert [tried[point] for point in within(decision, region, tried) if tried[point]] == []
    together = {pair for rows in tried.values() for pair in combinations(rows, 2)}
    if decision.hit_policy == "A":  # odd rows answer 0, even ones 1
        together = {(a, b) for a, b in together if (a - b) % 2}
    if decision.hit_policy != "F":
        told = {one.rows for one in found.overlaps}
        assert told == together if not found.more else told <= together
    else:
        firsts = {rows[0] for rows in tried.values() if rows}
        assert set(found.unreached) == set(range(1, len(decision.rules) + 1)) - firsts


def within(
    decision: Decision, region: Region, points: Mapping[tuple[Any, ...], object]
) -> Iterator[tuple[Any, ...]]:
    """The inputs that a region's words speak of; at least one, or the words are empty."""
    labels = [one.label for one in decision.inputs]
    chosen = [
        point
        for point in points
        if all(fits(one.en, point[labels.index(one.column)]) for one in region)
    ]
    assert chosen, said(region)
    yield from chosen


def fits(words: str, value: Any) -> bool:
    """“≥ 2 and < 5 or = 7” as a reader takes it."""
    if words == "= any other value":
        return bool(value == "z")
    if words.startswith("≠"):
        return f'"{value}"' not in words
    if isinstance(value, str):
        return f'"{value}"' in words
    if isinstance(value, bool):
        return words == f"= {str(value).lower()}"
    return any(
        all(holds(part, value) for part in run.split(" and ")) for run in words.split(" or ")
    )


def holds(part: str, value: Any) -> bool:
    sign, _, end = part.partition(" ")
    other = Decimal(end) if isinstance(value, Decimal) else evaluate(f'date("{end}")', {})
    return bool(
        {
            "=": value == other,
            "<": value < other,
            "≤": value <= other,
            ">": value > other,
            "≥": value >= other,
        }[sign]
    )


def of(inputs: str, rows: list[str], policy: str = "FIRST", **figures: object) -> Analysis:
    (decision,) = parse_dmn(table(inputs, "g:number", rows, policy=policy))
    return analyse(decision, {"rule": figures} if figures else {})


WORDS = [
    ("n:number", ["< 60 => 1", ">= 80 => 2"], ("n ≥ 60 且 < 80", "n ≥ 60 and < 80")),
    ("n:integer", ["< 60 => 1", ">= 62 => 2"], ("n ≥ 60 且 < 62", "n ≥ 60 and < 62")),
    ("n; b:boolean", ["< 6 | - => 1", "- | true => 2"], ("n ≥ 6，b = 否", "n ≥ 6, b = false")),
    ("k:string", ['"a" => 1'], ('k ≠ "a"', 'k ≠ "a"')),
    ("k:string", ['"a","b","c","d" => 1'], ("k = 其他取值", "k = any other value")),
    ('k:string{"a","b","c"}', ['"a" => 1'], ('k = "b" 或 "c"', 'k = "b" or "c"')),
    ("n:number{[0..100]}", ["< 60 => 1"], ("n ≥ 60 且 ≤ 100", "n ≥ 60 and ≤ 100")),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "rows", "words"), WORDS)
def test_a_gap_is_said_in_words(inputs: str, rows: list[str], words: tuple[str, str]) -> None:
    (gap,) = of(inputs, rows).gaps
    assert said(gap) == words


@pytest.mark.parametrize(
    ("inputs", "rows"),
    [
        ("n:integer", ["< 60 => 1", "60 => 1", "> 60 => 2"]),
        ("n:integer", ["<= 60 => 1", ">= 61 => 2"]),
        ("d:date", ['<= @"2026-01-01" => 1', '>= @"2026-01-02" => 2']),
        ("n:number{[0..100]}", ["< 60 => 1", "[60..100] => 2"]),
        ("n:number; n:number", ["< 5 | - => 1", ">= 3 | - => 2"]),
    ],
)
def test_what_cannot_be_is_no_gap(inputs: str, rows: list[str]) -> None:
    assert of(inputs, rows).gaps == ()


def test_figures_in_force_decide_what_is_open_without_them() -> None:
    rows = ["< rule.least => 1", "> 50 => 2"]
    assert of("n:number", rows).undecided == ("n",)
    found = of("n:number", rows, least=40)
    assert found.undecided == ()
    assert [said(gap)[1] for gap in found.gaps] == ["n ≥ 40 and ≤ 50"]
    assert of("n:number", rows, least=60).is_clean


def test_an_open_column_hides_no_gap_that_is_certain() -> None:
    found = of("n:number; k:string", ['odd(?) | "a" => 1', 'even(?) | "a" => 2'])
    assert found.undecided == ("n",)
    assert [said(gap)[1] for gap in found.gaps] == ['k ≠ "a"']


def test_rows_behind_others_are_never_reached() -> None:
    rows = ["< 5 | - => 1", "- | true => 2", "< 3 | true => 3", "[8..7] | - => 4", "- | - => 5"]
    assert of("n:number; b:boolean", rows).unreached == (3, 4)


def test_null_is_a_value_where_a_cell_asks_for_it() -> None:
    assert of("k:string", ["null => 1", '"a" => 2', 'not("a") => 3']).gaps == ()
    (one,) = of("k:string", ["null => 1", "- => 2"], "UNIQUE").overlaps
    assert (one.rows, said(one.region)[1]) == ((1, 2), "k is empty")


def test_any_may_overlap_where_it_answers_the_same() -> None:
    assert of("n:number", ["< 5 => 1", "- => 1"], "ANY").overlaps == ()
    assert [one.certain for one in of("n:number", ["< 5 => n", "- => 1"], "ANY").overlaps] == [
        False
    ]


@pytest.mark.timeout(120)
def test_a_table_that_is_too_large_is_given_up_and_says_so() -> None:
    rows = [f"{n} | [{n}..{n + 3}] | {n % 7} => {n}" for n in range(400)]
    found = of("a:number; b:number; c:number", rows, "UNIQUE")
    assert found.gave_up
    assert of("; ".join(f"c{n}:number" for n in range(61)), ["- | " * 60 + "- => 1"]).gave_up
