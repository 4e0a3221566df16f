"""A task: whom it waits for, what happens when it is answered, and who was faster."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, contains_eager

from models import Case, CaseStatus, Draft, Inbox, Task, User
from workflows import assignment, audit, cases, definitions, forms
from workflows.access import Rights, visible_cases
from workflows.engine import OfferedAct
from workflows.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from workflows.registry import NEVER_BY_HAND, Act


@dataclass(frozen=True)
class Open:
    """One task with all that its page shows, for a person who may do it."""

    task: Task
    case: Case
    form: definitions.Form
    run: cases.Run
    acts: tuple[OfferedAct, ...]
    draft: Draft | None

    @property
    def suggested(self) -> dict[str, Any]:
        """What the case knows already and the form asks for: it is not typed twice."""
        variables = self.run.execution.vars
        known = {"facts": variables.get("findings"), "subjects": _suggested_subjects(variables)}
        return {
            name: value
            for name, value in known.items()
            if value and name in self.form.schema["properties"]
        }


def _suggested_subjects(variables: Mapping[str, Any]) -> list[dict[str, Any]]:
    subject = variables.get("subject")
    if not subject:
        return []
    kind = "org" if subject["kind"] == "org" else "cadre"
    return [{"kind": kind, "ref": subject["key"], "post_then": subject.get("post", "")}]


def get(session: Session, task_id: int, *, rights: Rights, now: datetime) -> Open:
    """The task and its form; NotFound unless it waits for this person, Conflict once it is done."""
    task = _load(session, task_id)
    if task.done_at is not None:
        raise _too_late(session, task, rights)
    run = cases.look(session, task.case, now=now)
    run.act.by = rights.user
    _require_right(run.act, task, rights)
    ready = cases.engine_task(run, task.engine_id)
    acts = tuple(one for one in _acts_beside(run, ready.id) if _may_take(run, one, rights))
    form = definitions.form_of(session, task.case.definition_id, _form_key(ready.properties, task))
    draft = session.get(Draft, (task.id, rights.user.id))
    return Open(task, task.case, form, run, acts, draft)


def _acts_beside(run: cases.Run, engine_id: UUID) -> list[OfferedAct]:
    """The acts at the open task itself, or at the subprocess around it."""
    return [one for one in run.execution.offered_acts() if one.task_id in (engine_id, None)]


def _may_take(run: cases.Run, offered: OfferedAct, rights: Rights) -> bool:
    """Who has the task takes the acts at it; those around it are a person's by their own rule."""
    node = definitions.spec_of(run.act.session, run.case.definition_id).nodes[offered.node]
    if (node.process, offered.node) in NEVER_BY_HAND:
        return False
    rule = offered.properties.get("who")
    if offered.task_id is not None or rule is None:
        return True
    seen = replace(run.act, node=node, scope=offered.scope, item=offered.item)
    principals = assignment.resolve(seen, rule).principals
    return assignment.may_do(seen, principals, rule, rights.principals)


def _form_key(properties: Mapping[str, str], task: Task) -> str:
    return properties.get("formKey") or task.node


def _load(session: Session, task_id: int) -> Task:
    task = session.scalar(
        select(Task)
        .where(Task.id == task_id)
        .join(Task.case)
        .options(contains_eager(Task.case).undefer(Case.state))
    )
    if task is None:
        raise NotFound("There is no such task, or it is not yours.")
    return task


def _take(session: Session, task_id: int) -> Task:
    """The task when it is this person's turn at its case: as whoever was faster left it."""
    task = session.get(Task, task_id)
    if task is None:
        raise NotFound("There is no such task, or it is not yours.")
    cases.take(session, task.case_id)
    session.refresh(task)
    return task


def _require_right(act: Act, task: Task, rights: Rights) -> int:
    """The principal through which the person acts; NotFound if the task is none of his."""
    principals = act.session.scalars(select(Inbox.principal).where(Inbox.task_id == task.id)).all()
    if not assignment.may_do(act, principals, _who(act.session, task), rights.principals):
        raise NotFound("There is no such task, or it is not yours.")
    mine = set(principals) & set(rights.principals)
    return min(mine) if mine else rights.user.id


def _who(session: Session, task: Task) -> str:
    node = definitions.spec_of(session, task.case.definition_id).nodes[task.node]
    return node.properties.get("who", "role(process_admin)")


