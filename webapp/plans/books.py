"""Plans by workbook: looked at first, taken in whole or not at all; and given out again."""

import io

from flask import Response, flash, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webapp import auth, clock, db, i18n, security, words
from webapp.exports import KINDS
from webapp.plans.views import bp
from workflows import plan_books, plan_lists
from workflows.errors import Invalid, NotAllowed, TooLarge
from workflows.imports.report import Report
from workflows.plan_lists import Filter


@bp.get("/import")
def book() -> ResponseReturnValue:
    return _page(None)


@bp.post("/import")
def take() -> ResponseReturnValue:
    """`check` only looks; `take` brings the workbook in, unless a row of it is at fault."""
    if not _may():
        raise NotAllowed("Only an organ's party workers bring in its plan.")
    file = request.files.get("workbook")
    dry_run = request.form.get("act") != "take"
    try:
        data = file.stream.read() if file else b""
        report = plan_books.take(
            db.session(),
            data,
            rights=auth.rights(),
            now=clock.now(),
            existing=request.form.get("existing") == "1",
            dry_run=dry_run,
        )
    except (Invalid, TooLarge) as refused:
        message = words.say(refused)
        db.start_over()
        return _page(None, message)
    if report.is_good and not dry_run:
        flash(gettext("The plans are on file."), "success")
    return _page(report)


def _may() -> bool:
    return auth.rights().holds(*plan_books.STARTERS)


def _page(report: Report | None, refusal: str = "") -> ResponseReturnValue:
    bad = bool(refusal) or (report is not None and not report.is_good)
    page = render_template(
        "plans/book.html",
        report=report,
        refusal=refusal,
        may_take=_may(),
        existing=request.form.get("existing") == "1",
        heads=[column.title for column in plan_books.COLUMNS],
        in_english=i18n.language() == "en",
    )
    return page, 422 if bad else 200


@bp.get("/import/template")
def book_template() -> ResponseReturnValue:
    return _sent(plan_books.template(), "joint-plan-template.xlsx")


@bp.get("/<id:plan_id>/book")
def book_export(plan_id: int) -> ResponseReturnValue:
    """The plan in the form that the import takes."""
    session = db.session()
    plan, organ = plan_lists.get(session, plan_id, rights=auth.rights())
    name = f"joint-plan-{organ.code}-{plan.year}.xlsx"
    return _sent(plan_books.export(session, [(plan, organ)]), name)


@bp.get("/book")
def book_of_all() -> ResponseReturnValue:
    """Every plan that the person sees, in the form that the import takes."""
    session = db.session()
    rows = plan_lists.page(session, auth.rights(), Filter(), size=plan_lists.MOST_ROWS).rows
    plans = [(row.plan, row.unit) for row in rows]
    return _sent(plan_books.export(session, plans), "joint-plans.xlsx")


def _sent(data: bytes, name: str) -> Response:
    response = send_file(
        io.BytesIO(data), mimetype=KINDS["xlsx"], as_attachment=True, download_name=name
    )
    response.headers["Content-Security-Policy"] = security.SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    return response
