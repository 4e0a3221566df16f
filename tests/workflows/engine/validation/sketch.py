"""Draw small diagrams as text: each part is one element, the shapes are added by themselves."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from workflows.engine.bundle import Bundle

ROOT = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" '
    'xmlns:di="http://www.omg.org/spec/DD/20100524/DI" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:flowable="http://flowable.org/bpmn" '
    'xmlns:activiti="http://activiti.org/bpmn" '
    'xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" '
    'id="definitions" targetNamespace="urn:test">'
)
NODE_TAGS = (
    "userTask|serviceTask|businessRuleTask|callActivity|subProcess|exclusiveGateway|"
    "parallelGateway|inclusiveGateway|eventBasedGateway|startEvent|endEvent|"
    "intermediateCatchEvent|boundaryEvent|task|scriptTask|manualTask|sendTask|receiveTask|"
    "complexGateway|transaction|adHocSubProcess|intermediateThrowEvent"
)
BEGUN, DONE = '<startEvent id="begun"/>', '<endEvent id="finished"/>'
SCHEMA = {
    "type": "object",
    "required": ["verdict"],
    "properties": {
        "verdict": {"type": "string", "enum": ["yes", "no"]},
        "date": {"type": "string", "format": "date"},
    },
}
UI = {"order": ["verdict", "date"], "fields": {"date": {"show_if": 'verdict = "yes"'}}}
TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d"
 namespace="urn:test"><decision id="light" name="light"><decisionTable id="t" hitPolicy="FIRST">
<input id="i1" label="days"><inputExpression id="ie1" typeRef="number"><text>days.left</text>
</inputExpression></input><output id="o1" label="light" name="colour" typeRef="string"/>
<rule id="r1"><inputEntry id="c1"><text>&lt; 0</text></inputEntry>
<outputEntry id="v1"><text>"red"</text></outputEntry></rule>
<rule id="r2"><inputEntry id="c2"><text>-</text></inputEntry>
<outputEntry id="v2"><text>"green"</text></outputEntry></rule>
</decisionTable></decision></definitions>"""


def settings(properties: Mapping[str, str], *more: str) -> str:
    """Write the extension elements of a node."""
    items = "".join(
        f"<spiffworkflow:property name={quoteattr(name)} value={quoteattr(value)}/>"
        for name, value in properties.items()
    )
    group = f"<spiffworkflow:properties>{items}</spiffworkflow:properties>" if items else ""
    inner = group + "".join(more)
    return f"<extensionElements>{inner}</extensionElements>" if inner else ""


def node(kind: str, id: str, *inner: str, attributes: str = "", name: str | None = None) -> str:
    """Write a node; the name is the id unless given."""
    named = quoteattr(id if name is None else name)
    return f'<{kind} id="{id}" name={named} {attributes}>{"".join(inner)}</{kind}>'


def user(id: str, *inner: str, attributes: str = "", **properties: str) -> str:
    """Write a user task that is complete unless a setting is overwritten; "" leaves one out."""
    given = {"formKey": "form", "who": "role(handler)", **properties}
    kept = {name: value for name, value in given.items() if value}
    return node("userTask", id, settings(kept), *inner, attributes=attributes)


def service(id: str, *inner: str, operation: str = "note", more: str = "", **props: str) -> str:
    """Write a service task."""
    operator = f'<spiffworkflow:serviceTaskOperator id="{operation}">{more}'
    closed = operator + "</spiffworkflow:serviceTaskOperator>"
    return node("serviceTask", id, settings(props, closed), *inner)


def rule(id: str, decision: str = "light") -> str:
    """Write a business rule task."""
    called = f"<spiffworkflow:calledDecisionId>{decision}</spiffworkflow:calledDecisionId>"
    return node("businessRuleTask", id, settings({}, called))


def multi(collection: str = "a.people", *inner: str, attributes: str = "") -> str:
    """Write a multi-instance marker."""
    over = f"<loopDataInputRef>{collection}</loopDataInputRef>" if collection else ""
    tag = "multiInstanceLoopCharacteristics"
    return f"<{tag} {attributes}>{over}{''.join(inner)}</{tag}>"


def timer(text: str, kind: str = "timeDate") -> str:
    """Write a timer definition."""
    return f"<timerEventDefinition><{kind}>{text}</{kind}></timerEventDefinition>"


MESSAGE = "<messageEventDefinition/>"


