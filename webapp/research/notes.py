"""The talks and visits of a research: planned and recorded by its team, read as each one says."""

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webapp import auth, db, note_pages
from webapp.research.views import bp
from workflows import research
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
    action = url_for("research.note_new", research_id=research_id)
    return _filled(research_id, None, action)


@bp.route("/<id:research_id>/notes/<id:note_id>", methods=["GET", "POST"])
def note(research_id: int, note_id: int) -> ResponseReturnValue:
    action = url_for("research.note", research_id=research_id, note_id=note_id)
    return _filled(research_id, note_id, action)


def _filled(research_id: int, note_id: int | None, action: str) -> ResponseReturnValue:
    done = url_for("research.show", research_id=research_id)
    return note_pages.fill(lambda: _held(research_id), note_id, action=action, done=done)
