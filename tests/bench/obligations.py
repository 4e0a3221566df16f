"""Obligations in bulk: laying down a period for many units, settling what is past due."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from time import perf_counter

from sqlalchemy import PrimaryKeyConstraint, Table, UniqueConstraint, insert, select, text

from models import DutyRule, Obligation, Unit, UnitKind
from tests.bench import places
from tests.bench.figures import Figure, beside
from tests.bench.places import NOW, Place
from workflows import calendars, duties, obligations
from workflows.periods import period_of

UNITS = 300_000
SETTLED = 10_000
LEAST = {"SQLite": 500_000, "PostgreSQL": 100_000}  # rows a second


def run() -> Iterator[Figure]:
    for opened in (places.sqlite, places.postgres):
        with opened() as place:
            _fill(place)
            yield from _generate(place)
            yield from _settle(place)


def _fill(place: Place) -> None:
    with place.engine.begin() as connection:
        connection.execute(insert(Unit), [_unit(n) for n in range(1, UNITS + 1)])
    with place.sessions.begin() as session:
        duties.install(session, NOW)
    place.analyse()


def _unit(number: int) -> dict[str, object]:
    return {
        "id": number,
        "code": f"B{number}",
        "name": f"第{number}支部",
        "kind": UnitKind.BRANCH,
        "path": f"/{number}/",
        "member_count": 20,
        "formed_on": date(2020, 1, 1),
        "version": 1,
    }


def _generate(place: Place) -> list[Figure]:
    kind = place.name.split()[0]
    made, first = _lay_down(place)
    assert made == UNITS
    none, again = _lay_down(place)
    assert none == 0
    name = f"obligations laid down, {UNITS:,} units, {kind}"
    floor = _copied(place)
    figure = beside(name, "rows/s", [(UNITS / first, UNITS / floor)]).at_least(LEAST[kind])
    return [
        figure if figure.met else replace(figure, profile=_indexes(place)),
        Figure(f"the same again (none new), {kind}", UNITS / again, "rows/s"),
    ]


def _lay_down(place: Place) -> tuple[int, float]:
    with place.sessions.begin() as session:
        rule = session.scalars(select(DutyRule).where(DutyRule.code == "DYDH")).one()
        calendar = calendars.load(session)
        period = period_of("quarter", date(2026, 1, 1))
        start = perf_counter()
        made = obligations.generate(session, rule, period, calendar=calendar, now=NOW)
        session.commit()
        return made, perf_counter() - start


def _copied(place: Place) -> float:
    """Seconds for the same rows into a table without keys, indexes or checks."""
    with place.engine.connect() as connection:
        connection.execute(text("CREATE TABLE bare AS SELECT * FROM obligation WHERE 1 = 0"))
        connection.commit()
        start = perf_counter()
        connection.execute(text("INSERT INTO bare SELECT * FROM obligation"))
        connection.commit()
        return perf_counter() - start


def _indexes(place: Place) -> str:
    """What each row also goes into."""
    table = Obligation.__table__
    assert isinstance(table, Table)
    wide = [f"{one.name}: {', '.join(map(str, one.expressions))}" for one in table.indexes]
    keys = [f"{one.name}: {', '.join(c.name for c in one.columns)}" for one in table.constraints
            if isinstance(one, UniqueConstraint | PrimaryKeyConstraint)]  # fmt: skip
    return "\n".join([f"{place.name}: each row goes into the table and", *sorted(wide + keys)])


def _settle(place: Place) -> list[Figure]:
    later = NOW + timedelta(days=90)
    with place.sessions.begin() as session:
        obligations.settle_missed(session, now=later, limit=100)  # warm
    with place.sessions.begin() as session:
        start = perf_counter()
        missed = obligations.settle_missed(session, now=later, limit=SETTLED)
        session.commit()
        took = perf_counter() - start
    assert len(missed) == SETTLED
    name = f"{SETTLED:,} overdue settled with findings, {place.name.split()[0]}"
    return [Figure(name, took, "s").at_most(1)]
