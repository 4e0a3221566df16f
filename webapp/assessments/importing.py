"""业务考核结果 by workbook: looked at first, taken in whole or not at all; a form to fill in."""

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Assessment, Role
from webapp import auth, clock, db, exports, i18n, security, words
from webapp.assessments.views import bp
from webapp.files import store
from workflows import access, assessment_lists, business_books, files
from workflows.business_books import Sent
from workflows.business_columns import COLUMNS, SHEET
from workflows.errors import Invalid, TooLarge
from workflows.imports.report import Report
from workflows.schemes import GROUP


@bp.get("/<year:year>/results")
def results(year: int) -> ResponseReturnValue:
    access.require_role(auth.rights(), Role.ASSESSOR)
    return _page(assessment_lists.get(db.session(), year, GROUP), None)


@bp.post("/<year:year>/results")
def take_results(year: int) -> ResponseReturnValue:
    """`check` only looks; `take` brings the workbook in, unless a row of it is at fault."""
    session, rights = db.session(), auth.rights()
    access.require_role(rights, Role.ASSESSOR)
    assessment = assessment_lists.get(session, year, GROUP)
    file = request.files.get("workbook")
    dry_run = request.form.get("act") != "take"
    try:
        data = file.stream.read() if file else b""
        sent = Sent(file.filename or "" if file else "", data, store())
        report = business_books.take(
            session, assessment, sent, rights=rights, now=clock.now(), dry_run=dry_run
        )
    except (Invalid, TooLarge) as refused:
        message = words.say(refused)
        db.start_over()
        return _page(assessment_lists.get(db.session(), year, GROUP), None, message)
    if report.is_good and not dry_run:
        flash(gettext("The results are on file, and the scores are made from them."), "success")
    return _page(assessment, report)


def _page(assessment: Assessment, report: Report | None, refusal: str = "") -> ResponseReturnValue:
    bad = bool(refusal) or (report is not None and not report.is_good)
    page = render_template(
        "assessments/results.html",
        assessment=assessment,
        report=report,
        refusal=refusal,
        indicators=business_books.importable(db.session(), assessment),
        heads=[column.title for column in COLUMNS],
        in_english=i18n.language() == "en",
    )
    return page, 422 if bad else 200


@bp.get("/<year:year>/results/template")
def results_template(year: int) -> ResponseReturnValue:
    """The form to fill in: a row for each unit and indicator whose result is asked for."""
    session, rights = db.session(), auth.rights()
    access.require_role(rights, Role.ASSESSOR)
    assessment = assessment_lists.get(session, year, GROUP)
    rows = [
        [unit.code, indicator.name, "", f"{unit.name}，满分{indicator.points.normalize():f}分"]
        for unit in business_books.expected(session, assessment, rights, now=clock.now())
        for indicator in business_books.importable(session, assessment)
    ]
    return exports.workbook(SHEET.title, [column.title for column in COLUMNS], rows)


@bp.get("/results/<id:file_id>")
def results_file(file_id: int) -> ResponseReturnValue:
    """The workbook that a result came by, for assessors whose units it covers."""
    rights = auth.rights()
    access.require_role(rights, Role.ASSESSOR)
    stored, content = files.open_file(db.session(), store(), file_id, rights=rights)
    content.close()
    return security.download(
        store().path_of(stored.sha256), name=stored.name, media_type=stored.media_type
    )
