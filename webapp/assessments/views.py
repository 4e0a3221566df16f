"""网上考核: a year's sheets with both sides, each figure down to its facts, and disputes."""

from collections.abc import Sequence
from statistics import median

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from models import Role
from webapp import auth, clock, db, exports
from workflows import (
    access,
    assessment_lists,
    assessment_rounds,
    assessments,
    schemes,
    scores,
    units,
)
from workflows.assessment_lists import Row
from workflows.deadlines import day_of
from workflows.errors import Invalid
from workflows.schemes import GROUP

bp = Blueprint("assessments", __name__, url_prefix="/assessments")
GRADES = {"good": _("Good"), "fair": _("Fairly good"), "average": _("Average"), "poor": _("Poor")}
REASONS = {"veto": _("veto"), "over_quota": _("over the quota"), "tie": _("tie: for a person")}
MEANS = {
    "computed": _("computed from the record"),
    "self_report": _("self-report, reviewed"),
    "panel": _("scored by evaluators"),
    "survey": _("survey"),
    "import": _("business result"),
    "effect": _("effect on business"),
}
WAYS = {
    "equal": _("both sides by the same weight"),
    "coefficient": _("business by a factor of the party grade"),
    "cap": _("not above the party side"),
}


@bp.get("")
def index() -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    return render_template(
        "assessments/index.html",
        years=assessment_lists.years(session),
        schemes=schemes.all_of(session) if rights.has_role(*assessment_lists.ASSESS) else [],
        may_begin=rights.has_role(Role.ASSESSOR),
        year=day_of(clock.now()).year,
    )


@bp.post("")
def begin() -> ResponseReturnValue:
    """The year's assessment is open; its scheme waits in the inbox."""
    session, rights = db.session(), auth.rights()
    access.require_role(rights, Role.ASSESSOR)
    year = request.form.get("year", "")
    if not year.isdecimal() or not 2000 <= int(year) <= 2100:
        raise Invalid("Please mend what is marked.", fields={"year": "Please enter a year."})
    place = next(one for one in rights.places if one.is_role and one.name == Role.ASSESSOR)
    unit = units.readable(session, place.unit_id, rights=rights)
    assessment_rounds.begin(session, unit, int(year), group=GROUP, rights=rights, now=clock.now())
    flash(gettext("The assessment is open: its scheme waits in your inbox."), "success")
    return redirect(url_for("inbox.index"), 303)


@bp.get("/<year:year>")
def show(year: int) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    assessment = assessment_lists.get(session, year, GROUP)
    rows = assessment_lists.rows(session, assessment, rights)
    if request.args.get("export"):
        return _export(year, rows, request.args["export"])
    return render_template(
        "assessments/year.html",
        assessment=assessment,
        rows=rows,
        plan=assessment_lists.plan(session, assessment),
        middle=_medians(rows),
        grades=GRADES,
        reasons=REASONS,
        ways=WAYS,
    )


def _medians(rows: Sequence[Row]) -> dict[str, object]:
    if not rows:
        return {}
    return {
        "party": median(row.sheet.party for row in rows),
        "business": median(row.sheet.business for row in rows),
        "gap": median(row.gap for row in rows),
    }


def _export(year: int, rows: Sequence[Row], kind: str) -> ResponseReturnValue:
    heads = [gettext(name) for name in ("Unit", "Party", "Business", "Gap", "Total", "Grade")]
    lines = [
        [
            row.unit.name,
            row.sheet.party,
            row.sheet.business,
            row.gap,
            row.sheet.total,
            str(GRADES.get(row.sheet.grade or row.sheet.suggested, "")),
        ]
        for row in rows
    ]
    return exports.answer(f"{year}-assessment", heads, lines, kind=kind)


@bp.get("/<year:year>/<id:unit_id>")
def sheet(year: int, unit_id: int) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    assessment = assessment_lists.get(session, year, GROUP)
    row, lines = assessment_lists.sheet(session, assessment, unit_id, rights=rights)
    return render_template(
        "assessments/sheet.html",
        assessment=assessment,
        row=row,
        lines=lines,
        doubled=assessment_lists.doubled(lines),
        history=assessment_lists.history(session, GROUP, unit_id),
        may_dispute=assessment_lists.may_dispute(assessment, row.unit, rights),
        may_settle=assessment_lists.may_settle(assessment, row.unit, rights),
        grades=GRADES,
        reasons=REASONS,
        means=MEANS,
    )


@bp.post("/facts/<id:fact_id>/dispute")
def dispute(fact_id: int) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    _fact, assessment, unit = assessment_lists.fact_of(session, fact_id, rights=rights)
    assessment_lists.require(assessment_lists.may_dispute(assessment, unit, rights))
    reason = request.form.get("reason", "")[:2000]
    assessments.dispute(session, fact_id, reason=reason, by=current_user, now=clock.now())
    flash(gettext("The dispute is on record; the team answers it before it scores."), "success")
    return redirect(url_for("assessments.sheet", year=assessment.year, unit_id=unit.id), 303)


@bp.post("/facts/<id:fact_id>/settle")
def settle(fact_id: int) -> ResponseReturnValue:
    """Upheld: the fact is struck out and the scores are made again; else it stands."""
    session, rights = db.session(), auth.rights()
    _fact, assessment, unit = assessment_lists.fact_of(session, fact_id, rights=rights)
    assessment_lists.require(assessment_lists.may_settle(assessment, unit, rights))
    reason, by, now = request.form.get("reason", "")[:2000], current_user, clock.now()
    if request.form.get("verdict") == "upheld":
        assessments.strike(session, fact_id, reason=reason, by=by, now=now)
        scores.again(session, assessment)
        flash(gettext("The fact is struck out, and the scores are made again."), "success")
    else:
        assessments.dismiss(session, fact_id, reason=reason, by=by, now=now)
        flash(gettext("The fact stands."), "success")
    return redirect(url_for("assessments.sheet", year=assessment.year, unit_id=unit.id), 303)
