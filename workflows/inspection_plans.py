"""年度督查检查考核计划: items with units and days, filed 备案, none twice over the same unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from models import Inspection, PlannedUnit, Role, SupervisionPlanEntry, Unit, UnitKind, User
from workflows import audit
from workflows.access import Rights, within
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.forms import Fault
from workflows.inspection_overlaps import KINDS, Said, require_free, standing

PAGE = 50
MOST_UNITS = 200
INSPECTING = (UnitKind.COMMITTEE, UnitKind.WORK_COMMITTEE)


@dataclass(frozen=True)
class Item:
    """One item with what its line shows."""

    entry: SupervisionPlanEntry
    units: Sequence[Unit]
    inspection: Inspection | None


def may_plan(rights: Rights, organ: Unit) -> bool:
    return rights.covers(organ, [Role.SUPERVISOR], posts=False)


def require_planner(rights: Rights, organ: Unit) -> None:
    if not may_plan(rights, organ):
        raise NotAllowed("Only the supervisors of {unit} keep its plan.", unit=organ.name)


def organ_of(session: Session, rights: Rights) -> Unit:
    """The organ whose plan the person keeps; NotAllowed for anybody who keeps none."""
    organ = organ_for(session, rights)
    if organ is None:
        raise NotAllowed("This is not among your duties.")
    return organ


def organ_for(session: Session, rights: Rights) -> Unit | None:
    """The same, none for who keeps none: a supervisor of single organs plans no inspections."""
    seats = {p.unit_id for p in rights.places if p.is_role and p.name == Role.SUPERVISOR}
    return session.scalars(
        select(Unit).where(Unit.id.in_(seats), Unit.kind.in_(INSPECTING)).order_by(Unit.path)
    ).first()


def enter(
    session: Session, organ: Unit, said: Said, *, year: int, rights: Rights, now: datetime
) -> SupervisionPlanEntry:
    """The item stands in the plan, not yet filed. Refused where it overlaps with another."""
    require_planner(rights, organ)
    session.refresh(organ, with_for_update=True)  # two at once: the second sees the first
    check(session, organ, said, year=year, rights=rights)
    if coded(session, organ, year, said.code) is not None:
        raise Conflict("The plan of {year} has an item {code} already.", year=year, code=said.code)
    require_free(session, organ, said, year=year)
    return keep(session, organ, said, year=year, by=rights.user, now=now)


def check(session: Session, organ: Unit, said: Said, *, year: int, rights: Rights) -> None:
    """Raises Invalid with what is to be mended."""
    faults: dict[str, str] = {
        name: "Please fill this in." for name in ("code", "topic") if not getattr(said, name)
    }
    if said.kind not in KINDS:
        faults["kind"] = "Please choose one of the list."
    if said.to_day < said.from_day or not said.from_day.year == said.to_day.year == year:
        faults["to"] = Fault("The days lie in {year}, the last not before the first.", year=year)
    found = session.scalars(select(Unit).where(Unit.id.in_(said.units))).all()
    if not said.units or len(found) != len(set(said.units)) or len(found) > MOST_UNITS:
        faults["units"] = "Please choose one of the list."
    elif any(not one.path.startswith(organ.path) or one.id == organ.id for one in found):
        faults["units"] = Fault("{unit} inspects the units below it.", unit=organ.name)
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)


def keep(
    session: Session, organ: Unit, said: Said, *, year: int, by: User | None, now: datetime
) -> SupervisionPlanEntry:
    """The item's rows, as checked."""
    row = SupervisionPlanEntry(
        organ_id=organ.id,
        year=year,
        code=said.code,
        kind=said.kind,
        comprehensive=said.comprehensive,
        topic=said.topic,
        from_day=said.from_day,
        to_day=said.to_day,
        made_by=by.id if by else None,
        made_at=now,
    )
    session.add(row)
    session.flush()
    session.add_all(PlannedUnit(entry_id=row.id, unit_id=one) for one in dict.fromkeys(said.units))
    session.flush()
    note(session, row, "plan_entry_made", by, now, code=said.code, topic=said.topic)
    return row


def change(
    session: Session, entry: SupervisionPlanEntry, said: Said, *, by: User | None, now: datetime
) -> None:
    """The item that is not yet filed says this from now on, as checked."""
    for name in ("kind", "comprehensive", "topic", "from_day", "to_day"):
        setattr(entry, name, getattr(said, name))
    session.execute(delete(PlannedUnit).where(PlannedUnit.entry_id == entry.id))
    session.add_all(
        PlannedUnit(entry_id=entry.id, unit_id=one) for one in dict.fromkeys(said.units)
    )
    session.flush()
    note(session, entry, "plan_entry_changed", by, now, code=said.code, topic=said.topic)


def coded(session: Session, organ: Unit, year: int, code: str) -> SupervisionPlanEntry | None:
    """The item of that code in the year's plan."""
    return session.scalar(
        select(SupervisionPlanEntry).where(
            SupervisionPlanEntry.organ_id == organ.id,
            SupervisionPlanEntry.year == year,
            SupervisionPlanEntry.code == code,
        )
    )


