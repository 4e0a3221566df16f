"""Two acts at one moment: each is held when it has loaded, and let go when both have."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

PATIENCE = 30  # seconds: who waits longer will wait for ever


@dataclass(frozen=True)
class Runner:
    """One who takes part: held once, the first time he comes to his place."""

    name: str
    place: str
    act: Callable[[], Any]


class Gate:
    """Holds the runners of a race; everybody else passes."""

    def __init__(self) -> None:
        self._places: dict[str, str] = {}

    def race(self, *runners: Runner, in_order: bool = False) -> list[Any]:
        """What each runner's act gave, once all were held at their places.

        They are let go at once, or, in order, each when the one before has ended.
        """
        self._all_here = threading.Barrier(len(runners), timeout=PATIENCE)
        self._ended = {one.name: threading.Event() for one in runners}
        before = [None, *(one.name for one in runners[:-1])]
        self._before = dict(zip(self._ended, before, strict=True)) if in_order else {}
        self._places = {one.name: one.place for one in runners}
        with ThreadPoolExecutor(len(runners)) as pool:
            started = [pool.submit(self._run, one) for one in runners]
        assert self._places == {}, f"never came to their places: {self._places}"
        return [one.result() for one in started]

    def _run(self, runner: Runner) -> Any:
        threading.current_thread().name = runner.name
        try:
            return runner.act()
        finally:
            self._ended[runner.name].set()

    def hold(self, place: str) -> None:
        """Whoever runs in this thread waits here for the others, if this is his place."""
        name = threading.current_thread().name
        if self._places.get(name) != place:
            return
        self._all_here.wait()
        del self._places[name]
        if before := self._before.get(name):
            assert self._ended[before].wait(PATIENCE), f"{before} never ended"

    def before(self, place: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, held at the place before it runs."""

        def held(*args: Any, **named: Any) -> Any:
            self.hold(place)
            return function(*args, **named)

        return held
