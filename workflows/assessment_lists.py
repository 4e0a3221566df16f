"""What a person may see of assessments: the years, the units' sheets, the facts behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Assessment, Case, Scheme, Unit, UnitKind, UnitSheet, YearFact
from workflows import assessments, schemes, score_sheets, scoring
from workflows.access import Rights, within
from workflows.errors import NotAllowed, NotFound
from workflows.score_sheets import Gap
from workflows.scoring import Indicator

ASSESS = ("assessor", "supervisor", "organiser")


@dataclass(frozen=True)
class Row:
    """One unit in a year: both sides beside each other, and how far they are apart."""

    sheet: UnitSheet
    unit: Unit

    @property
    def gap(self) -> Decimal:
        return abs(self.sheet.party - self.sheet.business)


@dataclass(frozen=True)
class Line:
    """One indicator of a sheet with the facts behind its points."""

    indicator: Indicator
    points: Decimal
    has_data: bool
    facts: Sequence[YearFact]


def years(session: Session) -> Sequence[tuple[Assessment, Scheme]]:
    """Every assessment, the newest year first."""
    rows = session.execute(
        select(Assessment, Scheme)
        .join(Scheme, Scheme.id == Assessment.scheme_id)
        .order_by(Assessment.year.desc(), Assessment.group)
    )
    return [(assessment, scheme) for assessment, scheme in rows]


def rows(session: Session, assessment: Assessment, rights: Rights) -> Sequence[Row]:
    """The sheets that the person may see, by unit: no ranking.

    Assessors see all of their subtree; a unit its own; others only what is published.
    """
    found = session.execute(
        select(UnitSheet, Unit)
        .join(Unit, Unit.id == UnitSheet.unit_id)
        .where(UnitSheet.assessment_id == assessment.id, within(_paths(session, rights)))
        .order_by(Unit.code)
    )
    return [Row(sheet, unit) for sheet, unit in found]


def _paths(session: Session, rights: Rights) -> tuple[str, ...]:
    """The subtrees of the roles that assess, and the organ of the person's own post."""
    own = organ_of(session, rights)
    return (*rights.paths(ASSESS, posts=False), *([own.path] if own else []))


def sheet(
    session: Session, assessment: Assessment, unit_id: int, *, rights: Rights
) -> tuple[Row, Sequence[Line]]:
    """The unit's sheet with every figure's facts; NotFound for who may not see it."""
    row = next((one for one in rows(session, assessment, rights) if one.unit.id == unit_id), None)
    if row is None:
        raise NotFound("There is no such sheet, or it is not yours to see.")
    plan = schemes.plan_of(session.get_one(Scheme, assessment.scheme_id))
    points = {line.indicator: line for line in score_sheets.lines_of(session, assessment, unit_id)}
    facts: dict[str, list[YearFact]] = {}
    for fact in score_sheets.facts_behind(session, assessment, unit_id):
        facts.setdefault(fact.indicator, []).append(fact)
    lines = [
        Line(one, points[one.code].points, points[one.code].has_data, facts.get(one.code, ()))
        for one in plan.indicators
        if one.code in points
    ]
    return row, lines


def doubled(lines: Sequence[Line]) -> dict[str, list[str]]:
    """Causes that several indicators name: each is counted once, the heaviest."""
    found: dict[str, list[str]] = {}
    for line in lines:
        for fact in line.facts:
            if fact.adverse and fact.cause and fact.struck_at is None:
                found.setdefault(fact.cause, []).append(line.indicator.name)
    return {cause: names for cause, names in found.items() if len(names) > 1}


def history(session: Session, group: str, unit_id: int) -> list[Gap]:
    """The unit's two sides over the years."""
    return score_sheets.gaps(session, group, [unit_id])


def may_dispute(assessment: Assessment, unit: Unit, rights: Rights) -> bool:
    """True for the organ's own posts while the results are open."""
    own = any(not place.is_role and place.path.startswith(unit.path) for place in rights.places)
    return own and assessment.published_at is None


def may_settle(assessment: Assessment, unit: Unit, rights: Rights) -> bool:
    """True for assessors who do not belong to the unit."""
    belongs = any(not p.is_role and p.path.startswith(unit.path) for p in rights.places)
    return (
        rights.covers(unit, ["assessor"], posts=False)
        and not belongs
        and assessment.published_at is None
    )


def require(allowed: bool) -> None:
    """Raises NotAllowed unless it is."""
    if not allowed:
        raise NotAllowed("This is not among your duties.")


def fact_of(session: Session, fact_id: int, *, rights: Rights) -> tuple[YearFact, Assessment, Unit]:
    """A fact with its assessment and unit, for who may see the unit's sheet; else NotFound."""
    fact = session.get(YearFact, fact_id)
    if fact is None:
        raise NotFound("There is no such fact.")
    assessment = session.get_one(Assessment, fact.assessment_id)
    unit = session.get_one(Unit, fact.unit_id)
    if not any(unit.path.startswith(path) for path in _paths(session, rights)):
        raise NotFound("There is no such fact.")
    return fact, assessment, unit


def organ_of(session: Session, rights: Rights) -> Unit | None:
    """The organ that the person's post belongs to."""
    for place in rights.places:
        if place.is_role:
            continue
        ids = [int(part) for part in place.path.strip("/").split("/")]
        unit = session.scalar(
            select(Unit).where(Unit.id.in_(ids), Unit.kind == UnitKind.PARTY_GROUP)
        )
        if unit is not None:
            return unit
    return None


def case_of(session: Session, assessment: Assessment) -> Case | None:
    return session.get(Case, assessment.case_id) if assessment.case_id else None


def plan(session: Session, assessment: Assessment) -> scoring.Scheme:
    """The scheme under which the year is assessed."""
    return schemes.plan_of(session.get_one(Scheme, assessment.scheme_id))


def get(session: Session, year: int, group: str) -> Assessment:
    return assessments.get(session, group, year)
