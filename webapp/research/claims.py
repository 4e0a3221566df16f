"""Claims of a research: each cites at least one piece of evidence, or is refused by its field."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Claim, Research
from webapp import auth, clock, db, errors
from webapp.forms import Sheet
from webapp.research.views import bp, version_sent
from workflows import citations, research
from workflows.errors import Conflict, Invalid
from workflows.research import Said

FORM: dict[str, Any] = {
    "type": "object",
    "required": ["kind", "text", "evidence"],
    "properties": {
        "kind": {
            "type": "string",
            "title": "类别",
            "title_en": "Kind",
            "enum": ["problem", "cause", "suggestion"],
        },
        "text": {
            "type": "string",
            "title": "内容",
            "title_en": "What is claimed",
            "minLength": 1,
            "maxLength": 10_000,
        },
        "evidence": {
            "type": "array",
            "items": {"type": "string"},
            "uniqueItems": True,
            "minItems": 1,
            "title": "依据",
            "title_en": "Evidence",
            "x-ref": "evidence",
        },
    },
    "additionalProperties": False,
}
LOOK: dict[str, Any] = {
    "order": list(FORM["properties"]),
    "fields": {
        "kind": {
            "labels": {"problem": "问题", "cause": "原因", "suggestion": "建议"},
            "labels_en": {"problem": "Problem", "cause": "Cause", "suggestion": "Suggestion"},
        },
        "evidence": {
            "help": "至少一项。问卷结卷后、座谈走访记录后即可引用。",
            "help_en": "At least one. A survey can be cited once settled, a talk once recorded.",
        },
    },
}


@bp.route("/<id:research_id>/claims", methods=["GET", "POST"])
def claim_new(research_id: int) -> ResponseReturnValue:
    return _claim(research_id, None)


@bp.route("/<id:research_id>/claims/<id:claim_id>", methods=["GET", "POST"])
def claim(research_id: int, claim_id: int) -> ResponseReturnValue:
    return _claim(research_id, claim_id)


def _claim(research_id: int, claim_id: int | None) -> ResponseReturnValue:
    row, old = _found(research_id, claim_id)
    sheet = _sheet(row, old)
    if request.method == "GET":
        return _page(row, old, sheet)
    sheet = sheet.typed(request.form)
    if sheet.is_rework:
        return _page(row, old, sheet)
    checked = sheet.check()
    if checked.faults:
        return _page(row, old, checked, 422)
    try:
        research.put_claim(
            db.session(),
            row,
            Said(**sheet.parsed()),
            row=old,
            version=version_sent(),
            rights=auth.rights(),
            now=clock.now(),
        )
    except (Invalid, Conflict) as refusal:
        db.start_over()
        row, old = _found(research_id, claim_id)
        again = _sheet(row, old).typed(request.form).refused(refusal)
        return _page(row, old, again, errors.status_of(refusal))
    flash(gettext("The claim is saved with its evidence."), "success")
    return redirect(url_for("research.show", research_id=research_id, _anchor="claims"), 303)


def _found(research_id: int, claim_id: int | None) -> tuple[Research, Claim | None]:
    session, rights = db.session(), auth.rights()
    row = research.get(session, research_id, rights=rights)
    research.require_team(session, row, rights)
    return row, research.claim(session, row, claim_id) if claim_id else None


def _sheet(row: Research, old: Claim | None) -> Sheet:
    if old is None:
        action = url_for("research.claim_new", research_id=row.id)
    else:
        action = url_for("research.claim", research_id=row.id, claim_id=old.id)
    sources = [(one.ref, one.label) for one in citations.of_research(db.session(), row.id)]
    answers = {"kind": old.kind, "text": old.text, "evidence": old.evidence} if old else {}
    return Sheet.of(
        FORM,
        LOOK,
        action=action,
        choices=lambda _ref, _field: sources,
        answers=answers,
        version=old.version if old else 0,
    )


def _page(row: Research, old: Claim | None, sheet: Sheet, status: int = 200) -> ResponseReturnValue:
    sources = citations.of_research(db.session(), row.id)
    page = render_template(
        "research/claim.html", row=row, old=old, sheet=sheet, has_sources=bool(sources)
    )
    return page, status


@bp.post("/<id:research_id>/claims/<id:claim_id>/drop")
def claim_drop(research_id: int, claim_id: int) -> ResponseReturnValue:
    row, old = _found(research_id, claim_id)
    if old is not None:
        research.drop_claim(db.session(), row, old, rights=auth.rights(), now=clock.now())
    flash(gettext("The claim is taken out."), "success")
    return redirect(url_for("research.show", research_id=research_id, _anchor="claims"), 303)
