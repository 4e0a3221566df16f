"""The talks and visits of a survey: planned and recorded by its team, read as each one says."""

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webapp import auth, db, note_pages
from webapp.surveys.views import bp
from workflows import survey_lists, surveys
from workflows.errors import NotFound
from workflows.field_notes import Holder


def _held(survey_id: int) -> tuple[Holder, note_pages.Trail]:
    session = db.session()
    survey = surveys.get(session, survey_id, rights=auth.rights())
    case = survey_lists.case_of(session, survey)
    if case is None:
        raise NotFound("This survey has no talks.")
    home = url_for("surveys.show", survey_id=survey.id)
    trail = [(gettext("Surveys"), url_for("surveys.index")), (survey.title, home)]
    return survey_lists.holder(session, case), trail


@bp.route("/<id:survey_id>/notes", methods=["GET", "POST"])
def note_new(survey_id: int) -> ResponseReturnValue:
    action = url_for("surveys.note_new", survey_id=survey_id)
    return _filled(survey_id, None, action)


@bp.route("/<id:survey_id>/notes/<id:note_id>", methods=["GET", "POST"])
def note(survey_id: int, note_id: int) -> ResponseReturnValue:
    action = url_for("surveys.note", survey_id=survey_id, note_id=note_id)
    return _filled(survey_id, note_id, action)


def _filled(survey_id: int, note_id: int | None, action: str) -> ResponseReturnValue:
    done = url_for("surveys.show", survey_id=survey_id)
    return note_pages.fill(lambda: _held(survey_id), note_id, action=action, done=done)
