"""Posts and who holds them; roles and who has them. What was held when is never overwritten."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from models import Grant, Holding, Post, Role, Seat, Unit, UnitKind, User
from models.post import SEPARATED
from workflows import access, audit
from workflows.deadlines import day_of
from workflows.errors import Conflict, Invalid, NotFound, Refused
from workflows.forms import Fault
from workflows.units import require_keeper

# Which posts a kind of unit may have; the words are the organisation's own.
POSTS: dict[str, tuple[str, ...]] = {
    UnitKind.COMMITTEE: ("党委书记",),
    UnitKind.WORK_COMMITTEE: ("工委书记", "工委分管领导", "纪检组长"),
    UnitKind.PARTY_GROUP: ("党组书记", "班子成员", "纪检组长", "联络员", "责任领导"),
    UnitKind.ORGAN_COMMITTEE: ("机关党委书记", "专职副书记", "联络员"),
    UnitKind.BRANCH: ("支部书记", "支部副书记", "支部委员"),
    UnitKind.DEPARTMENT: ("部门负责人", "联络员"),
}


def kinds() -> list[str]:
    """Every kind of post, once."""
    return list(dict.fromkeys(kind for of_unit in POSTS.values() for kind in of_unit))


def at(session: Session, unit: Unit, kind: str, title: str = "") -> Post:
    """The post at the unit, made if there is none yet."""
    if kind not in POSTS.get(unit.kind, ()):
        raise Invalid(
            "Please mend what is marked.",
            fields={"kind": Fault("A unit of this kind has no such post.")},
        )
    title = title.strip()[:200] or f"{unit.name}{kind}"
    query = select(Post).where(Post.unit_id == unit.id, Post.kind == kind, Post.title == title)
    post = session.scalar(query)
    if post is None:
        post = Post(unit_id=unit.id, kind=kind, title=title)
        session.add(post)
        session.flush()
    return post


def appoint(
    session: Session,
    post: Post,
    user: User,
    *,
    since: date,
    by: User | None,
    now: datetime,
    full_time: bool = False,
) -> Holding:
    """The person holds the post from that day; raises Conflict while somebody else does."""
    require_keeper(session, by, now)
    if not user.enabled:
        raise Refused("This person's account is disabled.", guard="disabled_person")
    session.scalars(select(Post.id).where(Post.id == post.id).with_for_update()).all()
    for other in session.scalars(
        select(Holding).where(Holding.post_id == post.id, _still(Holding, since))
    ):
        raise Conflict(
            "{who} holds this post since {since}.", who=other.user.name, since=other.since
        )
    holding = Holding(post_id=post.id, user_id=user.id, since=since, full_time=full_time)
    session.add(holding)
    session.flush()
    _note(
        session, holding, post.unit_id, "appointed", by=by, now=now, detail=_told(post, user, since)
    )
    return holding


def relieve(
    session: Session, holding: Holding, *, until: date, by: User | None, now: datetime
) -> None:
    """The person held the post up to the day before; the row stays as history."""
    require_keeper(session, by, now)
    if holding.until is not None and holding.until <= until:
        raise Conflict("This was done before.")
    if until < holding.since:
        raise Invalid(
            "Please mend what is marked.",
            fields={"until": Fault("This lies before the beginning.")},
        )
    holding.until = until
    session.flush()
    detail = _told(holding.post, holding.user, until)
    _note(session, holding, holding.post.unit_id, "relieved", by=by, now=now, detail=detail)


def _told(post: Post, user: User, day: date) -> dict[str, str]:
    return {"post": post.title or post.kind, "person": user.name, "day": day.isoformat()}


def holding(session: Session, holding_id: int) -> Holding:
    """The holding; raises NotFound."""
    found = session.get(Holding, holding_id)
    if found is None:
        raise NotFound("There is no such appointment.")
    return found


def history(session: Session, unit_id: int) -> list[tuple[Post, list[Holding]]]:
    """The unit's posts, each with its holders, newest first."""
    posts = session.scalars(select(Post).where(Post.unit_id == unit_id)).all()
    held = session.scalars(
        select(Holding)
        .where(Holding.post_id.in_([post.id for post in posts]))
        .order_by(Holding.since.desc(), Holding.id.desc())
    ).all()
    order = {kind: place for place, kind in enumerate(kinds())}
    posts = sorted(posts, key=lambda post: (order.get(post.kind, len(order)), post.title))
    return [(post, [one for one in held if one.post_id == post.id]) for post in posts]


def held_by(session: Session, user_id: int) -> list[Holding]:
    """What the person holds and held, newest first: 终身问责 asks for it."""
    query = select(Holding).where(Holding.user_id == user_id).order_by(Holding.since.desc())
    return list(session.scalars(query))


