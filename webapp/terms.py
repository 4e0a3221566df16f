"""The words for codes of the record: measures, their states and forms, cases, facts."""

import re

from flask import Flask
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

TERMS: dict[str, LazyString] = {
    "reminder": _("reminder"),
    "interview": _("interview"),
    "accountability": _("accountability"),
    "lead": _("lead to be transferred"),
    "preparing": _("in preparation"),
    "approved": _("approved"),
    "investigating": _("under investigation"),
    "decided": _("decided"),
    "in_force": _("in force"),
    "executed": _("executed"),
    "closed": _("closed"),
    "expired": _("effect ended"),
    "declined": _("declined"),
    "withdrawn": _("withdrawn"),
    "cleared": _("cleared"),
    "not_accountable": _("not held to account"),
    "transferred": _("transferred"),
    "under_review": _("under disciplinary review"),
    "superseded": _("superseded"),
    "revoked": _("revoked"),
    "letter": _("letter"),
    "talk": _("talk"),
    "examination": _("self-examination"),
    "circular": _("circular"),
    "reorganization": _("reorganisation"),
    "admonition": _("admonition"),
    "suspension": _("suspension for self-examination"),
    "reassignment": _("reassignment"),
    "ordered_resignation": _("ordered resignation"),
    "removal": _("removal"),
    "demotion": _("demotion"),
    "discipline": _("party discipline"),
    "running": _("running"),
    "suspended": _("suspended"),
    "failed": _("an automatic step failed"),
    "finished": _("finished"),
    "stopped": _("stopped"),
    "leaders": _("leaders"),
    "secretaries": _("secretaries"),
    "delegates": _("delegates"),
    "draft": _("draft"),
    "published": _("published"),
    "established": _("established"),
    "unfounded": _("unfounded"),
}


def term(code: str | None) -> str:
    """The word for a code in the reader's language; a code without one is shown as it is."""
    return str(TERMS.get(code or "", code or ""))


def calendar_name(code: str) -> str:
    """Which calendar days were counted by: "2026r3" is the third revision of that year's."""
    found = re.fullmatch(r"(\d{4})(?:r(\d+))?(p?)", code)
    if found is None:
        return code
    year, revision, provisional = found.groups()
    if provisional or revision is None:
        return str(gettext("%(year)s, provisional", year=year))
    return str(gettext("%(year)s, revision %(revision)s", year=year, revision=revision))


def init_app(app: Flask) -> None:
    app.jinja_env.globals["term"] = term
    app.jinja_env.filters["calendar_name"] = calendar_name