def _too_late(session: Session, task: Task, rights: Rights) -> DomainError:
    """Told who did it and when, if the person could have done it; else as if there were none."""
    who = session.get(User, task.done_by) if task.done_by else None
    if not (
        task.done_by == rights.user.id
        or _had_part(session, task, rights)
        or _could_have(session, task, rights)
    ):
        return NotFound("There is no such task, or it is not yours.")
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
    task = _take(session, task_id)
    _require_open(session, task, rights, version)
    run = cases.open_run(session, task.case, by=rights.user, now=now)
    principal = _require_right(run.act, task, rights)
    ready = cases.engine_task(run, task.engine_id)
    form = definitions.form_of(session, task.case.definition_id, _form_key(ready.properties, task))
    forms.require(form.schema, form.ui, answers, signer=rights.user.name)
    _mark_done(session, task, answers, principal=principal, rights=rights, now=now)
    run.complete(task, answers)
    cases.take_part(session, task.case, rights.user.id, "actor", now=now)
    audit.record(
        session,
        actor=rights.user,
        action="completed",
        subject=task,
        now=now,
        case_id=task.case_id,
        unit_id=task.unit_id,
        detail={"node": task.node, "answers": answers},
    )
    return task


def _require_open(session: Session, task: Task, rights: Rights, version: int | None) -> None:
    if task.done_at is not None:
        raise _too_late(session, task, rights)
    if version is not None and task.version != version:
        raise Conflict("Somebody changed this task meanwhile. Please look again.")
    if task.case.status == CaseStatus.SUSPENDED:
        raise NotAllowed("This case is suspended.")


def _mark_done(
    session: Session,
    task: Task,
    answers: dict[str, Any],
    *,
    principal: int,
    rights: Rights,
    now: datetime,
) -> None:
    task.done_at, task.done_by, task.done_as = now, rights.user.id, principal
    task.answers, task.ending, task.notice_at = answers, "done", None
    session.flush()  # the row's version decides who was first
    session.execute(delete(Inbox).where(Inbox.task_id == task.id))
    session.execute(delete(Draft).where(Draft.task_id == task.id))


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
    task = _take(session, task_id)
    _require_open(session, task, rights, None)
    run = cases.open_run(session, task.case, by=rights.user, now=now)
    _require_right(run.act, task, rights)
    offered = _offered(run, task, node, rights)
    form = definitions.form_of(
        session, task.case.definition_id, offered.properties.get("formKey") or node
    )
    forms.require(form.schema, form.ui, answers, signer=rights.user.name)
    run.send(offered, answers)
    audit.record(
        session,
        actor=rights.user,
        action="took_act",
        subject=task,
        now=now,
        case_id=task.case_id,
        unit_id=task.unit_id,
        detail={"node": node, "answers": answers},
    )


def _offered(run: cases.Run, task: Task, node: str, rights: Rights) -> OfferedAct:
    """The act beside the task; Conflict where it is offered no more, or not to this person."""
    beside = _acts_beside(run, task.engine_id)
    found = next((one for one in beside if one.node == node), None)
    if found is None or not _may_take(run, found, rights):
        raise Conflict("This act is no longer offered.")
    return found


@dataclass(frozen=True)
class BatchResult:
    task_id: int
    name: str
    done: bool
    refusal: DomainError | None


def complete_many(
    session: Session,
    task_ids: Sequence[int],
    answers: dict[str, Any],
    *,
    rights: Rights,
    now: datetime,
    limit: int = 100,
) -> list[BatchResult]:
    """Each ticked task on its own: what one refuses does not undo the others."""
    if len(task_ids) > limit:
        raise NotAllowed("At most {limit} tasks can be handled at once.", limit=limit)
    results = []
    for task_id in sorted(set(task_ids)):  # two batches wait for each other, never in a circle
        refusal: DomainError | None = None
        name = ""
        try:
            with session.begin_nested():
                opened = get(session, task_id, rights=rights, now=now)
                name = opened.task.name
                _require_batch(opened)
                complete(session, task_id, dict(answers), rights=rights, now=now)
        except DomainError as error:
            refusal = error
        results.append(BatchResult(task_id, name, refusal is None, refusal))
    return results


def _require_batch(opened: Open) -> None:
    node = definitions.spec_of(opened.run.act.session, opened.case.definition_id).nodes[
        opened.task.node
    ]
    if node.properties.get("batch") != "yes":
        raise NotAllowed("{task} cannot be done in a batch.", task=opened.task.name)


def save_draft(
    session: Session, task_id: int, answers: dict[str, Any], *, rights: Rights, now: datetime
) -> None:
    """What was typed so far is kept for this person and task."""
    get(session, task_id, rights=rights, now=now)
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


def alike(
    session: Session, task_ids: Sequence[int], *, rights: Rights, now: datetime
) -> list[Open]:
    """The ticked tasks, all of one step, so that one form does for all; else Invalid."""
    opened = [get(session, one, rights=rights, now=now) for one in dict.fromkeys(task_ids)]
    steps = {(one.task.node, one.case.definition_id) for one in opened}
    if len(steps) != 1:
        raise Invalid("Only tasks of the same step can be done together.")
    for one in opened:
        _require_batch(one)
    return opened
