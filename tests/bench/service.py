"""Completions a second through the service layer, one thread, in turns with a lean Core store.

One completion: the form checked, the right asked, the case moved, task, inbox, participant and
audit rows written, one commit. Every round does both steps of fresh cases of `simple`.
"""

import gc
from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter

from argon2 import PasswordHasher
from sqlalchemy import select

from models import Task
from tests import flows
from tests.bench import places
from tests.bench.figures import Figure, beside
from tests.bench.floor import Floor, Ours, Stock
from tests.bench.places import NOW, Place
from tests.bench.profiles import explained
from tests.cast import assemble, install
from workflows import tasks
from workflows.access import Rights

ROUNDS, CASES = 9, 40
PASSWORD = "Open sesame 1"
_CHEAP = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)


def run() -> Iterator[Figure]:
    for opened in places.ALL:
        with opened() as place:
            yield from _measure(place)


def _measure(place: Place) -> list[Figure]:
    stock, ours = Floor(place.engine, Stock), Floor(place.engine, Ours)
    bench = Office(place)
    bench.round(CASES)  # warm
    stock_rounds, our_rounds = [], []
    for _ in range(ROUNDS):
        done = bench.round(CASES)
        stock_rounds.append((done, _floor_round(stock)))
        our_rounds.append((done, _floor_round(ours)))
    name = f"completions, service, {place.name}"
    least = {"SQLite NORMAL": 500, "PostgreSQL": 180}.get(place.name)
    figure = beside(name, "/s", stock_rounds).at_least(0.6, of_floor=True)
    of_codec = beside(f"{name}: beside a floor on our codec", "/s", our_rounds)
    more = [Figure(f"{name}: absolute", figure.value, "/s").at_least(least)] if least else []
    return [explained(one, partial(bench.round, CASES)) for one in (figure, *more, of_codec)]


class Office:
    """A city, a handler, and cases of `simple` that he works through."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._number = 0
        with place.sessions.begin() as session:
            self.cast = assemble(session)
            install(session, NOW)
            flows.publish(session, NOW)
            self.unit = self.cast.units["finance"].id
            handler = self.cast.users["handler"]
            handler.login, handler.password_hash = "handler", _CHEAP.hash(PASSWORD)
            self.rights: Rights = self.cast.rights("handler", NOW)

    def open(self, cases: int) -> list[int]:
        """The first tasks of new cases."""
        with self.place.sessions.begin() as session:
            by = self.cast.users["supervisor"]
            for _ in range(cases):
                self._number += 1
                flows.opened(session, "simple", self._number, self.unit, by=by, now=NOW)
        return self.waiting()

    def waiting(self) -> list[int]:
        with self.place.sessions() as session:
            return list(session.scalars(select(Task.id).where(Task.done_at.is_(None))))

    def complete(self, task: int) -> None:
        with self.place.sessions.begin() as session:
            tasks.complete(session, task, dict(flows.ANSWERS), rights=self.rights, now=NOW)

    def round(self, cases: int) -> float:
        """Completions a second over both steps of so many cases."""
        spent = _seconds(self.complete, self.open(cases))
        spent += _seconds(self.complete, self.waiting())
        assert not self.waiting()
        return 2 * cases / spent


def _seconds(act: Callable[[int], object], ids: list[int]) -> float:
    gc.collect()
    begun = perf_counter()
    for one in ids:
        act(one)
    return perf_counter() - begun


def _floor_round(floor: Floor) -> float:
    first = floor.fill(CASES)
    gc.collect()
    begun = perf_counter()
    second = [floor.complete(one, dict(flows.ANSWERS), NOW) for one in first]
    for one in second:
        assert one is not None
        floor.complete(one, dict(flows.ANSWERS), NOW)
    return 2 * CASES / (perf_counter() - begun)
