"""What a diagram says, without its drawing: so that two versions of it can be compared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from workflows.engine.elements import flow_nodes_of, scopes_of
from workflows.engine.errors import DiagramFault
from workflows.engine.nodes import Node, nodes_of, process_node
from workflows.engine.xml import SPIFF, children, local, parse_safely, tag, text_of

TIMES = ("timeDate", "timeDuration", "timeCycle")
PARAMETERS = f"{tag('extensionElements')}//{{{SPIFF}}}parameter"


@dataclass(frozen=True)
class Flow:
    """A sequence flow: from where to where, and when it is taken."""

    id: str
    source: str
    target: str
    name: str = ""
    condition: str = ""
    default: bool = False


@dataclass(frozen=True)
class Outline:
    process: Node
    nodes: Mapping[str, Node]
    texts: Mapping[str, Mapping[str, str]]  # by node: timer, until, parameter …
    flows: tuple[Flow, ...]
    lanes: Mapping[str, str]  # id to name


def outline(name: str, diagram: bytes) -> Outline:
    """The steps and flows of a diagram that has passed the checks."""
    root = parse_safely(diagram)
    elements = [one for scope in scopes_of(root) for one in flow_nodes_of(scope)]
    return Outline(
        process=process_node(name, root),
        nodes=nodes_of(name, root),
        texts={str(one.get("id")): dict(_texts(one)) for one in elements},
        flows=tuple(_flows(root, {str(one.get("default") or "") for one in elements})),
        lanes={str(one.get("id")): one.get("name") or "" for one in root.iter(tag("lane"))},
    )


def called_by(diagram: bytes) -> set[str]:
    """The processes that a diagram calls, also where it is not fit to run."""
    return _ids(diagram, "callActivity", "calledElement")


def process_in(diagram: bytes) -> str:
    """The id of a diagram's process, empty where there is not just one."""
    found = _ids(diagram, "process", "id")
    return found.pop() if len(found) == 1 else ""


def decisions_in(table: bytes) -> list[str]:
    """The ids of the decisions in a DMN file, also where it is not fit to be used."""
    try:
        root = parse_safely(table)
    except DiagramFault:
        return []
    elements = (one for one in root if isinstance(one.tag, str))
    found = (str(one.get("id") or "") for one in elements if local(one) == "decision")
    return [name for name in found if name]


def decision_name(table: bytes, decision: str) -> str:
    """What a DMN file calls one of its decisions, empty where it cannot be read."""
    try:
        root = parse_safely(table)
    except DiagramFault:
        return ""
    elements = (one for one in root if isinstance(one.tag, str) and one.get("id") == decision)
    return next((one.get("name") or "" for one in elements if local(one) == "decision"), "")


def _ids(diagram: bytes, kind: str, attribute: str) -> set[str]:
    try:
        root = parse_safely(diagram)
    except DiagramFault:  # the checks will say what is wrong with it
        return set()
    return {str(one.get(attribute) or "") for one in root.iter(tag(kind))} - {""}


def _texts(element: etree._Element) -> Iterator[tuple[str, str]]:
    for event in children(element, "timerEventDefinition"):
        for kind in TIMES:
            for found in children(event, kind):
                yield "timer", f"{kind}: {text_of(found) or ''}"
    for loop in children(element, "multiInstanceLoopCharacteristics"):
        for found in children(loop, "completionCondition"):
            yield "until", text_of(found) or ""
        yield "sequential", loop.get("isSequential", "false")
    for parameter in element.findall(PARAMETERS):
        yield f"parameter {parameter.get('id')}", str(parameter.get("value") or "")


def _flows(root: etree._Element, defaults: set[str]) -> Iterator[Flow]:
    for one in root.iter(tag("sequenceFlow")):
        condition = next(iter(children(one, "conditionExpression")), None)
        yield Flow(
            id=str(one.get("id") or ""),
            source=str(one.get("sourceRef") or ""),
            target=str(one.get("targetRef") or ""),
            name=one.get("name") or "",
            condition=text_of(condition) or "",
            default=bool(one.get("id")) and one.get("id") in defaults,
        )
