"""The talks and visits of a survey: planned and recorded by its team, read as each one says."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webapp import auth, db, note_pages
from webapp.surveys.views import bp
from workflows import field_notes, survey_lists, surveys
from workflows.errors import NotFound
from workflows.field_notes import Holder


def _held(survey_id: int) -> tuple[note_pages.Trail, Holder]:
    session = db.session()
    survey = surveys.get(session, survey_id, rights=auth.rights())
    case = survey_lists.case_of(session, survey)
    if case is None:
        raise NotFound("This survey has no talks.")
    home = url_for("surveys.show", survey_id=survey.id)
    trail = [(gettext("Surveys"), url_for("surveys.index")), (survey.title, home)]
    return trail, survey_lists.holder(session, case)


@bp.route("/<id:survey_id>/notes", methods=["GET", "POST"])
def note_new(survey_id: int) -> ResponseReturnValue:
    trail, holder = _held(survey_id)
    action = url_for("surveys.note_new", survey_id=survey_id)
    if request.method == "GET":
        return note_pages.page(holder, None, action=action, trail=trail)
    return _saved(
        survey_id, note_pages.save(lambda: _held(survey_id)[1], None, action=action, trail=trail)
    )


@bp.route("/<id:survey_id>/notes/<id:note_id>", methods=["GET", "POST"])
def note(survey_id: int, note_id: int) -> ResponseReturnValue:
    """A confidential one is in the read log before it is shown."""
    trail, holder = _held(survey_id)
    action = url_for("surveys.note", survey_id=survey_id, note_id=note_id)
    if request.method == "POST":
        return _saved(
            survey_id,
            note_pages.save(lambda: _held(survey_id)[1], note_id, action=action, trail=trail),
        )
    row = field_notes.get(db.session(), holder, note_id, rights=auth.rights())
    if row.confidential:
        db.sensitive_read(row, user=auth.rights().user, page="field note")
        trail, holder = _held(survey_id)
        row = field_notes.get(db.session(), holder, note_id, rights=auth.rights())
    return note_pages.page(holder, row, action=action, trail=trail)


def _saved(survey_id: int, refused: ResponseReturnValue | None) -> ResponseReturnValue:
    if refused is not None:
        return refused
    flash(gettext("The record is saved."), "success")
    return redirect(url_for("surveys.show", survey_id=survey_id), 303)
