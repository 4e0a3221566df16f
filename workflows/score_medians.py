"""The middle of every figure of a year over all its units, kept with the scores it comes from."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from statistics import median
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from models import Assessment, ScoreLine, ScoreMedian, UnitSheet
from models.ids import new_id
from workflows.scoring import Sheet

PARTY, BUSINESS, GAP = ":party", ":business", ":gap"
FEWEST = 5  # with fewer units a middle tells a reader about one of the others
FINEST = Decimal("0.001")  # the middle of two scores to the cent


@dataclass(frozen=True)
class Medians:
    """What is in the middle: figures by name (see ScoreMedian), and of how many units."""

    by_figure: Mapping[str, Decimal]
    units: int

    def of(self, figure: str) -> Decimal | None:
        return self.by_figure.get(figure)

    @property
    def party(self) -> Decimal | None:
        return self.of(PARTY)

    @property
    def business(self) -> Decimal | None:
        return self.of(BUSINESS)

    @property
    def gap(self) -> Decimal | None:
        return self.of(GAP)

    @property
    def tells_of_nobody(self) -> bool:
        """True where so many units stand behind it that a unit may be shown it."""
        return self.units >= FEWEST


def put(session: Session, assessment: Assessment, sheets: Iterable[Sheet]) -> None:
    """The medians of these sheets take the place of those that stood."""
    session.execute(delete(ScoreMedian).where(ScoreMedian.assessment_id == assessment.id))
    rows = [_row(assessment, figure, values) for figure, values in _figures(sheets).items()]
    if rows:
        session.execute(insert(ScoreMedian), rows)


def _figures(sheets: Iterable[Sheet]) -> dict[str, list[Decimal]]:
    found: dict[str, list[Decimal]] = {}
    for sheet in sheets:
        for figure, value in _of_sheet(sheet):
            found.setdefault(figure, []).append(value)
    return found


def _of_sheet(sheet: Sheet) -> Iterator[tuple[str, Decimal]]:
    yield PARTY, sheet.party
    yield BUSINESS, sheet.business
    yield GAP, sheet.gap
    for line in sheet.lines:
        if line.has_data:
            yield line.indicator, line.points


def _row(assessment: Assessment, figure: str, values: list[Decimal]) -> dict[str, Any]:
    return {
        "id": new_id(),
        "assessment_id": assessment.id,
        "figure": figure,
        "middle": median(values).quantize(FINEST),
        "units": len(values),
    }


def of(session: Session, assessment: Assessment) -> Medians:
    """The medians of the year; empty before its scores are made."""
    rows = session.execute(
        select(ScoreMedian.figure, ScoreMedian.middle, ScoreMedian.units).where(
            ScoreMedian.assessment_id == assessment.id
        )
    ).all()
    units = next((row.units for row in rows if row.figure == PARTY), 0)
    return Medians({row.figure: row.middle for row in rows}, units)


def over_the_years(session: Session, group: str, until: int) -> dict[int, Medians]:
    """The medians of every year up to that one, the oldest first."""
    rows = session.execute(
        select(Assessment.year, ScoreMedian.figure, ScoreMedian.middle, ScoreMedian.units)
        .join(Assessment, Assessment.id == ScoreMedian.assessment_id)
        .where(
            Assessment.group == group,
            Assessment.year <= until,
            ScoreMedian.figure.in_([PARTY, BUSINESS, GAP]),
        )
        .order_by(Assessment.year)
    )
    found: dict[int, dict[str, Decimal]] = {}
    sizes: dict[int, int] = {}
    for year, figure, middle, units in rows:
        found.setdefault(year, {})[figure] = middle
        sizes[year] = units
    return {year: Medians(figures, sizes[year]) for year, figures in found.items()}


def differing(session: Session) -> list[str]:
    """Years whose medians are not those of their sheets and lines, each in a sentence."""
    return [
        f"assessment {one.year} ({one.group}): {figure} is not the median of its scores"
        for one in session.scalars(select(Assessment).order_by(Assessment.id))
        for figure in _differing(session, one)
    ]


def _differing(session: Session, assessment: Assessment) -> list[str]:
    stored = of(session, assessment).by_figure
    values: dict[str, list[Decimal]] = {}
    for party, business in session.execute(
        select(UnitSheet.party, UnitSheet.business).where(UnitSheet.assessment_id == assessment.id)
    ):
        for figure, value in ((PARTY, party), (BUSINESS, business), (GAP, abs(party - business))):
            values.setdefault(figure, []).append(value)
    for indicator, points in session.execute(
        select(ScoreLine.indicator, ScoreLine.points).where(
            ScoreLine.assessment_id == assessment.id, ScoreLine.has_data.is_(True)
        )
    ):
        values.setdefault(indicator, []).append(points)
    made = {figure: median(known).quantize(FINEST) for figure, known in values.items()}
    return sorted(
        figure for figure in made.keys() | stored.keys() if made.get(figure) != stored.get(figure)
    )
