"""Two clocks tick at one moment and leave the rows that one would have left.

Job by job both start together, each with connections of its own; what one has taken the other
finds taken, by a lock, a compare-and-set or a key.
"""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from models import Finding, Proposal, Pulse, Task
from tests.crash import city, rows
from tests.race.gate import PATIENCE
from tests.workflows import matter_paths as path
from tests.workflows import steps
from webapp.db import Database
from workflows import audit, jobs, obligations, schedules

NOW = city.NOW
LATER = datetime.fromisoformat("2026-04-09T09:00:00+08:00")  # by then a good deal is due
FIVE_MINUTES = timedelta(minutes=5)
CLOCKS = ("one", "other")
TRAIL = {"audit", "audit_link", "audit_head"}  # one clock says once what two say in parts


@pytest.fixture(scope="module")
def databases(database_url: str) -> Iterator[list[Database]]:
    """One for each clock, as two processes have."""
    opened = [Database.open(city.settings(database_url)) for _ in CLOCKS]
    yield opened
    for one in opened:
        one.engine.dispose()


@pytest.fixture(scope="module")
def due(databases: list[Database]) -> rows.Rows:
    """Duties missed, a reply that nobody gave, a light and notices whose time has come."""
    with databases[0].write.begin() as session:
        rows.write(session.connection(), rows.nothing())
        cast = city.found(session)
        for organ in ("finance", "planning"):
            cast.person(f"{organ}_handler", unit=organ)
        obligations.generate_due(session, NOW)
        path.working(cast, NOW)
        for who, unit in (("finance_secretary", "finance"), ("planning_secretary", "planning")):
            fact = steps.fact(cast, NOW, f"meeting:{who}")
            case = steps.proposed_case(cast, NOW, "reminder", who, f"{unit}_committee", fact)
            letter: dict[str, Any] = {
                "form": "letter",
                "ground": "专题会议未按期召开",
                "basis": ["discipline_21"],
                "facts": steps.facts_of(cast, case),
                "request": "说明情况并按期补开",
                "reply_due": "2026-03-09",
            }
            steps.do(cast, case, "decide_reminder", f"{unit}_head", NOW, **letter)
        return rows.read(session.connection())


def restore(databases: list[Database], due: rows.Rows) -> None:
    with databases[0].write.begin() as session:
        rows.write(session.connection(), due)


def told(databases: list[Database]) -> dict[str, list[str]]:
    """What stands: two clocks may take turns, so nothing is said of the order."""
    with databases[0].read() as session:
        return rows.told(session, now=LATER, in_order=False)


def together(databases: list[Database], act: Callable[[sessionmaker[Session]], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(CLOCKS)) as pool:
        return list(pool.map(lambda one: act(one.write), databases))


@pytest.fixture
def side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each job of a tick begins when both clocks have come to it."""
    both = threading.Barrier(len(CLOCKS), timeout=PATIENCE)

    def held(job: Callable[..., int]) -> Callable[..., int]:
        @wraps(job)
        def wait_and_run(sessions: sessionmaker[Session], *, now: datetime) -> int:
            both.wait()
            return job(sessions, now=now)

        return wait_and_run

    monkeypatch.setattr(jobs, "TICK", tuple(held(job) for job in jobs.TICK))


@pytest.fixture
def alone(databases: list[Database], due: rows.Rows) -> dict[str, list[str]]:
    """What one clock leaves."""
    restore(databases, due)
    jobs.tick(databases[0].write, now=LATER)
    left = told(databases)
    restore(databases, due)
    return left


@pytest.mark.parametrize("time", range(3))
def test_two_clocks_leave_what_one_leaves(
    alone: dict[str, list[str]], databases: list[Database], side_by_side: None, time: int
) -> None:
    together(databases, lambda sessions: jobs.tick(sessions, now=LATER))
    left = told(databases)
    for table in alone.keys() - TRAIL:
        assert left[table] == alone[table]
    with databases[0].read() as session:
        verdict = audit.verify(session)
        assert (verdict.faults, verdict.unsealed) == ((), 0)
        lapsed = select(Task.ending).where(Task.node == "reply_reminder")
        assert session.scalars(lapsed).all() == ["lapsed", "lapsed"]
    assert done(left) == done(alone)


def done(left: dict[str, list[str]]) -> dict[str, int]:
    """What the trail says was done, and how often; of obligations, how many were missed."""
    counted: Counter[str] = Counter()
    for row in map(json.loads, left["audit"]):
        counted[row["action"]] += int(row["detail"].get("count", 1))
    return dict(counted)


def test_a_unit_whose_duties_two_clocks_settle_has_one_proposal_with_all_of_them(
    databases: list[Database], due: rows.Rows, side_by_side: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few at a time, so that both clocks, and several batches of each, have a share in it."""
    restore(databases, due)
    monkeypatch.setattr(jobs, "CHUNK", 2)
    together(databases, lambda sessions: jobs.settle_missed(sessions, now=LATER))
    with databases[0].read() as session:
        missed = session.scalars(select(Finding).where(Finding.key.like("missed:%"))).all()
        of_unit = Counter(one.unit_id for one in missed)
        made = session.scalars(select(Proposal).where(Proposal.ground == "missed_duty")).all()
        by_clock = {one.subject_unit_id: len(one.findings) for one in made if one.made_by is None}
        assert {unit: by_clock.get(unit) for unit in of_unit} == dict(of_unit)


def test_each_slot_of_a_schedule_is_won_by_one_clock(databases: list[Database]) -> None:
    with databases[0].write.begin() as session:
        rows.write(session.connection(), rows.nothing())
        for number in range(20):
            schedules.lay_down(session, f"s{number}", "sweep", now=NOW, every_minutes=5)
    won = [one for slot in range(1, 6) for one in pulses(databases, slot * FIVE_MINUTES + NOW)]
    assert len(won) == len(set(won)) == 100


def pulses(databases: list[Database], now: datetime) -> list[schedules.Fired]:
    """What either clock won at this moment."""
    both = threading.Barrier(len(CLOCKS), timeout=PATIENCE)

    def pulse(sessions: sessionmaker[Session]) -> list[schedules.Fired]:
        both.wait()
        with sessions.begin() as session:
            return schedules.due(session, now)

    return [one for won in together(databases, pulse) for one in won]


def test_the_first_beat_ever_may_be_two(databases: list[Database]) -> None:
    with databases[0].write.begin() as session:
        rows.write(session.connection(), rows.nothing())
    together(databases, lambda sessions: jobs.beat(sessions, "tick", now=NOW))
    with databases[0].read() as session:
        assert session.get_one(Pulse, "tick").at == NOW
