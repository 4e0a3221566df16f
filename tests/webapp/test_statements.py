"""What a completed task costs over HTTP, person, rights and token included: as few statements."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select

from config import Config
from models import Task
from tests import flows
from tests.cast import assemble
from tests.counting import counted
from tests.webapp.conftest import HASH, Visitor
from tests.webapp.whole import application
from webapp import clock, db
from workflows import calendars, definitions

MOST = 12


@pytest.fixture
def app(settings: Config, clean: object) -> Iterator[Flask]:
    app = application(settings)
    app.test_client_class = Visitor
    yield app
    db.of(app).engine.dispose()


@pytest.fixture
def handler(app: Flask) -> Visitor:
    """The handler, signed in, with a case of `simple` and one more waiting for him."""
    now: datetime = clock.now()
    with db.of(app).write.begin() as session:
        cast = assemble(session)
        cast.users["handler"].password_hash = HASH
        cast.users["handler"].login = "chengban"
        calendars.seed(session, now=now)
        definitions.install_parameters(session, {}, by=None, now=now)
        flows.publish(session, now)
        by, unit = cast.users["supervisor"], cast.units["finance"].id
        for key in range(2):
            flows.opened(session, "simple", key, unit, by=by, now=now)
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    assert visitor.sign_in("chengban").status_code == 303
    return visitor


def waiting(app: Flask) -> list[int]:
    with db.of(app).read() as session:
        return list(session.scalars(select(Task.id).where(Task.done_at.is_(None))))


def test_a_post_takes_at_most_twelve_statements_and_one_commit(
    app: Flask, handler: Visitor
) -> None:
    first, second = waiting(app)
    token = handler.token()
    form = {"csrf_token": token, "_version": "1", **flows.ANSWERS}
    assert handler.post(f"/tasks/{first}", data=form).status_code == 303
    with counted(db.of(app).engine) as count:
        answer = handler.post(f"/tasks/{second}", data=form)
    assert answer.status_code == 303
    assert len(count.statements) <= MOST, count.statements
    assert count.commits == 1
