"""一票否决 of a unit: entered by an assessor with the established fact it rests on.

It makes the suggestion poor at once and counts only when a person has confirmed it at 综合评定
(gradings.confirm_vetoes; processes.md, moderate).
"""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Assessment, Finding, Scheme, Unit, UnitSheet, UnitVeto, User
from workflows import assessments, findings, schemes, scores
from workflows.access import within
from workflows.errors import Conflict, Invalid
from workflows.forms import Fault

LONGEST = 2000


def of_unit(session: Session, assessment: Assessment, unit_id: int) -> Sequence[UnitVeto]:
    """The vetoes that the unit fell under, confirmed or not."""
    return session.scalars(
        select(UnitVeto)
        .where(UnitVeto.assessment_id == assessment.id, UnitVeto.unit_id == unit_id)
        .order_by(UnitVeto.id)
    ).all()


def codes(session: Session, assessment: Assessment) -> Sequence[str]:
    """What the year's scheme lists as a veto."""
    return schemes.plan_of(session.get_one(Scheme, assessment.scheme_id)).rules.veto


def facts(session: Session, assessment: Assessment, unit: Unit) -> Sequence[Finding]:
    """The established facts of the year in the unit's subtree, the newest first."""
    year = assessment.year
    return session.scalars(
        select(Finding)
        .join(Unit, Unit.id == Finding.unit_id)
        .where(
            within([unit.path]),
            Finding.status == findings.ESTABLISHED,
            Finding.happened_on.between(date(year, 1, 1), date(year, 12, 31)),
        )
        .order_by(Finding.happened_on.desc(), Finding.id.desc())
        .limit(200)
    ).all()


def enter(
    session: Session,
    assessment: Assessment,
    unit: Unit,
    *,
    code: str,
    finding_id: int,
    text: str,
    by: User,
    now: datetime,
) -> UnitVeto:
    """The unit's suggestion is made again with the veto.

    Invalid names the field; Conflict where results or the unit's grade are decided, or where the
    veto was entered before.
    """
    _require_undecided(session, assessment, unit)
    _require_ground(session, assessment, unit, code, finding_id, text)
    row = UnitVeto(
        assessment_id=assessment.id,
        unit_id=unit.id,
        code=code,
        ref=f"finding:{finding_id}",
        text=text.strip()[:LONGEST],
    )
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError:
        raise Conflict("This veto is entered for the unit already.") from None
    assessments.note(session, assessment, "veto_entered", by, now, unit=unit.id, veto=code)
    scores.again(session, assessment)
    return row


def take_back(
    session: Session, assessment: Assessment, veto_id: int, *, reason: str, by: User, now: datetime
) -> None:
    """A veto entered by mistake is gone before anybody confirmed it; the trail keeps it."""
    row = session.get(UnitVeto, veto_id)
    if row is None or row.assessment_id != assessment.id:
        raise Conflict("This veto is no longer there.")
    if row.confirmed_at is not None:
        raise Conflict("This veto is confirmed: it is not taken back.")
    if not reason.strip():
        raise Invalid("Please mend what is marked.", fields={"reason": Fault("Say why.")})
    assessments.require_open(assessment)
    detail = {"unit": row.unit_id, "veto": row.code, "reason": reason.strip()[:LONGEST]}
    session.delete(row)
    session.flush()
    assessments.note(session, assessment, "veto_taken_back", by, now, **detail)
    scores.again(session, assessment)


def _require_undecided(session: Session, assessment: Assessment, unit: Unit) -> None:
    assessments.require_open(assessment)
    graded = select(UnitSheet.grade).where(
        UnitSheet.assessment_id == assessment.id, UnitSheet.unit_id == unit.id
    )
    if session.scalar(graded):
        raise Conflict("The unit's grade is decided; a veto comes before that.")


def _require_ground(
    session: Session, assessment: Assessment, unit: Unit, code: str, finding_id: int, text: str
) -> None:
    fields = {}
    if code not in codes(session, assessment):
        fields["code"] = Fault("The scheme has no such veto.")
    if finding_id not in {one.id for one in facts(session, assessment, unit)}:
        fields["finding"] = Fault("Choose an established fact of the unit and the year.")
    if not text.strip():
        fields["text"] = Fault("Say why.")
    if fields:
        raise Invalid("Please mend what is marked.", fields=fields)
