"""The engine's share of one step, against what the step costs in memory, in the same run.

A step is stored as: read back, complete one task, dump. The floor is the same completion on a
workflow of the same diagram that is never stored, with the library's stock classes and nothing of
ours; our own workflow in memory is shown beside it. CPU times, taken in turns.
"""

import gc
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.util.task import TaskState

from tests.bench.figures import Figure, beside
from tests.workflows.engine.drawing import NOW, Desk, definitions, each, el, end, line, start, user
from workflows.engine import Bundle, Execution, Spec, compile_bundle, load_spec
from workflows.engine.xml import parse_safely

ROUNDS = 150
PEOPLE: dict[str, Any] = {f"u{number}": {} for number in range(20)}
FORM = {"verdict": "approve", "opinion": "经核实，情况属实，拟同意。" * 4, "n": 3, "urgent": True}
LINEAR = start() + user(*"abcdef") + end() + line("begin", *"abcdef", "finished")
VOTE = (
    start() + user("choose", "look") + el("userTask", "vote", each("people")) + end()
    + line("begin", "choose", "vote", "look", "finished")
)  # fmt: skip
STATE = 2048  # bytes, for a simple case that is under way


def run() -> list[Figure]:
    return [*_measure("linear", LINEAR, 3, 2.5), *_measure("items", VOTE, 6, 3)]


def _measure(name: str, body: str, done: int, most: float) -> list[Figure]:
    xml = definitions(body)
    spec = load_spec(compile_bundle(Bundle(process="p", diagrams={"p": xml})))
    state, bare = _state_after(spec, done), _bare(xml)
    against_own, against_bare = [], []
    for _ in range(ROUNDS):
        stored = _cpu(partial(_stored_step, spec, state))
        live = Execution.restore(spec, state, host=Desk(), now=NOW)
        against_own.append((stored, _cpu(partial(_step, live))))
        against_bare.append((stored, _cpu(partial(_bare_step, _bare_after(bare, done)))))
    size = Figure(f"engine {name}: state", float(len(state)), "bytes")
    figure = beside(f"engine {name}: stored step ÷ the library's in memory", "µs", against_bare)
    return [
        figure.at_most(most, of_floor=True),
        beside(f"engine {name}: stored step ÷ our own in memory", "µs", against_own),
        size.at_most(STATE) if name == "linear" else size,
    ]


def _cpu(act: Callable[[], Any]) -> float:
    gc.disable()  # as timeit does: what one measurement leaves behind is not the next one's cost
    begun = time.process_time_ns()
    act()
    spent = (time.process_time_ns() - begun) / 1000
    gc.enable()
    return spent


def _state_after(spec: Spec, done: int) -> bytes:
    run = Execution.start(spec, vars={"people": PEOPLE}, host=Desk(), now=NOW)
    for _ in range(done):
        _step(run)
    return run.dump()


def _step(run: Execution) -> None:
    run.complete(run.ready_tasks()[0].id, FORM)


def _stored_step(spec: Spec, state: bytes) -> bytes:
    run = Execution.restore(spec, state, host=Desk(), now=NOW)
    _step(run)
    return run.dump()


def _bare(xml: bytes) -> Any:
    parser = SpiffBpmnParser()
    parser.add_bpmn_xml(parse_safely(xml))
    return parser.get_spec("p")


def _bare_after(spec: Any, done: int) -> Any:
    workflow = BpmnWorkflow(spec)
    workflow.task_tree.data["people"] = PEOPLE
    workflow.do_engine_steps()
    for _ in range(done):
        _bare_step(workflow)
    return workflow


def _bare_step(workflow: Any) -> None:
    task = workflow.get_next_task(state=TaskState.READY, manual=True)
    task.data[task.task_spec.name] = dict(FORM)
    task.run()
    workflow.do_engine_steps()
