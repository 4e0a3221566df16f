"""督办台账 through HTTP: what is shown to whom, the export, and 催办."""

import io
from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from config import Config
from models import Task, Urging
from tests.cast import Cast
from tests.conftest import empty
from tests.webapp.conftest import HASH, Visitor
from tests.webapp.whole import application
from tests.workflows import matter_paths as path
from webapp import clock, db
from workflows import tasks


@pytest.fixture
def city(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The whole application over the cast's city; one matter of finance is red."""
    monkeypatch.setattr(clock, "now", lambda: now)
    city = application(settings)
    city.test_client_class = Visitor
    empty(db.of(city).engine)
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


def test_the_page_says_why_and_what_can_be_done(city: Flask) -> None:
    text = visit(city, "finance_handler").get(page(city)).text
    assert "起始灯级" in text  # the inputs by their names in the table
    assert "从红灯起督。[D]，参照三明2017" in text
    assert "Ask for an extension" in text or "申请延期" in text


def test_who_was_urged_signs_for_it(city: Flask) -> None:
    with db.of(city).read() as session:
        task = session.scalars(select(Task).where(Task.node == "do_work")).one()
    supervisor, handler = visit(city, "supervisor"), visit(city, "finance_handler")
    supervisor.send(f"{page(city)}/urge", text="请速办", task=str(task.id))
    with db.of(city).read() as session:
        urging = session.scalars(select(Urging)).one()
    receipt = f"/supervision/urgings/{urging.id}"
    assert urging.task_id == task.id
    assert receipt in handler.get(page(city)).text
    assert receipt not in supervisor.get(page(city)).text
    assert supervisor.send(receipt).status_code == 404
    assert handler.send(receipt).status_code == 303
    assert receipt not in handler.get(page(city)).text
    with db.of(city).read() as session:
        cast: Cast = city.extensions["cast"]
        assert session.scalars(select(Urging.read_by)).all() == [cast.users["finance_handler"].id]


def test_a_request_for_more_time_is_shown_with_its_answer(city: Flask, now: datetime) -> None:
    handler = visit(city, "finance_handler")
    assert "需上级批复" not in handler.get(page(city)).text
    with db.of(city).write.begin() as session:
        cast: Cast = city.extensions["cast"]
        cast.session = session
        task = session.scalars(select(Task).where(Task.node == "do_work")).one()
        answers = {"reason": "需上级批复", "forecast": "2026-03-25", "progress": "过半"}
        rights = cast.rights("finance_handler", now)
        tasks.take_act(session, task.id, "extension_asked", answers, rights=rights, now=now)
    assert "需上级批复" in handler.get(page(city)).text


def test_the_list_is_narrowed_by_date_and_unit(city: Flask) -> None:
    """A unit stands for all below it; what is no date and no number narrows nothing."""
    units = city.extensions["cast"].units
    shown = {
        "due_from=2026-03-16&due_until=2026-03-16": True,
        "due_from=2026-03-17": False,
        "due_until=2026-03-15": False,
        "due_from=nonsense&due_until=9999-12-31&unit=nonsense": True,
        f"unit={units['work'].id}": True,
        f"unit={units['finance'].id}": True,
        f"unit={units['planning'].id}": False,
        "unit=1": False,
    }
    visitor = visit(city, "supervisor")
    for query, expected in shown.items():
        text = visitor.get(f"/supervision?{query}").text
        assert ("=专题会议纪要" in text) is expected, query
