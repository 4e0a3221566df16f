"""Ballots held through the real application, and all that lies about afterwards.

A round is one box: a hundred come in an order of the day, each casts by HTTP what was drawn for
him, two scrutineers count. Before and after the count everything is taken that somebody with every
password but the scrutineers' codes could take.
"""

import base64
import io
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select, text

from models import Base, Box
from models.database import file_of
from tests.security.polling import NOW, SCRUTINEERS, Polling
from webapp import db
from workflows import ballots, sealing
from workflows.ballots import Question, Voter

CHOICES = ("good", "fair", "average", "poor")
SIZES = {"leaders": 20, "secretaries": 30, "delegates": 50}
PAGE = 4096
Order = Any  # whatever can be sorted


@dataclass(frozen=True)
class Lying:
    """One row of a table as it lies: what it says, and each order that it stands in."""

    said: Mapping[str, Any]
    orders: Mapping[str, Order]


@dataclass(eq=False)  # a round is itself alone
class Round:
    """What the attacker has of one box; `truth` and `sent` he knows of the training half alone."""

    came: list[int] = field(default_factory=list)
    truth: dict[tuple[int, str], str] = field(default_factory=dict)  # (person, item) → choice
    sent: dict[tuple[int, str], bytes] = field(default_factory=dict)
    roll: dict[int, Lying] = field(default_factory=dict)
    urn: dict[bytes, Lying] = field(default_factory=dict)
    opened: list[Lying] = field(default_factory=list)


def hold(place: Polling, rounds: int, seed: int, seal: Any = sealing.seal) -> list[Round]:
    """So many boxes, cast and counted by HTTP."""
    return [_round(place, random.Random(f"{seed}:{one}"), seal) for one in range(rounds)]  # noqa: S311


def _round(place: Polling, chance: random.Random, seal: Any) -> Round:
    box, codes, voters = prepare(place)
    found = Round()
    found.came = [voter.user_id for voter in voters]
    chance.shuffle(found.came)
    own = {voter.user_id: voter.except_item for voter in voters}
    for person in found.came:
        for item in (one["key"] for one in box.items if one["key"] != own[person]):
            choice = chance.choice(CHOICES)
            found.truth[person, item] = choice
            found.sent[person, item] = seal(box.public_key, choice)
        marks = {item: sealed for (who, item), sealed in found.sent.items() if who == person}
        assert cast(place, person, box.id, marks) == 303
    _take_open(place, box.id, found)
    count(place, box.id, codes)
    _take_counted(place, box.id, found)
    return found


def prepare(place: Polling) -> tuple[Box, dict[int, str], list[Voter]]:
    """An open box, its codes, its electors."""
    voters = electors(place)
    items = [(voter.except_item, "书记") for voter in voters if voter.except_item]
    with db.of(place.app).write.begin() as session:
        box = ballots.prepare(
            session,
            Question("民主测评", items, CHOICES),
            voters,
            [place.users[who].id for who in SCRUTINEERS],
            case_id=place.case_id,
            now=NOW,
        )
        codes = {
            place.users[who].id: ballots.collect_key(session, box.id, by=place.users[who], now=NOW)
            for who in SCRUTINEERS
        }
    return box, codes, voters


def electors(place: Polling) -> list[Voter]:
    """By category; two secretaries are voted on, not by themselves."""
    names = [name for name, size in SIZES.items() for _ in range(size)]
    at = names.index("secretaries")
    return [
        Voter(id_, name, str(id_) if at <= number < at + 2 else None)
        for number, (id_, name) in enumerate(zip(place.electors, names, strict=True))
    ]


def cast(place: Polling, person: int, box_id: int, marks: Mapping[str, bytes]) -> int:
    """The status with which the page answers."""
    fields = {f"ballot-{item}": base64.b64encode(one).decode() for item, one in marks.items()}
    return place.send(person, f"/ballots/{box_id}", **fields).status_code


def count(place: Polling, box_id: int, codes: Mapping[int, str]) -> None:
    (one, code), (other, second) = list(codes.items())[:2]
    typed = {"who-1": one, "code-1": code, "who-2": other, "code-2": second}
    assert place.send(one, f"/ballots/{box_id}/count", **typed).status_code == 303


def _take_open(place: Polling, box_id: int, found: Round) -> None:
    with db.of(place.app).engine.connect() as connection:
        roll = list(rows_of(connection, "ballot_roll", box_id))
        urn = list(rows_of(connection, "ballot_urn", box_id))
        connection.rollback()
        copied = _backed_up(place, connection, box_id)
    found.roll = {row.said["user_id"]: row for row in roll}
    needles = {row.said["sealed"]: [row.said["sealed"][:24], _index(row.said["id"])] for row in urn}
    lie = _where(needles, _pages_of(box_id, files_of(place) | _backup_files(place)))
    for row in urn:
        sealed = row.said["sealed"]
        found.urn[sealed] = Lying(row.said, {**row.orders, **copied[sealed], **lie[sealed]})


