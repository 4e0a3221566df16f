"""A task: whom it waits for, what happens when it is answered, and who was faster."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import Select, and_, bindparam, delete, exists, select
from sqlalchemy.orm import Session, aliased, contains_eager

from models import Case, CaseStatus, Draft, Inbox, Participant, Task, User
from workflows import (
    assignment,
    audit,
    calendars,
    cases,
    definitions,
    entry_rights,
    field_rights,
    forms,
    rows,
    suggestions,
    task_repeats,
)
from workflows.access import Rights, visible_cases
from workflows.engine import OfferedAct
from workflows.errors import Conflict, DomainError, NotAllowed, NotFound
from workflows.registry import NEVER_BY_HAND

ACTOR = "actor"  # who did something in a case has a part in it
_anybodys = aliased(Draft)
# A task with its case, the case's unit, a line per principal, the person's draft, whether there are
# drafts at all, whether he has acted in the case before, and the state of the calendar.
READ = (
    select(
        Task,
        Inbox.principal,
        Draft,
        exists().where(_anybodys.task_id == Task.id),
        exists().where(
            Participant.case_id == Task.case_id,
            Participant.user_id == bindparam("user"),
            Participant.part == ACTOR,
        ),
        calendars.STAMP,
    )
    .join(Task.case)
    .join(Case.unit)
    .outerjoin(Inbox, Inbox.task_id == Task.id)
    .outerjoin(Draft, and_(Draft.task_id == Task.id, Draft.user_id == bindparam("user")))
    .where(Task.id == bindparam("task"))
    .options(contains_eager(Task.case).undefer(Case.state).contains_eager(Case.unit))
)
# The same when it is this person's turn at the case: as whoever was faster left it. The case is
# locked before the task, as everybody does who moves one (PostgreSQL only; see cases.TAKE).
TAKE = READ.with_for_update(key_share=True, of=(Case, Task)).execution_options(
    populate_existing=True
)


@dataclass(frozen=True)
class Open:
    """One task with all that its page shows, for a person who may do it."""

    task: Task
    case: Case
    form: definitions.Form
    run: cases.Run
    draft: Draft | None
    has_drafts: bool  # somebody's
    has_acted: bool  # in this case, before
    principals: frozenset[int]  # whom it waits for
    rights: Rights

    @cached_property
    def acts(self) -> tuple[OfferedAct, ...]:
        """What this person may do beside it: at the task itself, or at the subprocess around it."""
        beside = self.run.execution.offered_acts()
        own = (one for one in beside if one.task_id in (self.task.engine_id, None))
        return tuple(one for one in own if _may_take(self.run, one, self.rights))

    @cached_property
    def standing(self) -> dict[str, Any]:
        """What stands in the form where some of its fields are not written at this step."""
        execution, waiting = self.run.execution, self.run.waiting(self.task)
        return field_rights.standing(self.run.act.session, self.case, execution.vars, waiting)

    @property
    def suggested(self) -> dict[str, Any]:
        """What the case knows already and the form asks for: it is not typed twice."""
        known = suggestions.for_task(
            self.task.node, self.form.schema, self.run.execution.vars, self.task.item_key or ""
        )
        return {**known, **self.standing}


def get(session: Session, task_id: int, *, rights: Rights, now: datetime) -> Open:
    """The task and its form; NotFound unless it waits for this person, Conflict once it is done."""
    return _open(session, READ, task_id, rights=rights, now=now)


def turn(session: Session, task_id: int, *, rights: Rights, now: datetime) -> Open:
    """The same for whoever acts on it next: nobody else moves the case until he is through."""
    opened = _open(session, TAKE, task_id, rights=rights, now=now)
    if opened.case.status == CaseStatus.SUSPENDED:
        raise NotAllowed("This case is suspended.")
    cases.require_moving(opened.case)
    return opened


def _open(
    session: Session,
    statement: Select[Task, int, Draft, bool, bool, str],
    task_id: int,
    *,
    rights: Rights,
    now: datetime,
) -> Open:
    lines = session.execute(statement, {"task": task_id, "user": rights.user.id}).all()
    if not lines:
        raise _hidden()
    task, _, draft, has_drafts, has_acted, stamp = lines[0]
    if task.done_at is not None:
        raise _too_late(session, task, rights)
    calendar = calendars.load(session, stamp)
    run = cases.look(session, task.case, by=rights.user, now=now, calendar=calendar)
    principals = frozenset(line[1] for line in lines if line[1] is not None)
    rule = _who(session, task)
    if not assignment.may_do(run.act, principals, rule, rights.principals):
        raise _not_his(session, task, rule, rights)
    run.waiting(task)
    return Open(
        task=task,
        case=task.case,
        form=field_rights.form_at(session, task.case.definition_id, task.node),
        run=run,
        draft=draft,
        has_drafts=has_drafts,
        has_acted=has_acted,
        principals=principals,
        rights=rights,
    )


def _may_take(run: cases.Run, offered: OfferedAct, rights: Rights) -> bool:
    """Who has the task takes the acts at it; those around it are a person's by their own rule."""
    node = definitions.spec_of(run.act.session, run.case.definition_id).nodes[offered.node]
    if (node.process, offered.node) in NEVER_BY_HAND:
        return False
    if offered.task_id is not None or "who" not in offered.properties:
        return True
    rule = assignment.Rule.of(offered.properties)
    seen = replace(run.act, node=node, scope=offered.scope, item=offered.item)
    principals = assignment.resolve(seen, rule).principals
    return assignment.may_do(seen, principals, rule, rights.principals)


