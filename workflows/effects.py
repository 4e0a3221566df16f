"""影响期: it runs by the clock from the configured table; its end is said, and bars fall away."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from models import Measure, MeasureEvent
from workflows import audit, notices
from workflows.deadlines import day_of

RUNNING = frozenset({"in_force", "executed", "closed"})


def ended_ids(session: Session, *, now: datetime, limit: int = 200) -> Sequence[int]:
    """Executed measures whose last day of effect lies before the organisation's day of `now`."""
    return session.scalars(
        select(Measure.id)
        .where(Measure.state == "executed", Measure.effect_until < day_of(now))
        .order_by(Measure.effect_until, Measure.id)
        .limit(limit)
    ).all()


def end(session: Session, measure_id: int, *, now: datetime) -> int:
    """The measure is expired; the person hears that the bars are gone (条例 22: 正常使用)."""
    measure = session.get_one(Measure, measure_id)
    if measure.state != "executed":
        return 0
    measure.state = "expired"
    session.add(MeasureEvent(measure_id=measure.id, at=now, state="expired", by=None, note=""))
    if measure.subject_user_id is not None:
        notices.notify(
            session,
            key=f"effect_end:{measure.id}",
            recipient_id=measure.subject_user_id,
            kind="effect_ended",
            facts={"form": measure.form or "", "until": str(measure.effect_until)},
            case_id=measure.case_id,
            now=now,
        )
    audit.record(
        session,
        actor=None,
        action="effect_ended",
        subject=measure,
        now=now,
        case_id=measure.case_id,
    )
    return 1


def running_of(
    session: Session, user_ids: Iterable[int], *, now: datetime
) -> dict[int, list[Measure]]:
    """By person, the measures under whose effect he is on the organisation's day of `now`."""
    found: dict[int, list[Measure]] = {}
    rows = session.scalars(
        select(Measure)
        .where(Measure.subject_user_id.in_(set(user_ids)), *_runs(now))
        .order_by(Measure.effect_until.desc(), Measure.id)
    )
    for measure in rows:
        if measure.subject_user_id is not None:
            found.setdefault(measure.subject_user_id, []).append(measure)
    return found


def _runs(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (Measure.state.in_(RUNNING), Measure.effect_until >= day_of(now))


def is_running(user_id: InstrumentedAttribute[int], now: datetime) -> ColumnElement[bool]:
    """A condition: the person of that column is under an effect period today."""
    return exists().where(Measure.subject_user_id == user_id, *_runs(now))


def bars_of(session: Session, user_id: int, *, now: datetime) -> list[tuple[str, Measure]]:
    """What the person may not be or get today, each with the measure that says so."""
    running = running_of(session, [user_id], now=now).get(user_id, [])
    return [(bar, measure) for measure in running for bar in measure.bars]
