"""制度登记: each organ's own rules in versions; an inspection of rules checks against them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from models import Institution, Role, Unit, UnitKind, User
from workflows import audit
from workflows.access import Rights, within
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.forms import Fault

KINDS = {
    "operation": "组织运行",
    "deliberation": "议事决策",
    "division": "分工负责",
    "other": "其他",
}
PAGE = 50
MOST_ROWS = 10_000
KEEPERS = (Role.SUPERVISOR, Role.PROCESS_ADMIN)
KEEPING_POSTS = ("机关党委书记", "专职副书记", "联络员")


@dataclass(frozen=True)
class Said:
    """What a version of an organ's rule says."""

    code: str
    kind: str
    name: str
    paper: str
    requirement: str
    active_from: date


@dataclass(frozen=True)
class Row:
    institution: Institution
    unit: str


@dataclass(frozen=True)
class Filter:
    unit: Unit | None = None
    kind: str = ""
    words: str = ""
    earlier: bool = False  # versions that hold no more are shown as well


def may_keep(rights: Rights, unit: Unit) -> bool:
    """Who supervises the organ, or keeps its party work, enters its rules."""
    posts = [p.path for p in rights.places if not p.is_role and p.name in KEEPING_POSTS]
    own = any(path.startswith(unit.path) for path in posts)
    return own or rights.covers(unit, KEEPERS, posts=False)


def enter(
    session: Session, unit: Unit, said: Said, *, rights: Rights, now: datetime
) -> Institution:
    """The version holds from its day on, the one before until then; the same again is Conflict."""
    if not may_keep(rights, unit):
        raise NotAllowed("This is not among your duties.")
    check(said)
    before = latest(session, unit.id, said.code)
    if before is not None and same(before, said):
        raise Conflict("“{name}” says the same already.", name=before.name)
    if before is not None and said.active_from <= before.active_from:
        raise Invalid(
            "Please mend what is marked.",
            fields={
                "active_from": Fault(
                    "A new version holds later than the one of {day}.", day=before.active_from
                )
            },
        )
    return keep(session, unit.id, said, before, by=rights.user, now=now)


def check(said: Said) -> None:
    """Raises Invalid where something is missing or unknown."""
    faults: dict[str, str] = {
        name: "Please fill this in."
        for name in ("code", "name", "requirement")
        if not getattr(said, name).strip()
    }
    if said.kind not in KINDS:
        faults["kind"] = "Please choose one of the list."
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)


def same(row: Institution, said: Said) -> bool:
    return all(getattr(row, name) == getattr(said, name) for name in vars(said))


def keep(
    session: Session,
    unit_id: int,
    said: Said,
    before: Institution | None,
    *,
    by: User | None,
    now: datetime,
    number: int = 0,
) -> Institution:
    """The next version, as checked; the one before, if it still holds, ends where it begins."""
    row = Institution(
        unit_id=unit_id,
        number=number or 1 + (before.number if before else 0),
        **vars(said),
        made_by=by.id if by else None,
        made_at=now,
    )
    if before is not None:
        before.active_until = said.active_from
    session.add(row)
    session.flush()
    audit.record(
        session, actor=by, action="institution_entered", subject=row, now=now, unit_id=unit_id,
        detail={"code": said.code, "number": row.number, "name": said.name},
    )  # fmt: skip
    return row


def end(
    session: Session, institution: Institution, on: date, *, rights: Rights, now: datetime
) -> None:
    """废止: the rule holds no more from that day."""
    if not may_keep(rights, session.get_one(Unit, institution.unit_id)):
        raise NotAllowed("This is not among your duties.")
    if institution.active_until is not None:
        raise Conflict("“{name}” was ended already.", name=institution.name)
    if on <= institution.active_from:
        raise Invalid(
            "Please mend what is marked.", fields={"on": Fault("Choose a day after its first.")}
        )
    institution.active_until = on
    session.flush()
    audit.record(
        session, actor=rights.user, action="institution_ended", subject=institution, now=now,
        unit_id=institution.unit_id, detail={"code": institution.code, "on": on.isoformat()},
    )  # fmt: skip


