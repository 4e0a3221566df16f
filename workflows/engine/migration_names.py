"""Which step of the new version takes the place of which of the old one."""

from collections.abc import Mapping
from typing import Any

from workflows.engine.definition import Spec
from workflows.engine.gateways import FirstEventGateway


class Names:
    """Steps keep their id unless the mapping says otherwise; starts follow by themselves."""

    def __init__(self, old: Spec, new: Spec, mapping: Mapping[str, str]) -> None:
        self.old, self.new = old, new
        self.mapping = {**_starts(old, new), **mapping}

    def node(self, node: str) -> str:
        return self.mapping.get(node, node)

    def spec(self, name: str) -> str:
        """The library's own names begin with the id of the step that they belong to."""
        for old, new in self.mapping.items():
            if name == old or name.startswith((f"{old}.", f"{old} [")):
                return new + name[len(old) :]
        return name

    def part(self, part: Any) -> Any:
        """What a part of the case runs on in the new version; none: there is no such part."""
        if part.parent_task_id is None:
            return self.new.main
        owner = part.top_workflow.get_task_from_id(part.parent_task_id)
        if self.part(owner.workflow) is None:
            return None
        twin = self._twin(owner)
        return self.new.subs.get(getattr(twin, "spec", ""))

    def _twin(self, task: Any) -> Any:
        target = self.part(task.workflow)
        return target.task_specs.get(self.spec(task.task_spec.name)) if target else None

    def same_class(self, task: Any) -> bool:
        """Whether the engine treats the step alike: a multi-instance as one, a cycle as one."""
        mine, twin = task.task_spec, self._twin(task)
        if type(mine) is not type(twin):
            return False
        events = [getattr(spec, "event_definition", None) for spec in (mine, twin)]
        return type(events[0]) is type(events[1])

    def same_ways(self, task: Any) -> bool:
        """Whether an event-based gateway waits for the same events, in whatever order."""
        return sorted(self.ways(task.task_spec)) == sorted(_ways(self._twin(task)))

    def ways(self, gateway: FirstEventGateway) -> list[tuple[str, str]]:
        return [(self.spec(name), kind) for name, kind in _ways(gateway)]


def _ways(gateway: Any) -> list[tuple[str, str]]:
    """Each event that is waited for: its name and kind, in the order of the ways."""
    events = gateway.event_definition.event_definitions
    kinds = (f"{type(one).__name__}:{_message(one)}" for one in events)
    return list(zip(gateway._outputs, kinds, strict=True))


def _message(event: Any) -> str:
    return "" if hasattr(event, "expression") else str(event.name)


def _starts(old: Spec, new: Spec) -> dict[str, str]:
    """The one start of a process or part that has another id in the new version."""
    before, after = _starts_of(old), _starts_of(new)
    pairs = {before[where]: after[where] for where in before.keys() & after.keys()}
    return {mine: theirs for mine, theirs in pairs.items() if mine != theirs}


def _starts_of(spec: Spec) -> dict[tuple[str, str | None], str]:
    found: dict[tuple[str, str | None], list[str]] = {}
    for node in spec.nodes.values():
        if node.kind == "start":
            found.setdefault((node.process, node.parent), []).append(node.id)
    return {where: ids[0] for where, ids in found.items() if len(ids) == 1}
