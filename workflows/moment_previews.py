"""When a timer or a due date would be, if its step began now: for who draws it, before any case."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from workflows import hosting
from workflows.deadlines import Calendar
from workflows.engine import feel
from workflows.engine.moments import read_cycle, read_duration, read_moment
from workflows.engine.validation.timers import is_literal, literal_fault

NEAR = frozenset({"days", "rule"})  # known without a case


@dataclass(frozen=True)
class Preview:
    """`at`, or the names whose values only a case has."""

    at: datetime | None = None
    depends: tuple[str, ...] = ()


class NoMoment(ValueError):
    """The text gives no moment; `rule` is the check that it breaks, or `fault` what FEEL says."""

    def __init__(self, rule: str, fault: feel.FeelError | None = None) -> None:
        super().__init__(rule)
        self.rule, self.fault = rule, fault


def preview(
    text: str, kind: str, *, figures: Mapping[str, Any], calendar: Calendar, now: datetime
) -> Preview:
    """The first moment of a time as diagrams write it; raises NoMoment where it can never be one.

    `kind` is timeDate, timeDuration or timeCycle; `figures` holds `days` and `rule`.
    """
    text = text.strip()
    if is_literal(text):
        return Preview(_literal(text, kind, now))
    try:
        parsed = feel.parse(text)
        depends = tuple(sorted(parsed.names - NEAR))
        if depends:
            return Preview(depends=depends)
        functions = hosting.calendar_functions(calendar, now)
        value = feel.evaluate(parsed, figures, functions=functions)
    except feel.FeelError as fault:
        raise NoMoment("expression-unreadable", fault) from fault
    return Preview(_moment(value, kind, now))


def _literal(text: str, kind: str, now: datetime) -> datetime:
    rule = literal_fault(kind, text)
    if rule is not None:
        raise NoMoment(rule)
    return _read(text, now)


def _moment(value: object, kind: str, now: datetime) -> datetime:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    plain = feel.from_feel(feel.to_feel(value))
    if not isinstance(plain, str) or literal_fault(kind, plain) is not None:
        raise NoMoment("expression-constant")
    return _read(plain, now)


def _read(text: str, now: datetime) -> datetime:
    duration, cycle = read_duration(text), read_cycle(text, now)
    moment = read_moment(text)
    if duration is not None:
        return duration.after(now)
    if cycle is not None:
        return cycle.start
    if moment is None or moment.tzinfo is None:
        raise NoMoment("expression-constant")
    return moment.astimezone(UTC)
