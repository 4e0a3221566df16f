"""Play the token game on a scope: joins that wait for ever, merges that run twice.

The net of a scope is first contracted (nodes with one way in and one way out hold no
decision), then its states are explored. A state is the set of flows that carry a token, as
the bits of an integer; a second token on one flow is a fault, so there are finitely many.
"""

from dataclasses import dataclass, field

from workflows.engine.validation.faults import Report
from workflows.engine.validation.model import Diagram, Scope, Step

RULES = {
    "join-waits-for-ever": (
        "汇合网关等待一条不会到来的支线：其入线来自二选一的分支，或并行支线中途离开。",
        "The join waits for a branch that never comes: its flows come from alternatives, or "
        "a parallel branch has left by another way.",
    ),
    "runs-twice": (
        "并行支线没有先汇合就在此相遇，后面的节点会执行两次。",
        "Parallel branches meet here without a join; what follows would run twice.",
    ),
    "too-many-branches": (
        "并行与选择的组合过多，无法检查是否会卡住。",
        "There are too many combinations of parallel branches and choices to be checked.",
    ),
}

MOST_MOVES = 60_000  # of one scope; some 0.3 s
MOST_CHOICES = 8
JOINING = ("parallelGateway", "inclusiveGateway")


@dataclass(eq=False)
class _Place:
    """A node of the contracted net: bits of the flows into it and out of it."""

    step: Step
    into: int = 0
    out: list[int] = field(default_factory=list)

    @property
    def waits_for_all(self) -> bool:
        return self.step.kind == "parallelGateway"

    @property
    def waits_for_others(self) -> bool:
        return self.step.kind == "inclusiveGateway" and self.into.bit_count() > 1


class _TwoTokens(Exception):
    def __init__(self, place: _Place) -> None:
        super().__init__()
        self.place = place


class _TooMany(Exception):
    """The states are too many to look at each."""


def check_tokens(diagram: Diagram, report: Report) -> None:
    """No join waits for ever and no merge runs twice, in any scope."""
    for scope in diagram.scopes:
        if len(scope.of("startEvent")) == 1:
            _check_scope(diagram.file, scope, report)


def _check_scope(file: str, scope: Scope, report: Report) -> None:
    net = _Net(scope)
    try:
        for start in net.starts:
            for place in net.stuck_joins(start):
                report.add(file, "join-waits-for-ever", place.step.xml)
    except _TwoTokens as fault:
        report.add(file, "runs-twice", fault.place.step.xml)
    except _TooMany:
        report.add(file, "too-many-branches", scope.xml)


