"""述职: a secretary's own on one page; the rounds for who organises and supervises them."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from flask_login import current_user

from models import Role
from webapp import auth, clock, db, exports
from workflows import access, ballots, debriefing_lists, debriefings, units
from workflows.deadlines import day_of
from workflows.errors import Invalid

bp = Blueprint("debriefings", __name__, url_prefix="/debriefings")
STATES = {
    "reporting": _("report due"),
    "reported": _("report handed in"),
    "accepted": _("report accepted"),
    "absent": _("no report"),
    "removed": _("removed"),
    "graded": _("graded"),
}
GRADES = {"good": _("Good"), "fair": _("Fairly good"), "average": _("Average"), "poor": _("Poor")}
PARTS = {
    "obligations": _("Duties"),
    "matters": _("Matters"),
    "findings": _("Findings"),
    "measures": _("Accountability"),
    "rectifications": _("Rectifications"),
}


@bp.get("")
def index() -> ResponseReturnValue:
    session, rights = db.session(), auth.rights()
    return render_template(
        "debriefings/index.html",
        own=debriefing_lists.own(session, current_user),
        rounds=debriefing_lists.rounds(session, rights),
        may_begin=rights.has_role(Role.ORGANISER),
        year=day_of(clock.now()).year,
        states=STATES,
        grades=GRADES,
    )


@bp.post("")
def begin() -> ResponseReturnValue:
    """The organiser's round of the year is open; its plan waits in the inbox."""
    session, rights = db.session(), auth.rights()
    access.require_role(rights, Role.ORGANISER)
    year = request.form.get("year", "")
    if not year.isdecimal() or not 2000 <= int(year) <= 2100:
        raise Invalid("Please mend what is marked.", fields={"year": "Please enter a year."})
    place = next(one for one in rights.places if one.is_role and one.name == Role.ORGANISER)
    unit = units.readable(session, place.unit_id, rights=rights)
    debriefings.begin(session, unit, int(year), rights=rights, now=clock.now())
    flash(gettext("The round is open: its plan waits in your inbox."), "success")
    return redirect(url_for("inbox.index"), 303)


@bp.get("/rounds/<id:round_id>")
def show(round_id: int) -> ResponseReturnValue:
    session = db.session()
    round_, unit = debriefing_lists.get(session, round_id, rights=auth.rights())
    lines = debriefing_lists.lines(session, round_)
    if request.args.get("export"):
        return _export(round_.year, lines, request.args["export"])
    box = debriefing_lists.box_of(session, round_)
    return render_template(
        "debriefings/round.html",
        round=round_,
        unit=unit,
        lines=lines,
        box=box,
        turnout=ballots.turnout(session, box) if box else None,
        states=STATES,
        grades=GRADES,
    )


def _export(year: int, lines: object, kind: str) -> ResponseReturnValue:
    heads = [
        gettext(name)
        for name in ("Secretary", "Unit", "Post", "State", "Daily", "Session", "Ballot", "Total",
                     "Suggested", "Grade")
    ]  # fmt: skip
    rows = [
        [
            line.name,
            line.unit,
            line.row.post_then,
            str(STATES[line.row.state]),
            line.row.daily,
            line.row.session,
            line.row.ballot,
            line.row.total,
            str(GRADES.get(line.row.suggested, "")),
            str(GRADES.get(line.row.grade, "")),
        ]
        for line in lines  # type: ignore[attr-defined]
    ]
    return exports.answer(f"{year}-debriefings", heads, rows, kind=kind)


@bp.get("/<id:debriefing_id>")
def one(debriefing_id: int) -> ResponseReturnValue:
    """A secretary's year as the record has it, and what was decided."""
    session = db.session()
    row, case = debriefing_lists.mine(session, debriefing_id, rights=auth.rights())
    if row.user_id != current_user.id:
        db.sensitive_read(row, user=current_user, page="debriefing")
    return render_template(
        "debriefings/show.html",
        row=row,
        case=case,
        parts=PARTS,
        states=STATES,
        grades=GRADES,
        shows_scores=row.user_id != current_user.id or row.state == "graded",
    )
