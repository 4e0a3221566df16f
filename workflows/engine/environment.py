"""What one command knows, and the one place where its expressions are evaluated.

SpiffWorkflow asks for values in two ways: through the script engine, with the task, and past it
through the environment, without one (correlations, ad-hoc conditions). Both end here, in FEEL.
Nothing is ever executed: scripts are refused.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Never

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment

from workflows.engine import feel
from workflows.engine.definition import Spec
from workflows.engine.errors import EngineFault
from workflows.engine.host import Call, Host
from workflows.engine.scopes import item_of, layers, scope_of


@dataclass
class Command:
    """One command on one case: its definition, its time, its variables, the domain behind it."""

    spec: Spec
    host: Host
    now: datetime
    vars: dict[str, Any]
    # What an operation raised: passed on as it is, the library's own exceptions are explained.
    raised: BaseException | None = field(default=None, repr=False)

    @cached_property
    def functions(self) -> Mapping[str, Callable[..., object]]:
        """The functions expressions may call, beside those of FEEL."""
        return {"values": values, **self.host.functions}

    def call(self, task: Any, parameters: dict[str, Any] | None = None) -> Call:
        """What the domain is told about an automatic node at work."""
        return Call(
            node=self.spec.nodes[task.task_spec.bpmn_id],
            vars=self.vars,
            scope=scope_of(task),
            item=item_of(task),
            now=self.now,
            parameters=parameters or {},
        )

    def outside(self, act: Callable[[], Any]) -> Any:
        """Let the domain act; its refusals leave the engine unchanged."""
        try:
            return act()
        except BaseException as refusal:
            self.raised = refusal
            raise

    def value(self, task: Any, expression: str, extra: Mapping[str, Any] | None = None) -> object:
        """The FEEL value of an expression at a task."""
        return self.evaluate(
            expression,
            layers(self.vars, scope_of(task)),
            {"item": item_of(task), **(extra or {})},
            node=task.task_spec.bpmn_id,
        )

    def names_at(self, task: Any, extra: Mapping[str, Any]) -> "Names":
        """All names at a task, each turned into FEEL when it is asked for."""
        here = layers(self.vars, scope_of(task))
        return Names(self, here, {"item": item_of(task), **extra})

    def plain(self, task: Any, path: str) -> Any:
        """The JSON at a dotted path; None when its last steps are not there, a fault when its
        root is not: a misspelt collection must not pass for an empty one."""
        root, *steps = path.split(".")
        here = [{"item": item_of(task)}, *layers(self.vars, scope_of(task))]
        layer = next((layer for layer in here if root in layer), None)
        if layer is None:
            raise EngineFault(
                f"There is no “{root}”.", f"没有变量“{root}”。", node=task.task_spec.bpmn_id
            )
        value: Any = layer[root]
        for step in steps:
            value = value.get(step) if isinstance(value, dict) else None
        return value

    def json_value(self, task: Any, expression: str) -> Any:
        """The same as JSON."""
        return feel.from_feel(self.value(task, expression))

    def evaluate(
        self,
        expression: str,
        here: list[Mapping[str, Any]],
        extra: Mapping[str, Any],
        *,
        node: str | None = None,
    ) -> object:
        """The FEEL value of an expression over layers of variables; a name not set yet is null."""
        try:
            parsed = feel.parse(expression)
            names: dict[str, object] = dict.fromkeys(parsed.names)
            for name in parsed.names | parsed.filter_names:
                value = self.named(name, here, extra)
                if value is not None:
                    names[name] = value
            return feel.evaluate(parsed, names, functions=self.functions)
        except feel.FeelError as fault:
            raise EngineFault(
                f"“{expression}”: {fault.en}", f"“{expression}”：{fault.zh}", node=node
            ) from fault

    def named(self, name: str, here: list[Mapping[str, Any]], extra: Mapping[str, Any]) -> object:
        """The value of one name, dates and times typed as the form of that name says."""
        for layer in (extra, *here):
            if layer.get(name) is not None:
                schema = self.spec.types.get(name)
                return layer[name] if schema is None else feel.to_feel(layer[name], schema)
        return None


class Names(Mapping[str, object]):
    """Names over layers of variables, for whoever asks for them one by one."""

    def __init__(
        self, command: Command, here: list[Mapping[str, Any]], extra: Mapping[str, Any]
    ) -> None:
        self._command = command
        self._here = here
        self._extra = extra

    def __getitem__(self, name: str) -> object:
        if not any(name in layer for layer in (self._extra, *self._here)):
            raise KeyError(name)
        return self._command.named(name, self._here, self._extra)

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name for layer in (self._extra, *self._here) for name in layer))

    def __len__(self) -> int:
        return len(list(iter(self)))


def values(context: object) -> list[object]:
    """The values of a context; an unset one has none."""
    return list(context.values()) if isinstance(context, dict) else []


class FeelEnvironment(BasePythonScriptEngineEnvironment):  # type: ignore[misc]
    """Answers what the library asks past the script engine."""

    def __init__(self, command: Command) -> None:
        super().__init__({})
        self.command = command

    def evaluate(
        self,
        expression: str,
        context: Mapping[str, Any],
        external_context: Mapping[str, Any] | None = None,
    ) -> object:
        """Evaluate FEEL over the context and the case's variables."""
        return self.command.evaluate(
            expression, [context, self.command.vars], external_context or {}
        )

    def execute(self, *_: object, **__: object) -> Never:
        """Refuse: diagrams name, Python does."""
        raise EngineFault("Scripts are not executed.", "不执行脚本。")

    def call_service(self, *_: object, **__: object) -> Never:
        """Refuse: service tasks reach the domain by the name of their operation."""
        raise EngineFault("Unknown kind of service.", "未知的服务类型。")


class FeelEngine(PythonScriptEngine):  # type: ignore[misc]
    """Hands every expression to the command; holds it for the specs that run under it."""

    def __init__(self, command: Command) -> None:
        super().__init__(FeelEnvironment(command))
        self.command = command

    def evaluate(
        self, task: Any, expression: str, external_context: Mapping[str, Any] | None = None
    ) -> object:
        """Evaluate FEEL at a task."""
        return self.command.value(task, expression, external_context)

    def execute(self, task: Any, script: str, external_context: object = None) -> Never:
        """Refuse, naming the node."""
        raise EngineFault("Scripts are not executed.", "不执行脚本。", node=task.task_spec.bpmn_id)


def command_of(task: Any) -> Command:
    """The command under which a task runs."""
    command: Command = task.workflow.script_engine.command
    return command
