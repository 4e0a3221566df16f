"""A running case under another version of its process: decided, and carried over on a copy.

The state that was given is never touched. What comes out has been stored and read back, and was
compared with what went in: the same open steps, timers with their times, and messages.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.util.task import TaskState

from workflows.engine import codec, timers
from workflows.engine.definition import Spec
from workflows.engine.errors import NotReady
from workflows.engine.execution import Execution
from workflows.engine.gateways import WAYS, FirstEventGateway, LoopSafeParallelGateway
from workflows.engine.growth import DONE_NODES, LIVE, parts
from workflows.engine.host import Host
from workflows.engine.migration_names import Names
from workflows.engine.migration_rules import (
    RULES,
    Reason,
    is_control,
    reasons,
    ways_to,
)
from workflows.engine.running import main_of

__all__ = [
    "RULES",
    "Examined",
    "Reason",
    "changed_timers",
    "examine",
    "places",
    "reckoned",
    "restart",
    "set_time",
    "suggest",
]

AHEAD = TaskState.FUTURE | TaskState.PREDICTED_MASK


@dataclass(frozen=True)
class Examined:
    """What became of the case on a copy: its new state, or the reasons against it.

    `passed` are steps that the new version adds where the case has been already: it will not
    come through them.
    """

    state: bytes | None
    reasons: tuple[Reason, ...] = ()
    passed: tuple[str, ...] = ()


def examine(state: bytes, old: Spec, new: Spec, mapping: Mapping[str, str]) -> Examined:
    """Carry a copy of the case over; `mapping` says which steps were renamed to what."""
    workflow = codec.load(state, old)
    names = Names(old, new, mapping)
    if found := reasons(workflow, old, new, names):
        return Examined(None, tuple(found))
    before = _stand(workflow, names)
    try:
        _carry(workflow, new, names)
        carried = codec.dump(workflow, new)
        twin = codec.load(carried, new)
        alike = _stand(twin, None) == before and codec.dump(twin, new) == carried
    except Exception:  # the library lets many kinds out; whatever it is, the case stays
        alike = False
    if not alike:
        return Examined(None, (Reason("not_alike", old.process, old.processes[old.process].name),))
    return Examined(carried, passed=tuple(_passed(twin, new, names)))


def suggest(old: Spec, new: Spec) -> dict[str, str]:
    """For each step that the new version lacks, the one that seems to take its place."""
    gone = [one for one in old.nodes.values() if one.id not in new.nodes]
    free = [one for one in new.nodes.values() if one.id not in old.nodes]
    found: dict[str, str] = {}
    for node in gone:
        for other in free:
            same_form = node.properties.get("formKey") == other.properties.get("formKey")
            likeness = node.name == other.name or (same_form and "formKey" in node.properties)
            if other.id not in found.values() and other.kind == node.kind and likeness:
                found[node.id] = other.id
                break
    return found


# --- carrying over --------------------------------------------------------------------------


def _carry(workflow: Any, new: Spec, names: Names) -> None:
    """The tree stands on the new version: what was ahead is foretold anew."""
    targets = [(part, names.part(part)) for part in parts(workflow)]
    for part, target in targets:
        _forget_ahead(part)
        _drop_hangings(part, target, names)
    for part, target in targets:
        part.spec = target
        for task in part.tasks.values():
            spec = target.task_specs[names.spec(task.task_spec.name)]
            if isinstance(spec, FirstEventGateway) and WAYS in task.internal_data:
                _turn_ways(task, spec, names)
            task.task_spec = spec
    workflow.subprocess_specs = new.subs
    for part, _ in targets:
        for task in [task for task in part.tasks.values() if task.has_state(LIVE)]:
            task.task_spec._predict(task, mask=TaskState.NOT_FINISHED_MASK)
    workflow.data["vars"] = _renamed(workflow.data["vars"], new, names)
    if DONE_NODES in workflow.data:
        workflow.data[DONE_NODES] = [names.node(one) for one in workflow.data[DONE_NODES]]


def _forget_ahead(part: Any) -> None:
    for task in [task for task in part.tasks.values() if task.has_state(AHEAD)]:
        _take_out(part, task)


def _drop_hangings(part: Any, target: Any, names: Names) -> None:
    """Events that hung on a step that is done, and hang there no more, leave the tree."""
    for task in list(part.tasks.values()):
        known = names.spec(task.task_spec.name) in target.task_specs
        if not known and not task._children and task.state == TaskState.CANCELLED:
            _take_out(part, task)
    for task in list(part.tasks.values()):
        known = names.spec(task.task_spec.name) in target.task_specs
        if not known and is_control(task.task_spec) and len(task._children) <= 1:
            _cut_out(part, task)


def _take_out(part: Any, task: Any) -> None:
    parent = task.parent
    if parent is not None and task.id in parent._children:
        parent._children.remove(task.id)
    part.tasks.pop(task.id, None)


def _cut_out(part: Any, task: Any) -> None:
    """The task leaves the tree, and its child stands in its place."""
    parent = task.parent
    here = parent._children.index(task.id)
    parent._children[here : here + 1] = task._children
    for child in task.children:
        child._parent = parent.id
    part.tasks.pop(task.id)
    if part.last_task is task:
        part.last_task = parent


def _turn_ways(task: Any, gateway: Any, names: Names) -> None:
    """Each timer of the gateway keeps its time, wherever its way stands now."""
    before = [name for name, _ in names.ways(task.task_spec)]
    now = list(gateway._outputs)
    task.internal_data[WAYS] = {
        str(now.index(before[int(index)])): due for index, due in task.internal_data[WAYS].items()
    }


def _renamed(values: dict[str, Any], new: Spec, names: Names) -> dict[str, Any]:
    """Answers stand under the id of their step, also inside the items of a multi-instance."""
    moved = {old: at for old, at in names.mapping.items() if old in values and at not in values}
    found = {moved.get(key, key): value for key, value in values.items()}
    for key, value in found.items():
        node = new.nodes.get(key)
        if node is not None and node.collection and isinstance(value, dict):
            found[key] = {
                item: _renamed(inner, new, names) if isinstance(inner, dict) else inner
                for item, inner in value.items()
            }
    return found


# --- comparing ------------------------------------------------------------------------------


def _stand(workflow: Any, names: Names | None) -> dict[str, Any]:
    """Where the case stands, told in the names of the new version."""

    def told(node: Any) -> str:
        return names.node(str(node)) if names else str(node)

    return {
        "open": sorted(
            (task.id.hex, told(task.task_spec.bpmn_id), int(task.state))
            for part in parts(workflow)
            for task in part.tasks.values()
            if task.has_state(LIVE)
        ),
        "timers": sorted((t.task.id.hex, told(t.node), t.due) for t in timers.armed(workflow)),
        "messages": sorted(_messages(workflow)),
        "parts": sorted(owner.hex for owner in workflow.subprocesses),
    }


def _messages(workflow: Any) -> Iterator[tuple[str, str]]:
    for task in workflow.event_manager.tasks.values():
        event = task.task_spec.event_definition
        for one in getattr(event, "event_definitions", [event]):
            if task.state == TaskState.WAITING and isinstance(one, MessageEventDefinition):
                yield task.id.hex, str(one.name)


def _passed(workflow: Any, new: Spec, names: Names) -> Iterator[str]:
    known = {names.node(one) for one in names.old.nodes}
    fresh = [one for one in new.nodes if one not in known]
    if fresh:
        ahead = _ahead(workflow, new)
        yield from (one for one in fresh if one not in ahead)


def _ahead(workflow: Any, new: Spec) -> set[str]:
    """The steps that the case can still come to, and those where it stands."""
    found: set[str] = set()
    for part in parts(workflow):
        at = [task.task_spec for task in part.tasks.values() if task.has_state(LIVE)]
        found |= {str(spec.bpmn_id) for spec in at}
        _walk(new, part.spec, [name for spec in at for name in spec._outputs], found, set())
    return found


def _walk(
    new: Spec, part: Any, names: list[str], found: set[str], seen: set[tuple[int, str]]
) -> None:
    todo = list(names)
    while todo:
        name = todo.pop()
        if (id(part), name) in seen:
            continue
        seen.add((id(part), name))
        spec = part.task_specs[name]
        found.add(str(spec.bpmn_id))
        todo.extend(spec._outputs)
        if isinstance(getattr(spec, "task_spec", None), str):  # the step that each item does
            todo.append(spec.task_spec)
        if isinstance(spec, SubWorkflowTask):
            inner = new.subs[spec.spec]
            _walk(new, inner, [inner.start.name], found, seen)


# --- new times, and a new beginning ---------------------------------------------------------


@dataclass(frozen=True)
class Reckoned:
    """A timer that hangs on an open step, as its text gives its time at the command's moment."""

    timer: UUID
    step: UUID
    node: str
    due: datetime


