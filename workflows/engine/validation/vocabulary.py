"""The words of BPMN that the engine executes, and the names it keeps for itself."""

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
BPMN_IO = "http://bpmn.io/schema/bpmn"
COLOUR = "http://www.omg.org/spec/BPMN/non-normative/color/1.0"
COLOUR_BPMN_IO = "http://bpmn.io/schema/bpmn/biocolor/1.0"
KNOWN_NAMESPACES = frozenset({BPMN, BPMNDI, DC, DI, SPIFF, XSI, COLOUR, COLOUR_BPMN_IO})

ACTIVITIES = frozenset(
    {"userTask", "serviceTask", "businessRuleTask", "callActivity", "subProcess"}
)
GATEWAYS = frozenset(
    {"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway"}
)
EVENTS = frozenset({"startEvent", "endEvent", "intermediateCatchEvent", "boundaryEvent"})
FLOW_NODES = ACTIVITIES | GATEWAYS | EVENTS
# What a drawing tool may offer beside these; each would be dropped, misread or left hanging.
UNSUPPORTED_NODES = frozenset(
    {
        "task",
        "manualTask",
        "scriptTask",
        "sendTask",
        "receiveTask",
        "complexGateway",
        "transaction",
        "adHocSubProcess",
        "intermediateThrowEvent",
        "event",
        "implicitThrowEvent",
        "callChoreography",
        "subChoreography",
        "choreographyTask",
    }
)
ALL_NODES = FLOW_NODES | UNSUPPORTED_NODES
EVENT_DEFINITIONS = {
    "startEvent": frozenset[str](),
    "endEvent": frozenset({"terminateEventDefinition"}),
    "intermediateCatchEvent": frozenset({"timerEventDefinition", "messageEventDefinition"}),
    "boundaryEvent": frozenset({"timerEventDefinition", "messageEventDefinition"}),
}
# Elements that carry no behaviour, or whose behaviour other checks look into.
HARMLESS = frozenset(
    {
        "definitions",
        "process",
        "collaboration",
        "participant",
        "laneSet",
        "lane",
        "childLaneSet",
        "flowNodeRef",
        "sequenceFlow",
        "incoming",
        "outgoing",
        "documentation",
        "extensionElements",
        "textAnnotation",
        "text",
        "association",
        "group",
        "category",
        "categoryValue",
        "categoryValueRef",
        "message",
        "messageFlow",
        "conditionExpression",
        "timerEventDefinition",
        "timeDate",
        "timeDuration",
        "timeCycle",
        "messageEventDefinition",
        "terminateEventDefinition",
        "multiInstanceLoopCharacteristics",
        "loopDataInputRef",
        "inputDataItem",
        "completionCondition",
        "dataObject",
        "dataObjectReference",
        "dataInputAssociation",
        "dataOutputAssociation",
        "sourceRef",
        "targetRef",
    }
)

# Names of the engine's own specs; a node of that name replaces one of them without a word.
ENGINE_IDS = frozenset({"Start", "End", "Root", "StartEventSplit", "StartEventJoin"})
ENGINE_ENDINGS = (".BoundaryEventSplit", ".BoundaryEventJoin", ".EndJoin", " [child]")
# Answers land at vars.<node id>: these names of `vars` and of expressions are taken.
VARIABLES = frozenset({"days", "due", "rule", "item", "vars"})
VOTE_NAMES = frozenset({"votes", "total", "done"})
FEEL_WORDS = frozenset(
    [
        "if",
        "then",
        "else",
        "for",
        "in",
        "return",
        "some",
        "every",
        "satisfies",
        "between",
        "and",
        "or",
        "not",
        "true",
        "false",
        "null",
        "function",
        "external",
        "instance",
        "of",
    ]
)
RESERVED_IDS = ENGINE_IDS | VARIABLES | VOTE_NAMES | FEEL_WORDS

MOST_NODES = 300
DEEPEST_NESTING = 5


def bpmn(name: str) -> str:
    """Return the full tag of a BPMN element."""
    return f"{{{BPMN}}}{name}"


def spiff(name: str) -> str:
    """Return the full tag of one of our settings."""
    return f"{{{SPIFF}}}{name}"
