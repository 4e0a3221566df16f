"""Obligations in bulk: laying down a period for many units, settling what is past due."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from time import perf_counter

from sqlalchemy import Engine, insert, select, text
from sqlalchemy.orm import Session

from models import Base, DutyRule, Unit, UnitKind
from models.database import open_engine, upgrade
from workflows import calendars, duties, obligations
from workflows.audit import AuditKey
from workflows.periods import period_of

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
UNITS = 300_000
SETTLED = 10_000
KEY = AuditKey("bench", b"a key for the bench, 32 bytes long")
Figure = tuple[str, float, str]


def run(url: str, units: int = UNITS) -> list[Figure]:
    """Figures for an empty database at the address; what is measured is committed."""
    upgrade(url)
    engine = open_engine(url)
    try:
        _fill(engine, units)
        return [*_generate(engine, units), *_settle(engine)]
    finally:
        engine.dispose()


def _fill(engine: Engine, units: int) -> None:
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
        connection.execute(insert(Unit), [_unit(n) for n in range(1, units + 1)])
    with _session(engine) as session:
        duties.install(session, NOW)
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE unit"))


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


@contextmanager
def _session(engine: Engine) -> Iterator[Session]:
    with Session(engine, info={"audit_key": KEY}) as session, session.begin():
        yield session


def _generate(engine: Engine, units: int) -> list[Figure]:
    figures = []
    for label in ("obligations laid down", "the same again (none new)"):
        with _session(engine) as session:
            rule = session.scalars(select(DutyRule).where(DutyRule.code == "DYDH")).one()
            calendar = calendars.load(session)
            period = period_of("quarter", date(2026, 1, 1))
            start = perf_counter()
            made = obligations.generate(session, rule, period, calendar=calendar, now=NOW)
            session.commit()
            took = perf_counter() - start
        assert made in (units, 0)
        figures.append((f"{label}, {units:,} units", units / took, "rows/s"))
    return figures


def _settle(engine: Engine) -> list[Figure]:
    later = NOW + timedelta(days=90)
    with _session(engine) as session:
        obligations.settle_missed(session, now=later, limit=100)  # warm
    with _session(engine) as session:
        start = perf_counter()
        missed = obligations.settle_missed(session, now=later, limit=SETTLED)
        session.commit()
        took = perf_counter() - start
    assert len(missed) == SETTLED
    return [(f"{SETTLED:,} overdue settled with findings", took, "s")]


if __name__ == "__main__":
    for name, figure, unit in run(sys.argv[1]):
        print(f"{name:50} {figure:12,.2f} {unit}")  # noqa: T201
