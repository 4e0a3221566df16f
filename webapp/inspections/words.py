"""The words of inspections, and what their pages read from an address or a form."""

from collections.abc import Mapping
from datetime import date

from flask import request
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

KINDS: dict[str, LazyString] = {
    "topical": _("Topical inspection"),
    "rules": _("Check of rules"),
    "daily": _("Daily follow-up"),
}
STATES: dict[str, LazyString] = {
    "drafted": _("being planned"),
    "running": _("on its way"),
    "established": _("findings established"),
    "closed": _("closed"),
    "stopped": _("stopped"),
}
METHODS: dict[str, LazyString] = {
    "listen": _("Listen"),
    "look": _("Look"),
    "ask": _("Ask"),
    "visit": _("Call on"),
    "check": _("Check records"),
}
SEVERITIES: dict[str, LazyString] = {
    "sign": _("sign"),
    "general": _("general"),
    "serious": _("serious"),
    "violation": _("suspected violation: a lead"),
}
SAMPLES: dict[str, LazyString] = {
    "meeting": _("Records of meetings"),
    "study": _("Notes of study"),
}
ANSWERS: dict[str, LazyString] = {
    "agree": _("agrees"),
    "explain": _("explains"),
    "silent": _("no answer in time"),
}
VERDICTS: dict[str, LazyString] = {
    "keep": _("kept"),
    "revise": _("revised"),
    "drop": _("dropped"),
}
RULE_KINDS: dict[str, LazyString] = {
    "operation": _("How the organisation runs"),
    "deliberation": _("How it deliberates and decides"),
    "division": _("Who answers for what"),
    "other": _("Other rule"),
}
PARTS: dict[str, LazyString] = {
    "committee": _("the committee"),
    "team": _("the team"),
    "unit": _("the unit"),
}
ENDS: dict[str, LazyString] = {
    "rect_passed": _("rectified, checked"),
    "rect_failed": _("not rectified: a finding of its own"),
}
ALL: dict[str, object] = {
    "kinds": KINDS,
    "states": STATES,
    "methods": METHODS,
    "severities": SEVERITIES,
    "sample_kinds": SAMPLES,
    "answers": ANSWERS,
    "verdicts": VERDICTS,
    "rule_kinds": RULE_KINDS,
    "parts": PARTS,
    "ends": ENDS,
}


def number(values: Mapping[str, str], name: str) -> int:
    """A number of an address or a form; nought for anything else."""
    value = values.get(name, "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else 0


def numbers(name: str) -> tuple[int, ...]:
    """All numbers that the form has under that name."""
    return tuple(
        int(one)
        for one in request.form.getlist(name)[:500]
        if one.isascii() and one.isdecimal() and len(one) < 19
    )


def day(values: Mapping[str, str], name: str) -> date | None:
    """What a date field sent; nothing for anything else."""
    try:
        found = date.fromisoformat(values.get(name, ""))
    except ValueError:
        return None
    return found if 1900 < found.year < 2200 else None


def chosen(values: Mapping[str, str], name: str, known: Mapping[str, object]) -> str:
    value = values.get(name, "")
    return value if value in known else ""
