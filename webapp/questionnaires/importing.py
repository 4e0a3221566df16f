"""A questionnaire by workbook: looked at first, taken in whole as a draft or not at all."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Role
from webapp import auth, clock, db, exports, i18n, words
from webapp.questionnaires.views import bp
from workflows import access, questionnaire_books, questionnaires
from workflows.errors import DomainError, Invalid, TooLarge
from workflows.questionnaire_books import Read


@bp.get("/import")
def import_form() -> ResponseReturnValue:
    access.require_role(auth.rights(), Role.SUPERVISOR)
    return _page(None)


@bp.post("/import")
def take() -> ResponseReturnValue:
    """`check` only looks; `take` makes a draft of the workbook, unless a row of it is at fault."""
    rights = auth.rights()
    access.require_role(rights, Role.SUPERVISOR)
    file = request.files.get("workbook")
    try:
        found = questionnaire_books.read(file.stream.read() if file else b"")
    except (Invalid, TooLarge) as refused:
        return _page(None, refused)
    if not found.is_good or request.form.get("act") != "take":
        return _page(found)
    row = questionnaires.draft(
        db.session(),
        found.title,
        title_en=found.title_en,
        questions=found.questions,
        rights=rights,
        now=clock.now(),
    )
    flash(gettext("The questionnaire is taken in as a draft."), "success")
    return redirect(url_for("questionnaires.show", questionnaire_id=row.id), 303)


@bp.get("/import/template")
def import_template() -> ResponseReturnValue:
    """An empty workbook with one example of each kind of question."""
    access.require_role(auth.rights(), Role.SUPERVISOR)
    return exports.download("questionnaire.xlsx", questionnaire_books.example())


def _page(found: Read | None, refusal: DomainError | None = None) -> ResponseReturnValue:
    bad = refusal is not None or (found is not None and not found.is_good)
    english = i18n.language() == "en"
    lines = []
    if found is not None:
        lines = [
            (one.sheet, one.row, one.column, one.value, one.en if english else one.zh)
            for one in found.report.faults
        ]
        lines += [
            (one.sheet, one.row, one.column, "", words.fill(one.told, one.told.facts))
            for one in found.faults
        ]
    page = render_template(
        "questionnaires/import.html",
        found=found,
        faults=lines,
        refusal=words.say(refusal) if refusal else "",
    )
    return page, 422 if bad else 200
