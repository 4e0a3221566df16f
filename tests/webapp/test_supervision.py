"""督办台账 through HTTP: what is shown to whom, the export, and 催办."""

import io
from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from config import Config
from models import Base, Urging
from tests.cast import Cast
from tests.webapp.conftest import HASH, Visitor
from tests.workflows import matter_paths as path
from webapp import clock, create_app, db


@pytest.fixture
def city(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The whole application over the cast's city; one matter of finance is red."""
    monkeypatch.setattr(clock, "now", lambda: now)
    city = create_app(settings)
    city.test_client_class = Visitor
    with db.of(city).engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    with db.of(city).write.begin() as session:
        cast = path.supervised_city(session, now)
        case = path.working(cast, now, floor="red", title="=专题会议纪要")
        for user in cast.users.values():
            user.password_hash, user.session_key = HASH, f"key of {user.login}"
        city.extensions["cast"], city.extensions["case"] = cast, case.id
    yield city
    db.of(city).engine.dispose()


def visit(city: Flask, who: str) -> Visitor:
    cast: Cast = city.extensions["cast"]
    visitor = city.test_client()
    assert isinstance(visitor, Visitor)
    assert visitor.sign_in(cast.users[who].login).status_code == 303
    return visitor


def page(city: Flask) -> str:
    return f"/supervision/{city.extensions['case']}"


def cells(data: bytes) -> list[tuple[object, ...]]:
    return list(load_workbook(io.BytesIO(data)).worksheets[0].values)


def test_the_ledger_and_the_matter_are_shown(city: Flask) -> None:
    visitor = visit(city, "supervisor")
    assert "=专题会议纪要" in visitor.get("/supervision").text
    assert "=专题会议纪要" not in visitor.get("/supervision?light=green").text
    assert "=专题会议纪要" not in visitor.get("/supervision?open=ended").text
    assert visitor.get(page(city)).status_code == 200
    assert "2026r" in visitor.get(page(city)).text


def test_a_stranger_sees_nothing(city: Flask) -> None:
    visitor = visit(city, "planning_head")
    assert "=专题会议纪要" not in visitor.get("/supervision").text
    assert visitor.get(page(city)).status_code == 404
    assert visitor.send(f"{page(city)}/urge", text="请速办").status_code == 404


def test_the_export_shows_what_the_list_shows(city: Flask) -> None:
    answer = visit(city, "supervisor").get("/supervision?export=xlsx")
    rows = cells(answer.data)
    assert len(rows) == 2
    assert rows[1][1] == "'=专题会议纪要"
    stranger = visit(city, "planning_head").get("/supervision?export=xlsx")
    assert len(cells(stranger.data)) == 1


def test_a_supervisor_urges_and_the_page_tells(city: Flask) -> None:
    visitor = visit(city, "supervisor")
    assert visitor.send(f"{page(city)}/urge", text=" ").status_code == 422
    assert visitor.send(f"{page(city)}/urge", text="请速办").status_code == 303
    assert "请速办" in visitor.get(page(city)).text
    assert visitor.send(f"{page(city)}/urge", text="再催").status_code == 303
    with db.of(city).read() as session:
        assert session.scalars(select(Urging.text)).all() == ["请速办"]
    unit = visit(city, "finance_handler")
    assert unit.send(f"{page(city)}/urge", text="自催").status_code == 403


def test_a_supervisor_drafts_a_matter(city: Flask) -> None:
    visitor = visit(city, "supervisor")
    answer = visitor.send("/supervision")
    assert answer.status_code == 303
    assert visitor.get(answer.headers["Location"]).status_code == 200
    assert visit(city, "finance_handler").send("/supervision").status_code == 403
