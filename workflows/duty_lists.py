"""Obligations of many units: those not done first, the longest overdue ahead, within rights."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Integer, Select, func, or_, select, tuple_, type_coerce
from sqlalchemy.orm import Session

from models import DutyRule, Obligation, ObligationState, Unit, UnitKind
from workflows.access import READS_CASES, Rights, within
from workflows.deadlines import ZONE, day_of
from workflows.duties import place_of
from workflows.findings import Key
from workflows.periods import MONTHS, Period, as_number, period_numbered, period_of

PAGE = 50
MOST_ROWS = 10_000  # of an export
FEW = 100  # units
MOST_UNITS = 300  # in a list to choose from; a word narrows it down
OPEN, ON_TIME, LATE, EXCUSED, MISSED = ObligationState
WORDS = {
    OPEN: "open",
    ON_TIME: "on_time",
    LATE: "late",
    EXCUSED: "excused",
    MISSED: "missed",
}
# What a list may be narrowed to; `due` is all that is still to be done.
STATES: dict[str, tuple[ObligationState, ...]] = {
    "due": (MISSED, OPEN),
    "overdue": (MISSED, OPEN),
    **{word: (state,) for state, word in WORDS.items()},
    "all": tuple(ObligationState),
}
SMALL = (UnitKind.BRANCH, UnitKind.DEPARTMENT)
COLUMNS = (Obligation.due_at, Obligation.unit_id, Obligation.rule_id, Obligation.period)
SPAN_RHYTHMS = {12: "year", 6: "half_year", 3: "quarter", 1: "month"}


class Place(NamedTuple):
    """Where a list goes on: the order it is in."""

    due_at: int
    unit_id: int
    rule_id: int
    period: int


@dataclass(frozen=True)
class Filter:
    """What narrows the obligations down; those whose period lies within the span."""

    span: Period
    state: str = "due"
    code: str = ""
    unit: Unit | None = None
    alone: bool = False  # the unit without those below it


@dataclass(frozen=True)
class Line:
    """One obligation with what names it."""

    obligation: Obligation
    rule: DutyRule
    unit: Unit
    period: Period

    @property
    def key(self) -> Key:
        return Key(self.rule.id, self.obligation.period, self.unit.id)

    @property
    def due(self) -> datetime:
        return due_of(self.obligation)


@dataclass(frozen=True)
class Page:
    rows: Sequence[Line]
    after: Place | None  # where the next page begins; none: this was the last


def due_of(obligation: Obligation) -> datetime:
    return datetime.fromtimestamp(obligation.due_at, UTC)


def word_of(obligation: Obligation, now: datetime) -> str:
    """The state as lists name it; open past due is overdue, until the clock has settled it."""
    if obligation.state == OPEN and obligation.due_at < int(now.timestamp()):
        return "overdue"
    return WORDS[ObligationState(obligation.state)]


def span_named(text: str, *, today: date) -> Period:
    """2026, 2026H1, 2026Q1 or 2026-03 as a period; anything else is the running year."""
    year, rest = text[:4], text[4:]
    running = period_of("year", today)
    if not (year.isascii() and year.isdecimal() and 2000 <= int(year) <= today.year + 1):
        return running
    months = {
        "": (12, 1),
        **{f"H{n}": (6, 6 * n - 5) for n in (1, 2)},
        **{f"Q{n}": (3, 3 * n - 2) for n in (1, 2, 3, 4)},
        **{f"-{n:02}": (1, n) for n in range(1, 13)},
    }
    length, month = months.get(rest, (12, 1))
    return period_of(SPAN_RHYTHMS[length], date(int(year), month, 1))


def name_of_span(span: Period) -> str:
    """The text that `span_named` reads."""
    month = span.first.month
    return f"{span.first.year}" + {
        "year": "",
        "half_year": f"H{(month + 5) // 6}",
        "quarter": f"Q{(month + 2) // 3}",
        "month": f"-{month:02}",
    }.get(span.rhythm, "")


def page(
    session: Session,
    rights: Rights,
    chosen: Filter,
    *,
    now: datetime,
    after: Place | None = None,
    size: int = PAGE,
) -> Page:
    """The obligations that are chosen, those due first ahead."""
    rules = fitting_rules(session, chosen)
    within_reach = [*conditions(rights, chosen, rules), _due_about(chosen.span, rules)]
    column = _state_column(session, rights, chosen)
    found: list[Obligation] = []
    for state in STATES[chosen.state]:
        wanted = select(Obligation).where(column == int(state), *within_reach)
        if state == OPEN and chosen.state == "overdue":
            wanted = wanted.where(Obligation.due_at < int(now.timestamp()))
        if after is not None:
            wanted = wanted.where(tuple_(*COLUMNS) > tuple_(*after))
        found += session.scalars(wanted.order_by(*COLUMNS).limit(size + 1))
    found.sort(key=_place)
    last = found[size - 1] if len(found) > size else None
    return Page(_lines(session, found[:size], rules), _place(last) if last else None)


def everything(session: Session, rights: Rights, chosen: Filter, *, now: datetime) -> Page:
    """The rows of an export: what the list shows, up to the most that one workbook takes."""
    return page(session, rights, chosen, now=now, size=MOST_ROWS)


def _place(one: Obligation) -> Place:
    return Place(one.due_at, one.unit_id, one.rule_id, one.period)


def fitting_rules(session: Session, chosen: Filter) -> dict[int, DutyRule]:
    """The versions that are chosen and whose periods are no longer than the span."""
    wanted = select(DutyRule)
    if chosen.code:
        wanted = wanted.where(DutyRule.code == chosen.code)
    longest = MONTHS[chosen.span.rhythm]
    return {
        rule.id: rule
        for rule in session.scalars(wanted)
        if MONTHS.get(rule.rhythm, longest) <= longest
    }


def conditions(
    rights: Rights, chosen: Filter, rules: dict[int, DutyRule]
) -> list[ColumnElement[bool]]:
    """On Obligation: within the person's rights and the choice, the state apart."""
    span = chosen.span
    found: list[ColumnElement[bool]] = [
        Obligation.period.between(as_number(span.first), as_number(span.last)),
        Obligation.unit_id.in_(_units(rights, chosen)),
    ]
    if chosen.code or span.rhythm != "year":
        found.append(Obligation.rule_id.in_(rules))
    return found


