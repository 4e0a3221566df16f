"""Examples of the rules on files, ids, elements and the picture."""

from tests.workflows.engine.validation.case import Case
from tests.workflows.engine.validation.sketch import (
    BEGUN,
    DONE,
    MESSAGE,
    ROOT,
    File,
    boundary,
    catch,
    diagram,
    flow,
    flows,
    line,
    node,
    service,
    sub,
    timer,
    user,
)

GOOD = diagram(line(user("a")))
OTHER = '<process id="other" isExecutable="true"/>'
DEEP = "<x:a>" * 70 + "</x:a>" * 70


def changed(old: str, new: str, good: bytes = GOOD) -> bytes:
    """Replace a part of the plainest diagram."""
    assert old.encode() in good
    return good.replace(old.encode(), new.encode())


def nested(levels: int) -> str:
    inner = user("a")
    for level in range(levels):
        inner = sub(f"s{level}", inner)
    return line(inner)


def many(count: int) -> str:
    return line(*(service(f"s{number}") for number in range(count)))


FILES = [
    Case("file-too-big", None, GOOD + b" " * 2_000_001, GOOD + b" " * 100),
    Case("not-xml", None, GOOD[:-5], GOOD),
    Case("not-xml", None, b"", GOOD),
    Case("xml-doctype", None, b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + GOOD, GOOD),
    Case("xml-encoding", None, b'<?xml version="1.0" encoding="GBK"?>' + GOOD, GOOD),
    Case("xml-encoding", None, GOOD.replace(b"demo", b"\xb6\xbd"), GOOD),
    Case("xml-too-many-elements", None, changed("<process", "<text/>" * 20_001 + "<process"), GOOD),
    Case(
        "xml-too-deep",
        None,
        diagram(line(user("a")), File(before=DEEP.replace("x:a", "text"))),
        GOOD,
    ),
    Case("xml-text-too-long", None, changed("urn:test", "u" * 20_001), GOOD),
    Case("xml-text-too-long", None, changed("<process", "t" * 20_001 + "<process"), GOOD),
]
PROCESS = [
    Case("not-bpmn", None, b"<html/>", GOOD),
    Case("no-process", None, f"{ROOT}</definitions>".encode(), GOOD),
    Case("several-processes", "other", diagram(line(user("a")), File(after=OTHER)), GOOD),
    Case(
        "process-not-executable",
        "demo",
        diagram(line(user("a")), File(attributes='isExecutable="false"')),
        GOOD,
    ),
    Case(
        "process-id-mismatch",
        "misnamed",
        diagram(line(user("a")), File(id="misnamed")),
        GOOD,
        frozenset({"shape-of-nothing"}),
    ),
    Case(
        "missing-id",
        "demo",
        diagram(line(user("a")) + "<exclusiveGateway/>"),
        GOOD,
    ),
    Case("id-not-plain", "a-b", line(user("a-b")), line(user("a_b"))),
    Case("id-not-plain", "1a", line(user("1a")), line(user("立项"))),
    *(
        Case("reserved-id", name, line(service(name)), line(service(f"{name.strip('.')}_x")))
        for name in ("Start", "End", "Root", "StartEventSplit", "due", "rule", "votes", "null")
    ),
    Case("reserved-id", "a.BoundaryEventSplit", line(service("a.BoundaryEventSplit")), GOOD),
    Case("reserved-id", "demo.EndJoin", line(service("demo.EndJoin")), GOOD),
    Case(
        "duplicate-id",
        "begun_a",
        line(user("a")).replace('id="a_finished"', 'id="begun_a"'),
        GOOD,
    ),
    Case("too-many-nodes", "demo", many(299), many(298)),
    Case("nested-too-deeply", "demo", nested(6), nested(5)),
    Case("name-missing", "a", line(user("a")).replace('name="a"', 'name=" "'), GOOD),
    *(
        Case("name-with-markup", "a", line(user("a").replace('name="a"', f'name="{bad}"')), GOOD)
        for bad in ("&lt;b&gt;", "{{ x }}", "${x}", "javascript:x", "&amp;lt;script", "{% x %}")
    ),
    Case("no-start", "demo", user("a") + DONE + flow("a", "finished"), GOOD),
    Case(
        "several-starts",
        "again",
        line(user("a")) + '<startEvent id="again"/>' + flow("again", "a"),
        GOOD,
    ),
    Case(
        "no-end",
        "demo",
        BEGUN + user("a") + service("b") + flows("begun a b a"),
        line(user("a")),
    ),
]
UNSUPPORTED = [
    "manualTask",
    "sendTask",
    "receiveTask",
    "complexGateway",
    "transaction",
    "adHocSubProcess",
    "intermediateThrowEvent",
]
# By the element's place: in the process, or in the file beside it.
INSIDE = [
    "<ioSpecification/>",
    "<property/>",
    "<auditing/>",
    "<resourceRole/>",
    "<performer/>",
    "<humanPerformer/>",
    "<potentialOwner/>",
    "<anything/>",
]
BESIDE = ["signal", "error", "escalation", "correlationProperty", "choreography", "import"]


