"""回避: who must not score a unit, since he belongs to it or has declared why he is not free."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Assessment, Recusal, Unit, User
from workflows import assessments
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound

GROUNDS = ("relative", "former", "other")


@dataclass(frozen=True)
class Declared:
    """One declaration with its names."""

    row: Recusal
    user: str
    unit: str


@dataclass(frozen=True)
class Declaration:
    user_id: int
    unit_id: int
    ground: str
    note: str


def declare(
    session: Session, assessment: Assessment, said: Declaration, *, by: User, now: datetime
) -> Recusal:
    """The evaluator keeps away from the unit from now on; once for each pair."""
    assessments.require_open(assessment)
    user, unit = session.get(User, said.user_id), session.get(Unit, said.unit_id)
    faults = {
        name: "Please choose one of the list."
        for name, known in (("user", user), ("unit", unit), ("ground", said.ground in GROUNDS))
        if not known
    }
    if said.ground == "other" and not said.note.strip():
        faults["note"] = "Please fill this in."
    if faults or user is None or unit is None:
        raise Invalid("Please mend what is marked.", fields=faults)
    if (user.id, unit.id) in declared_pairs(session, assessment):
        raise Conflict("{user} keeps away from {unit} already.", user=user.name, unit=unit.name)
    row = Recusal(
        assessment_id=assessment.id,
        user_id=user.id,
        unit_id=unit.id,
        ground=said.ground,
        note=said.note.strip()[:2000],
        declared_by=by.id,
        declared_at=now,
    )
    session.add(row)
    session.flush()
    assessments.note(
        session, assessment, "recusal_declared", by, now, who=user.id, unit=unit.id, why=said.ground
    )
    return row


def withdraw(
    session: Session, assessment: Assessment, recusal_id: int, *, reason: str, by: User,
    now: datetime,
) -> None:  # fmt: skip
    """The declaration no longer holds, for the reason given; it stays readable."""
    assessments.require_open(assessment)
    row = session.get(Recusal, recusal_id)
    if row is None or row.assessment_id != assessment.id:
        raise NotFound("There is no such declaration.")
    if row.withdrawn_at is not None:
        raise Conflict("This declaration was taken back already.")
    if not reason.strip():
        raise Invalid("Please mend what is marked.", fields={"reason": "Please fill this in."})
    row.withdrawn_by, row.withdrawn_at, row.withdrawn_for = by.id, now, reason.strip()[:2000]
    session.flush()
    assessments.note(
        session, assessment, "recusal_withdrawn", by, now, who=row.user_id, unit=row.unit_id,
        reason=reason.strip(),
    )  # fmt: skip


def declared(session: Session, assessment: Assessment) -> Sequence[Declared]:
    """Every declaration of the year, those taken back among them."""
    rows = session.execute(
        select(Recusal, User.name, Unit.name)
        .join(User, User.id == Recusal.user_id)
        .join(Unit, Unit.id == Recusal.unit_id)
        .where(Recusal.assessment_id == assessment.id)
        .order_by(Recusal.id)
    )
    return [Declared(*row) for row in rows]


def declared_pairs(session: Session, assessment: Assessment) -> set[tuple[int, int]]:
    """(user, unit) of the declarations that hold."""
    rows = session.execute(
        select(Recusal.user_id, Recusal.unit_id).where(
            Recusal.assessment_id == assessment.id, Recusal.withdrawn_at.is_(None)
        )
    )
    return {(user_id, unit_id) for user_id, unit_id in rows}


def belongs(path: str | None, unit: Unit) -> bool:
    """True for somebody whose own unit, at this path, is the unit or below it."""
    return bool(path) and str(path).startswith(unit.path)


def require_free(
    session: Session, assessment: Assessment, unit_id: int, users: Iterable[int]
) -> None:
    """Raises NotAllowed where one of them has to keep away from the unit."""
    barred = declared_pairs(session, assessment)
    for user_id in users:
        if (user_id, unit_id) in barred:
            name = session.get_one(User, user_id).name
            raise NotAllowed("{user} has declared a conflict of interest here.", user=name)
