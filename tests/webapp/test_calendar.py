"""The working calendar through HTTP: everybody reads it, the security admin enters the notice."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from config import Config
from models import CalendarYear
from tests.webapp.town import acts, town, visit
from webapp import db

NOTICE = {"notice": "国办发明电〔2026〕9号", "off": "2月5日至11日 春节", "work": "2027-02-20"}


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with town(settings, now, monkeypatch) as app:
        yield app


def revision(app: Flask, year: int = 2027) -> tuple[int, bool]:
    with Session(db.of(app).engine) as session:
        row = session.get_one(CalendarYear, year)
        return row.revision, row.confirmed


def test_everybody_reads_the_year(app: Flask) -> None:
    visitor = visit(app, "finance_member")
    page = visitor.get("/calendar", follow_redirects=True).text
    assert "2026-10" in page
    assert "248" in page  # working days of the year
    assert "调休上班" in page
    assert "/calendar/2026/edit" not in page
    assert visitor.get("/calendar/2050").status_code == 404


def test_a_year_without_its_notice_is_marked(app: Flask) -> None:
    page = visit(app, "security_admin").get("/calendar/2027").text
    assert "tag-warn" in page
    assert "/calendar/2027/edit" in page


def test_a_notice_is_previewed_before_it_is_in_force(app: Flask) -> None:
    visitor = visit(app, "security_admin")
    page = visitor.send("/calendar/2027", **NOTICE)
    assert page.status_code == 200
    assert "2027-02-20" in page.text
    assert revision(app) == (1, False)
    answer = visitor.send("/calendar/2027", sure="1", **NOTICE)
    assert (answer.status_code, answer.location) == (303, "/calendar/2027")
    assert revision(app) == (2, True)
    shown = visitor.get("/calendar/2027").text
    assert "国办发明电〔2026〕9号" in shown
    assert "2027-02-11" in shown
    assert acts(app)[-2:] == ["calendar_edited", "calendar_recomputed"]


def test_the_form_comes_filled_with_what_is_known(app: Flask) -> None:
    page = visit(app, "security_admin").get("/calendar/2026/edit").text
    assert "2026-10-10 调休上班" in page
    assert visit(app, "security_admin").get("/calendar/2028/edit").status_code == 200
    assert visit(app, "security_admin").get("/calendar/2029/edit").status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("off", "春节"),
        ("off", "2月30日"),
        ("off", "2026-02-05"),
        ("off", "2月11日至5日"),
        ("off", "3月1日\n3月1日"),
        ("work", "2027-13-01"),
        ("work", "2月6日"),  # a day off as well
        ("notice", " "),
    ],
)
def test_what_cannot_be_read_is_named(app: Flask, field: str, value: str) -> None:
    answer = visit(app, "security_admin").send(
        "/calendar/2027", sure="1", **{**NOTICE, field: value}
    )
    assert answer.status_code == 422
    assert "is-invalid" in answer.text
    assert revision(app) == (1, False)


@pytest.mark.parametrize("who", ["system_admin", "finance_head", "supervisor"])
def test_a_stranger_enters_no_notice(app: Flask, who: str) -> None:
    visitor = visit(app, who)
    assert visitor.get("/calendar/2027/edit").status_code == 403
    assert visitor.send("/calendar/2027", sure="1", **NOTICE).status_code == 403
    assert revision(app) == (1, False)
    assert visitor.put("/calendar/2027").status_code in (400, 405)
