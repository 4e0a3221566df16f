"""Circles in which no person and no time is waited for."""

from workflows.engine.validation.faults import Report
from workflows.engine.validation.model import Diagram, Scope, Step
from workflows.engine.validation.paths import reach

RULES = {
    "automatic-loop": (
        "循环中没有任何人工或等待节点，会空转不停；确有次数上限的，在其中的服务任务上注明"
        "属性 bounded（1 至 10）。",
        "The loop has no step of a person and no wait, so it may run without end; where the "
        "number of rounds is limited, a service task in it says so by the property bounded "
        "(1 to 10).",
    ),
}

WAITING = frozenset({"userTask", "callActivity", "intermediateCatchEvent", "eventBasedGateway"})
MOST_ROUNDS = 10


def check_cycles(diagram: Diagram, report: Report) -> None:
    for scope in diagram.scopes:
        stops = frozenset(
            step.id for step in scope.steps.values() if _stops(diagram, step) or is_bounded(step)
        )
        for node in _first_of_each_circle(scope, stops):
            report.add(diagram.file, "automatic-loop", scope.steps[node].xml)


def is_bounded(step: Step) -> bool:
    """Say whether a service task vouches for the number of rounds."""
    bound = step.properties.get("bounded", "")
    return (
        step.kind == "serviceTask"
        and bound.isascii()
        and bound.isdigit()
        and (1 <= int(bound[:4]) <= MOST_ROUNDS)
    )


def _stops(diagram: Diagram, step: Step) -> bool:
    """Say whether the case waits at this node."""
    if step.kind in WAITING:
        return True
    inner = diagram.inner(step)
    return inner is not None and any(_stops(diagram, below) for below in inner.steps.values())


def _first_of_each_circle(scope: Scope, stops: frozenset[str]) -> list[str]:
    circles: list[str] = []
    told: set[str] = set()
    for node in scope.steps:
        if node in stops or node in told:
            continue
        after = reach(scope, scope.next_of(node), stops)
        if node in after:
            circles.append(node)
            told |= {other for other in after if node in reach(scope, [other], stops)}
    return circles
