"""Several tasks of one step done together: one form for all, each on its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows import definitions
from workflows.access import Rights
from workflows.entry_rights import closed
from workflows.errors import DomainError, Invalid, NotAllowed
from workflows.tasks import Open, finish, get, turn


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
                opened = turn(session, task_id, rights=rights, now=now)
                name = opened.task.name
                _require_batch(opened)
                finish(session, opened, dict(answers), now=now)
        except DomainError as error:
            refusal = error
        results.append(BatchResult(task_id, name, refusal is None, refusal))
    return results


def _require_batch(opened: Open) -> None:
    node = definitions.spec_of(opened.run.act.session, opened.case.definition_id).nodes[
        opened.task.node
    ]
    # what stands in fields that are not written here differs from case to case
    if node.properties.get("batch") != "yes" or closed(opened.form.schema, opened.form.ui):
        raise NotAllowed("{task} cannot be done in a batch.", task=opened.task.name)


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
