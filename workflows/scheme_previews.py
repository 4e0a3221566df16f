"""What a draft scheme would have made of the year before: who would move, and why."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Assessment, Scheme, Unit, UnitSheet, YearFact
from workflows import schemes, score_sheets, scoring, year_facts
from workflows.scoring import Fact, Sheet
from workflows.year_facts import Year


@dataclass(frozen=True)
class Move:
    """One unit as it was assessed and as the draft would have assessed it."""

    unit: Unit
    before: UnitSheet
    after: Sheet
    grade_after: str
    why: Sequence[str]  # the indicators that make the difference, the largest first

    @property
    def moves(self) -> bool:
        return self.grade_after != (self.before.grade or self.before.suggested)


def preview(session: Session, scheme: Scheme) -> tuple[int, list[Move]] | None:
    """The last assessed year before the draft's, scored anew; none: no year to compare with."""
    last = session.scalar(
        select(Assessment)
        .where(Assessment.group == scheme.group, Assessment.year < scheme.year)
        .order_by(Assessment.year.desc())
        .limit(1)
    )
    if last is None:
        return None
    plan = schemes.plan_of(scheme)
    units = score_sheets.units_of(session, last)
    facts = _facts(session, plan, last, units)
    sheets = {unit.id: scoring.sheet_of(plan, facts.get(unit.id, ())) for unit in units}
    placings = scoring.placings(plan, sheets)
    before = {sheet.unit_id: sheet for sheet in score_sheets.sheets(session, last)}
    moves = [
        Move(
            unit,
            before[unit.id],
            sheets[unit.id],
            placings[unit.id].grade,
            _why(session, last, unit, plan, sheets[unit.id]),
        )
        for unit in units
        if unit.id in before
    ]
    return last.year, moves


def _facts(
    session: Session, plan: scoring.Scheme, last: Assessment, units: Sequence[Unit]
) -> Mapping[int, list[Fact]]:
    """Computed indicators from last year's record; what people entered, as it was entered."""
    year = Year(units, last.year, min(last.cutoff, date(last.year + 1, 12, 31)))
    found: dict[int, list[Fact]] = {}
    for one in plan.indicators:
        if one.means == "computed":
            for it in year_facts.of_source(session, one.source, year):
                fact = Fact(one.code, it.ref, it.share, it.weight, it.adverse, it.times, it.cause)
                found.setdefault(it.unit_id, []).append(fact)
    entered = {one.code for one in plan.indicators if one.means not in ("computed", "effect")}
    rows = session.scalars(
        select(YearFact).where(
            YearFact.assessment_id == last.id,
            YearFact.indicator.in_(entered),
            YearFact.struck_at.is_(None),
        )
    )
    for row in rows:
        fact = Fact(
            row.indicator, row.ref, row.share, row.weight, row.adverse, row.times, row.cause
        )
        found.setdefault(row.unit_id, []).append(fact)
    return found


def _why(
    session: Session, last: Assessment, unit: Unit, plan: scoring.Scheme, sheet: Sheet
) -> list[str]:
    """The three indicators that reached the most or the least of their points differently."""
    names = {one.code: one.name for one in plan.indicators}
    was = {
        line.indicator: line.points / line.most
        for line in score_sheets.lines_of(session, last, unit.id)
        if line.most
    }
    changes: list[tuple[Decimal, str]] = []
    for line in sheet.lines:
        share = line.points / line.most if line.most else Decimal(0)
        change = share - was.get(line.indicator, Decimal(0))
        if change:
            changes.append((abs(change), f"{names[line.indicator]} {change * 100:+.0f}%"))
    return [text for _, text in sorted(changes, reverse=True)[:3]]
