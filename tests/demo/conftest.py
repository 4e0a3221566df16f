"""The demo city, loaded once for all tests that look at it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from demo import city
from tests.conftest import empty
from tests.demo.days import NOW
from webapp.db import audit_key


@pytest.fixture(scope="package")
def settings(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Config:
    return Config(
        database_url=database_url,
        secret_key="a key for the tests of the demo 0123456789",
        audit_key="another key for its trail, 9876543210 abc",
        data_dir=tmp_path_factory.mktemp("demo"),
        sqlite_synchronous="NORMAL",
    )


@pytest.fixture(scope="package")
def told() -> list[str]:
    """What was said while the city was loaded."""
    return []


@pytest.fixture(scope="package")
def loaded(engine: Engine, settings: Config, told: list[str]) -> sessionmaker[Session]:
    """The city after all that happened there, and the clock's round of the day."""
    empty(engine)
    told.clear()
    city.load(settings, NOW, say=told.append)
    return sessionmaker(engine, expire_on_commit=False, info={"audit_key": audit_key(settings)})


@pytest.fixture
def session(loaded: sessionmaker[Session]) -> Iterator[Session]:
    """On the city; the session of the other tests would empty it."""
    with loaded() as session:
        yield session
