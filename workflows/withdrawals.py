"""回避 in a case: declared or asked for, decided one rank above; from then on it is out of reach.

(processes.md, recused.) Who keeps out neither sees the case nor receives a step of it; where he
was to approve, the next rank up does.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Task, User, Withdrawal
from workflows import access, assignment, audit, cases, definitions, notices, rows
from workflows.access import Rights
from workflows.deadlines import ZONE
from workflows.errors import Conflict, NotAllowed, NotFound, Refused
from workflows.forms import Fault
from workflows.parties import ids_of
from workflows.registry import Act

RULE, LINE = "level(work_committee, deputy)", "line_superior(withdrawing)"
HIGHEST = "党委书记"  # whom nobody here outranks
LONGEST = 2000


@dataclass(frozen=True)
class Line:
    """A request as the case's page tells it."""

    row: Withdrawal
    who: User
    asker: User
    decider: User | None


def of_case(session: Session, case: Case) -> Sequence[Line]:
    """All requests of the case, the oldest first."""
    found = session.scalars(
        select(Withdrawal).where(Withdrawal.case_id == case.id).order_by(Withdrawal.id)
    )
    return [_line(session, row) for row in found]


def _line(session: Session, row: Withdrawal) -> Line:
    decider = session.get(User, row.decided_by) if row.decided_by else None
    return Line(
        row, session.get_one(User, row.user_id), session.get_one(User, row.asked_by), decider
    )


def askable(session: Session, case: Case, *, now: datetime) -> Sequence[User]:
    """Who works on the case: has done a step of it, or has one waiting; its subjects aside."""
    return _at_work(session, cases.look(session, case, now=now).act)


def _at_work(session: Session, act: Act) -> Sequence[User]:
    tasks = session.scalars(select(Task).where(Task.case_id == act.case.id))
    found: set[int] = set()
    for task in tasks:
        if task.done_at is None:
            found |= set(notices.people_behind(session, task, now=act.now))
        elif task.done_by:
            found.add(task.done_by)
    out = {*ids_of(act.vars.get("subject_users")), *ids_of(act.vars.get("recused"))}
    users = select(User).where(User.id.in_(found - out)).order_by(User.id)
    return session.scalars(users).all()


def ask(
    session: Session, case_id: int, user_id: int, *, reason: str, rights: Rights, now: datetime
) -> Withdrawal:
    """The request waits for who ranks above the person; Refused where it says no reason or names
    somebody who does not work on the case; Conflict where one waits already."""
    case = access.case_for(session, case_id, rights=rights)
    cases.require_moving(case)
    act = cases.look(session, cases.take(session, case_id), by=rights.user, now=now).act
    _require_request(session, act, user_id, reason)
    row = Withdrawal(
        case_id=case.id,
        user_id=user_id,
        reason=reason.strip()[:LONGEST],
        asked_by=rights.user.id,
        asked_at=now,
    )
    session.add(row)
    session.flush()
    for decider in _deciders(act, user_id):
        notices.notify(
            session,
            key=f"withdrawal:{row.id}:{decider}",
            recipient_id=decider,
            kind="withdrawal_asked",
            facts={"who": session.get_one(User, user_id).name, "withdrawal": row.id},
            now=now,
        )
    _record(session, act, "withdrawal_asked", row)
    return row


def _require_request(session: Session, act: Act, user_id: int, reason: str) -> None:
    fields = {}
    if not reason.strip():
        fields["reason"] = Fault("Say why.")
    if user_id not in {one.id for one in _at_work(session, act)}:
        fields["user"] = Fault("This person does not work on the case.")
    if fields:
        raise Refused("Please mend what is marked.", fields=fields)
    if _waiting(session, act.case.id, user_id):
        raise Conflict("It was asked before that this person keeps out; it waits for a decision.")
    if not _deciders(act, user_id):
        raise Refused("Nobody in office ranks above this person and may decide.", guard="recusal")


def _waiting(session: Session, case_id: int, user_id: int) -> bool:
    asked = select(Withdrawal.id).where(
        Withdrawal.case_id == case_id,
        Withdrawal.user_id == user_id,
        Withdrawal.granted.is_(None),
    )
    return session.scalar(asked) is not None


def find(session: Session, row_id: int, *, rights: Rights, now: datetime) -> Line:
    """The request, for who may decide it, who asked, and whom it is about; else NotFound."""
    row = session.get(Withdrawal, row_id)
    if row is not None:
        case = cases.load(session, row.case_id)
        act = cases.look(session, case, now=now).act
        if rights.user.id in (row.asked_by, row.user_id, *_deciders(act, row.user_id)):
            return _line(session, row)
    raise NotFound("There is no such request, or it is not yours to see.", guard="G10")


