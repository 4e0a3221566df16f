"""Elements and attributes that the engine does not execute."""

from lxml import etree

from workflows.engine.validation.faults import Report
from workflows.engine.validation.foreign import is_foreign_space
from workflows.engine.validation.model import Diagram, Step, local
from workflows.engine.validation.vocabulary import (
    EVENT_DEFINITIONS,
    FLOW_NODES,
    HARMLESS,
    KNOWN_NAMESPACES,
    SPIFF,
    UNSUPPORTED_NODES,
    bpmn,
)

RULES = {
    "unsupported-element": (
        "引擎不执行这种元素。",
        "The engine does not execute this element.",
    ),
    "untyped-task": (
        "任务没有类型，请选择用户任务、服务任务或规则任务。",
        "The task has no type; choose user, service or business rule task.",
    ),
    "script-not-allowed": (
        "流程图中不得有脚本，请改用服务任务。",
        "A diagram holds no scripts; use a service task.",
    ),
    "event-subprocess": (
        "不支持事件子流程。",
        "Event subprocesses are not supported.",
    ),
    "data-store": ("不支持数据存储。", "Data stores are not supported."),
    "unsupported-event": (
        "这里不支持这种事件，引擎会当作无事件处理。",
        "This event does nothing in this place: the engine would treat it as none.",
    ),
    "event-without-definition": (
        "事件没有说明等待什么。",
        "The event does not say what it waits for.",
    ),
    "several-event-definitions": (
        "一个事件只能等待一件事。",
        "An event waits for one thing only.",
    ),
    "unsupported-attribute": (
        "引擎会忽略这个属性。",
        "The engine would ignore this attribute.",
    ),
    "unknown-setting": (
        "扩展元素引擎不认识，会被忽略。",
        "The engine does not know this extension element and would ignore it.",
    ),
    "unknown-message": (
        "消息事件引用的消息没有定义或没有名称。",
        "The message event refers to a message that is not defined or has no name.",
    ),
    "unknown-data-object": (
        "数据对象引用没有指向任何数据对象。",
        "The data object reference points to no data object.",
    ),
    "hidden-text": (
        "表达式中夹有其他元素，引擎只会读到前面一部分。",
        "The expression is broken by another element; the engine would read only the part "
        "before it.",
    ),
}

SCRIPTS = frozenset({"preScript", "postScript", "unitTests"})
SETTINGS = frozenset(
    {
        "properties",
        "property",
        "serviceTaskOperator",
        "parameters",
        "parameter",
        "calledDecisionId",
    }
)
# attribute -> the only value with which it means nothing
DEAD_ATTRIBUTES = {
    "startQuantity": "1",
    "completionQuantity": "1",
    "behavior": "All",
    "noneBehaviorEventRef": "",
    "oneBehaviorEventRef": "",
    "isForCompensation": "false",
    "parallelMultiple": "false",
    "instantiate": "false",
    "eventGatewayType": "Exclusive",
    "triggeredByEvent": "false",
}
READ_AS_TEXT = (
    "conditionExpression",
    "timeDate",
    "timeDuration",
    "timeCycle",
    "completionCondition",
    "loopDataInputRef",
)


def check_elements(diagram: Diagram, report: Report) -> None:
    """Name every element that would be dropped or misread."""
    for xml in diagram.root.iter("*"):
        _check_element(diagram.file, xml, report)
        _check_attributes(diagram.file, xml, report)
    for step in diagram.steps.values():
        _check_event(diagram.file, step, report)
    _check_messages(diagram, report)
    _check_data_objects(diagram, report)
    _check_texts(diagram, report)


def _check_element(file: str, xml: etree._Element, report: Report) -> None:
    space, name = etree.QName(xml).namespace, etree.QName(xml).localname
    if space == SPIFF and name not in SETTINGS:
        rule = "script-not-allowed" if name in SCRIPTS else "unknown-setting"
        report.add(file, rule, xml, detail=name)
    elif space not in KNOWN_NAMESPACES and not is_foreign_space(str(xml.tag)):
        report.add(file, "unknown-setting", xml, detail=str(xml.tag))
    elif (unfit := _rule_for(local(xml))) is not None:
        report.add(file, unfit, xml, detail=local(xml))


def _rule_for(name: str) -> str | None:
    """Return the rule that a BPMN element breaks by being there."""
    if not name or name in HARMLESS | FLOW_NODES:
        return None
    named = {"task": "untyped-task", "scriptTask": "script-not-allowed"}
    if name.startswith("dataStore"):
        return "data-store"
    if name == "script":
        return "script-not-allowed"
    if name.endswith("EventDefinition") or name == "eventDefinitionRef":
        return None  # judged together with the event that it belongs to
    if name in UNSUPPORTED_NODES:
        return named.get(name, "unsupported-element")
    return "unsupported-element"


def _check_attributes(file: str, xml: etree._Element, report: Report) -> None:
    if not local(xml):
        return
    for attribute, harmless in DEAD_ATTRIBUTES.items():
        value = xml.get(attribute, harmless)
        if value == harmless:
            continue
        rule = "event-subprocess" if attribute == "triggeredByEvent" else "unsupported-attribute"
        report.add(file, rule, xml, detail=f"{attribute}={value}")
    scripts = xml.get(f"{{{SPIFF}}}scriptsOnInstances")
    if scripts is not None:
        report.add(file, "script-not-allowed", xml, detail="scriptsOnInstances")
    language = xml.get("expressionLanguage") or xml.get("language")
    if language and "feel" not in language.lower():
        report.add(file, "unsupported-attribute", xml, detail=f"language={language}")


def _check_event(file: str, step: Step, report: Report) -> None:
    allowed = EVENT_DEFINITIONS.get(step.kind)
    if allowed is None:
        return
    for name in step.definitions:
        if name not in allowed:
            report.add(file, "unsupported-event", step.xml, detail=name)
    if len(step.definitions) > 1:
        report.add(file, "several-event-definitions", step.xml)
    if not step.definitions and step.kind in {"intermediateCatchEvent", "boundaryEvent"}:
        report.add(file, "event-without-definition", step.xml)


def _check_messages(diagram: Diagram, report: Report) -> None:
    named = {
        xml.get("id")
        for xml in diagram.root.iterchildren(bpmn("message"))
        if xml.get("name", "").strip()
    }
    for event in diagram.process.iter(bpmn("messageEventDefinition")):
        # Without a reference the message goes by the id of its event.
        if event.get("messageRef") is not None and event.get("messageRef") not in named:
            report.add(diagram.file, "unknown-message", event.getparent())


def _check_data_objects(diagram: Diagram, report: Report) -> None:
    objects = {xml.get("id") for xml in diagram.process.iter(bpmn("dataObject"))}
    references = {}
    for xml in diagram.process.iter(bpmn("dataObjectReference")):
        references[xml.get("id")] = xml
        if xml.get("dataObjectRef") not in objects:
            report.add(diagram.file, "unknown-data-object", xml)
    for kind, end in (
        ("dataInputAssociation", "sourceRef"),
        ("dataOutputAssociation", "targetRef"),
    ):
        for xml in diagram.process.iter(bpmn(kind)):
            ends = {(item.text or "").strip() for item in xml.iterchildren(bpmn(end))}
            if not ends <= set(references):
                report.add(diagram.file, "unknown-data-object", xml.getparent())


def _check_texts(diagram: Diagram, report: Report) -> None:
    """Children hide what stands after them."""
    for xml in diagram.process.iter(*map(bpmn, READ_AS_TEXT)):
        if len(xml):
            report.add(diagram.file, "hidden-text", xml)
