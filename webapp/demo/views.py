"""The demo's clock: forward by working days, through every due instant; never back. Demo only."""

from datetime import timedelta

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from webapp import clock, db
from webapp.i18n import moment
from workflows import calendars, jobs
from workflows.deadlines import day_of

bp = Blueprint("demo", __name__, url_prefix="/demo")
STEPS = (1, 5, 20)


@bp.get("/clock")
def show() -> ResponseReturnValue:
    return render_template("demo/clock.html", now=clock.now(), steps=STEPS)


@bp.post("/clock")
def advance() -> ResponseReturnValue:
    """Everything that falls due on the way happens in order, each at its own instant."""
    days = request.form.get("days", "")
    if days not in map(str, STEPS):
        abort(400)
    since = clock.now()
    calendar = calendars.load(db.session())
    db.start_over()  # the clock writes in transactions of its own
    day = calendar.add_workdays(day_of(since), int(days))
    until = calendar.start_of_day(day) + timedelta(hours=9)
    instants = jobs.run_until(db.of(current_app).write, since=since, until=until)
    clock.set_offset(until - clock.wall())
    jobs.keep_offset(db.of(current_app).write, clock.offset(), now=until)
    told = gettext("It is now %(now)s; %(n)s instants passed.", now=moment(until), n=instants)
    flash(told, "success")
    return redirect(url_for("demo.show"), 303)
