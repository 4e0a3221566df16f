"""Every node can be reached, and from every node the case can go on."""

from collections.abc import Iterable

from workflows.engine.validation.faults import Report
from workflows.engine.validation.model import Diagram, Scope, Step

RULES = {
    "unreachable": (
        "从开始事件走不到这个节点，引擎会丢弃它。",
        "No path leads from the start to this node; the engine would drop it.",
    ),
    "dead-end": (
        "节点没有出线又不是结束事件，流程到此停住。",
        "The node has no way on and is no end event; the case would hang here.",
    ),
    "no-way-to-end": (
        "从这个节点走不到任何结束事件。",
        "No path leads from this node to an end event.",
    ),
    "side-path-joins-main": (
        "不中断的边界事件引出的支线汇入主线，主线后面的节点会执行两次。",
        "The path of a non-interrupting boundary event runs into the main path, whose next "
        "nodes would run twice.",
    ),
}

WAITING = frozenset(
    {"userTask", "subProcess", "callActivity", "intermediateCatchEvent", "parallelGateway"}
)


def check_paths(diagram: Diagram, report: Report) -> None:
    for scope in diagram.scopes:
        starts = [step.id for step in scope.of("startEvent")]
        if starts:
            _check_reach(diagram.file, scope, starts, report)
            _check_side_paths(diagram.file, scope, starts, report)


def _check_reach(file: str, scope: Scope, starts: list[str], report: Report) -> None:
    live = reach(scope, starts)
    ending = _reaching_an_end(scope)
    for step in scope.steps.values():
        if step.id not in live:
            if not _is_orphan(step):
                report.add(file, "unreachable", step.xml)
        elif step.kind != "endEvent" and not scope.outgoing(step.id):
            report.add(file, "dead-end", step.xml)
        elif step.id not in ending and scope.of("endEvent"):
            report.add(file, "no-way-to-end", step.xml)


def _is_orphan(step: Step) -> bool:
    """A boundary event without its host has been named by that rule."""
    return step.kind == "boundaryEvent" and step.host not in step.scope.steps


def reach(scope: Scope, starts: Iterable[str], without: frozenset[str] = frozenset()) -> set[str]:
    """Return every node a token can come to from `starts`."""
    seen: set[str] = set()
    todo = [node for node in starts if node not in without]
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo += [after for after in scope.next_of(node) if after not in without]
    return seen


def _reaching_an_end(scope: Scope) -> set[str]:
    before: dict[str, list[str]] = {}
    for node in scope.steps:
        for after in scope.next_of(node):
            before.setdefault(after, []).append(node)
    # A dead end is named by its own rule; what leads only there needs no second complaint.
    todo = [
        step.id
        for step in scope.steps.values()
        if step.kind == "endEvent" or not scope.outgoing(step.id)
    ]
    seen: set[str] = set()
    while todo:
        node = todo.pop()
        if node not in seen:
            seen.add(node)
            todo += before.get(node, [])
    return seen


def _check_side_paths(file: str, scope: Scope, starts: list[str], report: Report) -> None:
    side = [step for step in scope.of("boundaryEvent") if not step.interrupts]
    main = reach(scope, starts, frozenset(step.id for step in side))
    for step in side:
        shared = [
            node for node in reach(scope, [step.id]) & main if scope.steps[node].kind in WAITING
        ]
        if shared:
            report.add(file, "side-path-joins-main", step.xml, detail=", ".join(sorted(shared)))
