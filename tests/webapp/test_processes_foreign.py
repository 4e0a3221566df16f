"""A foreign diagram through HTTP: reported, exported, taken as a draft, refused in plain words."""

import base64
import io
import re
import zlib
from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from lxml import etree
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config import ROOT, Config
from models import DefinitionDraft
from tests.webapp.conftest import Visitor
from tests.webapp.packaging import count, folder, office, rows_of
from tests.webapp.town import acts, visit
from webapp import db
from workflows import drafts

FILES = ROOT / "tests" / "bpmn" / "foreign"
NEW = "/process-drafts/foreign"
INVOICE = (FILES / "camunda7_invoice.bpmn").read_bytes()


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with office(settings, now, monkeypatch) as app:
        yield app


@pytest.fixture
def admin(app: Flask) -> Visitor:
    return visit(app, "process_admin")


def hand_in(visitor: Visitor, data: bytes, *, step: str = "", **fields: str) -> TestResponse:
    return visitor.send(NEW + step, package=(io.BytesIO(data), "发票.bpmn"), **fields)


def carried(page: TestResponse) -> dict[str, str]:
    """What the report's page sends on, the file among it."""
    found = re.findall(r'name="(packed|file)" value="([^"]*)"', page.text)
    return dict(found)


def kept(app: Flask) -> tuple[DefinitionDraft, bytes]:
    """The one draft and its diagram."""
    with Session(db.of(app).engine, expire_on_commit=False) as session:
        draft = session.scalars(select(DefinitionDraft)).one()
        return draft, drafts.bundle_of(draft).diagrams[draft.process]


def test_a_foreign_diagram_is_reported_and_becomes_the_draft_of_a_new_process(
    app: Flask, admin: Visitor
) -> None:
    assert NEW in admin.get("/processes").text
    assert admin.get(NEW).status_code == 200
    page = hand_in(admin, INVOICE)
    assert page.status_code == 200
    for said in ("Camunda 7", "审批发票", "management", "approved = true", "监听器运行程序"):
        assert said in page.text
    assert count(app, DefinitionDraft) == 0
    fields = carried(page)
    assert fields.keys() == {"packed", "file"}
    rows = rows_of(admin.send(f"{NEW}/report", kind="xlsx", **fields))
    assert ("待人决定", "审批发票", "approve_invoice") in [row[:3] for row in rows]
    taken = admin.send(f"{NEW}/take", target="", process="invoice_receipt", **fields)
    assert taken.status_code == 303
    assert admin.get(taken.location).status_code == 200
    draft, diagram = kept(app)
    assert (draft.process, draft.base, draft.source) == ("invoice_receipt", 0, "发票.bpmn")
    assert b"camunda:taskListener" in diagram  # until a person takes it out
    assert acts(app)[-1] == "draft_made"


def test_it_becomes_the_draft_of_a_process_there_is_with_the_other_files_kept(
    app: Flask, admin: Visitor
) -> None:
    form = {"target": "reminder", "process": "ignored", "remove": "yes"}
    assert hand_in(admin, INVOICE, step="/take", **form).status_code == 303
    draft, diagram = kept(app)
    assert (draft.process, draft.base) == ("reminder", 1)
    assert f"forms/{next(iter(folder().forms))}" in draft.kept
    root = etree.fromstring(diagram)
    assert [one.get("id") for one in root.iter("{*}process")] == ["reminder"]
    assert b"camunda:" not in diagram.replace(b"xmlns:camunda", b"")


def test_the_id_of_another_process_or_no_id_is_refused_and_what_was_typed_stays(
    app: Flask, admin: Visitor
) -> None:
    for typed, told in (("reminder", "已有该编号的流程"), ("9 <b>", "编号由字母")):
        page = hand_in(admin, INVOICE, step="/take", target="", process=typed, remove="yes")
        assert page.status_code == 422
        assert told in page.text
        assert 'name="remove" id="remove" value="yes" checked' in page.text
    assert 'value="9 &lt;b&gt;"' in page.text
    assert hand_in(admin, INVOICE, step="/take", target="nothing").status_code == 404
    assert count(app, DefinitionDraft) == 0


def test_two_people_do_not_take_one_process_at_once(app: Flask, admin: Visitor) -> None:
    assert hand_in(admin, INVOICE, step="/take", target="reminder").status_code == 303
    other = visit(app, "process_admin2")
    told = hand_in(other, INVOICE, step="/take", target="reminder")
    assert told.status_code == 409
    assert kept(app)[0].version == 1


ENTITIES = b'<!DOCTYPE a [<!ENTITY b "c">]>'
BPMN = b'xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"'
REFUSED = {
    "empty": (b"", "空"),
    "no XML": (b"PK\3\4 a package", "不是完整的 XML"),
    "entities": (ENTITIES + b"<definitions " + BPMN + b"/>", "DOCTYPE"),
    "not BPMN": (b"<html/>", "不是 BPMN 2.0"),
    "no process": (b"<definitions " + BPMN + b"/>", "没有流程"),
    "GBK": ('<?xml version="1.0" encoding="gbk"?><a>流程</a>'.encode("gbk"), "UTF-8"),
    "too deep": (b"<a>" * 70 + b"</a>" * 70, "嵌套过深"),
}


def test_what_is_no_diagram_is_refused_in_plain_words(admin: Visitor) -> None:
    for name, (data, told) in REFUSED.items():
        page = hand_in(admin, data)
        assert page.status_code == 422, name
        assert told in page.text, name
        assert "Traceback" not in page.text
    packed = base64.b64encode(zlib.compress(INVOICE + b" " * 2_000_000)).decode()
    page = admin.send(NEW, packed=packed, file="large.bpmn")
    assert page.status_code == 422
    assert "流程图不得超过 2 MB" in page.text
    assert admin.send(NEW).status_code == 422
    assert admin.send(f"{NEW}/report", packed="no base64!").status_code == 422


def test_nobody_else_has_these_pages(app: Flask) -> None:
    stranger = visit(app, "supervisor")
    assert stranger.get(NEW).status_code == 404
    for step in ("", "/report", "/take"):
        assert hand_in(stranger, INVOICE, step=step).status_code == 404
