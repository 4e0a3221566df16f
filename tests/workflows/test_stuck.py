"""Cases that run and wait for nothing are found, with why; all others are not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, sessionmaker

from config import ROOT
from models import Case, CaseStatus, Grant, Notification, Task
from tests import standing
from tests.cast import Cast, assemble
from tests.workflows.engine.validation.sketch import bundle, catch, line, node, timer, user
from workflows import cases, definitions, health, jobs, stuck
from workflows.cases import Opening

YES = {"verdict": "yes", "date": "2026-03-02"}
LATER = node("intermediateCatchEvent", "later", timer("2026-03-09T00:00:00+08:00"))
DRAWN = {
    "person": line(user("a", who="role(clerk)")),
    "clock": line(LATER, user("b", who="role(clerk)")),
    "message": line(catch("told"), user("b", who="role(clerk)")),
}


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    def make() -> None:
        assemble(session)
        figures = definitions.read_parameters(ROOT / "bpmn" / "_parameters.json")
        definitions.install_parameters(session, figures, by=None, now=now)

    standing.forget(session, standing.stand(session, "stuck", make, at=now))
    return Cast.of(session)


def begun(cast: Cast, drawn: str, now: datetime, parent: Case | None = None) -> Case:
    bare = replace(bundle(DRAWN[drawn]), documents={})
    definitions.publish(cast.session, bare, by=None, now=now)
    unit = cast.units["finance"].id
    key = f"{drawn}{parent.id if parent else ''}"
    about = Opening(process="demo", key=key, title="试", unit_id=unit, parent=parent)
    return cases.begin(cast.session, about, by=None, now=now)


def spoil(session: Session, case: Case, **values: object) -> None:
    """As nothing of ours does it: behind the engine's back."""
    session.execute(update(Case).where(Case.id == case.id).values(**values))
    session.expire_all()


def close(session: Session, case: Case, now: datetime) -> None:
    session.execute(update(Task).where(Task.case_id == case.id).values(done_at=now))
    session.expire_all()


def _disarm(cast: Cast, case: Case, _: datetime) -> None:
    spoil(cast.session, case, wake_at=None)


def _garble(cast: Cast, case: Case, _: datetime) -> None:
    spoil(cast.session, case, wake_at=None, state=b"?")


def _close(cast: Cast, case: Case, now: datetime) -> None:
    close(cast.session, case, now)


def whys(session: Session, now: datetime) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.why, one.nodes) for one in stuck.find(session, now=now)]


def _finish(cast: Cast, case: Case, now: datetime) -> None:
    cast.do(case, "a", "clerk", now, YES)
    assert case.status == CaseStatus.FINISHED
    spoil(cast.session, case, status=CaseStatus.RUNNING)


BROKEN: list[tuple[str, str, tuple[str, ...], Callable[[Cast, Case, datetime], None]]] = [
    ("person", stuck.NO_TASK, ("a",), _close),
    ("clock", stuck.NO_TIMER, ("later",), _disarm),
    ("clock", stuck.UNREADABLE, (), _garble),
    ("person", stuck.OVER, (), _finish),
]


@pytest.mark.parametrize(("drawn", "why", "nodes", "breaks"), BROKEN)
def test_a_case_that_waits_for_nothing_is_found(
    cast: Cast,
    now: datetime,
    drawn: str,
    why: str,
    nodes: tuple[str, ...],
    breaks: Callable[[Cast, Case, datetime], None],
) -> None:
    case = begun(cast, drawn, now)
    assert whys(cast.session, now) == []
    breaks(cast, case, now)
    assert whys(cast.session, now) == [(why, nodes)]
    spoil(cast.session, case, status=CaseStatus.SUSPENDED)  # stands by decision
    assert whys(cast.session, now) == []


def test_who_waits_for_a_message_or_an_open_child_is_not_stuck(cast: Cast, now: datetime) -> None:
    begun(cast, "message", now)
    parent = begun(cast, "person", now)
    close(cast.session, parent, now)
    child = begun(cast, "clock", now, parent)
    assert whys(cast.session, now) == []
    spoil(cast.session, child, status=CaseStatus.STOPPED)
    assert [one.case.id for one in stuck.find(cast.session, now=now)] == [parent.id]


def test_the_clock_finds_them_tells_once_a_day_and_health_says_so(
    cast: Cast, sessions: sessionmaker[Session], now: datetime
) -> None:
    session = cast.session
    case = begun(cast, "person", now)
    session.commit()
    assert jobs.look_for_stuck(sessions, now=now) == 0
    session.execute(delete(Grant).where(Grant.user_id == cast.users["clerk"].id))
    session.commit()
    assert [one.task.node for one in stuck.idle(session, now=now)] == ["a"]
    session.rollback()
    for _ in range(2):
        assert jobs.look_for_stuck(sessions, now=now) == 1
    session.expire_all()
    told = session.scalars(select(Notification).where(Notification.kind == "stuck")).all()
    assert [one.recipient_id for one in told] == [cast.users["process_admin"].id]
    assert "cases" in health.troubles(session, now=now)
    cases.stop(session, case, reason="试", by=cast.users["supervisor"], now=now)
    session.commit()
    assert jobs.look_for_stuck(sessions, now=now) == 0
    session.expire_all()
    assert "cases" not in health.troubles(session, now=now)


def test_an_overdue_timer_is_the_clocks_trouble_after_a_while(cast: Cast, now: datetime) -> None:
    case = begun(cast, "clock", now)
    due = case.wake_at
    assert due is not None
    for passed, behind in ((timedelta(0), False), (health.TIMER_LATE * 2, True)):
        found = health.clock(cast.session, now=due + passed)
        assert (found.oldest_overdue, found.overdue) == (due, 1)
        assert found.is_behind(due + passed) is behind
        assert ("timers" in health.troubles(cast.session, now=due + passed)) is behind
    assert health.clock(cast.session, now=now).overdue == 0
