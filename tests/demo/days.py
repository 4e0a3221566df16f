"""The day on which the tests of the demo look at it."""

from datetime import UTC, datetime

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
