"""Refusals and their facts, said in the reader's language."""

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum

from flask_babel import format_datetime, gettext

from workflows.errors import DomainError


def say(error: DomainError) -> str:
    """The refusal's sentence with its facts, in the reader's language."""
    return fill(error.message, error.facts)


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


def tell(fact: object) -> str:
    """A fact as the reader would write it: times in the organisation's zone, choices by name."""
    if isinstance(fact, datetime):
        return str(format_datetime(fact, "yyyy-MM-dd HH:mm"))
    if isinstance(fact, date):
        return fact.isoformat()
    if isinstance(fact, Enum):
        return str(gettext(str(fact.value)))
    if isinstance(fact, list | tuple | set | frozenset):
        return str(gettext(", ")).join(tell(one) for one in fact)
    return str(getattr(fact, "name", fact))
