"""Dates of open cases when the working calendar changes: reckoned ones are reckoned anew.

A date that a person or a paper named stays, unless it became a day off; what lies behind stays.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import CaseStatus, Matter, Task
from workflows import audit, cases, executions, lights, measure_dates, notices
from workflows.engine import EngineFault
from workflows.errors import DomainError
from workflows.recounting import Change

RECKONED = frozenset({"result", "inquiry", "review", "interim"})  # in working days, by a rule
FIXED = frozenset({"planned_at", "watch"})  # an appointment; and what follows from other dates
BY_RULE, ITEM = "workdays(", "item.due"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Redated:
    """The tasks that are due at another time, and those that could not be looked at."""

    moved: tuple[int, ...] = ()
    left: tuple[int, ...] = ()


def redate(session: Session, change: Change, years: Iterable[int]) -> Redated:
    """Open tasks fall due by the calendar as it is now, with their timers, matters and notices."""
    days = change.days(years)
    if not days:
        return Redated()
    measure_dates.move(session, change, since=change.after.start_of_day(days[0]))
    found = session.execute(
        select(Task.case_id, Task.id)
        .where(Task.done_at.is_(None), Task.due_at >= change.after.start_of_day(days[0]))
        .order_by(Task.case_id, Task.id)
    ).all()
    by_case: dict[int, list[int]] = {}
    for case_id, task_id in found:
        by_case.setdefault(case_id, []).append(task_id)
    moved: list[int] = []
    left: list[int] = []
    for case_id, task_ids in by_case.items():
        done = _attempt(session, case_id, change)
        moved += done or ()
        left += task_ids if done is None else ()
    return Redated(tuple(moved), tuple(left))


def _attempt(session: Session, case_id: int, change: Change) -> Sequence[int] | None:
    """The tasks of the case that moved; none: it is suspended, or cannot be moved just now."""
    try:
        with session.begin_nested():
            return _redate_case(session, case_id, change)
    except (DomainError, EngineFault):  # one case must not keep the year from being entered
        logger.exception("a case kept its dates: %s", case_id)
        return None


def _redate_case(session: Session, case_id: int, change: Change) -> Sequence[int] | None:
    case = cases.take(session, case_id)
    if case.status == CaseStatus.SUSPENDED:
        return None  # its clocks stand still; they run on by the calendar of that day
    run = cases.open_run(session, case, by=None, now=change.now)
    moved = _move_dates(run, change)
    moved |= _move_items(run, change)
    tasks = [one for one in _open_tasks(session, case_id) if _move(run, one, change, moved)]
    if not _move_matter(run, moved) and not moved:
        return ()
    run.execution.postpone(lambda at: moved.get(at, at))
    run.save()
    audit.record(
        session,
        actor=None,
        action="dates_recomputed",
        subject=case,
        now=change.now,
        case_id=case.id,
        unit_id=case.unit_id,
        detail={str(one.id): one.due_at.isoformat() for one in tasks if one.due_at},
    )
    return [one.id for one in tasks]


def _open_tasks(session: Session, case_id: int) -> list[Task]:
    wanted = select(Task).where(Task.case_id == case_id, Task.done_at.is_(None))
    return list(session.scalars(wanted.order_by(Task.id)))


def _move_dates(run: cases.Run, change: Change) -> dict[datetime, datetime]:
    """The case's own dates stand anew; which moment became which."""
    moved: dict[datetime, datetime] = {}
    dates = run.act.vars["due"]
    for name, value in dates.items():
        if not value or name in FIXED:
            continue
        at = datetime.fromisoformat(value)
        new = change.recounted(at) if _is_reckoned(run, name) else change.rolled(at)
        if new != at:
            moved[at], dates[name] = new, new.isoformat()
    return moved


def _is_reckoned(run: cases.Run, name: str) -> bool:
    """In working days by a rule, and not named by a person since."""
    if name not in RECKONED:
        return False
    matter = _matter(run)
    return name != "result" or matter is None or matter.due_at == matter.first_due_at


def _move_items(run: cases.Run, change: Change) -> dict[datetime, datetime]:
    """What a decision asks to be done falls due anew; which moment became which.

    A term of the law stays, unless it ends on a day off; all else keeps its working days.
    """
    moved: dict[datetime, datetime] = {}
    told = run.act.vars.get("items") or {}
    for item in executions.open_items(run.act):
        before = item.due_at
        new = change.rolled(before) if item.law else change.recounted(before)
        if new == before:
            continue
        item.due_at = new
        moved.setdefault(before, new)
        if str(item.id) in told:
            told[str(item.id)]["due"] = new.isoformat()
    return moved


def _move(run: cases.Run, task: Task, change: Change, moved: dict[datetime, datetime]) -> bool:
    """The task is due at another time; True if it is."""
    if task.due_at is None:
        return False
    before, untouched = task.due_at, task.due_at == task.first_due_at
    new = _item_due(run, task) or moved.get(before)
    if new is None:
        by_rule = untouched and task.due_origin.startswith(BY_RULE)
        new = change.recounted(before) if by_rule else change.rolled(before)
    if new == before:
        return False
    moved[before] = new
    cases.move_due_date(run.act.session, task, new, calendar=change.after)
    if untouched:  # reckoned anew, not extended
        task.first_due_at = new
    task.notice_at = notices.first_rung(new, calendar=change.after, now=change.now)
    run.act.session.flush()
    return True


def _item_due(run: cases.Run, task: Task) -> datetime | None:
    """When the thing to be done that this step is about is due; none: it is about none."""
    told = run.act.vars.get("items") or {}
    if task.due_origin != ITEM or task.item_key not in told:
        return None
    return datetime.fromisoformat(told[task.item_key]["due"])


def _matter(run: cases.Run) -> Matter | None:
    return run.act.session.scalar(select(Matter).where(Matter.case_id == run.case.id))


def _move_matter(run: cases.Run, moved: dict[datetime, datetime]) -> bool:
    """The register says the same dates; the light is judged by the days that are left by now."""
    matter = _matter(run)
    if matter is None or matter.due_at is None or matter.closed_at is not None:
        return False
    if matter.first_due_at == matter.due_at:  # else it was extended: the first date is history
        matter.first_due_at = moved.get(matter.due_at, matter.due_at)
    matter.due_at = moved.get(matter.due_at, matter.due_at)
    if matter.redo_at is not None:
        matter.redo_at = moved.get(matter.redo_at, matter.redo_at)
    run.act.session.flush()
    lights.relight(run.act, "calendar")
    return True
