"""Trials: asked for, watched, read. What they work out is worked out by the clock's process."""

from collections.abc import Mapping
from typing import Any

from flask import (
    Blueprint,
    Response,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from models import Trial, TrialState
from models.ids import MAX_ID
from webapp import auth, clock, db, words
from webapp.figure_words import UNITS
from webapp.i18n import named
from webapp.trials import telling
from workflows import parameters, versions
from workflows.deadlines import day_of, plus_months
from workflows.definitions import Unfit
from workflows.errors import Conflict, Invalid
from workflows.what_if import ladders, trials

bp = Blueprint("trials", __name__, url_prefix="/trials")
STATES: dict[str, LazyString] = {
    TrialState.WAITING: _("waiting for its turn"),
    TrialState.RUNNING: _("running"),
    TrialState.DONE: _("finished"),
    TrialState.CANCELLED: _("cancelled"),
    TrialState.FAILED: _("broke off"),
}
MONTHS = 12


@bp.before_request
def for_administrators() -> None:
    """To everybody else there is no such page."""
    versions.require_admin(auth.rights())


@bp.get("")
def index() -> ResponseReturnValue:
    return render_template(
        "trials/index.html",
        lines=trials.newest(db.session(), rights=auth.rights()),
        states=STATES,
        processes=_processes(),
    )


def _processes() -> Mapping[str, tuple[str, str]]:
    found = ladders.published(db.session(), now=clock.now())
    return {name: (one.name, one.name_en) for name, one in found.items()}


@bp.get("/new")
def form() -> ResponseReturnValue:
    return _form(request.args, {})


def _form(typed: Mapping[str, str], told: Mapping[str, str]) -> str:
    session, now = db.session(), clock.now()
    today = day_of(now)
    values = parameters.newest(session).values
    keys = ladders.figures(session, now=now)
    return render_template(
        "trials/new.html",
        typed=typed,
        told=told,
        drafts=[(one.id, one) for one in trials.drafts_to_try(session)],
        organs=[(one.id, one.name) for one in trials.organs(session)],
        since=typed.get("since") or plus_months(today, -MONTHS).isoformat(),
        until=typed.get("until") or today.isoformat(),
        figures=[(key, values[key]) for key in keys],
        changed=any(typed.get(f"value:{key}", "") for key in keys),
        units=UNITS,
        plain=parameters.shown,
        limits=parameters.limits,
    )


@bp.post("/new")
def ask() -> ResponseReturnValue:
    """It waits for its turn; a draft that the checks refuse is not tried."""
    typed = request.form
    asked = trials.Asked(
        draft_id=_id(typed.get("draft", "")),
        since=typed.get("since", ""),
        until=typed.get("until", ""),
        unit_id=_id(typed.get("unit", "")),
        figures={name: text[:40] for name, text in typed.items() if name.startswith("value:")},
    )
    try:
        made = trials.ask(db.session(), asked, rights=auth.rights(), now=clock.now())
    except Unfit as unfit:
        db.start_over()
        told = {
            "draft": gettext(
                "%(count)s faults stand in the way: a draft is tried when the checks let it "
                "through.",
                count=len(unfit.faults),
            )
        }
        return _form(typed, told), 422
    except (Invalid, Conflict) as refused:
        db.start_over()
        told = words.say_fields(refused) or {"form": words.say(refused)}
        return _form(typed, told), 409 if isinstance(refused, Conflict) else 422
    return redirect(url_for("trials.show", trial_id=made.id), 303)


def _id(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 20 and int(text) <= MAX_ID else None


@bp.get("/<id:trial_id>")
def show(trial_id: int) -> ResponseReturnValue:
    """How far it is; once finished, what it found."""
    session = db.session()
    trial = trials.get(session, trial_id, rights=auth.rights(), whole=True)
    if (kind := request.args.get("export")) and trial.result:
        return telling.export(trial, kind)
    page = make_response(render_template("trials/show.html", **_shown(trial)))
    return _again(page, trial)


def _again(page: Response, trial: Trial) -> Response:
    """A page that only asked how far it is loads anew once there is more to see."""
    if "HX-Request" in request.headers and trial.state not in trials.OPEN:
        page.headers["HX-Refresh"] = "true"
    return page


def _shown(trial: Trial) -> dict[str, Any]:
    session = db.session()
    found = {
        "trial": trial,
        "line": trials.line(session, trial),
        "states": STATES,
        "processes": _processes(),
        "figures": _figures(trial),
        "against": _against(trial),
        "open": trial.state in trials.OPEN,
        "still": trials.holds_still(session, trial),
        "draft_id": trial.draft_id if trials.draft_is_there(session, trial) else None,
    }
    return found | (telling.of(trial) if trial.result else {})


def _against(trial: Trial) -> str:
    """The versions that were in force, those that a replay lives through first."""
    numbers, known = trial.against.get("versions", {}), _processes()
    told = [
        f"{named(*known[name])} v{numbers[name]}"
        for name in ladders.LIVED
        if name in numbers and name in known
    ]
    if "set" in trial.against:
        told.append(gettext("parameter set %(number)s", number=trial.against["set"]))
    return "、".join(told)


def _figures(trial: Trial) -> list[tuple[Mapping[str, Any], Any]]:
    known = parameters.newest(db.session()).values
    return [(known[key], value) for key, value in trial.figures.items() if key in known]


@bp.post("/<id:trial_id>/cancel")
def cancel(trial_id: int) -> ResponseReturnValue:
    trials.cancel(db.session(), trial_id, rights=auth.rights(), now=clock.now())
    flash(gettext("The trial is cancelled."), "success")
    return redirect(url_for("trials.show", trial_id=trial_id), 303)
