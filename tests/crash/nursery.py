"""Forks a process for each run of the story, so that the imports are paid for once.

    python -m tests.crash.nursery

reads an order a line ({"url", "start", "place"}) and writes a line for each step that is done
({"step", "label", "counts"}) and for the end ({"ended": exit code, -9 for a kill}).
"""

import json
import os
import sys
import traceback
from typing import Any

from tests.crash.city import settings
from tests.crash.desk import Desk
from tests.crash.killing import Killer, Place
from tests.crash.story import story
from webapp.db import Database


def say(**line: Any) -> None:
    os.write(1, json.dumps(line).encode() + b"\n")


def play(url: str, start: int, place: dict[str, Any] | None) -> None:
    """The story from the step that was acknowledged last to its end, or to the place."""
    database = Database.open(settings(url))
    if database.engine.dialect.name == "sqlite":
        with database.engine.connect() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
    killer = Killer(database.engine, Place(**place) if place else None)

    def acknowledge(step: int, label: str, counts: dict[str, int]) -> None:
        say(step=step, label=label, counts=counts)

    story(Desk(database, killer, start=start, acknowledge=acknowledge))
    database.engine.dispose()


def main() -> None:
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                play(**order)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        say(ended=os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    main()
