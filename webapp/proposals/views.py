"""提请: what waits for my decision, with facts and rule; accepted by explicit ticks."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from models import Proposal
from webapp import auth, clock, db, errors, exports, menu, table_words, words
from workflows import findings, proposals, reasons

bp = Blueprint("proposals", __name__, url_prefix="/proposals")
MEASURES: dict[str, LazyString] = {
    "reminder": _("reminder"),
    "interview": _("interview"),
    "accountability": _("accountability"),
    "lead": _("lead to be transferred"),
}


@bp.get("")
def index() -> ResponseReturnValue:
    session, measure = db.session(), request.args.get("measure", "")
    measure = measure if measure in MEASURES else ""
    if request.args.get("export"):
        every = proposals.waiting_for(session, auth.rights(), measure=measure, size=exports.MOST)
        return _export(every.rows)
    page = proposals.waiting_for(session, auth.rights(), measure=measure, after=_after())
    return render_template(
        "proposals/index.html",
        page=page,
        rows=[_row(one) for one in page.rows],
        measures=MEASURES,
        chosen=measure,
        after=_key(page.after),
        now=clock.now(),
    )


def _export(rows: Sequence[Proposal]) -> ResponseReturnValue:
    """What waits for the person's decision, with the facts that still stand."""
    session = db.session()
    heads = [gettext(h) for h in ("Subject", "Measure", "Ground", "Why", "Rule", "Due")]
    lines = [
        [
            one.why["subject"]["name"],
            str(MEASURES[one.measure]),
            table_words.tell(one.ground),
            findings.standing_text(session, one.findings),
            one.rule,
            one.due_at,
        ]
        for one in rows
    ]
    return exports.answer("proposals", heads, lines)


def _row(proposal: Proposal) -> dict[str, Any]:
    """The proposal with its facts, each with its evidence, and the rule's answer."""
    session = db.session()
    found = [findings.get(session, int(one)) for one in proposal.findings]
    return {
        "proposal": proposal,
        "facts": [findings.why(session, one) for one in found],
        "reason": reasons.of_proposal(session, proposal),
    }


def _after() -> tuple[datetime, int] | None:
    """The key to go on from, as the pager wrote it; anything else begins at the top."""
    seconds, _dash, id_ = request.args.get("after", "").partition("-")
    if not (seconds.isdecimal() and id_.isdecimal() and len(seconds) < 12 and len(id_) < 20):
        return None
    return datetime.fromtimestamp(int(seconds), UTC), int(id_)


def _key(after: tuple[datetime, int] | None) -> str:
    return f"{int(after[0].timestamp())}-{after[1]}" if after else ""


@bp.post("")
def accept() -> ResponseReturnValue:
    """Each ticked one is accepted on its own; the page says what became of each."""
    ids = [int(one) for one in request.form.getlist("proposal") if _is_id(one)]
    if not ids:
        flash(gettext("Tick at least one proposal."), "warning")
        return redirect(url_for("proposals.index"), 303)
    results = proposals.accept_many(db.session(), ids, rights=auth.rights(), now=clock.now())
    page = render_template("proposals/results.html", results=results, say=words.say)
    return page, errors.batch_status([one.refusal for one in results])


@bp.post("/<id:proposal_id>/decline")
def decline(proposal_id: int) -> ResponseReturnValue:
    proposals.decline(
        db.session(),
        proposal_id,
        reason=request.form.get("reason", "")[:2000],
        rights=auth.rights(),
        now=clock.now(),
    )
    flash(gettext("The proposal is declined."), "success")
    return redirect(url_for("proposals.index"), 303)


def _is_id(text: str) -> bool:
    return text.isdecimal() and len(text) < 20


@menu.count("proposals.index")
def _waiting() -> int:
    return proposals.count_waiting(db.session(), auth.rights())
