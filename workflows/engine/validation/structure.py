"""The file as a whole: one executable process, plain and unique ids, bounds, names."""

import re
from collections import Counter

from lxml import etree

from workflows.engine.validation.faults import Report
from workflows.engine.validation.model import Diagram, Scope, Step, local
from workflows.engine.validation.vocabulary import (
    ALL_NODES,
    DEEPEST_NESTING,
    ENGINE_ENDINGS,
    MOST_NODES,
    RESERVED_IDS,
    SPIFF,
    bpmn,
)

RULES = {
    "not-bpmn": ("文件不是 BPMN 2.0 流程图。", "The file is not a BPMN 2.0 diagram."),
    "no-process": ("文件中没有流程。", "The file contains no process."),
    "several-processes": (
        "一个文件只能有一个流程，其余流程会被忽略。",
        "A file holds one process; any other would be ignored.",
    ),
    "process-not-executable": (
        '流程须标记为可执行（isExecutable="true"）。',
        'The process must be marked as executable (isExecutable="true").',
    ),
    "process-id-mismatch": (
        "流程编号与发布的流程不一致。",
        "The id of the process differs from the one being published.",
    ),
    "missing-id": ("节点没有编号（id）。", "A node has no id."),
    "id-not-plain": (
        "编号只能由字母、数字和下划线组成，且不以数字开头，否则条件无法引用。",
        "An id consists of letters, digits and underscores and starts with no digit; "
        "otherwise no condition could name it.",
    ),
    "reserved-id": (
        "该编号为引擎、变量或表达式保留。",
        "This id is reserved for the engine, its variables or the expression language.",
    ),
    "duplicate-id": (
        "编号重复，只有最后一个会生效。",
        "The id is used twice; only the last one would count.",
    ),
    "too-many-nodes": (
        f"节点超过 {MOST_NODES} 个。",
        f"There are more than {MOST_NODES} nodes.",
    ),
    "nested-too-deeply": (
        f"子流程嵌套超过 {DEEPEST_NESTING} 层。",
        f"Subprocesses are nested more than {DEEPEST_NESTING} levels deep.",
    ),
    "name-missing": (
        "需要人办理的节点须有名称。",
        "A node that a person sees needs a name.",
    ),
    "name-with-markup": (
        "名称中不得含有标记、脚本或占位符。",
        "A name must not contain markup, scripts or placeholders.",
    ),
    "no-start": ("没有开始事件。", "There is no start event."),
    "several-starts": (
        "只能有一个开始事件。",
        "There must be exactly one start event.",
    ),
    "no-end": ("没有结束事件，流程不会办结。", "There is no end event, so it never ends."),
}

PLAIN_ID = re.compile(r"[^\W\d]\w*")
MARKUP = re.compile(r"<\s*[a-z/!?]|&#|&\w+;|\{\{|\{%|[$#]\{|javascript\s*:", re.IGNORECASE)


def find_process(
    file: str, root: etree._Element, expected: str | None, report: Report
) -> etree._Element | None:
    """Return the file's one process, or say why there is none to check."""
    if root.tag != bpmn("definitions"):
        report.add(file, "not-bpmn", detail=str(root.tag))
        return None
    processes = list(root.iter(bpmn("process")))
    if not processes:
        report.add(file, "no-process")
        return None
    for extra in processes[1:]:
        report.add(file, "several-processes", extra)
    process = processes[0]
    if process.get("isExecutable", "true") != "true":
        report.add(file, "process-not-executable", process)
    if not process.get("id"):
        report.add(file, "missing-id", process, detail="process")
    elif expected is not None and process.get("id") != expected:
        report.add(file, "process-id-mismatch", process, detail=expected)
    return process


def is_within_bounds(file: str, process: etree._Element, report: Report) -> bool:
    """Say whether the process is small enough for every other check."""
    nodes = sum(1 for xml in process.iter("*") if local(xml) in ALL_NODES)
    if nodes > MOST_NODES:
        report.add(file, "too-many-nodes", process, detail=str(nodes))
    deepest = _nesting(process)
    if deepest > DEEPEST_NESTING:
        report.add(file, "nested-too-deeply", process, detail=str(deepest))
    return nodes <= MOST_NODES and deepest <= DEEPEST_NESTING


def _nesting(process: etree._Element) -> int:
    insides = ("subProcess", "transaction", "adHocSubProcess")
    return max(
        (
            1 + sum(1 for above in xml.iterancestors() if local(above) in insides)
            for xml in process.iter(*map(bpmn, insides))
        ),
        default=0,
    )


def check_ids(diagram: Diagram, report: Report) -> None:
    """Every node has an id of its own that an expression can name."""
    for xml in diagram.process.iter("*"):
        if local(xml) in ALL_NODES and not xml.get("id"):
            report.add(diagram.file, "missing-id", xml, detail=_described(xml))
    for name in [diagram.process.get("id", ""), *diagram.steps]:
        _check_id(diagram, name, report)
    # The id of one of our settings names an operation, not the element.
    own = [xml for xml in diagram.root.iter("*") if etree.QName(xml).namespace != SPIFF]
    seen = Counter(xml.get("id", "") for xml in own)
    for xml in own:
        if xml.get("id") and seen[xml.get("id", "")] > 1:
            report.add(diagram.file, "duplicate-id", xml)


def _described(xml: etree._Element) -> str:
    return f"{local(xml)} {xml.get('name', '')}".strip()


def _check_id(diagram: Diagram, name: str, report: Report) -> None:
    step = diagram.steps.get(name)
    xml = diagram.process if step is None else step.xml
    if name in RESERVED_IDS or name.endswith(ENGINE_ENDINGS):
        report.add(diagram.file, "reserved-id", xml)
    elif name and not PLAIN_ID.fullmatch(name):
        report.add(diagram.file, "id-not-plain", xml)


def check_names(diagram: Diagram, report: Report) -> None:
    """What people read is text, and it is there."""
    for xml in diagram.root.iter("*"):
        if local(xml) and MARKUP.search(xml.get("name", "")):
            report.add(diagram.file, "name-with-markup", xml)
    for step in diagram.steps.values():
        if _seen_by_people(step) and not step.xml.get("name", "").strip():
            report.add(diagram.file, "name-missing", step.xml)


def _seen_by_people(step: Step) -> bool:
    return step.kind == "userTask" or (
        step.kind == "boundaryEvent" and step.is_event("messageEventDefinition")
    )


def check_starts_and_ends(diagram: Diagram, report: Report) -> None:
    """Every scope has one way in and at least one way out."""
    for scope in diagram.scopes:
        _check_ways(diagram.file, scope, report)


def _check_ways(file: str, scope: Scope, report: Report) -> None:
    starts = scope.of("startEvent")
    if not starts:
        report.add(file, "no-start", scope.xml)
    for extra in starts[1:]:
        report.add(file, "several-starts", extra.xml)
    if not scope.of("endEvent"):
        report.add(file, "no-end", scope.xml)
