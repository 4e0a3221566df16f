"""Timer events that read the command's `now`, and when a case must be woken.

A timer looks at the time when it is armed; from then on only `fire` makes it go off, one timer
at a time, so that what one of them stops is not set off by another. No clock is read here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from SpiffWorkflow.bpmn.specs.event_definitions.timer import TimerEventDefinition
from SpiffWorkflow.util.task import TaskState

from workflows.engine import feel
from workflows.engine.environment import command_of
from workflows.engine.errors import EngineFault
from workflows.engine.moments import (
    Cycle,
    Duration,
    aware,
    read_cycle,
    read_duration,
    read_moment,
)

DUE, FIRED, LEFT, TEXT = "due", "event_fired", "left", "cycle"


@dataclass(frozen=True)
class Armed:
    """A timer that waits."""

    task: Any
    due: datetime
    node: str
    index: int | None = None  # which way of an event-based gateway


class DueTimer(TimerEventDefinition):  # type: ignore[misc]
    """Goes off once."""

    def has_fired(self, my_task: Any) -> bool:
        """Arm the timer when it is seen for the first time; true when it is to go off."""
        data = my_task.internal_data
        if DUE not in data and not data.get(FIRED):
            now = command_of(my_task).now
            due = due_at(my_task, self.expression)
            data[DUE] = due.isoformat()
            if due <= now:
                data[FIRED] = True
        return bool(data.get(FIRED))

    def reset(self, my_task: Any) -> None:
        """Forget, once it went off."""
        for key in (DUE, FIRED, LEFT, TEXT):
            my_task.internal_data.pop(key, None)


class CycleTimer(DueTimer):
    """Goes off again and again while the activity it hangs on is open."""

    def has_fired(self, my_task: Any) -> bool:
        """Arm the timer; the rounds themselves run as copies that have fired."""
        data = my_task.internal_data
        if DUE not in data and not data.get(FIRED):
            cycle = _cycle(my_task, self.expression)
            data[DUE] = cycle.start.isoformat()
            data[LEFT] = cycle.times
            data[TEXT] = [cycle.step.months, cycle.step.length.total_seconds()]
        return bool(data.get(FIRED))


def due_at(task: Any, expression: str) -> datetime:
    """When a timer of this text, armed now, is due. ISO 8601 is literal, all else is FEEL."""
    text = expression.strip()
    found = _read(text, task)
    if found is None:
        found = _read(_evaluated(task, text), task)
    if found is None:
        raise EngineFault(
            f"“{text}” gives no date-time.", f"“{text}”得不到时间。", node=task.task_spec.bpmn_id
        )
    return found


def _evaluated(task: Any, text: str) -> str:
    value = command_of(task).value(task, text)
    if isinstance(value, datetime):
        return aware(value, text).isoformat()
    value = feel.from_feel(value)
    if not isinstance(value, str):
        raise EngineFault(
            f"“{text}” gives no date-time.", f"“{text}”得不到时间。", node=task.task_spec.bpmn_id
        )
    return value.strip()


def _read(text: str, task: Any) -> datetime | None:
    now = command_of(task).now
    duration = read_duration(text)
    if duration is not None:
        return duration.after(now.astimezone(UTC))
    cycle = read_cycle(text, now.astimezone(UTC))
    if cycle is not None:
        return cycle.start
    moment = read_moment(text)
    return None if moment is None else aware(moment, text)


def _cycle(task: Any, expression: str) -> Cycle:
    now = command_of(task).now.astimezone(UTC)
    text = expression.strip()
    cycle = _repetition(text, now) or _repetition(_evaluated(task, text), now)
    if cycle is None:
        raise EngineFault(
            f"“{text}” gives no repetition.",
            f"“{text}”得不到循环周期。",
            node=task.task_spec.bpmn_id,
        )
    return cycle


def _repetition(text: str, now: datetime) -> Cycle | None:
    return read_cycle(f"R/{text}" if read_duration(text) else text, now)


def skip_ahead(data: dict[str, Any], now: datetime) -> None:
    """Move a cycle to its next moment after `now`; the rounds missed meanwhile are not made up."""
    due = datetime.fromisoformat(data[DUE])
    step = step_of(data)
    passed = 0
    if step.months == 0:
        passed = (now - due) // step.length
        due += step.length * passed
    while due <= now:
        due = step.after(due)
        passed += 1
    data[DUE] = due.isoformat()
    if data[LEFT] is not None:
        data[LEFT] = max(0, data[LEFT] - passed)


def step_of(data: dict[str, Any]) -> Duration:
    """The step of a cycle as it is kept."""
    months, seconds = data[TEXT]
    return Duration(months, timedelta(seconds=seconds))


def armed(workflow: Any) -> Iterator[Armed]:
    """The timers that wait, in every part of the case."""
    for task in list(workflow.event_manager.tasks.values()):
        if task.state == TaskState.WAITING:
            yield from _armed_at(task)


def _armed_at(task: Any) -> Iterator[Armed]:
    data = task.internal_data
    node = task.task_spec.bpmn_id
    if DUE in data and data.get(LEFT) != 0:
        yield Armed(task, datetime.fromisoformat(data[DUE]), node)
    for index, due in data.get("ways", {}).items():
        way = task.task_spec.outputs[int(index)].bpmn_id
        yield Armed(task, datetime.fromisoformat(due), way, int(index))


def next_due(workflow: Any) -> datetime | None:
    """When the case must be woken; None when no timer waits."""
    return min((timer.due for timer in armed(workflow)), default=None)


def move(timer: Armed, due: datetime) -> None:
    """Give a waiting timer another time."""
    if timer.index is None:
        timer.task.internal_data[DUE] = due.isoformat()
    else:
        timer.task.internal_data["ways"][str(timer.index)] = due.isoformat()
