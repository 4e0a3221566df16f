"""制度 and the yearly plan by workbook: looked at first, taken in whole or not at all."""

import io

from flask import flash, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webapp import auth, clock, db, exports, i18n, words
from webapp.inspections.views import bp
from workflows import inspection_books, inspection_plans
from workflows.errors import Invalid, TooLarge
from workflows.imports.report import Report


@bp.get("/book")
def book() -> ResponseReturnValue:
    inspection_plans.organ_of(db.session(), auth.rights())
    if request.args.get("export"):
        made = inspection_books.write(db.session(), rights=auth.rights())
        return send_file(
            io.BytesIO(made),
            mimetype=exports.KINDS["xlsx"],
            as_attachment=True,
            download_name=f"{gettext('Rules and plan')}.xlsx",
        )
    return _page(None)


@bp.post("/book")
def take_book() -> ResponseReturnValue:
    """`check` only looks; `take` brings the workbook in, unless a row of it is at fault."""
    session, rights = db.session(), auth.rights()
    inspection_plans.organ_of(session, rights)
    file = request.files.get("workbook")
    dry_run = request.form.get("act") != "take"
    try:
        data = file.stream.read() if file else b""
        report = inspection_books.take(
            session, data, rights=rights, now=clock.now(), dry_run=dry_run
        )
    except (Invalid, TooLarge) as refused:
        message = words.say(refused)
        db.start_over()
        return _page(None, message)
    if report.is_good and not dry_run:
        flash(gettext("All of it is on file."), "success")
    return _page(report)


def _page(report: Report | None, refusal: str = "") -> ResponseReturnValue:
    bad = bool(refusal) or (report is not None and not report.is_good)
    page = render_template(
        "inspections/book.html",
        report=report,
        refusal=refusal,
        sheets=(inspection_books.REGISTER, inspection_books.PLAN),
        in_english=i18n.language() == "en",
    )
    return page, 422 if bad else 200
