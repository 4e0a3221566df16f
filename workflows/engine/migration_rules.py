"""Why a running case cannot go on under another version: each reason has a rule, told in both
languages. The list is published in docs/migration.md."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.bpmn.specs.control import BoundaryEventJoin, BoundaryEventSplit
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.util.task import TaskState

from workflows.engine.definition import Spec
from workflows.engine.gateways import FirstEventGateway, LoopSafeParallelGateway
from workflows.engine.growth import DONE_NODES, LIVE, parts
from workflows.engine.migration_names import Names
from workflows.engine.nodes import Node

# By rule: what is said in English, and in Chinese.
RULES: Mapping[str, tuple[str, str]] = {
    "open_gone": (
        "The case stands at this step, and the new version has none of that id. "
        "Say which step takes its place.",
        "办件正处于该环节，新版本中没有此编号的环节，请指明由哪个环节承接。",
    ),
    "open_changed": (
        "The case stands at this step, and in the new version it is a step of another kind, in "
        "another place, for other items, or waits for another message.",
        "办件正处于该环节，而新版本中其类型、所在子流程、事项集合或者等待的消息已改变。",
    ),
    "boundary_added": (
        "The new version hangs this event on a step that the case stands at; it would never be "
        "watched for.",
        "新版本在办件当前环节上增加了该边界事件，对已到达的办件不会生效。",
    ),
    "boundary_gone": (
        "This event waits at the step that the case stands at, and hangs there no more in the "
        "new version.",
        "该边界事件正在办件当前环节上等待，新版本中已不存在。",
    ),
    "events_changed": (
        "The case waits here for what comes first, and the new version waits for other events.",
        "办件正在此等待先到的事件，而新版本等待的事件已改变。",
    ),
    "done_gone": (
        "The case has been through this step, and the new version has none of that id. Say "
        "which step takes its place.",
        "办件已经过该环节，新版本中没有此编号的环节，请指明由哪个环节承接。",
    ),
    "done_changed": (
        "The case has been through this step, and in the new version it is a step of another "
        "kind or gives other results.",
        "办件已经过该环节，而新版本中其类型或者产生的结果已改变。",
    ),
    "join": (
        "In the new version all ways meet here, and the case is on no way to some of them: it "
        "would wait for ever.",
        "新版本在此汇聚全部分支，而办件未进入其中的分支，将永远等待。",
    ),
    "not_alike": (
        "Carried over on a copy, the case did not stand where it stood, with the same steps, "
        "timers and messages.",
        "在副本上试迁后，办件的在办环节、定时或者等待的消息与原来不一致。",
    ),
}
RESULT = ("kind", "operation", "decision", "message", "interrupting")


@dataclass(frozen=True)
class Reason:
    """Why one case cannot go on: the rule, and the step that it is about."""

    rule: str
    node: str
    name: str = ""

    @property
    def en(self) -> str:
        return RULES[self.rule][0]

    @property
    def zh(self) -> str:
        return RULES[self.rule][1]


def reasons(workflow: Any, old: Spec, new: Spec, names: Names) -> list[Reason]:
    """Every reason against the case as it stands; none: it may be tried on a copy."""
    found = list(dict.fromkeys(_all(workflow, old, new, names)))
    told = {**new.nodes, **old.nodes}
    return [Reason(rule, node, told[node].name if node in told else "") for rule, node in found]


def _all(workflow: Any, old: Spec, new: Spec, names: Names) -> Iterator[tuple[str, str]]:
    for part in parts(workflow):
        target = names.part(part)
        if target is not None:  # else its owner is gone, and says so
            yield from _in_part(part, new, names)
            yield from (("join", node) for node in starving(part, target, names))
    for node in workflow.data.get(DONE_NODES, ()):
        if node in old.nodes:
            yield from _done(old.nodes[node], new, names)


def _in_part(part: Any, new: Spec, names: Names) -> Iterator[tuple[str, str]]:
    for task in part.tasks.values():
        node = names.old.nodes.get(task.task_spec.bpmn_id or "")
        if node is not None and task.has_state(LIVE):
            yield from _open(task, node, new, names)
        elif node is not None and task.state == TaskState.COMPLETED:
            yield from _done(node, new, names)


def _open(task: Any, node: Node, new: Spec, names: Names) -> Iterator[tuple[str, str]]:
    """A place where the case stands."""
    twin = new.nodes.get(names.node(node.id))
    is_boundary = isinstance(task.task_spec, BoundaryEvent)
    if twin is None:
        yield ("boundary_gone" if is_boundary else "open_gone"), node.id
        return
    if _place(node, names) != _place(twin, None) or not names.same_class(task):
        yield "open_changed", node.id
    elif isinstance(task.task_spec, FirstEventGateway) and not names.same_ways(task):
        yield "events_changed", node.id
    if not is_boundary:
        yield from _hangings(node, new, names)


def _hangings(node: Node, new: Spec, names: Names) -> Iterator[tuple[str, str]]:
    """The events that hang on an open step are the same before and after."""
    mine = {names.node(one.id): one.id for one in names.old.nodes.values() if _on(one, node.id)}
    theirs = {one.id for one in new.nodes.values() if _on(one, names.node(node.id))}
    for added in sorted(theirs - mine.keys()):
        yield "boundary_added", added
    for gone in sorted(mine.keys() - theirs):
        yield "boundary_gone", mine[gone]


def _on(event: Node, node: str) -> bool:
    return event.attached_to == node


def _done(node: Node, new: Spec, names: Names) -> Iterator[tuple[str, str]]:
    """A step that the case has been through: its answers stand among the variables."""
    twin = new.nodes.get(names.node(node.id))
    if twin is None:
        yield "done_gone", node.id
        return
    types = names.old.types.get(node.id), new.types.get(twin.id)
    if _result(node, names) != _result(twin, None) or types[0] != types[1]:
        yield "done_changed", node.id


def _place(node: Node, names: Names | None) -> tuple[Any, ...]:
    return (*_result(node, names), _renamed(node.attached_to, names))


def _result(node: Node, names: Names | None) -> tuple[Any, ...]:
    within = _renamed(node.parent, names)
    kept = (getattr(node, name) for name in RESULT)
    return (*kept, node.collection, node.called, node.process, within)


def _renamed(node: str | None, names: Names | None) -> str | None:
    return names.node(node) if node and names else node


def is_control(spec: Any) -> bool:
    """What the library puts around a step that events hang on; it is nobody's step."""
    return isinstance(spec, BoundaryEventSplit | BoundaryEventJoin)


