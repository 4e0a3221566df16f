"""What is refused of a decision table, and what is found in it before it decides."""

import pytest

from tests.workflows.engine.decision_tables import table
from workflows.engine.decisions import DecisionFault, check_decision, parse_dmn

PLAIN = table("n", "g", ["- => 1"])


def found(*columns: object, **options: object) -> list[str]:
    (decision,) = parse_dmn(table(*columns, **options))  # type: ignore[arg-type]
    return [fault.en.removeprefix("table “定级”") for fault in check_decision(decision)]


@pytest.mark.parametrize(
    ("rows", "row", "column", "english"),
    [
        (["5, => 1"], 1, "n", "ends too early"),
        (["- => 1", "[1..] => 1"], 2, "n", "unexpected"),
        (["- => 1 +"], 1, "g", "ends too early"),
        (["- => "], 1, "g", "the output is empty"),
        (["${n > 1} => 1"], 1, "n", "unexpected character"),
        (["__import__('os') => 1"], 1, "n", "unexpected character"),
        (["- | - => 1"], 1, None, "the number of cells differs"),
        (["- => 1 | 2"], 1, None, "the number of cells differs"),
    ],
)
def test_a_broken_cell_is_refused_with_its_place(
    rows: list[str], row: int, column: str | None, english: str
) -> None:
    with pytest.raises(DecisionFault) as refused:
        parse_dmn(table("n:number", "g:number", rows))
    assert (refused.value.table, refused.value.row, refused.value.column) == ("定级", row, column)
    assert english in refused.value.en
    assert refused.value.zh.startswith("判定表“定级”")


def test_all_broken_cells_are_told_at_once() -> None:
    with pytest.raises(DecisionFault) as refused:
        parse_dmn(table("n:number", "g:number", ["5, => 1", "- => 1", "- => 1 +"]))
    assert [fault.row for fault in (refused.value, *refused.value.others)] == [1, 3]


