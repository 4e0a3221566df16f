"""The library stamps each change of a task with the wall clock; here time is an argument.

Nothing of ours reads those stamps and they are not stored, so the library's task module is given
a clock that stands still. Whoever looks for the time of an act finds it in the audit trail.
"""

import SpiffWorkflow.task


class StandingClock:
    """Answers the one question the library asks."""

    @staticmethod
    def time() -> float:
        return 0.0


def stop_the_clock() -> None:
    """From now on no task is stamped; calling it again changes nothing."""
    SpiffWorkflow.task.time = StandingClock
