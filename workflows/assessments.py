"""网上考核: one per group and year; its facts are frozen, entered and struck, never changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models import Assessment, Scheme, Unit, User, YearFact
from models.ids import new_id
from workflows import audit, schemes, year_facts
from workflows.errors import Conflict, Invalid, NotFound, Refused
from workflows.scoring import Indicator
from workflows.year_facts import Found, Year

SHARE = Decimal("0.00000001")  # fine enough that points come back to the cent


@dataclass(frozen=True)
class Entered:
    """A fact that a person brings in: a self-report, a panel's score, a survey, a business result.

    `points` are of the indicator's own; `ref` says where it can be read.
    """

    unit_id: int
    indicator: str
    points: Decimal
    ref: str
    text: str = ""
    adverse: bool = False


def begin(
    session: Session,
    scheme: Scheme,
    *,
    cutoff: date,
    case_id: int | None,
    by: User | None,
    now: datetime,
) -> Assessment:
    """The year's assessment of the group runs under a published scheme; once per year."""
    if scheme.status != "published":
        raise Refused("An assessment needs a published scheme.", guard="scheme_published")
    known = find(session, scheme.group, scheme.year)
    if known is not None:
        raise Conflict("The assessment of {year} is there already.", year=scheme.year)
    assessment = Assessment(
        group=scheme.group,
        year=scheme.year,
        scheme_id=scheme.id,
        cutoff=cutoff,
        case_id=case_id,
    )
    session.add(assessment)
    session.flush()
    note(session, assessment, "assessment_begun", by, now)
    return assessment


def find(session: Session, group: str, year: int) -> Assessment | None:
    """The group's assessment of the year, if there is one."""
    return session.scalar(
        select(Assessment).where(Assessment.group == group, Assessment.year == year)
    )


def get(session: Session, group: str, year: int) -> Assessment:
    """The group's assessment of the year, else NotFound."""
    assessment = find(session, group, year)
    if assessment is None:
        raise NotFound("There is no assessment of {year}.", year=year)
    return assessment


def freeze(
    session: Session, assessment: Assessment, units: Sequence[Unit], *, now: datetime
) -> int:
    """锁定事实: what the record says by the cutoff is kept for good; returns how many facts.

    A second call changes nothing.
    """
    if assessment.frozen_at is not None:
        return 0
    plan = schemes.plan_of(session.get_one(Scheme, assessment.scheme_id))
    year = Year(units, assessment.year, assessment.cutoff)
    rows = [
        _row(assessment, one.code, found, now)
        for one in plan.indicators
        if one.means == "computed"
        for found in year_facts.of_source(session, one.source, year)
    ]
    if rows:
        session.execute(insert(YearFact), rows)
    assessment.frozen_at = now
    session.flush()
    note(session, assessment, "facts_frozen", None, now, facts=len(rows))
    return len(rows)


def _row(assessment: Assessment, indicator: str, found: Found, now: datetime) -> dict[str, Any]:
    return {
        "id": new_id(),
        "assessment_id": assessment.id,
        "unit_id": found.unit_id,
        "indicator": indicator,
        "ref": found.ref,
        "text": found.text,
        "share": found.share.quantize(SHARE),
        "weight": found.weight,
        "adverse": found.adverse,
        "times": found.times,
        "cause": found.cause,
        "entered_at": now,
    }


def enter(
    session: Session, assessment: Assessment, said: Entered, *, by: User, now: datetime
) -> YearFact:
    """A fact that the record does not hold is entered, once per source; it names who and where."""
    require_open(assessment)
    indicator = _open_indicator(session, assessment, said)
    if _fact(session, assessment, said.unit_id, said.indicator, said.ref) is not None:
        raise Conflict("{indicator} of this unit is entered already.", indicator=indicator.name)
    fact = YearFact(
        assessment_id=assessment.id,
        unit_id=said.unit_id,
        indicator=said.indicator,
        ref=said.ref,
        text=said.text,
        share=(said.points / indicator.points).quantize(SHARE),
        weight=Decimal(1),
        adverse=said.adverse,
        times=Decimal(1),
        entered_by=by.id,
        entered_at=now,
    )
    session.add(fact)
    session.flush()
    note(session, assessment, "score_entered", by, now, unit=said.unit_id, indicator=said.indicator)
    return fact


