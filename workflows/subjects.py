"""Whom a proposal, a case or a measure is about: an organisation or a person, as on that day."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import Holding, Post, Unit, UnitKind, User
from workflows.deadlines import day_of
from workflows.errors import NotFound

HEADS = {
    UnitKind.BRANCH: "支部书记",
    UnitKind.ORGAN_COMMITTEE: "机关党委书记",
    UnitKind.PARTY_GROUP: "党组书记",
}


@dataclass(frozen=True)
class Subject:
    """`kind`: org 党组织, cadre 党的领导干部, other (no subject of 问责: 条例 5)."""

    kind: str
    unit_id: int
    user_id: int | None
    name: str
    post: str
    managed_by: str
    principal: bool  # the unit's 主要负责人

    @property
    def key(self) -> str:
        return f"user-{self.user_id}" if self.user_id else f"unit-{self.unit_id}"

    @property
    def id(self) -> int:
        return self.user_id or self.unit_id

    def as_vars(self) -> dict[str, Any]:
        """As it stands in a case's variables: ids as text."""
        values = asdict(self)
        values["unit"] = str(values.pop("unit_id"))
        user = values.pop("user_id")
        return {**values, "key": self.key, "user": str(user) if user else None}


def from_vars(values: Mapping[str, Any]) -> Subject:
    user = values.get("user")
    return Subject(
        kind=values["kind"],
        unit_id=int(values["unit"]),
        user_id=int(user) if user else None,
        name=values.get("name", ""),
        post=values.get("post", ""),
        managed_by=values.get("managed_by", "work_committee"),
        principal=bool(values.get("principal")),
    )


def organisation(session: Session, unit_id: int) -> Subject:
    """The party organisation itself; its head acts for it."""
    unit = session.get(Unit, unit_id)
    if unit is None:
        raise NotFound("There is no such unit, or it is not yours to see.")
    return Subject("org", unit.id, None, unit.name, "", unit.managed_by, principal=False)


def person(session: Session, user_id: int, unit_id: int, *, now: datetime) -> Subject:
    """The person, with the post held on the organisation's day of `now` in that unit."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such person.")
    day = day_of(now)
    post = session.scalar(
        select(Post)
        .join(Holding, Holding.post_id == Post.id)
        .where(
            Holding.user_id == user_id,
            Post.unit_id == unit_id,
            Holding.since <= day,
            or_(Holding.until.is_(None), Holding.until > day),
        )
        .order_by(Post.id)
        .limit(1)
    )
    return Subject(
        kind="cadre" if user.cadre else "other",
        unit_id=unit_id,
        user_id=user.id,
        name=user.name,
        post=post.title or post.kind if post else "",
        managed_by=user.managed_by,
        principal=post is not None and post.kind in HEADS.values(),
    )


def head_of(session: Session, unit_id: int, *, now: datetime) -> Subject | None:
    """The unit's secretary on that day; none: the post is vacant."""
    unit = session.get_one(Unit, unit_id)
    kind = HEADS.get(UnitKind(unit.kind))
    day = day_of(now)
    user_id = session.scalar(
        select(Holding.user_id)
        .join(Post, Post.id == Holding.post_id)
        .where(
            Post.unit_id == unit_id,
            Post.kind == kind,
            Holding.since <= day,
            or_(Holding.until.is_(None), Holding.until > day),
        )
        .limit(1)
    )
    return person(session, user_id, unit_id, now=now) if user_id else None


def unit_of_post(session: Session, user_id: int, *, now: datetime) -> int | None:
    """The unit of the person's post on that day; of several, the one nearest to the root."""
    day = day_of(now)
    return session.scalar(
        select(Unit.id)
        .join(Post, Post.unit_id == Unit.id)
        .join(Holding, Holding.post_id == Post.id)
        .where(
            Holding.user_id == user_id,
            Holding.since <= day,
            or_(Holding.until.is_(None), Holding.until > day),
        )
        .order_by(Unit.path)
        .limit(1)
    )
