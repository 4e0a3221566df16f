"""Who may see and do what: one predicate per question, the same for list, page and export."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlalchemy import (
    ColumnElement,
    Date,
    Exists,
    and_,
    bindparam,
    exists,
    false,
    literal,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session

from models import (
    Case,
    Grant,
    Holding,
    Inbox,
    Participant,
    Post,
    Role,
    Seat,
    Task,
    Unit,
    User,
    Withdrawal,
)
from workflows.deadlines import day_of
from workflows.errors import NotAllowed, NotFound

# What a role lets its holder read in its subtree; the three administrators read no cases.
READS_CASES = frozenset(
    {Role.SUPERVISOR, Role.HANDLER, Role.ORGANISER, Role.ASSESSOR, Role.CLERK, Role.PROCESS_ADMIN}
)


@dataclass(frozen=True)
class Place:
    """One post or seat that a person holds on a day: through it tasks reach him."""

    principal: int
    name: str  # the kind of post, or the role
    unit_id: int
    path: str
    is_role: bool


@dataclass(frozen=True)
class Rights:
    """What a person may do on a day, read once per request."""

    user: User
    places: tuple[Place, ...]

    @cached_property
    def principals(self) -> tuple[int, ...]:
        return (self.user.id, *(place.principal for place in self.places))

    @cached_property
    def roles(self) -> frozenset[str]:
        return frozenset(place.name for place in self.places if place.is_role)

    def has_role(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    def holds(self, *posts: str) -> bool:
        return any(not place.is_role and place.name in posts for place in self.places)

    def paths(self, roles: Iterable[str] = READS_CASES, *, posts: bool = True) -> tuple[str, ...]:
        """The subtrees that these roles, and the posts held, open to the person."""
        wanted = frozenset(roles)
        return tuple(
            place.path
            for place in self.places
            if (place.name in wanted if place.is_role else posts)
        )

    def covers(self, unit: Unit, roles: Iterable[str] = READS_CASES, *, posts: bool = True) -> bool:
        return any(unit.path.startswith(path) for path in self.paths(roles, posts=posts))


def rights_of(session: Session, user: User, *, now: datetime) -> Rights:
    """The posts and roles that the person holds on the organisation's day of `now`."""
    lines = session.execute(PLACES, {"user": user.id, "day": day_of(now)})
    return Rights(user, tuple(Place(*line) for line in lines))


def rights_by_id(session: Session, user_id: int, *, now: datetime) -> Rights | None:
    """The same, read with the person himself; none: there is no such person."""
    lines = session.execute(WITH_PLACES, {"user": user_id, "day": day_of(now)}).all()
    places = (Place(*line[1:]) for line in lines if line[1] is not None)
    return Rights(lines[0][0], tuple(places)) if lines else None


def _on(table: type[Holding] | type[Grant]) -> tuple[ColumnElement[bool], ...]:
    day = bindparam("day", type_=Date)
    mine = table.user_id == bindparam("user")
    return (mine, table.since <= day, or_(table.until.is_(None), table.until > day))


PLACES = union_all(
    select(Post.id, Post.kind, Unit.id, Unit.path, literal(value=False))
    .join(Holding, Holding.post_id == Post.id)
    .join(Unit, Unit.id == Post.unit_id)
    .where(*_on(Holding)),
    select(Seat.id, Seat.role, Unit.id, Unit.path, literal(value=True))
    .join(Grant, Grant.seat_id == Seat.id)
    .join(Unit, Unit.id == Seat.unit_id)
    .where(*_on(Grant)),
)
_held = PLACES.subquery()
WITH_PLACES = select(User, *_held.c).outerjoin(_held, true()).where(User.id == bindparam("user"))


def require_role(rights: Rights, *roles: str) -> None:
    """Raises NotAllowed unless the person holds one of the roles."""
    if not rights.has_role(*roles):
        raise NotAllowed("This is not among your duties.")


def within(paths: Iterable[str]) -> ColumnElement[bool]:
    """A condition on Unit: it lies in one of the subtrees."""
    conditions = [Unit.path.startswith(path, autoescape=True) for path in paths]
    return or_(*conditions) if conditions else false()


def visible_cases(rights: Rights) -> ColumnElement[bool]:
    """A condition on Case: this person may see it. A task is the read grant (features.md 21).

    A restricted case (问责) is open to its participants and to those who have a task in it; any
    other also to roles and posts whose subtree holds its unit. Who keeps out of it by decision
    (回避) sees none of it.
    """
    mine = or_(
        _of_case(Participant.case_id == Case.id, Participant.user_id == rights.user.id),
        _of_case(
            Task.case_id == Case.id,
            Inbox.task_id == Task.id,
            Inbox.principal.in_(rights.principals),
        ),
    )
    by_unit = _of_case(Unit.id == Case.unit_id, within(rights.paths()))
    keeps_out = _of_case(
        Withdrawal.case_id == Case.id,
        Withdrawal.user_id == rights.user.id,
        Withdrawal.granted.is_(True),
    )
    return and_(or_(mine, and_(Case.restricted.is_(False), by_unit)), not_(keeps_out))


def _of_case(*conditions: ColumnElement[bool]) -> Exists:
    """Such a row stands by the case, whatever else the query around it asks for."""
    return exists().where(*conditions).correlate(Case)


def case_for(session: Session, case_id: int, *, rights: Rights) -> Case:
    """The case, if this person may see it; else NotFound, as if there were none."""
    case = session.scalar(select(Case).where(Case.id == case_id, visible_cases(rights)))
    if case is None:
        raise NotFound("There is no such case, or it is not yours to see.", guard="G10")
    return case


def unit_for(session: Session, unit_id: int, *, rights: Rights) -> Unit:
    """The unit, if it lies in a subtree that is open to the person; else NotFound."""
    unit = session.get(Unit, unit_id)
    if unit is None or not rights.covers(unit):
        raise NotFound("There is no such unit, or it is not yours to see.")
    return unit
