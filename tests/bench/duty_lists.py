"""Counts and lists over 400,000 obligations of 3,000 branches: what a page of the duties asks."""

import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from time import perf_counter

from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from models import Base, DutyRule, Unit, UnitKind, User
from models.database import open_engine, upgrade
from workflows import calendars, duties, duty_calendars, duty_counts, duty_lists, obligations
from workflows.access import Place, Rights
from workflows.audit import AuditKey
from workflows.duty_lists import Filter, span_named
from workflows.periods import next_period, period_of

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SINCE = date(2024, 3, 1)
ORGANS, BRANCHES = 40, 75
KEY = AuditKey("bench", b"a key for the bench, 32 bytes long")
YEAR = span_named("2025", today=NOW.date())
Figure = tuple[str, float, str]


def run(url: str) -> list[Figure]:
    """Milliseconds of each question, the best of five, for an empty database at the address."""
    upgrade(url)
    engine = open_engine(url)
    try:
        _fill(engine)
        return [
            (f"{what} of 400,000 obligations", 1000 * _best(engine, ask), "ms")
            for what, ask in QUESTIONS.items()
        ]
    finally:
        engine.dispose()


def _fill(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
        connection.execute(insert(Unit), list(_units()))
    with Session(engine, info={"audit_key": KEY}) as session, session.begin():
        calendars.seed(session, now=NOW)
        duties.install(session, NOW, since=SINCE)
        for rule in duties.catalogue(session):
            _lay_down(session, rule)
        session.execute(_SETTLE, {"now": int(NOW.timestamp())})
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))


def _units() -> Iterator[dict[str, object]]:
    yield _unit(1, UnitKind.WORK_COMMITTEE, None, "/")
    number = 1
    for _ in range(ORGANS):
        organ = number = number + 1
        yield _unit(organ, UnitKind.PARTY_GROUP, 1, "/1/")
        for _ in range(BRANCHES):
            number += 1
            yield _unit(number, UnitKind.BRANCH, organ, f"/1/{organ}/")


def _unit(number: int, kind: UnitKind, parent: int | None, above: str) -> dict[str, object]:
    return {
        "id": number,
        "code": f"U{number:05}",
        "name": f"第{number}单位",
        "kind": kind,
        "parent_id": parent,
        "path": f"{above}{number}/",
        "member_count": 25,
        "formed_on": date(2015, 1, 1),
        "version": 1,
    }


def _lay_down(session: Session, rule: DutyRule) -> None:
    calendar = calendars.load(session)
    period = period_of("year" if rule.rhythm == "term" else rule.rhythm, rule.active_from)
    while period.first <= NOW.date():
        obligations.generate(session, rule, period, calendar=calendar, now=NOW)
        period = next_period(period)


# Of a hundred that fell due, 93 in time, 3 late, 1 excused, 3 missed.
_SETTLE = text(
    "UPDATE obligation SET state = CASE WHEN (unit_id * 7 + period) % 100 < 93 THEN 1"
    " WHEN (unit_id * 7 + period) % 100 < 96 THEN 2"
    " WHEN (unit_id * 7 + period) % 100 < 97 THEN 3 ELSE 4 END WHERE due_at < :now"
)


def _rights(unit_id: int, path: str) -> Rights:
    return Rights(User(id=1, login="x", name="x"), (Place(5, "supervisor", unit_id, path, True),))


CITY, BRANCH = _rights(1, "/1/"), _rights(3, "/1/2/3/")
QUESTIONS: dict[str, Callable[[Session], object]] = {
    "a city's counts by unit for a year": lambda s: duty_counts.by_unit(s, CITY, Filter(YEAR)),
    "a city's counts by duty for a year": lambda s: duty_counts.by_duty(s, CITY, Filter(YEAR)),
    "a city's list of what is overdue": lambda s: duty_lists.page(
        s, CITY, Filter(YEAR, "overdue"), now=NOW
    ),
    "a branch's list of everything": lambda s: duty_lists.page(
        s, BRANCH, Filter(YEAR, "all"), now=NOW
    ),
    "one branch's calendar": lambda s: duty_calendars.of_unit(s, s.get_one(Unit, 3), 2025, now=NOW),
}


def _best(engine: Engine, ask: Callable[[Session], object]) -> float:
    best = float("inf")
    for _ in range(5):
        with Session(engine) as session:
            start = perf_counter()
            ask(session)
            best = min(best, perf_counter() - start)
    return best


if __name__ == "__main__":
    for name, figure, unit in run(sys.argv[1]):
        print(f"{name:70} {figure:12,.2f} {unit}")  # noqa: T201
