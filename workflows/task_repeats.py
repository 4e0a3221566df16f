"""The same person twice running (`ifTwice=once`): his answer stands for the next step as well.

Only straight after the step before, in the same command, where he alone could do the next one and
is asked the same form there; the checks refuse the setting at decisions, meetings, signatures,
votes and scores, and wherever measures are decided. Both steps stand in the record in his name.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Inbox, Task, User
from workflows import assignment, audit, field_rights, rows
from workflows.cases import Run
from workflows.engine import ReadyTask
from workflows.engine.validation.people import PERSONAL

ONCE, REPEATED = "once", "repeated"


def carry_over(run: Run, done: Task, answers: Mapping[str, Any], *, by: User) -> list[Task]:
    """Steps that follow at once with the same person and form are done with the same answers; the
    tasks that were. None is, unless its node says so."""
    carried: list[Task] = []
    while (found := _next(run, done, by)) is not None:
        _do(run, found, dict(answers), by)
        carried.append(found)
        done = found
    return carried


def _next(run: Run, done: Task, by: User) -> Task | None:
    for ready in run.execution.ready_tasks():
        asked_once = ready.properties.get("ifTwice") == ONCE
        if asked_once and ready.node != done.node and not _is_personal(ready):
            task = _row_of(run, ready)
            if _is_same_form(run, done, ready) and _only(run, task, by):
                return task
    return None


def _is_personal(ready: ReadyTask) -> bool:
    """As the publish checks have it, for versions that were stored before them."""
    said = ready.properties
    return said.get("act") in PERSONAL or said.get("signature") == "yes" or bool(ready.item_key)


def _row_of(run: Run, ready: ReadyTask) -> Task:
    wanted = select(Task).where(Task.case_id == run.case.id, Task.engine_id == ready.id)
    return run.act.session.scalars(wanted).one()


def _is_same_form(run: Run, done: Task, ready: ReadyTask) -> bool:
    """The same fields, each with the same right to write it."""
    session, definition = run.act.session, run.case.definition_id
    before, after = (
        field_rights.form_at(session, definition, node) for node in (done.node, ready.node)
    )
    return (before.key, before.ui) == (after.key, after.ui)


def _only(run: Run, task: Task, by: User) -> bool:
    """Nobody but this person could do it."""
    session, now = run.act.session, run.act.now
    principals = session.scalars(select(Inbox.principal).where(Inbox.task_id == task.id)).all()
    behind = [assignment.holders_of(session, one, now=now) for one in principals]
    rule = assignment.Rule.of(run.waiting(task).properties)
    people = {one for users in behind for one in users} - assignment.exclusions(
        run.act, rule
    ).keys()
    return people == {by.id}


def _do(run: Run, task: Task, answers: dict[str, Any], by: User) -> None:
    session, now = run.act.session, run.act.now
    waited = rows.empty_inboxes(session, task.id)
    rows.put(
        session,
        task,
        done_at=now,
        done_by=by.id,
        done_as=_acted_as(session, waited, by, run),
        answers=answers,
        ending=REPEATED,
        notice_at=None,
    )
    run.complete(task, answers)
    audit.record(
        session,
        actor=by,
        action="carried_over",
        subject=task,
        now=now,
        case_id=run.case.id,
        unit_id=task.unit_id,
        detail={"node": task.node, "answers": answers},
    )


def _acted_as(session: Session, waited: frozenset[int], by: User, run: Run) -> int:
    """The post or seat through which it had reached him."""
    held = [one for one in waited if by.id in assignment.holders_of(session, one, now=run.act.now)]
    return min(held, default=by.id)
