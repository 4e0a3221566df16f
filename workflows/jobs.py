"""What happens by the clock. Each item is its own transaction; every job may run twice.

With this file's `begin` the clock is an edge, as the web's db.py is: nothing below commits.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from models import Case, Pulse
from workflows import audit, calendars, cases, notices, obligations
from workflows.errors import DomainError

logger = logging.getLogger(__name__)
Sessions = sessionmaker[Session]


def wake_cases(sessions: Sessions, *, now: datetime) -> int:
    """Timers due by `now` have fired, case by case."""
    with sessions() as session:
        ids = cases.due_ids(session, now=now)
    return _each(sessions, ids, lambda session, one: cases.wake(session, one, now=now), now=now)


def give_notices(sessions: Sessions, *, now: datetime) -> int:
    """到期提示: whoever has a task that is near its due date hears of it."""
    with sessions() as session:
        ids = notices.due_task_ids(session, now=now)

    def give(session: Session, task_id: int) -> int:
        return notices.give(session, task_id, calendar=calendars.load(session), now=now)

    return _each(sessions, ids, give, now=now)


def _each(
    sessions: Sessions, ids: Iterable[int], act: Callable[[Session, int], int], *, now: datetime
) -> int:
    done = 0
    for one in ids:
        try:
            with sessions.begin() as session:
                done += act(session, one)
        except Exception as error:  # one bad item must not silence the others
            logger.exception("%s failed for %s", act.__name__, one)
            _note_failure(sessions, one, error, now=now)
    return done


def _note_failure(sessions: Sessions, one: int, error: Exception, *, now: datetime) -> None:
    """A case that could not be woken is put off and shows its fault; anything else is logged."""
    with sessions.begin() as session:
        if session.get(Case, one) is not None:
            cases.put_off(session, one, fault=str(error), now=now)
