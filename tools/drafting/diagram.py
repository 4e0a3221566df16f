"""The BPMN file of a page: its elements, and where its shapes stand."""

from collections.abc import Iterable

from lxml import etree

from tools.drafting.book import Flow, Page, Step
from tools.drafting.places import Places
from tools.geometry import Box
from tools.layout import BPMN, BPMNDI, DC, DI

SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
NSMAP = {"bpmn": BPMN, "bpmndi": BPMNDI, "dc": DC, "di": DI, "spiffworkflow": SPIFF, "xsi": XSI}
TAGS = {
    "start": "startEvent", "end": "endEvent", "kill": "endEvent", "user": "userTask",
    "op": "serviceTask", "rule": "businessRuleTask", "timer": "intermediateCatchEvent",
    "message": "intermediateCatchEvent", "gw": "exclusiveGateway", "event": "eventBasedGateway",
    "and": "parallelGateway", "or": "inclusiveGateway", "sub": "subProcess",
    "call": "callActivity", "on": "boundaryEvent",
}  # fmt: skip
# What a page says that becomes an element of its own, not a property.
INNER = frozenset({"decision", "when", "message", "stop", "over", "calls", "operation"})


def written(page: Page) -> bytes:
    """The file, without the lines of its flows: tools.layout draws those."""
    root = etree.Element(f"{{{BPMN}}}definitions", nsmap=NSMAP)
    root.set("id", f"{page.id}_definitions")
    root.set("targetNamespace", "urn:tongze:processes")
    root.set("exporter", "Tongze")
    _pool(root, page)
    for step in page.steps:
        if "message" in step.more:
            name = step.more["message"]
            _add(root, "message", id=f"{name}_message", name=name)
    process = _add(root, "process", id=page.id, name=page.zh, isExecutable="true")
    _properties(process, {"nameEn": page.en, **page.settings})
    _lanes(process, page)
    _scope(process, page, None)
    _shapes(root, page)
    etree.indent(root, "  ")
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _add(parent: etree._Element, tag: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{BPMN}}}{tag}", attributes)


def _spiff(parent: etree._Element, tag: str, /, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{SPIFF}}}{tag}", attributes)


def _properties(element: etree._Element, said: dict[str, str]) -> None:
    extensions = element.find(f"{{{BPMN}}}extensionElements")
    if extensions is None:
        extensions = _add(element, "extensionElements")
    holder = _spiff(extensions, "properties")
    for name, value in said.items():
        _spiff(holder, "property", name=name, value=value)


def _pool(root: etree._Element, page: Page) -> None:
    collaboration = _add(root, "collaboration", id=f"{page.id}_collaboration")
    pool = _add(
        collaboration, "participant", id=f"{page.id}_pool", name=page.zh, processRef=page.id
    )
    _properties(pool, {"nameEn": page.en})


def _lanes(process: etree._Element, page: Page) -> None:
    lanes = _add(process, "laneSet", id=f"{page.id}_lanes")
    for each in page.lanes:
        lane = _add(lanes, "lane", id=f"{page.id}_{each.id}", name=each.zh)
        _properties(lane, {"nameEn": each.en})
        for step in page.steps:
            if step.parent is None and _lane_of(page, step) == each.id:
                _add(lane, "flowNodeRef").text = step.id


def _lane_of(page: Page, step: Step) -> str:
    return _lane_of(page, page.step(step.lane)) if step.kind == "on" else step.lane


def _scope(parent: etree._Element, page: Page, scope: str | None) -> None:
    inside = [step for step in page.steps if step.parent == scope]
    for step in inside:
        _node(parent, page, step)
    ids = {step.id for step in inside}
    for flow in page.flows:
        if flow.source in ids:
            _sequence(parent, flow)


