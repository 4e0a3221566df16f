"""What an assessment made, to be read: sheets, lines, and the facts behind each point."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Assessment, Scheme, ScoreLine, Unit, UnitSheet, YearFact
from workflows import schemes


def units_of(session: Session, assessment: Assessment) -> Sequence[Unit]:
    """The assessed units: those with a sheet, else those with a fact."""
    for table in (UnitSheet, YearFact):
        ids = select(table.unit_id).where(table.assessment_id == assessment.id)
        found = session.scalars(select(Unit).where(Unit.id.in_(ids)).order_by(Unit.id)).all()
        if found:
            return found
    return []


def sheets(session: Session, assessment: Assessment) -> Sequence[UnitSheet]:
    """The sheets in the order of their units: no ranking is shown."""
    return session.scalars(
        select(UnitSheet)
        .where(UnitSheet.assessment_id == assessment.id)
        .order_by(UnitSheet.unit_id)
    ).all()


def facts_behind(
    session: Session, assessment: Assessment, unit_id: int, indicator: str | None = None
) -> Sequence[YearFact]:
    """The facts of a unit's score, struck ones among them, in the order of the scheme."""
    wanted = select(YearFact).where(
        YearFact.assessment_id == assessment.id, YearFact.unit_id == unit_id
    )
    if indicator is not None:
        wanted = wanted.where(YearFact.indicator == indicator)
    return session.scalars(wanted.order_by(YearFact.indicator, YearFact.ref)).all()


def lines_of(session: Session, assessment: Assessment, unit_id: int) -> Sequence[ScoreLine]:
    return session.scalars(
        select(ScoreLine)
        .where(ScoreLine.assessment_id == assessment.id, ScoreLine.unit_id == unit_id)
        .order_by(ScoreLine.id)
    ).all()


def sheet_of(session: Session, assessment: Assessment, unit_id: int) -> UnitSheet | None:
    """The unit's own sheet."""
    return session.scalar(
        select(UnitSheet).where(
            UnitSheet.assessment_id == assessment.id, UnitSheet.unit_id == unit_id
        )
    )


def weakest(session: Session, assessment: Assessment, unit_id: int, most: int = 3) -> list[str]:
    """The indicators that lost the most, in words: what a rectification begins with."""
    plan = schemes.plan_of(session.get_one(Scheme, assessment.scheme_id))
    names = {one.code: one.name for one in plan.indicators}
    lines = [line for line in lines_of(session, assessment, unit_id) if line.side == "party"]
    lost = sorted(lines, key=lambda line: line.points - line.most)[:most]
    return [
        f"{names.get(line.indicator, line.indicator)}：得{line.points}分（满分{line.most}分）"
        for line in lost
        if line.points < line.most
    ]


@dataclass(frozen=True)
class Gap:
    """The two-skins index of one unit in one year."""

    year: int
    unit_id: int
    party: Decimal
    business: Decimal

    @property
    def points(self) -> Decimal:
        return abs(self.party - self.business)


def gaps(session: Session, group: str, unit_ids: Iterable[int]) -> list[Gap]:
    """How far both sides were apart, by unit and year, the oldest first."""
    rows = session.execute(
        select(Assessment.year, UnitSheet.unit_id, UnitSheet.party, UnitSheet.business)
        .join(Assessment, Assessment.id == UnitSheet.assessment_id)
        .where(Assessment.group == group, UnitSheet.unit_id.in_(list(unit_ids)))
        .order_by(Assessment.year, UnitSheet.unit_id)
    )
    return [Gap(*row) for row in rows]
