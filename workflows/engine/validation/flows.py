"""Sequence flows: where they lead, and when they are taken."""

from workflows.engine.validation.faults import Report
from workflows.engine.validation.model import Diagram, Flow, Scope, Step, text_of
from workflows.engine.validation.vocabulary import ACTIVITIES, GATEWAYS

RULES = {
    "flow-with-unknown-end": (
        "连线的起点或终点不存在，或不在同一层。",
        "The flow starts or ends at a node that does not exist on the same level.",
    ),
    "several-outgoing-flows": (
        "只有网关可以有多条出线。",
        "Only a gateway may have several outgoing flows.",
    ),
    "condition-ignored": (
        "只有排他和包容网关的出线条件会生效，这里的条件会被忽略。",
        "Only flows that leave an exclusive or inclusive gateway have conditions; this one "
        "would be ignored.",
    ),
    "condition-missing": (
        "非默认出线没有条件。",
        "A flow that is not the default has no condition.",
    ),
    "default-with-condition": (
        "默认出线带有条件，条件会被忽略。",
        "The default flow has a condition, which would be ignored.",
    ),
    "default-unknown": (
        "默认出线不是该网关的出线。",
        "The default flow is not one of the gateway's outgoing flows.",
    ),
    "default-missing": (
        "网关没有默认出线，条件都不成立时流程会停住。",
        "The gateway has no default flow: if no condition holds, the case stops.",
    ),
    "flow-into-start": (
        "开始事件和边界事件不能有入线。",
        "A start or boundary event has no incoming flow.",
    ),
    "flow-from-end": ("结束事件不能有出线。", "An end event has no outgoing flow."),
    "flow-to-itself": (
        "节点的连线指向自己。",
        "A node's flow leads back into the node itself.",
    ),
    "event-gateway-target": (
        "事件网关之后只能是定时或消息捕获事件，且只从该网关进入。",
        "After an event gateway come only timer or message catch events, entered from that "
        "gateway alone.",
    ),
    "event-gateway-two-timers": (
        "一个事件网关后只能有一个定时事件，第二个不会触发。",
        "Only one timer may follow an event gateway; a second one would never fire.",
    ),
    "event-gateway-single": (
        "事件网关至少要有两条出线。",
        "An event gateway needs at least two outgoing flows.",
    ),
    "boundary-without-host": (
        "边界事件没有附在任何节点上。",
        "The boundary event is attached to nothing.",
    ),
    "boundary-on-unsupported-host": (
        "边界事件只能附在用户任务、子流程或调用活动上。",
        "A boundary event sits on a user task, a subprocess or a call activity only.",
    ),
}

CONDITIONAL = ("exclusiveGateway", "inclusiveGateway")
HOSTS = frozenset({"userTask", "subProcess", "callActivity"})


def check_flows(diagram: Diagram, report: Report) -> None:
    """Every flow is whole and taken exactly when it says."""
    for scope in diagram.scopes:
        for flow in scope.flows:
            _check_ends(diagram.file, scope, flow, report)
        for step in scope.steps.values():
            _check_outgoing(diagram.file, step, report)
        for step in scope.of(*CONDITIONAL):
            _check_choice(diagram.file, step, report)
        for step in scope.of("eventBasedGateway"):
            _check_event_gateway(diagram.file, step, report)
        for step in scope.of("boundaryEvent"):
            _check_host(diagram.file, step, report)


def _check_ends(file: str, scope: Scope, flow: Flow, report: Report) -> None:
    source, target = scope.steps.get(flow.source), scope.steps.get(flow.target)
    if source is None or target is None:
        detail = f"{flow.source or '?'} → {flow.target or '?'}"
        report.add(file, "flow-with-unknown-end", flow.xml, detail=detail)
        return
    if target.kind in {"startEvent", "boundaryEvent"}:
        report.add(file, "flow-into-start", target.xml)
    if source.kind == "endEvent":
        report.add(file, "flow-from-end", source.xml)
    if source is target:
        report.add(file, "flow-to-itself", source.xml)
    if flow.condition is not None and source.kind not in CONDITIONAL:
        report.add(file, "condition-ignored", flow.xml, detail=text_of(flow.condition))


def _check_outgoing(file: str, step: Step, report: Report) -> None:
    if step.kind not in GATEWAYS and len(step.scope.outgoing(step.id)) > 1:
        report.add(file, "several-outgoing-flows", step.xml)
    if step.kind in ACTIVITIES and step.xml.get("default"):
        report.add(file, "default-unknown", step.xml, detail=step.xml.get("default", ""))


def _check_choice(file: str, step: Step, report: Report) -> None:
    flows = step.scope.outgoing(step.id)
    default = step.xml.get("default")
    if default is not None and default not in {flow.xml.get("id") for flow in flows}:
        report.add(file, "default-unknown", step.xml, detail=default)
    if default is None and len(flows) > 1:
        report.add(file, "default-missing", step.xml)
    for flow in flows:
        _check_condition(file, flow, len(flows), default, report)


def _check_condition(
    file: str, flow: Flow, siblings: int, default: str | None, report: Report
) -> None:
    has_condition = bool(text_of(flow.condition))
    if default is not None and flow.xml.get("id") == default:
        if flow.condition is not None:
            report.add(file, "default-with-condition", flow.xml)
    elif siblings == 1 and flow.condition is not None:
        # A single way out that may be closed leaves the token nowhere to go.
        report.add(file, "default-missing", flow.xml)
    elif siblings > 1 and not has_condition:
        report.add(file, "condition-missing", flow.xml)


def _check_event_gateway(file: str, step: Step, report: Report) -> None:
    flows = step.scope.outgoing(step.id)
    targets = [step.scope.steps[flow.target] for flow in flows if flow.target in step.scope.steps]
    if len(flows) < 2:
        report.add(file, "event-gateway-single", step.xml)
    for target in targets:
        if target.kind != "intermediateCatchEvent" or len(step.scope.incoming(target.id)) > 1:
            report.add(file, "event-gateway-target", target.xml)
    if sum(target.is_event("timerEventDefinition") for target in targets) > 1:
        report.add(file, "event-gateway-two-timers", step.xml)


def _check_host(file: str, step: Step, report: Report) -> None:
    host = step.scope.steps.get(step.host)
    if host is None:
        report.add(file, "boundary-without-host", step.xml, detail=step.host)
    elif host.kind not in HOSTS:
        report.add(file, "boundary-on-unsupported-host", step.xml, detail=host.kind)
