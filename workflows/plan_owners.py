"""Who answers for an item of the joint plan on either side, and what passes on when he leaves.

The party owner holds a party post; the business owner one of the organ itself: a branch and its
secretary take part in business work and do not command it (机关条例 2).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import Holding, JointPlan, PlanItem, Post, Unit, UnitKind, User
from workflows import audit
from workflows.deadlines import day_of

PARTY_LINE = frozenset({"党组书记", "机关党委书记", "专职副书记", "支部书记"})
COMMANDS_BUSINESS = frozenset({UnitKind.PARTY_GROUP, UnitKind.DEPARTMENT})
SIDES = ("business", "party")


@dataclass(frozen=True)
class Held:
    """A post that a person holds within the organ on a day."""

    post_id: int
    kind: str
    unit_kind: str

    def answers_for(self, side: str) -> bool:
        """True if its holder can be an owner on that side."""
        if side == "party":
            return self.kind in PARTY_LINE
        return self.unit_kind in COMMANDS_BUSINESS


def held(
    session: Session, organ: Unit, user_ids: Iterable[int], day: date
) -> Mapping[int, list[Held]]:
    """By person, the posts held on that day in the organ or below."""
    found: dict[int, list[Held]] = {}
    rows = session.execute(
        select(Holding.user_id, Post.id, Post.kind, Unit.kind)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(
            Holding.user_id.in_(set(user_ids)),
            Holding.since <= day,
            or_(Holding.until.is_(None), Holding.until > day),
            Unit.path.startswith(organ.path, autoescape=True),
        )
        .order_by(Unit.path, Post.id)
    )
    for user_id, post_id, kind, unit_kind in rows:
        found.setdefault(user_id, []).append(Held(post_id, kind, unit_kind))
    return found


def held_by_organ(
    session: Session, organs: Sequence[Unit], user_ids: Iterable[int], day: date
) -> Mapping[int, Mapping[int, list[Held]]]:
    """By organ and person, the posts held on that day in it or below: one query for all."""
    found: dict[int, dict[int, list[Held]]] = {one.id: {} for one in organs}
    rows = session.execute(
        select(Holding.user_id, Post.id, Post.kind, Unit.kind, Unit.path)
        .join(Post, Post.id == Holding.post_id)
        .join(Unit, Unit.id == Post.unit_id)
        .where(
            Holding.user_id.in_(set(user_ids)),
            Holding.since <= day,
            or_(Holding.until.is_(None), Holding.until > day),
        )
        .order_by(Unit.path, Post.id)
    )
    by_path = {one.path: one.id for one in organs}
    for user_id, post_id, kind, unit_kind, path in rows:
        steps = path.split("/")
        for end in range(2, len(steps)):
            organ_id = by_path.get("/".join(steps[:end]) + "/")
            if organ_id is not None:
                posts = found[organ_id].setdefault(user_id, [])
                posts.append(Held(post_id, kind, unit_kind))
    return found


def post_for(posts: Iterable[Held], side: str) -> int | None:
    """The post by which a person answers for that side; none: he cannot."""
    return next((one.post_id for one in posts if one.answers_for(side)), None)


def open_items(session: Session, user_id: int) -> list[PlanItem]:
    """Items of plans that run, of which the person is an owner, by plan and number."""
    return list(
        session.scalars(
            select(PlanItem)
            .join(JointPlan, JointPlan.id == PlanItem.plan_id)
            .where(
                or_(PlanItem.owner_business_id == user_id, PlanItem.owner_party_id == user_id),
                PlanItem.dropped_at.is_(None),
                JointPlan.state != "closed",
            )
            .order_by(PlanItem.plan_id, PlanItem.number)
        )
    )


def handed_over(
    session: Session,
    from_user: User,
    to_user: User,
    *,
    by: User | None,
    now: datetime,
    post_id: int | None = None,
    dry_run: bool = False,
) -> list[PlanItem]:
    """交接: the open items of one owner are the other's; with a post, those held by it alone.

    What was done stays in the name of who did it; the trail keeps both names. A dry run says which
    items would pass and changes nothing.
    """
    moved = []
    for item in open_items(session, from_user.id):
        sides = [side for side in SIDES if _is_his(item, side, from_user, post_id)]
        if not sides:
            continue
        moved.append(item)
        if not dry_run:
            _pass_on(session, item, sides, to_user, now)
            detail = {"from": from_user.name, "to": to_user.name, "sides": sides}
            _note(session, item, by, now, detail)
    if not dry_run:
        session.flush()
    return moved


def _is_his(item: PlanItem, side: str, user: User, post_id: int | None) -> bool:
    mine = getattr(item, f"owner_{side}_id") == user.id
    return mine and post_id in (None, getattr(item, f"owner_{side}_post_id"))


def _pass_on(
    session: Session, item: PlanItem, sides: Iterable[str], to_user: User, now: datetime
) -> None:
    """The successor answers by the same post, unless he holds another one that fits."""
    plan = session.get_one(JointPlan, item.plan_id)
    organ = session.get_one(Unit, plan.unit_id)
    posts = held(session, organ, [to_user.id], day_of(now)).get(to_user.id, [])
    for side in sides:
        own = [one for one in posts if one.answers_for(side)]
        before = getattr(item, f"owner_{side}_post_id")
        kept = any(one.post_id == before for one in own)
        setattr(item, f"owner_{side}_id", to_user.id)
        if not kept and own:
            setattr(item, f"owner_{side}_post_id", own[0].post_id)


def _note(
    session: Session, item: PlanItem, by: User | None, now: datetime, detail: Mapping[str, object]
) -> None:
    plan = session.get_one(JointPlan, item.plan_id)
    audit.record(
        session,
        actor=by,
        action="plan_item_handed_over",
        subject=item,
        now=now,
        case_id=plan.case_id,
        unit_id=plan.unit_id,
        detail=detail,
    )
