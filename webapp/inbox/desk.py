"""The desk: what each kind of user needs first. Every figure leads to its list."""

from typing import Any

from flask import render_template
from flask.typing import ResponseReturnValue

from models import Role
from webapp import auth, clock, db, menu
from webapp.inbox.views import bp, to_read
from webapp.role_words import ROLES
from workflows import deliveries, desks, health, inboxes, versions

FEW = 10


@bp.get("/")
def home() -> ResponseReturnValue:
    rights = auth.rights()
    parts: dict[str, Any] = {"now": clock.now(), "roles": ROLES}
    if menu.works_on_cases(rights) or menu.counted("inbox.index"):
        parts["work"] = _work()
    for role, part in ADMINISTRATORS.items():
        if rights.has_role(role):
            parts[part.__name__.strip("_")] = part()
    return render_template("inbox/home.html", **parts)


def _work() -> dict[str, Any]:
    """What waits for the person; how the organs stand, for who oversees them."""
    session, rights, now = db.session(), auth.rights(), clock.now()
    oversees = desks.oversees(rights)
    answers = not oversees and any(not place.is_role for place in rights.places)
    missed, organs = desks.missed(session, rights, now=now) if oversees else (0, [])
    shown = oversees or answers
    return {
        "page": inboxes.inbox(session, rights, size=FEW),
        "waiting": menu.counted("inbox.index"),
        "unread": to_read(),
        "proposals": menu.counted("proposals.index"),
        "matters": desks.matters(session, rights, now=now) if shown else desks.Matters(),
        "oversees": oversees,
        "answers": answers,
        "missed": missed,
        "organs": organs,
        "supervises": rights.has_role(Role.SUPERVISOR),
    }


def _processes() -> list[versions.Process]:
    return versions.overview(db.session(), now=clock.now())


def _operation() -> dict[str, Any]:
    session, now = db.session(), clock.now()
    backup, outbox = health.last_backup(session), deliveries.outbox(session, now=now)
    return {
        "troubles": health.troubles(session, now=now, outbox=outbox),
        "standing": health.count_standing(session),
        "outbox": outbox,
        "backup": backup,
        "backup_old": health.is_backup_old(backup, now),
    }


def _security() -> desks.Security:
    return desks.security(db.session(), auth.rights(), now=clock.now())


def _trail() -> desks.Trail:
    return desks.trail(db.session(), auth.rights(), now=clock.now())


ADMINISTRATORS = {
    Role.PROCESS_ADMIN: _processes,
    Role.SYSTEM_ADMIN: _operation,
    Role.SECURITY_ADMIN: _security,
    Role.AUDIT_ADMIN: _trail,
}
