"""What stays in the file unconverted: told one by one, and taken out when a person says so."""

from collections.abc import Iterator

from lxml import etree

from workflows.engine.validation.model import local, text_of
from workflows.engine.validation.vocabulary import (
    BPMN,
    EVENT_DEFINITIONS,
    FLOW_NODES,
    HARMLESS,
)
from workflows.foreign.dialects import MODELER, PREFIXES, is_foreign, remove
from workflows.foreign.notes import Notes, owner_of
from workflows.foreign.rules import OPEN

_SAID = {
    "listener": "executionListener executionListeners taskListener taskListeners eventListener",
    "operation": "class delegateExpression expression type topic taskDefinition taskHeaders field "
    "resultVariable resultVariableName storeResultVariableAsTransient errorEventDefinition",
    "script": "script scriptFormat resource",
    "connector": "connector connectorId",
    "mapping": "inputOutput ioMapping in out inputParameter outputParameter variable variables "
    "outputCollection outputElement mapDecisionResult variableMappingClass "
    "variableMappingDelegateExpression variableAggregation inheritVariables",
    "form-fields": "formData formProperty formField userTaskForm formHandlerClass "
    "formFieldValidation",
    "form-key": "formKey formRef formId formDefinition formRefBinding formRefVersion",
    "fields-access": "fieldsPermission",
    "who": "assignee candidateUsers candidateGroups candidateStrategy candidateParam "
    "assignmentDefinition userType dataType groupType owner text expId",
    "due-open": "dueDate businessCalendarName taskSchedule",
    "priority": "priority priorityDefinition category followUpDate",
    "technical": "asyncBefore asyncAfter async asyncLeave asynchronous exclusive jobPriority "
    "taskPriority retries failedJobRetryTimeCycle historyTimeToLive versionTag "
    "isStartableInTasklist executionPlatform executionPlatformVersion userTask diagramRelationId "
    "modelerTemplate modelerTemplateVersion modelerTemplateIcon initiator eager isEagerExecution "
    "triggerable useLocalScopeForResultVariable",
    "starters": "candidateStarterUsers candidateStarterGroups potentialStarter",
    "skip": "skipExpression",
    "repeat-open": "collection elementVariable loopCharacteristics elementIndexVariable",
    "correlation": "subscription correlationKey",
    "call-version": "calledElementBinding calledElementVersion calledElementVersionTag "
    "calledElementTenantId calledElement calledElementType sameDeployment businessKey "
    "decisionRefBinding decisionRefVersion calledDecision bindingType",
    "decision-open": "decisionRef decisionTableReferenceKey ruleVariablesInput rules",
    "approval-settings": "approveMethod approveRatio approveType rejectHandlerType "
    "rejectReturnTaskId assignStartUserHandlerType assignEmptyHandlerType assignEmptyUserIds "
    "buttonsSetting signEnable reasonRequire taskExtendJson taskCountersignExtendJson "
    "countersignRule extendJson approvalMethod nodeType canRevoke allowSigning",
    "property": "properties property",
}
KIND_OF = {name: kind for kind, names in _SAID.items() for name in names.split()}
# What the converter calls it, and what its leftovers are called.
SAME = {"mail": "operation", "votes-open": "repeat-open"}
# Groups of Camunda 8: the setting that they are there for, what is said of one that still has it,
# and of one that has only the others.
GROUPS = {
    "loopCharacteristics": ("inputCollection", "repeat-open", "mapping"),
    "taskSchedule": ("dueDate", "due-open", "priority"),
    "calledElement": ("processId", "called-open", "mapping"),
    "calledDecision": ("decisionId", "decision-open", "mapping"),
}

NODES = {
    "task": "task-kind",
    "manualTask": "task-kind",
    "scriptTask": "script",
    "sendTask": "mail",
    "receiveTask": "waits",
    "intermediateThrowEvent": "passes",
}

SHOWN = {**PREFIXES, MODELER: "modeler"}
KINDS = {"complexGateway", "transaction", "adHocSubProcess"}


def tell(root: etree._Element, main: etree._Element, notes: Notes) -> None:
    """Note whatever the engine will not execute and whatever is not of our languages; at each
    node one note a kind, none where the converter has told of it already."""
    for xml in main.iter("*"):
        _tell_node(xml, notes)
    told = {(one.element, SAME.get(one.kind, one.kind)) for one in notes.found if one.state == OPEN}
    left: dict[tuple[etree._Element, str], list[str]] = {}
    for xml in root.iter("*"):
        _tell_element(xml, told, notes)
        for kind, what in _foreign_parts(xml):
            left.setdefault((owner_of(xml), kind), []).append(what)
    for (owner, kind), parts in left.items():
        if (_id(owner), kind) not in told:
            notes.add(kind, owner, "; ".join(parts))


