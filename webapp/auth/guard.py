"""Who is asking, and for how long. Closed by default: a route is public only if named here."""

import hmac

from flask import Flask, current_app, flash, g, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_login import LoginManager, current_user, login_user

from config import Config
from models import User
from webapp import clock, db
from webapp.auth import kept
from webapp.urls import HOME, safe_next
from workflows import access

PUBLIC = {
    "static",
    "auth.sign_in",
    "auth.enter",
    "auth.activate",
    "auth.begin",
    "i18n.choose",
    "health.live",
    "health.ready",
    "answers.show",
    "answers.send",
    "answers.thanks",
}
UNASKED = ("answers",)  # areas in which nobody learns who is signed in
KEPT_ACROSS = ("language",)  # what a session may take over into the next
STEP = 60  # seconds: the cookie is not written anew for each click

manager = LoginManager()
manager.session_protection = None  # our own rules below; the address of a client may change


def init_app(app: Flask, config: Config) -> None:
    manager.init_app(app)
    app.config["IDLE_SECONDS"] = config.idle_minutes * 60
    app.config["SESSION_SECONDS"] = config.session_hours * 3600
    app.before_request(_guard)


def open_session(user: User) -> None:
    """The person is signed in, in a session that has nothing of the one before but the language."""
    takes_over = {name: session[name] for name in KEPT_ACROSS if name in session}
    session.clear()
    session.update(takes_over)
    login_user(user)
    session["since"] = session["seen"] = int(clock.wall().timestamp())


def close_session() -> None:
    """Nobody is signed in; the chosen language stays."""
    takes_over = {name: session[name] for name in KEPT_ACROSS if name in session}
    session.clear()
    session.update(takes_over)
    g.pop("_login_user", None)
    g.pop("rights", None)


def rights() -> access.Rights:
    """What the signed-in person may do today; read once per request."""
    if "rights" not in g:
        user = current_user._get_current_object()
        g.rights = access.rights_of(db.session(), user, now=clock.now())
    found: access.Rights = g.rights
    return found


@manager.user_loader  # type: ignore[untyped-decorator]
def _load(user_key: str) -> User | None:
    """The person, unless he was disabled or his session key changed since.

    His rights come along: one question instead of two, at every request.
    """
    number, _, key = user_key.partition(":")
    if not number.isdecimal():
        return None
    found = access.rights_by_id(db.session(), int(number), now=clock.now())
    if found is None or not found.user.enabled:
        return None
    if not hmac.compare_digest(found.user.session_key, key):
        return None
    g.rights = found
    return found.user


def _guard() -> ResponseReturnValue | None:
    if request.endpoint == "static":
        return None
    public = request.endpoint in PUBLIC
    if request.method == "POST":
        _ = request.form  # before it is our turn to write: nobody else waits for a slow client
    if request.blueprint in UNASKED:
        return None
    moment = int(clock.wall().timestamp())
    if _is_over(moment) or not current_user.is_authenticated:
        return None if public else _send_away()
    if not _is_background() and moment - session["seen"] > STEP:
        session["seen"] = moment
    kept.settle(current_user.id)
    return None


def _is_over(moment: int) -> bool:
    if "_user_id" not in session:
        return False
    idle = moment - session.get("seen", 0) > current_app.config["IDLE_SECONDS"]
    old = moment - session.get("since", 0) > current_app.config["SESSION_SECONDS"]
    if not (idle or old):
        return False
    g.lost_user = session.pop("_user_id")
    return True


def _is_background() -> bool:
    """A poll of the page itself says nothing about a person being there (see app.js)."""
    return "X-Background" in request.headers


def _send_away() -> ResponseReturnValue:
    lost = g.pop("lost_user", None) or session.get("_user_id")
    saved = kept.keep_for(lost)
    close_session()
    if lost:
        flash(_farewell(saved), "warning")
    target = url_for("auth.sign_in", next=_page_asked_for())
    if request.headers.get("HX-Request") != "true":
        return redirect(target, 303)
    answer = make_response("", 401)
    if not _is_background():  # a poll must not take away what somebody is typing
        answer.headers["HX-Redirect"] = target
    return answer


def _farewell(saved: bool) -> str:
    if saved:
        return str(
            gettext(
                "Your session has ended. What you typed is kept for an hour and comes back when "
                "you sign in again; files are not kept."
            )
        )
    return str(gettext("Your session has ended. Please sign in again."))


def _page_asked_for() -> str | None:
    """Where to go on after signing in: the page itself, for a form the page it stood on."""
    if request.method == "GET" and not request.headers.get("HX-Request"):
        wanted = request.full_path.rstrip("?")
    else:
        wanted = request.path
    return None if (target := safe_next(wanted)) == HOME else target