def event(kind: str, definition: str, id: str = "e") -> str:
    """Put an event of a kind into a process that is whole otherwise."""
    inner = f"<{definition}/>"
    if kind == "startEvent":
        return line(user("a")).replace(BEGUN, f'<startEvent id="begun">{inner}</startEvent>')
    if kind == "endEvent":
        return line(user("a")).replace(DONE, f'<endEvent id="finished">{inner}</endEvent>')
    if kind == "boundaryEvent":
        return line(user("a")) + boundary(id, "a", inner) + flow(id, "finished")
    return line(node(kind, id, inner))


DEFINITIONS = [
    "signal",
    "error",
    "escalation",
    "compensate",
    "link",
    "conditional",
    "cancel",
    "message",
    "timer",
    "terminate",
]
ALLOWED = {
    "endEvent": {"terminate"},
    "boundaryEvent": {"message", "timer"},
    "intermediateCatchEvent": {"message", "timer"},
    "startEvent": set[str](),
}
PLACES = {"startEvent": "begun", "endEvent": "finished"}
ELEMENTS = [
    *(
        Case(
            "unsupported-element",
            "x",
            line(node(kind, "x")),
            GOOD,
            frozenset({"no-start", "no-end"}),
        )
        for kind in UNSUPPORTED
    ),
    *(Case("unsupported-element", "a", line(user("a", inner)), GOOD) for inner in INSIDE),
    *(
        Case(
            "unsupported-element",
            "x",
            diagram(line(user("a")), File(before=f'<{beside} id="x"/>')),
            GOOD,
        )
        for beside in BESIDE
    ),
    Case("untyped-task", "x", line(node("task", "x")), line(user("x"))),
    Case(
        "script-not-allowed",
        "x",
        line(node("scriptTask", "x", "<script>__import__('os').system('id')</script>")),
        line(service("x")),
    ),
    *(
        Case(
            "script-not-allowed",
            "x",
            line(service("x").replace("</extensionElements>", f"{script}</extensionElements>")),
            line(service("x")),
        )
        for script in (
            "<spiffworkflow:preScript>x = 1</spiffworkflow:preScript>",
            "<spiffworkflow:postScript>x = 1</spiffworkflow:postScript>",
        )
    ),
    Case(
        "script-not-allowed",
        "x",
        line(
            user("b"),
            user(
                "x",
                '<multiInstanceLoopCharacteristics spiffworkflow:scriptsOnInstances="true">'
                "<loopDataInputRef>b.people</loopDataInputRef></multiInstanceLoopCharacteristics>",
                formKey="many",
            ),
        ),
        GOOD,
        frozenset({"expression-unknown-field", "form-missing"}),
    ),
    Case(
        "event-subprocess",
        "s",
        line(sub("s", user("a"), attributes='triggeredByEvent="true"')),
        GOOD,
    ),
    Case("data-store", "d", line(user("a")) + '<dataStoreReference id="d"/>', GOOD),
    Case("data-store", "d", diagram(line(user("a")), File(before='<dataStore id="d"/>')), GOOD),
    *(
        Case(
            "unsupported-event",
            PLACES.get(kind, "e"),
            event(kind, f"{name}EventDefinition"),
            GOOD,
            frozenset({"timer-missing", "event-without-definition"}),
        )
        for kind, allowed in ALLOWED.items()
        for name in DEFINITIONS
        if name not in allowed
    ),
    Case("unsupported-event", "e", event("intermediateCatchEvent", "eventDefinitionRef"), GOOD),
    Case("event-without-definition", "e", line(catch("e", "")), line(catch("e"))),
    Case(
        "event-without-definition",
        "e",
        line(user("a")) + boundary("e", "a", "") + flow("e", "finished"),
        line(user("a")) + boundary("e", "a", timer("due.a")) + flow("e", "finished"),
    ),
    Case(
        "several-event-definitions",
        "e",
        line(catch("e", MESSAGE + timer("due.a"))),
        line(catch("e", MESSAGE)),
    ),
    *(
        Case("unsupported-attribute", "a", line(user("a", attributes=attribute)), GOOD)
        for attribute in (
            'startQuantity="2"',
            'completionQuantity="2"',
            'isForCompensation="true"',
        )
    ),
    Case(
        "unsupported-attribute",
        "begun_a",
        line(user("a")).replace('id="begun_a"', 'id="begun_a" expressionLanguage="python"'),
        GOOD,
    ),
    Case(
        "unknown-setting",
        "a",
        line(
            user("a").replace(
                "<spiffworkflow:properties>",
                "<spiffworkflow:messagePayload/><spiffworkflow:properties>",
            )
        ),
        GOOD,
    ),
    Case(
        "unknown-message",
        "e",
        line(catch("e", '<messageEventDefinition messageRef="lost"/>')),
        diagram(
            line(catch("e", '<messageEventDefinition messageRef="m"/>')),
            File(before='<message id="m" name="revoked"/>'),
        ),
    ),
    Case(
        "unknown-data-object",
        "ref",
        line(user("a")) + '<dataObjectReference id="ref" dataObjectRef="lost"/>',
        line(user("a")) + '<dataObject id="o"/><dataObjectReference id="ref" dataObjectRef="o"/>',
    ),
    Case(
        "unknown-data-object",
        "a",
        line(
            sub(
                "s",
                user(
                    "a", "<dataInputAssociation><sourceRef>lost</sourceRef></dataInputAssociation>"
                ),
            )
        ),
        GOOD,
    ),
    Case(
        "hidden-text",
        "e",
        line(catch("e", timer("due.<text/>a"))),
        line(catch("e", timer("due.<!-- yes -->a"))),
        frozenset({"expression-unreadable"}),
    ),
]
SHAPE = (
    '<bpmndi:BPMNShape id="di" bpmnElement="{0}">'
    '<dc:Bounds x="{1}" y="1" width="1" height="1"/></bpmndi:BPMNShape>'
)
PICTURE = [
    Case("shape-missing", "a", diagram(line(user("a")), File(undrawn="a")), GOOD),
    Case(
        "shape-of-nothing",
        "di",
        diagram(line(user("a")), File(after=SHAPE.format("lost", "1"))),
        GOOD,
    ),
    *(
        Case(
            "shape-bounds",
            "a_di",
            changed('bpmnElement="a"><dc:Bounds x="1"', f'bpmnElement="a"><dc:Bounds x="{x}"'),
            GOOD,
        )
        for x in ("nan", "1e300", "left", "inf")
    ),
]
FOREIGN = [
    *(
        Case("foreign-extension", "a", line(user("a", attributes=attribute)), GOOD)
        for attribute in (
            'camunda:assignee="x"',
            'flowable:candidateGroups="x"',
            'activiti:formKey="x"',
        )
    ),
    Case(
        "foreign-extension",
        "a",
        line(
            user("a").replace(
                "</extensionElements>", "<zeebe:taskDefinition type='x'/></extensionElements>"
            )
        ),
        GOOD,
    ),
    *(
        Case("foreign-expression", "e", line(catch("e", timer(text))), GOOD)
        for text in ("${due}", "#{due}", "due == 1", "'2026'", "a.get(1)", "x if None else y")
    ),
]
CASES = [*FILES, *PROCESS, *ELEMENTS, *PICTURE, *FOREIGN]
