"""Where the areas hang in what the engine and the cases call: operations, inputs, guards, effects.

A diagram names an operation; a function registered here under that name does it. Guards and
effects belong to a person's act at a node, whatever the diagram around it says.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models import Case, Task, User
from workflows.deadlines import Calendar
from workflows.engine import Call, Node, Outcome
from workflows.errors import Invalid


@dataclass
class Act:
    """One command on one case: whoever acts, with what at hand."""

    session: Session
    case: Case
    vars: dict[str, Any]
    by: User | None  # none: the clock
    now: datetime
    calendar: Calendar
    node: Node | None = None
    scope: tuple[tuple[str, str], ...] = ()
    item: dict[str, Any] | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    task: Task | None = None
    answers: dict[str, Any] = field(default_factory=dict)
    rearmed: list[tuple[str, datetime]] = field(default_factory=list)  # timers the act moves

    def days(self, name: str) -> int:
        """Working days, as the case's own parameter set has them."""
        return int(self.vars["days"][name])

    def rule(self, name: str) -> Any:
        """Any other figure of the case's own parameter set."""
        return self.vars["rule"][name]

    def whole(self, name: str, otherwise: int) -> int:
        """A whole number that the diagram gives the operation; Invalid where it is none."""
        value = self.parameters.get(name)
        if value is None:
            return otherwise
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 1:
            raise Invalid(
                "The diagram gives {name} as {value}: it must be a whole number from 1.",
                name=name,
                value=str(value),
            )
        return int(value)

    def at(self, call: Call) -> "Act":
        """The same command, seen from a node that the engine has reached."""
        return Act(
            session=self.session,
            case=self.case,
            vars=call.vars,
            by=self.by,
            now=self.now,
            calendar=self.calendar,
            node=call.node,
            scope=call.scope,
            item=call.item,
            parameters=call.parameters,
            rearmed=self.rearmed,
        )


Operation = Callable[[Act], None]
Inputs = Callable[[Act], Mapping[str, Any]]
Decided = Callable[[Act, Outcome], None]


@dataclass(frozen=True)
class Parameter:
    """What an operation takes from its diagram, as an expression; left out, it goes as usual."""

    id: str
    type: str  # number, string, boolean, date
    zh: str
    en: str


WORKING_DAYS = Parameter("days", "number", "工作日数", "Working days")
OPERATIONS: dict[str, Operation] = {}
TAKES: dict[str, tuple[Parameter, ...]] = {}
INPUTS: dict[str, Inputs] = {}
DECIDED: dict[str, Decided] = {}
NEVER_BY_HAND: set[tuple[str, str]] = set()  # acts that another case sends, and nobody else
GUARDS: dict[tuple[str, str], list[Operation]] = {}
EFFECTS: dict[tuple[str, str], list[Operation]] = {}


def operation(*names: str, takes: tuple[Parameter, ...] = ()) -> Callable[[Operation], Operation]:
    """The function runs where a service task names one of these operations, with what it takes."""

    def register(function: Operation) -> Operation:
        for name in names:
            if name in OPERATIONS:
                raise ValueError(f"operation {name} is registered twice")
            OPERATIONS[name] = function
            TAKES[name] = takes
        return function

    return register


def takes() -> dict[str, frozenset[str]]:
    """The operations that a diagram may name, each with the ids of the parameters it takes."""
    return {name: frozenset(one.id for one in TAKES.get(name, ())) for name in OPERATIONS}


def inputs(decision: str) -> Callable[[Inputs], Inputs]:
    """The function gives a decision table its inputs, from the record and never from free text."""

    def register(function: Inputs) -> Inputs:
        INPUTS[decision] = function
        return function

    return register


def decided(decision: str) -> Callable[[Decided], Decided]:
    """The function takes what a decision table answered into the case, before it goes on."""

    def register(function: Decided) -> Decided:
        DECIDED[decision] = function
        return function

    return register


def guard(process: str, *nodes: str) -> Callable[[Operation], Operation]:
    """The function raises Refused at a person's act at these nodes when a rule forbids it."""
    return _hang(GUARDS, process, nodes)


def effect(process: str, *nodes: str) -> Callable[[Operation], Operation]:
    """The function runs when a person's act at these nodes is accepted, before the case goes on."""
    return _hang(EFFECTS, process, nodes)


def never_by_hand(process: str, node: str) -> None:
    """The act of that name is the message of another case: no page offers it."""
    NEVER_BY_HAND.add((process, node))


def _hang(
    table: dict[tuple[str, str], list[Operation]], process: str, nodes: tuple[str, ...]
) -> Callable[[Operation], Operation]:
    def register(function: Operation) -> Operation:
        for node in nodes:
            table.setdefault((process, node), []).append(function)
        return function

    return register
