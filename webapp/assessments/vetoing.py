"""一票否决: an assessor enters it for a unit, with the fact that it rests on."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Assessment
from webapp import auth, clock, db, words
from webapp.assessments.views import bp
from workflows import assessment_lists, vetoes
from workflows.assessment_lists import Row
from workflows.errors import Invalid
from workflows.schemes import GROUP


@bp.get("/<year:year>/<id:unit_id>/veto")
def veto_form(year: int, unit_id: int) -> ResponseReturnValue:
    return _page(year, unit_id)


def _asked(year: int, unit_id: int) -> tuple[Assessment, Row]:
    """The unit's sheet, for an assessor who does not belong to it."""
    session, rights = db.session(), auth.rights()
    assessment = assessment_lists.get(session, year, GROUP)
    row, _ = assessment_lists.sheet(session, assessment, unit_id, rights=rights)
    assessment_lists.require(assessment_lists.may_settle(assessment, row.unit, rights))
    return assessment, row


def _page(year: int, unit_id: int, invalid: Invalid | None = None) -> ResponseReturnValue:
    assessment, row = _asked(year, unit_id)
    session = db.session()
    page = render_template(
        "assessments/veto.html",
        assessment=assessment,
        row=row,
        codes=[(code, veto_word(code)) for code in vetoes.codes(session, assessment)],
        facts=[
            (str(one.id), f"{one.fact} {one.happened_on}")
            for one in vetoes.facts(session, assessment, row.unit)
        ],
        typed=request.form,
        refusal=words.say(invalid) if invalid else "",
        faults=words.say_fields(invalid) if invalid else {},
    )
    return page, 422 if invalid else 200


@bp.app_template_global("veto_word")
def veto_word(code: str) -> str:
    """The scheme's own wording; the one veto that ships has a word in both languages."""
    return str(gettext("serious matter that vetoes")) if code == "serious" else code


@bp.post("/<year:year>/<id:unit_id>/veto")
def enter_veto(year: int, unit_id: int) -> ResponseReturnValue:
    assessment, row = _asked(year, unit_id)
    finding = request.form.get("finding", "")
    try:
        vetoes.enter(
            db.session(),
            assessment,
            row.unit,
            code=request.form.get("code", ""),
            finding_id=int(finding) if finding.isdecimal() and len(finding) < 19 else 0,
            text=request.form.get("text", ""),
            by=auth.rights().user,
            now=clock.now(),
        )
    except Invalid as invalid:
        db.start_over()
        return _page(year, unit_id, invalid)
    flash(gettext("The veto is entered; it counts when it is confirmed."), "success")
    return redirect(url_for("assessments.sheet", year=year, unit_id=unit_id), 303)


@bp.post("/<year:year>/<id:unit_id>/veto/<id:veto_id>/take-back")
def take_back_veto(year: int, unit_id: int, veto_id: int) -> ResponseReturnValue:
    assessment, _ = _asked(year, unit_id)
    reason, by, now = request.form.get("reason", ""), auth.rights().user, clock.now()
    vetoes.take_back(db.session(), assessment, veto_id, reason=reason, by=by, now=now)
    flash(gettext("The veto is taken back."), "success")
    return redirect(url_for("assessments.sheet", year=year, unit_id=unit_id), 303)
