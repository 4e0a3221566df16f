"""What the domain gives the engine for one command, and what it is told in return."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from workflows.engine.decisions import Outcome
from workflows.engine.nodes import Node
from workflows.engine.scopes import Scope, place


@dataclass
class Call:
    """One automatic node at work: what it may read and change."""

    node: Node
    vars: dict[str, Any]
    scope: Scope
    item: dict[str, Any] | None
    now: datetime
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def here(self) -> dict[str, Any]:
        """The variables of the innermost scope; those of the case outside of any."""
        return place(self.vars, self.scope)


class Host(Protocol):
    """The domain behind the engine."""

    def call(self, operation: str, call: Call) -> None:
        """Do what a service task names."""

    def decision_inputs(self, decision: str, call: Call) -> Mapping[str, object]:
        """Names a decision table reads beside the case's variables."""

    def decided(self, decision: str, call: Call, outcome: Outcome) -> None:
        """Take note of what a decision table answered."""

    @property
    def functions(self) -> Mapping[str, Callable[..., object]]:
        """Functions of ours that expressions may call."""
