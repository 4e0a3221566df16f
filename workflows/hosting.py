"""The domain as the engine sees it: operations, inputs, functions of the working calendar."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from models import DecisionRecord
from workflows.deadlines import Calendar, day_of
from workflows.engine import Call, Outcome, to_json
from workflows.engine.moments import read_duration
from workflows.registry import DECIDED, INPUTS, OPERATIONS, Act


class CaseHost:
    """What the engine asks of the domain while one command runs."""

    def __init__(self, act: Act) -> None:
        self._act = act
        self.functions = calendar_functions(act.calendar, act.now)

    def call(self, operation: str, call: Call) -> None:
        OPERATIONS[operation](self._act.at(call))

    def decision_inputs(self, decision: str, call: Call) -> Mapping[str, object]:
        given = INPUTS.get(decision)
        return given(self._act.at(call)) if given else {}

    def decided(self, decision: str, call: Call, outcome: Outcome) -> None:
        act = self._act
        if decision in DECIDED:
            DECIDED[decision](act.at(call), outcome)
        act.session.add(
            DecisionRecord(
                case_id=act.case.id,
                node=call.node.id,
                decision=decision,
                inputs=to_json(dict(self.decision_inputs(decision, call))),
                outcome={"value": to_json(outcome.value)},
                rows=list(outcome.rows),
                calendar=act.calendar.label(day_of(act.now)),
                at=act.now,
            )
        )


def calendar_functions(calendar: Calendar, now: datetime) -> dict[str, Callable[..., object]]:
    """The functions of ours that expressions may call; days end with the organisation's day."""

    def workdays(days: Any) -> datetime:
        return calendar.end_of_day(calendar.add_workdays(day_of(now), int(days)))

    def workdays_after(start: Any, days: Any) -> datetime:
        return calendar.end_of_day(calendar.add_workdays(_day(start), int(days)))

    def months_after(start: Any, months: Any) -> datetime:
        return calendar.end_of_day(calendar.add_months(_day(start), int(months)))

    def end_of_day(day: Any) -> datetime:
        return calendar.end_of_day(_day(day))

    def between(start: Any, end: Any) -> int:
        return calendar.workdays_between(_day(start), _day(end))

    def from_now(length: Any) -> datetime | None:
        duration = read_duration(str(length))
        return None if duration is None else duration.after(now)

    return {
        "from_now": from_now,
        "workdays": workdays,
        "workdays_after": workdays_after,
        "months_after": months_after,
        "end_of_day": end_of_day,
        "working days between": between,
    }


def _day(value: Any) -> date:
    """The organisation's day of a date, a date-time, or either as text."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    return day_of(value) if isinstance(value, datetime) else value
