"""How many statements and commits something takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event


@dataclass
class Count:
    """What went to the database; how transactions begin is the driver's own affair."""

    statements: list[str] = field(default_factory=list)
    commits: int = 0

    def said(self, *args: Any) -> None:
        statement = str(args[2])
        if not statement.startswith("BEGIN"):
            self.statements.append(statement)

    def committed(self, _: Any) -> None:
        self.commits += 1


@contextmanager
def counted(engine: Engine) -> Iterator[Count]:
    """Counts what goes through the engine."""
    count = Count()
    event.listen(engine, "before_cursor_execute", count.said)
    event.listen(engine, "commit", count.committed)
    try:
        yield count
    finally:
        event.remove(engine, "before_cursor_execute", count.said)
        event.remove(engine, "commit", count.committed)
