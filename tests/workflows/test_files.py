"""What is taken and what is not: a hostile corpus, and where the bytes lie."""

import contextlib
import io
import os
import random
import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import AuditRow, StoredFile
from tests.cast import Cast
from tests.workflows import matter_paths as path
from tests.workflows.owing import owing_city
from workflows import file_checks, files
from workflows.errors import Invalid, NotFound, TooLarge
from workflows.file_checks import clean_name, recognise
from workflows.files import FileStore, Upload

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n0\n%%EOF\n"
WORD = "wordprocessingml.document.main+xml"
SHEET = "spreadsheetml.sheet.main+xml"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int = 2, height: int = 2) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * 14)
    return file_checks.PNG_HEAD + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def jpeg(width: int = 2, height: int = 2) -> bytes:
    app = b"\xff\xe0\x00\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    frame = b"\xff\xc0\x00\x0b\x08" + struct.pack(">HH", height, width) + b"\x01\x01\x11\x00"
    return b"\xff\xd8" + app + frame + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00\x00\xff\xd9"


def package(kind: str = WORD, parts: Mapping[str, bytes] | None = None) -> bytes:
    declared = f'<Types><Override ContentType="x.{kind}"/></Types>'
    return archive({"[Content_Types].xml": declared, **(parts or {})})


