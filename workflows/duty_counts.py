"""How many obligations of a choice were met in time, late, excused or missed: by unit, by duty."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import add

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from models import DutyRule, Obligation, Unit
from workflows.access import Rights
from workflows.duties import place_of
from workflows.duty_lists import (
    EXCUSED,
    LATE,
    MISSED,
    ON_TIME,
    OPEN,
    Filter,
    conditions,
    fitting_rules,
    tops,
)


@dataclass(frozen=True)
class Counts:
    on_time: int = 0
    late: int = 0
    excused: int = 0
    missed: int = 0
    open: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, name) + getattr(other, name) for name in NAMES))

    @property
    def total(self) -> int:
        return sum(getattr(self, name) for name in NAMES)

    @property
    def rate(self) -> float | None:
        """The share met in time of what is settled and was not excused; none: nothing is."""
        settled = self.on_time + self.late + self.missed
        return self.on_time / settled if settled else None


NAMES = ("on_time", "late", "excused", "missed", "open")
STATES = dict(zip(NAMES, (ON_TIME, LATE, EXCUSED, MISSED, OPEN), strict=True))


@dataclass(frozen=True)
class OfUnit:
    """A unit with all below it, or `alone`; `below`: how many units of its subtree owe."""

    unit: Unit
    counts: Counts
    alone: bool
    below: int


@dataclass(frozen=True)
class OfDuty:
    rule: DutyRule  # the newest version
    counts: Counts


def by_unit(session: Session, rights: Rights, chosen: Filter) -> list[OfUnit]:
    """The chosen unit's own and each unit's right below it; with none chosen, from the top."""
    roots = [chosen.unit] if chosen.unit else tops(session, rights)
    if len(roots) != 1:
        return _grouped(session, rights, chosen, roots)
    chosen = replace(chosen, unit=roots[0])
    below = session.scalars(select(Unit).where(Unit.parent_id == roots[0].id).order_by(Unit.code))
    return _grouped(session, rights, chosen, [*roots, *below])


def _grouped(
    session: Session, rights: Rights, chosen: Filter, units: Sequence[Unit]
) -> list[OfUnit]:
    """Each unit's share; of two that hold one another the longer path takes it."""
    shares: dict[int, list[Counts]] = {}
    homes = {unit.path: unit.id for unit in units}
    for path, counts in per_unit(session, rights, chosen):
        shares.setdefault(homes[_home(path, homes)], []).append(counts)
    return [
        OfUnit(unit, reduce(add, found), unit is chosen.unit, len(found))
        for unit in units
        if (found := shares.get(unit.id))
    ]


def _home(path: str, homes: Iterable[str]) -> str:
    """The nearest of the homes that holds the path."""
    while path not in homes:
        path = path[: path.rstrip("/").rindex("/") + 1]
    return path


def per_unit(session: Session, rights: Rights, chosen: Filter) -> list[tuple[str, Counts]]:
    """By the path of each unit that owes something of the choice."""
    rules = fitting_rules(session, chosen)
    counted = (
        select(Obligation.unit_id, *_sums())
        .where(*conditions(rights, chosen, rules))
        .group_by(Obligation.unit_id)
        .subquery()
    )
    rows = session.execute(
        select(Unit.path, *(counted.c[name] for name in NAMES)).join(
            counted, counted.c.unit_id == Unit.id
        )
    )
    return [(path, Counts(*numbers)) for path, *numbers in rows]


def by_duty(session: Session, rights: Rights, chosen: Filter) -> list[OfDuty]:
    """Each duty's share of the choice, its versions together, in the catalogue's order."""
    rules = fitting_rules(session, chosen)
    rows = session.execute(
        select(Obligation.rule_id, *_sums())
        .where(*conditions(rights, chosen, rules))
        .group_by(Obligation.rule_id)
    )
    shares: dict[str, list[Counts]] = {}
    for rule_id, *numbers in rows:
        shares.setdefault(rules[rule_id].code, []).append(Counts(*numbers))
    newest = {rule.code: rule for rule in sorted(rules.values(), key=lambda one: one.number)}
    return [
        OfDuty(newest[code], reduce(add, shares[code])) for code in sorted(shares, key=place_of)
    ]


def _sums() -> list[ColumnElement[int]]:
    return [
        func.sum(case((Obligation.state == int(state), 1), else_=0)).label(name)
        for name, state in STATES.items()
    ]
