"""挂起与恢复: a case's own clocks stop by a decision on record, and run on after it (guard 9).

What the law sets runs on: the month to appeal and to decide, the formalities, the duties owed.
"""

from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, CaseStatus, Matter, Suspension, Task, Unit, User
from workflows import access, audit, cases, definitions, lights, notices
from workflows.access import Rights
from workflows.deadlines import Calendar, day_of, plus_months
from workflows.errors import Conflict, NotAllowed, Refused
from workflows.forms import Fault
from workflows.parties import ids_of

LEADERS = frozenset({"党组书记", "工委分管领导", "工委书记", "党委书记"})
LAW = frozenset({"appeal", "formalities"})  # dates that nobody's decision moves
FIXED = frozenset({"planned_at", "watch"})  # an appointment; and what follows from other dates


def of_case(session: Session, case: Case) -> Sequence[Suspension]:
    return session.scalars(
        select(Suspension).where(Suspension.case_id == case.id).order_by(Suspension.id)
    ).all()


def may_decide(session: Session, case: Case, rights: Rights) -> bool:
    """True for a leader above the case's unit who is no party to it."""
    unit = session.get_one(Unit, case.unit_id)
    leads = any(
        place.name in LEADERS and not place.is_role and unit.path.startswith(place.path)
        for place in rights.places
    )
    return leads and case.subject_id != rights.user.id


def suspend(
    session: Session,
    case_id: int,
    *,
    reason: str,
    until: date | None,
    rights: Rights,
    now: datetime,
) -> Suspension:
    """No step is done and no clock of the case's own runs until that day is over."""
    case = _to_decide(session, case_id, rights=rights, now=now)
    if case.status != CaseStatus.RUNNING:
        raise Conflict("Only a running case is suspended.")
    months = definitions.parameters_of(session, case.parameters_id).rule["suspend_months"]
    _require_decision(reason, until, longest=plus_months(day_of(now), months), now=now)
    row = Suspension(
        case_id=case.id, since=now, until=until, reason=reason.strip()[:2000], by=rights.user.id
    )
    session.add(row)
    case.status, case.wake_at = CaseStatus.SUSPENDED, None
    run = cases.look(session, case, now=now)
    for task in _stopping(session, run):
        task.notice_at = None
    session.flush()
    _record(session, case, "suspended", rights.user, now, reason=row.reason, until=str(until))
    return row


def _to_decide(session: Session, case_id: int, *, rights: Rights, now: datetime) -> Case:
    access.case_for(session, case_id, rights=rights)
    case = cases.take(session, case_id)
    parties = ids_of(cases.look(session, case, now=now).execution.vars.get("subject_users"))
    if not may_decide(session, case, rights) or rights.user.id in parties:
        raise NotAllowed(
            "Only a leader above the unit, no party to the case, stops its clocks.", guard="G9"
        )
    return case


def _require_decision(reason: str, until: date | None, *, longest: date, now: datetime) -> None:
    fields = {}
    if not reason.strip():
        fields["reason"] = Fault("Say why.")
    if until is None or not day_of(now) < until <= longest:
        fields["until"] = Fault(
            "Choose a day after today, {longest} at the latest.", longest=longest
        )
    if fields:
        raise Refused(
            "A case is suspended with a reason and an end.",
            guard="G9",
            longest=longest,
            fields=fields,
        )


def resume(session: Session, case_id: int, *, rights: Rights, now: datetime) -> Suspension:
    """The case goes on before the day that was named."""
    case = _to_decide(session, case_id, rights=rights, now=now)
    if case.status != CaseStatus.SUSPENDED:
        raise Conflict("This case is not suspended.")
    return lift(session, case, by=rights.user, now=now)


def ended_ids(session: Session, *, now: datetime, limit: int = 100) -> Sequence[int]:
    """Suspended cases whose last day is over."""
    return session.scalars(
        select(Suspension.case_id)
        .where(Suspension.ended_at.is_(None), Suspension.until < day_of(now))
        .order_by(Suspension.until, Suspension.case_id)
        .limit(limit)
    ).all()


