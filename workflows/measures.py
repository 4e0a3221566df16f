"""Measures against an organisation or a person: their states, facts and history (processes.md §15).

A measure moves only with a person's recorded act. What was decided is corrected by a new measure,
never overwritten.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Case, Finding, Measure, MeasureEvent, MeasureFact
from workflows import audit
from workflows.deadlines import day_of, plus_months
from workflows.errors import Conflict, Refused
from workflows.registry import Act
from workflows.subjects import Subject

NEXT: dict[str, frozenset[str]] = {
    "preparing": frozenset(
        {
            "in_force",
            "declined",
            "approved",
            "investigating",
            "under_review",
            "transferred",
            "withdrawn",
        }
    ),
    "approved": frozenset({"in_force", "closed", "withdrawn"}),
    "investigating": frozenset(
        {"decided", "not_accountable", "cleared", "transferred", "under_review", "withdrawn"}
    ),
    "decided": frozenset({"in_force", "superseded", "revoked", "withdrawn"}),
    "in_force": frozenset({"closed", "executed", "superseded", "revoked"}),
    "executed": frozenset({"expired", "closed", "superseded", "revoked"}),
    "closed": frozenset({"superseded", "revoked"}),
    "expired": frozenset({"superseded", "revoked"}),
}
# When a fact is free again for another measure of the kind; for 问责 only when none was taken.
FREES = {
    "reminder": frozenset({"closed", "declined", "withdrawn", "revoked"}),
    "interview": frozenset({"closed", "declined", "withdrawn", "revoked"}),
    "accountability": frozenset(
        {"declined", "cleared", "not_accountable", "transferred", "withdrawn", "revoked"}
    ),
}
TAKEN = frozenset({"in_force", "closed", "executed", "expired", "decided"})


def begin(act: Act, subject: Subject, kind: str, findings: Iterable[int]) -> Measure:
    """The measure is in preparation and its facts are bound to it.

    Refused (guard 7) where another open measure of the kind rests on the same fact.
    """
    key = f"measure:{act.case.id}:{subject.key}"
    known = act.session.scalar(select(Measure).where(Measure.key == key))
    if known is not None:
        return known
    measure = Measure(
        key=key,
        case_id=act.case.id,
        kind=kind,
        subject_kind=subject.kind,
        subject_unit_id=subject.unit_id,
        subject_user_id=subject.user_id,
        subject_name=subject.name,
        post_then=subject.post,
        state="preparing",
        bars=[],
    )
    act.session.add(measure)
    act.session.flush()
    _note(act, measure, "")
    bind(act.session, measure, subject, findings)
    return measure


def bind(session: Session, measure: Measure, subject: Subject, findings: Iterable[int]) -> None:
    """The findings are the measure's facts; Refused where one carries such a measure already."""
    for finding_id in findings:
        try:
            with session.begin_nested():
                session.add(
                    MeasureFact(
                        measure_id=measure.id,
                        finding_id=finding_id,
                        kind=measure.kind,
                        subject_id=subject.id,
                    )
                )
        except IntegrityError:
            raise Refused(
                "The fact “{fact}” already carries a measure of this kind.",
                guard="G7",
                fact=_fact(session, finding_id),
            ) from None


def _fact(session: Session, finding_id: int) -> str:
    finding = session.get(Finding, finding_id)
    return finding.fact if finding else str(finding_id)


def move(
    act: Act, measure: Measure, state: str, *, result: str | None = None, note: str = ""
) -> None:
    """The measure is in another state, by the act at hand; Conflict where that cannot follow."""
    if measure.state == state:
        return
    if state not in NEXT.get(measure.state, frozenset()):
        raise Conflict(
            "A measure that is {before} cannot become {after}.", before=measure.state, after=state
        )
    measure.state = state
    if result is not None:
        measure.result = result
    if state in FREES[measure.kind]:
        free(act.session, measure)
    _note(act, measure, note)
    audit.record(
        act.session,
        actor=act.by,
        action=f"measure_{state}",
        subject=measure,
        now=act.now,
        case_id=measure.case_id,
        unit_id=measure.subject_unit_id,
        detail={"kind": measure.kind, "form": measure.form, "result": measure.result},
    )


