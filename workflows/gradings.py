"""定档与公布: what the committee decides on the sheets of a year."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Assessment, Scheme, Task, Unit, UnitSheet, UnitVeto, User
from workflows import schemes, scoring
from workflows.assessments import note, require_open
from workflows.errors import Invalid, Refused
from workflows.score_sheets import sheets
from workflows.scoring.scheme import GRADES

MODERATED, DECIDED = "moderate", "decide_assessment"
BY_COMMITTEE = "集体审定"


class Decided(NamedTuple):
    """A grade as it stands on a sheet: which, why, by whom and when."""

    grade: str | None
    reason: str
    by: int | None
    at: datetime | None


def on_record(session: Session, assessment: Assessment) -> dict[int, Decided]:
    """The grades as the case's own record has them; none before they were decided."""
    task = _last(session, assessment, DECIDED)
    said = (task.answers or {}) if task else {}
    if task is None or said.get("verdict") != "approve":
        return {}
    moderated = _last(session, assessment, MODERATED)
    reasons = reasons_of((moderated.answers or {}) if moderated else {})
    return {
        int(row["unit"]): Decided(
            row["grade"],
            reasons.get(str(row["unit"])) or BY_COMMITTEE,
            task.done_by,
            task.done_at,
        )
        for row in said["grades"]
    }


def reasons_of(moderated: Mapping[str, Any]) -> dict[str, str]:
    """Why the assessors proposed another grade than the suggested one, by unit."""
    return {str(row["unit"]): row.get("reason") or "" for row in moderated.get("items") or ()}


def _last(session: Session, assessment: Assessment, node: str) -> Task | None:
    if assessment.case_id is None:
        return None
    return session.scalar(
        select(Task)
        .where(Task.case_id == assessment.case_id, Task.node == node, Task.answers.is_not(None))
        .order_by(Task.done_at.desc(), Task.id.desc())
        .limit(1)
    )


def decide(
    session: Session,
    assessment: Assessment,
    grades: Mapping[int, tuple[str, str]],
    *,
    by: User,
    now: datetime,
) -> None:
    """定档: each unit's grade as the committee decided, with a reason where it differs.

    Raises Refused where a veto stands unconfirmed or the quota for good is exceeded.
    """
    require_open(assessment)
    found = {sheet.unit_id: sheet for sheet in sheets(session, assessment)}
    _require_quota(session, assessment, grades, len(found))
    for unit_id, (grade, reason) in grades.items():
        sheet = found.get(unit_id)
        if sheet is None or grade not in GRADES:
            raise Invalid("There is no such grade or unit.")
        _require_reason(session, sheet, grade, reason)
        sheet.grade, sheet.grade_reason = grade, reason
        sheet.decided_by, sheet.decided_at = by.id, now
    session.flush()
    note(session, assessment, "grades_decided", by, now, units=len(grades))


def _require_quota(
    session: Session,
    assessment: Assessment,
    grades: Mapping[int, tuple[str, str]],
    size: int,
) -> None:
    plan = schemes.plan_of(session.get_one(Scheme, assessment.scheme_id))
    most = scoring.quota_of(plan, size)
    good = sum(1 for grade, _ in grades.values() if grade == "good")
    if good > most:
        raise Refused(
            "At most {most} of {size} units may be good; {good} are proposed.",
            most=most,
            size=size,
            good=good,
            guard="quota",
        )


def _require_reason(session: Session, sheet: UnitSheet, grade: str, reason: str) -> None:
    if grade != sheet.suggested and not reason.strip():
        unit = session.get_one(Unit, sheet.unit_id)
        raise Refused(
            "{unit}: a grade other than the suggested one needs a reason.",
            unit=unit.name,
            guard="reason",
        )
    unconfirmed = sheet.vetoes and not _confirmed(session, sheet)
    if unconfirmed and grade == "poor":
        unit = session.get_one(Unit, sheet.unit_id)
        raise Refused(
            "{unit}: a veto counts only when a person has confirmed it.",
            unit=unit.name,
            guard="veto",
        )


def _confirmed(session: Session, sheet: UnitSheet) -> bool:
    open_ones = session.scalar(
        select(UnitVeto.id).where(
            UnitVeto.assessment_id == sheet.assessment_id,
            UnitVeto.unit_id == sheet.unit_id,
            UnitVeto.confirmed_at.is_(None),
        )
    )
    return open_ones is None


def confirm_vetoes(
    session: Session, assessment: Assessment, unit_id: int, *, by: User, now: datetime
) -> None:
    """A person has looked at the unit's vetoes and says that they apply."""
    for veto in session.scalars(
        select(UnitVeto).where(
            UnitVeto.assessment_id == assessment.id,
            UnitVeto.unit_id == unit_id,
            UnitVeto.confirmed_at.is_(None),
        )
    ):
        veto.confirmed_by, veto.confirmed_at = by.id, now
        note(session, assessment, "veto_confirmed", by, now, unit=unit_id, veto=veto.code)
    session.flush()


def publish(session: Session, assessment: Assessment, *, by: User | None, now: datetime) -> None:
    """公布: every unit has its grade; from now on nothing of the year moves."""
    require_open(assessment)
    if any(sheet.grade is None for sheet in sheets(session, assessment)):
        raise Refused("Every unit needs its grade before the results are published.", guard="all")
    assessment.published_at = now
    session.flush()
    note(session, assessment, "results_published", by, now)
