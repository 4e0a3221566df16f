"""影响期: it runs by the clock from the configured table; its end is said, and bars fall away."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

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


def bars_of(session: Session, user_id: int, *, now: datetime) -> list[tuple[str, Measure]]:
    """What the person may not be or get today, each with the measure that says so."""
    rows = session.scalars(
        select(Measure).where(
            Measure.subject_user_id == user_id,
            Measure.state.in_(RUNNING),
            Measure.effect_until >= day_of(now),
        )
    )
    return [(bar, measure) for measure in rows for bar in measure.bars]