class _Net:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.places: dict[str, _Place] = {n: _Place(s) for n, s in scope.steps.items()}
        self.target: dict[int, _Place] = {}
        self._upstream: dict[str, int] = {}
        self._moves_left = MOST_MOVES
        self._connect()
        # What a non-interrupting event starts is a game of its own.
        self.starts = [
            place
            for name, place in self.places.items()
            if place.step.kind == "startEvent" or self._is_side(name)
        ]

    def _connect(self) -> None:
        """Give every flow, and every interrupting boundary event, its bit."""
        count = 0
        for node, after in self._arcs():
            end = self._behind(after)
            bit, count = 1 << count, count + 1
            self.places[node].out.append(bit)
            self.places[end].into |= bit
            self.target[bit] = self.places[end]

    def _arcs(self) -> list[tuple[str, str]]:
        return [
            (node, after)
            for node in self.places
            if not self._is_plain(node)
            for after in self._after(node)
        ]

    def _after(self, node: str) -> list[str]:
        """Where a token goes; a non-interrupting event makes a second one, checked elsewhere."""
        return [after for after in self.scope.next_of(node) if not self._is_side(after)]

    def _is_side(self, node: str) -> bool:
        step = self.scope.steps[node]
        return step.kind == "boundaryEvent" and not step.interrupts

    def _is_plain(self, node: str) -> bool:
        """Say whether a node holds no decision: one way in, one way on."""
        step, after = self.scope.steps[node], self._after(node)
        if step.kind in {"startEvent", "endEvent"} or self._is_side(node) or after in ([], [node]):
            return False
        if len(after) > 1:
            return False
        ways_in = len(self.scope.incoming(node)) + (step.kind == "boundaryEvent")
        return ways_in == 1

    def _behind(self, node: str) -> str:
        """Return the first node at or behind `node` that holds a decision."""
        seen: set[str] = set()
        while self._is_plain(node) and node not in seen:
            seen.add(node)
            node = self._after(node)[0]
        return node

    def stuck_joins(self, start: _Place) -> list[_Place]:
        """Return the joins that hold a token in some state in which nothing can move."""
        todo = [self._put(0, bit) for bit in start.out]
        seen = set(todo)
        stuck: dict[str, _Place] = {}
        while todo:
            state = todo.pop()
            after = self._moves(state)
            if not after:
                stuck |= {p.step.id: p for p in self._waiting(state)}
            fresh = after - seen
            seen |= fresh
            todo += fresh
        return list(stuck.values())

    def _waiting(self, state: int) -> list[_Place]:
        places = (self.target[bit] for bit in _bits(state))
        return [place for place in places if place.step.kind in JOINING]

    def _moves(self, state: int) -> set[int]:
        after: set[int] = set()
        for place in {id(p): p for p in (self.target[bit] for bit in _bits(state))}.values():
            for taken in self._taken(place, state):
                after |= self._fired(place, state & ~taken)
        return after

    def _taken(self, place: _Place, state: int) -> list[int]:
        """Return the sets of tokens that a node may take in this state."""
        here = state & place.into
        if place.waits_for_all:
            return [here] if here == place.into else []
        if place.waits_for_others:
            return [] if state & ~here & self._above(place) else [here]
        return list(_bits(here))

    def _fired(self, place: _Place, state: int) -> set[int]:
        step = place.step
        if step.kind == "endEvent":
            return {0 if step.is_event("terminateEventDefinition") else state}
        if not place.out:
            return {state}
        if step.kind == "parallelGateway":
            return {self._put_all(state, place.out)}
        if step.kind == "inclusiveGateway":
            if len(place.out) > MOST_CHOICES:
                raise _TooMany
            return {self._put_all(state, chosen) for chosen in _choices(place.out)}
        return {self._put(state, bit) for bit in place.out}

    def _put_all(self, state: int, bits: list[int]) -> int:
        for bit in bits:
            state = self._put(state, bit)
        return state

    def _put(self, state: int, bit: int) -> int:
        self._moves_left -= 1
        if self._moves_left < 0:
            raise _TooMany
        if state & bit:
            raise _TwoTokens(self.target[bit])
        place = self.target[bit]
        if state & place.into and place.step.kind not in (*JOINING, "endEvent"):
            raise _TwoTokens(place)
        return state | bit

    def _above(self, place: _Place) -> int:
        """Return the flows from which a token can still come to an inclusive join."""
        name = place.step.id
        if name not in self._upstream:
            self._upstream[name] = self._search(place)
        return self._upstream[name]

    def _search(self, place: _Place) -> int:
        found, todo = 0, place.into
        while todo:
            bit = todo & -todo
            source = next(p for p in self.places.values() if bit in p.out)
            above = 0 if source is place else source.into & ~found
            found |= above
            todo = (todo ^ bit) | above
        return found


def _bits(state: int) -> list[int]:
    bits = []
    while state:
        bit = state & -state
        bits.append(bit)
        state ^= bit
    return bits


def _choices(bits: list[int]) -> list[list[int]]:
    """Return every choice of at least one of the flows."""
    return [
        [bit for place, bit in enumerate(bits) if chosen >> place & 1]
        for chosen in range(1, 1 << len(bits))
    ]
