"""The plans that a person may see: listed, each as a board of five stages and as a timeline."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import Session

from models import (
    LIGHTS,
    STAGES,
    JointPlan,
    PlanChange,
    PlanCheckpoint,
    PlanItem,
    PlanMeasure,
    PlanMilestone,
    Unit,
    UnitKind,
    User,
)
from workflows import plan_lights, plan_owners
from workflows.access import Rights, within
from workflows.deadlines import day_of
from workflows.errors import NotFound

PAGE = 50
MOST_ROWS = 2_000  # of an export
STATES = ("draft", "existing", "filed", "running", "closed")


@dataclass(frozen=True)
class Filter:
    """What narrows the list down."""

    words: str = ""
    year: int | None = None
    state: str = ""
    light: str = ""


@dataclass(frozen=True)
class Line:
    """A plan with its organ, how many items it has, and the worst light of what is due."""

    plan: JointPlan
    unit: Unit
    items: int
    light: str
    behind: int
    offered: int


@dataclass(frozen=True)
class Page:
    rows: Sequence[Line]
    after: int | None  # the plan to go on from; none: this was the last page


def visible(rights: Rights) -> ColumnElement[bool]:
    """A condition on Unit: the organ lies in a subtree open to the person, or it is his own."""
    own = {
        int(p) for place in rights.places if not place.is_role for p in place.path.split("/") if p
    }
    organ = Unit.kind == UnitKind.PARTY_GROUP
    return or_(within(rights.paths()), organ & Unit.id.in_(own))


def get(session: Session, plan_id: int, *, rights: Rights) -> tuple[JointPlan, Unit]:
    """The plan and its organ, if the person may see it; else NotFound."""
    row = session.execute(
        select(JointPlan, Unit)
        .join(Unit, Unit.id == JointPlan.unit_id)
        .where(JointPlan.id == plan_id, visible(rights))
    ).first()
    if row is None:
        raise NotFound("There is no such plan, or it is not yours to see.")
    return row[0], row[1]


def organ_for(session: Session, unit_id: int, *, rights: Rights) -> Unit:
    """The organ whose plans the person may see; else NotFound."""
    unit = session.scalar(select(Unit).where(Unit.id == unit_id, visible(rights)))
    if unit is None:
        raise NotFound("There is no such unit, or it is not yours to see.")
    return unit


def for_case(session: Session, case_id: int, *, rights: Rights) -> JointPlan:
    """The plan of a case, if the person may see it; else NotFound."""
    plan = session.scalar(select(JointPlan).where(JointPlan.case_id == case_id))
    if plan is None:
        raise NotFound("There is no such plan, or it is not yours to see.")
    return get(session, plan.id, rights=rights)[0]


_RANK = case({light: place for place, light in enumerate(LIGHTS)}, value=PlanCheckpoint.light)


def _worst() -> Any:
    """By plan, the highest light of what is due."""
    return (
        select(PlanItem.plan_id, func.max(_RANK).label("rank"))
        .join(PlanCheckpoint, PlanCheckpoint.item_id == PlanItem.id)
        .where(PlanCheckpoint.done_at.is_(None), PlanItem.dropped_at.is_(None))
        .group_by(PlanItem.plan_id)
        .subquery()
    )


def _counts() -> Any:
    behind, offered = PlanItem.behind > 0, PlanItem.offer == "open"
    return (
        select(
            PlanItem.plan_id,
            func.count().label("number"),
            func.sum(case((behind, 1), else_=0)).label("behind"),
            func.sum(case((offered, 1), else_=0)).label("offered"),
        )
        .where(PlanItem.dropped_at.is_(None))
        .group_by(PlanItem.plan_id)
        .subquery()
    )


def page(
    session: Session, rights: Rights, chosen: Filter, *, after: int | None = None, size: int = PAGE
) -> Page:
    """The newest year first, in it the organs by their code."""
    worst, counts = _worst(), _counts()
    rank = func.coalesce(worst.c.rank, 0)
    wanted = (
        select(JointPlan, Unit, func.coalesce(counts.c.number, 0), rank,
               func.coalesce(counts.c.behind, 0), func.coalesce(counts.c.offered, 0))
        .join(Unit, Unit.id == JointPlan.unit_id)
        .outerjoin(worst, worst.c.plan_id == JointPlan.id)
        .outerjoin(counts, counts.c.plan_id == JointPlan.id)
        .where(visible(rights), *_conditions(chosen))
        .order_by(JointPlan.year.desc(), Unit.code, JointPlan.id)
        .limit(size + 1)
    )  # fmt: skip
    if chosen.light in LIGHTS:
        wanted = wanted.where(rank == LIGHTS.index(chosen.light))
    rows = session.execute(_from(session, wanted, after)).all()
    found = [
        Line(plan, unit, int(items), LIGHTS[int(place)], int(behind), int(offered))
        for plan, unit, items, place, behind, offered in rows[:size]
    ]
    return Page(found, found[-1].plan.id if len(rows) > size else None)


def _from(session: Session, wanted: Select[Any], after: int | None) -> Select[Any]:
    """What comes after that plan in the list's order."""
    last = session.get(JointPlan, after) if after is not None else None
    if last is None:
        return wanted
    code = session.get_one(Unit, last.unit_id).code
    return wanted.where(
        or_(JointPlan.year < last.year, (JointPlan.year == last.year) & (Unit.code > code))
    )


