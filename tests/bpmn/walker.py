"""Walk a shipped diagram from start to end without a database, and say what was not walked.

A walk stores and restores the case at every step, as in real life. What it took is compared with
what stands in the XML: every flow, every boundary event, every end, every row of a table, each
loop none, once and twice.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, Self

import pytest
from lxml import etree
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.task import Task

from tests.bpmn.test_drawings import NS, ROOT, nodes_of, parameters, process_file, root_of
from workflows.deadlines import Calendar
from workflows.engine import Bundle, Call, Execution, Outcome, Spec, compile_bundle, load_spec
from workflows.hosting import calendar_functions

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)  # Monday, nine in the office
Operation = Callable[[Call], None]
Flow = tuple[str, str]


@cache
def spec_of(process: str) -> Spec:
    return load_spec(compile_bundle(Bundle.from_folder(ROOT / process)))


@dataclass
class Taken:
    """What a walk went through, and how often it took each flow."""

    times: Counter[Flow] = field(default_factory=Counter)
    nodes: list[str] = field(default_factory=list)
    rows: set[tuple[str, int]] = field(default_factory=set)

    @property
    def flows(self) -> set[Flow]:
        return set(self.times)

    def add(self, other: "Taken") -> None:
        self.times += other.times
        self.nodes += other.nodes
        self.rows |= other.rows

    def note(self, task: Any) -> None:
        """A step was run: the flow to it starts at the nearest drawn step before it."""
        node = task.task_spec.bpmn_id
        self.nodes.append(node)
        before = task.parent
        while before is not None and before.task_spec.bpmn_id is None:
            before = before.parent
        if before is None or isinstance(task.task_spec, BoundaryEvent):
            return
        if before.task_spec.bpmn_id != node:  # the items of a step come from the step itself
            self.times[before.task_spec.bpmn_id, node] += 1


@dataclass
class Stub:
    """The domain behind the engine, played by plain functions."""

    operations: Mapping[str, Operation] = field(default_factory=dict)
    inputs: Mapping[str, Callable[[Call], Mapping[str, object]]] = field(default_factory=dict)
    taken: Taken = field(default_factory=Taken)
    called: list[str] = field(default_factory=list)
    now: datetime = NOW

    def call(self, operation: str, call: Call) -> None:
        self.called.append(operation)
        if operation in self.operations:
            self.operations[operation](call)

    def decision_inputs(self, decision: str, call: Call) -> Mapping[str, object]:
        return self.inputs[decision](call) if decision in self.inputs else {}

    def decided(self, decision: str, call: Call, outcome: Outcome) -> None:
        self.taken.rows |= {(decision, row) for row in outcome.rows}

    @property
    def functions(self) -> Mapping[str, Callable[..., object]]:
        return calendar_functions(Calendar(), self.now)


class Walk:
    """One case on its way. Each act restores the state, acts, and stores it again."""

    def __init__(self, process: str, stub: Stub, variables: Mapping[str, Any]) -> None:
        self.spec, self.stub = spec_of(process), stub
        given = {"due": {}, "unit": "1", **lent(), **variables}
        self.state = b""
        self._keep(lambda: Execution.start(self.spec, vars=given, host=stub, now=stub.now))

    def _keep(self, act: Callable[[], Execution]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            run = Task.run

            def traced(task: Any) -> Any:
                if task.task_spec.bpmn_id is not None:
                    self.stub.taken.note(task)
                return run(task)

            patch.setattr(Task, "run", traced)
            self.state = act().dump()

    @property
    def run(self) -> Execution:
        return Execution.restore(self.spec, self.state, host=self.stub, now=self.stub.now)

    def _act(self, act: Callable[[Execution], Any]) -> Self:
        def again() -> Execution:
            run = self.run
            act(run)
            return run

        self._keep(again)
        return self

    def do(self, node: str, key: str | None = None, **answers: Any) -> Self:
        """The open step is done with these answers."""
        found = [t for t in self.run.ready_tasks() if t.node == node and key in (None, t.item_key)]
        assert found, f"{node} is not open, but {self.open}"
        self._fits(node, answers)
        return self._act(lambda run: run.complete(found[0].id, answers))

    def send(self, node: str, **payload: Any) -> Self:
        """The act offered beside a step is taken, or the awaited message comes."""
        self._fits(node, payload)
        return self._act(lambda run: run.send(node, payload))

    def _fits(self, node: str, answers: Mapping[str, Any]) -> None:
        """What is answered can be answered on the form that ships."""
        fields = fields_of(self.spec.process, self.spec.nodes[node].properties["formKey"])
        for name, value in answers.items():
            assert name in fields, f"{node} has no field {name}"
            assert value in fields[name].get("enum", [value]), f"{node}.{name} is never {value}"

    def change(self, change: Callable[[dict[str, Any]], object]) -> Self:
        """What an effect of the domain does to the variables beside a person's act."""
        return self._act(lambda run: change(run.vars))

    def wait(self) -> Self:
        """Time goes on to the next timer, which fires."""
        due = self.run.wake_at
        assert due is not None, f"no timer waits beside {self.open}"
        self.stub.now = max(due, self.stub.now)
        return self._act(lambda run: run.advance())

    def until(self, day: date) -> Self:
        """Time goes on to noon of the day; every timer due by then fires."""
        self.stub.now = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
        return self._act(lambda run: run.advance())

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
    def wake_at(self) -> datetime | None:
        return self.run.wake_at


