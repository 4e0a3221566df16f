"""Gateways: joins that are right inside loops, choices that are strict about their conditions."""

from typing import Any

from SpiffWorkflow.bpmn.specs.defaults import (
    EventBasedGateway,
    ExclusiveGateway,
    InclusiveGateway,
    ParallelGateway,
)
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.util.task import TaskState

from workflows.engine.environment import command_of
from workflows.engine.errors import EngineFault
from workflows.engine.timers import DueTimer, due_at

LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED
CHOSEN, WAYS = "chosen", "ways"


def _holds(task: Any, condition: Any) -> bool:
    """Whether a flow's condition is true; null counts as not true, anything else is a fault."""
    expression = condition.args[0]
    value = command_of(task).value(task, expression)
    if value is not None and not isinstance(value, bool):
        raise EngineFault(
            f"“{expression}” is neither true nor false.",
            f"“{expression}”的结果不是真或假。",
            node=task.task_spec.bpmn_id,
        )
    return value is True


def _lead_on(task: Any, names: list[str]) -> bool:
    specs = task.workflow.spec.task_specs
    task._sync_children([specs[name] for name in names], TaskState.FUTURE)
    for child in task.children:
        child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
    return True


def _no_way(task: Any) -> EngineFault:
    return EngineFault(
        "No condition holds and there is no default flow.",
        "没有条件成立，也没有默认流向。",
        node=task.task_spec.bpmn_id,
    )


class ExclusiveChoice(ExclusiveGateway):  # type: ignore[misc]
    """Takes the first flow whose condition is true, else the default flow."""

    def _run_hook(self, my_task: Any) -> bool:
        for condition, name in self.cond_task_specs:
            if condition is not None and _holds(my_task, condition):
                return _lead_on(my_task, [name])
        if self.default_task_spec is None:
            raise _no_way(my_task)
        return _lead_on(my_task, [self.default_task_spec])


class LoopSafeParallelGateway(ParallelGateway):  # type: ignore[misc]
    """Waits for every incoming flow in each round of a loop, not only in the first.

    The library counts arrivals of earlier rounds; here only what has come since this join was
    last passed on the way to the task counts.
    """

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        if not super()._check_threshold_unstructured(my_task):
            return False
        previous = my_task.find_ancestor(self.name)
        if previous is None:
            return True
        fresh = {
            task.parent.task_spec.name
            for task in my_task.workflow.tasks.values()
            if task.task_spec is self
            and task.parent is not None
            and task.parent.state == TaskState.COMPLETED
            and task.parent.is_descendant_of(previous)
        }
        return fresh >= set(self._inputs)


class LoopSafeInclusiveGateway(InclusiveGateway):  # type: ignore[misc]
    """Waits while any live token can still reach it."""

    def _check_threshold_unstructured(self, my_task: Any) -> bool:
        before = self._upstream()
        return not any(
            task.task_spec.name in before and task.has_state(LIVE)
            for task in my_task.workflow.tasks.values()
        )

    def _upstream(self) -> set[str]:
        """The specs from which this gateway can be reached without passing through it."""
        found: set[str] = set()
        todo = list(self._inputs)
        while todo:
            name = todo.pop()
            if name not in found and name != self.name:
                found.add(name)
                todo.extend(self._wf_spec.task_specs[name]._inputs)
        return found

    def _run_hook(self, my_task: Any) -> bool:
        UnstructuredJoin._run_hook(self, my_task)
        names = [
            name
            for condition, name in self.cond_task_specs
            if condition is not None and _holds(my_task, condition)
        ]
        names = names or [name for condition, name in self.cond_task_specs if condition is None]
        if not names:
            raise _no_way(my_task)
        return _lead_on(my_task, names)


class FirstEventGateway(EventBasedGateway):  # type: ignore[misc]
    """Waits for several events; the first one decides. Each timer behind it has its own time."""

    def _update_hook(self, my_task: Any) -> bool | None:
        data = my_task.internal_data
        if WAYS not in data:
            self._arm(my_task)
        if CHOSEN in data:
            return True
        if my_task.state != TaskState.WAITING:
            my_task._set_state(TaskState.WAITING)
        my_task.workflow.top_workflow.event_manager.add_task(my_task)
        return None

    def _arm(self, task: Any) -> None:
        due = {
            str(index): due_at(task, event.expression)
            for index, event in enumerate(self.event_definition.event_definitions)
            if isinstance(event, DueTimer)
        }
        task.internal_data[WAYS] = {index: moment.isoformat() for index, moment in due.items()}
        past = {i: moment for i, moment in due.items() if moment <= command_of(task).now}
        if past:
            task.internal_data[CHOSEN] = int(min(past, key=lambda i: past[i]))

    def _run_hook(self, my_task: Any) -> bool:
        chosen = my_task.internal_data.pop(CHOSEN)
        my_task.internal_data.pop(WAYS, None)
        return _lead_on(my_task, [self._outputs[chosen]])
