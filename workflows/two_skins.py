"""两张皮检测: what the rules find in the plans of a year, for an organ and for the city.

A hit is a fact with its links, never a judgement of a person. The index adds up, by rule, the
share of items, measures or meetings that it hit, by the rule's weight: 0 nothing, 100 everything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    JointPlan,
    PlanCheckpoint,
    PlanEvidence,
    PlanItem,
    PlanMeasure,
    Unit,
    User,
)
from workflows import plan_lists, plan_owners, skin_rules
from workflows.access import Rights
from workflows.deadlines import day_of
from workflows.skin_rules import Hit, Item, Measure, Meeting, Plan, Rule

LOOKED_AT = ("existing", "filed", "running", "closed")  # a draft says nothing yet
CENT = Decimal("0.01")


@dataclass(frozen=True)
class Part:
    """What one rule adds to the index: so many hits of so many."""

    rule: Rule
    hits: int
    base: int

    @property
    def points(self) -> Decimal:
        if not self.base:
            return Decimal(0)
        return (Decimal(self.rule.weight) * min(self.hits, self.base) / self.base).quantize(CENT)


@dataclass(frozen=True)
class Found:
    """One organ's plan with all that was found in it."""

    plan: JointPlan
    unit: Unit
    hits: Sequence[Hit]
    parts: Sequence[Part]

    @property
    def index(self) -> Decimal:
        """The organ's contribution to the two-skins index, 0 to 100."""
        return sum((part.points for part in self.parts), Decimal(0))

    def of_rule(self, code: str) -> list[Hit]:
        return [hit for hit in self.hits if hit.rule == code]

    @property
    def telling(self) -> list[Part]:
        """The rules that were hit, the heaviest first."""
        return sorted((p for p in self.parts if p.hits), key=lambda p: (-p.points, p.rule.code))


def contribution(session: Session, unit_id: int, year: int, *, now: datetime) -> Found | None:
    """What an organ's plan of the year adds to the two-skins index; none: it has no plan."""
    plans = select(JointPlan, Unit).join(Unit, Unit.id == JointPlan.unit_id)
    wanted = plans.where(JointPlan.unit_id == unit_id, JointPlan.year == year)
    found = _look(session, _rows(session, wanted), now)
    return found[0] if found else None


def over_the_years(session: Session, unit_id: int, *, now: datetime) -> Mapping[int, Found]:
    """By year, what each of the organ's plans adds."""
    plans = select(JointPlan, Unit).join(Unit, Unit.id == JointPlan.unit_id)
    rows = _rows(session, plans.where(JointPlan.unit_id == unit_id))
    return {one.plan.year: one for one in _look(session, rows, now)}


def city(session: Session, rights: Rights, year: int, *, now: datetime) -> list[Found]:
    """Every plan of the year that the person may see, by the organ's code: no ranking."""
    wanted = (
        select(JointPlan, Unit)
        .join(Unit, Unit.id == JointPlan.unit_id)
        .where(JointPlan.year == year, plan_lists.visible(rights))
        .order_by(Unit.code)
    )
    return _look(session, _rows(session, wanted), now)


def _rows(session: Session, wanted: Any) -> list[tuple[JointPlan, Unit]]:
    return [(plan, unit) for plan, unit in session.execute(wanted)]


def whole(found: Sequence[Found]) -> list[Part]:
    """The rules over all these plans together."""
    parts = []
    for rule in skin_rules.rules():
        own = [part for one in found for part in one.parts if part.rule.code == rule.code]
        parts.append(Part(rule, sum(p.hits for p in own), sum(p.base for p in own)))
    return parts


def _look(session: Session, rows: Sequence[tuple[JointPlan, Unit]], now: datetime) -> list[Found]:
    plans = [(plan, unit) for plan, unit in rows if plan.state in LOOKED_AT]
    pictures = _pictures(session, plans, now)
    return [_found(plan, unit, pictures[plan.id]) for plan, unit in plans]


def _found(plan: JointPlan, unit: Unit, picture: Plan) -> Found:
    hits = skin_rules.find(picture)
    parts = [
        Part(rule, sum(hit.rule == rule.code for hit in hits), picture.base(rule.of))
        for rule in skin_rules.rules()
    ]
    return Found(plan, unit, hits, parts)


