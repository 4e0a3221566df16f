"""The columns of the workbook of business results, and which of them stands in the wrong place."""

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from workflows.imports.cells import BadCell, Column, text, tidy
from workflows.imports.report import Report
from workflows.imports.workbook import HEADER_WITHIN, MOST_COLUMNS, MOST_ROWS, Sheet

UNIT, INDICATOR, VALUE, NOTE = "单位", "指标", "得分", "说明"
NOT_NUMBER = ("应为不小于零的数", "must be a number, not below zero")
FINEST = Decimal("0.0001")
LOOKED_AT = 200  # rows from which it is told what a column holds
WORDS = {
    "unit": (UNIT, "units"),
    "indicator": (INDICATOR, "indicators"),
    "value": (VALUE, "scores"),
}


def number(value: Any) -> Decimal:
    """A score as the cell has it; raises BadCell. What a float adds behind is rounded away."""
    if isinstance(value, bool):
        raise BadCell(NOT_NUMBER)
    try:
        said = unicodedata.normalize("NFKC", value) if isinstance(value, str) else value
        found = Decimal(str(said)).quantize(FINEST)
    except InvalidOperation:
        raise BadCell(NOT_NUMBER) from None
    if not found.is_finite() or found < 0:
        raise BadCell(NOT_NUMBER)
    return found


COLUMNS = (
    Column("unit", UNIT, text(), required=True),
    Column("indicator", INDICATOR, text(), required=True),
    Column("value", VALUE, number, required=True),
    Column("note", NOTE, text(500), default=""),
)
SHEET = Sheet("业务考核结果", COLUMNS)
KEYS = {column.title: column.key for column in COLUMNS}


def sheet_of(workbook: Any) -> Sheet:
    """Our sheet by its name, else the first one whatever it is called."""
    if SHEET.title in workbook.sheetnames:
        return SHEET
    return Sheet(workbook.sheetnames[0], COLUMNS)


@dataclass(frozen=True)
class Kinds:
    """What tells a unit or an indicator from other text: the codes and names that there are."""

    units: frozenset[str]
    indicators: frozenset[str]

    def are(self, cell: Any) -> set[str]:
        """Every kind that the cell could be."""
        try:
            plain = tidy(cell)
        except BadCell:
            return set()
        if plain is None:
            return set()
        said = str(int(plain) if isinstance(plain, float) and plain.is_integer() else plain)
        found = {"unit"} if said in self.units else set()
        found |= {"indicator"} if said in self.indicators else set()
        return found | ({"value"} if _is_number(plain) else set())


def _is_number(plain: Any) -> bool:
    try:
        number(plain)
    except BadCell:
        return False
    return True


def name_shifts(workbook: Any, sheet: Sheet, kinds: Kinds, report: Report) -> bool:
    """True, with a fault for each, where columns hold what belongs under another head."""
    found = workbook[sheet.title]
    if not hasattr(found, "reset_dimensions"):
        return False
    found.reset_dimensions()
    rows = [row[:MOST_COLUMNS] for row in islice(found.iter_rows(values_only=True), MOST_ROWS)]
    header = _header(rows)
    if header is None:
        return False
    below = rows[header + 1 :][:LOOKED_AT]
    heads = [str(cell).strip() if cell is not None else "" for cell in rows[header]]
    heads += [""] * (max(map(len, rows)) - len(heads))
    wrong = list(_wrong(heads, below, kinds))
    for at, kind, example in wrong:
        zh, en = WORDS[kind]
        place = f"“{heads[at]}”列" if heads[at] else f"第{at + 1}列（没有列名）"
        way_zh, way_en = _by(heads, wrong)
        why = (
            f"{place}下是“{zh}”的内容，列已错位{way_zh}",
            f"holds {en}: the columns are shifted{way_en}",
        )
        report.fault(sheet.title, header + 1, heads[at], example, why)
    return bool(wrong)


def _header(rows: Sequence[Sequence[Any]]) -> int | None:
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        titles = {str(cell).strip() for cell in row if cell is not None}
        if len(titles & {UNIT, INDICATOR, VALUE}) > 1:
            return at
    return None


def _wrong(
    heads: Sequence[str], rows: Sequence[Sequence[Any]], kinds: Kinds
) -> Iterator[tuple[int, str, Any]]:
    """(column, what it holds, an example) where more than half of it is of another kind."""
    for at, head in enumerate(heads):
        own = KEYS.get(head, "")
        cells = [row[at] for row in rows if at < len(row) and row[at] not in (None, "")]
        told = [(kinds.are(cell), cell) for cell in cells]
        strange = Counter(kind for found, _ in told if own not in found for kind in found - {own})
        if not strange or own == "note":
            continue
        kind, times = max(strange.items(), key=lambda one: (one[1], one[0]))
        if times * 2 > len(cells) and (own or kind != "value"):
            yield at, kind, next(cell for found, cell in told if kind in found)


def _by(heads: Sequence[str], wrong: Sequence[tuple[int, str, Any]]) -> tuple[str, str]:
    """Which way and how far, where all are shifted alike; in Chinese and in English."""
    titles = {key: title for title, key in KEYS.items()}
    moved = {at - list(heads).index(titles[kind]) for at, kind, _ in wrong if titles[kind] in heads}
    steps = moved.pop() if len(moved) == 1 else 0
    if not steps:
        return "", ""
    zh, en = ("右", "right") if steps > 0 else ("左", "left")
    return f"（向{zh}{abs(steps)}列）", f", {abs(steps)} to the {en}"
