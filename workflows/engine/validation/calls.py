"""What a diagram calls by name: operations, decisions, other processes."""

from lxml import etree

from workflows.engine.validation.faults import Report
from workflows.engine.validation.model import Diagram, Step
from workflows.engine.validation.scope import Surroundings
from workflows.engine.validation.vocabulary import spiff

RULES = {
    "operation-missing": (
        "服务任务没有指明操作。",
        "The service task names no operation.",
    ),
    "operation-unknown": ("没有这个操作。", "There is no such operation."),
    "operation-misplaced": (
        "只有服务任务可以指明操作。",
        "Only a service task names an operation.",
    ),
    "operation-result": (
        "结果变量和重试设置会被忽略；操作自己写变量。",
        "A result variable or retry would be ignored; an operation writes variables itself.",
    ),
    "parameter-incomplete": (
        "操作的参数缺少编号、类型或值。",
        "A parameter of the operation lacks its id, type or value.",
    ),
    "parameter-unknown": (
        "操作没有这个参数，填写的值会被忽略。",
        "The operation takes no such parameter; its value would be ignored.",
    ),
    "decision-missing": (
        "规则任务没有指明判定表。",
        "The business rule task names no decision.",
    ),
    "decision-unknown": ("没有这个判定表。", "There is no such decision."),
    "call-missing": (
        "调用活动没有指明流程。",
        "The call activity names no process.",
    ),
    "call-unknown": ("没有被调用的流程。", "The called process does not exist."),
    "call-circular": (
        "流程直接或间接调用自己。",
        "The process calls itself, directly or through another.",
    ),
    "duplicate-id-across-files": (
        "节点编号在另一个同办件的流程中已使用，变量会互相覆盖。",
        "The id is used in another process of the same case; their variables would overwrite "
        "each other.",
    ),
    "id-clashes-with-output": (
        "节点编号与判定表的输出同名，结果会互相覆盖。",
        "The node has the name of a decision's output; their results would overwrite each other.",
    ),
}


def check_calls(diagram: Diagram, around: Surroundings, report: Report) -> None:
    for step in diagram.steps.values():
        _check_operation(diagram.file, step, around, report)
        if step.kind == "businessRuleTask":
            _check_decision(diagram.file, step, around, report)
        if step.kind == "callActivity":
            _check_called(diagram, step, around, report)
        if step.id in around.output_names:
            report.add(diagram.file, "id-clashes-with-output", step.xml)
    _check_across(diagram, around, report)


def _check_operation(file: str, step: Step, around: Surroundings, report: Report) -> None:
    operators = list(step.xml.iter(spiff("serviceTaskOperator")))
    own = [xml for xml in operators if _node_of(xml) is step.xml]
    if step.kind != "serviceTask":
        if own:
            report.add(file, "operation-misplaced", step.xml)
        return
    if len(own) != 1 or not own[0].get("id"):
        report.add(file, "operation-missing", step.xml)
        return
    name = own[0].get("id", "")
    if around.operations is not None and name not in around.operations:
        report.add(file, "operation-unknown", step.xml, detail=name)
    if own[0].get("resultVariable"):
        report.add(file, "operation-result", step.xml, detail=own[0].get("resultVariable", ""))
    _check_parameters(file, step, own[0], around, report)


def _check_parameters(
    file: str, step: Step, operator: etree._Element, around: Surroundings, report: Report
) -> None:
    taken = (around.operations or {}).get(operator.get("id", ""))
    for parameter in operator.iter(spiff("parameter")):
        if taken is not None and parameter.get("id") not in taken:
            report.add(file, "parameter-unknown", step.xml, detail=parameter.get("id", ""))
        if not all(parameter.get(name, "").strip() for name in ("id", "type", "value")):
            report.add(file, "parameter-incomplete", step.xml, detail=parameter.get("id", ""))


def _node_of(setting: etree._Element) -> etree._Element | None:
    """Return the node whose extension elements hold a setting."""
    extension = setting.getparent()
    return None if extension is None else extension.getparent()


def _check_decision(file: str, step: Step, around: Surroundings, report: Report) -> None:
    decision = around.decision_of(step)
    if not decision:
        report.add(file, "decision-missing", step.xml)
    elif decision not in around.bundle.decisions:
        report.add(file, "decision-unknown", step.xml, detail=decision)


def _check_called(diagram: Diagram, step: Step, around: Surroundings, report: Report) -> None:
    called = step.xml.get("calledElement", "")
    if not called:
        report.add(diagram.file, "call-missing", step.xml)
    elif called not in around.bundle.diagrams:
        report.add(diagram.file, "call-unknown", step.xml, detail=called)
    elif diagram.process.get("id") in around.called_from(called):
        report.add(diagram.file, "call-circular", step.xml, detail=called)


def _check_across(diagram: Diagram, around: Surroundings, report: Report) -> None:
    own = diagram.process.get("id", "")
    for name, other in around.diagrams.items():
        if other is diagram or name == around.bundle.process:
            continue
        if own in around.diagrams and name < own and own != around.bundle.process:
            continue  # told once, in the first of the two
        for node in sorted(diagram.steps.keys() & other.steps.keys()):
            step = diagram.steps[node]
            report.add(diagram.file, "duplicate-id-across-files", step.xml, detail=name)
