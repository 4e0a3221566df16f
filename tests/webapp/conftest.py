"""The frame with pages of its own (frame.py), beside the whole application of the other tests."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config import Config
from models import KeptForm, User
from tests.cast import Cast
from tests.conftest import empty
from tests.webapp import frame
from tests.webapp.whole import Compiled, application
from webapp import create_app, db

PASSWORD = "Open sesame 1"
HASH = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)


class Visitor(FlaskClient):
    """A browser that fills in forms as a page would: with its token."""

    def token(self) -> str:
        found = re.search('name="csrf-token" content="(.+?)"', self.get("/frame/parts").text)
        found = found or re.search('name="csrf-token" content="(.+?)"', self.get("/sign-in").text)
        assert found
        return found[1]

    def send(self, url: str, /, **fields: object) -> TestResponse:
        return self.post(url, data={"csrf_token": self.token(), **fields})

    def sign_in(self, login: str = "ducha", password: str = PASSWORD) -> TestResponse:
        return self.send("/sign-in", login=login, password=password)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Config:
    return Config(
        database_url=database_url,
        secret_key="a key for the tests of the frame 0123456789",
        sqlite_synchronous="NORMAL",
        audit_key="another key for its trail, 9876543210 abc",
        data_dir=tmp_path,
        upload_limit=1024 * 1024,
    )


@pytest.fixture
def site(settings: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setattr("webapp.AREAS", ("auth", "i18n"))  # the frame alone
    site = create_app(settings)
    site.jinja_env.bytecode_cache = Compiled()
    site.test_client_class = Visitor
    site.register_blueprint(frame.bp)
    frame.received.clear()
    engine = db.of(site).engine
    empty(engine)
    yield site
    engine.dispose()


@pytest.fixture
def app(settings: Config, cast: Cast) -> Iterator[Flask]:
    """The whole application over what the module's own `cast` has set up."""
    app = application(settings)
    app.test_client_class = Visitor
    yield app
    db.of(app).engine.dispose()


def visit(app: Flask, cast: Cast, who: str) -> Visitor:
    """A browser in which this member of the cast is signed in."""
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    assert visitor.sign_in(cast.users[who].login, PASSWORD).status_code == 303
    return visitor


@pytest.fixture
def member(site: Flask) -> User:
    """督导员, who may sign in and holds no post."""
    return enrol(site, "ducha", "督导员")


@pytest.fixture
def visitor(site: Flask, member: User) -> Visitor:
    visitor = site.test_client()
    assert isinstance(visitor, Visitor)
    return visitor


@pytest.fixture
def signed_in(visitor: Visitor) -> Visitor:
    assert visitor.sign_in().status_code == 303
    return visitor


def enrol(site: Flask, login: str, name: str) -> User:
    with db.of(site).write.begin() as session:
        user = User(login=login, name=name, password_hash=HASH, session_key=f"key of {login}")
        session.add(user)
    return user


def now_stored(site: Flask, user: User) -> User:
    with Session(db.of(site).engine) as session:
        return session.get_one(User, user.id)


def kept_rows(site: Flask) -> list[KeptForm]:
    with Session(db.of(site).engine, expire_on_commit=False) as session:
        return list(session.scalars(select(KeptForm).order_by(KeptForm.id)))
