"""For monitors a word, for the system administrator the page; acts to try again what failed."""

import platform
import shutil
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from config import Config
from models.database import describe
from webapp import auth, clock, db, words
from workflows import deliveries, health, stuck

MOST_SHOWN = 50
WHYS: dict[str, LazyString] = {
    stuck.UNREADABLE: _("its state cannot be read"),
    stuck.OVER: _("it is over and was not closed"),
    stuck.NO_TASK: _("a step waits for a person and is in no inbox"),
    stuck.NO_TIMER: _("a timer is armed and the clock does not know it"),
    stuck.NOTHING: _("nothing is waited for"),
}
bp = Blueprint("health", __name__)
bp.add_app_template_filter(words.kept_fault)
PACKAGES = ("tongze", "SpiffWorkflow", "SQLAlchemy", "Flask", "APScheduler", "waitress")
JOBS: dict[str, LazyString] = {
    "wake_cases": _("Timers of cases"),
    "watch_lights": _("Lights"),
    "watch_plans": _("Lights of plans"),
    "settle_missed": _("Duties missed"),
    "lay_down_obligations": _("Duties laid down"),
    "give_notices": _("Due notices"),
    "end_suspensions": _("Suspensions"),
    "end_effects": _("Effect periods"),
    "look_for_stuck": _("Cases that wait for nothing"),
    "move_cases": _("Cases moving to another version"),
    "seal_audit": _("Sealing the audit trail"),
    "send_head": _("Head of the audit trail"),
    "deliver": _("Mail delivery"),
    "run_trials": _("What-if trials"),
}
PARTS: dict[str, LazyString] = {
    "database": _("the database"),
    "schema": _("the schema"),
    "clock": _("the clock"),
    "timers": _("timers of cases"),
    "cases": _("cases that wait for nothing or nobody"),
    "outbox": _("the mail"),
}


@bp.get("/health/live")
def live() -> ResponseReturnValue:
    """The process answers; whether all else works is asked at /health."""
    return _word("ok", 200)


@bp.get("/health")
def ready() -> ResponseReturnValue:
    """All is well, or which part does not work; nothing more is said to a stranger."""
    found = db.try_reading(lambda session: health.troubles(session, now=clock.now()))
    parts = ["database"] if found is None else found
    return _word(", ".join(parts), 503) if parts else _word("ok", 200)


def _word(word: str, status: int) -> Response:
    answer = Response(f"{word}\n", status, mimetype="text/plain")
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.get("/operation")
def index() -> ResponseReturnValue:
    health.require_operator(auth.rights())
    session, now = db.session(), clock.now()
    backup = health.last_backup(session)
    return render_template(
        "health/index.html",
        now=now,
        troubles=[str(PARTS[one]) for one in health.troubles(session, now=now)],
        versions=_versions(),
        database=describe(session.connection()),
        disk=_disk(_config().data_dir),
        jobs=health.jobs(session),
        names=JOBS,
        every=_every,
        schedules=health.schedules(session),
        outbox=deliveries.outbox(session, now=now),
        given_up=deliveries.given_up(session),
        mails=bool(_config().smtp_host),
        standing=health.standing_still(session),
        standing_count=health.count_standing(session),
        clock=health.clock(session, now=now),
        stuck=stuck.find(session, now=now, limit=MOST_SHOWN),
        idle=stuck.idle(session, now=now, limit=MOST_SHOWN),
        whys=WHYS,
        backup=backup,
        backup_old=health.is_backup_old(backup, now),
    )


def _config() -> Config:
    config: Config = current_app.extensions["config"]
    return config


def _versions() -> list[tuple[str, str]]:
    found = [(name, _version(name)) for name in PACKAGES]
    return [("Python", platform.python_version()), *found]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "—"


def _disk(folder: Path) -> dict[str, Any]:
    """The disk of the uploads, or where they will be once there is one."""
    there = next(one for one in (folder, *folder.absolute().parents) if one.exists())
    usage = shutil.disk_usage(there)
    return {"free": usage.free, "total": usage.total, "low": usage.free < usage.total / 10}


def _every(interval: timedelta) -> str:
    seconds = int(interval.total_seconds())
    if seconds % 60:
        return str(gettext("%(n)s seconds", n=seconds))
    return str(gettext("%(n)s minutes", n=seconds // 60))


@bp.post("/operation/cases/<id:case_id>/again")
def again(case_id: int) -> ResponseReturnValue:
    """The failed step is tried at the clock's next round."""
    health.try_again(db.session(), case_id, rights=auth.rights(), now=clock.now())
    flash(gettext("It is tried again within a minute."), "success")
    return redirect(url_for("health.index"), 303)


@bp.post("/operation/mails/again")
@bp.post("/operation/mails/<id:mail_id>/again")
def send_again(mail_id: int | None = None) -> ResponseReturnValue:
    """What was given up goes out at the clock's next round."""
    count = health.send_again(db.session(), rights=auth.rights(), now=clock.now(), one=mail_id)
    flash(gettext("Sent again within a minute: %(n)s.", n=count), "success")
    return redirect(url_for("health.index"), 303)
