"""催办: by a person, counted, with a receipt; 红牌·现场督办 by a leader. Neither is a measure."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Case, Inbox, Matter, Role, Task, Unit, Urging, User
from workflows import assignment, audit, cases, definitions, documents, matters, notices
from workflows.access import Rights, require_role, visible_cases
from workflows.deadlines import Calendar, day_of
from workflows.documents import Paper
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.forms import Fault
from workflows.parties import ids_of
from workflows.registry import Act, effect, guard


@guard("supervision", "urge")
def urged_within_bounds(act: Act) -> None:
    """The new date lies ahead, and not too far."""
    longest = int(act.vars["days"]["urge_max"])
    _require_date(act.calendar, date.fromisoformat(act.answers["new_date"]), longest, act.now)


def _require_date(calendar: Calendar, new: date, longest: int, now: datetime) -> None:
    if not 0 < calendar.workdays_between(day_of(now), new) <= longest:
        raise Invalid(
            "The new date lies within {days} working days from today.",
            days=longest,
            fields={"new_date": Fault("Choose another day.")},
        )


@effect("supervision", "urge")
def urged(act: Act) -> None:
    """催办单: counted, with its new date, served on who handles the matter and who answers."""
    matter = matters.the_matter(act)
    new = date.fromisoformat(act.answers["new_date"])
    urging = _keep(act.session, act.case, act.by, act.answers["text"], now=act.now)
    urging.new_date, urging.task_id = new, _work(act)
    act.vars["watch"]["urged"] = True
    documents.issue(
        act,
        Paper(
            "urge_notice",
            {
                "addressee": matters.lead_unit(act).name,
                "subject": matter.title,
                "original_due": original_due(act),
                "urge_number": urging.number,
                "text": act.answers["text"],
                "new_date": documents.chinese_date(new),
            },
            serve=answerable(act),
        ),
    )


def original_due(act: Act) -> str:
    first = matters.the_matter(act).first_due_at
    return documents.chinese_date(day_of(first)) if first else ""


def answerable(act: Act) -> list[int]:
    """Who handles the matter, and the leader of the unit who answers for it."""
    leaders = assignment.people(act, "post(lead_unit, 责任领导)")
    return [*ids_of(act.vars.get("handler")), *leaders]


def _work(act: Act) -> int | None:
    wanted = select(Task.id).where(
        Task.case_id == act.case.id, Task.node == "do_work", Task.done_at.is_(None)
    )
    return act.session.scalar(wanted)


def _keep(session: Session, case: Case, by: User | None, text: str, *, now: datetime) -> Urging:
    last = session.scalar(select(func.max(Urging.number)).where(Urging.case_id == case.id)) or 0
    if by is None:
        raise NotAllowed("Only a person urges.")
    urging = Urging(case_id=case.id, number=last + 1, by=by.id, at=now, text=text[:2000])
    session.add(urging)
    matter = session.scalar(select(Matter).where(Matter.case_id == case.id))
    if matter is not None:
        matter.urge_count += 1
    session.flush()
    return urging


@effect("supervision", "acknowledge", "make_plan", "do_work", "unit_sign")
def answered_by_doing(act: Act) -> None:
    """Who does what was urged has read the urging."""
    for urging in of_case(act.session, act.case):
        if act.task is not None and urging.task_id == act.task.id and urging.read_at is None:
            urging.read_at, urging.read_by = act.now, act.by.id if act.by else None


@effect("supervision", "order_on_site")
def ordered_on_site(act: Act) -> None:
    """红牌督办单: signed by a leader, served on who answers for the matter."""
    matter = matters.the_matter(act)
    act.vars["watch"]["ordered"] = True
    due = matter.due_at
    late = -act.calendar.workdays_between(day_of(act.now), day_of(due)) if due else 0
    visit: Any = act.answers.get("visit_on")
    documents.issue(
        act,
        Paper(
            "red_card",
            {
                "subject": matter.title,
                "lead_unit": matters.lead_unit(act).name,
                "original_due": original_due(act),
                "days_late": max(late, 0),
                "mode": act.answers["mode"],
                "visit_on": documents.chinese_date(date.fromisoformat(visit)) if visit else "",
                "text": act.answers["text"],
                "issued_by": act.by.name if act.by else "",
            },
            serve=answerable(act),
        ),
    )


def urge(
    session: Session,
    case_id: int,
    *,
    text: str,
    rights: Rights,
    now: datetime,
    task_id: int | None = None,
) -> Urging:
    """催办 by hand: those for whom the task waits hear of it, and sign that they have read it.

    Without a task named, the one that has waited longest is urged.
    NotFound for who may not see the case, NotAllowed for who is no supervisor above its unit,
    Conflict while the last urging is fresh or where nobody is waited for.
    """
    case = session.scalar(select(Case).where(Case.id == case_id, visible_cases(rights)))
    if case is None:
        raise NotFound("There is no such case, or it is not yours to see.")
    require_role(rights, Role.SUPERVISOR)
    if not rights.covers(session.get_one(Unit, case.unit_id), [Role.SUPERVISOR], posts=False):
        raise NotAllowed("This is not among your duties.")
    if not text.strip():
        raise Invalid("Say what is urged.", fields={"text": Fault("Say what is urged.")})
    cases.take(session, case.id)  # of two who urge at once the second is told of the first
    _require_cool(session, case, now=now)
    task = _waiting(session, case, task_id)
    urging = _keep(session, case, rights.user, text.strip(), now=now)
    urging.task_id = task.id
    _tell(session, case, urging, now=now)
    return urging


def _require_cool(session: Session, case: Case, *, now: datetime) -> None:
    last = session.scalar(select(func.max(Urging.at)).where(Urging.case_id == case.id))
    rule = definitions.parameters_of(session, case.parameters_id).rule
    cool = timedelta(hours=int(rule["urge_cooldown"]))
    if last is not None and now < last + cool:
        raise Conflict(
            "It was urged on {when}; again from {again} on.", when=last, again=last + cool
        )


def _waiting(session: Session, case: Case, task_id: int | None) -> Task:
    """The open task named, else the one that has waited longest; of an open case only."""
    waiting = open_tasks(session, case) if case.is_open else []
    for task in waiting:
        if task_id in (None, task.id):
            return task
    raise Conflict("Nobody is waited for in this case.")


def open_tasks(session: Session, case: Case) -> Sequence[Task]:
    """The steps of the case that somebody can be urged to do, the first due first."""
    return session.scalars(
        select(Task)
        .where(Task.case_id == case.id, Task.done_at.is_(None))
        .order_by(Task.due_at, Task.id)
    ).all()


def _tell(session: Session, case: Case, urging: Urging, *, now: datetime) -> None:
    for user_id in sorted(urged_people(session, urging, now=now)):
        notices.notify(
            session,
            key=f"urged:{urging.id}:{user_id}",
            recipient_id=user_id,
            kind="urged",
            facts={"case": case.title, "text": urging.text, "number": urging.number},
            case_id=case.id,
            now=now,
        )
    audit.record(
        session,
        actor=session.get(User, urging.by),
        action="urged",
        subject=urging,
        now=now,
        case_id=case.id,
        unit_id=case.unit_id,
        detail={"number": urging.number, "text": urging.text},
    )


def urged_people(session: Session, urging: Urging, *, now: datetime) -> set[int]:
    """Those for whom the urged task waits."""
    principals = session.scalars(select(Inbox.principal).where(Inbox.task_id == urging.task_id))
    return {user for one in principals for user in assignment.holders_of(session, one, now=now)}


def sign_for(session: Session, urging_id: int, *, user: User, now: datetime) -> Urging:
    """回执: read by one of those who were urged; NotFound for anybody else."""
    urging = session.get(Urging, urging_id)
    if urging is None or user.id not in urged_people(session, urging, now=now):
        raise NotFound("There is nothing of that kind for you to read.")
    if urging.read_at is None:
        urging.read_at, urging.read_by = now, user.id
        session.flush()
    return urging


def to_sign(session: Session, case: Case, user: User, *, now: datetime) -> set[int]:
    """The urgings of the case whose receipt waits for this person."""
    return {
        one.id
        for one in of_case(session, case)
        if one.read_at is None and user.id in urged_people(session, one, now=now)
    }


def of_case(session: Session, case: Case) -> list[Urging]:
    return list(
        session.scalars(select(Urging).where(Urging.case_id == case.id).order_by(Urging.number))
    )
