"""kill -9 anywhere: what was acknowledged is there, what follows from it follows once.

The story runs in a process of its own that is killed by SIGKILL between, in and after statements
and commits, in acts of people and in ticks of the clock, five times a run; started again each
time, it ends with the very rows of an undisturbed run. On PostgreSQL it is the client that dies.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest

from tests.crash import city, rows
from tests.crash.running import KINDS, Nursery, Step, draw, play_through
from tests.crash.story import END
from webapp.db import Database
from workflows import audit, checks

KILLS = int(os.environ.get("TONGZE_KILLS", "10"))  # per database
SEEDS = range(1, KILLS // len(KINDS) + 1)


@dataclass(frozen=True)
class Ground:
    """A database with the city before the story, and how the story ends undisturbed."""

    url: str
    database: Database
    base: rows.Rows
    steps: Sequence[Step]
    end: dict[str, list[str]]

    def restore(self) -> None:
        with self.database.write.begin() as session:
            rows.write(session.connection(), self.base)


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture(scope="module")
def ground(database_url: str, nursery: Nursery) -> Iterator[Ground]:
    database = Database.open(city.settings(database_url))
    with database.write.begin() as session:
        rows.write(session.connection(), rows.nothing())
        city.found(session)
        base = rows.read(session.connection())
    steps, ended = nursery.play(database_url)
    assert ended == 0
    yield Ground(database_url, database, base, steps, told(database))
    database.engine.dispose()


def told(database: Database) -> dict[str, list[str]]:
    with database.read() as session:
        return rows.told(session, now=END)


def test_the_story_is_told_to_its_end(ground: Ground) -> None:
    labels = [one.label for one in ground.steps]
    assert labels.count("tick") >= 6
    assert {"accept", "reply_reminder", "rect_verify", "announce", "decide_appeal"} <= set(labels)
    assert ground.end["case"]
    assert ground.end["notification"]


@pytest.mark.parametrize("seed", SEEDS)
def test_after_kills_everything_is_there_once(
    ground: Ground, nursery: Nursery, seed: int, record_property: Callable[[str, object], None]
) -> None:
    ground.restore()
    places = draw(ground.steps, seed)
    assert play_through(nursery, ground.url, places) == len(KINDS)
    record_property("kills", len(KINDS))
    assert differences(ground.end, told(ground.database)) == [], places
    with ground.database.read() as session:
        assert checks.run(session, now=END) == []
        verdict = audit.verify(session)
        assert (verdict.faults, verdict.unsealed) == ((), 0)
        if session.get_bind().dialect.name == "sqlite":
            connection = session.connection()
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalars().all() == ["ok"]
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []


def differences(expected: dict[str, list[str]], found: dict[str, list[str]]) -> list[str]:
    """Rows that are lost, and rows that are one too many."""
    return [
        f"{sign} {table} {line}"
        for table in expected
        for sign, line in (
            *(("-", one) for one in expected[table] if one not in found[table]),
            *(("+", one) for one in found[table] if one not in expected[table]),
            *((("?", str(len(found[table]))),) * (len(expected[table]) != len(found[table]))),
        )
    ]