def may_decide(session: Session, line: Line, rights: Rights, *, now: datetime) -> bool:
    """True for who ranks above the person, while the request waits."""
    case = cases.load(session, line.row.case_id)
    act = cases.look(session, case, now=now).act
    return line.row.granted is None and rights.user.id in _deciders(act, line.row.user_id)


def decide(
    session: Session,
    row_id: int,
    *,
    granted: bool | None,
    answer: str,
    rights: Rights,
    now: datetime,
) -> Withdrawal:
    """Granted: the case goes on without the person, and his open steps wait for others.

    NotAllowed for anybody but who ranks above him; Conflict names who decided before.
    """
    found = session.get(Withdrawal, row_id)
    if found is None:
        raise NotFound("There is no such request, or it is not yours to see.", guard="G10")
    case = cases.take(session, found.case_id)
    row = session.get_one(Withdrawal, row_id, populate_existing=True)
    run = cases.open_run(session, case, by=rights.user, now=now)
    _require_decision(session, run.act, row, granted, answer)
    row.granted, row.answer = granted, answer.strip()[:LONGEST]
    row.decided_by, row.decided_at = rights.user.id, now
    session.flush()
    if granted:
        _keep_out(run, row.user_id)
    _record(session, run.act, "withdrawal_granted" if granted else "withdrawal_refused", row)
    return row


def _require_decision(
    session: Session, act: Act, row: Withdrawal, granted: bool | None, answer: str
) -> None:
    if act.by is None or act.by.id not in _deciders(act, row.user_id):
        raise NotAllowed("Who ranks above this person decides.", guard="recusal")
    if row.decided_at is not None and row.decided_by is not None:
        raise Conflict(
            "{who} decided this at {at}.",
            who=session.get_one(User, row.decided_by).name,
            at=f"{row.decided_at.astimezone(ZONE):%Y-%m-%d %H:%M}",
        )
    fields = {}
    if granted is None:
        fields["verdict"] = Fault("Please choose.")
    if not answer.strip():
        fields["answer"] = Fault("Say why.")
    if fields:
        raise Refused("Please mend what is marked.", fields=fields)


def _keep_out(run: cases.Run, user_id: int) -> None:
    """From now on no rule finds him; what waited for him waits for whom the rules find now."""
    out = [str(one) for one in run.act.vars.get("recused") or []]
    run.act.vars["recused"] = list(dict.fromkeys([*out, str(user_id)]))
    session = run.act.session
    open_tasks = select(Task).where(Task.case_id == run.case.id, Task.done_at.is_(None))
    for task in session.scalars(open_tasks):
        ready = run.waiting(task)
        node = definitions.spec_of(session, run.case.definition_id).nodes[ready.node]
        seen = replace(run.act, node=node, scope=ready.scope, item=ready.item)
        assigned = assignment.resolve(seen, assignment.Rule.of(ready.properties))
        rows.empty_inboxes(session, task.id)
        cases.put_into_inboxes(session, task, assigned.principals)
        if assigned.fell_back:
            notices.nobody_found(session, seen, task, rule=assigned.rule)
    run.save()


def _deciders(act: Act, user_id: int) -> list[int]:
    """The people one rank above: of a post in its line; of a role, the committee's member in
    charge. Never the person himself, nor a subject of the case."""
    out = {*ids_of(act.vars.get("recused")), *ids_of(act.vars.get("subject_users")), user_id}
    seen = replace(
        act,
        vars={
            **act.vars,
            "withdrawing": {"kind": "cadre", "user": user_id},
            "recused": [str(one) for one in out],
        },
    )
    held = {kind for kind, _ in assignment.posts_held(act, user_id)}
    if HIGHEST in held:
        return []
    rule = LINE if held & assignment.SUPERIORS.keys() else RULE
    found = assignment.resolve(seen, rule)
    return [] if found.fell_back else assignment.people(seen, rule)


def _record(session: Session, act: Act, action: str, row: Withdrawal) -> None:
    audit.record(
        session,
        actor=act.by,
        action=action,
        subject=act.case,
        now=act.now,
        case_id=act.case.id,
        unit_id=act.case.unit_id,
        detail={"who": row.user_id, "reason": row.reason, "answer": row.answer},
    )
