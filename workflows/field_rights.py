"""What stands in the fields of a step that are not written there, and what is withheld of a case.

A form may be shown at several steps of a process; at each the layout says what is written, only
read or hidden (entry_rights). The answer of the step that wrote a field last is what stands in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from models import Case, Inbox, Task
from workflows import definitions, entry_rights
from workflows.access import Rights
from workflows.engine.scopes import Scope, layers
from workflows.entries import access_to

PERSONS = ("userTask", "boundaryMessage")
Hidden = Mapping[str, frozenset[str]]  # by form


class Waiting(Protocol):
    """A task that is ready or an act that is offered."""

    @property
    def node(self) -> str: ...
    @property
    def scope(self) -> Scope: ...
    @property
    def item_key(self) -> str | None: ...


def form_at(session: Session, definition_id: int, node: str) -> definitions.Form:
    """The form of a step, with the rights that its fields have there."""
    key = _key(session, definition_id, node)
    form = definitions.form_of(session, definition_id, key)
    return replace(form, ui=entry_rights.at(form.ui, node)) if "nodes" in form.ui else form


def _key(session: Session, definition_id: int, node: str) -> str:
    properties = definitions.spec_of(session, definition_id).nodes[node].properties
    return properties.get("formKey") or node


def standing(
    session: Session, case: Case, variables: Mapping[str, Any], waiting: Waiting
) -> dict[str, Any]:
    """What stands in the form of the step so far; nothing where all of it is written here."""
    form = form_at(session, case.definition_id, waiting.node)
    if not entry_rights.closed(form.schema, form.ui):
        return {}
    found: dict[str, Any] = {}
    for node in _in_order(session, case, form.key):
        own = form_at(session, case.definition_id, node).ui
        answers = _answers(session, case, variables, node, waiting)
        for name in form.schema["properties"] if answers is not None else ():
            if access_to(own, name) == "write":  # who may write has the word, also to empty it
                found.pop(name, None)
            if answers and name in answers:
                found.setdefault(name, answers[name])
    return found


def _in_order(session: Session, case: Case, key: str) -> list[str]:
    """The steps that show the form, the one that was done last at the end."""
    nodes = definitions.spec_of(session, case.definition_id).nodes
    sharing = [
        node.id
        for node in nodes.values()
        if node.kind in PERSONS and (node.properties.get("formKey") or node.id) == key
    ]
    rows = session.execute(
        select(Task.node, func.max(Task.done_at))
        .where(
            Task.case_id == case.id, Task.node.in_(sharing), Task.ending.in_(("done", "repeated"))
        )
        .group_by(Task.node)
    )
    done: dict[str, datetime] = {node: at for node, at in rows if at is not None}
    return sorted(sharing, key=lambda node: done.get(node, datetime.min.replace(tzinfo=UTC)))


def _answers(
    session: Session, case: Case, variables: Mapping[str, Any], node: str, waiting: Waiting
) -> Mapping[str, Any] | None:
    """The last answers given at a step, as far as they concern the same item; None if none are."""
    spec = definitions.spec_of(session, case.definition_id).nodes[node]
    for layer in layers(variables, waiting.scope):
        if node in layer:
            found = layer[node]
            if spec.collection is not None and isinstance(found, dict):
                found = found.get(waiting.item_key or "")
            return found if isinstance(found, dict) else None
    return None


def withheld(session: Session, case: Case, steps: Iterable[Task], rights: Rights) -> Hidden:
    """By form, what the record of the case keeps from a person as long as he has a step to do
    that hides it: who judges on his own does not read there what the others wrote."""
    found: dict[str, frozenset[str]] = {}
    for task in steps:
        if task.done_at is not None:
            continue
        form = form_at(session, case.definition_id, task.node)
        places = entry_rights.hidden(form.schema, form.ui)
        if places and _waits_for(session, task, rights):
            found[form.key] = found.get(form.key, frozenset()) | places
    return found


def _waits_for(session: Session, task: Task, rights: Rights) -> bool:
    mine = exists().where(Inbox.task_id == task.id, Inbox.principal.in_(rights.principals))
    return bool(session.scalar(select(mine)))


def written(form: definitions.Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Of the answers of a step what was written there, without what it found and kept."""
    return entry_rights.without(answers, entry_rights.closed(form.schema, form.ui))
