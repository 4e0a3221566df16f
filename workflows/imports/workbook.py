"""A workbook from outside: refused unless it is what it says, read row by row.

Nothing of it is unpacked before its size on paper is known; the sizes in a zip's directory bind,
because reading stops where they end.
"""

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any, NamedTuple

from openpyxl import load_workbook

from workflows.errors import Invalid, TooLarge
from workflows.imports.cells import BadCell, Column
from workflows.imports.report import Report

MOST_BYTES = 50 * 1024 * 1024
MOST_UNPACKED = 600 * 1024 * 1024
MOST_ENTRIES = 500
MOST_RATIO = 300  # repetitive sheets reach 60
MOST_ROWS = 300_000
MOST_COLUMNS = 60
HEADER_WITHIN = 20  # rows from the top
UNDECLARED = re.compile(rb"<!\s*(DOCTYPE|ENTITY)", re.IGNORECASE)
ENCODING = re.compile(rb"""^<\?xml[^>]*encoding\s*=\s*["']([\w-]+)["']""", re.IGNORECASE)


@dataclass(frozen=True)
class Sheet:
    """A sheet that we know, and the columns it may have."""

    title: str
    columns: tuple[Column, ...]


class Row(NamedTuple):
    number: int  # as the spreadsheet shows it
    values: dict[str, Any]


