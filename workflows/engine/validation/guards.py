"""What must come before a decision: no path to it may go round the meeting."""

from workflows.engine.validation.faults import Report
from workflows.engine.validation.model import Diagram, Scope, Step

RULES = {
    "decision-without-meeting": (
        '存在不经过见面（act="meeting"）就到达决定（act="decision"）的路径。',
        'A path leads to this decision (act="decision") without passing a meeting (act="meeting").',
    ),
    "meeting-missing": (
        '流程要求见面（requires="meeting"），但没有见面节点。',
        'The process requires a meeting (requires="meeting") but has no such node.',
    ),
}


def check_guards(diagram: Diagram, report: Report) -> None:
    if diagram.properties.get("requires") != "meeting":
        return
    if not any(_act(step) == "meeting" for step in diagram.steps.values()):
        report.add(diagram.file, "meeting-missing", diagram.process)
        return
    for step in _reached_without_meeting(diagram):
        if _act(step) == "decision":
            report.add(diagram.file, "decision-without-meeting", step.xml)


def _act(step: Step) -> str:
    return step.properties.get("act", "")


def _reached_without_meeting(diagram: Diagram) -> list[Step]:
    """Walk all scopes as one graph, never through the end of a meeting."""
    todo = diagram.scopes[0].of("startEvent")
    seen: set[Step] = set()
    while todo:
        step = todo.pop()
        if step not in seen:
            seen.add(step)
            todo += _after(diagram, step)
    return list(seen)


def _after(diagram: Diagram, step: Step) -> list[Step]:
    scope = step.scope
    # What interrupts or accompanies a step comes whether or not the step is ever done.
    after = scope.boundaries(step.id)
    inner = diagram.inner(step)
    if _act(step) == "meeting":
        return after
    if inner is not None:
        return after + inner.of("startEvent")
    if step.kind == "endEvent":
        return after + _behind(diagram, scope)
    return after + _along(scope, step.id)


def _behind(diagram: Diagram, scope: Scope) -> list[Step]:
    """Return what follows the subprocess that a scope belongs to."""
    if scope.parent is None:
        return []
    return _along(scope.parent, scope.xml.get("id", ""))


def _along(scope: Scope, node: str) -> list[Step]:
    return [scope.steps[f.target] for f in scope.outgoing(node) if f.target in scope.steps]
