"""A running case as bytes: the task tree in order, without the definition.

Rows stand parents first and refer to each other by place, so no storage can mix them up. Data of
users is written and read as it is, never interpreted. See docs/adr/0002-state-codec.md.
"""

import threading
from typing import Any
from uuid import UUID

import orjson
import zstandard
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from workflows.engine.clockless import stop_the_clock
from workflows.engine.definition import Spec
from workflows.engine.errors import EngineFault, WrongVersion

FMT = 1
MOST_BYTES = 64 * 1024 * 1024
_STRICT = (
    orjson.OPT_PASSTHROUGH_DATETIME
    | orjson.OPT_PASSTHROUGH_DATACLASS
    | orjson.OPT_PASSTHROUGH_SUBCLASS
)
_TRIGGERED, _LAST = 1, 2
_NEW = object.__new__

_threads = threading.local()

stop_the_clock()


class _Packers:
    """A compressor and a decompressor; making them takes longer than using them."""

    def __init__(self) -> None:
        self.compress = zstandard.ZstdCompressor(level=3).compress
        self._decompress = zstandard.ZstdDecompressor().decompress

    def decompress(self, data: bytes) -> bytes:
        if zstandard.frame_content_size(data) > MOST_BYTES:
            raise zstandard.ZstdError("too large")
        return self._decompress(data)


def _packers() -> _Packers:
    """Those of this thread; they may not be shared."""
    found = getattr(_threads, "packers", None)
    if found is None:
        found = _threads.packers = _Packers()
    return found


def dump(workflow: Any, spec: Spec) -> bytes:
    """The state of a case; refuses variables that are not JSON."""
    state = {
        "f": FMT,
        "d": spec.digest[:16],
        "t": _rows(workflow),
        "s": [[k.hex, sub.spec.name, _rows(sub)] for k, sub in workflow.subprocesses.items()],
        "v": workflow.data,
    }
    try:
        plain = orjson.dumps(state, option=_STRICT)
    except TypeError as fault:
        raise EngineFault(
            f"The variables are not plain JSON: {fault}", f"变量不是纯 JSON：{fault}"
        ) from fault
    return _packers().compress(plain)


def _rows(workflow: Any) -> list[Any]:
    """[completed, success, rows]; a row is [id, parent's place, state, spec, flags, internal]."""
    places: dict[UUID, int] = {}
    rows = []
    last = workflow.last_task
    for place, (name, task) in enumerate(workflow.tasks.items()):
        places[name] = place
        flags = (_TRIGGERED if task.triggered else 0) | (_LAST if task is last else 0)
        parent = places.get(task._parent, -1)
        rows.append(
            [name.hex, parent, task._state, task.task_spec.name, flags, task.internal_data or 0]
        )
    return [int(workflow.completed), int(workflow.success), rows]


def load(data: bytes, spec: Spec) -> Any:
    """The running workflow of a stored state; refuses one of another definition or format."""
    state = _read(data)
    if state["d"] != spec.digest[:16]:
        raise WrongVersion(
            "The state belongs to another version of the process.", "状态属于流程的另一版本。"
        )
    workflow = BpmnWorkflow(spec.main, spec.subs, deserializing=True)
    workflow.data = state["v"]
    _restore(workflow, state["t"], workflow.event_manager)
    for name, sub_name, rows in state["s"]:
        _restore_sub(workflow, UUID(hex=name), _sub_spec(spec, sub_name), rows)
    return workflow


def _read(data: bytes) -> dict[str, Any]:
    try:
        state = orjson.loads(_packers().decompress(data))
    except (orjson.JSONDecodeError, zstandard.ZstdError) as fault:
        raise WrongVersion("The state cannot be read.", "状态数据无法读取。") from fault
    if not isinstance(state, dict) or state.get("f") != FMT:
        raise WrongVersion("The state has another format.", "状态数据的格式不符。")
    return state


def _sub_spec(spec: Spec, name: str) -> Any:
    if name not in spec.subs:
        raise WrongVersion(f"There is no subprocess {name}.", f"没有子流程 {name}。")
    return spec.subs[name]


def _restore_sub(workflow: Any, owner: UUID, spec: Any, rows: list[Any]) -> None:
    task = workflow.get_task_from_id(owner)
    sub = BpmnSubWorkflow(spec, owner, workflow, deserializing=True)
    workflow.subprocesses[owner] = sub
    _restore(sub, rows, workflow.event_manager)
    sub.completed_event.connect(task.task_spec._on_subworkflow_completed, task)


def _restore(workflow: Any, stored: list[Any], events: Any) -> None:
    completed, success, rows = stored
    tasks: list[Any] = []
    for row in rows:
        task = _task(workflow, row, tasks)
        if row[4] & _LAST:
            workflow.last_task = task
        if task._state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
            events.add_task(task)
        tasks.append(task)
    workflow.task_tree = tasks[0]
    workflow.completed = bool(completed)
    workflow.success = bool(success)


def _task(workflow: Any, row: list[Any], before: list[Any]) -> Any:
    """One task as it was. Its constructor is passed by: half of the time to restore a case would
    go into what it sets up only to be replaced. A test compares the attributes."""
    name, place, state, spec_name, flags, internal = row
    spec = workflow.spec.task_specs.get(spec_name)
    if spec is None:
        raise WrongVersion(f"There is no node {spec_name}.", f"没有节点 {spec_name}。")
    task = _NEW(Task)
    task.id = task_id = UUID(int=int(name, 16))
    task.workflow = workflow
    task._parent = None
    task._children = []
    task._state = state
    task.triggered = bool(flags & _TRIGGERED)
    task.task_spec = spec
    task.thread_id = 0
    task.data = {}
    task.internal_data = internal or {}
    task.last_state_change = 0.0
    if place >= 0:
        parent = before[place]
        task._parent = parent.id
        parent._children.append(task_id)
    workflow.tasks[task_id] = task
    return task