def _open_indicator(session: Session, assessment: Assessment, said: Entered) -> Indicator:
    """The indicator that takes these points; Invalid or Refused where none does."""
    plan = schemes.plan_of(session.get_one(Scheme, assessment.scheme_id))
    found = next((one for one in plan.indicators if one.code == said.indicator), None)
    if found is None:
        raise Invalid("The scheme has no indicator {code}.", code=said.indicator)
    if found.means in ("computed", "effect"):
        raise Refused(
            "{indicator} is computed from the record; dispute the fact instead.",
            indicator=found.name,
            guard="computed",
        )
    if not 0 <= said.points <= found.points:
        raise Invalid(
            "{indicator} takes 0 to {most} points.", indicator=found.name, most=found.points
        )
    return found


def _fact(
    session: Session, assessment: Assessment, unit_id: int, indicator: str, ref: str
) -> YearFact | None:
    return session.scalar(
        select(YearFact).where(
            YearFact.assessment_id == assessment.id,
            YearFact.unit_id == unit_id,
            YearFact.indicator == indicator,
            YearFact.ref == ref,
        )
    )


def dispute(session: Session, fact_id: int, *, reason: str, by: User, now: datetime) -> YearFact:
    """The unit says that a fact is wrong; it counts until somebody has looked at it."""
    fact = _open_fact(session, fact_id, reason)
    if fact.disputed_at is not None:
        raise Conflict("This fact is disputed already.")
    fact.disputed_by, fact.disputed_at, fact.disputed_for = by.id, now, reason.strip()
    session.flush()
    assessment = session.get_one(Assessment, fact.assessment_id)
    note(session, assessment, "fact_disputed", by, now, fact=fact.ref, reason=reason.strip())
    return fact


def dismiss(session: Session, fact_id: int, *, reason: str, by: User, now: datetime) -> YearFact:
    """The dispute was looked at and the fact stands, for the reason given."""
    fact = _open_fact(session, fact_id, reason)
    if fact.disputed_at is None or fact.dismissed_at is not None:
        raise Conflict("There is no open dispute about this fact.")
    fact.dismissed_at, fact.dismissed_for = now, reason.strip()
    session.flush()
    assessment = session.get_one(Assessment, fact.assessment_id)
    note(session, assessment, "dispute_dismissed", by, now, fact=fact.ref, reason=reason.strip())
    return fact


def _open_fact(session: Session, fact_id: int, reason: str) -> YearFact:
    fact = session.get(YearFact, fact_id)
    if fact is None:
        raise NotFound("There is no such fact.")
    if fact.struck_at is not None:
        raise Conflict("This fact is struck out already.")
    if not reason.strip():
        raise Invalid("Please mend what is marked.", fields={"reason": "Please fill this in."})
    require_open(session.get_one(Assessment, fact.assessment_id))
    return fact


def open_disputes(session: Session, assessment: Assessment, unit_id: int) -> Sequence[YearFact]:
    """The unit's disputes that nobody has answered."""
    return session.scalars(
        select(YearFact)
        .where(
            YearFact.assessment_id == assessment.id,
            YearFact.unit_id == unit_id,
            YearFact.disputed_at.is_not(None),
            YearFact.dismissed_at.is_(None),
            YearFact.struck_at.is_(None),
        )
        .order_by(YearFact.id)
    ).all()


def strike(session: Session, fact_id: int, *, reason: str, by: User, now: datetime) -> YearFact:
    """An upheld dispute strikes the fact out: it stays readable and no longer counts."""
    fact = _open_fact(session, fact_id, reason)
    fact.struck_by, fact.struck_at, fact.struck_for = by.id, now, reason.strip()
    session.flush()
    assessment = session.get_one(Assessment, fact.assessment_id)
    note(session, assessment, "fact_struck", by, now, fact=fact.ref, reason=reason.strip())
    return fact


def require_open(assessment: Assessment) -> None:
    """Raises Conflict once the results are published."""
    if assessment.published_at is not None:
        raise Conflict("The results of {year} are published and frozen.", year=assessment.year)


def note(
    session: Session,
    assessment: Assessment,
    action: str,
    by: User | None,
    now: datetime,
    **detail: object,
) -> None:
    """The act is in the audit trail, under the assessment."""
    audit.record(
        session,
        actor=by,
        action=action,
        subject=assessment,
        now=now,
        case_id=assessment.case_id,
        detail={"year": assessment.year, **{k: str(v) for k, v in detail.items()}},
    )
