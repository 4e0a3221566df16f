"""Why a unit's suggested grade is not what its points say: veto, quota, tie, with the figures."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Assessment, ScoreLine, Unit, UnitSheet, UnitVeto
from workflows import scoring
from workflows.access import Rights, within
from workflows.assessment_lists import judged, plan
from workflows.scoring import Indicator

NONE = Decimal(0)


@dataclass(frozen=True)
class Quota:
    """How many of the group may be good, and how many have the points for it."""

    size: int
    share: Decimal
    room: int
    reached: int
    least: Decimal  # points from which a unit is good


@dataclass(frozen=True)
class Placed:
    """One unit whose grade needs words."""

    sheet: UnitSheet
    unit: Unit
    before: int  # units with the points for good that come before it
    equals: Sequence[Unit]  # those that stand exactly where it stands
    breaker: Indicator | None  # the indicator that breaks ties, and what it gave
    breaker_points: Decimal
    vetoes: Sequence[UnitVeto]

    @property
    def left(self) -> bool:
        """True where there is room for some of the equals and not for all."""
        return self.sheet.reason == "tie"


Rank = tuple[Decimal, Decimal]  # points, then what the indicator that breaks ties gave


def quota_of(session: Session, assessment: Assessment) -> Quota:
    """The quota of the year with its figures."""
    scheme = plan(session, assessment)
    sheets = UnitSheet.assessment_id == assessment.id
    size = session.scalar(select(func.count()).where(sheets)) or 0
    reached = session.scalar(select(func.count()).where(sheets, UnitSheet.by_points == "good")) or 0
    return Quota(
        size=size,
        share=scheme.rules.quota,
        room=scoring.quota_of(scheme, size),
        reached=reached,
        least=scheme.rules.thresholds["good"],
    )


def of(session: Session, assessment: Assessment, rights: Rights) -> list[Placed]:
    """Every unit that a veto, the quota or a tie placed, by unit."""
    scheme = plan(session, assessment)
    breaker = next((o for o in scheme.indicators if o.code == scheme.rules.tie_indicator), None)
    rows = session.execute(
        select(UnitSheet, Unit)
        .join(Unit, Unit.id == UnitSheet.unit_id)
        .where(
            UnitSheet.assessment_id == assessment.id,
            UnitSheet.reason != "",
            within(judged(session, rights)),
        )
        .order_by(Unit.code)
    ).all()
    ranks = _ranks(session, assessment, breaker.code if breaker else "")
    steps = sorted(ranks.values())
    alike: dict[Rank, list[Unit]] = {}
    for _, unit in rows:
        if unit.id in ranks:
            alike.setdefault(ranks[unit.id], []).append(unit)
    vetoes = _vetoes(session, assessment)
    found = []
    for sheet, unit in rows:
        rank = ranks.get(unit.id)
        placed = Placed(
            sheet=sheet,
            unit=unit,
            before=len(steps) - bisect_right(steps, rank) if rank else 0,
            equals=[one for one in alike[rank] if one is not unit] if rank else (),
            breaker=breaker,
            breaker_points=rank[1] if rank else NONE,
            vetoes=vetoes.get(unit.id, ()),
        )
        found.append(placed)
    return found


def _ranks(session: Session, assessment: Assessment, breaker: str) -> dict[int, Rank]:
    """The units with the points for good, with what decides among them."""
    rows = session.execute(
        select(UnitSheet.unit_id, UnitSheet.total, ScoreLine.points)
        .outerjoin(
            ScoreLine,
            (ScoreLine.assessment_id == UnitSheet.assessment_id)
            & (ScoreLine.unit_id == UnitSheet.unit_id)
            & (ScoreLine.indicator == breaker),
        )
        .where(UnitSheet.assessment_id == assessment.id, UnitSheet.by_points == "good")
    )
    return {unit_id: (total, points or NONE) for unit_id, total, points in rows}


def _vetoes(session: Session, assessment: Assessment) -> dict[int, list[UnitVeto]]:
    found: dict[int, list[UnitVeto]] = {}
    for veto in session.scalars(
        select(UnitVeto).where(UnitVeto.assessment_id == assessment.id).order_by(UnitVeto.id)
    ):
        found.setdefault(veto.unit_id, []).append(veto)
    return found
