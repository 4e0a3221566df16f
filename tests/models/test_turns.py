"""Writers on SQLite take turns: nobody is refused who can wait, and every turn is passed on."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from models import turns
from models.database import open_engine

ADD = text("UPDATE tally SET n = n + 1")


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = open_engine(f"sqlite:///{tmp_path}/turns.db", synchronous="NORMAL")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE tally (n INTEGER)"))
        connection.execute(text("INSERT INTO tally VALUES (0)"))
    yield engine
    engine.dispose()


def tally(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT n FROM tally")).scalar_one())


def add(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(ADD)


def test_writers_in_threads_of_two_pools_all_get_their_turns(engine: Engine) -> None:
    other = open_engine(str(engine.url), synchronous="NORMAL")  # as a second process
    with ThreadPoolExecutor(6) as pool:
        done = [pool.submit(add, one) for one in (engine, other) for _ in range(30)]
        for one in done:
            one.result()
    other.dispose()
    assert tally(engine) == 60


def test_who_waits_too_long_is_refused_and_the_turn_is_not_lost(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    with engine.begin() as first:
        first.execute(ADD)
        with pytest.raises(OperationalError, match="locked"):
            add(engine)
    add(engine)
    assert tally(engine) == 2


def test_a_turn_ends_with_a_refused_statement_and_with_a_rollback(engine: Engine) -> None:
    with pytest.raises(OperationalError), engine.begin() as connection:
        connection.execute(text("UPDATE nothing SET n = 1"))
    with engine.connect() as connection:
        connection.execute(ADD)
        connection.rollback()
    add(engine)
    assert tally(engine) == 1


def test_a_connection_that_writes_twice_holds_one_turn(engine: Engine) -> None:
    with engine.connect() as connection:
        for _ in range(2):
            connection.execute(ADD)
            connection.commit()
    add(engine)
    assert tally(engine) == 3
