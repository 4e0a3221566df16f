"""What people would have answered, and when, as the record shows it.

Draws are by the name of the case and step, so both ladders see the same people do the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from zlib import crc32

import orjson

from workflows.deadlines import Calendar, day_of
from workflows.what_if.facts import AnswerFact, Common, DecidedFact, Organ

ENOUGH = 5  # answers of a unit from which its own way of answering is known
MISSING = DecidedFact("", "accepted", 3, None)  # nobody has ever decided such a proposal
T = TypeVar("T")


@dataclass(frozen=True)
class Said:
    """An answer to come: when, and what; no answers: a timer takes the step before."""

    at: datetime
    answers: dict[str, Any] | None
    assumed: bool = False


class Record:
    """The answers on record that an organ's cases draw from."""

    def __init__(self, organ: Organ, common: Common) -> None:
        self._organ = organ
        self._common = common
        self._calendar = common.calendar
        self._near: dict[tuple[str, int], list[AnswerFact]] = {}
        for answers in organ.own.values():
            for one in answers:
                self._near.setdefault((one.node, one.unit_id), []).append(one)
                self._near.setdefault((one.node, 0), []).append(one)

    def answer(
        self, node: str, name: str, visit: int, *, unit_id: int, case_id: int | None, now: datetime
    ) -> Said | None:
        """What is said at the step; None where the record knows nothing of it."""
        if case_id is not None:
            own = [one for one in self._organ.own.get(case_id, ()) if one.node == node]
            if visit < len(own):
                return self._said(own[visit], now)
        for known in (self._near.get((node, unit_id)), self._near.get((node, 0))):
            if known and len(known) >= ENOUGH:
                return self._said(_drawn(known, name, node, visit), now)
        everybody = self._common.answers.get(node)
        return self._said(_drawn(everybody, name, node, visit), now) if everybody else None

    def _said(self, fact: AnswerFact, now: datetime) -> Said:
        at = moment(self._calendar, now, fact.days, fact.minute)
        if fact.answers is None:
            return Said(at, None)
        return Said(at, moved(fact.answers, day_of(at) - fact.day, self._calendar))

    def decision(self, key: str, measure: str) -> tuple[DecidedFact, bool]:
        """What becomes of the proposal, and whether that is no more than assumed."""
        own = self._organ.decided.get(key)
        if own is not None and own.measure == measure:
            return own, False
        known = self._common.decided.get(measure)
        if not known:
            return MISSING, True
        return replace(_drawn(known, key, measure, 0), case_id=None), False


def _drawn(known: Sequence[T], *name: object) -> T:
    return known[crc32(":".join(map(str, name)).encode()) % len(known)]


def moment(calendar: Calendar, now: datetime, days: int, minute: int) -> datetime:
    """So many working days on, at that minute of the day, and never before now."""
    day = calendar.add_workdays(day_of(now), days) if days > 0 else day_of(now)
    return max(calendar.start_of_day(day) + timedelta(minutes=minute), now + timedelta(seconds=1))


def moved(answers: Mapping[str, Any], by: timedelta, calendar: Calendar) -> dict[str, Any]:
    """The answers with all their days as much later, and on working days."""
    return {key: _moved(value, by, calendar) for key, value in answers.items()}


def _moved(value: Any, by: timedelta, calendar: Calendar) -> Any:
    if isinstance(value, dict):
        return {key: _moved(one, by, calendar) for key, one in value.items()}
    if isinstance(value, list):
        return [_moved(one, by, calendar) for one in value]
    if not isinstance(value, str) or not 10 <= len(value) <= 35 or value[4:5] != "-":
        return value
    try:
        if len(value) == 10:
            return calendar.roll(date.fromisoformat(value) + by).isoformat()
        return (datetime.fromisoformat(value) + by).isoformat()
    except ValueError:
        return value


def made_up(schema: bytes | None) -> dict[str, Any]:
    """Answers to a form that nobody has filled in yet: the first of each choice, yes, no dates."""
    if schema is None:
        return {}
    form: dict[str, Any] = orjson.loads(schema)
    found = {}
    for name, field in form.get("properties", {}).items():
        if isinstance(field, dict):
            found[name] = _first(field)
    return {name: value for name, value in found.items() if value is not None}


def _first(field: Mapping[str, Any]) -> Any:
    if "enum" in field:
        return field["enum"][0]
    kind = field.get("type")
    if kind == "boolean":
        return True
    if kind == "array":
        return []
    return "" if kind == "string" and "format" not in field else None