def catch(id: str, definition: str = MESSAGE) -> str:
    """Write a catch event."""
    return node("intermediateCatchEvent", id, definition)


def boundary(
    id: str, host: str, definition: str, *, interrupting: bool = True, **properties: str
) -> str:
    """Write a boundary event; a message gets its form and actor."""
    given: dict[str, str] = {}
    if "message" in definition:
        given = {"formKey": "form", "who": "role(handler)"}
    kept = {name: value for name, value in {**given, **properties}.items() if value}
    flags = f'attachedToRef="{host}" cancelActivity="{str(interrupting).lower()}"'
    return node("boundaryEvent", id, settings(kept), definition, attributes=flags)


def flow(source: str, target: str, condition: str | None = None, id: str | None = None) -> str:
    """Write a sequence flow."""
    inner = "" if condition is None else f"<conditionExpression>{condition}</conditionExpression>"
    name = f"{source}_{target}" if id is None else id
    known = f'id="{name}" ' if name else ""
    ends = f'sourceRef="{source}" targetRef="{target}"'
    return f"<sequenceFlow {known}{ends}>{inner}</sequenceFlow>"


def flows(*chains: str) -> str:
    """Write the flows of chains such as "a b c"."""
    pairs = [
        pair for chain in chains for pair in zip(chain.split(), chain.split()[1:], strict=False)
    ]
    return "".join(flow(source, target) for source, target in pairs)


def line(*nodes: str) -> str:
    """Write a whole process: the nodes in a row between a start and an end."""
    ids = [re.search(r'id="([^"]*)"', part) for part in nodes]
    chain = " ".join(["begun", *(found[1] for found in ids if found), "finished"])
    return BEGUN + "".join(nodes) + DONE + flows(chain)


def sub(id: str, *nodes: str, attributes: str = "", before: str = "") -> str:
    """Write a subprocess with the nodes in a row."""
    begun, done = f"{id}_begun", f"{id}_done"
    ids = [re.search(r'id="([^"]*)"', part) for part in nodes]
    chain = " ".join([begun, *(found[1] for found in ids if found), done])
    inside = f'<startEvent id="{begun}"/>{"".join(nodes)}<endEvent id="{done}"/>{flows(chain)}'
    return node("subProcess", id, before, inside, attributes=attributes)


def shapes(body: str, undrawn: str = "") -> str:
    """Draw a shape for each node."""
    ids = re.findall(rf'<(?:bpmn:)?(?:{NODE_TAGS})\s[^>]*?\bid="([^"]+)"', body)
    drawn = "".join(
        f'<bpmndi:BPMNShape id="{name}_di" bpmnElement="{name}">'
        '<dc:Bounds x="1" y="1" width="100" height="80"/></bpmndi:BPMNShape>'
        for name in dict.fromkeys(ids)
        if name != undrawn
    )
    plane = f'<bpmndi:BPMNPlane id="plane" bpmnElement="demo">{drawn}</bpmndi:BPMNPlane>'
    return f'<bpmndi:BPMNDiagram id="picture">{plane}</bpmndi:BPMNDiagram>'


@dataclass(frozen=True)
class File:
    """What goes around the parts of a process."""

    id: str = "demo"
    attributes: str = 'isExecutable="true"'
    before: str = ""
    after: str = ""
    undrawn: str = ""
    picture: str | None = None


def diagram(body: str, file: File | None = None, **properties: str) -> bytes:
    """Write a file with one process."""
    file = file or File()
    process = f'<process id="{file.id}" name="demo" {file.attributes}>'
    picture = shapes(body, file.undrawn) if file.picture is None else file.picture
    text = f"{ROOT}{file.before}{process}{settings(properties)}{body}</process>"
    return f"{text}{picture}{file.after}</definitions>".encode()


def bundle(xml: bytes | str, **more: Mapping[str, bytes]) -> Bundle:
    """Bundle a diagram with a form `form`, a decision `light` and a document `letter`."""
    data = diagram(xml) if isinstance(xml, str) else xml
    forms = {
        "form.schema.json": json.dumps(SCHEMA).encode(),
        "form.ui.json": json.dumps(UI).encode(),
        **more.get("forms", {}),
    }
    return Bundle(
        process="demo",
        diagrams={"demo": data, **more.get("diagrams", {})},
        decisions={"light": TABLE.encode(), **more.get("decisions", {})},
        forms=forms,
        documents={"letter.docx": b"", **more.get("documents", {})},
    )
