"""Databases to measure on: empty, migrated, gone afterwards."""

import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from models.database import open_engine, upgrade
from tests.conftest import AUDIT_KEY, postgres_schema

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # a Monday, nine in the office


@dataclass(frozen=True)
class Place:
    """One migrated database; `name` is how the table calls it."""

    name: str
    url: str
    engine: Engine
    sessions: sessionmaker[Session]

    def analyse(self) -> None:
        """The planner knows what was filled in bulk."""
        with self.engine.connect() as connection:
            connection.rollback()
            options = {"isolation_level": "AUTOCOMMIT"} if self.is_postgres else {}
            connection = connection.execution_options(**options)
            connection.execute(text("VACUUM ANALYZE" if self.is_postgres else "ANALYZE"))
            connection.commit()

    @property
    def is_postgres(self) -> bool:
        return self.engine.dialect.name == "postgresql"


@contextmanager
def sqlite(synchronous: str = "NORMAL") -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as folder:
        yield from _open(f"SQLite {synchronous}", f"sqlite:///{folder}/bench.db", synchronous)


@contextmanager
def postgres() -> Iterator[Place]:
    with postgres_schema(durable=True) as url:
        yield from _open("PostgreSQL", url, "FULL")


def _open(name: str, url: str, synchronous: str) -> Iterator[Place]:
    upgrade(url)
    engine = open_engine(url, synchronous=synchronous)
    try:
        sessions = sessionmaker(engine, expire_on_commit=False, info={"audit_key": AUDIT_KEY})
        yield Place(name, url, engine, sessions)
    finally:
        engine.dispose()


def sqlite_full() -> AbstractContextManager[Place]:
    return sqlite("FULL")


ALL = (sqlite_full, sqlite, postgres)
