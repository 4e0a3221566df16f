"""The words for what the decision tables are asked and answer."""

from datetime import date, datetime
from typing import Any

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from webapp.i18n import day
from webapp.terms import TERMS

WORDS: dict[str, LazyString] = {
    "org": _("party organisation"),
    "cadre": _("leading cadre"),
    "other": _("other member"),
    "missed_duty": _("duty missed"),
    "red_over": _("red light for too long"),
    "unit_reds": _("several red lights of one unit"),
    "false_report": _("false report"),
    "plan_late": _("plan of rectification late"),
    "work_late": _("rectification late"),
    "failed": _("rectification without effect"),
    "relapse": _("problem came back"),
    "interview_refused": _("interview refused"),
    "reminder_escalated": _("reminder without effect"),
    "abuse": _("accountability misused"),
    "debriefing": _("debriefing"),
    "assessment": _("assessment"),
    "supervision": _("supervision"),
    "duties": _("check of duties"),
    "sign": _("first sign"),
    "general": _("general"),
    "serious": _("serious"),
    "violation": _("suspected violation"),
    "committee": _("party committee"),
    "work_committee": _("work committee"),
    "party_group": _("party group"),
    "superior": _("superior party organisation"),
    "deputy": _("member in charge"),
    "principal": _("principal"),
    "collective": _("collective decision"),
    "decide": _("decides"),
    "propose": _("proposes"),
    "acting": _("the acting organ, with this approval"),
    "start": _("start of an accountability case"),
    "decision": _("decision"),
    "appeal": _("appeal"),
    "green": _("Green"),
    "blue": _("Blue"),
    "yellow": _("Yellow"),
    "red": _("Red"),
    "urgent": _("Urgent"),
    "normal": _("Normal"),
    "complex": _("Complex"),
    "promotion": _("promotion"),
    "award": _("awards of the year"),
    "candidate": _("candidate for selection"),
    "decision_date": _("day of the decision"),
    "default": _("default of the system"),
    "[D]": _("default of the system"),
}
# How a measure came out: see measures.move.
RESULTS: dict[str, LazyString] = {
    "explained": _("explained"),
    "corrected": _("put right"),
    "again": _("explained again"),
    "escalate": _("interview proposed"),
    "unfounded": _("the facts are not true"),
    "refused": _("interview refused"),
    "stopped": _("stopped"),
    "passed": _("rectified"),
    "failed": _("rectification without effect"),
    "exempt": _("exempt from accountability"),
    "other": _("dealt with otherwise"),
    "not_adopted": _("proposal not followed"),
}


def tell(value: Any) -> str:
    """A fact or an answer of a table in words; what has none is shown as it is."""
    if isinstance(value, bool):
        return str(gettext("Yes") if value else gettext("No"))
    if isinstance(value, list):
        return str(gettext(", ")).join(tell(one) for one in value)
    if isinstance(value, date | datetime):
        return day(value)
    text = str(value)
    if ", " in text:  # codes in one cell
        return str(gettext(", ")).join(tell(one) for one in text.split(", "))
    return str(WORDS.get(text) or TERMS.get(text) or text)