@dataclass(frozen=True)
class Successor:
    """What takes a measure's place: its form with what that entails, and why."""

    key: str
    form: str
    months: int
    bars: list[str]
    subject: Subject
    note: str


def supersede(act: Act, old: Measure, by: Successor) -> Measure:
    """The new measure stands on the old one's facts, from its day on; the old stays readable."""
    start = old.effect_from or day_of(act.now)
    # An execution under way goes on with the new measure and closes it.
    state = "in_force" if old.state == "in_force" else "executed"
    facts = [one.id for one in findings_of(act.session, old)]
    move(act, old, "superseded", note=by.note)
    free(act.session, old)
    month = act.calendar.add_months(day_of(act.now), act.rule("formalities_months"))
    new = Measure(
        key=by.key,
        case_id=old.case_id,
        kind=old.kind,
        form=by.form,
        subject_kind=old.subject_kind,
        subject_unit_id=old.subject_unit_id,
        subject_user_id=old.subject_user_id,
        subject_name=old.subject_name,
        post_then=old.post_then,
        duty_class=old.duty_class,
        state=state,
        decided_on=day_of(act.now),
        received_on=old.received_on,
        effect_from=start,
        effect_until=plus_months(start, by.months) if by.months else None,
        bars=by.bars if by.months else [],
        formalities_due_at=act.calendar.end_of_day(month),
        supersedes_id=old.id,
    )
    act.session.add(new)
    act.session.flush()
    _note(act, new, by.note)
    bind(act.session, new, by.subject, facts)
    return new


def free(session: Session, measure: Measure) -> None:
    """The measure's facts may carry another one."""
    for fact in session.scalars(select(MeasureFact).where(MeasureFact.measure_id == measure.id)):
        fact.live = False
    session.flush()


def _note(act: Act, measure: Measure, note: str) -> None:
    act.session.add(
        MeasureEvent(
            measure_id=measure.id,
            at=act.now,
            state=measure.state,
            by=act.by.id if act.by else None,
            note=note,
        )
    )
    act.session.flush()


def of_case(session: Session, case: Case) -> Sequence[Measure]:
    return session.scalars(
        select(Measure).where(Measure.case_id == case.id).order_by(Measure.id)
    ).all()


def the_one(act: Act) -> Measure:
    """The measure of a case that has one subject: a reminder, an interview."""
    return act.session.scalars(select(Measure).where(Measure.case_id == act.case.id)).one()


def history(session: Session, measure: Measure) -> Sequence[MeasureEvent]:
    return session.scalars(
        select(MeasureEvent).where(MeasureEvent.measure_id == measure.id).order_by(MeasureEvent.id)
    ).all()


def findings_of(session: Session, measure: Measure) -> Sequence[Finding]:
    return session.scalars(
        select(Finding)
        .join(MeasureFact, MeasureFact.finding_id == Finding.id)
        .where(MeasureFact.measure_id == measure.id)
        .order_by(Finding.id)
    ).all()


def taken_within(
    session: Session, *, kind: str, subject_id: int, months: int, now: datetime
) -> bool:
    """True if such a measure was taken against the subject in the months before `now`.

    Only measures that stand count: withdrawn, declined and revoked ones do not (guard 5).
    """
    since = plus_months(day_of(now), -months)
    rows: Any = select(Measure.id).where(
        Measure.kind == kind,
        Measure.state.in_(TAKEN),
        Measure.decided_on >= since,
        (Measure.subject_user_id == subject_id)
        | ((Measure.subject_unit_id == subject_id) & Measure.subject_user_id.is_(None)),
    )
    return session.scalar(rows.limit(1)) is not None


def find(session: Session, measure_id: int) -> Measure | None:
    """The measure; the caller asks for the right to it."""
    return session.get(Measure, measure_id)