def grant(
    session: Session,
    role: str,
    unit: Unit,
    user: User,
    *,
    since: date,
    reason: str,
    by: User | None,
    now: datetime,
) -> Grant:
    """The person has the role over the unit's subtree from that day."""
    _require_security(session, by, user, reason, now)
    if role not in frozenset(Role):
        raise Invalid(
            "Please mend what is marked.", fields={"role": Fault("There is no such role.")}
        )
    if not user.enabled:
        raise Refused("This person's account is disabled.", guard="disabled_person")
    require_separate(session, user, role, since)
    seat = seat_at(session, role, unit)
    double = select(Grant.id).where(
        Grant.seat_id == seat.id, Grant.user_id == user.id, _still(Grant, since)
    )
    if session.scalar(double.limit(1)) is not None:
        raise Conflict("This person has this role there already.")
    made = Grant(seat_id=seat.id, user_id=user.id, since=since, granted_by=by.id if by else None)
    session.add(made)
    session.flush()
    detail = {"role": str(role), "person": user.name, "reason": reason.strip()}
    _note(session, made, unit.id, "role_granted", by=by, now=now, detail=detail)
    return made


def revoke(
    session: Session, granted: Grant, *, until: date, reason: str, by: User | None, now: datetime
) -> None:
    """The role ended the day before; the row stays as history."""
    user = session.get_one(User, granted.user_id)
    _require_security(session, by, user, reason, now)
    if granted.until is not None and granted.until <= until:
        raise Conflict("This was done before.")
    granted.until = max(until, granted.since)
    session.flush()
    detail = {"role": granted.seat.role, "person": user.name, "reason": reason.strip()}
    _note(session, granted, granted.seat.unit_id, "role_revoked", by=by, now=now, detail=detail)


def seat_at(session: Session, role: str, unit: Unit) -> Seat:
    """The seat of the role at the unit, made if there is none yet."""
    seat = session.scalar(select(Seat).where(Seat.role == str(role), Seat.unit_id == unit.id))
    if seat is None:
        seat = Seat(role=str(role), unit_id=unit.id)
        session.add(seat)
        session.flush()
    return seat


def _require_security(
    session: Session, by: User | None, user: User, reason: str, now: datetime
) -> None:
    """Rights are the security admin's, and nobody gives or takes his own."""
    if by is None:
        return
    access.require_role(access.rights_of(session, by, now=now), Role.SECURITY_ADMIN)
    if by.id == user.id:
        raise Refused("Nobody changes his own rights.", guard="own_rights")
    if not reason.strip():
        raise Invalid("Say why.", fields={"reason": Fault("Say why.")})


def require_separate(session: Session, user: User, role: str, since: date) -> None:
    """三员分立: system, security and audit admin are three people, never one."""
    if role not in SEPARATED:
        return
    # Two grants at once to one person must see each other.
    session.scalars(select(User.id).where(User.id == user.id).with_for_update()).all()
    held = session.scalars(
        select(Seat.role)
        .join(Grant, Grant.seat_id == Seat.id)
        .where(
            Grant.user_id == user.id,
            Seat.role.in_(SEPARATED),
            Seat.role != str(role),
            _still(Grant, since),
        )
        .limit(1)
    ).first()
    if held is not None:
        raise Refused(
            "System, security and audit administrator are three people, never one.",
            guard="separated_administrators",
        )


def get_grant(session: Session, grant_id: int) -> Grant:
    """The grant; raises NotFound."""
    found = session.get(Grant, grant_id)
    if found is None:
        raise NotFound("There is no such role granted.")
    return found


def grants(
    session: Session, *, unit_id: int | None = None, user_id: int | None = None
) -> list[tuple[Grant, User]]:
    """Roles given, at a unit or to a person, those still held first."""
    query = (
        select(Grant, User)
        .join(Seat, Seat.id == Grant.seat_id)
        .join(User, User.id == Grant.user_id)
        .order_by(Grant.until.is_not(None), Seat.role, Grant.since.desc(), Grant.id)
    )
    if unit_id is not None:
        query = query.where(Seat.unit_id == unit_id)
    if user_id is not None:
        query = query.where(Grant.user_id == user_id)
    return [(one, user) for one, user in session.execute(query)]


def _still(table: type[Holding] | type[Grant], day: date) -> ColumnElement[bool]:
    """Held on that day or on a later one."""
    return or_(table.until.is_(None), table.until > day)


def is_held(row: Holding | Grant, now: datetime) -> bool:
    day = day_of(now)
    return row.since <= day and (row.until is None or day < row.until)


def _note(
    session: Session,
    subject: Any,
    unit_id: int,
    action: str,
    *,
    by: User | None,
    now: datetime,
    detail: dict[str, str],
) -> None:
    audit.record(
        session, actor=by, action=action, subject=subject, now=now, unit_id=unit_id, detail=detail
    )
