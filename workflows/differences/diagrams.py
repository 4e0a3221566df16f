"""Two versions of a diagram: steps, flows, who, by when, under which condition."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from workflows.differences.change import ADDED, CHANGED, REMOVED, Change
from workflows.engine import Node
from workflows.engine.outline import Flow, Outline, outline

# What a node says of itself beside its settings.
FIELDS = (
    "name",
    "kind",
    "lane",
    "parent",
    "operation",
    "decision",
    "message",
    "attached_to",
    "interrupting",
    "collection",
    "called",
)


def between(name: str, before: bytes, after: bytes) -> Iterator[Change]:
    """Every change from one version of a diagram to the next; of its drawing only that it moved."""
    old, new = outline(name, before), outline(name, after)
    found = [
        *_of_process(name, old.process, new.process),
        *_of_nodes(name, old, new),
        *_of_lanes(name, old, new),
        *_of_flows(name, old, new),
    ]
    yield from found or [Change("diagram", CHANGED, name, name, new.process.name, aspect="drawing")]


def _of_process(place: str, old: Node, new: Node) -> Iterator[Change]:
    yield from _aspects("process", place, new, _said(old, {}), _said(new, {}))


def _of_nodes(place: str, old: Outline, new: Outline) -> Iterator[Change]:
    for gone in old.nodes.keys() - new.nodes.keys():
        yield _node(REMOVED, place, old.nodes[gone])
    for key, node in new.nodes.items():
        if key not in old.nodes:
            yield _node(ADDED, place, node)
            continue
        before = _said(old.nodes[key], old.texts.get(key, {}))
        yield from _aspects("step", place, node, before, _said(node, new.texts.get(key, {})))


def _node(how: str, place: str, node: Node) -> Change:
    name = "" if node.name == node.id else node.name
    return Change("step", how, place, node.id, name, _english(node), aspect=node.kind)


def _english(node: Node) -> str:
    return str(node.properties.get("nameEn", ""))


def _said(node: Node, texts: Mapping[str, str]) -> dict[str, str]:
    """Everything that a node says, as text, by aspect."""
    own = asdict(node)
    plain = {name: own[name] for name in FIELDS if own[name]}
    return {name: str(value) for name, value in {**plain, **node.properties, **texts}.items()}


def _aspects(
    what: str, place: str, node: Node, before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[Change]:
    for aspect in sorted(before.keys() | after.keys()):
        old, new = before.get(aspect, ""), after.get(aspect, "")
        if old != new:
            yield Change(what, CHANGED, place, node.id, node.name, _english(node), aspect, old, new)


def _of_lanes(place: str, old: Outline, new: Outline) -> Iterator[Change]:
    for key in sorted(old.lanes.keys() | new.lanes.keys()):
        before, after = old.lanes.get(key), new.lanes.get(key)
        if before is None or after is None:
            yield Change(
                "lane", ADDED if before is None else REMOVED, place, key, before or after or ""
            )
        elif before != after:
            yield Change("lane", CHANGED, place, key, after, "", "name", before, after)


def _of_flows(place: str, old: Outline, new: Outline) -> Iterator[Change]:
    before, after = _by_ends(old), _by_ends(new)
    for ends in sorted(before.keys() | after.keys()):
        was, now = before.get(ends), after.get(ends)
        if was is None or now is None:
            how, flow, side = (REMOVED, was, old) if now is None else (ADDED, now, new)
            if flow is not None:
                yield Change("flow", how, place, flow.id, _way(flow, side))
            continue
        for aspect in ("name", "condition", "default"):
            a, b = str(getattr(was, aspect)), str(getattr(now, aspect))
            if a != b:
                yield Change("flow", CHANGED, place, now.id, _way(now, new), "", aspect, a, b)


def _by_ends(side: Outline) -> dict[tuple[str, str, int], Flow]:
    """Flows by where they lead from and to; two between the same nodes are counted."""
    found: dict[tuple[str, str, int], Flow] = {}
    for flow in side.flows:
        number = 0
        while (flow.source, flow.target, number) in found:
            number += 1
        found[flow.source, flow.target, number] = flow
    return found


def _way(flow: Flow, side: Outline) -> str:
    return " → ".join(
        side.nodes[end].name if end in side.nodes else end for end in (flow.source, flow.target)
    )
