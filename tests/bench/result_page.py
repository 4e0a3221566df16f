"""The result pages at 5,000 organs × 60 indicators, as the server makes them, over HTTP's inside.

The year's list (first page, deep page, searched), one organ's sheet, the year in pictures and the
points of its scatter; and how many statements each takes.
"""

from collections.abc import Iterator
from dataclasses import replace
from statistics import median
from time import perf_counter
from typing import Any

from argon2 import PasswordHasher
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, insert, select
from sqlalchemy.orm import Session

from models import Assessment, Grant, Role, Seat, Unit, UnitKind, User
from tests.bench import places, scoring
from tests.bench.figures import Figure
from tests.bench.inbox import signed_in
from tests.bench.places import NOW, Place
from tests.bench.service import PASSWORD
from webapp import db
from workflows import scores

UNITS, ROUNDS, MOST = 5_000, 15, 300
ROOT = 9_000_000  # the committee above all organs
PAGES = {
    "first page": "/assessments/2025",
    "deep page": "/assessments/2025?after=B4500",
    "searched": "/assessments/2025?words=第49&gap=20",
    "one sheet": "/assessments/2025/2500",
    "pictures": "/assessments/2025/pictures",
    "fairness": "/assessments/2025/fairness",
    "points of the scatter": "/assessments/2025/scatter.json",
}


def run() -> Iterator[Figure]:
    for opened in (places.sqlite, places.postgres):
        with opened() as place:
            yield from _measure(place)


def _measure(place: Place) -> Iterator[Figure]:
    _fill(place)
    place.analyse()
    client = signed_in(place, "judge")
    kind = place.name.split()[0]
    for name, address in PAGES.items():
        took, statements = _milliseconds(place, client, address)
        title = f"results, {UNITS:,} organs, {kind}: {name}"
        figure = Figure(title, took, "ms").at_most(MOST)
        yield figure if figure.met else replace(figure, profile="\n".join(statements))
        yield Figure(f"{title}, statements", len(statements), "")
    db.of(client.application).engine.dispose()


def _fill(place: Place) -> None:
    with place.engine.begin() as connection:
        scoring._fill(connection, UNITS)
        _set_above(connection)
    with place.sessions.begin() as session:
        organs = session.scalars(select(Unit).where(Unit.id <= UNITS).order_by(Unit.id)).all()
        scores.compute(session, session.get_one(Assessment, 1), organs)
        _enrol(session)


def _set_above(connection: Connection) -> None:
    """The organs stand below a work committee, as they do in a city."""
    committee = {
        "id": ROOT, "code": "W", "name": "机关工委", "kind": UnitKind.WORK_COMMITTEE,
        "path": f"/{ROOT}/", "version": 1,
    }  # fmt: skip
    connection.execute(insert(Unit), [committee])
    table: Any = Unit.__table__
    below = f"/{ROOT}" + table.c.path
    connection.execute(table.update().where(table.c.id <= UNITS).values(parent_id=ROOT, path=below))


def _enrol(session: Session) -> None:
    cheap = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    user = User(login="judge", name="考核组员", password_hash=cheap.hash(PASSWORD), session_key="k")
    seat = Seat(role=Role.ASSESSOR, unit_id=ROOT)
    session.add_all([user, seat])
    session.flush()
    session.add(Grant(seat_id=seat.id, user_id=user.id, since=NOW.date()))


def _milliseconds(place: Place, client: FlaskClient, address: str) -> tuple[float, list[str]]:
    """The middle of several rounds, and the statements of the last."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(" ".join(statement.split()))

    engine = db.of(client.application).engine
    event.listen(engine, "before_cursor_execute", note)
    took = []
    for _ in range(ROUNDS):
        said.clear()
        begun = perf_counter()
        answer = client.get(address)
        took.append((perf_counter() - begun) * 1000)
        assert answer.status_code == 200
    event.remove(engine, "before_cursor_execute", note)
    return median(took), list(said)
