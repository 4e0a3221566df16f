"""问卷: the list of questionnaires, one with its questions and versions, published and compared."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from models import Questionnaire
from webapp import auth, clock, db, errors, exports, words
from workflows import questionnaire_books, questionnaires, survey_questions
from workflows.errors import Conflict, DomainError, Invalid
from workflows.questionnaires import Edit

bp = Blueprint("questionnaires", __name__, url_prefix="/questionnaires")
KINDS: dict[str, LazyString] = {
    "single": _("Single choice"),
    "multiple": _("Multiple choice"),
    "scale": _("Scale"),
    "matrix": _("Matrix"),
    "text": _("Open question"),
}
STATES: dict[str, LazyString] = {"draft": _("Draft"), "published": _("Published")}


@bp.get("")
def index() -> ResponseReturnValue:
    session, rights, chosen = db.session(), auth.rights(), _chosen()
    if request.args.get("export"):
        every = questionnaires.page(session, chosen, rights=rights, size=exports.MOST)
        return _export(every)
    page = questionnaires.page(session, chosen, rights=rights, after=_number("after"))
    return render_template(
        "questionnaires/index.html",
        page=page,
        states=STATES,
        args=request.args,
        chosen=vars(chosen),
    )


def _chosen() -> questionnaires.Filter:
    state = request.args.get("state", "")
    told = request.args.get("words", "").strip()[:80]
    return questionnaires.Filter(told, state if state in STATES else "")


def _export(page: questionnaires.Page) -> ResponseReturnValue:
    heads = ("Questionnaire", "Version", "State", "Questions", "Surveys", "Published")
    lines = [
        [
            one.row.title,
            one.row.number,
            str(STATES[one.row.state]),
            len(one.row.questions),
            one.used,
            one.row.published_at,
        ]
        for one in page.rows
    ]
    return exports.answer(
        "questionnaires", [gettext(head) for head in heads], lines, kind=request.args["export"]
    )


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


@bp.post("")
def new() -> ResponseReturnValue:
    """A draft without questions; its page says how to go on."""
    row = questionnaires.draft(
        db.session(), request.form.get("title", ""), rights=auth.rights(), now=clock.now()
    )
    return redirect(url_for("questionnaires.show", questionnaire_id=row.id), 303)


@bp.get("/<id:questionnaire_id>")
def show(questionnaire_id: int) -> ResponseReturnValue:
    row = questionnaires.get(db.session(), questionnaire_id, rights=auth.rights())
    return page_of(row)


def page_of(row: Questionnaire, refusal: DomainError | None = None) -> ResponseReturnValue:
    """The builder of a draft; a published version as it is asked, with what can be done."""
    session = db.session()
    faults = questionnaires.faults_of(row) if row.state == "draft" else {}
    page = render_template(
        "questionnaires/show.html",
        row=row,
        asked=readable(row),
        faults=_told(faults) if row.questions else {},
        versions=questionnaires.versions(session, row),
        surveys=questionnaires.surveys_with(session, row),
        kinds=KINDS,
        states=STATES,
        typed=request.form,
        title_faults=words.say_fields(refusal) if refusal else {},
        refusal=words.say(refusal) if refusal else "",
    )
    return page, errors.status_of(refusal) if refusal else 200


def _told(faults: dict[str, Any]) -> dict[int, list[str]]:
    """The sentences by question (from 0); -1: of the questionnaire as a whole."""
    found: dict[int, list[str]] = {}
    for path, fault in faults.items():
        parts = path.split("-")
        place = int(parts[1]) if len(parts) > 1 else -1
        found.setdefault(place, []).append(words.fill(fault, fault.facts))
    return found


def readable(row: Questionnaire) -> list[survey_questions.Question]:
    return list(survey_questions.read(row.questions))


def edit_of(version: str | None = None) -> Edit:
    """Who edits, and which state of the draft his page showed."""
    text = request.form.get("_version", "") if version is None else version
    number = int(text) if text.isdecimal() and len(text) < 10 else 0
    return Edit(auth.rights(), number, clock.now())


def again(questionnaire_id: int, refusal: DomainError) -> ResponseReturnValue:
    """The builder with the refusal; nothing of the act is kept."""
    db.start_over()
    row = questionnaires.get(db.session(), questionnaire_id, rights=auth.rights())
    return page_of(row, refusal)


@bp.post("/<id:questionnaire_id>/title")
def rename(questionnaire_id: int) -> ResponseReturnValue:
    session = db.session()
    row = questionnaires.get(session, questionnaire_id, rights=auth.rights())
    title, title_en = request.form.get("title", ""), request.form.get("title_en", "")
    try:
        questionnaires.rename(session, row, title, title_en, edit_of())
    except (Invalid, Conflict) as refusal:
        return again(questionnaire_id, refusal)
    flash(gettext("The title is saved."), "success")
    return redirect(url_for("questionnaires.show", questionnaire_id=row.id), 303)


@bp.post("/<id:questionnaire_id>/publish")
def publish(questionnaire_id: int) -> ResponseReturnValue:
    """The questionnaire is frozen; a page that showed another state is told so."""
    session, edit = db.session(), edit_of()
    row = questionnaires.get(session, questionnaire_id, rights=edit.rights)
    try:
        by, version = edit.rights.user, edit.version
        questionnaires.publish(session, row, by=by, now=edit.now, version=version)
    except (Invalid, Conflict) as refusal:
        return again(questionnaire_id, refusal)
    flash(gettext("The questionnaire is published: a survey may now ask it."), "success")
    return redirect(url_for("questionnaires.show", questionnaire_id=row.id), 303)


@bp.post("/<id:questionnaire_id>/versions")
def new_version(questionnaire_id: int) -> ResponseReturnValue:
    """A draft that begins with this version; the one there is, if somebody began it already."""
    session, rights = db.session(), auth.rights()
    row = questionnaires.get(session, questionnaire_id, rights=rights)
    made = questionnaires.new_version(session, row, rights=rights, now=clock.now())
    flash(gettext("Version %(number)s is open to be worked on.", number=made.number), "success")
    return redirect(url_for("questionnaires.show", questionnaire_id=made.id), 303)


@bp.post("/<id:questionnaire_id>/discard")
def discard(questionnaire_id: int) -> ResponseReturnValue:
    session = db.session()
    row = questionnaires.get(session, questionnaire_id, rights=auth.rights())
    try:
        questionnaires.discard(session, row, edit_of())
    except Conflict as refusal:
        return again(questionnaire_id, refusal)
    flash(gettext("The draft is discarded."), "success")
    return redirect(url_for("questionnaires.index"), 303)


@bp.get("/<id:questionnaire_id>/preview")
def preview(questionnaire_id: int) -> ResponseReturnValue:
    """As it looks on a telephone; nothing that is chosen there goes anywhere."""
    row = questionnaires.get(db.session(), questionnaire_id, rights=auth.rights())
    return render_template("questionnaires/preview.html", row=row, asked=readable(row))


@bp.get("/<id:questionnaire_id>.xlsx")
def workbook(questionnaire_id: int) -> ResponseReturnValue:
    row = questionnaires.get(db.session(), questionnaire_id, rights=auth.rights())
    data = questionnaire_books.write(row.title, row.title_en, row.questions)
    return exports.download(f"{row.title}-v{row.number}.xlsx", data)
