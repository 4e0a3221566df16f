"""Talks and visits on the pages of a survey and of a research: listed, planned, recorded."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import FieldNote
from webapp import auth, clock, db, errors, pickers
from webapp.forms import Sheet
from workflows import case_files, field_notes
from workflows.access import Rights
from workflows.errors import Conflict, Invalid
from workflows.field_notes import Holder, Note

Trail = Sequence[tuple[str, str]]
FORM: dict[str, Any] = {
    "type": "object",
    "required": ["method", "subject"],
    "properties": {
        "method": {
            "type": "string",
            "title": "方式",
            "title_en": "Method",
            "enum": ["forum", "talk", "visit", "reading"],
        },
        "subject": {
            "type": "string",
            "title": "对象（材料）",
            "title_en": "With whom, or what",
            "minLength": 1,
            "maxLength": 200,
        },
        "planned_at": {
            "type": "string",
            "format": "date-time",
            "title": "拟定时间",
            "title_en": "Planned",
        },
        "place": {"type": "string", "title": "地点", "title_en": "Place", "maxLength": 200},
        "outline": {"type": "string", "title": "提纲", "title_en": "Outline", "maxLength": 10_000},
        "held_at": {
            "type": "string",
            "format": "date-time",
            "title": "实际时间",
            "title_en": "Held",
        },
        "record": {"type": "string", "title": "记录", "title_en": "Record", "maxLength": 10_000},
        "looked": {
            "type": "integer",
            "title": "查阅份数",
            "title_en": "Records looked at",
            "minimum": 1,
        },
        "confidential": {
            "type": "boolean",
            "title": "保密（仅调研组可读）",
            "title_en": "Confidential (team only)",
        },
        "readers": {
            "type": "array",
            "items": {"type": "string"},
            "uniqueItems": True,
            "title": "另准阅读的人员",
            "title_en": "Others who may read it",
            "x-ref": "user",
        },
    },
    "additionalProperties": False,
}
LOOK: dict[str, Any] = {
    "order": list(FORM["properties"]),
    "fields": {
        "method": {
            "labels": {"forum": "座谈", "talk": "访谈", "visit": "走访", "reading": "查阅"},
            "labels_en": {
                "forum": "Round table",
                "talk": "Talk",
                "visit": "Visit",
                "reading": "Reading of records",
            },
        },
        "looked": {"show_if": 'method = "reading"'},
        "confidential": {"widget": "checkbox"},
        "readers": {"show_if": "confidential = true"},
    },
}
MOMENTS = ("planned_at", "held_at")


@dataclass(frozen=True)
class Listed:
    row: FieldNote
    may_read: bool


def listed(holder: Holder, rights: Rights) -> list[Listed]:
    """Every talk and visit; of a confidential one only that there is one, for who may not read."""
    rows = field_notes.of(db.session(), holder)
    return [Listed(row, field_notes.may_read(row, holder, rights)) for row in rows]


def _page(
    holder: Holder, note: FieldNote | None, *, action: str, trail: Trail, sheet: Sheet | None = None
) -> ResponseReturnValue:
    """One note: its form for the team, its text for others who may read it."""
    is_team = auth.rights().user.id in holder.team
    if note is None:
        field_notes.require_team(holder, auth.rights())
    shown = sheet or (_sheet(holder, note, action) if is_team else None)
    return render_template(
        "_note.html",
        note=note,
        sheet=shown,
        trail=trail,
        heading=note.subject if note else gettext("Talk or visit"),
        names=_names(note),
    )


def _names(note: FieldNote | None) -> dict[str, str]:
    if note is None:
        return {}
    wanted = [int(one) for one in [*note.readers, note.changed_by]]
    found = case_files.names_of(db.session(), wanted)
    return {str(user_id): name for user_id, name in found.items()}


def _sheet(holder: Holder, note: FieldNote | None, action: str) -> Sheet:
    answers: dict[str, Any] = {}
    if note is not None:
        answers = {name: getattr(note, name) for name in FORM["properties"]}
        answers |= {name: answers[name].isoformat() for name in MOMENTS if answers[name]}
    return Sheet.of(
        FORM,
        LOOK,
        action=action,
        choices=pickers.chooser(case=holder.case),
        answers={name: value for name, value in answers.items() if value not in (None, "", [])},
        version=note.version if note else 0,
    )


def fill(
    load: Callable[[], tuple[Holder, Trail]], note_id: int | None, *, action: str, done: str
) -> ResponseReturnValue:
    """The page of one note, or of a new one; saved, it leads to `done`.

    A confidential one is in the read log before it is shown.
    """
    holder, trail = load()
    if request.method == "POST":
        refused = _save(lambda: load()[0], note_id, action=action, trail=trail)
        if refused is not None:
            return refused
        flash(gettext("The record is saved."), "success")
        return redirect(done, 303)
    if note_id is None:
        return _page(holder, None, action=action, trail=trail)
    row = field_notes.get(db.session(), holder, note_id, rights=auth.rights())
    if row.confidential:
        db.sensitive_read(row, user=auth.rights().user, page="field note")
        holder, trail = load()
        row = field_notes.get(db.session(), holder, note_id, rights=auth.rights())
    return _page(holder, row, action=action, trail=trail)


def _save(
    load: Callable[[], Holder], note_id: int | None, *, action: str, trail: Trail
) -> ResponseReturnValue | None:
    """None: the note is saved. Else its page again, with what was typed and why it is not."""
    session, rights, now, holder = db.session(), auth.rights(), clock.now(), load()
    note = field_notes.get(session, holder, note_id, rights=rights) if note_id else None
    sheet = _sheet(holder, note, action).typed(request.form)
    if sheet.is_rework:
        return _page(holder, note, action=action, trail=trail, sheet=sheet)
    checked = sheet.check()
    if checked.faults:
        made = _page(holder, note, action=action, trail=trail, sheet=checked)
        return made, 422  # type: ignore[return-value]
    try:
        said = _note_of(sheet.parsed())
        if note is None:
            field_notes.add(session, holder, said, rights=rights, now=now)
        else:
            version = _version()
            field_notes.change(session, holder, note, said, version=version, rights=rights, now=now)
    except (Invalid, Conflict) as refusal:
        db.start_over()
        holder, rights = load(), auth.rights()
        note = field_notes.get(db.session(), holder, note_id, rights=rights) if note_id else None
        again = _sheet(holder, note, action).typed(request.form).refused(refusal)
        made = _page(holder, note, action=action, trail=trail, sheet=again)
        return made, errors.status_of(refusal)  # type: ignore[return-value]
    return None


def _note_of(said: dict[str, Any]) -> Note:
    moments = {name: datetime.fromisoformat(said[name]) for name in MOMENTS if said.get(name)}
    kept = {name: value for name, value in said.items() if value is not None}
    if not kept.get("confidential"):
        kept["readers"] = []
    return Note(**{**kept, **moments})


def _version() -> int:
    text = request.form.get("_version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0
