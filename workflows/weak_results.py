"""Weak grades of a year, and what the ladder proposes for each: a reminder, an interview."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from models import Assessment, Debriefing, DebriefingRound, Proposal, Unit, UnitSheet, User
from workflows import careers, use_lists
from workflows.access import Rights, within

WEAK = ("average", "poor")


@dataclass(frozen=True)
class Weak:
    """Whose grade, where it was given, and the proposal that rests on it, if one does."""

    ground: str  # debriefing, assessment
    name: str
    unit: Unit
    grade: str
    debriefing_id: int | None
    proposal: Proposal | None
    waits_for_me: bool


def of(session: Session, rights: Rights, year: int) -> Sequence[Weak]:
    """The year's weak grades in the reader's subtree, secretaries first, by unit."""
    use_lists.require_preparing(rights)
    return [*_people(session, rights, year), *_organs(session, rights, year)]


def _people(session: Session, rights: Rights, year: int) -> list[Weak]:
    rows = session.execute(
        select(Debriefing, User.name, Unit, Proposal)
        .join(DebriefingRound, DebriefingRound.id == Debriefing.round_id)
        .join(User, User.id == Debriefing.user_id)
        .join(Unit, Unit.id == Debriefing.unit_id)
        .outerjoin(
            Proposal,
            and_(
                Proposal.origin_case_id == DebriefingRound.case_id,
                Proposal.subject_user_id == Debriefing.user_id,
            ),
        )
        .where(DebriefingRound.year == year, Debriefing.state == "graded", _reach(rights))
        .where(Debriefing.grade.in_(WEAK), Debriefing.user_id != rights.user.id)
        .order_by(Unit.code, Debriefing.id, Proposal.id)
    )
    return [
        Weak("debriefing", name, unit, row.grade or "", row.id, one, _mine(one, rights))
        for row, name, unit, one in rows
    ]


def _organs(session: Session, rights: Rights, year: int) -> list[Weak]:
    rows = session.execute(
        select(UnitSheet, Unit, Proposal)
        .join(Assessment, Assessment.id == UnitSheet.assessment_id)
        .join(Unit, Unit.id == UnitSheet.unit_id)
        .outerjoin(
            Proposal,
            and_(
                Proposal.origin_case_id == Assessment.case_id,
                Proposal.subject_unit_id == Unit.id,
                Proposal.subject_user_id.is_(None),
            ),
        )
        .where(Assessment.year == year, UnitSheet.grade.in_(WEAK), _reach(rights))
        .order_by(Unit.code, Proposal.id)
    )
    return [
        Weak("assessment", unit.name, unit, row.grade or "", None, one, _mine(one, rights))
        for row, unit, one in rows
    ]


def _reach(rights: Rights) -> ColumnElement[bool]:
    return within(careers.paths(rights))


def _mine(proposal: Proposal | None, rights: Rights) -> bool:
    """It waits for this person's decision."""
    return (
        proposal is not None
        and proposal.status == "proposed"
        and proposal.principal in rights.principals
    )
