"""Refusals and their facts, said in the reader's language."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum

from flask_babel import LazyString, format_datetime, gettext
from flask_babel import lazy_gettext as _

from webapp.i18n import language
from webapp.terms import term
from workflows.errors import Code, DomainError

# The rules of the procedure that hold in every case, whatever its diagram says.
GUARDS: dict[str, LazyString] = {
    "G1": _("Rule 1: form, subject and powers fit together; Regulations, Arts 5, 8 and 12"),
    "G2": _(
        "Rule 2: decided at the level laid down or above; approver, investigator and subject "
        "are different people; Regulations, Arts 9, 10 and 12"
    ),
    "G3": _("Rule 3: no decision on facts the subject was not heard on; Regulations, Art 11"),
    "G4": _("Rule 4: an organisation is never held to account alone; Regulations, Art 6"),
    "G5": _("Rule 5: only facts that stand are counted, one matter once"),
    "G6": _(
        "Rule 6: each circumstance is answered, claimed or not; Regulations, Arts 17, 18 and 19"
    ),
    "G7": _("Rule 7: nobody is held to account twice for one fact"),
    "G8": _(
        "Rule 8: directly only for a serious matter or on a superior's order; Regulations, Art 9"
    ),
    "G9": _("Rule 9: time stops only by a decision on record; the law's time never"),
    "G10": _("Rule 10: a case is open to those who handle and approve it, and to nobody else"),
}


def say(error: DomainError) -> str:
    """The refusal's sentence with its facts, in the reader's language, and the rule behind it."""
    told = fill(error.message, error.facts)
    rule = GUARDS.get(str(error.facts.get("guard")))
    return str(gettext("%(told)s [%(rule)s]", told=told, rule=rule)) if rule else told


def say_fields(error: DomainError) -> dict[str, str]:
    """The sentences of the fields at fault."""
    return {
        name: fill(message, getattr(message, "facts", error.facts))
        for name, message in error.fields.items()
    }


def fill(message: str, facts: Mapping[str, object]) -> str:
    if not facts:
        return str(gettext(message))
    told = {name: tell(fact) for name, fact in facts.items()}
    try:
        return str(gettext(message).format(**told))
    except (KeyError, IndexError, ValueError):  # a translation at odds with its sentence
        return message.format(**told)


def kept_fault(text: str | None) -> str:
    """What a row keeps of an error (errors.kept), in the reader's language."""
    try:
        said = json.loads(text or "null")
    except ValueError:
        said = None
    if not isinstance(said, dict) or "message" not in said:
        return str(gettext(text)) if text else ""
    if "zh" in said and language() != "en":
        return str(said["zh"])
    return fill(str(said["message"]), said.get("facts") or {})


def tell(fact: object) -> str:
    """A fact as the reader would write it: times in the organisation's zone, choices by name."""
    if isinstance(fact, Code):
        return term(fact)
    if isinstance(fact, datetime):
        return str(format_datetime(fact, "yyyy-MM-dd HH:mm"))
    if isinstance(fact, date):
        return fact.isoformat()
    if isinstance(fact, Enum):
        return str(gettext(str(fact.value)))
    if isinstance(fact, list | tuple | set | frozenset):
        return str(gettext(", ")).join(tell(one) for one in fact)
    return str(getattr(fact, "name", fact))
