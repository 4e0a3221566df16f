"""The whole application over the cast's city, and a gate that holds whoever acts in it."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, event, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config import Config
from models import AuditRow, Case, Holding, Task
from tests.cast import SINCE, Cast
from tests.conftest import empty
from tests.race.gate import Gate, Runner
from tests.webapp.conftest import HASH, Visitor
from tests.workflows import matter_paths
from webapp import clock, create_app, db
from workflows import cases, proposals, tasks, urgings
from workflows.deadlines import ZONE

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
LATER = {"second": timedelta(minutes=1)}  # by their clocks the refusal tells who was first


class Town:
    """People who sign in and act, and what stands afterwards."""

    def __init__(self, app: Flask, cast: Cast, gate: Gate) -> None:
        self.app, self.cast, self.gate = app, cast, gate
        self.on_sqlite = db.of(app).engine.dialect.name == "sqlite"
        self.now = NOW
        self.facts = count(1)

    @contextmanager
    def writing(self) -> Iterator[Cast]:
        """The cast acts without a browser, in one transaction."""
        with db.of(self.app).write.begin() as session:
            self.cast.session = session
            yield self.cast

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with db.of(self.app).read() as session:
            yield session

    def tick(self) -> datetime:
        """The moment by the clock of whoever asks: the second one's runs a minute ahead."""
        return self.now + LATER.get(threading.current_thread().name, timedelta())

    def post(self, name: str, who: str, page: str, place: str, **fields: Any) -> Runner:
        """A person who has opened the page and now sends its form there, or to `to`.

        On SQLite a writing request is alone from its first statement on; there it is held at the
        door, the last place where two can stand.
        """
        visitor = self.visit(who)
        text = visitor.get(page).text
        url = fields.pop("to", page)
        typed = {"csrf_token": _hidden(text, "csrf_token"), **fields}
        if 'name="_version"' in text:
            typed["_version"] = _hidden(text, "_version")
        where = "door" if self.on_sqlite else place
        return Runner(name, where, lambda: visitor.post(url, data=typed))

    def visit(self, who: str) -> Visitor:
        visitor = self.app.test_client()
        assert isinstance(visitor, Visitor)
        assert visitor.sign_in(self.cast.users[who].login).status_code == 303
        return visitor

    def task(self, case: Case, node: str) -> Task:
        with self.reading() as session:
            wanted = select(Task).where(Task.case_id == case.id, Task.node == node)
            return session.scalars(wanted.order_by(Task.id.desc()).limit(1)).one()

    def open_nodes(self, case: Case) -> list[str]:
        with self.reading() as session:
            wanted = select(Task.node).where(Task.case_id == case.id, Task.done_at.is_(None))
            return sorted(session.scalars(wanted))

    def said(self, case: Case, action: str) -> int:
        """How often the trail of the case says that this was done."""
        with self.reading() as session:
            wanted = select(AuditRow.id).where(AuditRow.case_id == case.id)
            return len(session.scalars(wanted.where(AuditRow.action == action)).all())


def _hidden(page: str, name: str) -> str:
    found = re.search(f'name="{name}" value="(.+?)"', page)
    assert found, f"the page has no {name}"
    return found[1]


def refusal(answer: TestResponse) -> str:
    """The sentence with which the page refuses."""
    found = re.search(r'role="alert">\s*<p class="mb-0">(.+?)</p>', answer.text)
    assert found, "nothing is refused"
    return found[1]


def local(moment: datetime) -> str:
    """The moment as pages write it."""
    return moment.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")


def won_and_lost(first: TestResponse, second: TestResponse) -> tuple[TestResponse, TestResponse]:
    """The answers of who was faster and of who was too late: 303 and 409, and nothing else."""
    answers = sorted((first, second), key=lambda one: one.status_code)
    assert [one.status_code for one in answers] == [303, 409]
    return answers[0], answers[1]


@pytest.fixture(scope="module")
def built(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    config = Config(
        database_url=database_url,
        secret_key="a key for the tests of the races, 0123456789",
        audit_key="another key for its trail, 9876543210 abc",
        data_dir=tmp_path_factory.mktemp("files"),
        sqlite_synchronous="NORMAL",
    )
    app = create_app(config)
    app.test_client_class = Visitor
    engine = db.of(app).engine
    empty(engine)
    with db.of(app).write.begin() as session:
        cast = matter_paths.supervised_city(session, NOW)
        _second_in_post(cast, "work_deputy2", "work_deputy")
        for user in cast.users.values():
            user.password_hash, user.session_key = HASH, f"key of {user.login}"
    yield Town(app, cast, Gate())
    engine.dispose()


def _second_in_post(cast: Cast, who: str, beside: str) -> None:
    """Two people in one post: a task waits for both."""
    held = select(Holding.post_id).where(Holding.user_id == cast.users[beside].id)
    post_id = cast.session.scalars(held).one()
    user = cast.person(who, unit="work")
    cast.session.add(Holding(post_id=post_id, user_id=user.id, since=SINCE))
    cast.session.flush()


@pytest.fixture
def town(built: Town, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """The city, its gate standing where acts have loaded what they act on."""
    gate, engine = built.gate, db.of(built.app).engine
    built.now = NOW
    monkeypatch.setattr(clock, "now", built.tick)
    for module, name, place in (
        (tasks, "turn", "complete"),
        (cases, "wake", "wake"),
        (cases, "stop", "stop"),
        (proposals, "accept", "accept"),
        (proposals, "decline", "decline"),
        (urgings, "urge", "urge"),
    ):
        monkeypatch.setattr(module, name, gate.before(place, getattr(module, name)))

    def at_the_door(connection: Connection) -> None:
        if not connection.get_execution_options().get("readonly"):
            gate.hold("door")

    event.listen(engine, "engine_connect", at_the_door)
    yield built
    event.remove(engine, "engine_connect", at_the_door)
