"""Who acts, until when and by which votes, as a sentence for who does not read expressions."""

import re
from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from webapp.i18n import language, named
from workflows import assignment_words
from workflows.differences.people import Rule

KINDS: dict[str, LazyString] = {
    "people": _("Who acts"),
    "deadline": _("Deadline"),
    "votes": _("Several people"),
}
CLOCKS: dict[str, LazyString] = {
    "N": _("notices go out when it comes near and when it is past"),
    "P": _("when it is past, what is drawn beside the step begins; the step goes on"),
    "X": _("when it is past, the step ends"),
}
WORKDAYS = re.compile(r"workdays\(\s*(?:(\d+)|(days\.\w+))\s*\)")
LENGTH = re.compile(r'(?:from_now\(\s*")?P(?:(\d+)D|T(\d+)H)(?:"\s*\))?')
Figures = Mapping[str, Mapping[str, Any]]


def line(rule: Rule, figures: Figures) -> dict[str, str]:
    """One line of the comparison: step, what of it, before, after."""
    say = {"people": _people, "deadline": _deadline, "votes": _votes}[rule.kind]
    return {
        "place": rule.place,
        "id": rule.node.id,
        "name": named(rule.node.name, rule.node.properties.get("nameEn", "")),
        "kind": str(KINDS[rule.kind]),
        "before": say(rule.before, figures),
        "after": say(rule.after, figures),
    }


def _people(said: Mapping[str, str], _: Figures) -> str:
    if not said:
        return ""
    zh, en = assignment_words.say(said)
    return en if language() == "en" else zh


def _deadline(said: Mapping[str, str], figures: Figures) -> str:
    parts = []
    if due := said.get("due") or said.get("timer", "").partition(": ")[2]:
        parts.append(moment(due, figures))
    if said.get("clock") in CLOCKS:
        parts.append(str(CLOCKS[said["clock"]]))
    return str(gettext("; ")).join(parts)


def moment(expression: str, figures: Figures) -> str:
    """The usual ways to say a deadline in words; another expression as it is written."""
    if length := LENGTH.fullmatch(expression.strip()):
        if length[1]:
            return str(gettext("%(count)s calendar days after it begins", count=length[1]))
        return str(gettext("%(count)s hours after it begins", count=length[2]))
    days = WORKDAYS.fullmatch(expression.strip())
    if days is None:
        return str(gettext("at the moment that %(expression)s gives", expression=expression))
    number, key = days.groups()
    if number:
        return str(gettext("%(count)s working days after it begins", count=number))
    entry = figures.get(key)
    if entry is None:
        return str(gettext("as many working days as %(key)s says", key=key))
    return str(
        gettext(
            "%(count)s working days after it begins (parameter “%(name)s”)",
            count=entry["value"],
            name=named(entry.get("name"), entry.get("name_en")),
        )
    )


def _votes(said: Mapping[str, str], _: Figures) -> str:
    if not said:
        return ""
    one_by_one = said.get("sequential") == "true"
    order = gettext("one after the other") if one_by_one else gettext("all at the same time")
    parts = [gettext("for each of %(list)s", list=said.get("collection", "")), order]
    if until := said.get("until"):
        parts.append(gettext("it is over as soon as %(condition)s", condition=until))
    return str(gettext("; ")).join(map(str, parts))