def archive(parts: Mapping[str, bytes | str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def workbook() -> bytes:
    out = io.BytesIO()
    Workbook().save(out)
    return out.getvalue()


GOOD = {
    "a.pdf": PDF,
    "a.PNG": png(),
    "a.jpg": jpeg(),
    "a.jpeg": jpeg(),
    "a.docx": package(),
    "a.xlsx": workbook(),
    "a.ofd": archive({"OFD.xml": "<ofd/>"}),
    "a.txt": "会议记录\r\n第一项".encode(),
    "b.txt": "会议记录".encode("gb18030"),
}


@pytest.mark.parametrize("name", GOOD)
def test_what_an_office_needs_is_taken(name: str) -> None:
    assert "/" in recognise(name, GOOD[name])


def bomb(size: int, count: int = 1) -> bytes:
    """Small on the wire, `count` times `size` unpacked."""
    out = io.BytesIO(package())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as made:
        for number in range(count):
            made.writestr(f"word/{number}.xml", b"\0" * size)
    return out.getvalue()


def lying_bomb() -> bytes:
    """Every entry shares the first one's bytes: the list of contents alone looks long."""
    data = bytearray(archive({f"word/{n}.xml": b"x" * 50_000 for n in range(20)}))
    at = data.find(b"PK\1\2")
    first = data[at + 42 : at + 46]
    while at >= 0:
        data[at + 42 : at + 46] = first
        at = data.find(b"PK\1\2", at + 4)
    return bytes(data)


def linked() -> bytes:
    out = io.BytesIO(package())
    with zipfile.ZipFile(out, "a") as made:
        link = zipfile.ZipInfo("word/link")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    return out.getvalue()


def encrypted() -> bytes:
    data = bytearray(package())
    data[6] |= 1
    data[data.find(b"PK\1\2") + 8] |= 1
    return bytes(data)


SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'
HOSTILE: dict[str, tuple[str, bytes]] = {
    "bomb of one": ("a.docx", bomb(file_checks.MOST_UNPACKED)),
    "bomb of many": ("a.docx", bomb(5 * 1024 * 1024, 21)),
    "bomb that lies": ("a.docx", lying_bomb()),
    "too many entries": ("a.docx", package(parts={f"e{n}": b"" for n in range(3001)})),
    "slip": ("a.docx", package(parts={"../../etc/cron.d/x": b"x"})),
    "slip with backslash": ("a.docx", package(parts={"..\\..\\x": b"x"})),
    "absolute path": ("a.docx", package(parts={"/etc/passwd": b"x"})),
    "drive": ("a.docx", package(parts={"C:/x": b"x"})),
    "symlink": ("a.docx", linked()),
    "encrypted": ("a.docx", encrypted()),
    "macro": ("a.docx", package(parts={"word/vbaProject.bin": b"x"})),
    "macro declared": ("a.docx", package("macroEnabled." + WORD)),
    "archive in it": ("a.docx", package(parts={"word/x.zip": b"x"})),
    "program in it": ("a.xlsx", package(SHEET, {"x.EXE": b"x"})),
    "doctype": ("a.docx", archive({"[Content_Types].xml": f"<!DOCTYPE x><T>{WORD}</T>"})),
    "sheet as word": ("a.docx", package(SHEET)),
    "word as sheet": ("a.xlsx", package(WORD)),
    "plain archive": ("a.docx", archive({"x": "y"})),
    "ofd without its part": ("a.ofd", archive({"x": "y"})),
    "archive with a head": ("a.docx", b"MZ\0\0" + package()),
    "broken archive": ("a.docx", package()[:-30]),
    "not an archive": ("a.xlsx", b"PK\3\4" + b"\0" * 50),
    "pdf that is an archive": ("a.pdf", PDF + archive({"x": "y"}) + b"%%EOF"),
    "pdf and archive": ("a.pdf", PDF + archive({"x": "y"})),
    "page as pdf": ("a.pdf", b"<html><script>alert(1)</script>"),
    "pdf not at the start": ("a.pdf", b"MZ" + PDF),
    "svg as png": ("a.png", SVG),
    "png and archive": ("a.png", png() + archive({"x": "y"})),
    "png and page": ("a.png", png() + b"<script>alert(1)</script>"),
    "png cut off": ("a.png", png()[:-12]),
    "png of huge pixels": ("a.png", png(50_000, 50_000)),
    "png too wide": ("a.png", png(20_001, 1)),
    "png of nothing": ("a.png", png(0, 5)),
    "jpeg of huge pixels": ("a.jpg", jpeg(60_000, 60_000)),
    "jpeg many pixels": ("a.jpg", jpeg(19_000, 19_000)),
    "jpeg and archive": ("a.jpg", jpeg() + archive({"x": "y"}) + b"\xff\xd9"),
    "jpeg with page": ("a.jpg", jpeg()[:-2] + b"<SCRIPT>alert(1)</SCRIPT>\xff\xd9"),
    "jpeg of nothing": ("a.jpg", b"\xff\xd8\xff\xd9"),
    "png as jpeg": ("a.jpg", png()),
    "program as text": ("a.txt", b"MZ\x90\x00\x03\x00"),
    "text with NUL": ("a.txt", b"abc\0def"),
    "text with escapes": ("a.txt", b"\x1b[2Jgone"),
    "empty": ("a.pdf", b""),
    "svg": ("a.svg", SVG),
    "page": ("a.html", b"<html></html>"),
    "program": ("a.exe", b"MZ"),
    "macro workbook": ("a.xlsm", workbook()),
    "no suffix": ("README", b"text"),
    "double suffix": ("a.pdf.exe", PDF),
}


@pytest.mark.timeout(120)
@pytest.mark.parametrize("case", HOSTILE)
def test_what_is_hostile_is_refused_quickly_and_in_little_room(case: str) -> None:
    name, data = HOSTILE[case]
    tracemalloc.start()
    try:
        with pytest.raises(Invalid):
            recognise(name, data)
        assert tracemalloc.get_traced_memory()[1] < 100 * 1024 * 1024
    finally:
        tracemalloc.stop()


def test_a_file_has_its_largest_size() -> None:
    with pytest.raises(TooLarge):
        recognise("a.txt", b"a" * (file_checks.MOST_BYTES + 1))
    assert recognise("a.txt", b"a" * file_checks.MOST_BYTES) == "text/plain"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("会议记录.pdf", "会议记录.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\x\\记录.docx", "记录.docx"),
        ("a\0.pdf", "a.pdf"),
        ("报告\u202efdp.exe", "报告fdp.exe"),
        ("\u200bx\ufeff.pdf", "x.pdf"),
        ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie_ x.pdf"),
        ('a<b>"c|d?e*.pdf', "a_b__c_d_e_.pdf"),
        ("  .hidden.txt . ", "hidden.txt"),
        ("con.txt", "_con.txt"),
        ("..", "_"),
        ("", "_"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_a_name_is_only_a_name(raw: str, clean: str) -> None:
    assert clean_name(raw) == clean


@given(st.text(max_size=300))
def test_no_name_leads_out_of_its_folder(raw: str) -> None:
    clean = clean_name(raw)
    assert 0 < len(clean) <= 121
    assert not set(clean) & set('/\\\0<>:"|?*\r\n\u202e')
    assert clean not in (".", "..")


@given(st.sampled_from(sorted(GOOD)), st.integers(0, 2**32))
def test_damaged_files_are_taken_or_refused_but_never_crash(name: str, seed: int) -> None:
    data = bytearray(GOOD[name])
    dice = random.Random(seed)  # noqa: S311
    for _ in range(dice.randint(1, 8)):
        data[dice.randrange(len(data))] = dice.randrange(256)
    with contextlib.suppress(Invalid):
        recognise(name, bytes(data[: dice.randint(1, len(data))]))


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "files")


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return owing_city(session, now)


def upload(cast: Cast, name: str = "记录.pdf", unit: str = "finance_branch") -> Upload:
    return Upload(name, PDF, unit_id=cast.units[unit].id)


def test_a_file_is_kept_and_comes_back(cast: Cast, store: FileStore, now: datetime) -> None:
    by = cast.users["finance_branch_secretary"]
    kept = files.keep(cast.session, store, upload(cast, "../记录.pdf"), by=by, now=now)
    assert (kept.name, kept.media_type, kept.size) == ("记录.pdf", "application/pdf", len(PDF))
    lies = store.path_of(kept.sha256)
    assert lies.relative_to(store.root).parts[:2] == (kept.sha256[:2], kept.sha256[2:4])
    assert stat.S_IMODE(lies.stat().st_mode) == 0o600
    rights = cast.rights("finance_branch_secretary", now)
    file, opened = files.open_file(cast.session, store, kept.id, rights=rights)
    with opened:
        assert (file.id, opened.read()) == (kept.id, PDF)
    assert cast.session.scalar(select(AuditRow.id).where(AuditRow.action == "file_stored"))


def test_the_same_content_lies_there_once(cast: Cast, store: FileStore, now: datetime) -> None:
    first = files.keep(cast.session, store, upload(cast), by=None, now=now)
    second = files.keep(cast.session, store, upload(cast, "另一个.pdf"), by=None, now=now)
    assert first.id != second.id
    assert first.sha256 == second.sha256
    assert len([one for one in store.root.rglob("*") if one.is_file()]) == 1


def test_what_is_refused_leaves_nothing(cast: Cast, store: FileStore, now: datetime) -> None:
    with pytest.raises(Invalid):
        files.keep(cast.session, store, upload(cast, "a.png"), by=None, now=now)
    with pytest.raises(Invalid):
        files.keep(cast.session, store, Upload("a.pdf", PDF), by=None, now=now)
    assert not store.root.exists()
    assert cast.session.scalar(select(func.count()).select_from(StoredFile)) == 0


def test_a_write_that_fails_leaves_no_half_file(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        store.put(PDF)
    assert not [one for one in store.root.rglob("*") if one.is_file()]


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("finance_branch_secretary", True),
        ("finance_secretary", True),
        ("supervisor", True),
        ("finance_member", False),
        ("planning_secretary", False),
        ("system_admin", False),
        ("security_admin", False),
        ("audit_admin", False),
    ],
)
def test_a_units_file_is_open_to_those_over_the_unit(
    cast: Cast, store: FileStore, now: datetime, who: str, sees: bool
) -> None:
    kept = files.keep(cast.session, store, upload(cast), by=None, now=now)
    if sees:
        assert files.get(cast.session, kept.id, rights=cast.rights(who, now)) is kept
    else:
        with pytest.raises(NotFound):
            files.get(cast.session, kept.id, rights=cast.rights(who, now))


def test_a_cases_file_follows_the_case(session: Session, store: FileStore, now: datetime) -> None:
    cast = path.supervised_city(session, now)
    case = path.opened(cast, now)
    sent = Upload("a.pdf", PDF, case_id=case.id, unit_id=cast.units["finance"].id)
    kept = files.keep(session, store, sent, by=cast.users["supervisor"], now=now)
    assert files.get(session, kept.id, rights=cast.rights("finance_head", now))
    case.restricted = True
    session.flush()
    with pytest.raises(NotFound):
        files.get(session, kept.id, rights=cast.rights("finance_head", now))


def test_missing_and_changed_content_is_found(cast: Cast, store: FileStore, now: datetime) -> None:
    kept = files.keep(cast.session, store, upload(cast), by=None, now=now)
    text = Upload("a.txt", b"abc", unit_id=cast.units["finance"].id)
    sound = files.keep(cast.session, store, text, by=None, now=now)
    assert list(files.damaged(cast.session, store)) == []
    lies = store.path_of(kept.sha256)
    lies.write_bytes(PDF.replace(b"1", b"2", 1))
    assert list(files.damaged(cast.session, store)) == [kept]
    with pytest.raises(NotFound, match="damaged"):
        store.open(kept)
    lies.unlink()
    with pytest.raises(NotFound, match="missing"):
        store.open(kept)
    store.open(sound).close()
