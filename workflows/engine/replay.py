"""An execution that lives through time in memory: for replays, which are never stored."""

from datetime import UTC, datetime

from workflows.engine.execution import Execution


class Replay(Execution):
    """Unlike a case's, it serves many commands, each at a time of its own."""

    def at(self, now: datetime) -> None:
        """The next command comes at this moment."""
        self._command.now = now.astimezone(UTC)
        self._command.__dict__.pop("functions", None)  # they count from now
