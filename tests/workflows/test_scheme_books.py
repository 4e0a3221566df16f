"""A scheme goes out and comes back as a workbook; what is shifted or unknown is named."""

import io
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.workflows.scoring.schemes import plain
from workflows import scheme_books, scoring
from workflows.errors import Invalid


def content(**rules: Any) -> dict[str, Any]:
    stored = plain(**rules)
    return {part: stored[part] for part in ("rules", "content", "means")}


def again(change: Any) -> bytes:
    book = load_workbook(io.BytesIO(scheme_books.write(content())))
    change(book)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


@pytest.mark.parametrize("combine", ["equal", "coefficient", "cap"])
def test_out_and_in_again_it_is_the_same_scheme(combine: str) -> None:
    stored = content(combine=combine)
    came_back = scheme_books.read(scheme_books.write(stored))
    head = {"year": 2026, "name": "方案"}
    assert scoring.read({**came_back, **head}) == scoring.read({**stored, **head})


def test_a_shifted_column_is_named() -> None:
    def shift(book: Workbook) -> None:
        book[scheme_books.INDICATORS].insert_cols(1)
        book[scheme_books.INDICATORS]["E1"] = "不相干"

    with pytest.raises(Invalid, match="类别"):
        scheme_books.read(again(shift))


def test_columns_may_stand_in_any_order() -> None:
    def turn(book: Workbook) -> None:
        sheet = book[scheme_books.INDICATORS]
        rows = [[cell.value for cell in row][::-1] for row in sheet.iter_rows()]
        book.remove(sheet)
        new = book.create_sheet(scheme_books.INDICATORS)
        for row in rows:
            new.append(row)

    assert scheme_books.read(again(turn))["content"] == content()["content"]


@pytest.mark.parametrize(
    ("sheet", "cell", "value", "named"),
    [
        ("指标", "D2", "别的", "row 2, column 类别"),
        ("指标", "I3", "猜", "row 3, column 手段"),
        ("规则", "A2", "新规则", "新规则"),
    ],
)
def test_a_cell_that_says_nothing_known_is_named(
    sheet: str, cell: str, value: str, named: str
) -> None:
    def spoil(book: Workbook) -> None:
        book[sheet][cell] = value

    with pytest.raises(Invalid, match=named):
        scheme_books.read(again(spoil))


def test_a_missing_sheet_and_no_workbook_are_refused() -> None:
    with pytest.raises(Invalid, match="规则"):
        scheme_books.read(again(lambda book: book.remove(book["规则"])))
    for data in (b"", b"PK\x03\x04 broken", b"text"):
        with pytest.raises(Invalid, match="not a workbook"):
            scheme_books.read(data)
