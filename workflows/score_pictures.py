"""What the pictures of a year show: every organ's two sides, and how grades flowed from before."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from models import Assessment, ScoreLine, Unit, UnitSheet
from workflows.access import Rights, within
from workflows.assessment_lists import judged, seen_paths
from workflows.scoring.scheme import GRADES

YEARS = 4  # whose grades are followed


@dataclass(frozen=True)
class Point:
    unit_id: int
    name: str
    party: Decimal
    business: Decimal


@dataclass(frozen=True)
class Flow:
    """So many units went from one grade to another between two years that follow each other."""

    year: int
    grade: str
    next_year: int
    next_grade: str
    units: int


def points(session: Session, assessment: Assessment, rights: Rights) -> list[Point]:
    """党建 × 业务 of every unit that the person may see."""
    rows = session.execute(
        select(UnitSheet.unit_id, Unit.name, UnitSheet.party, UnitSheet.business)
        .join(Unit, Unit.id == UnitSheet.unit_id)
        .where(UnitSheet.assessment_id == assessment.id, within(seen_paths(session, rights)))
        .order_by(Unit.code)
    )
    return [Point(*row) for row in rows]


def flows(session: Session, assessment: Assessment, rights: Rights) -> list[Flow]:
    """How grades went over the last years up to this one; a suggested one where none is decided."""
    years = _years(session, assessment)
    paths = judged(session, rights)
    return [
        flow
        for before, after in pairwise(years)
        for flow in _between(session, before, after, paths)
    ]


def _years(session: Session, assessment: Assessment) -> Sequence[Assessment]:
    found = session.scalars(
        select(Assessment)
        .where(Assessment.group == assessment.group, Assessment.year <= assessment.year)
        .order_by(Assessment.year.desc())
        .limit(YEARS)
    ).all()
    return found[::-1]


def _between(
    session: Session, before: Assessment, after: Assessment, paths: tuple[str, ...]
) -> list[Flow]:
    old, new = aliased(UnitSheet), aliased(UnitSheet)
    was = func.coalesce(old.grade, old.suggested)
    became = func.coalesce(new.grade, new.suggested)
    rows = session.execute(
        select(was, became, func.count())
        .join(new, new.unit_id == old.unit_id)
        .join(Unit, Unit.id == old.unit_id)
        .where(old.assessment_id == before.id, new.assessment_id == after.id, within(paths))
        .group_by(was, became)
    )
    found = [Flow(before.year, a, after.year, b, n) for a, b, n in rows]
    return sorted(found, key=lambda one: (_place(one.grade), _place(one.next_grade)))


def _place(grade: str) -> int:
    return GRADES.index(grade) if grade in GRADES else len(GRADES)


@dataclass(frozen=True)
class Scored:
    """One line of one unit, for the export of the scores."""

    code: str
    unit: str
    indicator: str
    side: str
    points: Decimal
    most: Decimal
    has_data: bool


def every_line(session: Session, assessment: Assessment, rights: Rights) -> list[Scored]:
    """Every indicator's points of every unit that the person may see."""
    rows = session.execute(
        select(
            Unit.code,
            Unit.name,
            ScoreLine.indicator,
            ScoreLine.side,
            ScoreLine.points,
            ScoreLine.most,
            ScoreLine.has_data,
        )
        .join(Unit, Unit.id == ScoreLine.unit_id)
        .where(ScoreLine.assessment_id == assessment.id, within(seen_paths(session, rights)))
        .order_by(Unit.code, ScoreLine.id)
    )
    return [Scored(*row) for row in rows]
