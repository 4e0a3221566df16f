"""What a completion asks of the database: at most twelve statements, one commit, at any age."""

from dataclasses import dataclass
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from models import Draft, Task, User
from tests import flows
from tests.cast import assemble
from tests.counting import Count, counted
from workflows import calendars, cases, definitions, tasks
from workflows.access import Rights

MOST = 12
Sessions = sessionmaker[Session]


@dataclass
class Office:
    """A handler who does what waits for him, each task in a transaction of its own."""

    sessions: Sessions
    now: datetime
    supervisor: User
    rights: Rights
    unit_id: int

    def open(self, process: str) -> int:
        with self.sessions.begin() as session:
            case = flows.opened(session, process, 1, self.unit_id, by=self.supervisor, now=self.now)
            return case.id

    def waiting(self, case: int) -> int | None:
        with self.sessions() as session:
            return session.scalar(
                select(Task.id).where(Task.case_id == case, Task.done_at.is_(None))
            )

    def step(self, case: int) -> Count:
        task = self.waiting(case)
        assert task is not None
        engine = self.sessions.kw["bind"]
        with counted(engine) as count, self.sessions.begin() as session:
            answers = dict(flows.ANSWERS)
            tasks.complete(session, task, answers, rights=self.rights, now=self.now)
        return count

    def age(self, case: int, steps: int) -> None:
        """So many steps lie behind the case."""
        with self.sessions.begin() as session:
            run = cases.open_run(session, cases.take(session, case), by=None, now=self.now)
            for _ in range(steps):
                (ready,) = run.execution.ready_tasks()
                run.execution.complete(ready.id, dict(flows.ANSWERS))
            run.save()


@pytest.fixture
def office(sessions: Sessions, now: datetime) -> Office:
    with sessions.begin() as session:
        cast = assemble(session)
        calendars.seed(session, now=now)
        definitions.install_parameters(session, {}, by=None, now=now)
        flows.publish(session, now, long=205)
        rights = cast.rights("handler", now)
        return Office(sessions, now, cast.users["supervisor"], rights, cast.units["finance"].id)


@pytest.mark.parametrize(("process", "steps"), [("simple", 2), ("linear6", 6)])
def test_every_step_takes_at_most_twelve_statements_and_one_commit(
    office: Office, process: str, steps: int
) -> None:
    case = office.open(process)
    taken = [office.step(case) for _ in range(steps)]
    assert office.waiting(case) is None
    assert max(len(count.statements) for count in taken) <= MOST, taken
    assert [count.commits for count in taken] == [1] * steps


def test_a_case_two_hundred_steps_old_takes_no_more_than_a_young_one(office: Office) -> None:
    case = office.open("linear205")
    office.step(case)
    young = office.step(case)
    office.age(case, 200)
    old = office.step(case)
    assert old.statements == young.statements
    assert old.commits == 1


def test_a_draft_is_gone_with_the_task_and_costs_one_statement(office: Office) -> None:
    case = office.open("simple")
    task = office.waiting(case)
    assert task is not None
    with office.sessions.begin() as session:
        tasks.save_draft(session, task, {}, rights=office.rights, now=office.now)
    count = office.step(case)
    assert len(count.statements) <= MOST
    with office.sessions() as session:
        assert session.scalars(select(Draft)).all() == []
