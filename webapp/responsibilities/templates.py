"""Templates of lists: seen by level and post, taken out as a workbook, put in as a new version."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Role
from webapp import auth, clock, db, exports, i18n, words
from webapp.responsibilities import common
from webapp.responsibilities.common import bp
from workflows import access, responsibility_books, responsibility_templates
from workflows.errors import Conflict, Invalid, NotAllowed, TooLarge
from workflows.imports.report import Report

CODES = ("three_levels", "four_levels", "local")


@bp.get("/templates")
def templates() -> ResponseReturnValue:
    _require_reader()
    return _page(None)


def _require_reader() -> None:
    if not common.reads_templates():
        raise NotAllowed("This is not among your duties.")


@bp.get("/templates/<id:template_id>")
def template(template_id: int) -> ResponseReturnValue:
    _require_reader()
    row = responsibility_templates.get(db.session(), template_id)
    return render_template(
        "responsibilities/template.html",
        template=row,
        charges=responsibility_templates.charges(row.content),
        levels={one["kind"]: one["name"] for one in row.content["levels"]},
    )


@bp.get("/templates/<id:template_id>.xlsx")
def workbook(template_id: int) -> ResponseReturnValue:
    _require_reader()
    row = responsibility_templates.get(db.session(), template_id)
    data = responsibility_books.write(row.content)
    return exports.download(f"{row.code}-v{row.number}.xlsx", data)


@bp.post("/templates")
def put_in() -> ResponseReturnValue:
    """`check` only looks; `take` puts the version in force, unless a cell of it is at fault."""
    access.require_role(auth.rights(), Role.SECURITY_ADMIN)
    session, sent = db.session(), request.files.get("workbook")
    code, name = common.text("code", 80), common.text("name")
    try:
        if code not in CODES or not name:
            raise Invalid("Say which template it is, and its name.")
        content, report = responsibility_books.read(session, sent.stream.read() if sent else b"")
        if report.is_good and request.form.get("act") == "take":
            row = responsibility_templates.put_in(
                session, code, name, content, rights=auth.rights(), now=clock.now()
            )
            flash(gettext("Version %(number)s is in force.", number=row.number), "success")
            return redirect(url_for("responsibilities.template", template_id=row.id), 303)
    except (Invalid, TooLarge, Conflict) as refused:
        message = words.say(refused)
        db.start_over()
        return _page(None, message)
    return _page(report)


def _page(report: Report | None, refusal: str = "") -> ResponseReturnValue:
    bad = bool(refusal) or (report is not None and not report.is_good)
    page = render_template(
        "responsibilities/templates.html",
        rows=responsibility_templates.all_of(db.session()),
        report=report,
        refusal=refusal,
        keeps=common.keeps_templates(),
        typed=request.form,
        codes=CODES,
        in_english=i18n.language() == "en",
    )
    return page, 422 if bad else 200