def _id(xml: etree._Element) -> str:
    return owner_of(xml).get("id") or ""


def _foreign_parts(xml: etree._Element) -> Iterator[tuple[str, str]]:
    """The attributes of an element, and itself, that are of another system."""
    for name, value in _attributes(xml):
        if is_foreign(name):
            yield _kind(name, xml), f"{_short(name)}={value}"
    if is_foreign(str(xml.tag)) and not _within_foreign(xml):
        yield _kind(str(xml.tag), xml), _described(xml)


def _tell_node(xml: etree._Element, notes: Notes) -> None:
    name = local(xml)
    if name in EVENT_DEFINITIONS:
        _tell_event(xml, name, notes)
    if name in NODES:
        notes.add(NODES[name], xml, name)
    elif name in KINDS:
        notes.add("kind", xml, name)
    if name == "subProcess" and xml.get("triggeredByEvent") == "true":
        notes.add("event-subprocess", xml)


def _tell_event(xml: etree._Element, name: str, notes: Notes) -> None:
    """An event that waits for, or throws, what is not known here."""
    for one in xml.iterchildren("*"):
        kind = local(one)
        if not kind.endswith("EventDefinition") and kind != "eventDefinitionRef":
            continue
        if kind not in EVENT_DEFINITIONS[name]:
            notes.add("start-event" if name == "startEvent" else "event", xml, kind)


def _tell_element(xml: etree._Element, told: set[tuple[str, str]], notes: Notes) -> None:
    """A BPMN element that is no node and of no use here."""
    name = local(xml)
    if not name or name in HARMLESS | FLOW_NODES | NODES.keys() or name.endswith("EventDefinition"):
        return
    if name.startswith("dataStore"):
        notes.add("data-store", xml, name)
    elif name == "standardLoopCharacteristics":
        notes.add("loop-marker", xml, name)
    elif name == "script":
        notes.add("script", xml, text_of(xml))
    elif name not in KINDS and _is_outermost(xml) and (_id(xml), _of_element(name)) not in told:
        notes.add(_of_element(name), xml, name)


def _of_element(name: str) -> str:
    if name in {"humanPerformer", "potentialOwner", "performer", "resourceRole"}:
        return "who"
    return "repeat-open" if name == "loopCardinality" else "element"


def _is_outermost(xml: etree._Element) -> bool:
    """Parts of an element that was told already are not told again."""
    parent = xml.getparent()
    name = "" if parent is None else local(parent)
    return not name or name in HARMLESS | FLOW_NODES | NODES.keys()


def _kind(tag: str, xml: etree._Element) -> str:
    name = tag.rpartition("}")[2]
    kind = KIND_OF.get(name, "extension") if tag[1:].partition("}")[0] in PREFIXES else "extension"
    if name in GROUPS and tag == str(xml.tag):
        wanted, kind, else_kind = GROUPS[name]
        return else_kind if xml.get(wanted) is None else kind
    if tag.startswith(f"{{{MODELER}}}"):
        return "technical"
    if kind == "form-key" and local(owner_of(xml)) == "startEvent":
        return "start-form"
    if kind in {"form-fields", "who"} and local(owner_of(xml)) in {"startEvent", "process"}:
        return "start-form" if kind == "form-fields" else "starters"
    return kind


def _within_foreign(xml: etree._Element) -> bool:
    parent = xml.getparent()
    return parent is not None and is_foreign(str(parent.tag))


def _short(tag: str) -> str:
    space, _, name = tag[1:].partition("}")
    return f"{SHOWN.get(space, space)}:{name}"


def _described(xml: etree._Element) -> str:
    """The element with its attributes and the first of its texts."""
    tag = str(xml.tag)
    parts = [_short(tag), *(f"{name}={value}" for name, value in _attributes(xml))]
    texts = (part.strip() for part in _texts(xml))
    return " ".join([*parts, next(filter(None, texts), "")]).strip()


def _attributes(xml: etree._Element) -> list[tuple[str, str]]:
    return [(str(name), str(value)) for name, value in xml.attrib.items()]


def _texts(xml: etree._Element) -> Iterator[str]:
    for one in xml.iter("*"):
        yield one.text or ""
        if one is not xml:
            yield " ".join(f"{name}={value}" for name, value in _attributes(one))


def strip(root: etree._Element) -> None:
    """Take out every extension of another system."""
    for xml in list(root.iter("*")):
        for name in [one for one in xml.attrib if is_foreign(str(one))]:
            del xml.attrib[name]
        if is_foreign(str(xml.tag)):
            remove(xml)
    for group in list(root.iter(f"{{{BPMN}}}extensionElements")):
        if not len(group):
            remove(group)
