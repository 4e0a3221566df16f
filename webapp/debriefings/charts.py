"""民主测评 by evaluator category as a picture; the table of the round has the same figures."""

from collections.abc import Iterable
from typing import Any

from flask import jsonify
from flask.typing import ResponseReturnValue

from models import Box
from webapp import auth, db
from webapp.debriefings.views import bp
from webapp.grade_words import GRADES
from webapp.terms import term
from workflows import debriefing_lists
from workflows.debriefing_lists import Line
from workflows.errors import NotFound


@bp.get("/rounds/<id:round_id>/categories.json")
def categories(round_id: int) -> ResponseReturnValue:
    """How each category of evaluators marked each secretary, once the box is counted."""
    session = db.session()
    round_, _unit = debriefing_lists.get(session, round_id, rights=auth.rights())
    box = debriefing_lists.box_of(session, round_)
    if box is None or box.state != "counted":
        raise NotFound("The ballot is not counted: until then nothing of it is shown.")
    return jsonify(bars(box, debriefing_lists.lines(session, round_)))


def bars(box: Box, lines: Iterable[Line]) -> dict[str, Any]:
    """A bar for each secretary and category, in parts by grade."""
    found = [
        (f"{line.name} · {category_name(category)}", marks)
        for line in lines
        for category, marks in (box.result or {}).get(str(line.row.user_id), {}).items()
    ]
    return {
        "at": [name for name, _ in found],
        "series": [
            {"name": str(word), "grade": code, "values": [marks.get(code, 0) for _, marks in found]}
            for code, word in GRADES.items()
        ],
    }


def category_name(category: str) -> str:
    """Categories that were counted together are named together."""
    return "、".join(term(part) for part in category.split("+"))
