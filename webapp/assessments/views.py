"""网上考核: a year's sheets with both sides, each figure down to its facts, and disputes."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import current_user

from models import Assessment, Role
from webapp import auth, clock, db, exports, i18n, words
from webapp.assessments.words import (
    MEANS,
    REASONS,
    SCORE_HEADS,
    SIDES,
    WAYS,
    figure,
    place_of,
    trend,
)
from webapp.grade_words import GRADES
from webapp.i18n import named
from workflows import (
    access,
    assessment_lists,
    assessment_rounds,
    assessments,
    double_penalties,
    fact_sources,
    schemes,
    score_gaps,
    score_medians,
    score_pictures,
    scores,
    two_skins,
    units,
    vetoes,
)
from workflows.assessment_lists import Filter, Line, Row
from workflows.deadlines import day_of
from workflows.errors import Invalid
from workflows.forms import Fault
from workflows.schemes import GROUP
from workflows.score_gaps import Explained
from workflows.score_medians import Medians

GAP = re.compile(r"[0-9]{1,3}(\.[0-9]{1,2})?")
bp = Blueprint("assessments", __name__, url_prefix="/assessments")


@bp.get("")
def index() -> ResponseReturnValue:
    return page()


def page(told: Mapping[str, str] | None = None) -> str:
    """The years and the schemes; after a refusal with what was typed and what is wrong with it."""
    session, rights = db.session(), auth.rights()
    return render_template(
        "assessments/index.html",
        years=assessment_lists.years(session),
        schemes=schemes.all_of(session) if rights.has_role(*assessment_lists.ASSESS) else [],
        may_begin=rights.has_role(Role.ASSESSOR),
        year=day_of(clock.now()).year,
        typed=request.form,
        told=told or {},
    )


def year_in(form: Mapping[str, str]) -> int:
    """The year that was typed; raises Invalid where it is none."""
    year = form.get("year", "")
    if len(year) != 4 or not year.isdecimal() or not 2000 <= int(year) <= 2100:
        raise Invalid("Please mend what is marked.", fields={"year": Fault("Please enter a year.")})
    return int(year)


@bp.post("")
def begin() -> ResponseReturnValue:
    """The year's assessment is open; its scheme waits in the inbox."""
    session, rights = db.session(), auth.rights()
    access.require_role(rights, Role.ASSESSOR)
    try:
        year = year_in(request.form)
        place = next(one for one in rights.places if one.is_role and one.name == Role.ASSESSOR)
        unit = units.readable(session, place.unit_id, rights=rights)
        assessment_rounds.begin(session, unit, year, group=GROUP, rights=rights, now=clock.now())
    except Invalid as refused:
        told = {f"begin-{key}": said for key, said in words.say_fields(refused).items()}
        db.start_over()
        return page(told or {"begin-year": words.say(refused)}), 422
    flash(gettext("The assessment is open: its scheme waits in your inbox."), "success")
    return redirect(url_for("inbox.index"), 303)


@bp.get("/<year:year>")
def show(year: int) -> ResponseReturnValue:
    """The year's sheets, a page of them by unit: no ranking."""
    session, rights = db.session(), auth.rights()
    assessment = assessment_lists.get(session, year, GROUP)
    chosen, judges = _filter(), bool(assessment_lists.judged(session, rights))
    if kind := request.args.get("export"):
        return _export(assessment, chosen, kind)
    medians = score_medians.of(session, assessment)
    after, before = (request.args.get(name, "")[:80] for name in ("after", "before"))
    page = assessment_lists.page(session, assessment, rights, chosen, after=after, before=before)
    return render_template(
        "assessments/year.html",
        assessment=assessment,
        page=page,
        chosen=chosen,
        kept=_kept(chosen),
        plan=assessment_lists.plan(session, assessment),
        middle=medians if judges or medians.tells_of_nobody else None,
        judges=judges,
        may_import=rights.has_role(Role.ASSESSOR) and assessment.published_at is None,
        grades=GRADES,
        reasons=REASONS,
        ways=WAYS,
    )


def _filter() -> Filter:
    grade, reason = request.args.get("grade", ""), request.args.get("reason", "")
    gap = request.args.get("gap", "").strip()
    return Filter(
        words=request.args.get("words", "").strip()[:80],
        grade=grade if grade in GRADES else "",
        reason=reason if reason in REASONS else "",
        gap=Decimal(gap) if GAP.fullmatch(gap) else None,
    )


