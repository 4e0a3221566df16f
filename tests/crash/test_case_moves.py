"""Cases on their way to another version, the clock killed again and again, and started again.

After every kill each case is wholly of the old version or wholly of the new one, with its open
task in somebody's inbox; in the end each has moved once, and has moved back once.
"""

import os
from collections.abc import Iterator, Sequence
from datetime import datetime
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from models import AuditRow, Case, CaseMove, Inbox, MovePlan, Task
from models.database import open_engine
from tests.conftest import AUDIT_KEY
from tests.crash.killing import Killer, Place
from tests.moving import V1, Office, Version
from workflows import case_moves, cases, jobs

CASES = int(os.environ.get("TONGZE_MOVES", "18"))
KILLS = 3 if CASES < 1000 else 8  # on the way there, and again on the way back
STATEMENTS = 10  # at least so many to move a case
V2 = Version(
    steps=("write", "check", "confirm", "sign"),
    terms={"check": "workdays(2)"},
    late={"confirm": "workdays(9)"},
)
KINDS = (("statement", "before"), ("statement", "after"), ("commit", "before"), ("commit", "after"))
Sessions = sessionmaker[Session]


class Clock:
    """A process of its own that runs the job, and may be killed at a place."""

    def __init__(self, url: str, now: datetime) -> None:
        self.url, self.now = url, now

    def run(self, place: Place | None) -> bool:
        """True if it came to the end of its work, False if it was killed."""
        child = os.fork()
        if child == 0:
            self._work(place)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0, f"ended with {status}"
        return not os.WIFSIGNALED(status)

    def _work(self, place: Place | None) -> None:
        code = 1
        try:
            engine = open_engine(self.url, synchronous="NORMAL")
            killer = Killer(engine, place)
            killer.enter(1)
            made = sessionmaker(engine, expire_on_commit=False, info={"audit_key": AUDIT_KEY})
            jobs.move_cases(made, now=self.now)
            code = 0
        finally:
            os._exit(code)


def places(seed: int, kills: int, most: int) -> Iterator[Place]:
    lot = Random(seed)  # noqa: S311
    for number in range(kills):
        event, when = KINDS[number % len(KINDS)]
        reach = most if event == "statement" else most // STATEMENTS
        yield Place(1, event, lot.randint(1, max(2, reach // kills)), when)


@pytest.fixture
def office(session: Session, now: datetime) -> Office:
    office = Office(session, now, V1, V2)
    first = office.begin(3)
    for number, case in enumerate(first):
        for step in ("write", "check")[:number]:
            office.do(case, step, text="一")
    office.many(first, CASES - 3)
    session.commit()
    return office


def let_go(office: Office) -> None:
    """No connection is open when the process divides."""
    office.session.commit()
    office.session.expunge_all()
    office.session.get_bind().engine.dispose()


def check(office: Office, plan_id: int, sessions: Sessions, *, whole: bool) -> None:
    """Each case is of the version that the plan says, and has one task in somebody's inbox; the
    engine agrees with its rows: of all, or of those about the place of the kill and some by lot.
    """
    with sessions() as session:
        plan = session.get_one(MovePlan, plan_id)
        found = session.execute(
            select(Case.id, Case.definition_id, CaseMove.state)
            .outerjoin(CaseMove, CaseMove.case_id == Case.id)
            .order_by(Case.id)
        ).all()
        assert [one.id for one in found if (one[1] == plan.to_id) != (one.state == "moved")] == []
        waits = select(Task.case_id, func.count(Task.id.distinct())).join(
            Inbox, Inbox.task_id == Task.id
        )
        counted = session.execute(waits.where(Task.done_at.is_(None)).group_by(Task.case_id)).all()
        assert {times for _, times in counted} == {1}
        assert len(counted) == CASES
        for case_id in [one.id for one in found] if whole else _about(found):
            run = cases.look(session, cases.load(session, case_id), now=office.now)
            assert case_moves.faults(session, run) == "", case_id
            session.expunge_all()


def _about(found: Sequence[Any]) -> list[int]:
    """The cases on either side of where the clock was killed, and a hundred by lot."""
    edge = next((n for n, one in enumerate(found) if one.state != found[0].state), 0)
    lot = Random(len(found) + edge)  # noqa: S311
    near = found[max(0, edge - 20) : edge + 20]
    return [one.id for one in (*near, *lot.sample(found, min(100, len(found))))]


def play(office: Office, sessions: Sessions, clock: Clock, plan_id: int, seed: int) -> int:
    """The job to its end, killed at each place and started again; how often it was killed."""
    kills = 0
    for place in [*places(seed, KILLS, CASES * STATEMENTS), None]:
        let_go(office)
        kills += not clock.run(place)
        check(office, plan_id, sessions, whole=place is None)
    return kills


def said(sessions: Sessions, action: str) -> tuple[int, int]:
    """How many cases the trail says it of, and how often in all."""
    counted = select(func.count(AuditRow.case_id.distinct()), func.count())
    with sessions() as session:
        of, times = session.execute(counted.where(AuditRow.action == action)).one()
    return of, times


def state(sessions: Sessions, plan_id: int) -> str:
    with sessions() as session:
        return str(session.get_one(MovePlan, plan_id).state)


def test_a_killed_clock_leaves_no_case_half_way(
    office: Office, sessions: Sessions, database_url: str, record_property: Any
) -> None:
    clock = Clock(database_url, office.now)
    plan_id = office.plan(2, new_deadlines=True).id
    kills = play(office, sessions, clock, plan_id, 1)
    assert state(sessions, plan_id) == "examined"
    office.approve(office.session.get_one(MovePlan, plan_id))
    kills += play(office, sessions, clock, plan_id, 2)
    assert state(sessions, plan_id) == "moved"
    assert said(sessions, "case_moved") == (CASES, CASES)
    office.revert(office.session.get_one(MovePlan, plan_id))
    kills += play(office, sessions, clock, plan_id, 3)
    assert state(sessions, plan_id) == "reverted"
    assert said(sessions, "case_moved_back") == (CASES, CASES)
    assert kills >= KILLS
    record_property("cases moved and moved back", CASES)
    record_property("kills", kills)
