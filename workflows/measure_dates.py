"""Dates of proposals and measures when the working calendar changes.

A proposal keeps its working days; the terms of the law (to appeal, for the formalities) end on a
working day.
"""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import Measure, Proposal
from workflows import audit
from workflows.recounting import Change

TERMS = ("appeal_until", "formalities_due_at")


def move(session: Session, change: Change, *, since: datetime) -> int:
    """What falls due from `since` on does so by the calendar as it is now; returns how many."""
    return _move_proposals(session, change, since) + _move_measures(session, change, since)


def _move_proposals(session: Session, change: Change, since: datetime) -> int:
    found = session.scalars(
        select(Proposal)
        .where(Proposal.status == "proposed", Proposal.due_at >= since)
        .order_by(Proposal.id)
        .with_for_update()
    ).all()
    moved = 0
    for one in found:
        new = change.recounted(one.due_at)
        if new != one.due_at:
            one.due_at = new
            _record(session, one, {"due_at": new.isoformat()}, change.now)
            moved += 1
    session.flush()
    return moved


def _move_measures(session: Session, change: Change, since: datetime) -> int:
    ends = or_(*(getattr(Measure, name) >= since for name in TERMS))
    moved = 0
    for one in session.scalars(select(Measure).where(ends).order_by(Measure.id)):
        now_ends = {name: _rolled(change, getattr(one, name)) for name in TERMS}
        new = {name: at for name, at in now_ends.items() if at and at != getattr(one, name)}
        for name, at in new.items():
            setattr(one, name, at)
        if new:
            told = {name: at.isoformat() for name, at in new.items()}
            _record(session, one, told, change.now)
            moved += 1
    session.flush()
    return moved


def _rolled(change: Change, at: datetime | None) -> datetime | None:
    return change.rolled(at) if at else None


def _record(
    session: Session, subject: Proposal | Measure, told: dict[str, str], now: datetime
) -> None:
    case_id = subject.case_id if isinstance(subject, Measure) else subject.origin_case_id
    audit.record(
        session,
        actor=None,
        action="dates_recomputed",
        subject=subject,
        now=now,
        case_id=case_id,
        unit_id=subject.subject_unit_id,
        detail=told,
    )
