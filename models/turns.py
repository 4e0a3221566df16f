"""Writers on SQLite take turns: docs/adr/0008-turns-on-sqlite.md.

SQLite lets one write at a time and lets the others sleep, up to a tenth of a second between two
tries, while nobody writes. Here the writers of one process queue at a lock and pass it on when
they are through; between processes whoever is next asks again after a fraction of a millisecond.
"""

import threading
from time import monotonic, sleep
from typing import Any

from sqlalchemy import Connection, Engine, event

PATIENCE = 15.0  # seconds, as PRAGMA busy_timeout says for everything else
FIRST_PAUSE, LONGEST_PAUSE = 0.0003, 0.02
HELD = "turn"


class Turns:
    """Whose turn it is to write, among the connections of one engine."""

    def __init__(self, engine: Engine) -> None:
        self._lock = threading.Lock()
        event.listen(engine, "checkin", self._pass_on)

    def take(self, connection: Connection) -> None:
        """A writing transaction has begun; OperationalError if others write for too long.

        The turn ends when the connection goes back to its pool: after the commit, unlike the
        event of that name.
        """
        until = monotonic() + PATIENCE
        if not connection.info.get(HELD):
            connection.info[HELD] = self._lock.acquire(timeout=PATIENCE)
        raw: Any = connection.connection.driver_connection
        raw.execute("PRAGMA busy_timeout=0")
        try:
            if not _begun(raw, until):
                connection.exec_driver_sql("BEGIN IMMEDIATE")  # and says so as everything is said
        finally:
            raw.execute(f"PRAGMA busy_timeout={PATIENCE * 1000:.0f}")

    def _pass_on(self, _: object, record: Any) -> None:
        if record.info.pop(HELD, False):
            self._lock.release()


def _begun(raw: Any, until: float) -> bool:
    pause = FIRST_PAUSE
    while True:
        try:
            raw.execute("BEGIN IMMEDIATE")
        except Exception as busy:
            if "locked" not in str(busy) or monotonic() > until:
                return False
            sleep(pause)
            pause = min(pause * 1.2, LONGEST_PAUSE)
        else:
            return True
