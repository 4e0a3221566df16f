"""A version before it takes effect and after: withdrawn, or retired, with a reason."""

from collections.abc import Callable

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from models import Definition
from webapp import auth, clock, db, words
from webapp.processes.common import bp
from workflows import releases, versions
from workflows.errors import Invalid

Act = Callable[..., Definition]


@bp.get("/processes/<process>/<number:number>/withdraw")
def withdrawing(process: str, number: int) -> ResponseReturnValue:
    return _ask(process, number, "withdraw")


@bp.get("/processes/<process>/<number:number>/retire")
def retiring(process: str, number: int) -> ResponseReturnValue:
    return _ask(process, number, "retire")


def _ask(process: str, number: int, act: str, told: str = "") -> str:
    """What follows from it, and the form that asks for the reason."""
    history = versions.history(db.session(), process)
    return render_template(
        "processes/retire.html",
        version=versions.version_of(db.session(), process, number),
        act=act,
        after=versions.standing(db.session(), process, now=clock.now()),
        stands=versions.standings(history, now=clock.now()),
        told=told,
        reason=request.form.get("reason", ""),
    )


@bp.post("/processes/<process>/<number:number>/withdraw")
def withdraw(process: str, number: int) -> ResponseReturnValue:
    """It never takes effect."""
    said = gettext("v%(number)s is withdrawn: it does not take effect.", number=number)
    return _end(process, number, releases.withdraw, str(said))


@bp.post("/processes/<process>/<number:number>/retire")
def retire(process: str, number: int) -> ResponseReturnValue:
    """No case is opened on it any more."""
    said = gettext("v%(number)s is retired: no case is opened on it any more.", number=number)
    return _end(process, number, releases.retire, str(said))


def _end(process: str, number: int, act: Act, said: str) -> ResponseReturnValue:
    reason, rights = request.form.get("reason", ""), auth.rights()
    try:
        act(db.session(), process, number, reason, rights=rights, now=clock.now())
    except Invalid as refused:
        told = words.say_fields(refused)["reason"]
        db.start_over()
        return _ask(process, number, act.__name__, told), 422
    flash(said, "success")
    return redirect(url_for("processes.show", process=process), 303)
