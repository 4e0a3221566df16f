"""The values of a case that two process administrators may correct, and what they may become."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import orjson

# What a decision or a law put there; and what is lent from the parameters.
KEPT = frozenset(
    {"days", "rule", "subject", "subjects", "subject_users", "findings", "recused", "min"}
    | {"decided_min", "weightiest", "proposal", "measure"}
)
LONGEST = 2000
YES_NO = {"yes": True, "no": False, "true": True, "false": False}


def paths(values: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[str]:
    """The names of what may be corrected."""
    for name, value in values.items():
        if not above and name in KEPT:
            continue
        if isinstance(value, Mapping) and value and len(above) < 2:
            yield from paths(value, (*above, name))
        else:
            yield ".".join((*above, name))


def at(values: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; raises KeyError."""
    here: Any = values
    for step in path.split("."):
        here = here[step]
    return here


def read(before: Any, typed: str) -> Any:
    """The typed text as a value of the kind that stands there; raises ValueError."""
    text = typed.strip()
    if isinstance(before, bool):
        return YES_NO[text] if text in YES_NO else _no(text)
    if isinstance(before, int):
        return int(text)
    if isinstance(before, float):
        return float(text)
    if isinstance(before, str):
        return _like(before, text)
    value = orjson.loads(text)
    if before is not None and type(value) is not type(before):
        raise ValueError(text)
    return value


def _no(text: str) -> bool:
    raise ValueError(text)


def _like(before: str, text: str) -> str:
    """A text; where a day or a moment stood, another one."""
    for kind in (date, datetime):
        try:
            kind.fromisoformat(before)
        except ValueError:
            continue
        found = kind.fromisoformat(text)
        if isinstance(found, datetime) and found.tzinfo is None:
            raise ValueError(text)
        return text
    return text[:LONGEST]
