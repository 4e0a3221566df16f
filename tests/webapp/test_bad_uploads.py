"""Files that are not what they say, too large, or no workbook: refused, told, and nothing kept."""

import gc
import io
import re
import tracemalloc
import warnings
import zipfile
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from models import StoredFile
from tests.webapp.desk import HIDDEN, PDF, Desk, opened
from tests.workflows import steps
from webapp import db
from workflows import imports

WHO = "finance_secretary"
EXE = b"MZ\x90\x00" + b"\0" * 500
TEXT = "党建责任落空"
MEGABYTE = 1024 * 1024
_numbers = count(1)


@pytest.fixture(scope="module")
def desk(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(database_url, tmp_path_factory.mktemp("files")) as desk:
        yield desk


@pytest.fixture(scope="module")
def entry(desk: Desk) -> int:
    """A case whose entry waits for the superior's order, over and over."""
    return proposed(desk)


def proposed(desk: Desk) -> int:
    with desk.behind() as cast:
        finding = steps.fact(cast, desk.now, f"upload:{next(_numbers)}")
        unit = "finance_committee"
        return steps.proposed_case(cast, desk.now, "accountability", WHO, unit, finding).id


def enter(desk: Desk, case: int, **more: object) -> TestResponse:
    with desk.by_page() as answers:
        steps.enter(desk.cast, desk.case(case), desk.now, WHO, entry="ordered", **more)
    return answers[0]


def stored(desk: Desk, case: int) -> list[str]:
    with Session(db.of(desk.app).engine) as session:
        names = select(StoredFile.name).where(StoredFile.case_id == case)
        return list(session.scalars(names.order_by(StoredFile.id)))


def zipped(*names: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("交办单.pdf", EXE, "文件内容与扩展名不符"),
        ("交办单.exe", EXE, "不接收此类文件"),
        ("交办单.svg", b"<svg onload='x'/>", "不接收此类文件"),
        ("交办单", PDF, "不接收此类文件"),
        ("交办单.pdf", PDF[:-8], "文件内容与扩展名不符"),
        ("交办单.pdf", b"", "文件为空"),
        ("交办单.docx", zipped("evil.exe"), "该文件含有文档以外的内容"),
        ("交办单.docx", zipped("a.txt"), "文件内容与扩展名不符"),
        ("交办单.txt", b"\0\1\2", "文件内容与扩展名不符"),
    ],
)
def test_a_file_that_is_not_what_it_says_is_refused_by_field(
    desk: Desk, entry: int, name: str, data: bytes, sentence: str
) -> None:
    answer = enter(desk, entry, order=(name, data))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'id="f-order-fault"' in answer.text
    assert TEXT in answer.text  # what was typed is shown again
    assert stored(desk, entry) == []


def test_a_good_file_need_not_be_sent_again(desk: Desk) -> None:
    """Another field is wrong: the file stays, by its name, and the form passes without it."""
    case = proposed(desk)
    answer = enter(desk, case, order=("../交办单.pdf", PDF), consequence="")
    assert answer.status_code == 422
    assert stored(desk, case) == ["交办单.pdf"]
    kept = re.search(r'name="order" value="(\d+)"><div class="mb-1">([^<]+)<', answer.text)
    assert kept is not None
    assert kept[2] == "交办单.pdf"
    assert enter(desk, case, order=int(kept[1])).status_code == 303
    assert stored(desk, case) == ["交办单.pdf"]


class Endless(io.RawIOBase):
    """A body of so many bytes that nobody holds in memory; how many of them were read."""

    def __init__(self, head: bytes, size: int) -> None:
        self.head, self.left, self.given = head, size, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self.head[: len(buffer)] or b"x" * min(len(buffer), self.left)
        self.head = self.head[len(data) :] if self.head else b""
        buffer[: len(data)] = data
        self.left -= len(data)
        self.given += len(data)
        return len(data)


