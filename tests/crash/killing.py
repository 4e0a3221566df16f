"""Where a process kills itself: before, in or after the n-th statement or commit of a step."""

import os
import signal
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Engine, event


@dataclass(frozen=True)
class Place:
    """A place in a step of the story; `during` is so many microseconds after a commit began."""

    step: int
    event: str  # statement or commit
    number: int
    when: str  # before, during, after
    delay: int = 0

    def as_order(self) -> dict[str, Any]:
        return asdict(self)


class Killer:
    """Counts what the engine does in each step, and at its place ends the process by SIGKILL."""

    def __init__(self, engine: Engine, place: Place | None) -> None:
        self._place = place
        self._step = 0
        self.counts = {"statement": 0, "commit": 0}
        self._struck = threading.Event()
        if place is not None and place.when == "during":
            threading.Thread(target=self._strike_later, daemon=True).start()
        event.listen(engine, "before_cursor_execute", self._before_statement)
        event.listen(engine, "after_cursor_execute", self._after_statement)
        self._commit = engine.dialect.do_commit
        engine.dialect.do_commit = self._committing  # type: ignore[method-assign,assignment]

    def enter(self, step: int) -> None:
        """What happens from now on belongs to this step."""
        self._step = step
        self.counts = {"statement": 0, "commit": 0}

    def _before_statement(self, *_: Any) -> None:
        self.counts["statement"] += 1
        self._reached("statement", "before")

    def _after_statement(self, *_: Any) -> None:
        self._reached("statement", "after")

    def _committing(self, connection: Any) -> None:
        self.counts["commit"] += 1
        self._reached("commit", "before")
        if self._is_here("commit", "during"):
            self._struck.set()
        self._commit(connection)
        self._reached("commit", "after")

    def _reached(self, event: str, when: str) -> None:
        if self._is_here(event, when):
            strike()

    def _is_here(self, event: str, when: str) -> bool:
        place = self._place
        return place is not None and (place.step, place.event, place.when, place.number) == (
            self._step,
            event,
            when,
            self.counts[event],
        )

    def _strike_later(self) -> None:
        """The driver lets other threads run while it commits: this one strikes in the midst."""
        assert self._place is not None
        self._struck.wait()
        until = time.perf_counter_ns() + self._place.delay * 1000
        while time.perf_counter_ns() < until:
            pass
        strike()


def strike() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