def changed_timers(old: Spec, new: Spec, mapping: Mapping[str, str]) -> frozenset[str]:
    """The timers of the new version whose text is another one than in the old version."""
    names = Names(old, new, mapping)
    before = {names.node(node): text for node, text in _timer_texts(old)}
    return frozenset(n for n, text in _timer_texts(new) if before.get(n, text) != text)


def _timer_texts(spec: Spec) -> Iterator[tuple[str, str]]:
    for part in (spec.main, *spec.subs.values()):
        for one in part.task_specs.values():
            event = getattr(one, "event_definition", None)
            if isinstance(event, timers.DueTimer) and isinstance(one, BoundaryEvent):
                yield str(one.bpmn_id), event.expression


def reckoned(execution: Execution, nodes: Collection[str]) -> list[Reckoned]:
    """The timers of these nodes that wait, reckoned anew; none of them is moved."""
    found = []
    for timer in timers.armed(execution._workflow):
        step = main_of(timer.task) if timer.node in nodes else None
        if step is not None and timer.index is None:
            text = timer.task.task_spec.event_definition.expression
            due = timers.due_at(timer.task, text)
            found.append(Reckoned(timer.task.id, step.id, timer.node, due))
    return found


def set_time(execution: Execution, timer_id: UUID, later: Callable[[datetime], datetime]) -> None:
    """The timer waits for another time, as `later` says of the one it waits for."""
    for timer in timers.armed(execution._workflow):
        if timer.task.id == timer_id:
            timers.move(timer, later(timer.due))