def _take_counted(place: Polling, box_id: int, found: Round) -> None:
    with db.of(place.app).engine.connect() as connection:
        rows = list(rows_of(connection, "ballot", box_id))
        connection.rollback()
    needles = {row.said["id"]: [_varint(row), _index(row.said["id"])] for row in rows}
    lie = _where(needles, _pages_of(box_id, files_of(place)))
    found.opened = [Lying(row.said, {**row.orders, **lie[row.said["id"]]}) for row in rows]


def rows_of(connection: Connection, table: str, box_id: int) -> Iterator[Lying]:
    """The rows as a plain SELECT gives them, with all that the database knows beside them."""
    sqlite = connection.dialect.name == "sqlite"
    beside = (
        "rowid AS place"
        if sqlite
        else "ctid::text AS place, xmin::text::bigint AS xmin_, cmin::text::bigint AS cmin_"
    )
    rows: Sequence[Row[Any]] = connection.execute(
        text(f"SELECT {beside}, t.* FROM {table} t WHERE box_id = :box"),  # noqa: S608
        {"box": box_id},
    ).all()
    for number, row in enumerate(rows):
        said = row._asdict()
        orders = {"as selected": number, "rowid/ctid": _place(said.pop("place"))}
        orders |= {name: said.pop(name) for name in ("xmin_", "cmin_") if name in said}
        orders |= {"id": said["id"]} if "id" in said else {}
        yield Lying(said, orders)


def _place(told: int | str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", str(told)))


def _backed_up(place: Polling, connection: Connection, box_id: int) -> dict[bytes, dict[str, Any]]:
    """The order in a backup made now: of `tongze backup`, or of COPY, as pg_dump asks."""
    if place.on_sqlite:
        assert place.backup(place.folder / "backup.zip").exit_code == 0
        place.unpack()
        wanted = "SELECT sealed FROM ballot_urn WHERE box_id = ?"
        with place.copy() as copied:
            lines = [bytes(row[0]) for row in copied.execute(wanted, (box_id,))]
    else:
        out = io.BytesIO()
        raw: Any = connection.connection.driver_connection
        with raw.cursor().copy("COPY ballot_urn (box_id, sealed) TO STDOUT") as copy:
            for piece in copy:
                out.write(piece)
        split = [line.split(b"\t") for line in out.getvalue().splitlines()]
        lines = [bytes.fromhex(s[3:].decode()) for b, s in split if int(b) == box_id]
        connection.rollback()
    return {sealed: {"in the backup": number} for number, sealed in enumerate(lines)}


def files_of(place: Polling) -> dict[str, bytes]:
    """The database's file and its log, byte by byte; nothing on PostgreSQL."""
    if (file := file_of(place.url)) is None:
        return {}
    parts = {"file": file, "WAL": Path(f"{file}-wal")}
    return {name: part.read_bytes() for name, part in parts.items() if part.exists()}


def _backup_files(place: Polling) -> dict[str, bytes]:
    return {"backup": place.unpacked.read_bytes()} if place.on_sqlite else {}


def _where(needles: Mapping[Any, Sequence[bytes]], files: Mapping[str, bytes]) -> dict[Any, Any]:
    """Where the bytes of each row lie in each file, the first and the last time; -1: nowhere."""
    return {
        key: {
            f"{end} {kind} in the {name}": getattr(content, way)(needle)
            for name, content in files.items()
            for kind, needle in zip(("cell", "index entry"), wanted, strict=True)
            for end, way in (("first", "find"), ("last", "rfind"))
        }
        for key, wanted in needles.items()
    }


def _pages_of(box_id: int, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Of each file the pages that name the box, in the order in which they lie."""
    found = {}
    for name, content in files.items():
        head, size = (32, 24 + PAGE) if name == "WAL" else (0, PAGE)
        pages = (content[at : at + size] for at in range(head, len(content), size))
        found[name] = b"".join(page for page in pages if _index(box_id) in page)
    return found


def _index(id_: int) -> bytes:
    """An id as a record or an index of SQLite holds it."""
    return id_.to_bytes(8, "big")


def _varint(row: Lying) -> bytes:
    """An id as a cell of SQLite begins with it: the record's length aside."""
    number: int = row.said["id"]
    if number < 1 << 56:
        groups = [number >> shift & 0x7F for shift in range(49, -1, -7)]
        first = next((at for at, one in enumerate(groups) if one), 7)
        return bytes([*(one | 0x80 for one in groups[first:-1]), groups[-1]])
    head = [(number >> shift & 0x7F) | 0x80 for shift in range(57, 7, -7)]
    return bytes([*head, number & 0xFF])


def everything_else(place: Polling) -> dict[str, list[str]]:
    """Every row of every table but roll, urn and opened ballots, as text."""
    with db.of(place.app).read() as session:
        return {
            table.name: sorted(str(tuple(row)) for row in session.execute(select(table)))
            for table in Base.metadata.sorted_tables
            if table.name not in ("ballot_roll", "ballot_urn", "ballot")
        }
