"""How each line of a list stands: the year's obligations of its duty, in the unit and below."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from models import (
    Case,
    CaseStatus,
    DutyRule,
    Obligation,
    ObligationState,
    PlanItem,
    ResponsibilityLine,
    ResponsibilityList,
    Unit,
)
from workflows.access import Rights, visible_cases
from workflows.responsibility_rounds import lines_of

OPEN = ObligationState.OPEN
STATES = (
    ObligationState.ON_TIME,
    ObligationState.LATE,
    ObligationState.EXCUSED,
    ObligationState.MISSED,
    OPEN,
)
RECTIFYING = (CaseStatus.RUNNING, CaseStatus.SUSPENDED, CaseStatus.FAILED)


@dataclass(frozen=True)
class Standing:
    """Obligations of one duty: `overdue` of the open ones are past their day."""

    name: str
    name_en: str
    on_time: int = 0
    late: int = 0
    excused: int = 0
    missed: int = 0
    open: int = 0
    overdue: int = 0

    @property
    def done(self) -> int:
        return self.on_time + self.late

    @property
    def total(self) -> int:
        return self.done + self.excused + self.missed + self.open

    @property
    def light(self) -> str:
        """As lights are shown: red where something was missed, yellow where something is late."""
        if self.missed or self.overdue:
            return "red"
        return "yellow" if self.late else "green"


@dataclass(frozen=True)
class LineStanding:
    line: ResponsibilityLine
    standing: Standing | None  # none: the line names no duty, or nothing is owed for it
    item: PlanItem | None = None  # of the joint plan, where the line carries one


def of_lists(
    session: Session, rows: Iterable[ResponsibilityList], *, now: datetime
) -> dict[int, list[LineStanding]]:
    """Each list's lines in their order, each with how it stands now."""
    lists = list(rows)
    lines = lines_of(session, [one.id for one in lists])
    named = {line.plan_item_id for own in lines.values() for line in own} - {None}
    planned = session.scalars(select(PlanItem).where(PlanItem.id.in_(named)))
    items = {one.id: one for one in planned}
    found: dict[int, list[LineStanding]] = {}
    for row in lists:
        own = lines[row.id]
        codes = {line.duty_code for line in own} - {""}
        standings = of_duties(session, row.unit, row.year, codes, now=now) if codes else {}
        found[row.id] = [
            LineStanding(line, standings.get(line.duty_code), items.get(line.plan_item_id or 0))
            for line in own
        ]
    return found


def of_duties(
    session: Session, unit: Unit, year: int, codes: Iterable[str], *, now: datetime
) -> Mapping[str, Standing]:
    """How the duties of these codes stand in the unit and below, by code."""
    overdue = (Obligation.state == int(OPEN)) & (Obligation.due_at < int(now.timestamp()))
    rows = session.execute(
        select(
            DutyRule.code,
            func.max(DutyRule.name),
            func.max(DutyRule.name_en),
            *(_counted(Obligation.state == int(one)) for one in STATES),
            _counted(overdue),
        )
        .select_from(Obligation)
        .join(DutyRule, DutyRule.id == Obligation.rule_id)
        .join(Unit, Unit.id == Obligation.unit_id)
        .where(
            Unit.path.startswith(unit.path, autoescape=True),
            DutyRule.code.in_(sorted(codes)),
            Obligation.period.between(year * 10_000, year * 10_000 + 1231),
        )
        .group_by(DutyRule.code)
    )
    return {code: Standing(*values) for code, *values in rows}


def _counted(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.sum(case((condition, 1), else_=0))


def total(lines: Sequence[LineStanding]) -> Standing:
    """All lines of a list together; a duty that two lines name counts once."""
    by_code = {one.line.duty_code: one.standing for one in lines if one.standing is not None}
    names = ("on_time", "late", "excused", "missed", "open", "overdue")
    sums = {name: sum(getattr(one, name) for one in by_code.values()) for name in names}
    return Standing("", "", **sums)


def rectifications(session: Session, rights: Rights, units: Iterable[Unit]) -> Sequence[Case]:
    """Open rectifications of these units and of what is below them, the oldest first."""
    found: dict[int, Case] = {}
    for unit in units:
        rows = session.scalars(
            select(Case)
            .join(Unit, Unit.id == Case.unit_id)
            .where(
                Case.process == "rectification",
                Case.status.in_(RECTIFYING),
                Unit.path.startswith(unit.path, autoescape=True),
                visible_cases(rights),
            )
            .order_by(Case.id)
            .limit(50)
        )
        found |= {one.id: one for one in rows}
    return [found[one] for one in sorted(found)]
