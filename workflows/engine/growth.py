"""Keeping the task tree of a long case small, and refusing one the library could not walk.

Beyond a depth of 1000 the library stops seeing tasks without a word. Finished rounds of a loop
are cut out; what stays deeper than MOST_DEPTH is refused. History is in the audit trail; which
nodes have been done is kept beside the tree.
"""

from collections.abc import Iterator
from typing import Any

from SpiffWorkflow.util.task import TaskState

from workflows.engine.errors import TooDeep

MOST_DEPTH = 600
COMPACT_FROM = 60
LIVE = TaskState.READY | TaskState.WAITING | TaskState.STARTED
DONE_NODES = "done"


def tidy(workflow: Any) -> None:
    """Drop finished subprocesses, cut finished rounds, refuse what is still too deep."""
    drop_orphans(workflow)
    _sweep_events(workflow)
    for owner in [owner for owner, sub in workflow.subprocesses.items() if sub.completed]:
        _drop_subprocess(workflow, owner)
    for part in parts(workflow):
        if len(part.tasks) > COMPACT_FROM and depth_of(part) > COMPACT_FROM:
            while _cut_round(workflow, part):
                pass
            if depth_of(part) > MOST_DEPTH:
                raise TooDeep(
                    "The case has gone through too many steps in a row.", "连续步骤过多，无法继续。"
                )


def drop_orphans(workflow: Any) -> None:
    """Close the subprocesses whose task is gone. The library takes the items of a multi-instance
    out of the tree when it is interrupted, and lets what runs inside them run on."""
    if not workflow.subprocesses:
        return
    known = {name for part in parts(workflow) for name in part.tasks}
    for owner in [owner for owner in workflow.subprocesses if owner not in known]:
        sub = workflow.subprocesses.pop(owner, None)
        if sub is not None:
            sub.cancel()
            drop_orphans(workflow)


def _sweep_events(workflow: Any) -> None:
    """Forget events whose task waits no more; the library keeps those it takes out of the tree."""
    events = workflow.event_manager.tasks
    for name, task in list(events.items()):
        part = task.workflow
        open_part = part is workflow or workflow.subprocesses.get(part.parent_task_id) is part
        if not open_part or name not in part.tasks or task.state != TaskState.WAITING:
            del events[name]


def parts(workflow: Any) -> Iterator[Any]:
    """The workflow and its open subprocesses."""
    yield workflow
    yield from list(workflow.subprocesses.values())


def depth_of(part: Any) -> int:
    """The longest chain of tasks."""
    depths: dict[Any, int] = {}
    for name, task in part.tasks.items():  # parents stand before their children
        depths[name] = depths.get(task._parent, 0) + 1
    return max(depths.values(), default=0)


def remember(workflow: Any, tasks: list[Any]) -> None:
    """Keep in mind which nodes were done, before their tasks are dropped."""
    done = workflow.data.setdefault(DONE_NODES, [])
    for task in tasks:
        node = task.task_spec.bpmn_id
        if node is not None and task.state == TaskState.COMPLETED and node not in done:
            done.append(node)


def _drop_subprocess(workflow: Any, owner: Any) -> None:
    sub = workflow.subprocesses.get(owner)
    task = workflow.get_task_from_id(owner) if _is_known(workflow, owner) else None
    if sub is None or (task is not None and not task.has_state(TaskState.FINISHED_MASK)):
        return
    inner = [name for name, other in workflow.subprocesses.items() if name in sub.tasks]
    for name in inner:
        _drop_subprocess(workflow, name)
    remember(workflow, list(sub.tasks.values()))
    workflow.subprocesses.pop(owner, None)


def _is_known(workflow: Any, name: Any) -> bool:
    return any(name in part.tasks for part in parts(workflow))


def _cut_round(workflow: Any, part: Any) -> bool:
    """Cut one finished round out of a chain that visits the same node twice."""
    open_below = _open_below(workflow, part)
    for leaf in [task for task in part.tasks.values() if task.has_state(LIVE)]:
        chain = _ancestors(leaf)
        newest: dict[str, Any] = {}
        for task in chain:
            newest.setdefault(task.task_spec.name, task)
        for old in reversed(chain):
            new = newest[old.task_spec.name]
            if new is old or old.parent is None:
                continue
            # All that is open below the old visit is open below the new one: the rest is history.
            if open_below[old.id] == open_below[new.id]:
                _cut(workflow, part, old, new)
                return True
    return False


def _open_below(workflow: Any, part: Any) -> dict[Any, int]:
    """How many unfinished tasks and kept subprocesses there are from each task downwards."""
    counts: dict[Any, int] = {}
    for name, task in reversed(part.tasks.items()):  # children before their parents
        own = int(not task.has_state(TaskState.FINISHED_MASK)) + int(name in workflow.subprocesses)
        counts[name] = counts.get(name, 0) + own
        counts[task._parent] = counts.get(task._parent, 0) + counts[name]
    return counts


def _ancestors(leaf: Any) -> list[Any]:
    chain = []
    task = leaf.parent
    while task is not None:
        chain.append(task)
        task = task.parent
    return chain


def _cut(workflow: Any, part: Any, old: Any, new: Any) -> None:
    dropped = _below(old, {task.id for task in _below(new, set())})
    remember(workflow, dropped)
    parent = old.parent
    parent._children[parent._children.index(old.id)] = new.id
    new._parent = parent.id
    for task in dropped:
        part.tasks.pop(task.id)
        if part.last_task is task:
            part.last_task = new


def _below(top: Any, without: set[Any]) -> list[Any]:
    """A task and all that follows it, except for what is already counted elsewhere."""
    found, todo = [], [top]
    while todo:
        task = todo.pop()
        if task.id not in without:
            found.append(task)
            todo.extend(task.children)
    return found
