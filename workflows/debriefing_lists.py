"""What a person may see of debriefings: the rounds, and a secretary his own."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Box, Case, Debriefing, DebriefingRound, Task, Unit, User
from workflows.access import Rights, within
from workflows.errors import NotFound

READERS = ("organiser", "supervisor", "assessor")


@dataclass(frozen=True)
class Own:
    """A secretary's own debriefing: where it stands, and the list of the year before."""

    row: Debriefing
    round: DebriefingRound
    case: Case
    steps: Sequence[str]
    last_list: Case | None


@dataclass(frozen=True)
class Line:
    """One secretary in a round."""

    row: Debriefing
    name: str
    unit: str


def rounds(session: Session, rights: Rights) -> Sequence[tuple[DebriefingRound, Case, Unit]]:
    """The rounds of the units that the person's roles and posts cover, the newest first."""
    rows = session.execute(
        select(DebriefingRound, Case, Unit)
        .join(Case, Case.id == DebriefingRound.case_id)
        .join(Unit, Unit.id == DebriefingRound.organiser_id)
        .where(within(rights.paths(READERS)))
        .order_by(DebriefingRound.year.desc(), DebriefingRound.id.desc())
        .limit(100)
    )
    return [(round_, case, unit) for round_, case, unit in rows]


def own(session: Session, user: User) -> Sequence[Own]:
    """The person's debriefings, the newest first."""
    rows = session.execute(
        select(Debriefing, DebriefingRound, Case)
        .join(DebriefingRound, DebriefingRound.id == Debriefing.round_id)
        .join(Case, Case.id == DebriefingRound.case_id)
        .where(Debriefing.user_id == user.id)
        .order_by(DebriefingRound.year.desc())
        .limit(10)
    ).all()
    return [
        Own(row, round_, case, _steps(session, case, user), _list_before(session, row, round_))
        for row, round_, case in rows
    ]


def _steps(session: Session, case: Case, user: User) -> Sequence[str]:
    return session.scalars(
        select(Task.name).where(
            Task.case_id == case.id, Task.done_at.is_(None), Task.item_key == str(user.id)
        )
    ).all()


def _list_before(session: Session, row: Debriefing, round_: DebriefingRound) -> Case | None:
    return session.scalar(
        select(Case)
        .join(Debriefing, Debriefing.list_case_id == Case.id)
        .join(DebriefingRound, DebriefingRound.id == Debriefing.round_id)
        .where(Debriefing.user_id == row.user_id, DebriefingRound.year < round_.year)
        .order_by(DebriefingRound.year.desc())
        .limit(1)
    )


def get(session: Session, round_id: int, *, rights: Rights) -> tuple[DebriefingRound, Unit]:
    """The round, for who organises or supervises it; NotFound for anybody else."""
    for round_, _, unit in rounds(session, rights):
        if round_.id == round_id:
            return round_, unit
    raise NotFound("There is no such round, or it is not yours to see.")


def of_case(session: Session, case_id: int, *, rights: Rights) -> DebriefingRound:
    """The round that a case runs, for who may see it; NotFound for anybody else."""
    for round_, case, _ in rounds(session, rights):
        if case.id == case_id:
            return round_
    raise NotFound("There is no such round, or it is not yours to see.")


def lines(session: Session, round_: DebriefingRound) -> Sequence[Line]:
    """The secretaries of a round, by unit: no ranking is shown."""
    rows = session.execute(
        select(Debriefing, User.name, Unit.name)
        .join(User, User.id == Debriefing.user_id)
        .join(Unit, Unit.id == Debriefing.unit_id)
        .where(Debriefing.round_id == round_.id)
        .order_by(Unit.code, Debriefing.id)
    )
    return [Line(row, name, unit) for row, name, unit in rows]


def box_of(session: Session, round_: DebriefingRound) -> Box | None:
    """The round's ballot, if one was prepared."""
    return session.scalar(select(Box).where(Box.case_id == round_.case_id))


def mine(session: Session, debriefing_id: int, *, rights: Rights) -> tuple[Debriefing, Case]:
    """A debriefing: one's own, or one of a round that one may see; else NotFound."""
    row = session.get(Debriefing, debriefing_id)
    if row is not None:
        round_ = session.get_one(DebriefingRound, row.round_id)
        if row.user_id == rights.user.id:
            return row, session.get_one(Case, round_.case_id)
        get(session, round_.id, rights=rights)
        return row, session.get_one(Case, round_.case_id)
    raise NotFound("There is no such debriefing, or it is not yours to see.")
