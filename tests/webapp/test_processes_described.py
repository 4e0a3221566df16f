"""The description of a version and of a draft: a page to print, a document, for administrators."""

import io
from collections.abc import Iterator
from datetime import datetime

import pytest
from docx import Document
from flask import Flask

from config import Config
from tests.webapp.conftest import Visitor
from tests.webapp.packaging import office
from tests.webapp.town import visit

PAGE = "/processes/interview/1/described"


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with office(settings, now, monkeypatch) as app:
        yield app


@pytest.fixture
def admin(app: Flask) -> Visitor:
    return visit(app, "process_admin")


def test_a_version_is_told_in_words_on_a_page_and_as_a_document(admin: Visitor) -> None:
    assert PAGE in admin.get("/processes/interview/1").text
    page = admin.get(PAGE).text
    for said in (
        "约谈审批",
        "判定表给出的最低层级",
        "3 个工作日",
        "其他情形，转",
        "被调用流程：整改",
    ):
        assert said in page
    document = admin.get(f"{PAGE}?export=docx")
    assert document.status_code == 200
    texts = [one.text for one in Document(io.BytesIO(document.data)).paragraphs]
    assert texts[0] == "约谈 v1文字说明"
    assert any("约谈审批" in text for text in texts)
    assert len(texts) > 100


def test_a_draft_is_told_too_and_nothing_that_is_not_there(admin: Visitor) -> None:
    draft = admin.send("/processes/reminder/draft").location
    assert f"{draft}/described" in admin.get(draft).text
    assert "确定提醒方式" in admin.get(f"{draft}/described").text
    for address in ("/processes/interview/9/described", "/processes/no/1/described"):
        assert admin.get(address).status_code == 404


def test_nobody_else_reads_it(app: Flask) -> None:
    assert visit(app, "supervisor").get(PAGE).status_code == 404
