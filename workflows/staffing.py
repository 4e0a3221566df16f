"""What is amiss in the organisation: posts without a holder, terms that ended, no administrator."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from models import Grant, Holding, Post, Role, Seat, Unit, UnitKind, User
from models.post import SEPARATED
from workflows.access import READS_CASES
from workflows.forms import Fault
from workflows.subjects import HEADS

LARGEST_BRANCH = 50  # 支部工作条例: normally at most
SMALLEST_BRANCH = 3
LEADING = ("党组书记", "班子成员", "党委书记", "工委书记", "工委分管领导")
NEEDED = (Role.PROCESS_ADMIN, *sorted(SEPARATED))


@dataclass(frozen=True)
class Concern:
    """A sentence about a unit or a person."""

    message: Fault
    unit: Unit | None = None
    user: User | None = None


def concerns(session: Session, *, today: date, unit: Unit | None = None) -> list[Concern]:
    """All that an administrator should look at; of one unit's subtree if it is given."""
    found = [one for check in CHECKS for one in check(session, today)]
    if unit is None:
        return found
    return [one for one in found if one.unit is not None and one.unit.is_under(unit)]


def _stands(today: date) -> ColumnElement[bool]:
    return or_(Unit.abolished_on.is_(None), Unit.abolished_on > today)


def _held(table: type[Holding] | type[Grant], today: date) -> ColumnElement[bool]:
    return and_(table.since <= today, or_(table.until.is_(None), table.until > today))


def _headless(session: Session, today: date) -> Iterator[Concern]:
    """Units whose secretary's post nobody holds: their tasks go up the tree."""
    for kind, post in HEADS.items():
        headed = (
            exists()
            .where(Post.unit_id == Unit.id, Post.kind == post, Holding.post_id == Post.id)
            .where(_held(Holding, today))
        )
        query = select(Unit).where(Unit.kind == kind, _stands(today), ~headed).order_by(Unit.code)
        for unit in session.scalars(query):
            yield Concern(Fault("Nobody holds the post {post}.", post=post), unit)


def _not_leading(session: Session, today: date) -> Iterator[Concern]:
    """机关基层组织工作条例: the secretary of an organ's committee is one of the organ's leaders."""
    held, led = aliased(Holding), aliased(Post)
    leads = (
        exists()
        .where(held.user_id == User.id, held.post_id == led.id, led.unit_id == Unit.parent_id)
        .where(led.kind.in_(LEADING), held.since <= today)
        .where(or_(held.until.is_(None), held.until > today))
    )
    query = (
        select(User, Unit, Post.title)
        .join(Holding, Holding.user_id == User.id)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(Post.kind == HEADS[UnitKind.ORGAN_COMMITTEE], _held(Holding, today), ~leads)
        .where(_stands(today))
        .order_by(Unit.code, User.id)
    )
    for user, unit, title in session.execute(query):
        message = Fault(
            "{who} holds {post}, but leads nothing in the organ.", who=user.name, post=title
        )
        yield Concern(message, unit, user)


def _sizes(session: Session, today: date) -> Iterator[Concern]:
    odd = or_(Unit.member_count > LARGEST_BRANCH, Unit.member_count < SMALLEST_BRANCH)
    query = select(Unit).where(Unit.kind == UnitKind.BRANCH, _stands(today), odd)
    for unit in session.scalars(query.order_by(Unit.code)):
        if unit.member_count > LARGEST_BRANCH:
            message = Fault(
                "{count} full members: a branch normally has up to 50.", count=unit.member_count
            )
        else:
            message = Fault(
                "{count} full members: a branch has at least three.", count=unit.member_count
            )
        yield Concern(message, unit)


def _past_term(session: Session, today: date) -> Iterator[Concern]:
    query = select(Unit).where(Unit.term_ends_on < today, _stands(today))
    for unit in session.scalars(query.order_by(Unit.term_ends_on, Unit.code)):
        yield Concern(Fault("Its term ended on {day}.", day=unit.term_ends_on), unit)


def _disabled_holders(session: Session, today: date) -> Iterator[Concern]:
    """A disabled person in a post or a role: nobody can do what waits there."""
    posts = (
        select(User, Unit, Post.title)
        .join(Holding, Holding.user_id == User.id)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(User.enabled.is_(False), _held(Holding, today))
    )
    roles = (
        select(User, Unit, Seat.role)
        .join(Grant, Grant.user_id == User.id)
        .join(Seat, Seat.id == Grant.seat_id)
        .join(Unit, Unit.id == Seat.unit_id)
        .where(User.enabled.is_(False), _held(Grant, today))
    )
    for query in (posts, roles):
        for user, unit, what in session.execute(query):
            message = Fault(
                "{who} holds {post}, but the account is disabled.", who=user.name, post=what
            )
            yield Concern(message, unit, user)


def _missing_roles(session: Session, today: date) -> Iterator[Concern]:
    query = select(Seat.role).join(Grant, Grant.seat_id == Seat.id).where(_held(Grant, today))
    held = set(session.scalars(query.distinct()))
    for role in NEEDED:
        if role not in held:
            yield Concern(Fault("Nobody is {role}.", role=role))


def _mixed_administrators(session: Session, today: date) -> Iterator[Concern]:
    """Administrators who read cases besides: allowed, and to be avoided."""
    separated = _with_role(SEPARATED, today)
    reading = _with_role(READS_CASES, today)
    query = select(User).where(User.id.in_(separated), User.id.in_(reading)).order_by(User.id)
    for user in session.scalars(query):
        message = Fault("{who} administers the system and works on cases besides.", who=user.name)
        yield Concern(message, user=user)


def _with_role(roles: frozenset[Role], today: date) -> Select[int]:
    return (
        select(Grant.user_id)
        .join(Seat, Seat.id == Grant.seat_id)
        .where(Seat.role.in_(roles), _held(Grant, today))
    )


CHECKS: tuple[Callable[[Session, date], Iterator[Concern]], ...] = (
    _missing_roles,
    _mixed_administrators,
    _headless,
    _not_leading,
    _disabled_holders,
    _past_term,
    _sizes,
)
