"""The words for codes of the record: measures, their states and forms, cases, facts."""

from flask import Flask
from flask_babel import LazyString, lazy_gettext

TERMS: dict[str, LazyString] = {
    "reminder": lazy_gettext("reminder"),
    "interview": lazy_gettext("interview"),
    "accountability": lazy_gettext("accountability"),
    "lead": lazy_gettext("lead to be transferred"),
    "preparing": lazy_gettext("in preparation"),
    "approved": lazy_gettext("approved"),
    "investigating": lazy_gettext("under investigation"),
    "decided": lazy_gettext("decided"),
    "in_force": lazy_gettext("in force"),
    "executed": lazy_gettext("executed"),
    "closed": lazy_gettext("closed"),
    "expired": lazy_gettext("effect ended"),
    "declined": lazy_gettext("declined"),
    "withdrawn": lazy_gettext("withdrawn"),
    "cleared": lazy_gettext("cleared"),
    "not_accountable": lazy_gettext("not held to account"),
    "transferred": lazy_gettext("transferred"),
    "under_review": lazy_gettext("under disciplinary review"),
    "superseded": lazy_gettext("superseded"),
    "revoked": lazy_gettext("revoked"),
    "letter": lazy_gettext("letter"),
    "talk": lazy_gettext("talk"),
    "examination": lazy_gettext("self-examination"),
    "circular": lazy_gettext("circular"),
    "reorganization": lazy_gettext("reorganisation"),
    "admonition": lazy_gettext("admonition"),
    "suspension": lazy_gettext("suspension for self-examination"),
    "reassignment": lazy_gettext("reassignment"),
    "ordered_resignation": lazy_gettext("ordered resignation"),
    "removal": lazy_gettext("removal"),
    "demotion": lazy_gettext("demotion"),
    "discipline": lazy_gettext("party discipline"),
    "running": lazy_gettext("running"),
    "suspended": lazy_gettext("suspended"),
    "failed": lazy_gettext("an automatic step failed"),
    "finished": lazy_gettext("finished"),
    "stopped": lazy_gettext("stopped"),
    "draft": lazy_gettext("draft"),
    "established": lazy_gettext("established"),
    "unfounded": lazy_gettext("unfounded"),
}


def term(code: str | None) -> str:
    """The word for a code in the reader's language; a code without one is shown as it is."""
    return str(TERMS.get(code or "", code or ""))


def init_app(app: Flask) -> None:
    app.jinja_env.globals["term"] = term
