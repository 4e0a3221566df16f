"""Files that are no workbook, or one made to do harm, are refused in plain words."""

import struct
import zipfile
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.workflows.imports.books import good, written
from workflows.errors import DomainError, Invalid, TooLarge
from workflows.imports import Report, workbook
from workflows.imports.workbook import open_workbook

Take = Callable[..., Report]


def repacked(change: Callable[[str, bytes], bytes]) -> bytes:
    """The good workbook with its parts changed."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(written(good()))) as old, zipfile.ZipFile(out, "w") as new:
        for entry in old.infolist():
            new.writestr(entry.filename, change(entry.filename, old.read(entry)))
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK",
        b"not a workbook",
        "账号,姓名\n".encode(),
        b"\xd0\xcf\x11\xe0" + b"\0" * 600,  # an old .xls
        b"PK\x03\x04" + b"\0" * 200,
    ],
)
def test_what_is_no_workbook_is_refused(take: Take, data: bytes) -> None:
    with pytest.raises(Invalid, match="not a workbook"):
        take(data)


def test_a_workbook_of_other_sheets_is_refused(take: Take) -> None:
    with pytest.raises(Invalid, match="No sheet"):
        take(written({"Sheet1": [["a"]]}))


def test_a_file_too_large_is_refused_before_it_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_BYTES", 1000)
    with pytest.raises(TooLarge):
        open_workbook(b"PK" + b"\0" * 1000)


def test_a_zip_bomb_is_refused_by_its_directory() -> None:
    out = BytesIO(written(good()))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/bomb.xml", b"<a>" + b" " * 40_000_000)
    with pytest.raises(TooLarge, match="unpacks"):
        open_workbook(out.getvalue())


def test_a_size_that_lies_does_not_unpack_more() -> None:
    """The directory says 100 bytes: reading stops there, and the check sum does not hold."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "xl/workbook.xml"):
            archive.writestr(name, b"<a>" + b" " * 1_000_000)
    data = out.getvalue().replace(struct.pack("<I", 1_000_003), struct.pack("<I", 100))
    with pytest.raises(DomainError):
        open_workbook(data)


def test_too_many_parts_are_refused() -> None:
    out = BytesIO(written(good()))
    with zipfile.ZipFile(out, "a") as archive:
        for number in range(600):
            archive.writestr(f"xl/media/{number}", b"x" * 50)
    with pytest.raises(TooLarge):
        open_workbook(out.getvalue())


@pytest.mark.parametrize(
    "declaration",
    [
        b'<!DOCTYPE a [<!ENTITY x "y">]>',
        b"<!--" + b" " * 3_000_000 + b"--><!DOCTYPE a>",
    ],
)
def test_declared_entities_are_refused(declaration: bytes) -> None:
    def declare(name: str, part: bytes) -> bytes:
        return declaration + part if name == "xl/styles.xml" else part

    with pytest.raises(DomainError):
        open_workbook(repacked(declare))


def test_an_encoding_that_hides_declarations_is_refused() -> None:
    def hide(name: str, part: bytes) -> bytes:
        return part.decode().encode("utf-16") if name == "xl/workbook.xml" else part

    with pytest.raises(Invalid):
        open_workbook(repacked(hide))


def test_a_workbook_with_macros_is_refused() -> None:
    out = BytesIO(written(good()))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    with pytest.raises(Invalid, match="macros"):
        open_workbook(out.getvalue())


def test_a_sheet_of_too_many_rows_is_refused(take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 5)
    with pytest.raises(TooLarge, match="rows"):
        take(written(good()))


def test_a_row_that_claims_the_last_place_of_all_is_refused(take: Take) -> None:
    def far(name: str, part: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return part
        cell = b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row></sheetData>'
        return part.replace(b"</sheetData>", cell)

    with pytest.raises(DomainError):
        take(repacked(far))


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_damaged_workbook_is_refused_or_read(take: Take, place: int, byte: int) -> None:
    data = bytearray(written(good()))
    data[place % len(data)] = byte
    with suppress(DomainError):  # anything else is a fault of ours
        take(bytes(data), dry_run=True)
