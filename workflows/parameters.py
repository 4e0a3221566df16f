"""The figures that a place sets (days.*, rule.*): what each may be, and a new set with a reason.

A figure of law may be made stricter, never looser: `legal` keeps what the rule says.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Case, ParameterSet, User
from workflows import definitions
from workflows.access import Rights
from workflows.errors import Conflict, Invalid, NotFound
from workflows.forms import Fault
from workflows.versions import ENDED, require_admin

RANGES = {
    "working days": (1, 500),
    "months": (1, 120),
    "persons": (1, 50),
    "times": (0, 20),
    "hours": (1, 240),
    "percent": (0, 100),
    "matters": (1, 100),
    "points": (0, 1_000),
    "days": (1, 500),
    "share": (0, 1),
}
ANY_NUMBER = (0, 9_999)  # of a unit that is not known here
AT_LEAST = frozenset({"persons"})  # units of which more is stricter; of all others less is
CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
YES_NO = {"yes": True, "no": False}
LONGEST = 200
LONGEST_REASON = 1_000

Entry = Mapping[str, Any]
Typed = Mapping[str, str]  # "value:days.urge" and "article:days.urge" as they were typed


@dataclass(frozen=True)
class Figures:
    """One set, who made it, and how many cases run by it."""

    row: ParameterSet
    by: str
    cases: int


@dataclass(frozen=True)
class Difference:
    key: str
    before: Entry
    after: Entry


def history(session: Session) -> list[Figures]:
    """Every set, newest first."""
    running = (
        select(Case.parameters_id, func.count())
        .where(Case.status.not_in(ENDED))
        .group_by(Case.parameters_id)
    )
    counted = dict(session.execute(running).all())
    query = (
        select(ParameterSet, User.name)
        .outerjoin(User, User.id == ParameterSet.made_by)
        .order_by(ParameterSet.number.desc())
    )
    return [Figures(row, by or "", counted.get(row.id, 0)) for row, by in session.execute(query)]


def numbered(session: Session, number: int) -> ParameterSet:
    """The set of that number; NotFound where there is none."""
    found = session.scalar(select(ParameterSet).where(ParameterSet.number == number))
    if found is None:
        raise NotFound("There is no such set of parameters.")
    return found


def newest(session: Session) -> ParameterSet:
    """The set that cases opened now run by; NotFound where none is in force."""
    row = session.scalar(select(ParameterSet).order_by(ParameterSet.number.desc()).limit(1))
    if row is None:
        raise NotFound("No parameters are in force.")
    return row


def between(before: Mapping[str, Entry], after: Mapping[str, Entry]) -> list[Difference]:
    """The figures that differ, in the order of the newer set."""
    keys = [*after, *(key for key in before if key not in after)]
    return [
        Difference(key, before.get(key, {}), after.get(key, {}))
        for key in keys
        if before.get(key) != after.get(key)
    ]


def shown(entry: Entry) -> str:
    """The value as it is typed into a form."""
    value = entry.get("value", "")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def limits(entry: Entry) -> tuple[int, int] | None:
    """From which to which number a figure may be set; None for one that is no number."""
    unit = str(entry.get("unit"))
    if isinstance(entry["value"], bool) or not isinstance(entry["value"], int | float):
        return None
    low, high = RANGES.get(unit, ANY_NUMBER)
    if entry.get("status") == "law" or "legal" in entry:
        legal = int(entry.get("legal", entry["value"]))
        return (max(low, legal), high) if unit in AT_LEAST else (low, min(high, legal))
    return low, high


def read(values: Mapping[str, Entry], typed: Typed) -> dict[str, Entry]:
    """The values with what was typed; raises Invalid, field by field, for what does not hold."""
    faults: dict[str, str] = {}
    made: dict[str, Entry] = {}
    for key, entry in values.items():
        text = typed.get(f"value:{key}", shown(entry)).strip()
        article = typed.get(f"article:{key}", str(entry.get("article", ""))).strip()
        try:
            value = _value(entry, text)
        except _Wrong as wrong:
            faults[f"value:{key}"] = wrong.fault
            continue
        if len(article) > LONGEST:
            faults[f"article:{key}"] = Fault("At most {limit} characters.", limit=LONGEST)
        made[key] = _entry(entry, value, article)
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)
    return made


class _Wrong(Exception):
    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault = fault


def _value(entry: Entry, text: str) -> object:
    if text == shown(entry):
        return entry["value"]
    if isinstance(entry["value"], bool):
        if text not in YES_NO:
            raise _Wrong(Fault("Please choose yes or no."))
        return YES_NO[text]
    if (bounds := limits(entry)) is not None:
        return _number(entry, text, *bounds)
    if not isinstance(entry["value"], str):
        raise _Wrong(Fault("This cannot be set here."))
    if not CODE.fullmatch(text):
        raise _Wrong(Fault("Please enter small letters, digits and underscores."))
    return text


def _number(entry: Entry, text: str, low: int, high: int) -> int | float:
    whole = isinstance(entry["value"], int)
    if not re.fullmatch(r"[0-9]{1,4}" if whole else r"[0-9]{1,4}(\.[0-9]{1,4})?", text):
        raise _Wrong(
            Fault("Please enter a whole number.") if whole else Fault("Please enter a number.")
        )
    value = int(text) if whole else float(text)
    if low == high != value:
        raise _Wrong(Fault("A rule fixes it: {low}.", low=low))
    if not low <= value <= high:
        raise _Wrong(Fault("It must lie between {low} and {high}.", low=low, high=high))
    return value


def _entry(entry: Entry, value: object, article: str) -> Entry:
    """The entry with a new value; who set it is told, and what the law says is kept."""
    if value == entry["value"] and article == entry.get("article", ""):
        return entry
    made = {**entry, "value": value, "article": article}
    if entry.get("status") == "law":
        made["legal"] = entry["value"]
    if value != entry["value"]:
        made["status"] = "law" if value == made.get("legal", "") else "set"
    return made


def change(
    session: Session, base: int, typed: Typed, reason: str, *, rights: Rights, now: datetime
) -> ParameterSet:
    """A new set is in force for cases opened from now on; those that run keep theirs.

    `base` is the number of the set that the person saw.
    """
    require_admin(rights)
    row = newest(session)
    require_base(session, row, base)
    values = read(row.values, typed)
    if values == row.values:
        raise Invalid("Nothing differs from set {number}.", number=row.number)
    if not reason.strip():
        told = {"reason": Fault("Please give the reason.")}
        raise Invalid("Please mend what is marked.", fields=told)
    note = reason.strip()[:LONGEST_REASON]
    try:
        with session.begin_nested():
            return definitions.follow_parameters(
                session, row, values, by=rights.user, now=now, note=note
            )
    except IntegrityError:  # set by somebody else while this one waited
        require_base(session, newest(session), base)
        raise


def require_base(session: Session, row: ParameterSet, base: int) -> None:
    """Raises Conflict unless the set in force is the one that was looked at."""
    if row.number == base:
        return
    who = session.get(User, row.made_by) if row.made_by else None
    if who is not None:
        raise Conflict(
            "{who} set the parameters anew (set {number}) on {when}. Please look again.",
            who=who,
            number=row.number,
            when=row.made_at,
        )
    raise Conflict(
        "The parameters were set anew (set {number}) on {when}. Please look again.",
        number=row.number,
        when=row.made_at,
    )
