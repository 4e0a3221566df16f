"""Schemes in the browser: seen as tables, taken in as a workbook, checked, tried on last year."""

import io

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from models import Role, Scheme
from webapp import auth, clock, db, exports, security, words
from webapp.assessments.views import bp, page, year_in
from webapp.assessments.words import MEANS, SIDES, WAYS
from webapp.grade_words import GRADES
from workflows import access, scheme_books, scheme_previews, schemes
from workflows.errors import Invalid
from workflows.schemes import GROUP, Draft
from workflows.scoring import SchemeFault

RULES = {
    "weights-sum": _("The two weights must make 1, not {total}."),
    "weights-differ": _("Party and business work weigh the same here; choose another way else."),
    "combine-unknown": _("There is no way of combining called {way}."),
    "coefficient-missing": _("Each grade needs its factor."),
    "coefficient-bounds": _("A factor lies between 0 and 1."),
    "coefficient-order": _("A better grade must not have the lower factor."),
    "threshold-missing": _("Good, fairly good and average need their least points."),
    "threshold-order": _("A better grade needs more points."),
    "quota-bounds": _("The quota lies between 0 and 1."),
    "bonus-bounds": _("The most bonus lies between 0 and 100."),
    "floor-bounds": _("The floor lies between 0 and 100."),
    "tie-unknown": _("There is no indicator {code} to break ties."),
    "code-twice": _("The code {code} stands twice."),
    "side-unknown": _("{side} is no side: party, business, bonus or deduction."),
    "points-positive": _("{name} needs more than 0 points."),
    "points-sum": _("The {side} indicators make {total} points, not 100."),
    "red-line": _("{name} counts {counted}: traces instead of effect are not assessed."),
    "means-missing": _("{name} does not say by which means it is assessed."),
    "source-missing": _("{name} is computed but names no source."),
    "source-unknown": _("There is no source {source}."),
    "effect-target": _("{name} names no business indicator that it promotes."),
}
TRACES = {
    "uploads": _("uploads"),
    "log-ins": _("log-ins"),
    "study time": _("study time"),
    "likes": _("likes"),
}
CODES = {"counted": TRACES, "side": SIDES}  # facts of a fault that are codes
XLSX = exports.KINDS["xlsx"]


def sentence(fault: SchemeFault) -> str:
    """The fault in the reader's language, with its figures."""
    said = {
        name: CODES[name].get(str(value), value) if name in CODES else value
        for name, value in fault.facts.items()
    }
    return str(RULES[fault.rule]).format(**said)


@bp.get("/schemes/<id:scheme_id>")
def scheme(scheme_id: int) -> ResponseReturnValue:
    session = db.session()
    access.require_role(auth.rights(), Role.ASSESSOR, Role.SUPERVISOR, Role.ORGANISER)
    row = schemes.get(session, scheme_id)
    return render_template(
        "assessments/scheme.html",
        scheme=row,
        plan=schemes.plan_of(row),
        faults=[(fault.path, sentence(fault)) for fault in schemes.faults_of(row)],
        may_try=auth.rights().has_role(Role.ASSESSOR),
        means=MEANS,
        ways=WAYS,
        grades=GRADES,
    )


@bp.get("/schemes/<id:scheme_id>/preview")
def preview(scheme_id: int) -> ResponseReturnValue:
    """Last year by the draft: who would move and why. Nothing is stored."""
    session = db.session()
    access.require_role(auth.rights(), Role.ASSESSOR)
    row = schemes.get(session, scheme_id)
    return render_template(
        "assessments/preview.html",
        scheme=row,
        found=scheme_previews.preview(session, row),
        grades=GRADES,
    )


@bp.get("/schemes/<id:scheme_id>.xlsx")
def workbook(scheme_id: int) -> ResponseReturnValue:
    access.require_role(auth.rights(), Role.ASSESSOR, Role.SUPERVISOR, Role.ORGANISER)
    row = schemes.get(db.session(), scheme_id)
    return _download(row)


def _download(row: Scheme) -> ResponseReturnValue:
    response = send_file(
        io.BytesIO(scheme_books.write(row.content)),
        mimetype=XLSX,
        as_attachment=True,
        download_name=f"scheme-{row.year}-v{row.number}.xlsx",
    )
    response.headers["Content-Security-Policy"] = security.SANDBOX
    return response


@bp.post("/schemes")
def draft() -> ResponseReturnValue:
    """A workbook becomes a new draft; the page that follows shows what is wrong with it."""
    access.require_role(auth.rights(), Role.ASSESSOR)
    try:
        row = schemes.draft(db.session(), _drafted(), rights=auth.rights(), now=clock.now())
    except Invalid as refused:
        told = words.say_fields(refused) or {"workbook": words.say(refused)}
        db.start_over()
        return page(told), 422
    flash(gettext("The draft is on file. It is put to the committee in the case."), "success")
    return redirect(url_for("assessments.scheme", scheme_id=row.id), 303)


def _drafted() -> Draft:
    year, file = year_in(request.form), request.files.get("workbook")
    if file is None or not file.filename:
        raise Invalid("Choose a workbook first.")
    content = scheme_books.read(file.read())
    name = request.form.get("name", "").strip()[:200] or gettext("Assessment scheme")
    return Draft(GROUP, year, name, content)