def _pictures(
    session: Session, plans: Sequence[tuple[JointPlan, Unit]], now: datetime
) -> dict[int, Plan]:
    """The plans as the rules look at them, read in a handful of queries."""
    ids = [plan.id for plan, _ in plans]
    items = session.scalars(
        select(PlanItem)
        .where(PlanItem.plan_id.in_(ids), PlanItem.dropped_at.is_(None))
        .order_by(PlanItem.number)
    ).all()
    measures, alone = _measures(session, ids, {item.id for item in items})
    checks, meetings = _checks(session, items), _meetings(session, items)
    owners = _owners(session, plans, items, now)
    found: dict[int, list[Item]] = {one: [] for one in ids}
    for item in items:
        name, left = owners[item.id]
        found[item.plan_id].append(
            Item(
                id=item.id,
                number=item.number,
                goal=item.business_goal,
                measures=measures.get(item.id, ()),
                party_owner=name,
                owner_left=left,
                checks=checks.get(item.id, ()),
                meetings=meetings.get(item.id, ()),
            )
        )
    return {one: Plan(found[one], alone.get(one, ())) for one in ids}


def _measures(
    session: Session, plan_ids: Sequence[int], live: set[int]
) -> tuple[dict[int, list[Measure]], dict[int, list[Measure]]]:
    """By item, and by plan those that belong to none that stands."""
    measures: dict[int, list[Measure]] = {}
    alone: dict[int, list[Measure]] = {}
    rows = session.scalars(
        select(PlanMeasure)
        .where(PlanMeasure.plan_id.in_(plan_ids), PlanMeasure.dropped_at.is_(None))
        .order_by(PlanMeasure.id)
    )
    for row in rows:
        one = Measure(row.id, row.text)
        if row.item_id in live and row.item_id is not None:
            measures.setdefault(row.item_id, []).append(one)
        else:
            alone.setdefault(row.plan_id, []).append(one)
    return measures, alone


def _checks(session: Session, items: Sequence[PlanItem]) -> dict[int, list[tuple[str, str]]]:
    found: dict[int, list[tuple[str, str]]] = {}
    rows = session.scalars(
        select(PlanCheckpoint)
        .where(
            PlanCheckpoint.item_id.in_([item.id for item in items]),
            PlanCheckpoint.stage == "check",
            PlanCheckpoint.done_at.is_not(None),
        )
        .order_by(PlanCheckpoint.number)
    )
    for row in rows:
        found.setdefault(row.item_id, []).append((row.business_state, row.party_state))
    return found


def _meetings(session: Session, items: Sequence[PlanItem]) -> dict[int, list[Meeting]]:
    found: dict[int, list[Meeting]] = {}
    rows = session.scalars(
        select(PlanEvidence)
        .where(
            PlanEvidence.item_id.in_([item.id for item in items]), PlanEvidence.kind == "meeting"
        )
        .order_by(PlanEvidence.held_on, PlanEvidence.id)
    )
    for row in rows:
        one = Meeting(row.id, row.stage, row.held_on, row.business, row.party)
        found.setdefault(row.item_id, []).append(one)
    return found


def _owners(
    session: Session,
    plans: Sequence[tuple[JointPlan, Unit]],
    items: Sequence[PlanItem],
    now: datetime,
) -> dict[int, tuple[str, bool]]:
    """By item, the party owner's name, and whether he left the party line by the year's end."""
    ids = {item.owner_party_id for item in items if item.owner_party_id}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    names: dict[int | None, str] = dict(rows.all())
    held = {
        year: plan_owners.held_by_organ(
            session,
            [unit for plan, unit in plans if plan.year == year],
            ids,
            min(day_of(now), date(year, 12, 31)),
        )
        for year in {plan.year for plan, _ in plans}
    }
    found = {}
    for plan, unit in plans:
        for item in (one for one in items if one.plan_id == plan.id):
            posts = held[plan.year][unit.id].get(item.owner_party_id or 0, [])
            left = item.owner_party_id is not None
            left = left and plan_owners.post_for(posts, "party") is None
            found[item.id] = (names.get(item.owner_party_id, ""), left)
    return found


def sentence(hit: Hit, *, english: bool = False) -> str:
    """The hit in words."""
    rule = next(one for one in skin_rules.rules() if one.code == hit.rule)
    return (rule.says_en if english else rule.says).format(**hit.facts)
