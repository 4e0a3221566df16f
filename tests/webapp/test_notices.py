"""消息: one's own news, read by going on, by mail as one wants."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from config import Config
from models import Notification, User
from tests.cast import Cast
from tests.webapp.town import town, visit
from webapp import db
from workflows import notices


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with town(settings, now, monkeypatch) as app:
        yield app


def tell(app: Flask, now: datetime, *keys: str, to: str = "finance_head") -> list[int]:
    cast: Cast = app.extensions["cast"]
    with db.of(app).write.begin() as session:
        for key in keys:
            whom, facts = cast.users[to].id, {"case": f"事项{key}"}
            notices.notify(session, key=key, recipient_id=whom, kind="urged", facts=facts, now=now)
        return [row.id for row in session.query(Notification).order_by(Notification.id)]


def read_at(app: Flask, one: int) -> datetime | None:
    with Session(db.of(app).engine) as session:
        return session.get_one(Notification, one).read_at


def test_news_are_ones_own_and_read_once(app: Flask, now: datetime) -> None:
    one, two = tell(app, now, "甲", "乙")
    visitor, stranger = visit(app, "finance_head"), visit(app, "finance_deputy")
    assert "催办：事项甲" in visitor.get("/news").text
    assert "事项甲" not in stranger.get("/news").text
    assert stranger.send(f"/news/{one}").status_code == 404
    stranger.send("/news/read")
    assert (read_at(app, one), read_at(app, two)) == (None, None)
    assert visitor.send(f"/news/{one}").status_code == 303
    assert (read_at(app, one), read_at(app, two)) == (now, None)
    assert visitor.send("/news/read").status_code == 303
    assert read_at(app, two) == now


def test_the_menu_counts_what_is_unread(app: Flask, now: datetime) -> None:
    tell(app, now, *"abc")
    assert 'badge text-bg-danger">3<' in visit(app, "finance_head").get("/news").text
    assert 'badge text-bg-danger">3<' not in visit(app, "finance_deputy").get("/news").text


def test_news_go_page_by_page(app: Flask, now: datetime) -> None:
    tell(app, now, *(f"{n:03}" for n in range(60)))
    visitor = visit(app, "finance_head")
    first = visitor.get("/news").text
    url = first.split('rel="next" href="')[1].split('"')[0]
    second = visitor.get(url).text
    assert (first.count("催办："), second.count("催办：")) == (50, 10)
    assert "事项000" in second


def test_one_chooses_how_mail_comes(app: Flask) -> None:
    visitor = visit(app, "finance_head")
    assert visitor.send("/news/mail", mail="hourly").status_code == 422
    assert visitor.send("/news/mail", mail="daily").status_code == 303
    cast: Cast = app.extensions["cast"]
    with Session(db.of(app).engine) as session:
        assert session.get_one(User, cast.users["finance_head"].id).mail == "daily"
        assert session.get_one(User, cast.users["finance_deputy"].id).mail == "each"
