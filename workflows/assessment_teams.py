"""Which units a year assesses and who was to score each, as its case has it."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Assessment, Case, UnitSheet
from workflows import cases


def of(session: Session, assessment: Assessment, *, now: datetime) -> Mapping[int, set[str]]:
    """Unit → the ids of its team; empty where no case tells."""
    if assessment.case_id is None or session.get(Case, assessment.case_id) is None:
        return {}
    case = cases.load(session, assessment.case_id)
    units = cases.look(session, case, now=now).act.vars.get("units") or {}
    return {int(key): {str(one) for one in said["team"]} for key, said in units.items()}


def units(session: Session, assessment: Assessment, *, now: datetime) -> set[int]:
    """The assessed units: those with a sheet, before there are sheets those of the case."""
    with_sheet = session.scalars(
        select(UnitSheet.unit_id).where(UnitSheet.assessment_id == assessment.id)
    ).all()
    return set(with_sheet) or set(of(session, assessment, now=now))
