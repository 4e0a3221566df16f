"""Which BPMN elements the engine executes; everything else is refused, never ignored.

This is the last door before the engine. The full checks with all their explanations run at
publishing; this one only makes sure that nothing SpiffWorkflow would drop or misread gets in.
"""

from collections.abc import Iterator

from lxml import etree

from workflows.engine.errors import DiagramFault
from workflows.engine.xml import BPMN, SPIFF, children, local, tag

# flow node -> the event definitions it may carry
SUPPORTED: dict[str, frozenset[str]] = {
    "userTask": frozenset(),
    "serviceTask": frozenset(),
    "businessRuleTask": frozenset(),
    "callActivity": frozenset(),
    "subProcess": frozenset(),
    "exclusiveGateway": frozenset(),
    "parallelGateway": frozenset(),
    "inclusiveGateway": frozenset(),
    "eventBasedGateway": frozenset(),
    "startEvent": frozenset(),
    "endEvent": frozenset({"terminateEventDefinition"}),
    "intermediateCatchEvent": frozenset({"timerEventDefinition", "messageEventDefinition"}),
    "boundaryEvent": frozenset({"timerEventDefinition", "messageEventDefinition"}),
}
NEEDS_EVENT = frozenset({"intermediateCatchEvent", "boundaryEvent"})
# What a scope may hold beside its flow nodes, without meaning for the run.
BESIDE = frozenset(
    {
        "sequenceFlow",
        "laneSet",
        "documentation",
        "extensionElements",
        "textAnnotation",
        "association",
        "group",
        "dataObject",
        "dataObjectReference",
        "incoming",
        "outgoing",
        "multiInstanceLoopCharacteristics",
    }
)
# Our settings; any other extension of SpiffWorkflow would run scripts or write data.
EXTENSIONS = frozenset({"properties", "calledDecisionId", "serviceTaskOperator"})
RESERVED_IDS = frozenset({"Start", "End", "Root", "item", "days", "due", "rule"})


def scopes_of(root: etree._Element) -> Iterator[etree._Element]:
    """The processes and embedded subprocesses of a diagram, outer ones first."""
    yield from root.iter(tag("process"), tag("subProcess"))


def flow_nodes_of(scope: etree._Element) -> Iterator[etree._Element]:
    """The flow nodes that stand directly in a scope."""
    for element in scope:
        if etree.QName(element).namespace == BPMN and local(element) in SUPPORTED:
            yield element


def refuse_unsupported(root: etree._Element) -> None:
    """Raise a DiagramFault at the first thing the engine would not execute as drawn."""
    for scope in scopes_of(root):
        for element in scope:
            _check_kind(element)
    for scope in scopes_of(root):
        for node in flow_nodes_of(scope):
            _check_node(node)
    _check_ids(root)
    _check_flows(root)


def _refuse(element: etree._Element, en: str, zh: str) -> None:
    raise DiagramFault(en, zh, node=str(element.get("id") or local(element)))


def _check_kind(element: etree._Element) -> None:
    if etree.QName(element).namespace != BPMN:
        return
    name = local(element)
    if name not in SUPPORTED and name not in BESIDE:
        _refuse(element, f"{name} is not supported.", f"不支持 {name} 元素。")


def _check_node(node: etree._Element) -> None:
    _check_events(node)
    _check_loop(node)
    _check_extensions(node)
    if node.get("triggeredByEvent") == "true":
        _refuse(node, "Event subprocesses are not supported.", "不支持事件子流程。")
    for attribute in ("startQuantity", "completionQuantity"):
        if node.get(attribute, "1") != "1":
            _refuse(node, f"{attribute} is not supported.", f"不支持 {attribute}。")


def _check_events(node: etree._Element) -> None:
    name = local(node)
    events = [local(x) for x in node if local(x).endswith(("EventDefinition", "DefinitionRef"))]
    unknown = [event for event in events if event not in SUPPORTED[name]]
    if unknown:
        _refuse(node, f"{unknown[0]} is not supported here.", f"此处不支持 {unknown[0]}。")
    if len(events) > 1 or (name in NEEDS_EVENT and not events):
        _refuse(node, "Exactly one event is needed here.", "此处需要且只能有一个事件定义。")


def _check_loop(node: etree._Element) -> None:
    if children(node, "standardLoopCharacteristics"):
        _refuse(node, "Standard loops are not supported.", "不支持标准循环。")
    for loop in children(node, "multiInstanceLoopCharacteristics"):
        if not children(loop, "loopDataInputRef"):
            _refuse(node, "A collection (loopDataInputRef) is needed.", "多实例须指定集合。")
        if children(loop, "loopCardinality") or children(loop, "complexBehaviorDefinition"):
            _refuse(node, "Only a collection is supported.", "多实例只支持集合。")


def _check_extensions(node: etree._Element) -> None:
    for extension in children(node, "extensionElements"):
        for setting in extension.iter(etree.Element):
            name = etree.QName(setting)
            if setting.getparent() is not extension or name.namespace != SPIFF:
                continue
            if name.localname not in EXTENSIONS:
                _refuse(
                    node,
                    f"The setting {name.localname} is not supported.",
                    f"不支持设置 {name.localname}。",
                )


def _check_ids(root: etree._Element) -> None:
    seen: set[str] = set()
    for scope in scopes_of(root):
        for node in flow_nodes_of(scope):
            name = node.get("id")
            if not name or name in RESERVED_IDS:
                _refuse(node, "The id is missing or reserved.", "编号缺失或为保留字。")
            if name in seen:
                _refuse(node, "The id is used twice.", "编号重复。")
            seen.add(str(name))


def _check_flows(root: etree._Element) -> None:
    for scope in scopes_of(root):
        here = {str(node.get("id")): node for node in flow_nodes_of(scope)}
        sources = set()
        for flow in children(scope, "sequenceFlow"):
            sources.add(flow.get("sourceRef"))
            if flow.get("sourceRef") not in here or flow.get("targetRef") not in here:
                _refuse(flow, "The flow leads from or to nowhere.", "连线缺少起点或终点。")
        for name, node in here.items():
            _check_ways(node, name in sources, set(here))


def _check_ways(node: etree._Element, leads_on: bool, here: set[str]) -> None:
    if not leads_on and local(node) != "endEvent":
        _refuse(node, "Nothing follows here and it is no end.", "该节点没有后续且不是结束事件。")
    if local(node) == "boundaryEvent" and node.get("attachedToRef") not in here:
        _refuse(node, "The boundary event is attached to nothing.", "边界事件未附着于任何节点。")
