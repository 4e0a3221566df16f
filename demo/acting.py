"""How the demo acts: each step by the person it waits for, on a day of its own, by the services."""

import io
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from docx import Document
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Inbox, Task, Unit, User
from workflows import access, assignment, calendars, cases, files, tasks
from workflows.access import Rights
from workflows.deadlines import ZONE, Calendar
from workflows.files import FileStore, Upload

MORNING, EVENING = 9, 17


@dataclass
class Scene:
    """One session in which the demo's people act; `now` is the moment up to which they do."""

    session: Session
    store: FileStore
    now: datetime
    random: random.Random
    _users: dict[str, User] = field(default_factory=dict)
    _units: dict[str, Unit] = field(default_factory=dict)

    @property
    def calendar(self) -> Calendar:
        return calendars.load(self.session)

    def user(self, login: str) -> User:
        if login not in self._users:
            wanted = select(User).where(User.login == login)
            self._users[login] = self.session.scalars(wanted).one()
        return self._users[login]

    def unit(self, code: str) -> Unit:
        if code not in self._units:
            wanted = select(Unit).where(Unit.code == code)
            self._units[code] = self.session.scalars(wanted).one()
        return self._units[code]

    def ids(self, *logins: str) -> list[str]:
        return [str(self.user(login).id) for login in logins]

    def rights(self, login: str, at: datetime) -> Rights:
        return access.rights_of(self.session, self.user(login), now=at)

    def workday(self, start: date, number: int) -> datetime:
        """Some minute of the office hours, so many working days after the start."""
        return self.hours(self.calendar.add_workdays(start, number))

    def hours(self, day: date) -> datetime:
        """Some minute of that day's office hours."""
        clock = time(self.random.randrange(MORNING, EVENING), self.random.randrange(60))
        return datetime.combine(day, clock, ZONE)

    def open_task(self, case: Case, node: str, item: str | None = None) -> Task:
        """The task of the node that waits; of the item, if one is named."""
        wanted = select(Task).where(
            Task.case_id == case.id, Task.node == node, Task.done_at.is_(None)
        )
        if item is not None:
            wanted = wanted.where(Task.item_key == item)
        return self.session.scalars(wanted.order_by(Task.id).limit(1)).one()

    def do(
        self,
        task: Task,
        at: datetime,
        answers: Mapping[str, Any],
        *,
        by: str = "",
    ) -> None:
        """The task is done: by the person named, else by the first for whom it waits."""
        user = self.user(by) if by else self.awaited(task, at)
        rights = access.rights_of(self.session, user, now=at)
        tasks.mark_read(self.session, task, now=at)
        tasks.complete(self.session, task.id, dict(answers), rights=rights, now=at)

    def awaited(self, task: Task, at: datetime) -> User:
        """The first person for whom the task waits."""
        wanted = select(Inbox.principal).where(Inbox.task_id == task.id).order_by(Inbox.principal)
        for principal in self.session.scalars(wanted):
            for user_id in sorted(assignment.holders_of(self.session, principal, now=at)):
                return self.session.get_one(User, user_id)
        raise LookupError(f"{task.node} waits for nobody")

    def wake(self, case: Case, at: datetime) -> None:
        """The clock's round at that moment, for this case alone."""
        cases.wake(self.session, case.id, now=at)

    def paper(self, case: Case, name: str, lines: list[str], at: datetime, by: str) -> str:
        """A paper of the case, as it is handed in with a form; its id."""
        document = Document()
        document.add_heading(name, level=1)
        for line in lines:
            document.add_paragraph(line)
        held = io.BytesIO()
        document.save(held)
        upload = Upload(f"{name}.docx", held.getvalue(), case_id=case.id)
        return str(files.keep(self.session, self.store, upload, by=self.user(by), now=at).id)
