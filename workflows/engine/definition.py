"""A compiled definition: what the engine runs, and what it knows about each node."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from workflows.engine.decisions import Decision, parse_dmn
from workflows.engine.errors import DiagramFault
from workflows.engine.nodes import Node


@dataclass(frozen=True)
class Spec:
    """One version of a process, ready to run; shared by all cases of that version."""

    process: str
    digest: str
    nodes: Mapping[str, Node]
    processes: Mapping[str, Node]
    types: Mapping[str, Any] = field(repr=False)
    decision_files: Mapping[str, bytes] = field(repr=False)
    main: Any = field(repr=False)
    subs: Mapping[str, Any] = field(repr=False)

    @cached_property
    def decisions(self) -> Mapping[str, Decision]:
        """The decision tables by id."""
        return {
            decision.id: decision
            for content in dict.fromkeys(self.decision_files.values())
            for decision in parse_dmn(content)
        }

    def decision(self, name: str) -> Decision:
        """One decision table; a DiagramFault when the definition has none of that id."""
        if name not in self.decisions:
            raise DiagramFault(f"There is no decision {name}.", f"没有决策表 {name}。")
        return self.decisions[name]
