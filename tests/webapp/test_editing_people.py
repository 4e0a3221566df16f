"""Who would get a step and when it is due, asked while one draws; wrong questions are refused."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from config import Config
from models import Holding, Unit, User
from tests.webapp.conftest import Visitor
from tests.webapp.packaging import office
from tests.webapp.test_editing_tables import ask, begin
from tests.webapp.town import visit
from webapp import db


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with office(settings, now, monkeypatch) as app:
        yield app


def unit_id(app: Flask, code: str) -> str:
    with db.of(app).write.begin() as session:
        return str(session.scalars(select(Unit.id).where(Unit.code == code)).one())


def post_of(app: Flask, name: str) -> str:
    with db.of(app).write.begin() as session:
        held = select(Holding.post_id).join(User, User.id == Holding.user_id)
        return str(session.scalars(held.where(User.name == name)).first())


def tried(visitor: Visitor, draft: str, **body: object) -> tuple[int, Any]:
    answer = ask(visitor, f"{draft}/edit/people/preview", **body)
    return answer.status_code, answer.json


def test_a_rule_is_tried_on_real_posts(app: Flask) -> None:
    admin = visit(app, "process_admin")
    draft = begin(admin)
    finance, head = unit_id(app, "finance"), post_of(app, "finance_head")
    status, told = tried(admin, draft, who="post(lead_unit, 党组书记)", unit=finance)
    assert status == 200
    assert told["words"] == "牵头单位的党组书记"
    assert told["found"] == [{"office": "finance 党组书记", "names": ["finance_head"]}]
    assert "lead_unit" in told["assumed"]
    status, told = tried(
        admin, draft, who="post(unit, 党组书记)", unit=finance, subject=head, ifNobody="superior"
    )
    assert (status, told["by"]) == (200, "superior")
    assert told["found"][0]["names"] == ["work_secretary"]
    assert [one["name"] for one in told["leftOut"]] == ["finance_head"]
    offices = admin.get(f"{draft}/edit/people/units?unit={finance}").get_json()
    assert head in {one["id"] for one in offices["offices"]}
    units = admin.get(f"{draft}/edit/people/units?q=fin").get_json()["units"]
    assert finance in {one["id"] for one in units}


def test_wrong_questions_are_refused(app: Flask) -> None:
    admin = visit(app, "process_admin")
    draft = begin(admin)
    finance, city = unit_id(app, "finance"), unit_id(app, "city")
    status, told = tried(admin, draft, who="role(handler) nott(a)", unit=finance)
    assert (status, told["column"]) == (422, 15)
    assert told["told"]
    assert tried(admin, draft, who="role(handler")[0] == 422
    for unknown in ("99", city):  # none there, or not within the admin's role
        status, told = tried(admin, draft, who="role(handler)", unit=unknown)
        assert (status, bool(told["told"])) == (404, True)
        assert admin.get(f"{draft}/edit/people/units?unit={unknown}").status_code == 404
    for field in ("unit", "subject", "on"):
        body = {"who": "role(handler)", "unit": finance, field: "x'; --"}
        assert tried(admin, draft, **body)[0] == 422
    assert tried(visit(app, "supervisor"), draft, who="min", unit=finance)[0] == 404


def test_a_deadline_is_counted_day_by_day(app: Flask) -> None:
    admin = visit(app, "process_admin")
    draft = begin(admin)
    url = f"{draft}/edit/people/when"
    told = ask(admin, url, text="workdays(3)", on="2026-03-06").get_json()
    assert told["at"] == "2026-03-11 23:59"
    assert [one["count"] for one in told["days"]] == [None, None, 1, 2, 3]
    assert told["workdays"] == 3
    assert ask(admin, url, text="due.a").get_json()["told"]
    assert ask(admin, url, text="workdays(").status_code == 422
    assert ask(admin, url, text="P-3D", kind="timeDuration").status_code == 422
    assert ask(visit(app, "supervisor"), url, text="workdays(3)").status_code == 404
