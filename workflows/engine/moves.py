"""Moving a running case by hand: back to a node that was done, or to any node at all."""

from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.util.task import TaskState

from workflows.engine.activities import KEY
from workflows.engine.errors import NotReady
from workflows.engine.growth import LIVE, parts, remember
from workflows.engine.scopes import around


def last_visit(workflow: Any, node: str) -> Any:
    """The last visit of a node, to go back to; refused when another branch would stay open."""
    task = _found(workflow, node)
    if task is None:
        raise NotReady(
            "This node was not done, or lies behind a loop or in a part that is closed.",
            "该节点未办理过，或已随循环、子流程关闭。",
            node=node,
        )
    _check_clean(task, node)
    return task


def reset_to(workflow: Any, task: Any) -> None:
    """Begin again at a task; what came after it leaves the tree."""
    part = task.workflow
    remember(workflow, list(part.tasks.values()))
    target = task.parent if isinstance(task.parent.task_spec, BoundaryEventSplit) else task
    workflow.reset_from_task_id(target.id, data={})
    while part is not None:
        part.completed = False
        part = part.parent_workflow
    workflow.completed = False


def _found(workflow: Any, node: str) -> Any:
    found = None
    for part in parts(workflow):
        for task in part.tasks.values():
            done = task.task_spec.bpmn_id == node and task.state == TaskState.COMPLETED
            # An item cannot be reset alone: the library would lose its key.
            if done and task.internal_data.get(KEY) is None:
                found = task
    return found


def _check_clean(task: Any, node: str) -> None:
    while task is not None:
        others = [
            other
            for other in task.workflow.tasks.values()
            if other.has_state(LIVE) and other is not task and not _belongs(other, task)
        ]
        if others:
            raise NotReady(
                "Other branches are open; go back to a node before the split.",
                "存在其他未完成的分支，请退回到分支之前的节点。",
                node=node,
            )
        task = around(task)


def _belongs(other: Any, task: Any) -> bool:
    """Whether resetting a task takes another one with it."""
    split = task.parent
    if split is not None and isinstance(split.task_spec, BoundaryEventSplit):
        task = split
    return bool(other.is_descendant_of(task))


def begin_at(workflow: Any, name: str) -> None:
    """Close everything that is open and begin at a spec of the process itself."""
    for task in list(workflow.tasks.values()):
        if task.has_state(LIVE):
            task.cancel()
    remember(workflow, [task for part in parts(workflow) for task in part.tasks.values()])
    root = workflow.task_tree
    root._drop_children(force=True)
    workflow.subprocesses.clear()
    workflow.event_manager.tasks.clear()
    workflow.last_task = root
    spec = workflow.spec.task_specs[name]
    child = root._add_child(spec, TaskState.FUTURE)
    child.triggered = True
    spec._predict(child, mask=TaskState.NOT_FINISHED_MASK)
    spec._update(child)


def entry(workflow: Any, node: str) -> str:
    """The spec to enter a node by: its split when events hang on it."""
    specs = workflow.spec.task_specs
    known = node in specs and specs[node].bpmn_id == node
    if not known or workflow.completed or not specs[node]._inputs:
        raise NotReady("It is not possible to go to this node.", "不能跳转到该节点。", node=node)
    split = f"{node}.BoundaryEventSplit"
    return split if split in specs else node
