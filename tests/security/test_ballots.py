"""Nobody can tell who voted what: an attacker with all that lies about links votes as chance does.

Database, row order, rowid and ctid, xmin, SQLite's file and log byte by byte, a backup taken while
the box is open, the log at its usual level, the trail. The same attacker is set on urns that leak,
and finds them out.
"""

import base64
import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from typing import Any

import pytest
from sqlalchemy import select

from models import OpenedBallot
from tests.security import attacker, elections
from tests.security.elections import CHOICES, cast, everything_else, hold, prepare
from tests.security.polling import Polling
from webapp import db
from workflows import ballots, sealing

ROUNDS = 10  # of a hundred electors
running = count(1 << 61)  # ids in order, as long as random ones
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def place(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Polling]:
    """Opened with smaller keys: those of real life are tried in tests/workflows/test_ballots.py."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "BITS", 2048)
        patch.setattr(sealing, "SEALED", 2048 // 8)
        place = Polling(database_url, tmp_path_factory.mktemp("polling"))
        yield place
        db.of(place.app).engine.dispose()


def test_linking_a_thousand_votes_is_no_better_than_chance(place: Polling) -> None:
    seen = hold(place, ROUNDS, seed=1)
    assert sum(len(one.came) for one in seen) == 1000
    assert sum(len(one.opened) for one in seen) == sum(len(one.truth) for one in seen)
    suspects = attacker.attack(seen)
    if suspects:
        suspects = attacker.again(suspects, hold(place, ROUNDS, seed=2))
    assert not suspects, "\n".join(map(str, suspects))
    tell_tales = attacker.order_of_coming(seen)
    assert len(tell_tales) >= 4
    assert not [str(one) for one in tell_tales if one.beyond(0.9999)]


def _as_they_came(rows: list[dict[str, Any]]) -> None:
    """No shuffling at all."""


def _in_fives(rows: list[dict[str, Any]]) -> None:
    """A shuffle that is too small: each row stays near where it was."""
    for at in range(0, len(rows), 10):  # five people with two marks each
        rows[at : at + 10] = rows[at : at + 10][::-1]


def _in_order(monkeypatch: pytest.MonkeyPatch, shuffle: Callable[..., None]) -> None:
    monkeypatch.setattr(ballots, "MIXED", 0)  # what lies in the urn stays where it is
    monkeypatch.setattr(ballots, "_random_id", lambda: next(running))
    monkeypatch.setattr(ballots, "_shuffle", shuffle)


def _keeping_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """The opened mark has the id that it had when it was sealed."""
    opened = ballots._read

    def kept(box: Any, ballot: Any, key: Any) -> dict[str, Any] | None:
        row = opened(box, ballot, key)
        return row and {**row, "id": ballot.id}

    monkeypatch.setattr(ballots, "_read", kept)


def _telling(public: bytes, choice: str) -> bytes:
    """Sealed until the first byte happens to say what is inside."""
    while True:
        sealed = sealing.seal(public, choice)
        if sealed[0] % 4 == CHOICES.index(choice):
            return sealed


@pytest.mark.parametrize("leak", ["in order", "nearly in order"])
def test_the_attacker_finds_an_urn_that_keeps_an_order(
    place: Polling, monkeypatch: pytest.MonkeyPatch, leak: str
) -> None:
    in_order = leak == "in order"
    _in_order(monkeypatch, _as_they_came if in_order else _in_fives)
    seen = hold(place, 2 if in_order else 4, seed=3)
    found = attacker.attack(seen)
    assert found
    if in_order:  # no luck: on fresh votes as well
        assert attacker.again(found, hold(place, 2, seed=4))
        assert max(one.right / one.of for one in found) == 1  # he knows everybody's vote
        assert any(one.beyond(0.9999) for one in attacker.order_of_coming(seen))


@on_sqlite  # what a mark says of itself it says in any database
@pytest.mark.parametrize("leak", ["same id", "telling bytes"])
def test_the_attacker_finds_marks_that_tell(
    place: Polling, monkeypatch: pytest.MonkeyPatch, leak: str
) -> None:
    if leak == "same id":
        _keeping_ids(monkeypatch)
    found = attacker.attack(
        hold(place, 2, seed=3, seal=_telling if leak == "telling bytes" else sealing.seal)
    )
    assert found
    if leak == "same id":
        assert max(one.right / one.of for one in found) == 1


def test_casting_leaves_no_trace_but_the_tick_and_the_marks(
    place: Polling, caplog: pytest.LogCaptureFixture
) -> None:
    """No trail, no log, no time, no kept form; what lies elsewhere names no mark."""
    box, codes, voters = prepare(place)
    for voter in voters:
        place.browser(voter.user_id)
    before = everything_else(place)
    sent: list[bytes] = []
    with caplog.at_level(logging.INFO):
        for voter in voters[:25]:
            marks = {
                one["key"]: sealing.seal(box.public_key or b"", "good")
                for one in box.items
                if one["key"] != voter.except_item
            }
            sent += marks.values()
            assert cast(place, voter.user_id, box.id, marks) == 303
    assert everything_else(place) == before
    assert caplog.records == []
    with db.of(place.app).engine.connect() as connection:
        urn = [row.said for row in elections.rows_of(connection, "ballot_urn", box.id)]
    assert sorted(row["sealed"] for row in urn) == sorted(sent)
    assert {len(row["sealed"]) for row in urn} == {sealing.SEALED}
    assert set(urn[0]) == {"id", "box_id", "category", "item", "sealed"}
    elections.count(place, box.id, codes)
    told = str(everything_else(place)) + caplog.text
    names = {str(row["id"]) for row in urn} | {base64.b64encode(one).decode()[:40] for one in sent}
    with db.of(place.app).read() as session:
        opened = session.scalars(select(OpenedBallot.id).where(OpenedBallot.box_id == box.id)).all()
    assert len(opened) == len(sent)
    assert not [name for name in names | {str(one) for one in opened} if name in told]


@on_sqlite
def test_what_was_in_the_urn_is_overwritten_in_the_file(place: Polling) -> None:
    """SQLite: no sealed mark is left in the file; the log is written over in its time, and
    PostgreSQL has its VACUUM."""
    (seen,) = hold(place, 1, seed=5)
    with closing(db.of(place.app).engine.raw_connection()) as connection:
        connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = elections.files_of(place)["file"]
    assert len(content) > 100_000
    assert not [sealed for sealed in seen.urn if sealed[:24] in content]