def _units(rights: Rights, chosen: Filter) -> Select[int]:
    wanted = select(Unit.id).where(within(rights.paths()))
    if chosen.unit is None:
        return wanted
    if chosen.alone:
        return wanted.where(Unit.id == chosen.unit.id)
    return wanted.where(within([chosen.unit.path]))


def _due_about(span: Period, rules: dict[int, DutyRule]) -> ColumnElement[bool]:
    """True of everything in the span; said so that other years are not read through."""
    grace = max((rule.grace_days for rule in rules.values()), default=0)
    latest = span.last + timedelta(days=150 + 2 * grace)
    return Obligation.due_at.between(_start_of(span.first), _start_of(latest))


def _state_column(session: Session, rights: Rights, chosen: Filter) -> ColumnElement[int]:
    """The state; as a sum where units are few, so that they and not the states are looked up."""
    some = _units(rights, chosen).limit(FEW + 1).subquery()
    few = (session.scalar(select(func.count()).select_from(some)) or 0) <= FEW
    return Obligation.state + 0 if few else type_coerce(Obligation.state, Integer)


def _start_of(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=ZONE).timestamp())


def _lines(session: Session, found: Sequence[Obligation], rules: dict[int, DutyRule]) -> list[Line]:
    wanted = {one.unit_id for one in found}
    units = {one.id: one for one in session.scalars(select(Unit).where(Unit.id.in_(wanted)))}
    return [
        Line(one, rule, units[one.unit_id], period_numbered(rule.rhythm, one.period))
        for one in found
        for rule in (rules[one.rule_id],)
    ]


def units_to_choose(
    session: Session, rights: Rights, *, words: str = "", chosen: Unit | None = None
) -> list[Unit]:
    """Units within the person's rights whose name or code holds the words, in the tree's order.

    Of more than a list can hold the branches are left out: the units above lead down to them.
    """
    wanted = select(Unit).where(within(rights.paths())).order_by(Unit.code).limit(MOST_UNITS + 1)
    if words:
        wanted = wanted.where(
            or_(
                Unit.name.contains(words, autoescape=True),
                Unit.code.contains(words, autoescape=True),
            )
        )
    found = list(session.scalars(wanted))
    if len(found) > MOST_UNITS and not words:
        found = list(session.scalars(wanted.where(Unit.kind.not_in(SMALL))))
    found = found[:MOST_UNITS]
    return found if chosen is None or chosen in found else [chosen, *found]


def duties_to_choose(session: Session) -> list[DutyRule]:
    """Each duty once, by its newest version, in the catalogue's order."""
    newest = {one.code: one for one in session.scalars(select(DutyRule).order_by(DutyRule.number))}
    return sorted(newest.values(), key=lambda one: place_of(one.code))


def years_to_choose(session: Session, *, now: datetime) -> list[int]:
    """The years in which the catalogue was in force, the running one first."""
    first: Any = session.scalar(
        select(DutyRule.active_from).order_by(DutyRule.active_from).limit(1)
    )
    this = day_of(now).year
    return list(range(this, min(first.year if first else this, this) - 1, -1))


def tops(session: Session, rights: Rights) -> list[Unit]:
    """The units from which the person looks down, none of them below another."""
    paths = sorted(rights.paths(READS_CASES), key=len)
    highest = [p for i, p in enumerate(paths) if not any(p.startswith(q) for q in paths[:i])]
    wanted = select(Unit).where(Unit.path.in_(highest)).order_by(Unit.code)
    return list(session.scalars(wanted))
