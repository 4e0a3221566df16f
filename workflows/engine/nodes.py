"""What a diagram says about each of its nodes, read from the XML."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from lxml import etree

from workflows.engine.elements import flow_nodes_of, scopes_of
from workflows.engine.errors import DiagramFault
from workflows.engine.xml import NAMESPACES, OPERATOR, children, local, tag, text_of


@dataclass(frozen=True)
class Node:
    """One element of a diagram: a step, a gateway, an event, or the process itself."""

    id: str
    name: str
    kind: str
    process: str
    parent: str | None = None
    lane: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    operation: str | None = None
    decision: str | None = None
    message: str | None = None
    attached_to: str | None = None
    interrupting: bool = False
    collection: str | None = None
    called: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The node as it is stored; what is empty is left out."""
        return {key: value for key, value in asdict(self).items() if value}


def nodes_of(process: str, root: etree._Element) -> dict[str, Node]:
    """All nodes of one diagram by id."""
    lanes = _lanes_of(root)
    messages = {str(m.get("id")): message_name(m) for m in root.iter(tag("message"))}
    found: dict[str, Node] = {}
    for scope in scopes_of(root):
        parent = scope.get("id") if local(scope) == "subProcess" else None
        for element in flow_nodes_of(scope):
            node = _node(element, process=process, parent=parent, lanes=lanes, messages=messages)
            found[node.id] = node
    return found


def process_node(process: str, root: etree._Element) -> Node:
    """The process itself, with its own name and settings."""
    for element in root.iter(tag("process")):
        if element.get("id") == process:
            return Node(
                id=process,
                name=element.get("name") or process,
                kind="process",
                process=process,
                properties=properties_of(element),
            )
    raise DiagramFault(f"The diagram holds no process {process}.", f"流程图中没有流程 {process}。")


def message_name(message: etree._Element) -> str:
    """The name a message is sent by; its id when it has none."""
    return message.get("name") or str(message.get("id"))


def properties_of(element: etree._Element) -> dict[str, str]:
    """The settings of an element."""
    found = element.xpath(
        "./bpmn:extensionElements/spiffworkflow:properties/spiffworkflow:property",
        namespaces=NAMESPACES,
    )
    return {str(p.get("name")): str(p.get("value") or "") for p in _elements(found)}


def _elements(found: object) -> Iterator[etree._Element]:
    if isinstance(found, list):
        yield from (item for item in found if isinstance(item, etree._Element))


def _node(
    element: etree._Element,
    *,
    process: str,
    parent: str | None,
    lanes: Mapping[str, str],
    messages: Mapping[str, str],
) -> Node:
    node_id = str(element.get("id"))
    return Node(
        id=node_id,
        name=element.get("name") or node_id,
        kind=_kind(element),
        process=process,
        parent=parent,
        lane=lanes.get(node_id),
        properties=properties_of(element),
        operation=_operation(element),
        decision=_decision(element),
        message=_message(element, messages),
        attached_to=element.get("attachedToRef"),
        interrupting=_interrupts(element),
        collection=_collection(element),
        called=element.get("calledElement"),
    )


def _kind(element: etree._Element) -> str:
    name = local(element)
    event = "timer" if children(element, "timerEventDefinition") else "message"
    if name == "boundaryEvent":
        return "boundary" + event.capitalize()
    if name == "intermediateCatchEvent":
        return event
    return {"startEvent": "start", "endEvent": "end"}.get(name, name)


def _interrupts(element: etree._Element) -> bool:
    return local(element) == "boundaryEvent" and element.get("cancelActivity", "true") != "false"


def _setting(element: etree._Element, name: str) -> etree._Element | None:
    found = element.xpath(f"./bpmn:extensionElements/spiffworkflow:{name}", namespaces=NAMESPACES)
    return next(_elements(found), None)


def _operation(element: etree._Element) -> str | None:
    if local(element) != "serviceTask":
        return None
    operator = _setting(element, "serviceTaskOperator")
    named = operator.get("id") if operator is not None else None
    return (named or "").removeprefix(OPERATOR) or element.get("id")


def _decision(element: etree._Element) -> str | None:
    if local(element) != "businessRuleTask":
        return None
    return text_of(_setting(element, "calledDecisionId"))


def _message(element: etree._Element, messages: Mapping[str, str]) -> str | None:
    for event in children(element, "messageEventDefinition"):
        reference = event.get("messageRef")
        return messages.get(str(reference)) if reference else element.get("id")
    return None


def _collection(element: etree._Element) -> str | None:
    for loop in children(element, "multiInstanceLoopCharacteristics"):
        return text_of(next(iter(children(loop, "loopDataInputRef")), None))
    return None


def _lanes_of(root: etree._Element) -> dict[str, str]:
    lanes: dict[str, str] = {}
    for lane in root.iter(tag("lane")):
        for reference in children(lane, "flowNodeRef"):
            node = text_of(reference)
            if node:
                lanes[node] = lane.get("name") or str(lane.get("id"))
    return lanes
