"""Who is at the session, and so may vote: found by name or unit, or read from a list of names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import DebriefingRound, Unit, User
from workflows.access import Rights
from workflows.debriefing_live import opened

MOST_FOUND, MOST_NAMES = 50, 500


def attend(
    session: Session,
    round_id: int,
    *,
    add: Sequence[int] = (),
    remove: Sequence[int] = (),
    rights: Rights,
) -> None:
    """Who is there, and so may vote; each once. Only people of the organiser's reach are added."""
    round_ = opened(session, round_id, rights)
    unit = session.get_one(Unit, round_.organiser_id)
    known = set(session.scalars(_people_of(unit).where(User.id.in_(list(add)))))
    there = [one for one in round_.present if int(one) not in set(remove)]
    here = set(there)
    fresh = [str(one) for one in dict.fromkeys(add) if one in known and str(one) not in here]
    round_.present = [*there, *fresh]
    session.flush()


def _people_of(unit: Unit) -> Any:
    """Everybody with an account who belongs to the unit's own tree, or to the units above it."""
    above = [int(part) for part in unit.path.split("/") if part]
    return (
        select(User.id)
        .join(Unit, Unit.id == User.unit_id)
        .where(
            User.enabled.is_(True),
            Unit.path.startswith(unit.path, autoescape=True) | Unit.id.in_(above),
        )
    )


def find_people(session: Session, round_: DebriefingRound, words: str) -> Sequence[Any]:
    """Whom the words name, by name or unit: (id, name, unit); at most fifty."""
    unit = session.get_one(Unit, round_.organiser_id)
    found = _people_of(unit).with_only_columns(User.id, User.name, Unit.name.label("unit"))
    for word in words.split():
        found = found.where(
            User.name.contains(word, autoescape=True) | Unit.name.contains(word, autoescape=True)
        )
    return session.execute(found.order_by(Unit.path, User.name, User.id).limit(MOST_FOUND)).all()


@dataclass(frozen=True)
class Roster:
    """A list of names, read: who they are, whom nobody knows, and who of several is unclear."""

    found: Sequence[int]
    unknown: Sequence[str]
    unclear: Sequence[str]


def read_roster(session: Session, round_: DebriefingRound, text: str) -> Roster:
    """One name a line, with the unit behind it where several bear it; at most five hundred."""
    unit = session.get_one(Unit, round_.organiser_id)
    people = _people_of(unit).with_only_columns(User.id, User.name, Unit.name.label("unit"))
    lines = [line.split() for line in text.splitlines() if line.split()][:MOST_NAMES]
    by_name: dict[str, list[Any]] = {}
    for row in session.execute(people.where(User.name.in_([line[0] for line in lines]))):
        by_name.setdefault(row.name, []).append(row)
    found: list[int] = []
    unknown: list[str] = []
    unclear: list[str] = []
    for name, *rest in lines:
        named = [one for one in by_name.get(name, ()) if all(word in one.unit for word in rest)]
        if len(named) == 1:
            found.append(named[0].id)
        else:
            (unclear if named else unknown).append(" ".join([name, *rest]))
    return Roster(found, unknown, unclear)


def attendance(session: Session, round_: DebriefingRound) -> Sequence[Any]:
    """Those who are there, in the order in which they were noted: (id, name, unit)."""
    rows = session.execute(
        select(User.id, User.name, Unit.name.label("unit"))
        .outerjoin(Unit, Unit.id == User.unit_id)
        .where(User.id.in_([int(one) for one in round_.present]))
    ).all()
    place = {int(one): number for number, one in enumerate(round_.present)}
    return sorted(rows, key=lambda row: place[row.id])
