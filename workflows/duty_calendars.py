"""义务日历: one unit's year, duty by duty and period by period, and what it owes this month."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import DutyRule, Obligation, Unit, UnitKind
from workflows import calendars, duties, obligations
from workflows.access import READS_CASES, Rights
from workflows.deadlines import Calendar, day_of
from workflows.duty_lists import MISSED, OPEN, Line, due_of, word_of
from workflows.findings import Key
from workflows.periods import Period, as_number, period_numbered, periods_of_year

OWN = frozenset({UnitKind.BRANCH, UnitKind.ORGAN_COMMITTEE})
LATER = "later"  # the period has not begun, nothing is laid down yet


@dataclass(frozen=True)
class Cell:
    """One period of a duty: its state, when it is due, and the obligation, once it is laid down."""

    period: Period
    state: str
    due: datetime
    obligation: Obligation | None

    @property
    def months(self) -> tuple[int, int]:
        """The first and the last month of the year that it takes up; a term its last one."""
        last = self.period.last.month
        return (last if self.period.rhythm == "term" else self.period.first.month), last


@dataclass(frozen=True)
class Row:
    """A duty of the unit with its periods of the year in order."""

    rule: DutyRule  # the newest version in the year
    cells: tuple[Cell, ...]


def of_unit(session: Session, unit: Unit, year: int, *, now: datetime) -> list[Row]:
    """What the unit owed, owes and will owe in the year, in the catalogue's order."""
    first, last = date(year, 1, 1), date(year, 12, 31)
    calendar = calendars.load(session)
    rules = {rule.id: rule for rule in session.scalars(select(DutyRule))}
    found: dict[str, dict[tuple[date, date], Cell]] = {}
    for one in _laid_down(session, unit, first, last):
        cell = _cell(one, rules[one.rule_id], now)
        found.setdefault(rules[one.rule_id].code, {})[cell.period.first, cell.period.last] = cell
    in_force = duties.in_force(session, first, last)
    for rule in in_force:
        for cell in _to_come(rule, unit, year, calendar, day_of(now)):
            cells = found.setdefault(rule.code, {})
            cells.setdefault((cell.period.first, cell.period.last), cell)
    newest = {rule.code: rule for rule in (*rules.values(), *in_force)}
    ordered = sorted(found, key=duties.place_of)
    return [Row(newest[code], _in_order(found[code].values())) for code in ordered if found[code]]


def _laid_down(session: Session, unit: Unit, first: date, last: date) -> Sequence[Obligation]:
    return session.scalars(
        select(Obligation).where(
            Obligation.unit_id == unit.id,
            Obligation.period.between(as_number(first), as_number(last)),
        )
    ).all()


def _cell(one: Obligation, rule: DutyRule, now: datetime) -> Cell:
    period = period_numbered(rule.rhythm, one.period)
    return Cell(period, word_of(one, now), due_of(one), one)


def _to_come(
    rule: DutyRule, unit: Unit, year: int, calendar: Calendar, today: date
) -> Iterable[Cell]:
    for period in periods_of_year(rule.rhythm, year):
        holds = period.first > today and duties.holds_for(rule, period)
        if holds and obligations.owes(rule, unit, period):
            yield Cell(period, LATER, duties.due_at(rule, period, calendar), None)


def _in_order(cells: Iterable[Cell]) -> tuple[Cell, ...]:
    return tuple(sorted(cells, key=lambda cell: (cell.months, cell.period.last)))


def key_of(cell: Cell) -> Key | None:
    one = cell.obligation
    return Key(one.rule_id, one.period, one.unit_id) if one else None


def own_unit(session: Session, rights: Rights) -> Unit | None:
    """The branch or committee whose secretary the person is; none: he looks on many units."""
    if rights.has_role(*READS_CASES):
        return None
    for place in rights.places:
        unit = session.get(Unit, place.unit_id) if not place.is_role else None
        if unit is not None and unit.kind in OWN:
            return unit
    return None


@dataclass(frozen=True)
class Month:
    """What a person's own units owe by the end of the month, and how much they have missed."""

    lines: Sequence[Line]
    missed: int
    unit: Unit | None  # the one whose calendar shows it; none: he answers for no unit
    moment: int  # now, in epoch seconds: due before it is overdue


def owed_now(session: Session, rights: Rights, *, now: datetime) -> Month:
    """Open obligations that close or fall due this month or before, those due first ahead."""
    units = {
        place.unit_id: session.get_one(Unit, place.unit_id)
        for place in rights.places
        if not place.is_role
    }
    today = day_of(now)
    end = today.replace(day=monthrange(today.year, today.month)[1])
    rules = {rule.id: rule for rule in session.scalars(select(DutyRule))} if units else {}
    lines, missed = [], 0
    for one in _unmet(session, list(units), today):
        rule = rules[one.rule_id]
        period = period_numbered(rule.rhythm, one.period)
        if one.state == MISSED:
            missed += 1
        elif duties.closes_on(rule, period) <= end or day_of(due_of(one)) <= end:
            lines.append(Line(one, rule, units[one.unit_id], period))
    return Month(lines, missed, next(iter(units.values()), None), int(now.timestamp()))


def _unmet(session: Session, unit_ids: Sequence[int], today: date) -> Sequence[Obligation]:
    """What is open, of whatever period, and what was missed this year."""
    if not unit_ids:
        return []
    since = as_number(date(today.year, 1, 1))
    return session.scalars(
        select(Obligation)
        .where(
            Obligation.unit_id.in_(unit_ids),
            or_(
                Obligation.state == int(OPEN),
                (Obligation.state == int(MISSED)) & (Obligation.period >= since),
            ),
        )
        .order_by(Obligation.due_at, Obligation.rule_id)
    ).all()
