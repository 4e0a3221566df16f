"""同一事项不重复扣分: facts that one cause would punish twice, found over all units and shown."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Assessment, Unit, YearFact
from workflows import scoring
from workflows.access import Rights, within
from workflows.assessment_lists import judged, plan
from workflows.scoring import Fact, Indicator


@dataclass(frozen=True)
class Doubled:
    """One cause of one unit: the fact that counts, and those that it stands for."""

    unit: Unit
    cause: str
    counted: YearFact
    spared: Sequence[YearFact]
    indicators: dict[str, Indicator]

    def name_of(self, fact: YearFact) -> Indicator:
        return self.indicators[fact.indicator]

    @property
    def points_spared(self) -> Decimal:
        """What would have been taken off a second time."""
        return sum((_weight(self.indicators, one) for one in self.spared), Decimal(0))


def of(session: Session, assessment: Assessment, rights: Rights) -> list[Doubled]:
    """Every cause that several adverse facts of one unit name, by unit."""
    indicators = {one.code: one for one in plan(session, assessment).indicators}
    groups: dict[tuple[int, str], list[YearFact]] = {}
    units: dict[int, Unit] = {}
    for fact, unit in _facts(session, assessment, rights):
        if fact.indicator in indicators:
            groups.setdefault((unit.id, fact.cause), []).append(fact)
            units[unit.id] = unit
    return [
        _doubled(units[unit_id], facts, indicators)
        for (unit_id, _), facts in groups.items()
        if len(facts) > 1
    ]


def _facts(
    session: Session, assessment: Assessment, rights: Rights
) -> Iterator[tuple[YearFact, Unit]]:
    adverse = (
        YearFact.assessment_id == assessment.id,
        YearFact.adverse.is_(True),
        YearFact.cause != "",
        YearFact.struck_at.is_(None),
    )
    twice = (
        select(YearFact.unit_id, YearFact.cause)
        .where(*adverse)
        .group_by(YearFact.unit_id, YearFact.cause)
        .having(func.count() > 1)
        .subquery()
    )
    rows = session.execute(
        select(YearFact, Unit)
        .join(twice, (twice.c.unit_id == YearFact.unit_id) & (twice.c.cause == YearFact.cause))
        .join(Unit, Unit.id == YearFact.unit_id)
        .where(*adverse, within(judged(session, rights)))
        .order_by(Unit.code, YearFact.cause, YearFact.id)
    )
    yield from ((fact, unit) for fact, unit in rows)


def _doubled(unit: Unit, facts: Sequence[YearFact], indicators: dict[str, Indicator]) -> Doubled:
    spared = set(spared_of(facts, indicators.values()))
    counted = next(one for one in facts if one.id not in spared)
    others = [one for one in facts if one.id in spared]
    return Doubled(unit, counted.cause, counted, others, indicators)


def spared_of(facts: Sequence[YearFact], indicators: Iterable[Indicator]) -> list[int]:
    """Ids of the facts that another of the same cause stands for, as the scorer has it."""
    known = {_fact(one): one.id for one in facts if one.struck_at is None}
    return [known[one] for one in scoring.spared(indicators, known)]


def _fact(row: YearFact) -> Fact:
    return Fact(
        row.indicator, row.ref, row.share, row.weight, row.adverse, row.times, row.cause, row.text
    )


def _weight(indicators: dict[str, Indicator], fact: YearFact) -> Decimal:
    return indicators[fact.indicator].per_fact * fact.times
