"""Nobody can tell who answered what: an attacker who reads the whole database while an anonymous
survey is open, who knows which slip each person took, and every order in which rows lie.
"""

import random
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, text

from config import Config
from models import Base, Survey
from tests import surveying
from tests.cast import assemble
from tests.conftest import empty
from tests.race.conftest import NOW
from tests.surveying import GOOD
from webapp import clock, create_app, db
from workflows import survey_links, survey_settling

PEOPLE = 60
TOUCHED = {"survey_ticket", "survey_answer"}


class Hall:
    """The application, an open survey, and the slips in the order in which they come."""

    def __init__(self, url: str, folder: Any) -> None:
        self.app: Flask = create_app(
            Config(
                database_url=url,
                secret_key="a key for the tests of the surveys 0123456789",
                audit_key="another key for its trail, 9876543210 abc",
                data_dir=folder,
                sqlite_synchronous="NORMAL",
            )
        )
        self.on_sqlite = db.of(self.app).engine.dialect.name == "sqlite"
        empty(db.of(self.app).engine)
        with db.of(self.app).write.begin() as session:
            cast = assemble(session)
            surveying.crowd(cast, "finance_branch", PEOPLE)
            self.survey: Survey = surveying.opened(cast, NOW)
            self.tokens = surveying.links(cast, self.survey, NOW)
        random.Random(7).shuffle(self.tokens)  # noqa: S311

    def answer(self, token: str, mark: int) -> None:
        fields = {**GOOD, "q-mark": str(mark)}
        assert self.app.test_client().post(f"/s/{token}", data=fields).status_code == 303

    def everything(self) -> dict[str, list[tuple[object, ...]]]:
        with db.of(self.app).engine.connect() as connection:
            return {
                table.name: [tuple(row) for row in connection.execute(table.select())]
                for table in Base.metadata.sorted_tables
            }


@pytest.fixture
def hall(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Hall]:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    hall = Hall(database_url, tmp_path_factory.mktemp("hall"))
    yield hall
    db.of(hall.app).engine.dispose()


def test_an_answer_leaves_no_trace_but_itself(hall: Hall) -> None:
    """One ticket is gone, one answer is there; no other row of any table is touched."""
    before = hall.everything()
    hall.answer(hall.tokens[0], 4)
    after = hall.everything()
    assert {name for name in after if after[name] != before[name]} == TOUCHED
    assert len(after["survey_ticket"]) == len(before["survey_ticket"]) - 1
    (answer,) = after["survey_answer"]
    gone = survey_links.digest(hall.tokens[0])
    assert gone not in [row[1] for row in after["survey_ticket"]]
    told = str(answer)
    assert hall.tokens[0] not in told
    assert str(gone) not in told
    assert NOW.isoformat()[:10] not in told


def test_no_transaction_and_no_row_order_joins_an_answer_to_a_link(hall: Hall) -> None:
    """PostgreSQL: no row that lies anywhere was written with an answer. Both: the order in which
    answers are read is not that in which they came."""
    came = list(range(PEOPLE))
    for number in came:
        hall.answer(hall.tokens[number], number % 5 + 1)
    with db.of(hall.app).engine.connect() as connection:
        if not hall.on_sqlite:
            assert _written_with_answers(connection) == set()
        orders = _orders(connection)
    marks = [number % 5 + 1 for number in came]
    for told in orders:
        assert len(told) == PEOPLE
        assert told != marks
        assert told != marks[::-1]
        follows = sum(later == earlier % 5 + 1 for earlier, later in pairwise(told))
        assert follows < PEOPLE / 2  # a run of 1 2 3 4 5 as they came would be all of them


def _written_with_answers(connection: Connection) -> set[str]:
    """The tables of which a row was written in the transaction of an answer."""
    found = set()
    for table in Base.metadata.sorted_tables:
        if table.name != "survey_answer":
            query = text(
                f'SELECT count(*) FROM "{table.name}" one JOIN survey_answer answer '  # noqa: S608
                "ON one.xmin::text = answer.xmin::text"
            )
            if connection.execute(query).scalar():
                found.add(table.name)
    return found


def _orders(connection: Connection) -> list[list[int]]:
    """What was marked, in each order that a reader can ask for without knowing more."""
    rows = connection.execute(text("SELECT answers FROM survey_answer ORDER BY id"))
    return [[_mark(row[0]) for row in rows]]


def _mark(answers: Any) -> int:
    return int(str(answers).split("mark")[1].strip("\"': ")[0])


def test_settled_nothing_is_left_but_the_figures(hall: Hall) -> None:
    for number, token in enumerate(hall.tokens[:PEOPLE]):
        hall.answer(token, number % 5 + 1)
    with db.of(hall.app).write.begin() as session:
        survey_settling.settle(session, hall.survey.id, by=None, now=hall.survey.closes)
    left = hall.everything()
    assert left["survey_ticket"] == left["survey_answer"] == []
    told = str(left)
    assert not [token for token in hall.tokens if token in told]
    assert not [one for one in map(survey_links.digest, hall.tokens) if str(one) in told]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_answers_are_overwritten_in_the_file_once_settled(hall: Hall) -> None:
    for number, token in enumerate(hall.tokens):
        hall.answer(token, number % 5 + 1)
    with db.of(hall.app).write.begin() as session:
        survey_settling.settle(session, hall.survey.id, by=None, now=hall.survey.closes)
    engine = db.of(hall.app).engine
    with closing(engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = Path(str(engine.url.database)).read_bytes()
    assert len(content) > 100_000
    assert b'"planned":"yes"' not in content
