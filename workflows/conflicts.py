"""回避: who of those at work on a measure is close to whom it concerns, as far as is on file."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Recusal, Unit, User
from workflows import cases, withdrawals
from workflows.parties import ids_of
from workflows.recusals import belongs

SAME_UNIT, DECLARED = "same_unit", "declared"


@dataclass(frozen=True)
class Close:
    """Somebody who might have to keep out, and on what ground."""

    user: User
    ground: str  # same_unit, declared


def of_case(session: Session, case: Case, *, now: datetime) -> Sequence[Close]:
    """Whom the file proposes for 回避: he belongs to a unit concerned, or has declared to be close
    to it. Nobody is kept out by that: somebody asks, and who ranks above decides."""
    if not case.restricted:  # a matter is done by the unit that it concerns
        return []
    at_work = withdrawals.askable(session, case, now=now)
    units = _units_concerned(session, case, now)
    declared = _declared(session, units, [one.id for one in at_work])
    return [
        Close(one, DECLARED if one.id in declared else SAME_UNIT)
        for one in at_work
        if one.id in declared or one.unit_id in units
    ]


def of_unit(session: Session, unit: Unit, users: Iterable[int]) -> Sequence[Close]:
    """Who of these must not inspect the unit: he belongs to it or below it, or has declared to be
    close to it."""
    rows = session.execute(
        select(User, Unit.path)
        .outerjoin(Unit, Unit.id == User.unit_id)
        .where(User.id.in_(tuple(users)))
        .order_by(User.id)
    ).all()
    declared = _declared(session, {unit.id}, [user.id for user, _ in rows])
    return [
        Close(user, SAME_UNIT if belongs(path, unit) else DECLARED)
        for user, path in rows
        if user.id in declared or belongs(path, unit)
    ]


def _declared(session: Session, units: Iterable[int], users: Iterable[int]) -> set[int]:
    return set(
        session.scalars(
            select(Recusal.user_id).where(
                Recusal.unit_id.in_(tuple(units)),
                Recusal.user_id.in_(tuple(users)),
                Recusal.withdrawn_at.is_(None),
            )
        )
    )


def _units_concerned(session: Session, case: Case, now: datetime) -> set[int]:
    """The unit of the case, and those to which its subjects belong."""
    subjects = ids_of(cases.look(session, case, now=now).act.vars.get("subject_users"))
    own = session.scalars(select(User.unit_id).where(User.id.in_(subjects)))
    return {one for one in (case.unit_id, *own) if one is not None}
