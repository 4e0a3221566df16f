"""The talks and visits of a research: planned and recorded by its team, read as each one says."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webapp import auth, db, note_pages
from webapp.research.views import bp
from workflows import field_notes, research
from workflows.field_notes import Holder


def _held(research_id: int) -> tuple[Holder, note_pages.Trail]:
    session = db.session()
    row = research.get(session, research_id, rights=auth.rights())
    if request.method == "POST":
        research.require_team(session, row, auth.rights())
    home = url_for("research.show", research_id=row.id)
    trail = [(gettext("Research"), url_for("research.index")), (row.title, home)]
    return research.holder(session, row), trail


@bp.route("/<id:research_id>/notes", methods=["GET", "POST"])
def note_new(research_id: int) -> ResponseReturnValue:
    holder, trail = _held(research_id)
    action = url_for("research.note_new", research_id=research_id)
    if request.method == "GET":
        return note_pages.page(holder, None, action=action, trail=trail)
    return _saved(
        research_id,
        note_pages.save(lambda: _held(research_id)[0], None, action=action, trail=trail),
    )


@bp.route("/<id:research_id>/notes/<id:note_id>", methods=["GET", "POST"])
def note(research_id: int, note_id: int) -> ResponseReturnValue:
    """A confidential one is in the read log before it is shown."""
    holder, trail = _held(research_id)
    action = url_for("research.note", research_id=research_id, note_id=note_id)
    if request.method == "POST":
        return _saved(
            research_id,
            note_pages.save(lambda: _held(research_id)[0], note_id, action=action, trail=trail),
        )
    row = field_notes.get(db.session(), holder, note_id, rights=auth.rights())
    if row.confidential:
        db.sensitive_read(row, user=auth.rights().user, page="field note")
        holder, trail = _held(research_id)
        row = field_notes.get(db.session(), holder, note_id, rights=auth.rights())
    return note_pages.page(holder, row, action=action, trail=trail)


def _saved(research_id: int, refused: ResponseReturnValue | None) -> ResponseReturnValue:
    if refused is not None:
        return refused
    flash(gettext("The record is saved."), "success")
    return redirect(url_for("research.show", research_id=research_id), 303)