def _conditions(chosen: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.words:
        found.append(Unit.name.contains(chosen.words, autoescape=True))
    if chosen.year is not None:
        found.append(JointPlan.year == chosen.year)
    if chosen.state:
        found.append(JointPlan.state == chosen.state)
    return found


def years(session: Session, rights: Rights) -> list[int]:
    """The years of the plans that the person sees, the newest first."""
    wanted = (
        select(JointPlan.year)
        .join(Unit, Unit.id == JointPlan.unit_id)
        .where(visible(rights))
        .distinct()
        .order_by(JointPlan.year.desc())
    )
    return list(session.scalars(wanted))


def organs_of(session: Session, rights: Rights) -> list[Unit]:
    """The organs that the person's posts lie in: whose plan he may begin or bring in."""
    own = {
        int(p) for place in rights.places if not place.is_role for p in place.path.split("/") if p
    }
    wanted = select(Unit).where(Unit.id.in_(own), Unit.kind == UnitKind.PARTY_GROUP)
    return list(session.scalars(wanted.order_by(Unit.code)))


@dataclass
class Owner:
    """An owner as the pages name him, and whether he still holds a post that fits."""

    name: str = ""
    post: str = ""
    left: bool = False


@dataclass
class Card:
    """One item with all that its board, timeline and page show of it."""

    item: PlanItem
    measures: list[PlanMeasure] = field(default_factory=list)
    milestones: list[PlanMilestone] = field(default_factory=list)
    due: list[PlanCheckpoint] = field(default_factory=list)
    owners: dict[str, Owner] = field(default_factory=dict)

    def at(self, stage: str) -> list[PlanCheckpoint]:
        return [one for one in self.due if one.stage == stage]

    @property
    def stage(self) -> str:
        """The stage it stands at: the first that is not done; all done, the last."""
        for stage in STAGES:
            here = self.at(stage)
            if not here:
                return stage
            if any(one.done_at is None for one in here):
                return min(self._open, key=lambda one: one.due_at).stage
        return STAGES[-1]

    @property
    def _open(self) -> list[PlanCheckpoint]:
        return [one for one in self.due if one.done_at is None]

    @property
    def light(self) -> str:
        return plan_lights.worst([one.light for one in self._open])

    @property
    def next_due(self) -> datetime | None:
        return min((one.due_at for one in self._open), default=None)

    @property
    def is_done(self) -> bool:
        return bool(self.due) and not self._open


def cards(session: Session, plan: JointPlan, organ: Unit, *, now: datetime) -> list[Card]:
    """The live items of the plan, by number."""
    items = session.scalars(
        select(PlanItem)
        .where(PlanItem.plan_id == plan.id, PlanItem.dropped_at.is_(None))
        .order_by(PlanItem.number)
    ).all()
    return cards_of(session, items, organ, now=now)


def cards_of(
    session: Session, items: Sequence[PlanItem], organ: Unit, *, now: datetime
) -> list[Card]:
    by_id = {item.id: Card(item) for item in items}
    for model, name, order in (
        (PlanMeasure, "measures", PlanMeasure.id),
        (PlanMilestone, "milestones", PlanMilestone.due_on),
        (PlanCheckpoint, "due", PlanCheckpoint.due_at),
    ):
        rows: Sequence[Any] = session.scalars(
            select(model).where(model.item_id.in_(by_id)).order_by(order, model.id)
        ).all()
        for row in rows:
            if getattr(row, "dropped_at", None) is None:
                getattr(by_id[row.item_id], name).append(row)
    _name_owners(session, by_id.values(), organ, now)
    return list(by_id.values())


def _name_owners(session: Session, found: Any, organ: Unit, now: datetime) -> None:
    """Who left is shown as such until his items are handed over."""
    cards = list(found)
    ids = {
        getattr(card.item, f"owner_{side}_id") for card in cards for side in plan_owners.SIDES
    } - {None}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    names: dict[int, str] = dict(rows.all())
    posts = plan_owners.held(session, organ, ids, day_of(now))
    for card in cards:
        for side in plan_owners.SIDES:
            user_id = getattr(card.item, f"owner_{side}_id")
            held = posts.get(user_id, [])
            left = user_id is not None and plan_owners.post_for(held, side) is None
            kind = held[0].kind if held else ""
            card.owners[side] = Owner(names.get(user_id, ""), kind, left)


def measures_alone(session: Session, plan: JointPlan) -> Sequence[PlanMeasure]:
    """Measures of the plan that point to no business goal."""
    return session.scalars(
        select(PlanMeasure)
        .where(
            PlanMeasure.plan_id == plan.id,
            PlanMeasure.item_id.is_(None),
            PlanMeasure.dropped_at.is_(None),
        )
        .order_by(PlanMeasure.id)
    ).all()


def changes(session: Session, plan: JointPlan) -> Sequence[PlanChange]:
    """The newest first."""
    return session.scalars(
        select(PlanChange).where(PlanChange.plan_id == plan.id).order_by(PlanChange.id.desc())
    ).all()


@dataclass(frozen=True)
class Bar:
    """One item on the timeline, in units of days from the first of January."""

    card: Card
    start: int
    end: int
    checks: Sequence[tuple[int, PlanCheckpoint]]
    stones: Sequence[tuple[int, PlanMilestone]]


@dataclass(frozen=True)
class Timeline:
    bars: Sequence[Bar]
    days: int  # of the year
    today: int | None  # none: another year
    months: Sequence[int]  # where each begins


def timeline(found: Sequence[Card], plan: JointPlan, *, now: datetime) -> Timeline:
    """The year from its first to its last day, every item from when it was laid down."""
    first, last = date(plan.year, 1, 1), date(plan.year, 12, 31)

    def place(day: date) -> int:
        return (min(max(day, first), last) - first).days

    bars = []
    for card in found:
        since = min((one.since for one in card.due), default=plan.decided_on or first)
        checks = [(place(day_of(one.due_at)), one) for one in card.due]
        stones = [(place(one.due_on), one) for one in card.milestones]
        bars.append(Bar(card, place(since), place(card.item.due_on), checks, stones))
    today = day_of(now)
    months = [place(date(plan.year, month, 1)) for month in range(1, 13)]
    here = place(today) if today.year == plan.year else None
    return Timeline(bars, (last - first).days + 1, here, months)
