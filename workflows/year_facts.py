"""What the record says about a unit's year: one source per kind of fact, none asked for twice."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cached_property

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from models import (
    Case,
    CaseStatus,
    DutyRule,
    Finding,
    JointPlan,
    Matter,
    Measure,
    MeasureFact,
    Obligation,
    ObligationState,
    PlanItem,
    Unit,
)
from workflows import access
from workflows.deadlines import ZONE

FULL, HALF, NONE = Decimal(1), Decimal("0.5"), Decimal(0)
SHARES = {
    ObligationState.ON_TIME: FULL,
    ObligationState.LATE: HALF,  # [D]
    ObligationState.MISSED: NONE,
}
# How heavily a form of 问责 weighs against a plain finding [D], after domain reference §8.2 (K3).
FORM_TIMES = {"examination": 1, "circular": 1, "admonition": 2, "discipline": 10}
FEW = 10  # so many subtrees are asked for by name
STANDING = ("in_force", "executed", "closed", "expired")


@dataclass(frozen=True)
class Found:
    """One fact as the record has it, before it is frozen for an assessment."""

    unit_id: int
    ref: str
    text: str
    share: Decimal = FULL
    weight: Decimal = FULL
    adverse: bool = False
    times: Decimal = FULL
    cause: str = ""


@dataclass(frozen=True)
class Year:
    """Whose facts, of which year, up to which day."""

    units: Sequence[Unit]
    year: int
    cutoff: date
    narrowed: str = ""  # a duty's code, a finding's kind

    @property
    def since(self) -> datetime:
        return datetime(self.year, 1, 1, tzinfo=ZONE)

    @property
    def until(self) -> datetime:
        """The first instant that no longer counts."""
        after = self.cutoff + timedelta(days=1)
        return datetime(after.year, after.month, after.day, tzinfo=ZONE)

    @cached_property
    def ids(self) -> frozenset[int]:
        return frozenset(unit.id for unit in self.units)

    @property
    def theirs(self) -> ColumnElement[bool]:
        """A condition on Unit that all in their subtrees keep; of many, the whole city is read."""
        few = len(self.units) <= FEW
        return access.within(unit.path for unit in self.units) if few else true()


def exact(number: float | int | str) -> Decimal:
    """A form's number as it was typed."""
    return Decimal(str(number))


Source = Callable[[Session, Year], Iterator[Found]]


def of_source(session: Session, source: str, year: Year) -> list[Found]:
    """The facts of one source (`obligations`, `findings:false_report`); KeyError if unknown."""
    name, _, narrowed = source.partition(":")
    wanted = Year(year.units, year.year, year.cutoff, narrowed)
    return list(SOURCES[name](session, wanted))


def obligations(session: Session, year: Year) -> Iterator[Found]:
    """One fact per organ, duty and outcome: how many were on time, late, missed."""
    counted = (
        select(
            Unit.path, Obligation.rule_id, DutyRule.name, Obligation.state, func.count().label("n")
        )
        .join(Unit, Unit.id == Obligation.unit_id)
        .join(DutyRule, DutyRule.id == Obligation.rule_id)
        .where(
            Obligation.due_at >= int(year.since.timestamp()),
            Obligation.due_at < int(year.until.timestamp()),
            Obligation.state.in_(SHARES),
            year.theirs,
        )
        .group_by(Unit.path, Obligation.rule_id, DutyRule.name, Obligation.state)
    )
    if year.narrowed:
        counted = counted.where(DutyRule.code == year.narrowed)
    totals: dict[tuple[int, int, str, int], int] = {}
    for path, rule_id, name, state, number in session.execute(counted):
        for unit_id in _owners(year, path):
            key = (unit_id, rule_id, name, state)
            totals[key] = totals.get(key, 0) + number
    for (unit_id, rule_id, name, state), number in totals.items():
        yield Found(
            unit_id,
            f"obligations:{rule_id}:{ObligationState(state).name.lower()}",
            f"{name}：{WORDS[ObligationState(state)]}{number}项",
            share=SHARES[ObligationState(state)],
            weight=Decimal(number),
        )


WORDS = {
    ObligationState.ON_TIME: "按时",
    ObligationState.LATE: "迟交",
    ObligationState.MISSED: "缺失",
}


def _owners(year: Year, path: str) -> list[int]:
    """The assessed units in whose subtree the path lies: ids along it, no scan."""
    return [part for part in map(int, path.strip("/").split("/")) if part in year.ids]


def _owner_of(session: Session, year: Year) -> dict[int, int]:
    """Which assessed unit each unit below belongs to."""
    paths = session.execute(select(Unit.id, Unit.path).where(year.theirs))
    return {unit_id: owners[-1] for unit_id, path in paths if (owners := _owners(year, path))}


