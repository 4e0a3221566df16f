"""Our settings of each node: known, given once, complete."""

from workflows.engine.validation.faults import Report
from workflows.engine.validation.model import Diagram, Step, property_elements
from workflows.engine.validation.scope import Surroundings
from workflows.engine.who import POLICIES

RULES = {
    "property-unknown": (
        "这种元素没有这个属性，可能写错了名字。",
        "This kind of element has no such property; perhaps its name is misspelt.",
    ),
    "property-twice": (
        "属性写了两次，只有一个会生效。",
        "The property is given twice; only one would count.",
    ),
    "property-value": (
        "属性的值不在允许的范围内。",
        "The value of the property is not one of those allowed.",
    ),
    "due-missing": (
        "有时钟（clock）却没有期限（due）。",
        "There is a clock but no due date (due).",
    ),
    "clock-without-timer": (
        "时钟 P 须有不中断的边界定时，时钟 X 须有中断的边界定时。",
        "Clock P needs a non-interrupting boundary timer, clock X an interrupting one.",
    ),
    "document-unknown": (
        "文书模板不存在。",
        "The document template does not exist.",
    ),
}

EVERYWHERE = frozenset({"nameEn"})
PERSON = frozenset(POLICIES) | {"formKey", "who", "status", "act", "basis", "documents", "batch"}
KNOWN = {
    "userTask": PERSON | {"due", "clock", "opinion", "signature"},
    "boundaryEvent": PERSON | {"opinion", "signature"},
    "intermediateCatchEvent": frozenset({"status"}),
    "serviceTask": frozenset({"basis", "documents", "bounded", "status"}),
    "businessRuleTask": frozenset({"basis", "status"}),
    "callActivity": frozenset({"basis", "status"}),
    "subProcess": frozenset({"basis", "status"}),
    "endEvent": frozenset({"status"}),
}
ON_PROCESS = frozenset({"number", "key", "basis", "variables", "requires"})
VALUES = {
    **{name: frozenset(values) for name, values in POLICIES.items()},
    "clock": frozenset({"N", "P", "X"}),
    "opinion": frozenset({"required"}),
    "signature": frozenset({"yes"}),
    "batch": frozenset({"yes"}),
    "requires": frozenset({"meeting"}),
    "bounded": frozenset(map(str, range(1, 11))),
    "act": frozenset(
        {
            "decision",
            "approval",
            "meeting",
            "signature",
            "report",
            "opinion",
            "check",
            "review",
            "record",
            "service",
            "vote",
            "score",
        }
    ),
}


def check_settings(diagram: Diagram, around: Surroundings, report: Report) -> None:
    _check_properties(diagram, report)
    for step in diagram.steps.values():
        _check_due(diagram.file, step, report)
        _check_documents(diagram.file, step, around, report)


def _check_properties(diagram: Diagram, report: Report) -> None:
    for xml in diagram.root.iter("*"):
        seen: set[str] = set()
        step = diagram.steps.get(xml.get("id", ""))
        known = EVERYWHERE | _known(diagram, step, xml is diagram.process)
        for item in property_elements(xml):
            name, value = item.get("name", ""), item.get("value", "")
            if name in seen:
                report.add(diagram.file, "property-twice", xml, detail=name)
            seen.add(name)
            if name not in known:
                report.add(diagram.file, "property-unknown", xml, detail=name)
            elif value not in VALUES.get(name, {value}):
                report.add(diagram.file, "property-value", xml, detail=f"{name}={value}")


def _known(diagram: Diagram, step: Step | None, is_process: bool) -> frozenset[str]:
    if is_process:
        return ON_PROCESS
    return frozenset() if step is None else KNOWN.get(step.kind, frozenset())


def _check_due(file: str, step: Step, report: Report) -> None:
    clock = step.properties.get("clock")
    if step.kind != "userTask" or clock not in VALUES["clock"]:
        return
    if not step.properties.get("due", "").strip():
        report.add(file, "due-missing", step.xml)
    if clock == "N":
        return
    timers = [b for b in step.scope.boundaries(step.id) if b.is_event("timerEventDefinition")]
    if not any(timer.interrupts == (clock == "X") for timer in timers):
        report.add(file, "clock-without-timer", step.xml, detail=f"clock={clock}")


def needs_person(step: Step) -> bool:
    """Say whether a person acts here: a user task, or an act offered beside one."""
    return step.kind == "userTask" or (
        step.kind == "boundaryEvent" and step.is_event("messageEventDefinition")
    )


def _check_documents(file: str, step: Step, around: Surroundings, report: Report) -> None:
    named = [name.strip() for name in step.properties.get("documents", "").split(",")]
    for name in filter(None, named):
        if f"{name}.docx" not in around.bundle.documents:
            report.add(file, "document-unknown", step.xml, detail=name)