def open_workbook(data: bytes) -> Any:
    """The workbook; raises Invalid or TooLarge before anything large is unpacked."""
    if len(data) > MOST_BYTES:
        raise TooLarge("The workbook is larger than {most} MB.", most=MOST_BYTES >> 20)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            _require_modest(archive)
            _require_plain_xml(archive)
        return load_workbook(BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except (Invalid, TooLarge):
        raise
    except Exception as error:  # whatever openpyxl or the zip trips over, the file is at fault
        raise Invalid("This is not a workbook (.xlsx), or it is damaged.") from error


def _require_modest(archive: zipfile.ZipFile) -> None:
    entries = archive.infolist()
    names = {entry.filename for entry in entries}
    if not {"[Content_Types].xml", "xl/workbook.xml"} <= names:
        raise Invalid("This is not a workbook (.xlsx), or it is damaged.")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if (
        len(entries) > MOST_ENTRIES
        or len(names) < len(entries)
        or unpacked > MOST_UNPACKED
        or unpacked > MOST_RATIO * max(packed, 4096)
    ):
        raise TooLarge("The workbook unpacks to more than the system takes.")
    if any(entry.flag_bits & 1 for entry in entries) or "xl/vbaProject.bin" in names:
        raise Invalid("Workbooks with a password or with macros are not taken.")


def _require_plain_xml(archive: zipfile.ZipFile) -> None:
    """No part declares entities, in any encoding that would hide them."""
    for entry in archive.infolist():
        if not entry.filename.endswith((".xml", ".rels", ".vml")):
            continue
        with archive.open(entry) as part:
            head = part.read(200).removeprefix(b"\xef\xbb\xbf")
            declared = ENCODING.match(head)
            if not head.startswith(b"<") or (
                declared and declared[1].lower() not in (b"utf-8", b"us-ascii", b"ascii")
            ):
                raise Invalid("This is not a workbook (.xlsx), or it is damaged.")
            tail = head
            while tail:
                if UNDECLARED.search(tail):
                    raise Invalid("This is not a workbook (.xlsx), or it is damaged.")
                fresh = part.read(1 << 20)
                tail = tail[-16:] + fresh if fresh else b""


def read_sheet(book: Any, sheet: Sheet, report: Report) -> list[Row] | None:
    """The sheet's rows with good values; none if there is no such sheet. Faults are reported."""
    if sheet.title not in book.sheetnames:
        return None
    found = book[sheet.title]
    if not hasattr(found, "reset_dimensions"):  # a chart sheet has no cells
        report.fault(sheet.title, 0, "", None, ("不是数据表", "is not a table"))
        return None
    found.reset_dimensions()
    cells = _bounded(sheet, found.iter_rows(values_only=True))
    header = _find_header(sheet, cells, report)
    if header is None:
        return []
    row, places = header
    return list(_rows(sheet, cells, places, report, row))


def _bounded(sheet: Sheet, rows: Iterator[Sequence[Any]]) -> Iterator[tuple[int, Sequence[Any]]]:
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS or (len(row) > MOST_COLUMNS and any(_beyond(row))):
            raise TooLarge(
                "Sheet {sheet} has more than {rows} rows or {columns} columns.",
                sheet=sheet.title,
                rows=MOST_ROWS,
                columns=MOST_COLUMNS,
            )
        yield number, row[:MOST_COLUMNS]


def _beyond(row: Sequence[Any]) -> Iterator[bool]:
    return (cell is not None for cell in row[MOST_COLUMNS:])


def _find_header(
    sheet: Sheet, cells: Iterator[tuple[int, Sequence[Any]]], report: Report
) -> tuple[int, dict[int, Column | None]] | None:
    """The row with the most known titles among the first, at least half of those required."""
    known = {column.title for column in sheet.columns}
    needed = {column.title for column in sheet.columns if column.required}
    for number, row in cells:
        titles = [str(cell).strip() if cell is not None else "" for cell in row]
        if len(needed.intersection(titles)) * 2 >= len(needed) and known.intersection(titles):
            return number, _places(sheet, number, titles, report)
        if number >= HEADER_WITHIN:
            break
    report.fault(
        sheet.title, 0, "", None, ("找不到表头行", f"has no header row; expected {sorted(known)}")
    )
    return None


def _places(
    sheet: Sheet, number: int, titles: Sequence[str], report: Report
) -> dict[int, Column | None]:
    """Which column stands where; no column: a title that we do not know and pass over."""
    columns = {column.title: column for column in sheet.columns}
    places: dict[int, Column | None] = {}
    seen: set[str] = set()
    for index, title in enumerate(titles):
        if not title:
            continue
        if title in seen:
            report.fault(sheet.title, number, title, title, ("列名重复", "stands there twice"))
        seen.add(title)
        places[index] = columns.get(title)
        if title not in columns:
            report.notes.append(f"{sheet.title}：未识别的列“{title}”已忽略 / column passed over")
    for column in sheet.columns:
        if column.required and column.title not in seen:
            report.fault(sheet.title, number, column.title, None, ("缺少此列", "is missing"))
    return places


def _rows(
    sheet: Sheet,
    cells: Iterator[tuple[int, Sequence[Any]]],
    places: dict[int, Column | None],
    report: Report,
    header: int,
) -> Iterator[Row]:
    ours = [(index, column) for index, column in places.items() if column]
    defaults = {column.key: column.default for column in sheet.columns}
    for number, row in cells:
        if all(cell is None or cell == "" for cell in row):
            continue
        if stray := [cell for i, cell in enumerate(row) if i not in places and cell is not None]:
            report.fault(
                sheet.title,
                number,
                "",
                stray[0],
                (f"此值不在第{header}行任何列名之下，列可能错位", "stands under no title"),
            )
            continue
        values = dict(defaults)
        if _read_cells(sheet, number, row, ours, values, report):
            yield Row(number, values)
        else:
            report.broken.update(str(values[key]) for key in ("code", "login") if values.get(key))


def _read_cells(
    sheet: Sheet,
    number: int,
    row: Sequence[Any],
    ours: list[tuple[int, Column]],
    values: dict[str, Any],
    report: Report,
) -> bool:
    good = True
    for index, column in ours:
        cell = row[index] if index < len(row) else None
        try:
            values[column.key] = column.value_of(cell)
        except BadCell as bad:
            report.fault(sheet.title, number, column.title, cell, bad.why)
            good = False
    return good
