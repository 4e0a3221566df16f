"""What explains the two-skins index 两张皮指数: which indicators on which side lose the points.

A loss is what an indicator could have given and did not; a deduction loses what it takes off, a
bonus that was not earned is no loss. Beside the points stands what the joint plan of the year adds:
where party and business work lie apart in the work itself (two_skins.py).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Assessment, Scheme, ScoreLine, UnitSheet, YearFact
from workflows import schemes, two_skins
from workflows.assessment_lists import Line
from workflows.score_medians import Medians
from workflows.scoring import Indicator

SIDES = {"party": "party", "deduction": "party", "business": "business"}
SHOWN = 3  # losses named for a year
FACTS = 4  # facts named for a loss
FULL = Decimal(1)


@dataclass(frozen=True)
class Loss:
    """What one indicator lost a unit, beside what it lost the unit in the middle."""

    indicator: Indicator
    side: str
    points: Decimal
    usual: Decimal | None = None
    facts: Sequence[YearFact] = ()

    @property
    def more_than_usual(self) -> bool:
        return self.usual is not None and self.points > self.usual


@dataclass(frozen=True)
class Explained:
    """One year of a unit: both sides, and where the weaker one loses the most."""

    year: int
    party: Decimal
    business: Decimal
    losses: Sequence[Loss] = field(default_factory=tuple)
    plan: two_skins.Found | None = None  # none: no joint plan of that year

    @property
    def gap(self) -> Decimal:
        return abs(self.party - self.business)

    @property
    def weaker(self) -> str:
        """party or business; empty where they are equal."""
        if self.party == self.business:
            return ""
        return "party" if self.party < self.business else "business"

    @property
    def telling(self) -> Sequence[Loss]:
        """The heaviest losses of the weaker side: what the gap comes from."""
        return [one for one in self.losses if one.side == self.weaker][:SHOWN]


def lost(indicator: Indicator, points: Decimal) -> Decimal:
    """What the indicator lost with these points."""
    return points if indicator.side == "deduction" else indicator.points - points


def of_lines(lines: Iterable[Line], medians: Medians | None = None) -> list[Loss]:
    """The losses of one sheet with the facts behind them, the heaviest first."""
    losses = [
        Loss(
            line.indicator,
            SIDES[line.indicator.side],
            lost(line.indicator, line.points),
            _usual(line.indicator, medians),
            _blamed(line.facts),
        )
        for line in lines
        if line.indicator.side in SIDES
    ]
    return _sorted(losses)


def _usual(indicator: Indicator, medians: Medians | None) -> Decimal | None:
    middle = medians.of(indicator.code) if medians else None
    return None if middle is None else lost(indicator, middle)


def _blamed(facts: Sequence[YearFact]) -> Sequence[YearFact]:
    """Facts that took something away: adverse ones, and those not wholly reached."""
    stand = [fact for fact in facts if fact.struck_at is None]
    return [fact for fact in stand if fact.adverse or fact.share < FULL][:FACTS]


def _sorted(losses: Iterable[Loss]) -> list[Loss]:
    found = [one for one in losses if one.points > 0]
    return sorted(found, key=lambda one: (-one.points, one.indicator.code))


def over_the_years(session: Session, group: str, unit_id: int, *, now: datetime) -> list[Explained]:
    """Every assessed year of a unit, the oldest first, each with what explains its gap."""
    years = session.execute(
        select(Assessment, Scheme, UnitSheet.party, UnitSheet.business)
        .join(Scheme, Scheme.id == Assessment.scheme_id)
        .join(UnitSheet, UnitSheet.assessment_id == Assessment.id)
        .where(Assessment.group == group, UnitSheet.unit_id == unit_id)
        .order_by(Assessment.year)
    ).all()
    plans = two_skins.over_the_years(session, unit_id, now=now)
    points = _points(session, [row[0].id for row in years], unit_id)
    return [
        Explained(
            assessment.year,
            party,
            business,
            _of_year(scheme, points.get(assessment.id, {})),
            plans.get(assessment.year),
        )
        for assessment, scheme, party, business in years
    ]


def _points(
    session: Session, assessment_ids: Sequence[int], unit_id: int
) -> dict[int, dict[str, Decimal]]:
    found: dict[int, dict[str, Decimal]] = {}
    for assessment_id, code, points in session.execute(
        select(ScoreLine.assessment_id, ScoreLine.indicator, ScoreLine.points).where(
            ScoreLine.assessment_id.in_(assessment_ids), ScoreLine.unit_id == unit_id
        )
    ):
        found.setdefault(assessment_id, {})[code] = points
    return found


def _of_year(scheme: Scheme, points: Mapping[str, Decimal]) -> list[Loss]:
    return _sorted(
        Loss(one, SIDES[one.side], lost(one, points[one.code]))
        for one in schemes.plan_of(scheme).indicators
        if one.side in SIDES and one.code in points
    )


def in_the_middle(indicators: Iterable[Indicator], medians: Medians) -> list[Loss]:
    """What each indicator loses the unit in the middle, the heaviest first."""
    return _sorted(
        Loss(one, SIDES[one.side], lost(one, middle))
        for one in indicators
        if one.side in SIDES and (middle := medians.of(one.code)) is not None
    )
