"""Running what needs no person, one node at a time, until somebody or something is waited for."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.end_event import EndEvent
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.util.task import TaskState

from workflows.engine.activities import KEY
from workflows.engine.errors import EndlessLoop, EngineFault, Stuck
from workflows.engine.gateways import WAYS
from workflows.engine.growth import parts, tidy
from workflows.engine.timers import DUE, FIRED

MOST_VISITS = 100  # of one node in one scope during one command
MOST_STEPS = 100_000
TIDY_EVERY = 200
OUTCOME = "outcome"


def run_on(workflow: Any) -> None:
    """Run automatic nodes until none is ready, then make sure that the case is alive."""
    visits: Counter[Any] = Counter()
    steps = 0
    while batch := _automatic(workflow):
        for task in batch:
            # What ran before may have stopped this one.
            if task.state != TaskState.READY or task.id not in task.workflow.tasks:
                continue
            steps += 1
            _count(visits, task, steps)
            _run(workflow, task)
            if steps % TIDY_EVERY == 0:
                tidy(workflow)
    tidy(workflow)
    _check_events(workflow)
    _check_alive(workflow)


def _run(workflow: Any, task: Any) -> None:
    if task.workflow is workflow and isinstance(task.task_spec, EndEvent):
        workflow.data[OUTCOME] = task.task_spec.bpmn_id
    task.run()


def _automatic(workflow: Any) -> list[Any]:
    """What is ready and needs no person: interrupting events first, inner parts before outer,
    items in the order of their collection."""
    found = [
        task
        for part in sorted(parts(workflow), key=lambda part: -part.depth)
        if not part.completed
        for task in part.tasks.values()
        if task._state == TaskState.READY and not task.task_spec.manual
    ]
    return sorted(found, key=_is_not_interrupting) if len(found) > 1 else found


def _is_not_interrupting(task: Any) -> bool:
    return not (isinstance(task.task_spec, BoundaryEvent) and task.task_spec.cancel_activity)


def _count(visits: "Counter[Any]", task: Any, steps: int) -> None:
    place = (task.workflow.parent_task_id, task.task_spec.name, task.internal_data.get(KEY))
    visits[place] += 1
    if visits[place] > MOST_VISITS or steps > MOST_STEPS:
        raise EndlessLoop(
            "Automatic nodes run in a circle without waiting for anybody.",
            "自动节点循环执行，没有任何等待。",
            node=task.task_spec.bpmn_id or task.task_spec.name,
        )


def _check_events(workflow: Any) -> None:
    """Nobody outside hears events, so one that nobody inside caught would be lost."""
    for event in workflow.get_events():
        if not isinstance(event.event_definition, TerminateEventDefinition):
            name = str(event.event_definition.name)
            raise EngineFault(f"Nobody catches the event {name}.", f"没有节点捕获事件 {name}。")


def _check_alive(workflow: Any) -> None:
    """Every open part of the case must wait for a person, a time, a message, or an inner part."""
    for part in parts(workflow):
        if not part.completed and not any(_waits(task) for task in part.tasks.values()):
            nodes = ", ".join(dict.fromkeys(_open_nodes(part))) or part.spec.name
            raise Stuck(f"Nothing can happen any more: {nodes}", f"流程停滞，无法继续：{nodes}")


def _waits(task: Any) -> bool:
    if task._state == TaskState.READY:
        return bool(task.task_spec.manual)
    if task._state == TaskState.STARTED:
        return True
    return task._state == TaskState.WAITING and waits_for_event(task)


def waits_for_event(task: Any) -> bool:
    """Whether a waiting task is an event on a path of its own that can still come."""
    spec = task.task_spec
    if not isinstance(spec, CatchingEvent) or isinstance(spec, BoundaryEvent):
        return False
    armed = DUE in task.internal_data or WAYS in task.internal_data
    return armed or isinstance(spec.event_definition, MessageEventDefinition)


def _open_nodes(part: Any) -> Iterator[str]:
    for task in part.tasks.values():
        if task.has_state(TaskState.WAITING | TaskState.READY) and task.task_spec.bpmn_id:
            yield task.task_spec.bpmn_id


def set_off(task: Any, *, again: bool = False) -> None:
    """Let an event happen that a task waits for; with `again` the task goes on waiting."""
    if again:
        spec = task.task_spec
        twin = task.parent._add_child(spec, TaskState.WAITING)
        twin.triggered = True
        spec._predict(twin, mask=TaskState.NOT_FINISHED_MASK)
        task = twin
    task.internal_data[FIRED] = True
    task.task_spec._update(task)


def main_of(boundary: Any) -> Any:
    """The activity a boundary event hangs on."""
    split = boundary.parent
    if split is not None and isinstance(split.task_spec, BoundaryEventSplit):
        for task in split.children:
            if not isinstance(task.task_spec, BoundaryEvent):
                return task
    return None
