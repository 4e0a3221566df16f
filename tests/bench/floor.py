"""The floor of a completion: a lean store on SQLAlchemy Core and the library as it comes.

State, task and event row in five statements and one commit; nobody is asked who he is, no form is
checked, no inbox kept. `Stock` stores the state with the library's own serializer, as the peer
does; `Ours` with our codec, to show what the domain around it costs.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.spiff.parser import SpiffBpmnParser
from SpiffWorkflow.spiff.serializer import DEFAULT_CONFIG
from SpiffWorkflow.util.task import TaskState
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Connection,
    DateTime,
    Engine,
    LargeBinary,
    MetaData,
    String,
    Table,
    bindparam,
    insert,
    select,
    update,
)

from models.ids import new_id
from tests.workflows.engine.drawing import Desk, choice, definitions, end, line, start, user
from workflows.engine import Bundle, Execution, compile_bundle, load_spec
from workflows.engine.xml import parse_safely

SIMPLE = (
    start() + user("a", "b") + end() + line("begin", "a", "way") + line("b", "finished")
)  # and the gateway, in the words of either engine
STOCK_WAY = choice("way", "finished", b="verdict == 'approve'")
OUR_WAY = choice("way", "finished", b='a.verdict = "approve"')

metadata = MetaData()
INSTANCE = Table(
    "floor_instance",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("rev", BigInteger, nullable=False),
    Column("state", LargeBinary, nullable=False),
)
TASK = Table(
    "floor_task",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("instance_id", BigInteger, nullable=False, index=True),
    Column("engine_id", String(36), nullable=False),
    Column("node", String(80), nullable=False),
    Column("done_at", DateTime(timezone=True)),
)
EVENT = Table(
    "floor_event",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("instance_id", BigInteger, nullable=False, index=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("what", JSON, nullable=False),
)
LOAD = (
    select(INSTANCE.c.id, INSTANCE.c.rev, INSTANCE.c.state, TASK.c.engine_id)
    .join(TASK, TASK.c.instance_id == INSTANCE.c.id)
    .where(TASK.c.id == bindparam("task"))
)
DONE = update(TASK).where(TASK.c.id == bindparam("task")).values(done_at=bindparam("now"))
OPEN = insert(TASK)
NOTE = insert(EVENT)
SAVE = (
    update(INSTANCE)
    .where(INSTANCE.c.id == bindparam("one"), INSTANCE.c.rev == bindparam("seen"))
    .values(rev=bindparam("seen") + 1, state=bindparam("after"))
)
Step = Callable[[bytes, str, dict[str, Any]], tuple[bytes, list[tuple[str, str]]]]


class Floor:
    """The lean store on one engine: `fill` opens cases, `complete` does one of their tasks."""

    def __init__(self, engine: Engine, kind: "type[Stock | Ours]") -> None:
        self._engine = engine
        self._kind = kind()
        metadata.drop_all(engine)
        metadata.create_all(engine)

    def fill(self, cases: int) -> list[int]:
        """The open task of each new case."""
        with self._engine.begin() as connection:
            return [self._opened(connection) for _ in range(cases)]

    def _opened(self, connection: Connection) -> int:
        state, (opened,) = self._kind.begun()
        case = new_id()
        connection.execute(insert(INSTANCE), {"id": case, "rev": 1, "state": state})
        return self._task(connection, case, *opened)

    def _task(self, connection: Connection, case: int, engine_id: str, node: str) -> int:
        made = new_id()
        values = {"id": made, "instance_id": case, "engine_id": engine_id, "node": node}
        connection.execute(OPEN, values)
        return made

    def complete(self, task: int, answers: dict[str, Any], now: datetime) -> int | None:
        """The task is done; the next one, if the case goes on."""
        with self._engine.begin() as connection:
            case, seen, state, engine_id = connection.execute(LOAD, {"task": task}).one()
            after, opened = self._kind.step(state, engine_id, answers)
            connection.execute(DONE, {"task": task, "now": now})
            event = {"id": new_id(), "instance_id": case, "at": now, "what": answers}
            connection.execute(NOTE, event)
            saved = connection.execute(SAVE, {"one": case, "seen": seen, "after": after})
            assert saved.rowcount == 1
            return next((self._task(connection, case, *one) for one in opened), None)


class Stock:
    """The library's own engine, expressions and serializer: definition and state in one JSON."""

    def __init__(self) -> None:
        parser = SpiffBpmnParser()
        parser.add_bpmn_xml(parse_safely(definitions(SIMPLE + STOCK_WAY)))
        self._spec = parser.get_spec("p")
        registry = BpmnWorkflowSerializer.configure(DEFAULT_CONFIG)
        self._serializer = BpmnWorkflowSerializer(registry)

    def begun(self) -> tuple[bytes, list[tuple[str, str]]]:
        workflow = BpmnWorkflow(self._spec)
        workflow.do_engine_steps()
        return self._out(workflow)

    def step(
        self, state: bytes, engine_id: str, answers: dict[str, Any]
    ) -> tuple[bytes, list[tuple[str, str]]]:
        workflow = self._serializer.deserialize_json(state.decode())
        task = next(t for t in _ready(workflow) if str(t.id) == engine_id)
        task.data.update(answers)
        task.run()
        workflow.do_engine_steps()
        return self._out(workflow)

    def _out(self, workflow: Any) -> tuple[bytes, list[tuple[str, str]]]:
        opened = [(str(task.id), task.task_spec.name) for task in _ready(workflow)]
        return self._serializer.serialize_json(workflow).encode(), opened


def _ready(workflow: Any) -> list[Any]:
    found: list[Any] = workflow.get_tasks(state=TaskState.READY, manual=True)
    return found


class Ours:
    """Our engine and codec, and nothing of the domain."""

    def __init__(self) -> None:
        xml = definitions(SIMPLE + OUR_WAY)
        self._spec = load_spec(compile_bundle(Bundle(process="p", diagrams={"p": xml})))
        self._now = datetime.fromisoformat("2026-03-02T09:00:00+00:00")

    def begun(self) -> tuple[bytes, list[tuple[str, str]]]:
        return self._out(Execution.start(self._spec, vars={}, host=Desk(), now=self._now))

    def step(
        self, state: bytes, engine_id: str, answers: dict[str, Any]
    ) -> tuple[bytes, list[tuple[str, str]]]:
        run = Execution.restore(self._spec, state, host=Desk(), now=self._now)
        run.complete(next(t.id for t in run.ready_tasks() if str(t.id) == engine_id), answers)
        return self._out(run)

    def _out(self, run: Execution) -> tuple[bytes, list[tuple[str, str]]]:
        return run.dump(), [(str(task.id), task.node) for task in run.ready_tasks()]
