"""公正性: named panel scores as a whole, quota and ties in words, each fact punished once."""

from decimal import Decimal

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from models import Assessment, Role, User
from webapp import auth, clock, db, exports
from webapp.assessments.views import bp
from webapp.assessments.words import GROUNDS, PANEL_HEADS, REASONS, figure
from webapp.grade_words import GRADES
from webapp.i18n import named
from workflows import (
    access,
    assessment_lists,
    double_penalties,
    panel_reports,
    placing_reasons,
    recusals,
)
from workflows.errors import Invalid
from workflows.forms import Fault
from workflows.panel_reports import Fairness
from workflows.recusals import Declaration
from workflows.schemes import GROUP

SHOWN = 100  # lines of a table; the export has all
WIDEST = 12  # spreads that are worth a look
LEANS = Decimal(5)  # per cent from the others on average: worth a look


@bp.get("/<year:year>/fairness")
def fairness(year: int) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    assessment_lists.require_judge(session, rights)
    assessment = assessment_lists.get(session, year, GROUP)
    db.sensitive_read(assessment, user=rights.user, page="panel scores")
    report = panel_reports.of(session, assessment, rights, now=clock.now())
    if kind := request.args.get("export"):
        return _export(year, report, kind)
    return render_template(
        "assessments/fairness.html",
        assessment=assessment,
        report=report,
        shown=SHOWN,
        widest=WIDEST,
        leans=LEANS,
        quota=placing_reasons.quota_of(session, assessment),
        placed=placing_reasons.of(session, assessment, rights),
        doubled=double_penalties.of(session, assessment, rights),
        recusals=recusals.declared(session, assessment),
        may_declare=_may_declare(assessment),
        people=_people(report),
        grades=GRADES,
        grounds=GROUNDS,
        reasons=REASONS,
    )


def _may_declare(assessment: Assessment) -> bool:
    return auth.rights().has_role(Role.ASSESSOR) and assessment.published_at is None


def _people(report: Fairness) -> list[User]:
    """Who scores or is to score, and the person himself."""
    found = {one.evaluator.id: one.evaluator for one in report.said}
    found |= {user.id: user for user, _ in report.missing}
    found[current_user.id] = auth.rights().user
    return sorted(found.values(), key=lambda user: (user.name, user.id))


def _export(year: int, report: Fairness, kind: str) -> ResponseReturnValue:
    heads = [str(head) for head in PANEL_HEADS]
    far = {(one.said.evaluator.id, one.said.item) for one in report.outliers}
    torn = {(one.said.evaluator.id, one.said.item) for one in report.conflicts}
    lines: list[list[object]] = []
    for one in report.said:
        key = (one.evaluator.id, one.item)
        noted = [gettext("outlier")] * (key in far) + [gettext("conflict of interest")] * (
            key in torn
        )
        indicator = one.item.indicator
        lines.append(
            [
                one.evaluator.name,
                one.item.unit.name,
                named(indicator.name, indicator.name_en),
                figure(one.points),
                figure(indicator.points),
                figure(one.percent),
                "、".join(noted),
            ]
        )
    return exports.answer(f"{year}-panel-scores", heads, lines, kind=kind)


@bp.post("/<year:year>/recusals")
def declare(year: int) -> ResponseReturnValue:
    """An evaluator keeps away from a unit: nobody takes a score of his there from now on."""
    session, rights = db.session(), auth.rights()
    access.require_role(rights, Role.ASSESSOR)
    assessment = assessment_lists.get(session, year, GROUP)
    name = request.form.get("unit", "").strip()[:200]
    unit = assessment_lists.organ_named(session, assessment, name, rights=rights)
    if unit is None:
        raise Invalid(
            "Please mend what is marked.",
            fields={"unit": Fault("No unit assessed this year has this code or name.")},
        )
    said = Declaration(
        user_id=_id("user"),
        unit_id=unit.id,
        ground=request.form.get("ground", ""),
        note=request.form.get("note", ""),
    )
    recusals.declare(session, assessment, said, by=rights.user, now=clock.now())
    flash(gettext("The conflict of interest is on record."), "success")
    return redirect(url_for("assessments.fairness", year=year), 303)


def _id(name: str) -> int:
    text = request.form.get(name, "")
    if not text.isdecimal() or len(text) > 18:
        raise Invalid(
            "Please mend what is marked.", fields={name: "Please choose one of the list."}
        )
    return int(text)


@bp.post("/<year:year>/recusals/<id:recusal_id>/withdraw")
def withdraw(year: int, recusal_id: int) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    access.require_role(rights, Role.ASSESSOR)
    assessment = assessment_lists.get(session, year, GROUP)
    reason = request.form.get("reason", "")
    recusals.withdraw(
        session, assessment, recusal_id, reason=reason, by=rights.user, now=clock.now()
    )
    flash(gettext("The declaration is taken back; it stays on record."), "success")
    return redirect(url_for("assessments.fairness", year=year), 303)
