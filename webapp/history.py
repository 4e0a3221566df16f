"""What happened in a case, as its timeline and its record show it."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

from flask_babel import lazy_gettext as _

from models import Case, Task
from webapp import db
from webapp.i18n import named
from workflows import definitions, entry_rights, field_rights, readings, tasks

ENDINGS = {
    "lapsed": _("ended without an answer"),
    "cancelled": _("closed"),
    "repeated": _("the answer of the step before stands"),
}
NOTHING: field_rights.Hidden = MappingProxyType({})
OPINIONS = ("opinion", "note", "reason", "explanation", "request", "record")


def timeline(case: Case) -> list[dict[str, Any]]:
    """Each step with who did it, when, and the opinion given."""
    session = db.session()
    return entries(case, tasks.of_case(session, case), tasks.names_of(session, case))


def entries(
    case: Case,
    steps: Sequence[Task],
    who: Any,
    names: readings.Names | None = None,
    withheld: field_rights.Hidden = NOTHING,
) -> list[dict[str, Any]]:
    """The same for the steps given; with `names` each tells all that was filled in.

    `withheld` is what the reader is not shown, by form.
    """
    return [
        {
            "task": task,
            "title": named(task.name, task.name_en),
            "who": who.get(task.done_by or 0, ""),
            "at": task.done_at,
            "text": _opinion(case, task, withheld) or _ending(task.ending),
            "state": "done" if task.done_at else "now",
            "lines": lines_of(case, task, names, withheld) if names and task.answers else [],
        }
        for task in steps
    ]


def lines_of(
    case: Case, task: Task, names: readings.Names, withheld: field_rights.Hidden = NOTHING
) -> list[readings.Line]:
    form = _form(case, task)
    return readings.of(form.schema, form.ui, _written(form, task, withheld), names)


def _form(case: Case, task: Task) -> definitions.Form:
    return field_rights.form_at(db.session(), task.definition_id or case.definition_id, task.node)


def _written(form: definitions.Form, task: Task, withheld: field_rights.Hidden) -> dict[str, Any]:
    """What was written at the step itself, and is not kept from the reader."""
    said = field_rights.written(form, task.answers or {})
    return entry_rights.without(said, withheld.get(form.key, frozenset()))


def _opinion(case: Case, task: Task, withheld: field_rights.Hidden) -> str:
    """What was said in own words; a choice is told by its label."""
    said = _written(_form(case, task), task, withheld) if task.answers else {}
    for name in OPINIONS:
        if isinstance(said.get(name), str) and said[name]:
            return _label(case, task, name, said[name])
    return ""


def _label(case: Case, task: Task, name: str, value: str) -> str:
    form = _form(case, task)
    if "enum" not in form.schema["properties"].get(name, {}):
        return value
    look = form.ui.get("fields", {}).get(name, {})
    zh, en = look.get("labels", {}).get(value), look.get("labels_en", {}).get(value)
    return named(zh or value, en)


def _ending(ending: str | None) -> str:
    return str(ENDINGS[ending]) if ending in ENDINGS else ""
