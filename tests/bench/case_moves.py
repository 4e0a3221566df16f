"""Running cases moved to another version: tried on copies, and moved with the check afterwards.

The floor is a lean store that does one task of a case: state, task and event in five statements
and one commit (floor.py), with our codec.
"""

from collections.abc import Iterator
from time import perf_counter

from sqlalchemy.orm import Session

from tests.bench import places
from tests.bench.figures import Figure, beside
from tests.bench.floor import Floor, Ours
from tests.bench.places import NOW, Place
from tests.bench.profiles import explained
from tests.moving import V1, Office, Version
from workflows import jobs

CASES, ROUNDS = 300, 3
V2 = Version(steps=("write", "check", "confirm", "sign"))


def run() -> Iterator[Figure]:
    for opened in (places.sqlite, places.postgres):
        with opened() as place:
            _fill(place)
            yield from _measure(place)


def _fill(place: Place) -> None:
    with place.sessions.begin() as session:
        office = Office(session, NOW, V1)
        first = office.begin(3)
        for number, case in enumerate(first):
            for step in ("write", "check")[:number]:
                office.do(case, step, text="一")
        office.many(first, CASES - 3)
        office.publish(V2)
    place.analyse()


def _measure(place: Place) -> Iterator[Figure]:
    floor = Floor(place.engine, Ours)
    rounds = [(_once(place), _floor(floor)) for _ in range(ROUNDS)]
    kind = place.name.split()[0]
    tried = [(CASES / took[0], CASES / least) for took, least in rounds]
    moved = [(CASES / took[1], CASES / least) for took, least in rounds]
    yield beside(f"cases tried on a copy, {kind}", "cases/s", tried).at_least(1, of_floor=True)
    figure = beside(f"cases moved to another version and checked, {kind}", "cases/s", moved)
    yield explained(figure.at_least(0.07, of_floor=True), lambda: _once(place))


def _once(place: Place) -> tuple[float, float]:
    """Seconds to try every case, and to move every case; afterwards they are moved back."""
    with place.sessions.begin() as session:
        office = _office(session)
        plan = office.plan(2)
    tried = _job(place)
    with place.sessions.begin() as session:
        office = _office(session)
        office.approve(plan)
    moved = _job(place)
    with place.sessions.begin() as session:
        _office(session).revert(plan)
    _job(place)
    return tried, moved


def _office(session: Session) -> Office:
    """As it was filled."""
    return Office.of(session, NOW)


def _job(place: Place) -> float:
    begun = perf_counter()
    done = jobs.move_cases(place.sessions, now=NOW)
    assert done >= CASES
    return perf_counter() - begun


def _floor(floor: Floor) -> float:
    tasks = floor.fill(CASES)
    begun = perf_counter()
    for task in tasks:
        floor.complete(task, {"verdict": "return"}, NOW)
    return perf_counter() - begun