def _hidden() -> NotFound:
    """Said of what there is not as of what is somebody else's."""
    return NotFound("There is no such task, or it is not yours.", guard="G10")


def _not_his(session: Session, task: Task, rule: assignment.Rule, rights: Rights) -> DomainError:
    """Who sees the case hears that others decide in it; for anybody else there is no such task."""
    if rule.terms[0].name in ("level", "min") and _had_part(session, task, rights):
        return NotAllowed("Others decide this: it is above you, or you have a part.", guard="G2")
    return _hidden()


def _who(session: Session, task: Task) -> assignment.Rule:
    node = definitions.spec_of(session, task.definition_id or task.case.definition_id).nodes[
        task.node
    ]
    return assignment.Rule.of(node.properties)


def _too_late(session: Session, task: Task, rights: Rights) -> DomainError:
    """Told who did it and when, if the person could have done it; else as if there were none."""
    who = session.get(User, task.done_by) if task.done_by else None
    if not (
        task.done_by == rights.user.id
        or _had_part(session, task, rights)
        or _could_have(session, task, rights)
    ):
        return _hidden()
    if who is None:
        return Conflict("This task ended on {when} without an answer.", when=task.done_at)
    return Conflict("{who} did this task on {when}.", who=who.name, when=task.done_at)


def _had_part(session: Session, task: Task, rights: Rights) -> bool:
    return bool(
        session.scalar(select(Case.id).where(Case.id == task.case_id, visible_cases(rights)))
    )


def _could_have(session: Session, task: Task, rights: Rights) -> bool:
    """The rule of its step names this person: for the ended task, as when it ended."""
    run = cases.look(session, task.case, now=task.done_at or task.opened_at)
    run.act.by = rights.user
    rule = _who(session, task)
    waited = [task.done_as] if task.done_as else assignment.resolve(run.act, rule).principals
    return assignment.may_do(run.act, waited, rule, rights.principals)


def complete(
    session: Session,
    task_id: int,
    answers: dict[str, Any],
    *,
    rights: Rights,
    now: datetime,
    version: int | None = None,
) -> Task:
    """The task is done in the person's name and the case has gone on.

    Raises NotFound, Conflict (who was faster, and when), Invalid (by field), Refused (a guard).
    """
    opened = turn(session, task_id, rights=rights, now=now)
    return finish(session, opened, answers, now=now, version=version)


def finish(
    session: Session,
    opened: Open,
    answers: dict[str, Any],
    *,
    now: datetime,
    version: int | None = None,
) -> Task:
    """The same for a task whose turn has been taken; Conflict if he saw an earlier version."""
    task, case, user = opened.task, opened.case, opened.rights.user
    if version is not None and task.version != version:
        raise Conflict("Somebody changed this task meanwhile. Please look again.")
    form, given = opened.form, opened.standing
    forms.require(form.schema, form.ui, answers, signer=user.name, given=given)
    filled = entry_rights.whole(form.schema, form.ui, answers, given)
    _mark_done(session, opened, filled, now=now)
    opened.run.complete(task, filled)
    if not opened.has_acted:
        cases.take_part(session, case, user.id, ACTOR, now=now)
    audit.record(
        session,
        actor=user,
        action="completed",
        subject=task,
        now=now,
        case_id=case.id,
        unit_id=task.unit_id,
        detail={"node": task.node, "answers": answers},
    )
    task_repeats.carry_over(opened.run, task, filled, by=user)
    return task


