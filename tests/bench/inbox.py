"""The inbox among 100,000 and 1,000,000 open tasks: its query, and the whole page.

The person holds a seat that a tenth of all tasks wait for, and four posts; seven in ten tasks wait
for one principal, the others for two.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from flask.testing import FlaskClient
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Uuid,
    case,
    cast,
    event,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.orm import Session

from config import Config
from models import Case, Inbox, Task, UnitKind
from models.base import UtcDateTime
from tests import flows
from tests.bench import places
from tests.bench.figures import Figure
from tests.bench.places import NOW, Place
from tests.bench.profiles import explained
from tests.bench.server import AUDIT, KEY
from tests.bench.service import PASSWORD, Office
from webapp import create_app, db
from workflows import inboxes

SIZES = (100_000, 1_000_000)
ROUNDS = 40
BASE = 10_000_000_000  # ids of the rows made here
YEAR = 31_536_000
POSTS = ("党组书记", "机关党委书记", "专职副书记")


def run() -> Iterator[Figure]:
    for opened in (places.sqlite, places.postgres):
        with opened() as place:
            yield from _measure(place)


def _measure(place: Place) -> Iterator[Figure]:
    office = Office(place)
    _take_posts(office)
    made = 0
    for size in SIZES:
        _fill(place, office, made + 1, size)
        made = size
        place.analyse()
        yield from _figures(place, office, size)


def _take_posts(office: Office) -> None:
    with office.place.sessions.begin() as session:
        office.cast.session = session
        for number, post in enumerate(POSTS):
            unit = office.cast.unit(f"extra{number}", UnitKind.PARTY_GROUP, "work")
            office.cast.holder("handler", post, unit.code)
        office.rights = office.cast.rights("handler", NOW)


def _fill(place: Place, office: Office, first: int, last: int) -> None:
    """Open tasks with these numbers, each with a case of its own."""
    with place.sessions.begin() as session:
        opening = flows.opened(
            session, "simple", f"first{first}", office.unit, by=office.rights.user, now=NOW
        )
    numbers = select(literal(first, BigInteger).label("n")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.n + 1).where(numbers.c.n < last))
    n: ColumnElement[int] = numbers.c.n
    with place.engine.connect() as connection:
        _without_references(connection, place)
        for model, values in (
            (Case, _case(n, opening)),
            (Task, _task(n, opening, place)),
            (Inbox, _first_place(n, office)),
        ):
            _insert(connection, model, select(*(v.label(k) for k, v in values.items())))
        second = _second_place(n)
        some = select(*(v.label(k) for k, v in second.items())).where(n % 10 < 3)
        _insert(connection, Inbox, some)
        connection.commit()


def _insert(connection: Connection, model: Any, rows: Any) -> None:
    names = [column["name"] for column in rows.column_descriptions]
    connection.execute(insert(model.__table__).from_select(names, rows, include_defaults=False))


def _without_references(connection: Connection, place: Place) -> None:
    """Rows made by the million refer to each other rightly; asking for each takes minutes."""
    if place.is_postgres:
        connection.execute(text("SET LOCAL session_replication_role = replica"))


def _case(n: ColumnElement[int], like: Case) -> dict[str, ColumnElement[Any]]:
    return {
        "id": n + BASE,
        "definition_id": literal(like.definition_id, BigInteger),
        "parameters_id": literal(like.parameters_id, BigInteger),
        "process": literal("simple"),
        "key": literal("bench:") + cast(n, Case.key.type),
        "title": literal("关于党建责任落实情况的督办事项"),
        "unit_id": literal(like.unit_id, BigInteger),
        "restricted": literal(value=False),
        "status": literal("running"),
        "state": literal(b""),
        "opened_at": literal(NOW, UtcDateTime()),
        "attempts": literal(0),
        "version": literal(1),
    }


def _task(n: ColumnElement[int], like: Case, place: Place) -> dict[str, ColumnElement[Any]]:
    name = func.lpad(func.to_hex(n), 32, "0") if place.is_postgres else func.printf("%032x", n)
    return {
        "id": n + BASE,
        "case_id": n + BASE,
        "engine_id": cast(name, Uuid()) if place.is_postgres else name,
        "node": literal("a"),
        "name": literal("办理a"),
        "name_en": literal("Step a"),
        "unit_id": literal(like.unit_id, BigInteger),
        "due_at": literal(NOW, UtcDateTime()),
        "due_origin": literal("workdays(3)"),
        "calendar": literal("2026r1"),
        "opened_at": literal(NOW, UtcDateTime()),
        "version": literal(1),
    }


def _first_place(n: ColumnElement[int], office: Office) -> dict[str, ColumnElement[Any]]:
    hot, *posts = sorted(place.principal for place in office.rights.places)
    mine = [(n % 5000 == number, literal(one, BigInteger)) for number, one in enumerate(posts, 1)]
    whose = case((n % 10 == 0, literal(hot, BigInteger)), *mine, else_=n % 5000 + 10_000)
    return {"principal": whose, "due": _due(n), "task_id": n + BASE}


def _second_place(n: ColumnElement[int]) -> dict[str, ColumnElement[Any]]:
    return {"principal": n % 3000 + 20_000, "due": _due(n), "task_id": n + BASE}


def _due(n: ColumnElement[int]) -> ColumnElement[int]:
    return literal(int(NOW.timestamp()), BigInteger) + n * 7919 % YEAR


def _figures(place: Place, office: Office, size: int) -> Iterator[Figure]:
    kind = place.name.split()[0]
    with place.sessions() as session:
        rights = office.rights
        deep = inboxes.inbox(session, rights, after=(int(NOW.timestamp()) + YEAR // 2, 0))
        session.rollback()
        acts: dict[str, Callable[[], Any]] = {
            "first page": lambda: inboxes.inbox(session, rights),
            "deep page": lambda: inboxes.inbox(session, rights, after=deep.after),
            "count": lambda: inboxes.count_open(session, rights),
        }
        for name, act in acts.items():
            took = _milliseconds(act, session.expunge_all)
            figure = Figure(f"inbox, {size:,} open, {kind}: {name}", took, "ms").at_most(5)
            yield figure if figure.met else _explained(figure, session, act)
    client = signed_in(place)
    took = _milliseconds(lambda: _loaded(client))
    page = Figure(f"inbox, {size:,} open, {kind}: whole page", took, "ms").at_most(25)
    yield explained(page, lambda: _loaded(client))
    db.of(client.application).engine.dispose()


def _milliseconds(act: Callable[[], Any], between: Callable[[], Any] = int) -> float:
    took = []
    for _ in range(ROUNDS):
        between()
        begun = perf_counter()
        act()
        took.append((perf_counter() - begun) * 1000)
    return median(took)


def signed_in(place: Place, login: str = "handler") -> FlaskClient:
    """The whole application over the place, and a person who has signed in."""
    config = Config(
        database_url=place.url, secret_key=KEY, audit_key=AUDIT, data_dir=Path("var/bench")
    )
    client = create_app(config).test_client()
    found = re.search('name="csrf-token" content="(.+?)"', client.get("/sign-in").text)
    assert found
    form = {"csrf_token": found[1], "login": login, "password": PASSWORD}
    assert client.post("/sign-in", data=form).status_code == 303
    return client


def _loaded(client: FlaskClient) -> None:
    answer = client.get("/tasks")
    assert answer.status_code == 200
    assert answer.text.count('name="task"') == inboxes.PAGE


def _explained(figure: Figure, session: Session, act: Callable[[], Any]) -> Figure:
    """The figure with the plans of the statements behind it."""
    plans: list[str] = []

    def note(connection: Connection, _c: Any, statement: str, parameters: Any, *_: Any) -> None:
        word = "EXPLAIN" if connection.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
        if statement.startswith("SELECT"):
            cursor = connection.connection.cursor()
            cursor.execute(f"{word} {statement}", parameters)
            plans.extend(" ".join(map(str, row)) for row in cursor.fetchall())

    engine = session.get_bind()
    event.listen(engine, "before_cursor_execute", note)
    act()
    event.remove(engine, "before_cursor_execute", note)
    return replace(figure, profile="\n".join(plans))
