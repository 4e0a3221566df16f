"""The wall around SpiffWorkflow: nothing outside this folder imports it."""

from typing import Any

from workflows.engine.bundle import Bundle
from workflows.engine.decisions import Outcome
from workflows.engine.definition import Spec
from workflows.engine.errors import (
    DiagramFault,
    EndlessLoop,
    EngineFault,
    NotReady,
    Stuck,
    TooDeep,
    WrongVersion,
)
from workflows.engine.execution import Execution
from workflows.engine.feel import from_feel, to_feel
from workflows.engine.host import Call, Host
from workflows.engine.nodes import Node
from workflows.engine.specs import compile_bundle, load_spec
from workflows.engine.waits import OfferedAct, ReadyTask

__all__ = [
    "Bundle",
    "Call",
    "DiagramFault",
    "EndlessLoop",
    "EngineFault",
    "Execution",
    "Host",
    "Node",
    "NotReady",
    "OfferedAct",
    "Outcome",
    "ReadyTask",
    "Spec",
    "Stuck",
    "TooDeep",
    "WrongVersion",
    "compile_bundle",
    "from_feel",
    "load_spec",
    "to_feel",
    "to_json",
]


def to_json(value: object) -> Any:
    """Any value of the engine as JSON types: numbers, texts, lists, dicts."""
    return from_feel(to_feel(value))
