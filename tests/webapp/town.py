"""The whole application over the cast's small city, with everybody able to sign in."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Config
from models import AuditRow
from tests.cast import Cast, assemble, lay_rules
from tests.conftest import empty
from tests.webapp.conftest import HASH, Visitor
from tests.webapp.whole import application
from webapp import clock, db


@contextmanager
def town(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The cast stands in `extensions["cast"]`; calendar and duties are in force."""
    monkeypatch.setattr(clock, "now", lambda: now)
    app = application(settings)
    app.test_client_class = Visitor
    empty(db.of(app).engine)
    with db.of(app).write.begin() as session:
        lay_rules(session, now)
        cast = assemble(session)
        for user in cast.users.values():
            user.password_hash, user.session_key = HASH, f"key of {user.login}"
        app.extensions["cast"] = cast
    yield app
    db.of(app).engine.dispose()


def visit(app: Flask, who: str) -> Visitor:
    """A browser in which this member of the cast is signed in."""
    cast: Cast = app.extensions["cast"]
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    assert visitor.sign_in(cast.users[who].login).status_code == 303
    return visitor


def cast_in(session: Session, app: Flask) -> Cast:
    """The cast of the town in this session, to begin a case with."""
    cast: Cast = app.extensions["cast"]
    cast.session = session
    for name, user in cast.users.items():
        cast.users[name] = session.merge(user, load=False)
    for name, unit in cast.units.items():
        cast.units[name] = session.merge(unit, load=False)
    return cast


def acts(app: Flask) -> list[str]:
    """What the audit trail says was done, in order; signing in left out."""
    with Session(db.of(app).engine) as session:
        rows = session.scalars(select(AuditRow.action).order_by(AuditRow.id))
        return [action for action in rows if action != "signed_in"]
