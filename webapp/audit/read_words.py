"""The words for what was opened and read: pages by their address, and how they were narrowed."""

from flask_babel import LazyString, gettext
from flask_babel import lazy_gettext as _

from webapp.audit.words import OUTCOMES, action, subject

READ: dict[str, LazyString] = {
    "audit trail": _("What was done"),
    "audit security": _("Security events"),
    "audit reads": _("What was read"),
    "audit chain": _("Verify the trail"),
    "audit line": _("a line of the audit"),
    "case": _("case"),
    "paper": _("paper"),
    "task": _("step"),
    "evidence_file": _("evidence"),
    "finding": _("finding"),
    "obligation": _("obligation"),
    "people export": _("export of people"),
    "organisation export": _("export of units and people"),
    "result use": _("line of a use of results"),
    "result uses export": _("export of the uses of results"),
    "eligibility": _("Eligibility"),
    "exchange proposals": _("Proposals for an exchange"),
    "weak results": _("Weak results"),
    "career record": _("Record of party work"),
    "career records export": _("export of records of party work"),
    "panel scores": _("Panel scores"),
    "inspection": _("inspection"),
    "inspection visit": _("visit of an inspection"),
    "inspection sample": _("sample"),
    "inspection sample paper": _("printed sample"),
    "inspections export": _("export of inspections"),
    "debriefing": _("debriefing"),
    "debriefing report": _("debriefing report"),
    "debriefing round": _("round of debriefings"),
    "debriefing round export": _("export of a round of debriefings"),
    "survey answers": _("open answers of a survey, by name"),
    "debriefing session": _("record of the debriefing session"),
}
LONGEST_FIRST = sorted(READ, key=len, reverse=True)
FILTERS: dict[str, LazyString] = {
    "since": _("From"),
    "until": _("Until"),
    "actor": _("Who"),
    "action": _("Act"),
    "subject": _("Kind"),
    "subject_id": _("Subject"),
    "case": _("Case"),
    "unit": _("Unit"),
    "outcome": _("Outcome"),
}


def page(text: str) -> str:
    """A page of the read log: its name, and what narrowed it down."""
    known = next((name for name in LONGEST_FIRST if text == name or text.startswith(name)), "")
    if not known:
        return text
    rest = text.removeprefix(known).lstrip(": ")
    told = str(gettext(", ")).join(_narrowed(part) for part in rest.split(", ")) if rest else ""
    return f"{READ[known]} {told}".strip()


def _narrowed(part: str) -> str:
    name, equals, value = part.partition("=")
    if not equals or name not in FILTERS:
        return part
    said = {"action": action, "subject": subject}.get(name, str)(value)
    return f"{FILTERS[name]} {OUTCOMES.get(value, said) if name == 'outcome' else said}"