def _kept(chosen: Filter) -> dict[str, object]:
    """What was asked for, to be kept in links to other pages."""
    kept = {name: getattr(chosen, name) for name in ("words", "grade", "reason", "gap")}
    return {name: value for name, value in kept.items() if value not in ("", None)}


def _export(assessment: Assessment, chosen: Filter, kind: str) -> ResponseReturnValue:
    """The list, or with `scores` every indicator of it; `-csv` behind it gives text."""
    session, rights = db.session(), auth.rights()
    if kind.startswith("scores"):
        return _export_scores(assessment, kind.partition("-")[2])
    heads = [gettext(name) for name in ("Unit", "Party", "Business", "Gap", "Total", "Grade")]
    lines = [
        [
            row.unit.name,
            *map(figure, (row.sheet.party, row.sheet.business, row.gap, row.sheet.total)),
            str(GRADES.get(row.sheet.grade or row.sheet.suggested, "")),
        ]
        for row in assessment_lists.rows(session, assessment, rights, chosen)
    ]
    return exports.answer(f"{assessment.year}-assessment", heads, lines, kind=kind)


def _export_scores(assessment: Assessment, kind: str) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    names = {
        one.code: named(one.name, one.name_en)
        for one in assessment_lists.plan(session, assessment).indicators
    }
    lines = [
        [
            one.code,
            one.unit,
            one.indicator,
            names.get(one.indicator, ""),
            str(SIDES.get(one.side, one.side)),
            figure(one.points),
            figure(one.most),
            "" if one.has_data else gettext("no data"),
        ]
        for one in score_pictures.every_line(session, assessment, rights)
    ]
    heads = [str(head) for head in SCORE_HEADS]
    return exports.answer(f"{assessment.year}-scores", heads, lines, kind=kind)


@bp.get("/<year:year>/<id:unit_id>")
def sheet(year: int, unit_id: int) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    assessment = assessment_lists.get(session, year, GROUP)
    row, lines = assessment_lists.sheet(session, assessment, unit_id, rights=rights)
    medians = _medians_for(assessment)
    facts = [fact for line in lines for fact in line.facts]
    sources = fact_sources.of(session, facts)
    history = score_gaps.over_the_years(session, GROUP, unit_id, now=clock.now())
    return render_template(
        "assessments/sheet.html",
        assessment=assessment,
        row=row,
        lines=lines,
        spared=double_penalties.spared_of(facts, [line.indicator for line in lines]),
        places={ref: place_of(one, assessment, unit_id) for ref, one in sources.items()},
        medians=medians,
        radar=_radar(row, lines, medians),
        explained=Explained(
            year, row.sheet.party, row.sheet.business, score_gaps.of_lines(lines, medians)
        ),
        history=history,
        skins=next((one.plan for one in history if one.year == year), None),
        say_skin=lambda hit: two_skins.sentence(hit, english=i18n.language() == "en"),
        trend=trend([(one.year, one) for one in history]),
        vetoes=vetoes.of_unit(session, assessment, unit_id),
        may_dispute=assessment_lists.may_dispute(assessment, row.unit, rights),
        may_settle=assessment_lists.may_settle(assessment, row.unit, rights),
        grades=GRADES,
        reasons=REASONS,
        means=MEANS,
        sides=SIDES,
    )


def _medians_for(assessment: Assessment) -> Medians | None:
    """The medians of all organs; none where so few stand behind that they tell of one another."""
    medians = score_medians.of(db.session(), assessment)
    judges = bool(assessment_lists.judged(db.session(), auth.rights()))
    return medians if judges or medians.tells_of_nobody else None


def _radar(row: Row, lines: Sequence[Line], medians: Medians | None) -> dict[str, Any]:
    """Each indicator of both sides in per cent of its points, beside the median of all organs."""
    shown = [line for line in lines if line.indicator.side in ("party", "business")]
    series = [(row.unit.name, [line.points for line in shown])]
    if medians is not None:
        middle = [medians.of(line.indicator.code) for line in shown]
        series.append((gettext("Median of all organs"), [one or Decimal(0) for one in middle]))
    return {
        "axes": [{"name": named(line.indicator.name, line.indicator.name_en)} for line in shown],
        "series": [
            {
                "name": name,
                "values": [
                    round(float(value / line.indicator.points * 100), 2)
                    for line, value in zip(shown, values, strict=True)
                ],
            }
            for name, values in series
        ],
    }


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