def end(session: Session, case_id: int, *, now: datetime) -> int:
    """The day came: the case goes on by itself; 1 if it was still suspended."""
    case = cases.take(session, case_id)
    if case.status != CaseStatus.SUSPENDED:
        return 0
    lift(session, case, by=None, now=now)
    return 1


def lift(session: Session, case: Case, *, by: User | None, now: datetime) -> Suspension:
    """The case runs on; every date of its own lies as many working days later as it stood still."""
    row = _open_row(session, case)
    case.status = CaseStatus.RUNNING
    row.ended_at, row.ended_by = now, by.id if by else None
    run = cases.open_run(session, case, by=by, now=now)
    days = run.act.calendar.workdays_between(day_of(row.since), day_of(now))
    if days > 0:
        _postpone(run, _later_by(days, run.act.calendar))
    for task in _stopping(session, run):
        task.notice_at = notices.first_rung(task.due_at, calendar=run.act.calendar, now=now)
    run.save()
    _record(session, case, "resumed", by, now, days=days)
    return row


def _open_row(session: Session, case: Case) -> Suspension:
    found = select(Suspension).where(Suspension.case_id == case.id, Suspension.ended_at.is_(None))
    return session.scalars(found.order_by(Suspension.id.desc()).limit(1)).one()


def _later_by(days: int, calendar: Calendar) -> Callable[[datetime], datetime]:
    def later(at: datetime) -> datetime:
        day = day_of(at)
        return at + (calendar.add_workdays(day, days) - day)

    return later


def _postpone(run: cases.Run, later: Callable[[datetime], datetime]) -> None:
    act = run.act
    for task in _stopping(act.session, run):
        if task.due_at is not None:
            cases.move_due_date(act.session, task, later(task.due_at), calendar=act.calendar)
    dates = act.vars["due"]
    for name, value in dates.items():
        if value and name not in LAW | FIXED:
            last = datetime.fromisoformat(dates.get("appeal") or value)
            moved = later(datetime.fromisoformat(value))
            dates[name] = (min(moved, last) if "appeal" in dates else moved).isoformat()
    run.execution.postpone(later)
    _postpone_matter(run, later)


def _postpone_matter(run: cases.Run, later: Callable[[datetime], datetime]) -> None:
    """The light stood still with the case: no day of it counts for red."""
    act = run.act
    matter = act.session.scalar(select(Matter).where(Matter.case_id == run.case.id))
    if matter is None:
        return
    matter.due_at = later(matter.due_at) if matter.due_at else None
    matter.redo_at = later(matter.redo_at) if matter.redo_at else None
    matter.light_since = later(matter.light_since) if matter.light_since else None
    for urging in lights.urgings_of(act):
        if urging.met is None and urging.new_date is not None:
            urging.new_date = day_of(later(act.calendar.start_of_day(urging.new_date)))
    if since := act.vars["watch"].get("since"):
        begun = act.calendar.start_of_day(date.fromisoformat(since))
        act.vars["watch"]["since"] = day_of(later(begun)).isoformat()
    if matter.due_at is not None and matter.closed_at is None:
        lights.judge_anew(act)


def _stopping(session: Session, run: cases.Run) -> list[Task]:
    """The open tasks whose dates are the house's own."""
    open_tasks = select(Task).where(Task.case_id == run.case.id, Task.done_at.is_(None))
    return [one for one in session.scalars(open_tasks) if not _is_law(run, one)]


def _is_law(run: cases.Run, task: Task) -> bool:
    if any(f"due.{name}" in task.due_origin for name in LAW):
        return True
    items = run.execution.vars.get("items") or {}
    return bool(items.get(task.item_key or "", {}).get("law"))


def _record(
    session: Session, case: Case, action: str, by: User | None, now: datetime, **detail: object
) -> None:
    audit.record(
        session,
        actor=by,
        action=action,
        subject=case,
        now=now,
        case_id=case.id,
        unit_id=case.unit_id,
        detail=detail,
    )
