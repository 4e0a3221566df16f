"""Short words to draw a process with, and a host that remembers what it was asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import count, pairwise
from typing import Any

from workflows.engine import Bundle, Call, Execution, ReadyTask, Spec, compile_bundle, load_spec

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
NAMESPACES = (
    'xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core"'
)
_numbers = count(1)


def definitions(body: str, *, process: str = "p", extra: str = "") -> bytes:
    return (
        f'<bpmn:definitions {NAMESPACES} id="d" targetNamespace="http://tongze">{extra}'
        f'<bpmn:process id="{process}" isExecutable="true">{body}</bpmn:process>'
        "</bpmn:definitions>"
    ).encode()


def el(kind: str, name: str, body: str = "", **attributes: str) -> str:
    more = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f'<bpmn:{kind} id="{name}"{more}>{body}</bpmn:{kind}>'


def start(name: str = "begin") -> str:
    return el("startEvent", name)


def end(name: str = "finished", *, terminate: bool = False) -> str:
    return el("endEvent", name, "<bpmn:terminateEventDefinition/>" if terminate else "")


def user(*names: str, **settings: str) -> str:
    return "".join(el("userTask", name, properties(**settings)) for name in names)


def properties(**settings: str) -> str:
    if not settings:
        return ""
    inner = "".join(
        f'<spiffworkflow:property name="{name}" value="{value}"/>'
        for name, value in settings.items()
    )
    return extension(f"<spiffworkflow:properties>{inner}</spiffworkflow:properties>")


def extension(body: str) -> str:
    return f"<bpmn:extensionElements>{body}</bpmn:extensionElements>"


def service(*names: str) -> str:
    return "".join(
        el("serviceTask", n, extension(f'<spiffworkflow:serviceTaskOperator id="{n}"/>'))
        for n in names
    )


def rule(name: str, decision: str) -> str:
    called = f"<spiffworkflow:calledDecisionId>{decision}</spiffworkflow:calledDecisionId>"
    return el("businessRuleTask", name, extension(called))


def flow(source: str, target: str, condition: str = "", *, name: str | None = "") -> str:
    test = ""
    if condition:
        text = condition.replace("&", "&amp;").replace("<", "&lt;")
        test = f"<bpmn:conditionExpression>{text}</bpmn:conditionExpression>"
    made = f' id="{name or f"f{next(_numbers)}"}"' if name is not None else ""
    return (
        f'<bpmn:sequenceFlow{made} sourceRef="{source}" targetRef="{target}">'
        f"{test}</bpmn:sequenceFlow>"
    )


def line(*names: str) -> str:
    return "".join(flow(a, b) for a, b in pairwise(names))


def choice(name: str, default: str, **ways: str) -> str:
    """An exclusive gateway with a default target and `target=condition`."""
    other = f"{name}_else"
    flows = "".join(flow(name, target, condition) for target, condition in ways.items())
    return el("exclusiveGateway", name, default=other) + flow(name, default, name=other) + flows


def timer(text: str, kind: str = "timeDate") -> str:
    return (
        f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"
    )


def wait(name: str, text: str, kind: str = "timeDate") -> str:
    return el("intermediateCatchEvent", name, timer(text, kind))


def catch(name: str, message: str) -> str:
    return el(
        "intermediateCatchEvent", name, f'<bpmn:messageEventDefinition messageRef="{message}"/>'
    )


def boundary(name: str, on: str, event: str, *, stops: bool, settings: str = "") -> str:
    return el(
        "boundaryEvent",
        name,
        settings + event,
        attachedToRef=on,
        cancelActivity="true" if stops else "false",
    )


def message_event(message: str) -> str:
    return f'<bpmn:messageEventDefinition messageRef="{message}"/>'


def message(name: str) -> str:
    return f'<bpmn:message id="{name}" name="{name}"/>'


def each(collection: str, *, until: str = "", sequential: bool = False) -> str:
    """Multi-instance over a collection."""
    stop = f"<bpmn:completionCondition>{until.replace('<', '&lt;')}</bpmn:completionCondition>"
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}">'
        f"<bpmn:loopDataInputRef>{collection}</bpmn:loopDataInputRef>"
        f'<bpmn:inputDataItem id="item" name="item"/>{stop if until else ""}'
        "</bpmn:multiInstanceLoopCharacteristics>"
    )


def sub(name: str, body: str, loop: str = "") -> str:
    return el("subProcess", name, loop + body)


@lru_cache(maxsize=512)
def compiled(xml: bytes) -> bytes:
    return compile_bundle(Bundle(process="p", diagrams={"p": xml}))


def spec_of(body: str, extra: str = "", **parts: Mapping[str, bytes]) -> Spec:
    xml = definitions(body, extra=extra)
    diagrams = {"p": xml, **parts.pop("diagrams", {})}
    if parts or len(diagrams) > 1:
        return load_spec(compile_bundle(Bundle(process="p", diagrams=diagrams, **parts)))
    return load_spec(compiled(xml))


@dataclass
class Desk:
    """A host for tests: operations are plain functions, calls are written down."""

    operations: dict[str, Callable[[Call], None]] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    inputs: Mapping[str, object] = field(default_factory=dict)
    called: list[str] = field(default_factory=list)
    outcomes: list[Any] = field(default_factory=list)

    def call(self, operation: str, call: Call) -> None:
        self.called.append(operation)
        if operation in self.operations:
            self.operations[operation](call)

    def decision_inputs(self, decision: str, call: Call) -> Mapping[str, object]:
        return self.inputs

    def decided(self, decision: str, call: Call, outcome: Any) -> None:
        self.outcomes.append((decision, outcome))


class Case:
    """An Execution that is stored and read back before every act, as in real life."""

    def __init__(
        self,
        spec: Spec,
        desk: Desk | None = None,
        *,
        now: datetime = NOW,
        vars: dict[str, Any] | None = None,
    ) -> None:
        self.spec = spec
        self.desk = desk or Desk()
        self.now = now
        self.state = Execution.start(spec, vars=vars or {}, host=self.desk, now=now).dump()

    @property
    def run(self) -> Execution:
        return Execution.restore(self.spec, self.state, host=self.desk, now=self.now)

    def act(self, act: Callable[[Execution], Any]) -> Any:
        run = self.run
        result = act(run)
        self.state = run.dump()
        return result

    @property
    def open(self) -> list[str]:
        return sorted(task.node for task in self.run.ready_tasks())

    @property
    def acts(self) -> list[str]:
        return sorted(act.node for act in self.run.offered_acts())

    @property
    def vars(self) -> dict[str, Any]:
        return self.run.vars

    @property
    def outcome(self) -> str | None:
        return self.run.outcome

    @property
    def finished(self) -> bool:
        return self.run.is_finished

    def task(self, node: str, key: str | None = None) -> ReadyTask:
        found = [
            task
            for task in self.run.ready_tasks()
            if task.node == node and (key is None or task.item_key == key)
        ]
        assert found, f"{node} is not ready, but {self.open}"
        return found[0]

    def do(self, node: str, key: str | None = None, /, **answers: Any) -> "Case":
        task = self.task(node, key)
        self.act(lambda run: run.complete(task.id, answers))
        return self

    def send(self, name: str, key: str | None = None, /, **payload: Any) -> "Case":
        act_id = None
        if key is not None:
            acts = self.run.offered_acts()
            act_id = next(a.id for a in acts if a.node == name and a.item_key == key)
        self.act(lambda run: run.send(name, payload, act_id=act_id))
        return self

    def at(self, now: datetime) -> int:
        self.now = now
        fired: int = self.act(lambda run: run.advance())
        return fired