def lent() -> dict[str, dict[str, Any]]:
    """The parameters that every case is lent."""
    found: dict[str, dict[str, Any]] = {"days": {}, "rule": {}}
    for key, row in parameters().items():
        group, name = key.split(".")
        found[group][name] = row["value"]
    return found


@cache
def fields_of(process: str, form: str) -> dict[str, dict[str, Any]]:
    """The fields of a form, of the process itself or of one that it calls."""
    calls = root_of(process_file(process)).iterfind(".//bpmn:callActivity", NS)
    for folder in (process, *(each.get("calledElement", "") for each in calls)):
        path = ROOT / folder / "forms" / f"{form}.schema.json"
        if path.is_file():
            return dict(json.loads(path.read_text())["properties"])
    raise AssertionError(f"{process} has no form {form}")


def end_of(moment: datetime, days: int) -> str:
    """The last second of the n-th working day after it, as a case stores it."""
    calendar = Calendar()
    day = calendar.add_workdays((moment + timedelta(hours=8)).date(), days)
    return calendar.end_of_day(day).isoformat()


def once(walks: Mapping[str, Callable[[], Walk]]) -> dict[str, Callable[[], Walk]]:
    """The same walks, each gone once however often it is asked for."""
    return {name: cache(walk) for name, walk in walks.items()}


def walked(walks: Iterable[Callable[[], Walk]]) -> Taken:
    """All that the walks took together."""
    total = Taken()
    for walk in walks:
        total.add(walk().stub.taken)
    return total


def flows_of(process: str) -> set[Flow]:
    """The flows drawn, by source and target."""
    return {flow for scope in _scopes(process) for flow in _flows_in(scope)}


def not_walked(process: str, taken: Taken) -> list[str]:
    """The flows and nodes of the drawing that no walk took."""
    flows = [f"{source} → {target}" for source, target in flows_of(process) - taken.flows]
    return sorted([*flows, *(set(nodes_of(process_file(process))) - set(taken.nodes))])


def rows_of(process: str, decision: str) -> set[tuple[str, int]]:
    rules = spec_of(process).decision(decision).rules
    return {(decision, row) for row in range(1, len(rules) + 1)}


def loops_of(process: str) -> set[Flow]:
    """The flows that lead back to a step on the way to themselves, read as drawn."""
    return {flow for scope in _scopes(process) for flow in _backward(_ways_in(scope))}


def loops_missed(process: str, walks: Iterable[Callable[[], Walk]]) -> list[str]:
    """The loops that no walk left untaken, that none took once, or that none took twice."""
    taken = [walk().stub.taken.times for walk in walks]
    return sorted(
        f"{source} → {target} {often} times"
        for source, target in loops_of(process)
        for often in {0, 1, 2} - {times[source, target] for times in taken}
    )


def _scopes(process: str) -> list[etree._Element]:
    """The process and its subprocesses: a flow never leaves one."""
    kinds = ("process", "subProcess")
    root = root_of(process_file(process))
    return [each for kind in kinds for each in root.iter(f"{{{NS['bpmn']}}}{kind}")]


def _ways_in(scope: etree._Element) -> dict[str, list[str]]:
    """Where each step leads, in the order drawn; a step leads to the events on its border."""
    ways: dict[str, list[str]] = {}
    for source, target in _flows_in(scope):
        ways.setdefault(source, []).append(target)
    for event in scope.iterfind("bpmn:boundaryEvent", NS):
        ways.setdefault(event.get("attachedToRef", ""), []).append(event.get("id", ""))
    return ways


def _flows_in(scope: etree._Element) -> list[Flow]:
    flows = scope.iterfind("bpmn:sequenceFlow", NS)
    return [(flow.get("sourceRef", ""), flow.get("targetRef", "")) for flow in flows]


def _backward(ways: Mapping[str, list[str]]) -> Iterator[Flow]:
    """A walk in depth from the start: what leads to a step that is still open leads back."""
    start = next(iter(set(ways) - {target for targets in ways.values() for target in targets}))
    trail, seen = [(start, iter(ways[start]))], {start}
    while trail:
        here, targets = trail[-1]
        target = next(targets, None)
        if target is None:
            trail.pop()
        elif target in {step for step, _ in trail}:
            yield here, target
        elif target not in seen:
            seen.add(target)
            trail.append((target, iter(ways.get(target, []))))
