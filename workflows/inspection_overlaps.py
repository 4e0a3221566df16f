"""减负: no second inspection of a unit at one time or on one thing; the other one is named."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from models import Case, CaseStatus, Inspection, PlannedUnit, SupervisionPlanEntry, Unit, Visit
from workflows import definitions
from workflows.errors import Refused
from workflows.forms import Fault

TOPICAL, RULES, DAILY = "topical", "rules", "daily"
KINDS = {TOPICAL: "集中督导调研", RULES: "法规制度执行检查", DAILY: "日常跟踪问效"}


@dataclass(frozen=True)
class Said:
    """What an item of the plan says."""

    code: str
    kind: str
    comprehensive: bool
    topic: str
    from_day: date
    to_day: date
    units: tuple[int, ...]


@dataclass(frozen=True)
class Other:
    """An item of the plan, or an inspection on its way, that another one overlaps with."""

    name: str
    unit: str
    from_day: date
    to_day: date
    why: str  # days, topic

    @property
    def days(self) -> str:
        return f"{self.from_day}—{self.to_day}"


class Looks(Protocol):
    """What an item of the plan and an inspection have in common."""

    @property
    def kind(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def from_day(self) -> date: ...
    @property
    def to_day(self) -> date: ...


def require_free(
    session: Session, organ: Unit, said: Said, *, year: int, but: int | None = None
) -> None:
    """Raises Refused with the other one named: no second look at a unit, few comprehensive ones."""
    found = overlaps(session, organ, said, year=year, but=but)
    if found:
        raise Refused(
            "It overlaps with “{name}” at {unit} ({days}): merge them, or choose other days.",
            name=found[0].name,
            unit=found[0].unit,
            days=found[0].days,
            guard="plan_overlap",
            fields={"topic" if found[0].why == "topic" else "from": Fault("It overlaps.")},
        )
    if said.comprehensive:
        _require_few_comprehensive(session, organ, year, but)


def _require_few_comprehensive(session: Session, organ: Unit, year: int, but: int | None) -> None:
    most = int(definitions.latest_parameters(session).rule["comprehensive_max"])
    others = session.scalars(
        standing(organ, year, but).where(SupervisionPlanEntry.comprehensive.is_(True))
    ).all()
    if len(others) >= most:
        raise Refused(
            "At most {most} comprehensive inspections a year: “{name}” is one already.",
            most=most,
            name="”“".join(one.topic for one in others),
            guard="comprehensive",
            fields={"comprehensive": Fault("There is one already.")},
        )


def standing(organ: Unit, year: int, but: int | None = None) -> Select[SupervisionPlanEntry]:
    """The items of the year's plan that were not taken out, but for one."""
    query = select(SupervisionPlanEntry).where(
        SupervisionPlanEntry.organ_id == organ.id,
        SupervisionPlanEntry.year == year,
        SupervisionPlanEntry.withdrawn_at.is_(None),
    )
    return query.where(SupervisionPlanEntry.id != but) if but else query


def overlaps(
    session: Session, organ: Unit, said: Said, *, year: int, but: int | None = None
) -> list[Other]:
    """The plan's other items and the inspections on their way that look at the same unit."""
    least = int(definitions.latest_parameters(session).rule["topic_likeness"])
    others = [
        *_planned(session, organ, year, but, said.units),
        *_running(session, organ, year, but, said.units),
    ]
    return [
        Other(one.topic, unit, one.from_day, one.to_day, why)
        for one, unit in others
        if (why := clash(said, one, least))
    ]


def _planned(
    session: Session, organ: Unit, year: int, but: int | None, units: Iterable[int]
) -> list[tuple[Looks, str]]:
    rows = session.execute(
        standing(organ, year, but)
        .join(PlannedUnit, PlannedUnit.entry_id == SupervisionPlanEntry.id)
        .join(Unit, Unit.id == PlannedUnit.unit_id)
        .where(PlannedUnit.unit_id.in_(tuple(units)))
        .add_columns(Unit.name)
        .order_by(SupervisionPlanEntry.from_day, SupervisionPlanEntry.id)
    )
    return [(entry, name) for entry, name in rows]


def _running(
    session: Session, organ: Unit, year: int, but: int | None, units: Iterable[int]
) -> list[tuple[Looks, str]]:
    """Inspections that come from no item of the plan, or go where their item did not say."""
    rows = session.execute(
        select(Inspection, Unit.name)
        .join(Visit, Visit.inspection_id == Inspection.id)
        .join(Unit, Unit.id == Visit.unit_id)
        .join(Case, Case.id == Inspection.case_id)
        .where(
            Inspection.organ_id == organ.id,
            Visit.unit_id.in_(tuple(units)),
            Case.status != CaseStatus.STOPPED,
            Inspection.to_day >= date(year, 1, 1),
            Inspection.from_day <= date(year, 12, 31),
        )
        .order_by(Inspection.from_day, Inspection.id)
    )
    return [(row, name) for row, name in rows if but is None or but not in (row.entry_id, row.id)]


def clash(a: Looks, b: Looks, least: int) -> str:
    """Why two that look at one unit are one too many: "days", "topic", or nothing.

    Daily follow-up may go on beside an inspection; it is doubled by the same topic at the same
    time only.
    """
    together = a.from_day <= b.to_day and b.from_day <= a.to_day
    alike = likeness(a.topic, b.topic) >= least
    if DAILY in (a.kind, b.kind):
        return "topic" if together and alike else ""
    return "days" if together else "topic" if alike else ""


def likeness(a: str, b: str) -> int:
    """How much two topics have in common, in percent: pairs of neighbouring characters (Dice)."""
    first, second = _pairs(a), _pairs(b)
    if not first or not second:
        return 100 if _plain(a) == _plain(b) else 0
    return 200 * len(first & second) // (len(first) + len(second))


def _plain(text: str) -> str:
    found = unicodedata.normalize("NFKC", text).casefold()
    return "".join(one for one in found if one.isalnum() and not one.isdecimal())


def _pairs(text: str) -> set[str]:
    plain = _plain(text).replace("年度", "")
    return {plain[at : at + 2] for at in range(len(plain) - 1)}
