"""Two clocks move the same cases, and a person acts in a case while it moves.

Each is held before the first statement of its transaction: on SQLite whoever comes first is alone
from there on; on PostgreSQL they meet at the case's own row.
"""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from models import AuditRow, Case, CaseMove, MovePlan
from tests.moving import V1, Office, Version
from tests.race.gate import Gate, Runner
from workflows import case_moves, cases, jobs, move_plans, tasks
from workflows.errors import Conflict

V2 = Version(steps=("write", "check", "confirm", "sign"), names={"check": "复核"})
CASES = 4
Sessions = sessionmaker[Session]
ORDERS = pytest.mark.parametrize("in_order", [True, False], ids=["in order", "at once"])


class Held:
    """Cases that a plan is about to move, or to move back, with a gate before each turn."""

    def __init__(self, office: Office, sessions: Sessions, gate: Gate) -> None:
        self.office, self.sessions, self.gate = office, sessions, gate
        self.cases = office.begin(CASES)
        for case in self.cases:
            office.do(case, "write", text="一")
        self.plan = office.plan(2)
        office.session.commit()
        self.job()
        office.session.expire_all()
        office.approve(self.plan)
        office.session.commit()

    def job(self) -> int:
        return jobs.move_cases(self.sessions, now=self.office.now)

    def runner(self, name: str) -> Runner:
        return Runner(name, "step", self.job)

    def person(self, case: Case, *, version: int | None = None) -> Runner:
        """Who does the task of a case; as one who saw that version of it."""
        task = self.office.cast.open_task(case, "check")
        rights = self.office.cast.rights("supervisor", self.office.now)
        task_id, now = task.id, self.office.now
        self.office.session.commit()

        def act() -> Any:
            with self.sessions.begin() as session:
                self.gate.hold("person")
                try:
                    tasks.complete(
                        session, task_id, {"text": "二"}, rights=rights, now=now, version=version
                    )
                except Conflict as refused:
                    session.rollback()
                    return refused
            return None

        return Runner("person", "person", act)

    def check(self, state: str) -> None:
        """Every case is whole, had one turn, and stands where it should."""
        session = self.office.session
        session.expire_all()
        assert session.get_one(MovePlan, self.plan.id).state == state
        for case in session.scalars(select(Case)):
            run = cases.look(session, case, now=self.office.now)
            assert case_moves.faults(session, run) == ""

    def said(self, action: str) -> list[int]:
        """How often the trail of each case says it."""
        counted = select(func.count()).where(AuditRow.action == action).group_by(AuditRow.case_id)
        return list(self.office.session.scalars(counted))


@pytest.fixture
def held(
    session: Session, sessions: Sessions, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> Held:
    gate = Gate()
    monkeypatch.setattr(move_plans, "step", gate.before("step", move_plans.step))
    return Held(Office(session, now, V1, V2), sessions, gate)


@ORDERS
def test_two_clocks_move_each_case_once(held: Held, in_order: bool) -> None:
    held.gate.race(held.runner("first"), held.runner("second"), in_order=in_order)
    held.job()
    held.check("moved")
    assert held.office.states(held.plan) == ["moved"] * CASES
    assert held.said("case_moved") == [1] * CASES


@ORDERS
def test_two_clocks_move_each_case_back_once(held: Held, in_order: bool) -> None:
    held.job()
    held.office.session.expire_all()
    held.office.revert(held.plan)
    held.office.session.commit()
    held.gate.race(held.runner("first"), held.runner("second"), in_order=in_order)
    held.job()
    held.check("reverted")
    assert held.office.states(held.plan) == ["reverted"] * CASES
    assert held.said("case_moved_back") == [1] * CASES


@pytest.mark.parametrize("race", ["clock first", "person first", "at once"])
def test_a_task_done_while_its_case_moves_is_done_once(held: Held, race: str) -> None:
    case = held.cases[0]
    runners = [held.runner("clock"), held.person(case)]
    if race == "person first":
        runners.reverse()
    answers = held.gate.race(*runners, in_order=race != "at once")
    assert None in answers, "the task is done in the person's name"
    held.job()
    held.check("moved")
    assert held.said("case_moved") == [1] * CASES
    row = held.office.session.scalars(select(CaseMove).where(CaseMove.case_id == case.id)).one()
    assert row.passed in ([], ["confirm"])
    # Done before the move, the case had passed the new step's place; done after it, it comes to it.
    stands = "sign" if row.passed else "confirm"
    assert held.office.open_nodes(case) == [stands]


@ORDERS
def test_who_saw_the_task_before_the_move_is_told_that_it_changed(
    held: Held, in_order: bool
) -> None:
    case = held.cases[0]
    seen = held.office.cast.open_task(case, "check").version
    answers = held.gate.race(
        held.runner("clock"), held.person(case, version=seen), in_order=in_order
    )
    held.job()
    held.check("moved")
    refused = [one for one in answers if isinstance(one, Conflict)]
    assert bool(refused) or not in_order
    assert held.office.open_nodes(case) == (["check"] if refused else ["sign"])
