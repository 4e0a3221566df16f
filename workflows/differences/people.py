"""Two versions of a process: at which steps other people act, by another day, or by other votes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from workflows.engine import Bundle, Node
from workflows.engine.outline import Outline, outline

ASPECTS: Mapping[str, tuple[str, ...]] = {
    "people": ("who", "ifNobody", "ifStarter", "ifTwice"),
    "deadline": ("due", "clock", "timer"),
    "votes": ("sequential", "until", "collection"),
}
Said = Mapping[str, str]


@dataclass(frozen=True)
class Rule:
    """Of one step what was said and what is said now; empty: there was or is no such step."""

    place: str
    kind: str  # people, deadline, votes
    node: Node
    before: Said
    after: Said


def rules_between(before: Bundle, after: Bundle) -> list[Rule]:
    """Every rule of who acts, until when and by which votes that is otherwise; raises what
    `outline` raises where a diagram cannot be read."""
    found: list[Rule] = []
    for name in sorted(before.diagrams.keys() | after.diagrams.keys()):
        old, new = before.diagrams.get(name), after.diagrams.get(name)
        if old != new:
            sides = (_steps(name, one) for one in (old, new))
            found += _of_diagram(name, *sides)
    return found


Steps = Mapping[str, tuple[Node, Said]]


def _steps(name: str, diagram: bytes | None) -> Steps:
    if diagram is None:
        return {}
    read: Outline = outline(name, diagram)
    return {key: (node, _said(node, read)) for key, node in read.nodes.items()}


def _said(node: Node, read: Outline) -> Said:
    own = {**node.properties, **read.texts.get(node.id, {})}
    if node.collection:
        own["collection"] = node.collection
    return own


def _of_diagram(place: str, old: Steps, new: Steps) -> Iterator[Rule]:
    for key in [*new, *(key for key in old if key not in new)]:
        node = (new.get(key) or old[key])[0]
        was, now = (side[key][1] if key in side else {} for side in (old, new))
        for kind, aspects in ASPECTS.items():
            a, b = ({name: one[name] for name in aspects if one.get(name)} for one in (was, now))
            if a != b:
                yield Rule(place, kind, node, a, b)