@pytest.mark.parametrize(
    ("xml", "english"),
    [
        (b"", "well-formed"),
        (b"<definitions", "well-formed"),
        (b"<definitions/>", "no DMN"),
        (table("n", "g", ["- => 1"], namespace="http://example.org/x"), "no DMN"),
        (table("n", "g", ["- => 1"], policy="BEST"), "unknown hit policy “BEST”"),
        (table("n", "g", ["- => 1"], policy="COLLECT+MEAN"), "unknown aggregation “MEAN”"),
        (table("n", "g; h", ["- => 1 | 2"], policy="COLLECT+SUM"), "takes one output only"),
        (table("n", "g", []), "no output or no rule"),
        (table("n", "", ["- => 1"]), "number of cells differs"),
        (table("n +", "g", ["- => 1"]), "ends too early"),
        (b'<!DOCTYPE d [<!ENTITY e "x">]>' + table("n", "g", ["- => 1"]), "DOCTYPE"),
        (b'<!DOCTYPE d SYSTEM "file:///etc/passwd">' + table("n", "g", ["- => 1"]), "DOCTYPE"),
        (table("n", "g", ["- => 1"]) + b" " * 2_100_000, "2 MB"),
        (PLAIN.replace(b"decisionTable", b"literalExpression"), "only decision tables"),
        (PLAIN.replace(b"<inputEntry", b'<inputEntry expressionLanguage="python"'), "only FEEL"),
        (b"<d>" * 300 + b"</d>" * 300, "well-formed"),
    ],
    ids=lambda value: value if isinstance(value, str) else "xml",
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused(xml: bytes, english: str) -> None:
    with pytest.raises(DecisionFault) as refused:
        parse_dmn(xml)
    assert english in refused.value.en
    assert refused.value.zh


OVERLAPS = [
    ("n:number", ["< 10 => 1", ">= 10 => 2"], None),
    ("n:number", ["< 10 => 1", "> 10 => 2", "10 => 3"], None),
    ("n:number", ["<= 10 => 1", ">= 10 => 2"], "n = 10"),
    ("n:number", ["[0..5] => 1", "(5..9] => 2", "not([0..9]) => 3"], None),
    ("n:number", ["[0..5] => 1", "[5..9] => 2", "not([0..9]) => 3"], "n = 5"),
    ("n:number", ["-5 => 1", "!= -5 => 2"], None),
    ("n:number", ["- => 1", "7 => 2"], "n = 7"),
    ("k:string", ['"a" => 1', '"b", "c" => 2', 'not("a", "b", "c") => 3'], None),
    ("k:string", ['"a" => 1', 'not("b") => 2', '"b" => 3'], 'k = "a"'),
    ("k:string", ['- => 1', 'not("b") => 2'], 'k ≠ "b"'),
    ("b:boolean", ["true => 1", "false => 2"], None),
    ("b:boolean", ["true => 1", "- => 2"], "b = true"),
    ("d:date", ['< date("2026-01-01") => 1', '>= date("2026-01-01") => 2'], None),
    ("d:date", ['<= @"2026-01-01" => 1', '>= @"2026-01-01" => 2'], "d = 2026-01-01"),
    ("d", ['< @"P1D" => 1', '>= @"P1D" => 2'], None),
    ("d", ['< @"P1M" => 1', '>= @"P1M" => 2'], None),
    ("n:number; b:boolean", ["< 10 | true => 1", "< 10 | false => 2", ">= 10 | - => 3"], None),
    ("n; b:boolean", ["< 10 | true => 1", "< 20 | - => 2", ">= 20 | - => 3"], "n < 10, b = true"),
    ("n:number", ["< limit => 1", "> 5 => 2"], None),
    ("n:number", ["odd(?) => 1", "even(?) => 2"], None),
    ("n:number; k:string", ["< limit | - => 1", "- | - => 2"], None),
    ("k:string", ['["a".."b"] => 1', '"a" => 2'], None),
    ("n:number; n:number", ["< 1 | > 5 => 1", ">= 1 | - => 2"], None),
    ('k:string{"a","b"}', ['"a" => 1', '"b" => 2'], None),
]  # fmt: skip


@pytest.mark.parametrize(("inputs", "rows", "shared"), OVERLAPS)
def test_rows_of_a_unique_table_that_overlap_are_found(
    inputs: str, rows: list[str], shared: str | None
) -> None:
    told = [fault for fault in found(inputs, "g:number", rows) if "overlaps" in fault]
    overlap = f", row 2: overlaps with row 1 ({shared}), but the table is UNIQUE"
    assert told == ([] if shared is None else [overlap])


GAPS = [
    ("n:number", ["< 10 => 1", ">= 10 => 2"], None),
    ("n:number", ["< 10 => 1", "> 10 => 2"], "n = 10"),
    ("n:number", ["[0..5] => 1"], "n < 0 or > 5"),
    ("k:string", ['"a" => 1', '"b" => 2'], 'k ≠ "a", "b"'),
    ("k:string", ['"a" => 1', "- => 2"], None),
    ('k:string{"a","b"}', ['"a" => 1', '"b" => 2'], None),
    ('k:string{"a","b","c"}', ['"a" => 1', '"b" => 2'], 'k = "c"'),
    ("b:boolean", ["true => 1"], "b = false"),
    ("b:boolean; n:number", ["true | - => 1", "false | > 5 => 2"], "b = false, n ≤ 5"),
    ("n:number; k:string", ["< limit | - => 1", "- | - => 2"], None),
    ("n:number; k:string", ['< limit | "a" => 1', '>= limit | "a" => 2'], 'k ≠ "a"'),
    ("n:number", ["< limit => 1"], None),
    ("d:date", ['< @"2026-01-01" => 1', '> @"2026-01-01" => 2'], "d = 2026-01-01"),
]


@pytest.mark.parametrize(("inputs", "rows", "gap"), GAPS)
def test_a_gap_is_found(inputs: str, rows: list[str], gap: str | None) -> None:
    faults = found(inputs, "g:number", rows, policy="FIRST")
    assert faults == ([] if gap is None else [f": no rule applies to {gap}"])


def test_a_default_closes_every_gap() -> None:
    assert found("n:number", "g:number => 0", ["> 5 => 1"]) == []


def test_a_table_that_gathers_has_no_gaps() -> None:
    assert found("n:number", "g:number", ["> 5 => 1"], policy="COLLECT") == []


def test_an_unknown_type_is_found() -> None:
    assert found("n:numbre", "g:text", ["- => 1"]) == [
        ", column “n”: unknown type “numbre”",
        ", column “g”: unknown type “text”",
    ]


def test_an_answer_outside_the_output_values_is_found() -> None:
    faults = found("n:number", 'g:string{"a","b"}', ['< 1 => "a"', '>= 1 => "c"'])
    assert faults == [", row 2, column “g”: the answer is not among the output values"]


def test_only_the_first_overlaps_are_told() -> None:
    assert len(found("n:number", "g:number", [f"- => {n}" for n in range(20)])) == 5


@pytest.mark.timeout(120)
def test_a_large_table_is_checked_soon() -> None:
    rows = [f"{n} | [{n}..{n + 3}] | {n % 7} => {n}" for n in range(120)]
    faults = found("a:number; b:number; c:number", "g:number", rows)
    assert len(faults) == 1
