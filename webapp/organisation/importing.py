"""The workbook: looked at first, taken in whole or not at all; and given out again."""

import io

from flask import Response, flash, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from models import Role
from webapp import auth, clock, db, i18n, security, words
from webapp.exports import KINDS
from webapp.organisation import common
from webapp.organisation.common import bp
from workflows import access, imports
from workflows.errors import Invalid, TooLarge

SHEETS: dict[str, LazyString] = {
    "单位": _("Units"),
    "人员": _("People"),
    "岗位任职": _("Appointments"),
    "角色授权": _("Roles"),
    "职责记录": _("Duty records"),
    "责任清单": _("Responsibility lists"),
}
WORDS: dict[str, LazyString] = {"新增": _("new"), "变更": _("changed"), "未变": _("as before")}


@bp.get("/import")
def import_form() -> ResponseReturnValue:
    access.require_role(auth.rights(), *common.ADMINISTRATORS)
    return _page(None)


@bp.post("/import")
def take_in() -> ResponseReturnValue:
    """`check` only looks; `take` brings the workbook in, unless a cell of it is at fault."""
    access.require_role(auth.rights(), *common.ADMINISTRATORS)
    sent = request.files.get("workbook")
    dry_run = request.form.get("act") != "take"
    try:
        data = sent.stream.read() if sent else b""
        report = imports.import_workbook(
            db.session(), data, by=auth.rights().user, now=clock.now(), dry_run=dry_run
        )
    except (Invalid, TooLarge) as refused:
        message = words.say(refused)
        db.start_over()
        return _page(None, message)
    if report.is_good and not dry_run:
        flash(gettext("The workbook is taken in."), "success")
    return _page(report)


def _page(report: imports.Report | None, refusal: str = "") -> ResponseReturnValue:
    bad = bool(refusal) or (report is not None and not report.is_good)
    page = render_template(
        "organisation/import.html",
        report=report,
        refusal=refusal,
        counts=_counts(report) if report is not None else [],
        sheets=SHEETS,
        in_english=i18n.language() == "en",
    )
    return page, 422 if bad else 200


def _counts(report: imports.Report) -> list[tuple[str, list[int]]]:
    """By sheet: new, changed, as before."""
    lines: dict[str, list[int]] = {}
    for name, number in report.counts.items():
        sheet, _, what = name.partition(" ")
        lines.setdefault(sheet, [0] * len(WORDS))[list(WORDS).index(what)] = number
    return [(str(SHEETS.get(sheet, sheet)), numbers) for sheet, numbers in lines.items()]


@bp.get("/import/template")
def template() -> ResponseReturnValue:
    access.require_role(auth.rights(), *common.ADMINISTRATORS)
    return _workbook(imports.template(), "tongze-template.xlsx")


@bp.get("/export")
def export_all() -> ResponseReturnValue:
    """Everything as one workbook of the form that the import takes; the read log says so first."""
    access.require_role(auth.rights(), Role.SYSTEM_ADMIN)
    db.sensitive_read("organisation", user=auth.rights().user, page="organisation export")
    return _workbook(imports.export_workbook(db.session()), "tongze-organisation.xlsx")


def _workbook(data: bytes, name: str) -> Response:
    response = send_file(
        io.BytesIO(data), mimetype=KINDS["xlsx"], as_attachment=True, download_name=name
    )
    response.headers["Content-Security-Policy"] = security.SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    return response
