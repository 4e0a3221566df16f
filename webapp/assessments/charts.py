"""The same figures as pictures: the page carries them as data, the table stays beside them."""

from flask import jsonify
from flask.typing import ResponseReturnValue

from webapp import auth, db
from webapp.assessments.views import bp
from workflows import assessment_lists
from workflows.schemes import GROUP


@bp.get("/<year:year>/scatter.json")
def scatter(year: int) -> ResponseReturnValue:
    """党建 × 业务 of every unit that the person may see."""
    session = db.session()
    assessment = assessment_lists.get(session, year, GROUP)
    rows = assessment_lists.rows(session, assessment, auth.rights())
    return jsonify(
        [
            {
                "name": row.unit.name,
                "party": float(row.sheet.party),
                "business": float(row.sheet.business),
            }
            for row in rows
        ]
    )
