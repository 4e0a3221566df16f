"""Activities: multi-instances that can vote, tables on FEEL, services by name."""

import re
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.spiff.specs.defaults import (
    NoneTask,
    ParallelMultiInstanceTask,
    SequentialMultiInstanceTask,
    ServiceTask,
)
from SpiffWorkflow.util.task import TaskState

from workflows.engine import feel
from workflows.engine.decisions import DecisionFault
from workflows.engine.environment import Command, command_of
from workflows.engine.errors import EngineFault
from workflows.engine.growth import drop_orphans
from workflows.engine.scopes import place, scope_of, write_result

KEY, ITEM, TOTAL, DONE, REST = "key", "item", "total", "done", "rest"
_PATH = re.compile(r"[^\W\d][\w]*(\.[^\W\d][\w]*)*")


class OperationTask(ServiceTask):  # type: ignore[misc]
    """Calls the domain by the name of an operation."""

    def _run_hook(self, my_task: Any) -> bool:
        command = command_of(my_task)
        parameters = {
            name: command.json_value(my_task, str(parameter["value"]))
            for name, parameter in self.operation_params.items()
        }
        call = command.call(my_task, parameters)
        command.outside(lambda: command.host.call(self.operation_name, call))
        return True


class DecisionTask(NoneTask):  # type: ignore[misc]
    """Asks a decision table and keeps its answer among the variables."""

    @property
    def manual(self) -> bool:
        """Nobody waits at a table, though the class it builds on waits for a person."""
        return False

    @manual.setter
    def manual(self, _: bool) -> None:
        """What the base class sets is of no account."""

    def _run_hook(self, my_task: Any) -> bool:
        command = command_of(my_task)
        call = command.call(my_task)
        name = call.node.decision or call.node.id
        decision = command.spec.decision(name)
        extra = command.outside(lambda: command.host.decision_inputs(name, call))
        try:
            outcome = decision.decide(command.names_at(my_task, extra), functions=command.functions)
        except (DecisionFault, feel.FeelError) as fault:
            raise EngineFault(fault.en, fault.zh, node=my_task.task_spec.bpmn_id) from fault
        _keep(command, my_task, feel.from_feel(feel.to_feel(outcome.value)))
        command.outside(lambda: command.host.decided(name, call, outcome))
        return True


def _keep(command: Command, task: Any, value: Any) -> None:
    write_result(command.vars, task, value)
    if isinstance(value, dict) and len(value) == 1:
        ((output, answer),) = value.items()
        place(command.vars, scope_of(task))[output] = answer


class _Items:
    """What parallel and sequential multi-instances share: items in, results out, the vote.

    Task data stays empty. An item's key and value stand in the internal data of its task, the
    results among the case's variables.
    """

    task_spec: str
    condition: str | None
    data_input: Any
    sequential = False

    def _update_hook(self, my_task: Any) -> bool | None:
        if TOTAL in my_task.internal_data:  # already under way
            return bool(my_task.internal_data[TOTAL] == 0)
        items = self._collection(my_task)
        self._clear(my_task, items)
        my_task.internal_data.update({TOTAL: len(items), DONE: []})
        if not items:
            return True
        my_task._set_state(TaskState.STARTED)
        self._open(my_task, items)
        return None

    def _open(self, my_task: Any, items: dict[str, Any]) -> None:
        keys = list(items)
        if self.sequential:
            my_task.internal_data[REST] = [[key, items[key]] for key in keys[1:]]
            keys = keys[:1]
        for key in keys:
            self._add_item(my_task, key, items[key])

    def _add_item(self, my_task: Any, key: str, item: Any) -> None:
        spec = my_task.workflow.spec.task_specs[self.task_spec]
        child = my_task._add_child(spec, TaskState.WAITING)
        child.triggered = True
        child.internal_data[KEY] = key
        if item is not None:
            child.internal_data[ITEM] = item
        spec._predict(child, mask=TaskState.NOT_FINISHED_MASK)
        spec._update(child)

    def _on_cancel(self, my_task: Any) -> None:
        drop_orphans(my_task.workflow.top_workflow)
        super()._on_cancel(my_task)  # type: ignore[misc]

    def _collection(self, my_task: Any) -> dict[str, Any]:
        """The items by key, as they stand now."""
        text = str(self.data_input.bpmn_id)
        command = command_of(my_task)
        found = command.plain(my_task, text) if _PATH.fullmatch(text) else None
        if found is None and not _PATH.fullmatch(text):
            found = command.json_value(my_task, text)
        if isinstance(found, dict):
            return dict(found)
        if isinstance(found, list) and all(isinstance(item, str) for item in found):
            return dict.fromkeys(found)
        if found is None:
            return {}
        raise EngineFault(
            f"“{text}” is no collection.",
            f"“{text}”不是集合。",
            node=my_task.task_spec.bpmn_id,
        )

    def _clear(self, my_task: Any, items: dict[str, Any]) -> None:
        """Drop what an earlier round left, and give each item its place."""
        inner = my_task.workflow.spec.task_specs[self.task_spec]
        context = isinstance(inner, SubWorkflowTask)
        write_result(
            command_of(my_task).vars, my_task, {key: {} for key in items} if context else {}
        )

    def merge_child(self, workflow: Any, child: Any) -> None:
        """Count an item that is done; close the others when the vote is decided."""
        my_task = child.parent
        data = my_task.internal_data
        if my_task.state != TaskState.STARTED:
            return
        data[DONE].append(child.internal_data[KEY])
        child.internal_data.pop(ITEM, None)
        if self._decided(my_task):
            for other in my_task.children:
                if other.triggered and other.has_state(TaskState.NOT_FINISHED_MASK):
                    other.cancel()
            my_task._set_state(TaskState.READY)
        elif len(data[DONE]) == data[TOTAL]:
            my_task._set_state(TaskState.READY)
        elif self.sequential:
            key, item = data[REST].pop(0)
            self._add_item(my_task, key, item)

    def _decided(self, my_task: Any) -> bool:
        if not self.condition:
            return False
        command = command_of(my_task)
        data = my_task.internal_data
        results = place(command.vars, scope_of(my_task)).get(my_task.task_spec.bpmn_id, {})
        votes = [results.get(key) for key in data[DONE]]
        extra = {"votes": votes, "total": data[TOTAL], "done": len(data[DONE])}
        value = command.value(my_task, self.condition, extra)
        if value is not None and not isinstance(value, bool):
            raise EngineFault(
                f"“{self.condition}” is neither true nor false.",
                f"“{self.condition}”的结果不是真或假。",
                node=my_task.task_spec.bpmn_id,
            )
        return value is True


class ParallelItems(_Items, ParallelMultiInstanceTask):  # type: ignore[misc]
    """All items at once; while they are under way one may join them, or leave."""

    def join(self, my_task: Any, key: str, item: Any) -> None:
        """One item more, which is done like those given in the beginning."""
        my_task.internal_data[TOTAL] += 1
        self._add_item(my_task, key, item)

    def leave(self, my_task: Any, key: str) -> None:
        """The item is closed as if it had never been given; nothing for one that is done."""
        data = my_task.internal_data
        for child in my_task.children:
            if child.internal_data.get(KEY) == key and child.has_state(TaskState.NOT_FINISHED_MASK):
                child.cancel()
                data[TOTAL] -= 1
        drop_orphans(my_task.workflow.top_workflow)
        if len(data[DONE]) == data[TOTAL]:
            my_task._set_state(TaskState.READY)


class SequentialItems(_Items, SequentialMultiInstanceTask):  # type: ignore[misc]
    """One item after the other, in the order of the collection."""

    sequential = True
