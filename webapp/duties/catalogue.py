"""义务目录: what the rules ask of whom, as data in force, version by version."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from models import DutyRule
from webapp import db, exports
from webapp.duties import common
from webapp.duties.common import bp
from webapp.i18n import named
from workflows import duties

FIELDS: dict[str, LazyString] = {
    "name": _("Name of the duty"),
    "name_en": _("Name in English"),
    "who": _("Who owes it"),
    "who_en": _("Who, in English"),
    "unit_kind": _("Kind of unit"),
    "min_members": _("Members at least"),
    "max_members": _("Members at most"),
    "rhythm": _("How often"),
    "due_month": _("Month in which it closes"),
    "grace_days": _("Working days for handing in"),
    "evidence": _("Evidence asked for"),
    "quorum": _("Quorum"),
    "source": _("Basis"),
    "note": _("Note"),
    "note_en": _("Note in English"),
    "status": _("Basis confirmed"),
    "generally": _("“Generally”"),
}


@bp.get("/catalogue")
def catalogue() -> ResponseReturnValue:
    session, today = db.session(), common.today()
    rules = duties.in_force(session, today, today)
    if request.args.get("export"):
        return _export(rules)
    newest = {one.code: one for one in duties.catalogue(session)}
    return render_template("duties/catalogue.html", rules=rules, newest=newest)


def _export(rules: list[DutyRule]) -> ResponseReturnValue:
    heads = ("name", "who", "rhythm", "evidence", "quorum", "grace_days", "generally", "source")
    lines = [
        [
            one.code,
            named(one.name, one.name_en),
            named(one.who, one.who_en),
            str(common.RHYTHMS[one.rhythm]),
            ", ".join(str(common.EVIDENCE[part]) for part in one.evidence),
            one.quorum,
            one.grace_days,
            gettext("Yes") if one.generally else gettext("No"),
            one.source,
            one.number,
            one.active_from,
        ]
        for one in rules
    ]
    names = [gettext("Code"), *(str(FIELDS[head]) for head in heads)]
    return exports.answer("duties", [*names, gettext("Version"), gettext("In force from")], lines)


@bp.get("/catalogue/<code>")
def rule(code: str) -> ResponseReturnValue:
    versions = duties.versions(db.session(), code[:80])
    return render_template(
        "duties/rule.html",
        versions=[(one, _changes(one, versions)) for one in versions],
        fields=FIELDS,
        today=common.today(),
    )


def _changes(one: DutyRule, versions: list[DutyRule]) -> list[tuple[str, Any, Any]]:
    """What this version says otherwise than the one before it."""
    before = next((other for other in versions if other.number == one.number - 1), None)
    return duties.differences(before, one) if before else []
