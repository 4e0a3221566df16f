"""民主测评: the paper, the scrutineers' codes, the count. Nothing here logs who voted what."""

import base64
from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from webapp import clock, db, menu
from workflows import ballots
from workflows.errors import Invalid, Refused

bp = Blueprint("ballots", __name__, url_prefix="/ballots")
FIELD = "ballot-"  # never among the forms that are kept for a session that ended
CHOICES = {"good": _("Good"), "fair": _("Fairly good"), "average": _("Average"), "poor": _("Poor")}


@menu.count("ballots.index")
def waiting() -> int:
    """Papers that the signed-in person has not cast."""
    open_ones = ballots.boxes_for(db.session(), current_user)
    return sum(1 for _, voted in open_ones if not voted)


@bp.get("")
def index() -> ResponseReturnValue:
    session = db.session()
    return render_template(
        "ballots/index.html",
        papers=ballots.boxes_for(session, current_user),
        watched=[
            (box, own, ballots.turnout(session, box))
            for box, own in ballots.watched_by(session, current_user)
        ],
    )


@bp.get("/<id:box_id>")
def paper(box_id: int) -> ResponseReturnValue:
    """The paper; it is sealed in the browser before it leaves."""
    box, elector = ballots.paper_for(db.session(), box_id, user=current_user)
    return render_template(
        "ballots/paper.html",
        box=box,
        elector=elector,
        items=ballots.items_for(box, elector),
        choices={code: CHOICES[code] for code in box.choices},
        key=base64.b64encode(box.public_key or b"").decode(),
        field=FIELD,
    )


@bp.post("/<id:box_id>")
def cast(box_id: int) -> ResponseReturnValue:
    ballots.cast(db.session(), box_id, _sealed(request.form), user=current_user)
    flash(gettext("Your ballot is in the urn."), "success")
    return redirect(url_for("ballots.index"), 303)


def _sealed(form: Mapping[str, str]) -> dict[str, bytes]:
    try:
        return {
            name.removeprefix(FIELD): base64.b64decode(value, validate=True)
            for name, value in form.items()
            if name.startswith(FIELD)
        }
    except ValueError:  # no base64, or not even ASCII
        raise Invalid("This is not a whole ballot of this box.") from None


@bp.post("/<id:box_id>/key")
def collect(box_id: int) -> ResponseReturnValue:
    """The scrutineer's code, on this answer alone."""
    code = ballots.collect_key(db.session(), box_id, by=current_user, now=clock.now())
    box = ballots.watched(db.session(), box_id, user=current_user)
    return render_template("ballots/code.html", code=code, box=box)


@bp.get("/<id:box_id>/count")
def counting(box_id: int) -> ResponseReturnValue:
    return _count_page(box_id, {})


def _count_page(box_id: int, faults: Mapping[str, str]) -> str:
    session = db.session()
    box = ballots.watched(session, box_id, user=current_user)
    return render_template(
        "ballots/count.html",
        box=box,
        people=ballots.scrutineers_of(session, box),
        turnout=ballots.turnout(session, box),
        chosen=request.form,
        faults=faults,
    )


@bp.post("/<id:box_id>/count")
def count(box_id: int) -> ResponseReturnValue:
    """Two scrutineers enter their codes side by side; the box is counted and gone."""
    codes = {
        int(who): request.form.get(f"code-{place}", "")[:80]
        for place in ("1", "2")
        if (who := request.form.get(f"who-{place}", "")).isdecimal() and len(who) < 20
    }
    try:
        ballots.count(db.session(), box_id, codes, by=current_user, now=clock.now())
    except Refused as refusal:
        return _count_page(box_id, {"codes": gettext(refusal.message)}), 422
    flash(gettext("The ballot is counted; the urn and its key are gone."), "success")
    return redirect(url_for("ballots.index"), 303)