def _node(parent: etree._Element, page: Page, step: Step) -> None:
    element = _add(parent, TAGS[step.kind], id=step.id, name=step.zh)
    extensions = _add(element, "extensionElements")
    if step.kind == "op":
        _spiff(extensions, "serviceTaskOperator", id=step.more.get("operation", step.id))
    if step.kind == "rule":
        _spiff(extensions, "calledDecisionId").text = step.more["decision"]
    said = {name: value for name, value in step.more.items() if name not in INNER}
    form = {"formKey": step.id} if step.kind == "user" else {}
    _properties(element, {"nameEn": step.en, **form, **said})
    for flow in page.flows:
        if flow.target == step.id:
            _add(element, "incoming").text = ident(flow)
    for flow in page.flows:
        if flow.source == step.id:
            _add(element, "outgoing").text = ident(flow)
            if flow.default and step.kind == "gw":
                element.set("default", ident(flow))
    _inner(element, page, step)


def _inner(element: etree._Element, page: Page, step: Step) -> None:
    if step.kind == "on":
        element.set("attachedToRef", step.lane)
        element.set("cancelActivity", "true" if step.more.get("stop") == "yes" else "false")
    if step.kind == "call":
        element.set("calledElement", step.more["calls"])
    if "over" in step.more:
        loop = _add(element, "multiInstanceLoopCharacteristics")
        _add(loop, "loopDataInputRef").text = step.more["over"]
        _add(loop, "inputDataItem", id=f"{step.id}_item", name="item")
    if "when" in step.more:
        timer = _add(element, "timerEventDefinition", id=f"{step.id}_when")
        _formal(_add(timer, "timeDate"), step.more["when"])
    if "message" in step.more:
        message = f"{step.more['message']}_message"
        _add(element, "messageEventDefinition", id=f"{step.id}_received", messageRef=message)
    if step.kind == "kill":
        _add(element, "terminateEventDefinition", id=f"{step.id}_terminates")
    if step.kind == "sub":
        _scope(element, page, step.id)


def _formal(element: etree._Element, text: str) -> None:
    element.set(f"{{{XSI}}}type", "bpmn:tFormalExpression")
    element.text = text


def ident(flow: Flow) -> str:
    """A flow is named by its ends."""
    return f"{flow.source}_to_{flow.target}"


def _sequence(parent: etree._Element, flow: Flow) -> None:
    ends = {"sourceRef": flow.source, "targetRef": flow.target}
    element = _add(parent, "sequenceFlow", id=ident(flow), **ends)
    if flow.zh:
        element.set("name", flow.zh)
        _properties(element, {"nameEn": flow.en})
    if flow.condition:
        _formal(_add(element, "conditionExpression"), flow.condition)


def _shapes(root: etree._Element, page: Page) -> None:
    diagram = etree.SubElement(root, f"{{{BPMNDI}}}BPMNDiagram", id=f"{page.id}_diagram")
    plane = etree.SubElement(
        diagram,
        f"{{{BPMNDI}}}BPMNPlane",
        id=f"{page.id}_plane",
        bpmnElement=f"{page.id}_collaboration",
    )
    places = Places(page)
    _shape(plane, f"{page.id}_pool", places.pool, isHorizontal="true")
    for lane in page.lanes:
        _shape(plane, f"{page.id}_{lane.id}", places.lanes[lane.id], isHorizontal="true")
    for step in _hosts_first(page.steps):
        _shape(plane, step.id, places.boxes[step.id], **MARKS.get(step.kind, {}))


MARKS = {"sub": {"isExpanded": "true"}, "gw": {"isMarkerVisible": "true"}}


def _hosts_first(steps: Iterable[Step]) -> list[Step]:
    return sorted(steps, key=lambda step: step.kind == "on")


def _shape(plane: etree._Element, element: str, box: Box, **marks: str) -> None:
    said = {"id": f"{element}_shape", "bpmnElement": element, **marks}
    shape = etree.SubElement(plane, f"{{{BPMNDI}}}BPMNShape", said)
    etree.SubElement(
        shape,
        f"{{{DC}}}Bounds",
        x=str(box.x),
        y=str(box.y),
        width=str(box.width),
        height=str(box.height),
    )
