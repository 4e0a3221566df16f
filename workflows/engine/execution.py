"""One running case. Feed it answers, messages and time; it tells what is waited for.

An Execution serves one command: restore, act, dump. When a call raises, throw the object away;
its tree may be half-way, and it refuses everything from then on.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.util.task import TaskState

from workflows.engine import codec, moves, timers
from workflows.engine.activities import KEY, ParallelItems
from workflows.engine.definition import Spec
from workflows.engine.environment import Command, FeelEngine
from workflows.engine.errors import EngineFault, NotReady, TooDeep
from workflows.engine.gateways import CHOSEN, FirstEventGateway
from workflows.engine.growth import DONE_NODES, parts
from workflows.engine.host import Host
from workflows.engine.moments import aware
from workflows.engine.running import OUTCOME, main_of, run_on, set_off
from workflows.engine.scopes import (
    Scope,
    item_context,
    item_of,
    layers,
    own_place,
    place,
    scope_of,
    write_result,
)
from workflows.engine.waits import OfferedAct, ReadyTask


class Execution:
    """One running case under one command."""

    def __init__(self, workflow: Any, spec: Spec, host: Host, now: datetime) -> None:
        if now.tzinfo is None:
            raise EngineFault("The time has no offset.", "时间没有时区偏移。")
        self._workflow = workflow
        self._spec = spec
        self._command = Command(spec, host, now.astimezone(UTC), workflow.data["vars"])
        self._failed = False
        workflow.script_engine = FeelEngine(self._command)

    @classmethod
    def start(cls, spec: Spec, *, vars: dict[str, Any], host: Host, now: datetime) -> Self:
        """A new case, run up to where somebody or something is waited for."""
        workflow = BpmnWorkflow(spec.main, spec.subs)
        workflow.data["vars"] = dict(vars)
        execution = cls(workflow, spec, host, now)
        execution._act(lambda: None)
        return execution

    @classmethod
    def restore(cls, spec: Spec, state: bytes, *, host: Host, now: datetime) -> Self:
        """A case as it was dumped."""
        return cls(codec.load(state, spec), spec, host, now)

    def dump(self) -> bytes:
        """The state to store."""
        self._check_whole()
        return codec.dump(self._workflow, self._spec)

    @property
    def vars(self) -> dict[str, Any]:
        """The case's variables."""
        return self._command.vars

    @property
    def is_finished(self) -> bool:
        """Whether the case has come to its end, or was cancelled."""
        return bool(self._workflow.completed)

    @property
    def outcome(self) -> str | None:
        """The end event reached last in the process itself, once it is finished."""
        return self._workflow.data.get(OUTCOME) if self.is_finished else None

    @property
    def wake_at(self) -> datetime | None:
        """When `advance` has something to do next."""
        return None if self.is_finished else timers.next_due(self._workflow)

    # --- what is waited for -----------------------------------------------------------------

    def ready_tasks(self) -> list[ReadyTask]:
        """The steps that wait for a person."""
        return [self._ready_task(task) for task in self._open_tasks() if _is_manual(task)]

    def offered_acts(self) -> list[OfferedAct]:
        """What may be done beside the open steps."""
        return [
            self._offered_act(task)
            for task in self._waiting_events()
            if isinstance(task.task_spec, BoundaryEvent) and _is_message(task)
        ]

    def awaited_messages(self) -> list[str]:
        """The nodes that wait for a message on a path of their own."""
        found: list[str] = []
        for task in self._waiting_events():
            if isinstance(task.task_spec, FirstEventGateway):
                found.extend(node for node, _ in self._ways(task))
            elif not isinstance(task.task_spec, BoundaryEvent) and _is_message(task):
                found.append(task.task_spec.bpmn_id)
        return found

    def tokens(self) -> list[str]:
        """The nodes where the case stands."""
        names = [
            task.task_spec.bpmn_id
            for task in self._open_tasks()
            if not isinstance(task.task_spec, BoundaryEvent) or task.state != TaskState.WAITING
        ]
        return list(dict.fromkeys(name for name in names if name in self._spec.nodes))

    def done_nodes(self) -> list[str]:
        """The nodes that were completed at least once."""
        names = list(self._workflow.data.get(DONE_NODES, []))
        for part in parts(self._workflow):
            for task in part.tasks.values():
                if task.state == TaskState.COMPLETED:
                    names.append(task.task_spec.bpmn_id)
        return list(dict.fromkeys(name for name in names if name in self._spec.nodes))

    def evaluate(self, expression: str, scope: Scope = (), item: Any = None) -> object:
        """The value of an expression over the case's variables, as FEEL gives it."""
        extra = {"item": item or self._item_at(scope)} if item or scope else {}
        return self._command.evaluate(expression, layers(self.vars, scope), extra)

    # --- what happens -----------------------------------------------------------------------

    def complete(self, task_id: UUID, answers: dict[str, Any]) -> None:
        """Do a step: keep the answers in their place and run on."""
        self._check_whole()
        task = self._find(task_id)
        if task is None or not _is_manual(task) or task.workflow.completed:
            raise NotReady("This step is not waiting any more.", "该步骤已不在待办状态。")

        def act() -> None:
            write_result(self.vars, task, dict(answers))
            task.run()

        self._act(act)

    def send(self, message: str, payload: dict[str, Any], *, act_id: UUID | None = None) -> None:
        """Deliver a message, by its name or by the node that waits for it, and run on."""
        self._check_whole()
        task, node = self._receiver(message, act_id)

        def act() -> None:
            place(self.vars, own_place(task)[0])[node] = dict(payload)
            self._deliver(task, node)

        self._act(act)

    def advance(self) -> int:
        """Set off every timer that is due, the earliest first; how many went off."""
        fired: set[tuple[UUID, int | None]] = set()

        def act() -> None:
            while timer := self._due(fired):
                fired.add((timer.task.id, timer.index))
                self._set_off(timer)
                run_on(self._workflow)

        self._act(act)
        return len(fired)

    def reschedule(self, node: str, due: datetime, *, scope: Scope | None = None) -> None:
        """Give a timer that waits another time."""
        self._check_whole()
        found = [
            timer
            for timer in timers.armed(self._workflow)
            if timer.node == node and (scope is None or scope_of(timer.task) == scope)
        ]
        if len(found) != 1:
            raise NotReady(
                "No timer, or more than one, waits here.", "此处没有或不止一个定时。", node=node
            )
        timers.move(found[0], aware(due, node))

    def postpone(self, later: Callable[[datetime], datetime]) -> None:
        """Every timer that waits has another time, as `later` says."""
        self._check_whole()
        for timer in timers.armed(self._workflow):
            timers.move(timer, later(timer.due))

    def change_items(
        self, node: str, *, leave: Collection[str] = (), join: Mapping[str, Any] | None = None
    ) -> None:
        """Items of a parallel multi-instance under way are closed, others join it."""
        self._check_whole()
        task = next((t for t in self._open_tasks() if _has_items(t, node)), None)
        if task is None:
            raise NotReady("No items are under way here.", "此处没有正在办理的事项。", node=node)

        def act() -> None:
            for key, item in (join or {}).items():
                task.task_spec.join(task, key, item)
            for key in leave:
                task.task_spec.leave(task, key)

        self._act(act)

    def return_to(self, node: str) -> None:
        """Go back to a node that was done; refused when another branch would stay open."""
        self._check_whole()
        task = moves.last_visit(self._workflow, node)
        self._act(lambda: moves.reset_to(self._workflow, task))

    def jump(self, node: str) -> None:
        """Close what is open and go to any node of the process itself."""
        self._check_whole()
        entry = moves.entry(self._workflow, node)
        self._act(lambda: moves.begin_at(self._workflow, entry))

    def cancel(self) -> None:
        """Close the case: no step, no timer, no outcome."""
        self._check_whole()
        self._workflow.cancel()
        self._workflow.data.pop(OUTCOME, None)
        self._workflow.event_manager.tasks.clear()

    # --- within -----------------------------------------------------------------------------

    def _act(self, act: Callable[[], None]) -> None:
        self._check_whole()
        try:
            act()
            run_on(self._workflow)
        except BaseException as fault:
            self._failed = True
            raise self._explained(fault) from fault.__cause__

    def _explained(self, fault: BaseException) -> BaseException:
        if isinstance(fault, EngineFault) or fault is self._command.raised:
            return fault
        if isinstance(fault, RecursionError):
            return TooDeep("The case is too deep to walk.", "流程层次过深。")
        if not isinstance(fault, Exception):
            return fault
        spec = getattr(fault, "task_spec", None)
        explained = EngineFault(
            f"The engine failed: {fault!r}",
            f"流程引擎出错：{fault!r}",
            node=getattr(spec, "bpmn_id", None),
        )
        explained.__cause__ = fault
        return explained

    def _check_whole(self) -> None:
        if self._failed:
            raise EngineFault(
                "A command failed; nothing of it may be kept.", "命令已失败，不得保留其结果。"
            )

    def _open_tasks(self) -> list[Any]:
        live = TaskState.READY | TaskState.WAITING | TaskState.STARTED
        return [
            task
            for part in parts(self._workflow)
            if not part.completed
            for task in part.tasks.values()
            if task._state & live
        ]

    def _waiting_events(self) -> list[Any]:
        return [
            task
            for task in self._workflow.event_manager.tasks.values()
            if task.state == TaskState.WAITING
        ]

    def _find(self, task_id: UUID) -> Any:
        for part in parts(self._workflow):
            if task_id in part.tasks:
                return part.tasks[task_id]
        return None

    def _ready_task(self, task: Any) -> ReadyTask:
        node = self._spec.nodes[task.task_spec.bpmn_id]
        scope, key = own_place(task)
        if key is None and scope:
            key = scope[-1][1]
        return ReadyTask(
            id=task.id,
            node=node.id,
            name=node.name,
            scope=scope,
            item_key=key,
            item=item_of(task),
            properties=node.properties,
        )

    def _offered_act(self, task: Any) -> OfferedAct:
        node = self._spec.nodes[task.task_spec.bpmn_id]
        main = main_of(task)
        scope = scope_of(task)
        return OfferedAct(
            id=task.id,
            node=node.id,
            name=node.name,
            attached_to=str(node.attached_to),
            task_id=main.id if main is not None and _is_manual(main) else None,
            message=str(node.message),
            properties=node.properties,
            interrupting=node.interrupting,
            scope=scope,
            item_key=scope[-1][1] if scope else None,
            item=item_of(task),
        )

    def _ways(self, task: Any) -> list[tuple[str, int]]:
        """The messages an event-based gateway waits for: catching node and way."""
        return [
            (task.task_spec.outputs[index].bpmn_id, index)
            for index, event in enumerate(task.task_spec.event_definition.event_definitions)
            if isinstance(event, MessageEventDefinition)
        ]

    def _receivers(self, message: str) -> list[tuple[Any, str]]:
        found = []
        for task in self._waiting_events():
            if isinstance(task.task_spec, FirstEventGateway):
                nodes = [node for node, _ in self._ways(task)]
            else:
                nodes = [task.task_spec.bpmn_id] if _is_message(task) else []
            found += [(task, n) for n in nodes if message in (n, self._spec.nodes[n].message)]
        return found

    def _receiver(self, message: str, act_id: UUID | None) -> tuple[Any, str]:
        found = self._receivers(message)
        if act_id is not None:
            found = [(task, node) for task, node in found if task.id == act_id]
        if not found:
            raise NotReady(
                f"Nobody waits for the message {message}.", f"没有节点在等待消息 {message}。"
            )
        if len(found) > 1:
            raise NotReady(
                f"Several wait for the message {message}; say which.",
                f"有多个节点在等待消息 {message}，请指明其一。",
            )
        return found[0]

    def _deliver(self, task: Any, node: str) -> None:
        if isinstance(task.task_spec, FirstEventGateway):
            task.internal_data[CHOSEN] = dict(self._ways(task))[node]
            task.task_spec._update(task)
            return
        known = self._spec.nodes[node]
        again = not known.interrupting and known.properties.get("repeat") == "yes"
        set_off(task, again=again and isinstance(task.task_spec, BoundaryEvent))

    def _due(self, fired: set[tuple[UUID, int | None]]) -> timers.Armed | None:
        due = [
            timer
            for timer in timers.armed(self._workflow)
            if timer.due <= self._command.now and (timer.task.id, timer.index) not in fired
        ]
        return min(due, key=lambda timer: timer.due, default=None)

    def _set_off(self, timer: timers.Armed) -> None:
        if timer.index is not None:
            timer.task.internal_data[CHOSEN] = timer.index
            timer.task.task_spec._update(timer.task)
            return
        repeats = isinstance(timer.task.task_spec.event_definition, timers.CycleTimer)
        if repeats:
            timers.skip_ahead(timer.task.internal_data, self._command.now)
        set_off(timer.task, again=repeats)

    def _item_at(self, scope: Scope) -> dict[str, Any] | None:
        for part in parts(self._workflow):
            for task in part.tasks.values():
                if task.internal_data.get(KEY) == scope[-1][1] and scope_of(task) == scope:
                    return item_context(scope[-1][1], task.internal_data.get("item"))
        return item_context(scope[-1][1], None)


def _is_manual(task: Any) -> bool:
    return bool(task.state == TaskState.READY and task.task_spec.manual)


def _has_items(task: Any, node: str) -> bool:
    started = task.state == TaskState.STARTED and task.task_spec.bpmn_id == node
    return started and isinstance(task.task_spec, ParallelItems)


def _is_message(task: Any) -> bool:
    return isinstance(task.task_spec.event_definition, MessageEventDefinition)