def file(
    session: Session,
    organ: Unit,
    year: int,
    number: str,
    *,
    on: date,
    rights: Rights,
    now: datetime,
) -> int:
    """备案: what of the year's plan is not yet filed has this number; returns how many items."""
    require_planner(rights, organ)
    if not number.strip():
        raise Invalid("Please mend what is marked.", fields={"number": "Please fill this in."})
    waiting = session.scalars(
        standing(organ, year).where(SupervisionPlanEntry.register_no == "")
    ).all()
    if not waiting:
        raise Conflict("Every item of the plan of {year} is filed already.", year=year)
    for one in waiting:
        one.register_no, one.filed_on, one.filed_by = number.strip()[:200], on, rights.user.id
        note(session, one, "plan_entry_filed", rights.user, now, number=one.register_no)
    session.flush()
    return len(waiting)


def withdraw(
    session: Session, entry: SupervisionPlanEntry, reason: str, *, rights: Rights, now: datetime
) -> None:
    """The item is taken out of the plan, for the reason given; one that runs is stopped instead."""
    require_planner(rights, session.get_one(Unit, entry.organ_id))
    if not reason.strip():
        raise Invalid("Please mend what is marked.", fields={"reason": "Please fill this in."})
    if entry.withdrawn_at is not None:
        raise Conflict("“{name}” was taken out of the plan already.", name=entry.topic)
    if inspection_of(session, entry) is not None:
        raise Conflict("“{name}” is on its way: stop its case instead.", name=entry.topic)
    entry.withdrawn_at, entry.withdrawn_for = now, reason.strip()[:2000]
    session.flush()
    note(session, entry, "plan_entry_withdrawn", rights.user, now, reason=reason.strip())


def inspection_of(session: Session, entry: SupervisionPlanEntry) -> Inspection | None:
    return session.scalar(select(Inspection).where(Inspection.entry_id == entry.id))


def get(session: Session, entry_id: int, *, rights: Rights) -> SupervisionPlanEntry:
    """The item, if the plan is open to the person; else NotFound."""
    entry = session.get(SupervisionPlanEntry, entry_id)
    if entry is None or not rights.covers(session.get_one(Unit, entry.organ_id)):
        raise NotFound("There is no such item, or it is not yours to see.")
    return entry


def years(session: Session, rights: Rights) -> Sequence[int]:
    """The years that have a plan the person may see, the newest first."""
    return session.scalars(
        select(SupervisionPlanEntry.year)
        .join(Unit, Unit.id == SupervisionPlanEntry.organ_id)
        .where(within(rights.paths()))
        .distinct()
        .order_by(SupervisionPlanEntry.year.desc())
    ).all()


def items(session: Session, rights: Rights, year: int) -> list[Item]:
    """The year's plan as the person may see it, in the order of its days."""
    rows = session.scalars(
        select(SupervisionPlanEntry)
        .join(Unit, Unit.id == SupervisionPlanEntry.organ_id)
        .where(within(rights.paths()), SupervisionPlanEntry.year == year)
        .order_by(SupervisionPlanEntry.from_day, SupervisionPlanEntry.code)
    ).all()
    places = units_of(session, [one.id for one in rows])
    runs = session.scalars(select(Inspection).where(Inspection.entry_id.in_([r.id for r in rows])))
    by_entry = {one.entry_id: one for one in runs}
    return [Item(row, places.get(row.id, []), by_entry.get(row.id)) for row in rows]


def units_of(session: Session, entry_ids: Sequence[int]) -> dict[int, list[Unit]]:
    """The units of each item, by code."""
    found: dict[int, list[Unit]] = {}
    rows = session.execute(
        select(PlannedUnit.entry_id, Unit)
        .join(Unit, Unit.id == PlannedUnit.unit_id)
        .where(PlannedUnit.entry_id.in_(entry_ids))
        .order_by(Unit.code)
    )
    for entry_id, unit in rows:
        found.setdefault(entry_id, []).append(unit)
    return found


def places(session: Session, organ: Unit) -> list[tuple[int, str]]:
    """The organs that it can plan to visit."""
    rows = session.execute(
        select(Unit.id, Unit.name)
        .where(
            Unit.path.startswith(organ.path, autoescape=True),
            Unit.kind == UnitKind.PARTY_GROUP,
            Unit.abolished_on.is_(None),
        )
        .order_by(Unit.code)
    )
    return [(row.id, row.name) for row in rows]


def unfiled(session: Session, organ: Unit, year: int) -> int:
    """How many items wait to be filed."""
    waiting = standing(organ, year).where(SupervisionPlanEntry.register_no == "")
    return session.scalar(select(func.count()).select_from(waiting.subquery())) or 0


def note(
    session: Session,
    entry: SupervisionPlanEntry,
    action: str,
    by: User | None,
    now: datetime,
    **detail: object,
) -> None:
    audit.record(
        session, actor=by, action=action, subject=entry, now=now, unit_id=entry.organ_id,
        detail={"year": entry.year, **{key: str(value) for key, value in detail.items()}},
    )  # fmt: skip
