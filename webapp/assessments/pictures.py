"""A year in pictures: all organs' two sides, the flow of grades, and what explains the gap."""

from collections.abc import Sequence
from typing import Any

from flask import jsonify, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Assessment
from webapp import auth, db
from webapp.assessments.views import bp
from webapp.assessments.words import SIDES, figure, trend
from webapp.grade_words import GRADES
from workflows import assessment_lists, score_gaps, score_medians, score_pictures
from workflows.schemes import GROUP
from workflows.score_pictures import Flow

LISTED = 100  # organs whose figures stand below the picture; the others are in the list
NAMED = 10  # indicators that explain the gap


@bp.get("/<year:year>/pictures")
def pictures(year: int) -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    assessment_lists.require_judge(session, rights)
    assessment = assessment_lists.get(session, year, GROUP)
    medians = score_medians.of(session, assessment)
    flows = score_pictures.flows(session, assessment, rights)
    plan = assessment_lists.plan(session, assessment)
    years = list(score_medians.over_the_years(session, GROUP, year).items())
    return render_template(
        "assessments/pictures.html",
        assessment=assessment,
        middle=medians,
        points=score_pictures.points(session, assessment, rights),
        listed=LISTED,
        flows=flows,
        flow=_flow(flows),
        years=years,
        trend=trend(years),
        losses=score_gaps.in_the_middle(plan.indicators, medians)[:NAMED],
        grades=GRADES,
        sides=SIDES,
    )


def _flow(flows: Sequence[Flow]) -> dict[str, Any]:
    """Grades by year as the picture takes them, and how many went from one to another."""
    ends = {
        end for one in flows for end in ((one.year, one.grade), (one.next_year, one.next_grade))
    }
    order = list(GRADES)
    return {
        "nodes": [
            {"id": f"{year}:{grade}", "grade": grade, "name": f"{year} {GRADES[grade]}"}
            for year, grade in sorted(ends, key=lambda end: (end[0], order.index(end[1])))
        ],
        "links": [
            {
                "from": f"{one.year}:{one.grade}",
                "to": f"{one.next_year}:{one.next_grade}",
                "count": one.units,
            }
            for one in flows
        ],
    }


@bp.get("/<year:year>/scatter.json")
def scatter(year: int) -> ResponseReturnValue:
    """党建 × 业务 of every unit that the person may see; each point opens its sheet."""
    session, rights = db.session(), auth.rights()
    assessment = assessment_lists.get(session, year, GROUP)
    medians = score_medians.of(session, assessment)
    points = score_pictures.points(session, assessment, rights)
    shown = medians.tells_of_nobody or bool(assessment_lists.judged(session, rights))
    return jsonify(
        {
            "x": gettext("Party"),
            "y": gettext("Business"),
            "words": {"median": gettext("median"), "gap": gettext("Gap")},
            "middle": [figure(medians.party), figure(medians.business)]
            if shown and medians.units
            else None,
            "points": [
                [
                    figure(one.party),
                    figure(one.business),
                    one.name,
                    _sheet(assessment, one.unit_id),
                ]
                for one in points
            ],
        }
    )


def _sheet(assessment: Assessment, unit_id: int) -> str:
    return url_for("assessments.sheet", year=assessment.year, unit_id=unit_id)
