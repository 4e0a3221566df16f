"""One question of a draft: typed, put in its place, moved, removed; nothing typed is lost."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Questionnaire
from webapp import auth, db, errors
from webapp.forms import Sheet
from webapp.questionnaires import typed
from webapp.questionnaires.views import KINDS, again, bp, edit_of, readable
from workflows import questionnaires
from workflows.errors import Conflict, Invalid, NotFound


@bp.route("/<id:questionnaire_id>/questions/<number:number>", methods=["GET", "POST"])
def question(questionnaire_id: int, number: int) -> ResponseReturnValue:
    """The question of that number; the number after the last is a new one."""
    row = questionnaires.get(db.session(), questionnaire_id, rights=auth.rights())
    kind, sheet = _sheet(row, number - 1)
    if request.method == "GET":
        return _page(row, number, kind, sheet)
    sheet = sheet.typed(request.form)
    if sheet.is_rework:
        return _page(row, number, kind, sheet)
    checked = sheet.check()
    if checked.faults:
        return _page(row, number, kind, checked, 422)
    return _put(row, number, kind, sheet)


def _put(row: Questionnaire, number: int, kind: str, sheet: Sheet) -> ResponseReturnValue:
    place, old = number - 1, _old(row, number - 1)
    code = old.get("code") or typed.fresh_code(row.questions)
    made = typed.question_of(kind, sheet.parsed(), code=code, old=old)
    try:
        questionnaires.put(db.session(), row, place, made, edit_of())
    except (Invalid, Conflict) as refusal:
        db.start_over()
        row = questionnaires.get(db.session(), row.id, rights=auth.rights())
        # the form as it was typed, over the state that is there now
        kind, fresh = _sheet(row, place, kind)
        shown = fresh.typed(request.form).refused(refusal)
        return _page(row, number, kind, shown, errors.status_of(refusal))
    flash(gettext("Question %(number)s is saved.", number=number), "success")
    if "_next" in request.form:
        url = url_for("questionnaires.question", questionnaire_id=row.id,
                      number=len(row.questions) + 1, kind=kind)  # fmt: skip
        return redirect(url, 303)
    return redirect(_back(row, number), 303)


def _old(row: Questionnaire, place: int) -> typed.Question:
    found: typed.Question = row.questions[place] if place < len(row.questions) else {}
    return found


def _sheet(row: Questionnaire, place: int, kind: str = "") -> tuple[str, Sheet]:
    """The kind of the question and its form; a kind that is asked for takes what fits it."""
    if place > len(row.questions):
        raise NotFound("There is no such question.")
    old = _old(row, place)
    kind = kind or request.values.get("kind", "") or old.get("kind", "single")
    if kind not in KINDS:
        raise NotFound("There is no such kind of question.")
    earlier = typed.earlier_answers(row.questions, place)
    schema, ui = typed.form_of(kind, has_earlier=bool(earlier))
    kept = typed.answers_of(old)
    sheet = Sheet.of(
        schema,
        ui,
        action=url_for(
            "questionnaires.question", questionnaire_id=row.id, number=place + 1, kind=kind
        ),
        choices=lambda _ref, _field: earlier,
        answers={name: value for name, value in kept.items() if name in schema["properties"]},
        version=row.version,
    )
    return kind, sheet


def _page(
    row: Questionnaire, number: int, kind: str, sheet: Sheet, status: int = 200
) -> ResponseReturnValue:
    page = render_template(
        "questionnaires/question.html",
        row=row,
        number=number,
        is_new=number > len(row.questions),
        kind=kind,
        kinds=KINDS,
        sheet=sheet,
        now_there=readable(row)[number - 1] if number <= len(row.questions) else None,
    )
    return page, status


def _back(row: Questionnaire, number: int) -> str:
    return url_for("questionnaires.show", questionnaire_id=row.id, _anchor=f"question-{number}")


@bp.post("/<id:questionnaire_id>/questions/<number:number>/move")
def move(questionnaire_id: int, number: int) -> ResponseReturnValue:
    session = db.session()
    row = questionnaires.get(session, questionnaire_id, rights=auth.rights())
    by = -1 if request.form.get("to") == "up" else 1
    try:
        questionnaires.move(session, row, number - 1, by, edit_of())
    except Conflict as refusal:
        return again(questionnaire_id, refusal)
    return redirect(_back(row, min(max(number + by, 1), len(row.questions))), 303)


@bp.post("/<id:questionnaire_id>/questions/<number:number>/remove")
def remove(questionnaire_id: int, number: int) -> ResponseReturnValue:
    session = db.session()
    row = questionnaires.get(session, questionnaire_id, rights=auth.rights())
    try:
        questionnaires.remove(session, row, number - 1, edit_of())
    except Conflict as refusal:
        return again(questionnaire_id, refusal)
    flash(gettext("Question %(number)s is removed.", number=number), "success")
    return redirect(_back(row, max(number - 1, 1)), 303)
