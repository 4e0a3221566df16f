"""Scores made from the facts of a year, and made again to the cent whenever asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from models import Assessment, Scheme, ScoreLine, Unit, UnitSheet, UnitVeto, YearFact, bulk
from models.ids import new_id
from workflows import gradings, schemes, score_medians, scoring
from workflows.gradings import Decided
from workflows.score_sheets import sheets, units_of
from workflows.scoring import Fact, Placing, Sheet


def compute(session: Session, assessment: Assessment, units: Sequence[Unit]) -> int:
    """合成得分: every unit has its lines and its sheet, from the facts that stand.

    What people decided on a sheet stays; returns how many units were scored.
    """
    scheme = schemes.plan_of(session.get_one(Scheme, assessment.scheme_id))
    made = dict(scored(session, assessment, scheme, units))
    found = scoring.placings(scheme, made)
    session.execute(delete(ScoreLine).where(ScoreLine.assessment_id == assessment.id))
    bulk.insert(session.connection(), ScoreLine, LINE, _line_rows(assessment, made))
    score_medians.put(session, assessment, made.values())
    known = {
        sheet.unit_id: sheet
        for sheet in session.scalars(
            select(UnitSheet).where(UnitSheet.assessment_id == assessment.id)
        )
    }
    new = [
        _sheet_row(assessment, unit_id, sheet, found[unit_id])
        for unit_id, sheet in made.items()
        if unit_id not in known
    ]
    if new:
        session.execute(insert(UnitSheet), new)
    for unit_id, row in known.items():
        if unit_id in made:
            _bring_up(row, made[unit_id], found[unit_id])
    session.flush()
    return len(made)


def scored(
    session: Session, assessment: Assessment, scheme: scoring.Scheme, units: Sequence[Unit]
) -> Iterator[tuple[int, Sheet]]:
    """Each unit's sheet, from the facts alone."""
    vetoes: dict[int, list[str]] = {}
    for unit_id, code in session.execute(
        select(UnitVeto.unit_id, UnitVeto.code).where(UnitVeto.assessment_id == assessment.id)
    ):
        vetoes.setdefault(unit_id, []).append(code)
    facts = dict(_facts_by_unit(session, assessment))
    for unit in units:
        yield (
            unit.id,
            scoring.sheet_of(scheme, facts.get(unit.id, ()), vetoes=vetoes.get(unit.id, ())),
        )


def _facts_by_unit(session: Session, assessment: Assessment) -> Iterator[tuple[int, list[Fact]]]:
    of = YearFact.__table__.c  # three hundred thousand of them: rows, no entities
    standing = (
        select(of.unit_id, *(of[name] for name in FACT))
        .where(of.assessment_id == assessment.id, of.struck_at.is_(None))
        .order_by(of.unit_id)
    )
    found = session.connection().execute(standing)
    for unit_id, rows in groupby(found, key=itemgetter(0)):
        yield unit_id, [Fact(*row[1:]) for row in rows]


FACT = ("indicator", "ref", "share", "weight", "adverse", "times", "cause")
LINE = ("id", "assessment_id", "unit_id", "indicator", "side", "points", "most", "has_data")


def _line_rows(assessment: Assessment, made: Mapping[int, Sheet]) -> Iterator[tuple[Any, ...]]:
    for unit_id, sheet in made.items():
        ids = new_id.many(len(sheet.lines))
        for row_id, (indicator, side, points, most, _, has_data) in zip(
            ids, sheet.lines, strict=True
        ):
            yield row_id, assessment.id, unit_id, indicator, side, points, most, has_data


def _figures(sheet: Sheet, placing: Placing) -> dict[str, Any]:
    return {
        "party": sheet.party,
        "business": sheet.business,
        "total": sheet.total,
        "by_points": placing.by_points,
        "suggested": placing.grade,
        "reason": placing.reason,
        "vetoes": list(sheet.vetoed),
    }


def _sheet_row(
    assessment: Assessment, unit_id: int, sheet: Sheet, placing: Placing
) -> dict[str, Any]:
    return {
        "id": new_id(),
        "assessment_id": assessment.id,
        "unit_id": unit_id,
        "grade_reason": "",
        "version": 1,
        **_figures(sheet, placing),
    }


def _bring_up(row: UnitSheet, sheet: Sheet, placing: Placing) -> None:
    for name, value in _figures(sheet, placing).items():
        setattr(row, name, value)


def recompute(session: Session, assessment: Assessment) -> Mapping[int, tuple[Decimal, ...]]:
    """The score tables emptied and made again from the facts; the totals that they give.

    A grade is no score: what people decided stays, and where the tables were empty already it
    comes from the record of their decision.
    """
    units = units_of(session, assessment)
    kept = {
        sheet.unit_id: Decided(sheet.grade, sheet.grade_reason, sheet.decided_by, sheet.decided_at)
        for sheet in sheets(session, assessment)
    } or gradings.on_record(session, assessment)
    session.execute(delete(ScoreLine).where(ScoreLine.assessment_id == assessment.id))
    session.execute(delete(UnitSheet).where(UnitSheet.assessment_id == assessment.id))
    session.expire_all()
    compute(session, assessment, units)
    made = sheets(session, assessment)
    for sheet in made:
        if said := kept.get(sheet.unit_id):
            sheet.grade, sheet.grade_reason, sheet.decided_by, sheet.decided_at = said
    session.flush()
    return {sheet.unit_id: (sheet.party, sheet.business, sheet.total) for sheet in made}


def again(session: Session, assessment: Assessment) -> None:
    """The scores of units that have them are made again, after a fact was struck out."""
    if sheets(session, assessment):
        compute(session, assessment, units_of(session, assessment))


SIDES = {"party": "党建得分", "business": "业务得分", "total": "总分"}


@dataclass(frozen=True)
class Change:
    """A figure that came out differently: an altered fact, or an altered score."""

    unit: str
    figure: str  # an indicator's name, or what both sides or their total are called
    before: Decimal | None
    after: Decimal


def made_again(session: Session, assessment: Assessment) -> list[Change]:
    """The year's scores recomputed; every figure that differs from the one that stood."""
    before = _stored(session, assessment)
    recompute(session, assessment)
    plan = schemes.plan_of(session.get_one(Scheme, assessment.scheme_id))
    names = {one.code: one.name for one in plan.indicators} | SIDES
    units = {unit.id: unit.name for unit in units_of(session, assessment)}
    return [
        Change(units[unit_id], names[figure], before.get((unit_id, figure)), points)
        for (unit_id, figure), points in _stored(session, assessment).items()
        if before.get((unit_id, figure)) != points
    ]


def _stored(session: Session, assessment: Assessment) -> dict[tuple[int, str], Decimal]:
    """Every figure that stands, by unit and by indicator or side."""
    lines = select(ScoreLine.unit_id, ScoreLine.indicator, ScoreLine.points).where(
        ScoreLine.assessment_id == assessment.id
    )
    found = {
        (unit_id, indicator): points
        for unit_id, indicator, points in session.execute(lines.order_by(ScoreLine.id))
    }
    for sheet in sheets(session, assessment):
        found |= {(sheet.unit_id, side): getattr(sheet, side) for side in SIDES}
    return found
