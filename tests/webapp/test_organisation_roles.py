"""Roles and the workbook through HTTP: who gives them, the second look, the faults shown."""

import io
from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from openpyxl import Workbook, load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config import Config
from models import Grant, Seat, Unit, User
from tests.cast import Cast
from tests.webapp.conftest import Visitor
from tests.webapp.test_organisation import URL, unit, user
from tests.webapp.town import acts, town, visit
from webapp import db


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with town(settings, now, monkeypatch) as app:
        yield app


def form(app: Flask, **more: str) -> dict[str, str]:
    login = user(app, "finance_member").login
    given = {"role": "handler", "login": login, "since": "2026-03-02", "reason": "工作需要"}
    return {**given, **more}


def roles_of(app: Flask, key: str) -> list[tuple[str, bool]]:
    with Session(db.of(app).engine) as session:
        query = select(Seat.role, Grant.until).join(Grant, Grant.seat_id == Seat.id)
        rows = session.execute(query.where(Grant.user_id == user(app, key).id))
        return [(role, until is None) for role, until in rows]


def test_a_role_is_given_after_a_second_look(app: Flask) -> None:
    visitor, at = visit(app, "security_admin"), f"{unit(app, 'finance')}/grant"
    assert visitor.get(at).status_code == 200
    page = visitor.send(at, **form(app))
    assert page.status_code == 200
    assert "finance_member" in page.text
    assert roles_of(app, "finance_member") == []
    assert visitor.send(at, sure="1", **form(app)).status_code == 303
    assert roles_of(app, "finance_member") == [("handler", True)]
    assert visitor.send(at, sure="1", **form(app)).status_code == 422
    assert acts(app)[-1] == "role_granted"


def test_a_role_is_taken_with_a_reason(app: Flask) -> None:
    visitor, at = visit(app, "security_admin"), f"{unit(app, 'finance')}/grant"
    visitor.send(at, sure="1", **form(app))
    with Session(db.of(app).engine) as session:
        query = select(Grant.id).where(Grant.user_id == user(app, "finance_member").id)
        revoke = f"{URL}/grants/{session.scalars(query).one()}/revoke"
    visitor.send(revoke, reason=" ")
    assert roles_of(app, "finance_member") == [("handler", True)]
    assert visit(app, "system_admin").send(revoke, reason="x").status_code == 403
    assert visitor.send(revoke, reason="调离").status_code == 303
    assert roles_of(app, "finance_member") == [("handler", False)]


@pytest.mark.parametrize(
    "wrong", [{"role": "king"}, {"login": "nobody"}, {"since": "soon"}, {"reason": ""}]
)
def test_a_grant_that_does_not_hold_is_named(app: Flask, wrong: dict[str, str]) -> None:
    visitor, at = visit(app, "security_admin"), f"{unit(app, 'finance')}/grant"
    answer = visitor.send(at, sure="1", **form(app, **wrong))
    assert answer.status_code == 422
    assert "is-invalid" in answer.text
    assert roles_of(app, "finance_member") == []


def test_the_three_administrators_are_never_one(app: Flask) -> None:
    visitor, at = visit(app, "security_admin"), f"{unit(app, 'work')}/grant"
    login = user(app, "system_admin").login
    answer = visitor.send(at, sure="1", **form(app, login=login, role="audit_admin"))
    assert answer.status_code == 422
    assert roles_of(app, "system_admin") == [("system_admin", True)]
    own = form(app, login=user(app, "security_admin").login)
    assert visitor.send(at, sure="1", **own).status_code == 422


@pytest.mark.parametrize("who", ["system_admin", "finance_head", "supervisor"])
def test_a_stranger_gives_no_role(app: Flask, who: str) -> None:
    visitor, at = visit(app, who), f"{unit(app, 'finance')}/grant"
    assert visitor.get(at).status_code == 403
    assert visitor.send(at, sure="1", **form(app)).status_code == 403
    assert roles_of(app, "finance_member") == []


# ---- the workbook


PEOPLE = ["账号", "姓名", "单位编码"]


def workbook(*rows: list[str]) -> bytes:
    book = Workbook()
    assert book.active is not None
    book.active.title = "人员"
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def send(visitor: Visitor, data: bytes, act: str = "take") -> TestResponse:
    return visitor.send(f"{URL}/import", act=act, workbook=(io.BytesIO(data), "人员.xlsx"))


def is_there(app: Flask, login: str) -> bool:
    with Session(db.of(app).engine) as session:
        return session.scalar(select(User.id).where(User.login == login)) is not None


def test_a_workbook_is_looked_at_and_then_taken_in(app: Flask) -> None:
    visitor = visit(app, "system_admin")
    assert visitor.get(f"{URL}/import").status_code == 200
    data = workbook(PEOPLE, ["xin", "新人", "finance_branch"])
    looked = send(visitor, data, "check")
    assert looked.status_code == 200
    assert not is_there(app, "xin")
    assert send(visitor, data).status_code == 200
    assert is_there(app, "xin")
    assert acts(app)[-1] == "workbook_imported"


def test_every_faulty_cell_is_shown_and_nothing_changes(app: Flask) -> None:
    rows = [["xin", "新人", "finance_branch"], ["x y", "某", "finance_branch"], ["li", "李", "Z9"]]
    answer = send(visit(app, "system_admin"), workbook(PEOPLE, *rows))
    assert answer.status_code == 422
    assert "<td>x y</td>" in answer.text
    assert "<td>Z9</td>" in answer.text
    assert not is_there(app, "xin")


@pytest.mark.parametrize("data", [b"", b"no workbook", b"PK\x03\x04 nor this"])
def test_what_is_no_workbook_is_refused(app: Flask, data: bytes) -> None:
    assert send(visit(app, "system_admin"), data).status_code == 422


@pytest.mark.parametrize("who", ["finance_head", "supervisor", "audit_admin"])
def test_a_stranger_brings_nothing_in(app: Flask, who: str) -> None:
    visitor, data = visit(app, who), workbook(PEOPLE, ["xin", "新人", "finance_branch"])
    assert visitor.get(f"{URL}/import").status_code == 403
    assert send(visitor, data).status_code == 403
    assert visitor.get(f"{URL}/import/template").status_code == 403
    assert visitor.get(f"{URL}/export").status_code == 403
    assert not is_there(app, "xin")


def test_what_goes_out_comes_in_again_without_a_change(app: Flask) -> None:
    visitor = visit(app, "system_admin")
    template = visitor.get(f"{URL}/import/template")
    assert "人员" in load_workbook(io.BytesIO(template.data)).sheetnames
    exported = visitor.get(f"{URL}/export")
    assert "spreadsheetml.sheet" in str(exported.mimetype)
    book = load_workbook(io.BytesIO(exported.data))
    del book["角色授权"]  # the security administrator's
    out = io.BytesIO()
    book.save(out)
    cast: Cast = app.extensions["cast"]
    before = len(acts(app))
    answer = send(visitor, out.getvalue())
    assert answer.status_code == 200, answer.text
    assert len(acts(app)) == before
    with Session(db.of(app).engine) as session:
        assert len(session.scalars(select(Unit.id)).all()) == len(cast.units)
