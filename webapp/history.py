"""What happened in a case, as its timeline shows it."""

from typing import Any

from flask_babel import gettext

from models import Case
from webapp import db
from webapp.i18n import named
from workflows import tasks

ENDINGS = {"lapsed": "ended without an answer", "cancelled": "closed"}


def timeline(case: Case) -> list[dict[str, Any]]:
    """Each step with who did it, when, and the opinion given."""
    session = db.session()
    names = tasks.names_of(session, case)
    return [
        {
            "title": named(task.name, task.name_en),
            "who": names.get(task.done_by or 0, ""),
            "at": task.done_at,
            "text": _opinion(task.answers) or _ending(task.ending),
            "state": "done" if task.done_at else "now",
        }
        for task in tasks.of_case(session, case)
    ]


def _opinion(answers: dict[str, Any] | None) -> str:
    said = answers or {}
    for name in ("opinion", "note", "reason", "explanation", "request", "record"):
        if isinstance(said.get(name), str) and said[name]:
            return str(said[name])
    return ""


def _ending(ending: str | None) -> str:
    return str(gettext(ENDINGS[ending])) if ending in ENDINGS else ""
