"""提请: what waits for my decision, with facts and rule; accepted by explicit ticks."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webapp import auth, clock, db, errors, menu, words
from workflows import findings, proposals

bp = Blueprint("proposals", __name__, url_prefix="/proposals")


@bp.get("")
def index() -> ResponseReturnValue:
    session = db.session()
    page = proposals.waiting_for(session, auth.rights(), measure=request.args.get("measure", ""))
    facts = {one.id: [findings.get(session, int(f)) for f in one.findings] for one in page.rows}
    return render_template(
        "proposals/index.html", page=page, facts=facts, args=request.args, now=clock.now()
    )


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
    return len(proposals.waiting_for(db.session(), auth.rights(), size=999).rows)
