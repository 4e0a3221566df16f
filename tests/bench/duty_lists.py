"""Counts and lists over 400,000 obligations of 3,000 branches: what a page of the duties asks."""

from collections.abc import Callable, Iterator
from datetime import date
from time import perf_counter

from sqlalchemy import Engine, insert, text
from sqlalchemy.orm import Session

from models import DutyRule, Unit, UnitKind, User
from tests.bench import places
from tests.bench.figures import Figure
from tests.bench.places import NOW, Place
from workflows import calendars, duties, duty_calendars, duty_counts, duty_lists, obligations
from workflows.access import Place as Seat
from workflows.access import Rights
from workflows.duty_lists import Filter, span_named
from workflows.periods import next_period, period_of

SINCE = date(2024, 3, 1)
ORGANS, BRANCHES = 40, 75
YEAR = span_named("2025", today=NOW.date())


def run() -> Iterator[Figure]:
    """Milliseconds of each question, the best of five."""
    for opened in (places.sqlite, places.postgres):
        with opened() as place:
            _fill(place)
            for what, ask in QUESTIONS.items():
                name = f"{what} of 400,000 obligations, {place.name.split()[0]}"
                yield Figure(name, 1000 * _best(place.engine, ask), "ms")


def _fill(place: Place) -> None:
    with place.engine.begin() as connection:
        connection.execute(insert(Unit), list(_units()))
    with place.sessions.begin() as session:
        calendars.seed(session, now=NOW)
        duties.install(session, NOW, since=SINCE)
        for rule in duties.catalogue(session):
            _lay_down(session, rule)
        session.execute(_SETTLE, {"now": int(NOW.timestamp())})
    place.analyse()


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
    return Rights(User(id=1, login="x", name="x"), (Seat(5, "supervisor", unit_id, path, True),))


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
