"""What stands of a joint plan: its live items, what is due of them, and the evidence of each stage.

Only decided acts write here; a page changes nothing of what was filed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import JointPlan, PlanCheckpoint, PlanEvidence, PlanItem, PlanMeasure
from workflows import plan_lights
from workflows.deadlines import Calendar, plus_months
from workflows.plan_lights import Ladder

BEHIND = frozenset({"behind", "blocked"})
BEFORE_REVIEW = 10  # working days: where no quarter is left, the one check is held so long before


def of_case(session: Session, case_id: int) -> JointPlan:
    return session.scalars(select(JointPlan).where(JointPlan.case_id == case_id)).one()


def live_items(session: Session, plan: JointPlan) -> Sequence[PlanItem]:
    """The items that were not dropped, by number."""
    return session.scalars(
        select(PlanItem)
        .where(PlanItem.plan_id == plan.id, PlanItem.dropped_at.is_(None))
        .order_by(PlanItem.number)
    ).all()


def live_measures(session: Session, item: PlanItem) -> Sequence[PlanMeasure]:
    return session.scalars(
        select(PlanMeasure)
        .where(PlanMeasure.item_id == item.id, PlanMeasure.dropped_at.is_(None))
        .order_by(PlanMeasure.id)
    ).all()


def checkpoints(session: Session, item: PlanItem) -> Sequence[PlanCheckpoint]:
    """By due date."""
    return session.scalars(
        select(PlanCheckpoint)
        .where(PlanCheckpoint.item_id == item.id)
        .order_by(PlanCheckpoint.due_at, PlanCheckpoint.id)
    ).all()


def next_open(session: Session, item: PlanItem, stage: str) -> PlanCheckpoint | None:
    """The first checkpoint of the stage that is not done."""
    return session.scalar(
        select(PlanCheckpoint)
        .where(
            PlanCheckpoint.item_id == item.id,
            PlanCheckpoint.stage == stage,
            PlanCheckpoint.done_at.is_(None),
        )
        .order_by(PlanCheckpoint.number)
        .limit(1)
    )


@dataclass(frozen=True)
class Due:
    """One checkpoint to be laid down: counted from a day, due at the end of another."""

    stage: str
    since: date
    until: date
    number: int = 1


def lay_down(session: Session, item: PlanItem, due: Due, by: Ladder) -> PlanCheckpoint:
    """The checkpoint waits, with its light; laid down before, it is the same."""
    known = session.scalar(
        select(PlanCheckpoint).where(
            PlanCheckpoint.item_id == item.id,
            PlanCheckpoint.stage == due.stage,
            PlanCheckpoint.number == due.number,
        )
    )
    if known is not None:
        return known
    made = PlanCheckpoint(
        item_id=item.id,
        stage=due.stage,
        number=due.number,
        since=due.since,
        due_at=by.calendar.end_of_day(due.until),
        light="green",
    )
    plan_lights.judge(made, by)
    session.add(made)
    session.flush()
    return made


def finish(one: PlanCheckpoint, *, by: int | None, at: datetime) -> None:
    """The checkpoint is done; its light stands still as it was."""
    one.done_at, one.done_by, one.watch_at = at, by, None


@dataclass(frozen=True)
class Shown:
    """A piece of evidence to be put on record."""

    stage: str
    kind: str
    held_on: date
    sides: frozenset[str]  # business, party
    text: str = ""
    file_id: int | None = None


def show(
    session: Session, item: PlanItem, shown: Shown, *, by: int | None, now: datetime
) -> PlanEvidence:
    made = PlanEvidence(
        item_id=item.id,
        stage=shown.stage,
        kind=shown.kind,
        held_on=shown.held_on,
        business="business" in shown.sides,
        party="party" in shown.sides,
        text=shown.text[:2000],
        file_id=shown.file_id,
        by=by,
        at=now,
    )
    session.add(made)
    session.flush()
    return made


SIDES = {"both": frozenset({"business", "party"}), "business": frozenset({"business"})}
SIDES["party"] = frozenset({"party"})


@dataclass(frozen=True)
class Dates:
    """When the plan is checked together, and when it is assessed together."""

    checks: Sequence[date]
    review: date
    write: int  # working days in which a check is written up


def dates(calendar: Calendar, year: int, today: date, lent: Mapping[str, Any]) -> Dates:
    """Ends of quarters still to come, at least one; the review on its day or after the last one."""
    rule = lent["rule"]
    step = max(1, int(rule["plan_check_months"]))
    review = calendar.roll(date(year, int(rule["plan_review_month"]), int(rule["plan_review_day"])))
    ends = [
        plus_months(date(year, 1, 1), months) - timedelta(days=1)
        for months in range(step, 12, step)
    ]
    checks = [calendar.roll(one) for one in ends if calendar.roll(one) > today and one < review]
    if not checks:
        before = calendar.add_workdays(review, -BEFORE_REVIEW)
        checks = [before if before > today else calendar.add_workdays(today, 1)]
    review = max(review, calendar.add_workdays(checks[-1], BEFORE_REVIEW))
    return Dates(checks, review, int(lent["days"]["check_items"]))


def lay_down_all(session: Session, item: PlanItem, since: date, when: Dates, by: Ladder) -> None:
    """同落实, 同检查 and 同考核 of an item wait."""
    lay_down(session, item, Due("carry_out", since, item.due_on), by)
    for number, day in enumerate(when.checks, 1):
        until = by.calendar.add_workdays(day, when.write)
        lay_down(session, item, Due("check", since, until, number), by)
    lay_down(session, item, Due("assess", since, when.review), by)


def done_at_once(
    session: Session, item: PlanItem, due: Due, by: Ladder, *, user_id: int | None
) -> None:
    """A stage that the act itself brought about: 同谋划 by decision, 同部署 by deployment."""
    one = lay_down(session, item, due, by)
    finish(one, by=user_id, at=by.now)
    one.light = "green"  # done on the day on which it was laid down
    session.flush()
