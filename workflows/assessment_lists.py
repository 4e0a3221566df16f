"""What a person may see of assessments: the years, the units' sheets, the facts behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, Select, func, literal, or_, select
from sqlalchemy.orm import Session

from models import Assessment, Case, Exact, Scheme, Unit, UnitKind, UnitSheet, YearFact
from workflows import assessments, schemes, score_sheets, scoring
from workflows.access import Rights, within
from workflows.errors import NotAllowed, NotFound
from workflows.scoring import Indicator

ASSESS = ("assessor", "supervisor", "organiser")
PAGE = 50
_GRADE = func.coalesce(UnitSheet.grade, UnitSheet.suggested)  # until it is decided, the suggestion


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


@dataclass(frozen=True)
class Filter:
    """What of a year's list is asked for."""

    words: str = ""  # in the unit's name, or its code from the start
    grade: str = ""
    reason: str = ""  # veto, over_quota, tie
    gap: Decimal | None = None  # at least so many points apart


@dataclass(frozen=True)
class Page:
    """A stretch of the list, and the unit codes from which the ones beside it go on."""

    rows: Sequence[Row]
    before: str | None
    after: str | None


def rows(
    session: Session, assessment: Assessment, rights: Rights, chosen: Filter | None = None
) -> Sequence[Row]:
    """The sheets that the person may see, by unit: no ranking.

    Assessors and the committee see all of their subtree, a unit its own.
    """
    wanted = _seen(session, assessment, rights, chosen or Filter()).order_by(Unit.code)
    return [Row(sheet, unit) for sheet, unit in session.execute(wanted)]


def page(
    session: Session,
    assessment: Assessment,
    rights: Rights,
    chosen: Filter,
    *,
    after: str = "",
    before: str = "",
) -> Page:
    """The same, a page of them: from a unit's code on, or up to one."""
    wanted = _seen(session, assessment, rights, chosen).limit(PAGE + 1)
    if before:
        wanted = wanted.where(Unit.code < before).order_by(Unit.code.desc())
    else:
        wanted = wanted.where(Unit.code > after).order_by(Unit.code)
    found = [Row(sheet, unit) for sheet, unit in session.execute(wanted)]
    more, found = len(found) > PAGE, found[:PAGE]
    if before:
        found.reverse()
    if not found:
        return Page((), None, None)
    first, last = found[0].unit.code, found[-1].unit.code
    return Page(
        found,
        first if (more if before else after) else None,
        last if (before or more) else None,
    )


def _seen(
    session: Session, assessment: Assessment, rights: Rights, chosen: Filter
) -> Select[UnitSheet, Unit]:
    return (
        select(UnitSheet, Unit)
        .join(Unit, Unit.id == UnitSheet.unit_id)
        .where(
            UnitSheet.assessment_id == assessment.id,
            within(seen_paths(session, rights)),
            *_conditions(chosen),
        )
    )


def _conditions(chosen: Filter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if chosen.words:
        words = chosen.words
        found.append(
            or_(
                Unit.name.contains(words, autoescape=True),
                Unit.code.startswith(words, autoescape=True),
            )
        )
    if chosen.grade:
        found.append(_GRADE.is_not_distinct_from(chosen.grade))
    if chosen.reason:
        found.append(UnitSheet.reason == chosen.reason)
    if chosen.gap is not None:
        apart = UnitSheet.party - UnitSheet.business
        more, less = literal(chosen.gap, Exact), literal(-chosen.gap, Exact)
        found.append(or_(apart >= more, apart <= less))
    return found


def organ_named(
    session: Session, assessment: Assessment, name: str, *, rights: Rights
) -> Unit | None:
    """The assessed unit of that code or full name, if the person may see it and it is one."""
    wanted = _seen(session, assessment, rights, Filter()).where(
        or_(Unit.code == name, Unit.name == name)
    )
    found = session.execute(wanted.limit(2)).all()
    return found[0][1] if len(found) == 1 else None


def judged(session: Session, rights: Rights) -> tuple[str, ...]:
    """The subtrees that the person judges: by a role that assesses, or a post in the committee."""
    ids = [place.unit_id for place in rights.places if not place.is_role]
    committees = (
        session.scalars(
            select(Unit.path).where(Unit.id.in_(ids), Unit.kind == UnitKind.WORK_COMMITTEE)
        ).all()
        if ids
        else ()
    )
    return (*rights.paths(ASSESS, posts=False), *committees)


def require_judge(session: Session, rights: Rights) -> None:
    """Raises NotAllowed for who judges no unit: he sees his own sheet."""
    require(bool(judged(session, rights)))


def seen_paths(session: Session, rights: Rights) -> tuple[str, ...]:
    """The subtrees that the person judges, and the organ of his own post."""
    own = organ_of(session, rights)
    return (*judged(session, rights), *([own.path] if own else []))


def sheet(
    session: Session, assessment: Assessment, unit_id: int, *, rights: Rights
) -> tuple[Row, Sequence[Line]]:
    """The unit's sheet with every figure's facts; NotFound for who may not see it."""
    wanted = _seen(session, assessment, rights, Filter()).where(UnitSheet.unit_id == unit_id)
    found = session.execute(wanted).one_or_none()
    if found is None:
        raise NotFound("There is no such sheet, or it is not yours to see.")
    row = Row(*found)
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
    if not any(unit.path.startswith(path) for path in seen_paths(session, rights)):
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