def latest(session: Session, unit_id: int, code: str) -> Institution | None:
    """The newest version of the organ's rule."""
    return next(iter(versions_of(session, unit_id, code)), None)


def in_force(session: Session, unit: Unit, day: date) -> Sequence[Institution]:
    """What holds in the organ on that day: its own rules and those of the units below it."""
    return session.scalars(
        select(Institution)
        .join(Unit, Unit.id == Institution.unit_id)
        .where(Unit.path.startswith(unit.path, autoescape=True), *_holds_on(day))
        .order_by(Institution.kind, Institution.code, Institution.id)
    ).all()


def _holds_on(day: date) -> tuple[ColumnElement[bool], ...]:
    until = Institution.active_until
    return (Institution.active_from <= day, or_(until.is_(None), until > day))


def organ(session: Session, unit_id: int, *, rights: Rights) -> Unit:
    """The organ, if its rules are open to the person; else NotFound."""
    unit = session.get(Unit, unit_id)
    if unit is None or not _open(rights, unit):
        raise NotFound("There is no such unit, or it is not yours to see.")
    return unit


def get(session: Session, institution_id: int, *, rights: Rights) -> Row:
    """The version, if its organ is open to the person; else NotFound."""
    row = session.get(Institution, institution_id)
    unit = session.get_one(Unit, row.unit_id) if row else None
    if row is None or unit is None or not _open(rights, unit):
        raise NotFound("There is no such rule, or it is not yours to see.")
    return Row(row, unit.name)


def _open(rights: Rights, unit: Unit) -> bool:
    return rights.covers(unit) or any(place.path.startswith(unit.path) for place in rights.places)


def versions_of(session: Session, unit_id: int, code: str) -> Sequence[Institution]:
    """All versions of an organ's rule, the newest first."""
    return session.scalars(
        select(Institution)
        .where(Institution.unit_id == unit_id, Institution.code == code)
        .order_by(Institution.number.desc())
    ).all()


def page(
    session: Session,
    rights: Rights,
    wanted: Filter,
    *,
    day: date,
    before: int = 0,
    limit: int = PAGE,
) -> tuple[list[Row], int | None]:
    """The rules of the organs open to the person, the newest entry first; where to go on."""
    query = (
        select(Institution, Unit)
        .join(Unit, Unit.id == Institution.unit_id)
        .where(_seen(rights))
        .order_by(Institution.id.desc())
        .limit(limit + 1)
    )
    if wanted.unit is not None:
        query = query.where(Unit.path.startswith(wanted.unit.path, autoescape=True))
    if wanted.kind:
        query = query.where(Institution.kind == wanted.kind)
    if wanted.words:
        told = (Institution.name, Institution.requirement, Institution.code, Unit.name)
        query = query.where(or_(*(one.contains(wanted.words, autoescape=True) for one in told)))
    if not wanted.earlier:
        until = Institution.active_until
        query = query.where(or_(until.is_(None), until > day))
    if before:
        query = query.where(Institution.id < before)
    found = session.execute(query).all()
    more = found[limit - 1][0].id if len(found) > limit else None
    return [Row(row, unit.name) for row, unit in found[:limit]], more


def _seen(rights: Rights) -> ColumnElement[bool]:
    """Those of the subtrees that are open, and of the units above whom one works in."""
    above = {int(part) for place in rights.places for part in place.path.split("/") if part}
    return or_(within(rights.paths()), Unit.id.in_(above))


def places(session: Session, rights: Rights) -> list[tuple[int, str]]:
    """The organs whose rules the person may see, if they have any."""
    rows = session.execute(
        select(Unit.id, Unit.name)
        .join(Institution, Institution.unit_id == Unit.id)
        .where(_seen(rights))
        .distinct()
        .order_by(Unit.name)
    )
    return [(row.id, row.name) for row in rows]


def keepable(session: Session, rights: Rights) -> list[tuple[int, str]]:
    """The organs whose rules the person enters."""
    rows = session.scalars(
        select(Unit)
        .where(Unit.kind == UnitKind.PARTY_GROUP, Unit.abolished_on.is_(None), _seen(rights))
        .order_by(Unit.code)
    )
    return [(one.id, one.name) for one in rows if may_keep(rights, one)]
