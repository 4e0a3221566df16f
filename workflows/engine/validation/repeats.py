"""Multi-instance and loops: over what, until when."""

from lxml import etree

from workflows.engine.validation.faults import Report
from workflows.engine.validation.model import Diagram, Step, text_of
from workflows.engine.validation.vocabulary import ACTIVITIES, bpmn

RULES = {
    "standard-loop": (
        "不支持循环标记，请用网关画出循环。",
        "Loop markers are not supported; draw the loop with a gateway.",
    ),
    "multi-instance-unsupported": (
        "只有任务、子流程和调用活动可以多实例。",
        "Only tasks, subprocesses and call activities can be multi-instance.",
    ),
    "multi-instance-without-collection": (
        "多实例没有指明按哪个集合展开。空集合会直接通过，需要时在前面判断。",
        "The multi-instance names no collection. An empty collection passes through: where "
        "that matters, ask before.",
    ),
    "multi-instance-cardinality": (
        "不支持按数量的多实例，请使用集合。",
        "A multi-instance by number is not supported; use a collection.",
    ),
    "multi-instance-item": (
        "多实例的当前项只能叫 item。",
        "The item of a multi-instance is called item and nothing else.",
    ),
    "multi-instance-overwrites": (
        "多实例节点与其集合同名，结果会覆盖集合。",
        "The multi-instance has the name of its collection, which its results would overwrite.",
    ),
}


def check_repeats(diagram: Diagram, report: Report) -> None:
    for step in diagram.steps.values():
        if step.xml.find(bpmn("standardLoopCharacteristics")) is not None:
            report.add(diagram.file, "standard-loop", step.xml)
        if step.multi is not None:
            _check_multi(diagram.file, step, step.multi, report)


def _check_multi(file: str, step: Step, multi: etree._Element, report: Report) -> None:
    collection = text_of(multi.find(bpmn("loopDataInputRef")))
    if step.kind not in ACTIVITIES:
        report.add(file, "multi-instance-unsupported", step.xml)
    if multi.find(bpmn("loopCardinality")) is not None:
        report.add(file, "multi-instance-cardinality", step.xml)
    elif not collection:
        report.add(file, "multi-instance-without-collection", step.xml)
    item = multi.find(bpmn("inputDataItem"))
    if item is not None and item.get("name", "item") != "item":
        report.add(file, "multi-instance-item", step.xml, detail=item.get("name", ""))
    if collection == step.id:
        report.add(file, "multi-instance-overwrites", step.xml)
