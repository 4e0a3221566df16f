"""Units: the tree, and what changes in it. A unit is never deleted, it is abolished."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from models import Role, Unit, UnitKind, User
from models.ids import new_id
from workflows import access, audit
from workflows.access import Rights
from workflows.errors import Conflict, Invalid, NotFound, Refused
from workflows.forms import Fault

# What may stand under what; the organ's own units hang on its party group.
UNDER: dict[str, frozenset[str]] = {
    UnitKind.COMMITTEE: frozenset({""}),
    UnitKind.WORK_COMMITTEE: frozenset({"", UnitKind.COMMITTEE}),
    UnitKind.PARTY_GROUP: frozenset(
        {UnitKind.COMMITTEE, UnitKind.WORK_COMMITTEE, UnitKind.PARTY_GROUP}
    ),
    UnitKind.ORGAN_COMMITTEE: frozenset(
        {UnitKind.PARTY_GROUP, UnitKind.ORGAN_COMMITTEE, UnitKind.WORK_COMMITTEE}
    ),
    UnitKind.BRANCH: frozenset(
        {UnitKind.ORGAN_COMMITTEE, UnitKind.PARTY_GROUP, UnitKind.WORK_COMMITTEE}
    ),
    UnitKind.DEPARTMENT: frozenset(
        {UnitKind.PARTY_GROUP, UnitKind.DEPARTMENT, UnitKind.WORK_COMMITTEE}
    ),
}
MANAGED_BY = ("committee", "work_committee", "party_group")
READERS = frozenset(Role)  # the three administrators see the tree, though they read no cases


@dataclass(frozen=True)
class Draft:
    """A unit to be added."""

    code: str
    name: str
    kind: str
    parent_id: int | None
    name_en: str = ""
    managed_by: str = "work_committee"
    member_count: int = 0
    formed_on: date | None = None
    term_ends_on: date | None = None


@dataclass(frozen=True)
class Branching:
    """A unit in the tree, with what hangs on it."""

    unit: Unit
    depth: int
    units: int  # below it, at any depth
    people: int  # in its subtree


def path_under(parent: Unit | None, unit_id: int) -> str:
    """The path of a unit below another: a subtree is a prefix."""
    return f"{parent.path if parent else '/'}{unit_id}/"


def by_code(session: Session, code: str) -> Unit | None:
    return session.scalar(select(Unit).where(Unit.code == code))


def readable(session: Session, unit_id: int, *, rights: Rights) -> Unit:
    """The unit, if the person may look at it in the tree; else NotFound."""
    unit = session.get(Unit, unit_id)
    if unit is None or not rights.covers(unit, READERS):
        raise NotFound("There is no such unit, or it is not yours to see.")
    return unit


def add(session: Session, draft: Draft, *, by: User | None, now: datetime) -> Unit:
    """The unit stands in the tree."""
    require_keeper(session, by, now)
    parent = session.get(Unit, draft.parent_id) if draft.parent_id else None
    _require_sound(session, draft, parent)
    values = {**vars(draft), "code": draft.code.strip(), "name": draft.name.strip()}
    unit = Unit(**values, id=(number := new_id()), path=path_under(parent, number))
    session.add(unit)
    session.flush()
    _note(session, unit, "unit_added", by, now, code=unit.code, name=unit.name)
    return unit


def _require_sound(session: Session, draft: Draft, parent: Unit | None) -> None:
    fields = {}
    if not draft.code.strip() or len(draft.code) > 80:
        fields["code"] = Fault("Please enter a code.")
    if not draft.name.strip() or len(draft.name) > 200:
        fields["name"] = Fault("Please enter a name.")
    if draft.kind not in UNDER or (parent.kind if parent else "") not in UNDER[draft.kind]:
        fields["kind"] = Fault("A unit of this kind cannot stand there.")
    if draft.managed_by not in MANAGED_BY:
        fields["managed_by"] = Fault("This value is not allowed here.")
    if parent is not None and parent.abolished_on is not None:
        fields["parent_id"] = Fault("The unit above is abolished.")
    if fields:
        raise Invalid("Please mend what is marked.", fields=fields)
    if by_code(session, draft.code.strip()) is not None:
        raise Conflict(
            "There is a unit with this code.", fields={"code": Fault("This code is taken.")}
        )


def rename(session: Session, unit: Unit, name: str, *, by: User | None, now: datetime) -> None:
    """The unit bears the new name; papers of before keep the old one."""
    require_keeper(session, by, now)
    name = name.strip()
    if not name or len(name) > 200:
        raise Invalid("Please mend what is marked.", fields={"name": Fault("Please enter a name.")})
    if name == unit.name:
        raise Invalid("Nothing was changed.", fields={"name": Fault("Nothing was changed.")})
    before, unit.name = unit.name, name
    session.flush()
    _note(session, unit, "unit_renamed", by, now, before=before, after=name)


def move(session: Session, unit: Unit, parent: Unit, *, by: User | None, now: datetime) -> None:
    """The unit and all below it hang on another one."""
    require_keeper(session, by, now)
    if parent.is_under(unit):
        raise Refused("A unit cannot hang on itself.", guard="unit_tree")
    if parent.kind not in UNDER[unit.kind]:
        raise Refused("A unit of this kind cannot stand there.", guard="unit_tree")
    before, unit.parent_id = unit.path, parent.id
    after = path_under(parent, unit.id)
    session.flush()
    session.execute(
        update(Unit)
        .where(Unit.path.startswith(before, autoescape=True))
        .values(path=after + func.substr(Unit.path, len(before) + 1))
        .execution_options(synchronize_session=False)
    )
    session.expire_all()
    _note(session, unit, "unit_moved", by, now, before=before, after=after)


def abolish(session: Session, unit: Unit, *, on: date, by: User | None, now: datetime) -> None:
    """The unit is no more from that day; what it did stays on file."""
    require_keeper(session, by, now)
    if unit.abolished_on is not None:
        raise Conflict("This was done before.")
    standing = session.scalar(
        select(func.count(Unit.id)).where(
            Unit.parent_id == unit.id,
            or_(Unit.abolished_on.is_(None), Unit.abolished_on > on),
        )
    )
    if standing:
        raise Refused(
            "{count} units still hang on it. Abolish or move them first.",
            count=standing,
            guard="unit_tree",
        )
    unit.abolished_on = on
    session.flush()
    _note(session, unit, "unit_abolished", by, now, on=on.isoformat())


def tree(session: Session, *, rights: Rights, today: date) -> list[Branching]:
    """The units that the person may see, each under its own, with counts of what is below."""
    visible = select(Unit).where(
        access.within(rights.paths(READERS)),
        or_(Unit.abolished_on.is_(None), Unit.abolished_on > today),
    )
    return in_order(session.scalars(visible).all(), _people_by_unit(session))


def _people_by_unit(session: Session) -> dict[int, int]:
    rows = session.execute(
        select(User.unit_id, func.count()).where(User.enabled).group_by(User.unit_id)
    )
    return {unit_id: number for unit_id, number in rows if unit_id is not None}


def in_order(units: Sequence[Unit], people: Mapping[int, int]) -> list[Branching]:
    """The units as a tree is read: by code, each followed by what hangs on it."""
    shown = {unit.id for unit in units}
    below: dict[int | None, list[Unit]] = {}
    for unit in sorted(units, key=lambda one: one.code):
        below.setdefault(unit.parent_id if unit.parent_id in shown else None, []).append(unit)
    out: list[Branching] = []
    for root in below.get(None, []):
        _descend(root, 0, below, people, out)
    return out


def _descend(
    unit: Unit,
    depth: int,
    below: Mapping[int | None, list[Unit]],
    people: Mapping[int, int],
    out: list[Branching],
) -> int:
    """Appends the unit and all below it; returns how many people they have."""
    place = len(out)
    out.append(Branching(unit, depth, 0, 0))
    number = people.get(unit.id, 0)
    for child in below.get(unit.id, []):
        number += _descend(child, depth + 1, below, people, out)
    out[place] = Branching(unit, depth, len(out) - place - 1, number)
    return number


def ancestors(session: Session, unit: Unit) -> list[Unit]:
    """The units above it, root first, and the unit itself."""
    ids = [int(part) for part in unit.path.split("/") if part]
    found = {one.id: one for one in session.scalars(select(Unit).where(Unit.id.in_(ids)))}
    return [found[one] for one in ids if one in found]


def children(session: Session, unit: Unit, *, today: date) -> list[Unit]:
    query = select(Unit).where(
        Unit.parent_id == unit.id,
        or_(Unit.abolished_on.is_(None), Unit.abolished_on > today),
    )
    return list(session.scalars(query.order_by(Unit.code)))


def require_keeper(session: Session, by: User | None, now: datetime) -> None:
    """Units and posts are kept by the system admin; from the command line, by the operator."""
    if by is not None:
        access.require_role(access.rights_of(session, by, now=now), Role.SYSTEM_ADMIN)


def _note(
    session: Session, unit: Unit, action: str, by: User | None, now: datetime, **detail: str
) -> None:
    audit.record(
        session, actor=by, action=action, subject=unit, now=now, unit_id=unit.id, detail=detail
    )