def starving(part: Any, target: Any, names: Names) -> Iterator[str]:
    """The joins of the new version that would wait for a way on which nothing comes."""
    live = [task for task in part.tasks.values() if task.has_state(LIVE)]
    at = [names.spec(task.task_spec.name) for task in live]
    for join in target.task_specs.values():
        if isinstance(join, LoopSafeParallelGateway) and len(join._inputs) > 1:
            arrived = _arrived(part, join.name, names)
            coming = ways_to(target, [one for one in at if one != join.name], join.name)
            if (arrived or coming) and not set(join._inputs) <= arrived | coming:
                yield str(join.bpmn_id)


def _arrived(part: Any, join: str, names: Names) -> set[str]:
    """From where tokens wait at the join; the library keeps one that waits and drops others."""
    waiting = [t for t in part.tasks.values() if names.spec(t.task_spec.name) == join]
    if not any(task.state == TaskState.WAITING for task in waiting):
        return set()
    since = max((t for t in waiting if t.state == TaskState.COMPLETED), default=None, key=_depth)
    fresh = (t for t in waiting if since is None or t.is_descendant_of(since))
    states = TaskState.WAITING | TaskState.CANCELLED
    return {names.spec(t.parent.task_spec.name) for t in fresh if t.has_state(states)}


def _depth(task: Any) -> int:
    return int(task.depth)


def ways_to(target: Any, at: list[str], join: str) -> set[str]:
    """The inputs of a join that can still be reached from there, not going through it."""
    inputs, found, todo = set(target.task_specs[join]._inputs), set(at), list(at)
    while todo:
        spec = target.task_specs.get(todo.pop())
        for name in spec._outputs if spec is not None else ():
            if name != join and name not in found:
                found.add(name)
                todo.append(name)
    return inputs & found
