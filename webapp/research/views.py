"""调研 (重大问题研究): the list; one with what it gathers and claims; its report."""

import io
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from models import Research, Role
from webapp import auth, clock, db, errors, exports, pickers
from webapp.forms import Sheet
from webapp.note_pages import listed
from workflows import access, citations, research, research_reports
from workflows.errors import Conflict, Invalid, Refused
from workflows.research import Plan

bp = Blueprint("research", __name__, url_prefix="/research")
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
STATES: dict[str, LazyString] = {"running": _("running"), "concluded": _("concluded")}
KINDS: dict[str, LazyString] = {
    "problem": _("Problem"),
    "cause": _("Cause"),
    "suggestion": _("Suggestion"),
}


def _many(title: str, title_en: str, ref: str) -> dict[str, Any]:
    return {
        "type": "array",
        "items": {"type": "string"},
        "uniqueItems": True,
        "title": title,
        "title_en": title_en,
        "x-ref": ref,
    }


FORM: dict[str, Any] = {
    "type": "object",
    "required": ["title", "question"],
    "properties": {
        "title": {
            "type": "string",
            "title": "调研题目",
            "title_en": "Title",
            "minLength": 1,
            "maxLength": 200,
        },
        "question": {
            "type": "string",
            "title": "要弄清的问题",
            "title_en": "What is to be found out",
            "minLength": 1,
            "maxLength": 10_000,
        },
        "team": _many("调研组成员", "Team", "user"),
        "surveys": _many("汇集的问卷调查", "Surveys taken in", "survey"),
        "inspections": _many("汇集的督导调研", "Inspections taken in", "inspection"),
    },
    "additionalProperties": False,
}
LOOK = {"order": list(FORM["properties"]), "fields": {}}


@bp.get("")
def index() -> ResponseReturnValue:
    session, rights, chosen = db.session(), auth.rights(), _chosen()
    if request.args.get("export"):
        return _export(research.page(session, rights, chosen, size=exports.MOST))
    return render_template(
        "research/index.html",
        page=research.page(session, rights, chosen, after=_number("after")),
        may_begin=rights.has_role(Role.SUPERVISOR),
        states=STATES,
        chosen=vars(chosen),
    )


def _chosen() -> research.Filter:
    state = request.args.get("state", "")
    words = request.args.get("words", "").strip()[:80]
    return research.Filter(words, state if state in STATES else "")


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _export(page: research.Page) -> ResponseReturnValue:
    heads = [gettext(head) for head in ("Research", "State", "Opened", "Concluded")]
    lines = [
        [one.title, str(STATES[one.state]), one.opened_at, one.concluded_at] for one in page.rows
    ]
    return exports.answer("research", heads, lines, kind=request.args["export"])


@bp.route("/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    access.require_role(auth.rights(), Role.SUPERVISOR)
    sheet = _sheet(None)
    if request.method == "GET":
        return _form(None, sheet)
    return _typed(None, sheet)


@bp.route("/<id:research_id>/edit", methods=["GET", "POST"])
def edit(research_id: int) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    row = research.get(session, research_id, rights=rights)
    research.require_team(session, row, rights)
    sheet = _sheet(row)
    return _form(row, sheet) if request.method == "GET" else _typed(row, sheet)


def _sheet(row: Research | None) -> Sheet:
    session, rights = db.session(), auth.rights()
    answers: dict[str, Any] = {}
    if row is not None:
        sources = research.sources_of(session, row)
        answers = {
            "title": row.title,
            "question": row.question,
            "team": [str(one.id) for one in research.team_of(session, row)],
            "surveys": [str(one) for one in sources["survey"]],
            "inspections": [str(one) for one in sources["inspection"]],
        }
    offered, people = research.offered(session, rights=rights), pickers.chooser()
    return Sheet.of(
        FORM,
        LOOK,
        action=url_for("research.edit", research_id=row.id) if row else url_for("research.new"),
        choices=lambda ref, field: offered[ref] if ref in offered else people(ref, field),
        answers=answers,
        version=row.version if row else 0,
    )


def _form(row: Research | None, sheet: Sheet, status: int = 200) -> ResponseReturnValue:
    return render_template("research/edit.html", row=row, sheet=sheet), status


def _typed(row: Research | None, sheet: Sheet) -> ResponseReturnValue:
    sheet = sheet.typed(request.form)
    if sheet.is_rework:
        return _form(row, sheet)
    checked = sheet.check()
    if checked.faults:
        return _form(row, checked, 422)
    session, rights, now = db.session(), auth.rights(), clock.now()
    plan = _plan(sheet.parsed())
    try:
        if row is None:
            row = research.begin(session, plan, rights=rights, now=now)
        else:
            version = version_sent()
            research.change(session, row, plan, version=version, rights=rights, now=now)
    except (Invalid, Conflict, Refused) as refusal:
        row_id = row.id if row else None
        db.start_over()
        row = research.get(db.session(), row_id, rights=auth.rights()) if row_id else None
        again = _sheet(row).typed(request.form).refused(refusal)
        return _form(row, again, errors.status_of(refusal))
    flash(gettext("The research is saved."), "success")
    return redirect(url_for("research.show", research_id=row.id), 303)


def _plan(said: dict[str, Any]) -> Plan:
    ids = {
        name: [int(one) for one in said.get(name) or ()]
        for name in ("team", "surveys", "inspections")
    }
    return Plan(said["title"], said["question"], **ids)


def version_sent() -> int:
    """The state of the row that the page showed."""
    text = request.form.get("_version", "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


@bp.get("/<id:research_id>")
def show(research_id: int) -> ResponseReturnValue:
    return page_of(research_id)


def page_of(research_id: int) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    row = research.get(session, research_id, rights=rights)
    holder = research.holder(session, row)
    sources = citations.of_research(session, row.id)
    offered = research.sources_of(session, row)
    return render_template(
        "research/show.html",
        row=row,
        team=research.team_of(session, row),
        notes=listed(holder, rights),
        is_team=rights.user.id in holder.team,
        claims=research.claims_of(session, row),
        labels={one.ref: one.label for one in sources},
        taken=research.named_sources(session, offered),
        kinds=KINDS,
        states=STATES,
    )


@bp.post("/<id:research_id>/conclude")
def conclude(research_id: int) -> ResponseReturnValue:
    """The report is frozen."""
    session, rights = db.session(), auth.rights()
    row = research.get(session, research_id, rights=rights)
    research.conclude(session, row, rights=rights, now=clock.now())
    flash(gettext("The research is concluded, and its report frozen."), "success")
    return redirect(url_for("research.show", research_id=row.id), 303)


@bp.get("/<id:research_id>/report.docx")
def report(research_id: int) -> ResponseReturnValue:
    """The report; while the research runs, as it would be now."""
    session = db.session()
    row = research.get(session, research_id, rights=auth.rights())
    made = research_reports.paper(session, row, now=clock.now())
    name = f"{exports.FILE_NAME.sub('_', row.title)}.docx"
    return send_file(io.BytesIO(made), mimetype=DOCX, as_attachment=True, download_name=name)
