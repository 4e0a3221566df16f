"""The public page of a survey: no sign-in, no session, no cookie; the link alone is the right.

Nothing here asks who somebody is, and no log holds the link (docs/adr/0010-unlinkable-answers.md).
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

from webapp import clock, db, security
from webapp.i18n import LANGUAGES
from webapp.words import say, say_fields
from workflows import survey_answers
from workflows.errors import Invalid
from workflows.survey_answers import Sheet, TurnedAway
from workflows.survey_questions import Question

bp = Blueprint("answers", __name__, url_prefix="/s")
security.csrf.exempt(bp)  # there is no session to abuse: who has the link may answer by it
STATUS = {"unknown": 404, "early": 403, "used": 409, "closed": 410}


@bp.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    with _language():
        try:
            sheet = survey_answers.sheet_for(db.session(), token, now=clock.now())
        except TurnedAway as away:
            return _turned_away(away)
        return _page(sheet, {}, {})


@bp.post("/<token>")
def send(token: str) -> ResponseReturnValue:
    typed = dict(request.form.lists())
    with _language():
        try:
            survey_answers.hand_in(db.session(), token, typed, now=clock.now())
        except TurnedAway as away:
            return _turned_away(away)
        except Invalid as refused:
            db.start_over()
            sheet = survey_answers.sheet_for(db.session(), token, now=clock.now())
            return _page(sheet, typed, say_fields(refused)), 422
    return redirect(url_for("answers.thanks", lang=request.args.get("lang")), 303)


@bp.get("/thanks/")
def thanks() -> ResponseReturnValue:
    with _language():
        return _rendered("thanks")


def _page(sheet: Sheet, typed: Mapping[str, Sequence[str]], faults: Mapping[str, str]) -> str:
    return _rendered(
        "show",
        survey=sheet.survey,
        questions=sheet.questions,
        numbers={one.code: place for place, one in enumerate(sheet.questions, 1)},
        titles={one.code: _titles(one) for one in sheet.questions},
        typed=typed,
        faults=faults,
    )


def _titles(question: Question) -> dict[str, tuple[str, str]]:
    """The wording of each answer, by its code, in both languages."""
    if question.kind == "scale":
        return {value: (value, value) for value in question.values}
    return {one.code: (one.title, one.title_en) for one in question.choices}


def _turned_away(away: TurnedAway) -> ResponseReturnValue:
    db.start_over()
    return _rendered("away", message=say(away)), STATUS[away.why]


def _rendered(name: str, **told: object) -> str:
    # not render_template: that asks who is signed in
    return current_app.jinja_env.get_template(f"answers/{name}.html").render(**told)


def _language() -> AbstractContextManager[None]:
    """The language of the address, for there is no session that could keep a choice."""
    chosen = request.args.get("lang")
    return force_locale(chosen) if chosen in LANGUAGES else nullcontext()
