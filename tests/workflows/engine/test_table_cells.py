"""One cell, as it is typed: what is told of it in its column."""

import pytest

from tests.workflows.engine.decision_tables import table
from workflows.engine.decisions import check_decision, parse_dmn
from workflows.engine.decisions.cells import Cell, fault_of

FITS = [
    Cell("-", "test", "number"),
    Cell("", "test", "string"),
    Cell("[1..5], > 8", "test", "number"),
    Cell("< -days.red_after", "test", "number"),
    Cell("? > 3 and ? < 5", "test", "number"),
    Cell('not("a")', "test", "string", '"a", "b"'),
    Cell('> date("2026-01-01")', "test", "date"),
    Cell("null", "test", "number"),
    Cell('if managed_by = "a" then "b" else "c"', "answer", "string"),
    Cell("-", "answer", "string"),
    Cell('"a", "b"', "listed", "string"),
    Cell("workdays(a, 3)", "expression"),
]
FAULTS = [
    (Cell('"a"', "test", "number"), '"a" is a text, the column holds a number'),
    (Cell('[1.."b"]', "test", "number"), '"b" is a text, the column holds a number'),
    (Cell('? = "a"', "test", "boolean"), '"a" is a text, the column holds a yes-or-no value'),
    (Cell("3", "answer", "string"), "3 is a number, the column holds a text"),
    (Cell('"2026-01-01"', "test", "date"), 'write date("2026-01-01")'),
    (Cell('"c"', "test", "string", '"a", "b"'), '"c" is not a value of the column'),
    (Cell('not("c")', "test", "string", '"a", "b"'), '"c" is not a value of the column'),
    (Cell('"c"', "answer", "string", '"a", "b"'), '"c" is not a value of the column'),
    (Cell("120", "test", "number", "[0..100]"), "120 is not a value of the column"),
    (Cell("< 3，", "test", "number"), "full-width"),
    (Cell("[1..", "test", "number"), "line 1, column 3"),
    (Cell("foo(1)", "answer", "number"), "unknown function “foo”"),
    (Cell(" ", "answer", "number"), "the output is empty"),
    (Cell("", "expression", "number"), "the input has no expression"),
    (Cell("__import__('os')", "test"), "unexpected character"),
    (Cell("1 " * 3000, "test"), "4000"),
]


@pytest.mark.parametrize("cell", FITS, ids=lambda cell: cell.text or "empty")
def test_a_cell_in_order(cell: Cell) -> None:
    assert fault_of(cell, ["workdays"]) is None


@pytest.mark.parametrize(
    ("cell", "english"), FAULTS, ids=lambda one: str(getattr(one, "text", ""))[:20]
)
def test_a_faulty_cell_is_told(cell: Cell, english: str) -> None:
    told = fault_of(cell, ["workdays"])
    assert told is not None
    assert english in told[1]
    assert any("\u4e00" <= sign <= "\u9fff" for sign in told[0])


def test_a_table_with_such_cells_is_refused_with_their_places() -> None:
    rows = ['"a" | "x" => 1', '- | "z" => "b"', "- | - => 2"]
    (decision,) = parse_dmn(table('n:number; k:string{"x","y"}', "g:number", rows, policy="FIRST"))
    assert [(one.row, one.column) for one in check_decision(decision)] == [
        (1, "n"),
        (2, "k"),
        (2, "g"),
    ]
