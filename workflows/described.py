"""What a process says, step by step in the order of its flow, to be told in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from workflows import condition_words
from workflows.condition_words import Names
from workflows.engine import Bundle, EngineFault, Node
from workflows.engine.outline import Flow, Outline, decision_name, outline

Texts = tuple[str, str]
PERSONS = ("userTask", "boundaryMessage")


@dataclass(frozen=True)
class Form:
    key: str
    title: Texts
    fields: Sequence[Texts]


@dataclass(frozen=True)
class Exit:
    """Where it goes on: to which step, and if what holds."""

    number: str
    name: Texts
    condition: Texts
    default: bool


@dataclass(frozen=True)
class Step:
    """A node with its number in the order of the flow; those of a subprocess stand under its."""

    number: str
    node: Node
    name: Texts
    texts: Mapping[str, str]  # timer, until, sequential
    form: Form | None
    exits: Sequence[Exit]
    until: Texts = ("", "")
    decision: str = ""


@dataclass(frozen=True)
class Diagram:
    """One diagram of the process; without steps where it cannot be read."""

    id: str
    process: Node | None
    steps: Sequence[Step] = field(default_factory=tuple)


def describe(bundle: Bundle) -> list[Diagram]:
    """Every diagram, the process's own first."""
    names = sorted(bundle.diagrams, key=lambda name: (name != bundle.process, name))
    return [_diagram(name, bundle) for name in names]


def _diagram(name: str, bundle: Bundle) -> Diagram:
    try:
        found = outline(name, bundle.diagrams[name])
    except (EngineFault, LookupError, ValueError):
        return Diagram(name, None)
    forms = {node.id: _form(node, bundle) for node in found.nodes.values()}
    names = _names(found, forms, bundle)
    numbers = _numbers(found)
    steps = [
        Step(
            number=number,
            node=(node := found.nodes[key]),
            name=names.steps[key],
            texts=found.texts.get(key, {}),
            form=forms[key],
            exits=tuple(_exits(node, found, numbers, names)),
            until=_until(found.texts.get(key, {}), names),
            decision=_decision(node, bundle),
        )
        for key, number in numbers.items()
    ]
    return Diagram(name, found.process, tuple(steps))


def _decision(node: Node, bundle: Bundle) -> str:
    """The name of the table that a node asks, else its id."""
    key = node.decision or ""
    return decision_name(bundle.decisions.get(key, b""), key) or key


def _until(texts: Mapping[str, str], names: Names) -> Texts:
    until = texts.get("until", "")
    return condition_words.say(until, names) if until else ("", "")


def _exits(node: Node, found: Outline, numbers: Mapping[str, str], names: Names) -> Iterator[Exit]:
    flows = [flow for flow in found.flows if flow.source == node.id]
    for flow in sorted(flows, key=lambda one: one.default):
        said = condition_words.say(flow.condition, names) if flow.condition else ("", "")
        target = names.steps.get(flow.target, (flow.target, flow.target))
        yield Exit(numbers.get(flow.target, ""), target, said, flow.default and len(flows) > 1)


# ---- the order of the flow


def _numbers(found: Outline) -> dict[str, str]:
    """The number of each node, in the order in which they are told."""
    numbers: dict[str, str] = {}
    _number(found, None, "", numbers)
    return numbers


def _number(found: Outline, parent: str | None, prefix: str, numbers: dict[str, str]) -> None:
    inside = {key: node for key, node in found.nodes.items() if node.parent == parent}
    for place, key in enumerate(_in_order(inside, found.flows), start=1):
        numbers[key] = f"{prefix}{place}"
        if inside[key].kind == "subProcess":
            _number(found, key, f"{prefix}{place}.", numbers)


def _in_order(nodes: Mapping[str, Node], flows: Sequence[Flow]) -> list[str]:
    """Each after those that lead to it, loops aside; an act or timer after the step it sits on."""
    after: dict[str, list[str]] = {key: [] for key in nodes}
    for key, node in nodes.items():
        if node.attached_to in after:
            after[str(node.attached_to)].append(key)
    for flow in flows:
        if flow.source in after and flow.target in after:
            after[flow.source].append(flow.target)
    starts = [key for key, node in nodes.items() if node.kind == "start"]
    seen: set[str] = set()
    told: list[str] = []
    for root in (*starts, *nodes):
        told += reversed(_walked(root, after, seen))
    return told


def _walked(root: str, after: Mapping[str, Sequence[str]], seen: set[str]) -> list[str]:
    """What is reached from a node and was not before, each put down when all after it is."""
    if root in seen:
        return []
    seen.add(root)
    order: list[str] = []
    todo = [(root, iter(reversed(after[root])))]
    while todo:
        key, rest = todo[-1]
        follower = next((one for one in rest if one not in seen), None)
        if follower is None:
            order.append(key)
            todo.pop()
        else:
            seen.add(follower)
            todo.append((follower, iter(reversed(after[follower]))))
    return order


# ---- what the parts are called


def _names(found: Outline, forms: Mapping[str, Form | None], bundle: Bundle) -> Names:
    steps = {key: _named(node) for key, node in found.nodes.items()}
    fields: dict[str, Texts] = {}
    choices: dict[tuple[str, str], Texts] = {}
    for key, form in forms.items():
        if form is None:
            continue
        schema, ui = _json(bundle, f"{form.key}.schema.json"), _json(bundle, f"{form.key}.ui.json")
        for name, one in _properties(schema).items():
            title = _titled(one, name)
            zh, en = steps[key]
            path = f"{key}.{name}"
            fields[path] = (f"“{zh}”的“{title[0]}”", f"“{title[1]}” of “{en}”")
            for code, label in _labels(ui, name).items():
                choices[path, code] = label
    return Names(steps, fields, choices)


def _named(node: Node) -> Texts:
    return (node.name, node.properties.get("nameEn") or node.name)


def _form(node: Node, bundle: Bundle) -> Form | None:
    key = node.properties.get("formKey") or node.id
    if node.kind not in PERSONS or f"{key}.schema.json" not in bundle.forms:
        return None
    schema = _json(bundle, f"{key}.schema.json")
    order = [str(one) for one in _list(_json(bundle, f"{key}.ui.json").get("order"))]
    properties = _properties(schema)
    listed = sorted(properties, key=lambda one: order.index(one) if one in order else len(order))
    return Form(key, _titled(schema, key), [_titled(properties[one], one) for one in listed])


def _json(bundle: Bundle, name: str) -> dict[str, Any]:
    try:
        found = orjson.loads(bundle.forms.get(name, b"{}"))
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _properties(schema: Mapping[str, Any]) -> dict[str, Any]:
    found = schema.get("properties")
    return found if isinstance(found, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _titled(one: Any, name: str) -> Texts:
    said = one if isinstance(one, dict) else {}
    zh = str(said.get("title") or name)
    return (zh, str(said.get("title_en") or zh))


def _labels(ui: Mapping[str, Any], name: str) -> dict[str, Texts]:
    fields = ui.get("fields")
    one = fields.get(name) if isinstance(fields, dict) else None
    zh, en = (
        (one or {}).get(key) if isinstance(one, dict) else None for key in ("labels", "labels_en")
    )
    zh, en = (side if isinstance(side, dict) else {} for side in (zh, en))
    return {str(code): (str(text), str(en.get(code) or text)) for code, text in zh.items()}