def places(spec: Spec) -> list[str]:
    """The steps that a case can begin at anew: of the process itself, and not on one of several
    ways that are waited for together."""
    found = []
    for node in spec.nodes.values():
        known = spec.main.task_specs.get(node.id)
        if node.kind in ("userTask", "subProcess", "callActivity") and known is not None:
            entry = spec.main.task_specs.get(f"{node.id}.BoundaryEventSplit", known)
            if known.bpmn_id == node.id and not _starves(spec, entry.name):
                found.append(node.id)
    return found


def _starves(spec: Spec, entry: str) -> bool:
    for join in spec.main.task_specs.values():
        if isinstance(join, LoopSafeParallelGateway) and len(join._inputs) > 1:
            coming = ways_to(spec.main, [entry], join.name)
            if coming and coming != set(join._inputs):
                return True
    return False


def restart(
    spec: Spec, node: str, *, vars: dict[str, Any], done: list[str], host: Host, now: datetime
) -> Execution:
    """The case begins at that step of the version, with the variables it had."""
    if node not in places(spec):
        raise NotReady("It is not possible to go to this node.", "不能跳转到该节点。", node=node)
    workflow = BpmnWorkflow(spec.main, spec.subs)
    workflow.data["vars"] = vars
    execution = Execution(workflow, spec, host, now)
    execution.jump(node)
    workflow.data[DONE_NODES] = [one for one in done if one in spec.nodes]
    return execution
