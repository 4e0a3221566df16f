"""A small city with a cast named by post: who acts in the tests, and who must not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import count
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from config import ROOT
from models import Case, Grant, Holding, Post, Role, Seat, Task, Unit, UnitKind, User
from tests import standing
from workflows import access, calendars, duties, installation, operations, tasks
from workflows.access import Rights

SINCE = date(2024, 1, 1)
_logins: Iterator[int] = count(1)

assert operations.names()  # the registry is filled: diagrams find their operations


@dataclass
class Cast:
    """Units and people by short names: `cast.users["finance_secretary"]`."""

    session: Session
    units: dict[str, Unit] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session) -> "Cast":
        """Who and what stands there already, by name."""
        units = {unit.code: unit for unit in session.scalars(select(Unit))}
        return cls(session, units, {user.name: user for user in session.scalars(select(User))})

    def rights(self, name: str, now: datetime) -> Rights:
        return access.rights_of(self.session, self.users[name], now=now)

    def open_task(self, case: Case, node: str, item: str | None = None) -> Task:
        """The first task of the node that waits; of the item, if one is named."""
        wanted = select(Task).where(
            Task.case_id == case.id, Task.node == node, Task.done_at.is_(None)
        )
        if item is not None:
            wanted = wanted.where(Task.item_key == item)
        return self.session.scalars(wanted.order_by(Task.id).limit(1)).one()

    def do(
        self,
        case: Case,
        node: str,
        who: str,
        now: datetime,
        answers: dict[str, Any],
        item: str | None = None,
    ) -> Task:
        """The waiting task is done by this member of the cast."""
        task = self.open_task(case, node, item)
        return tasks.complete(self.session, task.id, answers, rights=self.rights(who, now), now=now)

    def unit(self, key: str, kind: UnitKind, parent: str | None = None, **more: object) -> Unit:
        above = self.units[parent] if parent else None
        unit = Unit(code=key, name=key, kind=kind, parent_id=above.id if above else None, path="/")
        for name, value in more.items():
            setattr(unit, name, value)
        self.session.add(unit)
        self.session.flush()
        unit.path = f"{above.path if above else '/'}{unit.id}/"
        self.units[key] = unit
        return unit

    def person(self, key: str, *, unit: str, **more: object) -> User:
        user = User(login=f"{key}{next(_logins)}", name=key, unit_id=self.units[unit].id)
        for name, value in more.items():
            setattr(user, name, value)
        self.session.add(user)
        self.session.flush()
        self.users[key] = user
        return user

    def holder(self, key: str, post: str, unit: str, **more: object) -> User:
        """A person in a post of a unit."""
        user = self.users.get(key) or self.person(key, unit=unit, **more)
        made = Post(unit_id=self.units[unit].id, kind=post, title=f"{unit}{post}")
        self.session.add(made)
        self.session.flush()
        self.session.add(Holding(post_id=made.id, user_id=user.id, since=SINCE))
        self.session.flush()
        return user

    def grant(self, key: str, role: Role, unit: str) -> User:
        """A person with a role over a unit's subtree."""
        user = self.users.get(key) or self.person(key, unit=unit)
        seat = (
            self.session.query(Seat).filter_by(role=role, unit_id=self.units[unit].id).one_or_none()
        )
        if seat is None:
            seat = Seat(role=role, unit_id=self.units[unit].id)
            self.session.add(seat)
            self.session.flush()
        self.session.add(Grant(seat_id=seat.id, user_id=user.id, since=SINCE))
        self.session.flush()
        return user


def assemble(session: Session) -> Cast:
    """市委 > 工委 > 财政局 and 发改委, each with a committee and a branch, and all posts filled."""
    standing.stand(session, "cast", lambda: _make(Cast(session)))
    return Cast.of(session)


def _make(cast: Cast) -> None:
    cast.unit("city", UnitKind.COMMITTEE)
    cast.unit("work", UnitKind.WORK_COMMITTEE, "city")
    cast.holder("city_secretary", "党委书记", "city")
    cast.holder("work_secretary", "工委书记", "work")
    cast.holder("work_deputy", "工委分管领导", "work")
    for key in ("finance", "planning"):
        _organ(cast, key)
    for name in ("supervisor", "supervisor2", "supervisor3"):
        cast.grant(name, Role.SUPERVISOR, "work")
    for name in ("handler", "handler2"):
        cast.grant(name, Role.HANDLER, "work")
    cast.grant("clerk", Role.CLERK, "work")
    cast.grant("process_admin", Role.PROCESS_ADMIN, "work")
    cast.grant("system_admin", Role.SYSTEM_ADMIN, "work")
    cast.grant("security_admin", Role.SECURITY_ADMIN, "work")
    cast.grant("audit_admin", Role.AUDIT_ADMIN, "work")


def _organ(cast: Cast, key: str) -> None:
    cast.unit(key, UnitKind.PARTY_GROUP, "work", managed_by="committee")
    cast.unit(f"{key}_committee", UnitKind.ORGAN_COMMITTEE, key)
    cast.unit(f"{key}_branch", UnitKind.BRANCH, f"{key}_committee", managed_by="party_group")
    committee = f"{key}_committee"
    cast.holder(f"{key}_head", "党组书记", key, cadre=True, managed_by="committee")
    cast.holder(
        f"{key}_secretary", "机关党委书记", committee, cadre=True, managed_by="work_committee"
    )
    cast.holder(f"{key}_deputy", "专职副书记", committee, cadre=True)
    cast.holder(f"{key}_liaison", "联络员", key)
    cast.holder(f"{key}_leader", "责任领导", key, cadre=True)
    cast.holder(f"{key}_branch_secretary", "支部书记", f"{key}_branch", cadre=True)
    cast.person(f"{key}_member", unit=f"{key}_branch")


def lay_rules(session: Session, now: datetime, since: date | None = None) -> None:
    """The calendar and the catalogue of duties are in force."""

    def make() -> None:
        calendars.seed(session, now=now)
        duties.install(session, now, since=since)

    standing.stand(session, "rules", make, at=(now, since))


def install(session: Session, now: datetime) -> None:
    """What ships is in force: calendar, parameters, duties, processes."""

    def make() -> None:
        installation.install(session, ROOT / "bpmn", now=now)

    standing.forget(session, standing.stand(session, "bpmn", make, at=now))
