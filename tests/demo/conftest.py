"""The demo city, loaded once for all tests that look at it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from demo import city
from tests.conftest import AUDIT_KEY, empty
from tests.demo.days import NOW


@pytest.fixture(scope="package")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return Config(
        database_url="sqlite://",  # not opened: the tests bring their engine
        secret_key="a key for the tests of the demo 0123456789",
        audit_key="another key for its trail, 9876543210 abc",
        data_dir=tmp_path_factory.mktemp("demo"),
    )


@pytest.fixture(scope="package")
def loaded(engine: Engine, settings: Config) -> sessionmaker[Session]:
    """The city after all that happened there, and the clock's round of the day."""
    empty(engine)
    sessions = sessionmaker(engine, expire_on_commit=False, info={"audit_key": AUDIT_KEY})
    with sessions.begin() as session:
        city.install(session, settings, NOW)
    city.live(sessions, settings, NOW)
    return sessions


@pytest.fixture
def session(loaded: sessionmaker[Session]) -> Iterator[Session]:
    """On the city; the session of the other tests would empty it."""
    with loaded() as session:
        yield session
