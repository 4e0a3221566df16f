"""调研: the list of surveys; one while it runs and afterwards; a new one begins with its design."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from models import Role
from webapp import auth, clock, db, exports
from webapp.note_pages import listed
from workflows import access, survey_lists, survey_steps, surveys

bp = Blueprint("surveys", __name__, url_prefix="/surveys")
STATES: dict[str, LazyString] = {
    "draft": _("being prepared"),
    "open": _("open"),
    "settled": _("settled"),
    "stopped": _("stopped"),
}
KINDS: dict[str, LazyString] = {"anonymous": _("anonymous"), "named": _("by name")}
WHO: dict[str, LazyString] = {
    "everyone": _("Everybody"),
    "posts": _("Holders of posts"),
    "members": _("Party members"),
    "cadres": _("Leading cadres"),
}
ATTRIBUTES: dict[str, LazyString] = {
    "organ": _("Organ"),
    "level": _("Level"),
    "post": _("With a post or without"),
    "membership": _("Membership"),
    "cadre": _("Leading cadre or not"),
}


@bp.get("")
def index() -> ResponseReturnValue:
    session, rights, chosen = db.session(), auth.rights(), _chosen()
    if request.args.get("export"):
        return _export(survey_lists.page(session, rights, chosen, size=exports.MOST))
    page = survey_lists.page(session, rights, chosen, after=_number("after"))
    return render_template(
        "surveys/index.html",
        page=page,
        prepared=survey_lists.prepared(session, rights),
        may_begin=rights.has_role(Role.SUPERVISOR),
        states=STATES,
        kinds=KINDS,
        args=request.args,
        kept={name: request.args.get(name, "") for name in ("words", "state", "kind")},
    )


def _chosen() -> survey_lists.Filter:
    args = request.args
    return survey_lists.Filter(
        words=args.get("words", "").strip()[:80],
        state=args.get("state", "") if args.get("state") in STATES else "",
        anonymous={"anonymous": True, "named": False}.get(args.get("kind", "")),
    )


def _number(name: str) -> int | None:
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _export(page: survey_lists.Page) -> ResponseReturnValue:
    heads = (
        "Survey",
        "State",
        "Way of answering",
        "Opens",
        "Closes",
        "Asked",
        "Answers",
        "Response rate",
    )
    lines = [
        [
            one.row.title,
            str(STATES[one.row.state]),
            str(KINDS["anonymous" if one.row.anonymous else "named"]),
            one.row.opens,
            one.row.closes,
            one.row.asked,
            one.answered,
            "" if one.rate is None else f"{one.rate:.1f}%",
        ]
        for one in page.rows
    ]
    return exports.answer(
        "surveys", [gettext(head) for head in heads], lines, kind=request.args["export"]
    )


@bp.post("")
def new() -> ResponseReturnValue:
    """The design waits in the supervisor's inbox."""
    rights = auth.rights()
    access.require_role(rights, Role.SUPERVISOR)
    task = survey_steps.begin(db.session(), rights=rights, now=clock.now())
    flash(gettext("The survey is begun: here is its design."), "success")
    return redirect(url_for("inbox.show", task_id=task.id), 303)


@bp.get("/<id:survey_id>")
def show(survey_id: int) -> ResponseReturnValue:
    """While it runs the rate of response and nothing else; the way to its results afterwards."""
    session, rights = db.session(), auth.rights()
    survey = surveys.get(session, survey_id, rights=rights)
    case = survey_lists.case_of(session, survey)
    holder = survey_lists.holder(session, case) if case else None
    return render_template(
        "surveys/show.html",
        survey=survey,
        line=survey_lists.Line(survey, surveys.answered(session, survey)),
        units=survey_lists.units_of(session, survey),
        questionnaire=survey_lists.questionnaire_of(session, survey),
        case=case,
        notes=listed(holder, rights) if holder else [],
        is_team=holder is not None and rights.user.id in holder.team,
        is_supervisor=rights.has_role(Role.SUPERVISOR),
        states=STATES,
        kinds=KINDS,
        who=WHO,
        attributes=ATTRIBUTES,
        now=clock.now(),
    )