def matters(session: Session, year: Year) -> Iterator[Found]:
    """Each matter that was due in the year: done by its first due date or not."""
    owner = _owner_of(session, year)
    due = select(Matter).where(Matter.first_due_at >= year.since, Matter.first_due_at < year.until)
    for matter in session.scalars(due.order_by(Matter.id)):
        if matter.lead_unit_id not in owner or matter.first_due_at is None:
            continue
        done = matter.closed_at is not None and matter.closed_at <= matter.first_due_at
        yield Found(
            owner[matter.lead_unit_id],
            f"matter:{matter.id}",
            f"{matter.title}：{'按期办结' if done else '逾期'}",
            share=FULL if done else NONE,
        )


def findings(session: Session, year: Year) -> Iterator[Found]:
    """Each established finding of the year weighs against its organ, once per cause."""
    owner = _owner_of(session, year)
    wanted = select(Finding).where(
        Finding.status == "established",
        Finding.happened_on >= date(year.year, 1, 1),
        Finding.happened_on <= year.cutoff,
    )
    if year.narrowed:
        wanted = wanted.where(Finding.kind == year.narrowed)
    for finding in session.scalars(wanted.order_by(Finding.id)):
        if finding.unit_id in owner:
            yield Found(
                owner[finding.unit_id],
                f"finding:{finding.id}",
                finding.fact[:2000],
                adverse=True,
                cause=finding.key,
            )


def measures(session: Session, year: Year) -> Iterator[Found]:
    """Each 问责 decided in the year; its cause is the finding it rests on."""
    owner = _owner_of(session, year)
    wanted = select(Measure).where(
        Measure.kind == "accountability",
        Measure.state.in_(STANDING),
        Measure.decided_on >= date(year.year, 1, 1),
        Measure.decided_on <= year.cutoff,
    )
    found = session.scalars(wanted.order_by(Measure.id)).all()
    causes = _causes(session, [one.id for one in found])
    for measure in found:
        unit_id = measure.subject_unit_id
        if unit_id in owner:
            times = Decimal(FORM_TIMES.get(measure.form or "", 3))
            yield Found(
                owner[unit_id],
                f"measure:{measure.id}",
                f"{measure.subject_name}：{measure.form or measure.kind}",
                adverse=True,
                times=times,
                cause=causes.get(measure.id, ""),
            )


def _causes(session: Session, measure_ids: Sequence[int]) -> dict[int, str]:
    rows = session.execute(
        select(MeasureFact.measure_id, func.min(Finding.key))
        .join(Finding, Finding.id == MeasureFact.finding_id)
        .where(MeasureFact.measure_id.in_(measure_ids))
        .group_by(MeasureFact.measure_id)
    )
    return {row[0]: row[1] for row in rows}


def rectifications(session: Session, year: Year) -> Iterator[Found]:
    """Each rectification that ended in the year: passed or not."""
    owner = _owner_of(session, year)
    ended = select(Case).where(
        Case.process == "rectification",
        Case.status == CaseStatus.FINISHED,
        Case.finished_at >= year.since.astimezone(UTC),
        Case.finished_at < year.until.astimezone(UTC),
    )
    for case in session.scalars(ended.order_by(Case.id)):
        if case.unit_id in owner:
            passed = case.outcome == "rect_passed"
            yield Found(
                owner[case.unit_id],
                f"case:{case.id}",
                f"{case.title}：{'整改合格' if passed else '整改不合格'}",
                share=FULL if passed else NONE,
            )


JUDGED = {"both": FULL, "business_only": HALF, "party_only": HALF, "neither": NONE}  # [D]


def plan_items(session: Session, year: Year) -> Iterator[Found]:
    """Each item of the year's joint plan as its party group judged it: both sides, one, neither."""
    owner = _owner_of(session, year)
    wanted = (
        select(PlanItem, JointPlan.unit_id)
        .join(JointPlan, JointPlan.id == PlanItem.plan_id)
        .where(
            JointPlan.year == year.year,
            JointPlan.closed_at < year.until.astimezone(UTC),
            PlanItem.judgement.in_(JUDGED),
            PlanItem.dropped_at.is_(None),
        )
        .order_by(PlanItem.id)
    )
    for item, unit_id in session.execute(wanted):
        if unit_id in owner:
            ref = f"plan_item:{item.id}"
            yield Found(owner[unit_id], ref, item.business_goal, share=JUDGED[item.judgement])


SOURCES: dict[str, Source] = {
    "obligations": obligations,
    "matters": matters,
    "findings": findings,
    "measures": measures,
    "rectifications": rectifications,
    "plan_items": plan_items,
}