def _mark_done(session: Session, opened: Open, answers: dict[str, Any], *, now: datetime) -> None:
    if rows.empty_inboxes(session, opened.task.id) != opened.principals:
        raise Conflict("Somebody changed this task meanwhile. Please look again.")
    mine = opened.principals.intersection(opened.rights.principals)
    rows.put(
        session,
        opened.task,
        done_at=now,
        done_by=opened.rights.user.id,
        done_as=min(mine) if mine else opened.rights.user.id,
        answers=answers,
        ending="done",
        notice_at=None,
    )
    if opened.has_drafts:
        session.execute(delete(Draft).where(Draft.task_id == opened.task.id))


def take_act(
    session: Session,
    task_id: int,
    node: str,
    answers: dict[str, Any],
    *,
    rights: Rights,
    now: datetime,
) -> None:
    """An act offered beside a task (延期 and the like) is taken; the task stays unless it ends."""
    opened = turn(session, task_id, rights=rights, now=now)
    act = offered(opened, node)
    form, given = form_of_act(opened, act)
    forms.require(form.schema, form.ui, answers, signer=rights.user.name, given=given)
    opened.run.send(act, entry_rights.whole(form.schema, form.ui, answers, given))
    audit.record(
        session,
        actor=rights.user,
        action="took_act",
        subject=opened.task,
        now=now,
        case_id=opened.case.id,
        unit_id=opened.task.unit_id,
        detail={"node": node, "answers": answers},
    )


def form_of_act(opened: Open, act: OfferedAct) -> tuple[definitions.Form, dict[str, Any]]:
    """The form of an act beside the task, and what stands in it."""
    session, case = opened.run.act.session, opened.case
    given = field_rights.standing(session, case, opened.run.execution.vars, act)
    return field_rights.form_at(session, case.definition_id, act.node), given


def save_draft(
    session: Session,
    task_id: int,
    answers: dict[str, Any],
    *,
    rights: Rights,
    now: datetime,
    seen: str | None = None,
) -> None:
    """What was typed so far is kept for this person and task.

    `seen` says when the draft was kept on which the page stood (empty: there was none); Conflict
    where another page of the same person has kept a newer one since.
    """
    kept = get(session, task_id, rights=rights, now=now).draft
    overtaken = kept is not None and seen is not None and seen != kept.saved_at.isoformat()
    if kept is not None and overtaken and kept.answers != answers:
        raise Conflict(
            "Another page of yours kept a newer draft on {when}. What you typed here is below: "
            "keep it again to replace the other one.",
            when=kept.saved_at,
        )
    session.merge(Draft(task_id=task_id, user_id=rights.user.id, answers=answers, saved_at=now))
    session.flush()


def mark_read(session: Session, task: Task, *, now: datetime) -> None:
    """已阅: the first opening of an open task is on record."""
    if task.read_at is None:
        task.read_at = now
        session.flush()


def of_case(session: Session, case: Case) -> Sequence[Task]:
    """All tasks of a case in the order in which they came."""
    return session.scalars(
        select(Task).where(Task.case_id == case.id).order_by(Task.opened_at, Task.id)
    ).all()


def names_of(session: Session, case: Case) -> dict[int, str]:
    """Who did something in the case, by id."""
    rows = session.execute(
        select(User.id, User.name)
        .join(Task, Task.done_by == User.id)
        .where(Task.case_id == case.id)
        .distinct()
    )
    return {row.id: row.name for row in rows}


def offered(opened: Open, node: str) -> OfferedAct:
    """The act of that name beside the task; Conflict where it is offered no more."""
    found = next((act for act in opened.acts if act.node == node), None)
    if found is None:
        raise Conflict("This act is no longer offered.")
    return found
