"""The cast at work, each act one transaction as at the web's edge; a restart goes on from the rows.

Steps that were acknowledged are passed over, but for the last, which is tried again and must be
there. The one after it is done as by somebody who does not know whether the click before the crash
had its effect: told that he did it, and when, he takes it as done; the clock simply runs again.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Task, Unit, User
from tests.cast import Cast
from tests.crash.killing import Killer
from webapp.db import Database
from workflows import access, jobs, tasks
from workflows.access import Rights
from workflows.errors import Conflict

Acknowledge = Callable[[int, str, dict[str, int]], None]


class Desk(Cast):
    """Where every act of the story is done, counted, and acknowledged once it is committed."""

    def __init__(
        self, database: Database, killer: Killer, *, start: int, acknowledge: Acknowledge
    ) -> None:
        super().__init__(database.read())  # for looking things up between the acts
        self._database, self._killer, self._acknowledge = database, killer, acknowledge
        self._start, self._step = start, 0
        self.units = {one.code: one for one in self.session.scalars(select(Unit))}
        self.users = {one.login: one for one in self.session.scalars(select(User))}
        self.session.expunge_all()
        self.session.rollback()

    def tick(self, now: datetime) -> None:
        """The clock has done what is due at this moment; acknowledged, it finds nothing left."""
        if self._enter():
            done = jobs.tick(self._database.write, now=now)
            done.pop("seal_audit")  # what follows may have been committed and not acknowledged
            assert self._step != self._start or not any(done.values()), f"lost: {done}"
            self._leave("tick")

    def act(
        self, label: str, who: str, now: datetime, what: Callable[[Session, Rights], object]
    ) -> None:
        """The person has acted, in one transaction; after a restart perhaps before it."""
        if not self._enter():
            return
        try:
            self._commit(who, now, what)
        except Conflict as refusal:
            told = (refusal.facts.get("who", who), refusal.facts.get("when", now))
            if self._step > self._start + 1 or told != (who, now):
                raise
        else:
            assert self._step != self._start, f"lost: {label}"
        self._leave(label)

    def _commit(self, who: str, now: datetime, what: Callable[[Session, Rights], object]) -> None:
        with self._database.write() as session:
            user = session.get_one(User, self.users[who].id)
            what(session, access.rights_of(session, user, now=now))
            session.commit()

    def do(
        self,
        case: Case,
        node: str,
        who: str,
        now: datetime,
        answers: dict[str, Any],
        item: str | None = None,
    ) -> Any:
        """The task of that node is done; no task is given back, it may be long past."""

        def complete(session: Session, rights: Rights) -> None:
            task = self._meant(session, case.id, node, item, rights)
            tasks.complete(session, task.id, answers, rights=rights, now=now, version=task.version)

        self.act(node, who, now, complete)

    def _meant(
        self, session: Session, case_id: int, node: str, item: str | None, rights: Rights
    ) -> Task:
        """The waiting task; else the one that he has done, where he does not know he has."""
        wanted = select(Task).where(Task.case_id == case_id, Task.node == node)
        if item is not None:
            wanted = wanted.where(Task.item_key == item)
        waiting = wanted.where(Task.done_at.is_(None)).order_by(Task.id).limit(1)
        done = wanted.where(Task.done_by == rights.user.id).order_by(Task.id.desc()).limit(1)
        return session.scalar(waiting) or session.scalars(done).one()

    def _enter(self) -> bool:
        self._step += 1
        if self._step < self._start:
            return False
        self._killer.enter(self._step)
        return True

    def _leave(self, label: str) -> None:
        counts = dict(self._killer.counts)
        self._killer.enter(0)
        self._acknowledge(self._step, label, counts)
        self.session.rollback()  # what is looked up next is looked up afresh

    def case(self, process: str, about: str) -> Case:
        """The case of that process about that person."""
        wanted = select(Case).where(
            Case.process == process, Case.subject_id == self.users[about].id
        )
        return self.session.scalars(wanted).one()