# werkzeug leaves the file that it had begun to its end, which Python marks
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("where", ["task", "import"])
def test_a_body_without_end_is_refused_without_being_held(
    desk: Desk, entry: int, where: str, *, declared: bool
) -> None:
    task = desk.task(entry, "enter_case").id
    who, url, field = {
        "task": ("handler", f"/tasks/{task}", "order-upload"),
        "import": ("system_admin", "/organisation/import", "workbook"),
    }[where]
    visitor = desk.visit(who)
    head = f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="a.pdf"\r\n\r\n'
    body, token = Endless(head.encode(), 500 * MEGABYTE), visitor.token()
    environ: dict[str, Any] = {"wsgi.input": body, "CONTENT_LENGTH": str(body.left)}
    environ["CONTENT_TYPE"] = "multipart/form-data; boundary=b"
    if not declared:
        environ |= {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    before = desk.rows()
    tracemalloc.start()
    answer = visitor.post(
        url,
        headers={"X-CSRFToken": token},
        environ_overrides=environ,
    )
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status_code == 413
    assert "20 MB" in answer.text
    assert "Traceback" not in answer.text
    assert body.given < 107 * MEGABYTE
    assert peak < 15 * MEGABYTE
    assert desk.rows() == before
    assert stored(desk, entry) == []


@pytest.fixture
def leaving_nothing() -> Iterator[None]:
    """The test's client leaves the body that it has written to its end: it ends here."""
    yield
    with warnings.catch_warnings(action="ignore", category=ResourceWarning):
        gc.collect()


@pytest.mark.usefixtures("leaving_nothing")
def test_fifty_megabytes_are_told_by_their_field(desk: Desk, entry: int) -> None:
    """The file is not kept; what was typed beside it, before it and after it, is shown again."""
    for size in (20 * MEGABYTE + 1, 50 * MEGABYTE):
        answer = enter(desk, entry, order=("交办单.pdf", PDF + b"x" * size))
        assert answer.status_code == 422
        assert 'id="f-order-fault"' in answer.text
        assert "单个文件不得超过 20 MB" in answer.text
        assert TEXT in answer.text
        assert stored(desk, entry) == []


@pytest.mark.usefixtures("leaving_nothing")
def test_fifty_megabytes_of_workbook_are_told_on_its_page(desk: Desk) -> None:
    before = desk.rows()
    answer = take_in(desk, b"PK" + b"x" * (50 * MEGABYTE))
    assert answer.status_code == 422
    assert 'name="workbook"' in answer.text
    assert "单个文件不得超过 20 MB" in answer.text
    assert desk.rows() == before


def take_in(desk: Desk, data: bytes, name: str = "单位.xlsx") -> TestResponse:
    visitor = desk.visit("system_admin")
    fields = {"csrf_token": visitor.token(), "act": "take", "workbook": (io.BytesIO(data), name)}
    return visitor.post("/organisation/import", data=fields, content_type="multipart/form-data")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not a workbook",
        EXE,
        PDF,
        zipped("a.txt"),
        imports.template()[:-400],
        imports.template()[200:],
        imports.template().replace(b"xl/workbook.xml", b"xl/workbooc.xml"),
    ],
    ids=["empty", "text", "exe", "pdf", "zip", "cut", "headless", "renamed part"],
)
def test_a_broken_workbook_is_told_and_changes_nothing(desk: Desk, data: bytes) -> None:
    before = desk.rows()
    answer = take_in(desk, data)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert "工作簿" in answer.text
    assert desk.rows() == before


def test_no_workbook_at_all_is_told(desk: Desk) -> None:
    answer = desk.visit("system_admin").send("/organisation/import", act="take")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_a_faulty_row_is_named_and_nothing_is_taken(desk: Desk) -> None:
    book = load_workbook(io.BytesIO(imports.template()))
    book["单位"].append(["new", "新单位", "", "党组", "nowhere", "", "many", "", "", ""])
    book["单位"].append(["new", "再来一个", "", "没有的类型", "", "", "", "31.2.2026", "", ""])
    packed = io.BytesIO()
    book.save(packed)
    numbers = [row[0].row for row in book["单位"].iter_rows() if row[0].value == "new"]
    before = desk.rows()
    answer = take_in(desk, packed.getvalue())
    assert answer.status_code == 422
    for number in numbers:
        assert f"<td>单位</td><td>{number}</td>" in answer.text
    for column in ("正式党员数", "类型", "成立日期"):
        assert f"<td>{column}</td>" in answer.text
    assert desk.rows() == before


def test_a_stranger_brings_nothing_in(desk: Desk) -> None:
    visitor = desk.visit("supervisor")
    fields = {"csrf_token": visitor.token(), "workbook": (io.BytesIO(imports.template()), "a.xlsx")}
    answer = visitor.post("/organisation/import", data=fields, content_type="multipart/form-data")
    assert answer.status_code == 403
    assert HIDDEN.findall(answer.text) == []
