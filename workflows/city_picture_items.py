"""The plan items behind the figures of a picture: by stage, by light, by organ."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import Session, aliased

from models import LIGHTS, JointPlan, PlanCheckpoint, PlanItem, Unit
from workflows.city_picture import DONE, Scope

PAGE = 50
MOST_ROWS = 5_000  # of an export


@dataclass(frozen=True)
class Chosen:
    year: int
    stage: str = ""  # with it a light is that of the stage, without it the item's worst
    light: str = ""
    unit_id: int | None = None


@dataclass(frozen=True)
class Row:
    item: PlanItem
    unit: Unit
    light: str  # of what is due; done: nothing is
    due_at: datetime | None  # what is due first


@dataclass(frozen=True)
class Page:
    rows: Sequence[Row]
    after: int | None  # the item to go on from; none: this was the last page


def page(
    session: Session, scope: Scope, chosen: Chosen, *, after: int | None = None, size: int = PAGE
) -> Page:
    """Items of plans of the year within the scope, the oldest first."""
    rank, due = _worst(), _first_due()
    wanted = (
        select(PlanItem, Unit, rank, due)
        .join(JointPlan, JointPlan.id == PlanItem.plan_id)
        .join(Unit, Unit.id == JointPlan.unit_id)
        .where(
            JointPlan.year == chosen.year,
            PlanItem.dropped_at.is_(None),
            scope.units(),
            exists().where(PlanCheckpoint.item_id == PlanItem.id),
            *_conditions(chosen, rank),
        )
        .order_by(PlanItem.id)
        .limit(size + 1)
    )
    if after is not None:
        wanted = wanted.where(PlanItem.id > after)
    found = session.execute(wanted).all()
    rows = [Row(item, unit, _name(place), at) for item, unit, place, at in found[:size]]
    return Page(rows, rows[-1].item.id if len(found) > size else None)


_RANKS = {light: place for place, light in enumerate(LIGHTS)}


def _worst() -> ColumnElement[int]:
    rank = case(_RANKS, value=PlanCheckpoint.light)
    return (
        select(func.coalesce(func.max(rank), -1))
        .where(PlanCheckpoint.item_id == PlanItem.id, PlanCheckpoint.done_at.is_(None))
        .correlate(PlanItem)
        .scalar_subquery()
    )


def _first_due() -> ColumnElement[datetime]:
    return (
        select(func.min(PlanCheckpoint.due_at))
        .where(PlanCheckpoint.item_id == PlanItem.id, PlanCheckpoint.done_at.is_(None))
        .correlate(PlanItem)
        .scalar_subquery()
    )


def _conditions(chosen: Chosen, rank: ColumnElement[int]) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.unit_id is not None:
        found.append(JointPlan.unit_id == chosen.unit_id)
    if chosen.stage:
        found.append(_at_stage(chosen))
    elif chosen.light:
        found.append(rank == (-1 if chosen.light == DONE else _RANKS[chosen.light]))
    return found


def _at_stage(chosen: Chosen) -> ColumnElement[bool]:
    own = aliased(PlanCheckpoint)
    at = [own.item_id == PlanItem.id, own.stage == chosen.stage]
    if chosen.light == DONE:
        at.append(own.done_at.is_not(None))
    elif chosen.light:
        at += [own.done_at.is_(None), own.light == chosen.light]
    return exists().where(*at).correlate(PlanItem)


def _name(place: int) -> str:
    return DONE if place < 0 else LIGHTS[place]
