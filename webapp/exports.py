"""A list as a workbook or as text: cells a program would run as a formula stay text."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from flask import Response, send_file
from flask_babel import gettext
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

from webapp import security, words
from workflows import case_lists

DANGEROUS = tuple("=+-@\t\r\0＝＋－＠")
FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
FILE_NAME = re.compile(r"[^\w（）()-]")
MOST = 5000  # lines of one export of work; more than that is asked for in parts
LONGEST_CELL = 32_000
KINDS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv",
}

Row = Sequence[object]


def answer(name: str, heads: Row, rows: Iterable[Row], *, kind: str = "xlsx") -> Response:
    """The list for download as `name`.xlsx or .csv; an unknown kind is a workbook."""
    kind = kind if kind in KINDS else "xlsx"
    data = as_csv(heads, rows) if kind == "csv" else as_workbook(name, heads, rows)
    return download(f"{name}.{kind}", data, kind=kind)


def download(name: str, data: bytes, *, kind: str = "xlsx") -> Response:
    """A finished workbook or text under that file name."""
    stem, _, ending = name.rpartition(".")
    response = send_file(
        io.BytesIO(data),
        mimetype=KINDS[kind],
        as_attachment=True,
        download_name=f"{FILE_NAME.sub('_', stem)}.{ending}",
    )
    response.headers["Content-Security-Policy"] = security.SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    return response


def cases(name: str, rows: Iterable[case_lists.Row]) -> Response:
    """A list of cases as its page shows it."""
    heads = [gettext(head) for head in ("Number", "Case", "Unit", "Step now", "Opened")]
    lines = [
        [
            row.case.number or "",
            row.case.title,
            row.unit,
            "、".join(row.steps) or gettext("finished"),
            row.case.opened_at,
        ]
        for row in rows
    ]
    return answer(name, heads, lines)


def workbook(name: str, heads: Row, rows: Iterable[Row]) -> Response:
    return answer(name, heads, rows, kind="xlsx")


def as_workbook(title: str, heads: Row, rows: Iterable[Row]) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet(re.sub(r"[\[\]:*?/\\]", " ", title)[:31] or "list")
    sheet.freeze_panes = "A2"
    sheet.append([_head(sheet, head) for head in heads])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_csv(heads: Row, rows: Iterable[Row]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    for row in (heads, *rows):
        writer.writerow([_plain(value) for value in row])
    return out.getvalue().encode("utf-8-sig")  # the mark without which Excel guesses GBK


def neutral(text: str) -> str:
    """The text such that no spreadsheet takes it for a formula."""
    clean = FORBIDDEN.sub("", text)[:LONGEST_CELL]
    return f"'{clean}" if text.startswith(DANGEROUS) or clean.startswith(DANGEROUS) else clean


def _plain(value: object) -> str | float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return neutral(_said(value))


def _said(value: object) -> str:
    return "" if value is None else words.tell(value)


def _cell(sheet: WriteOnlyWorksheet, value: object) -> Cell:
    plain = _plain(value)
    cell = WriteOnlyCell(sheet, plain)
    if isinstance(plain, str):
        cell.data_type = "s"  # text, whatever it looks like
    return cell


def _head(sheet: WriteOnlyWorksheet, value: object) -> Cell:
    cell = _cell(sheet, value)
    cell.font = Font(bold=True)
    return cell
