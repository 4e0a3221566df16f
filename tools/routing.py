"""Find an orthogonal way for a flow between two boxes, clear of every other box."""

import itertools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush

from tools.geometry import GRID, Box, Point, straightened

RIGHT, DOWN, LEFT, UP = (GRID, 0), (0, GRID), (-GRID, 0), (0, -GRID)
LEAVE_ANYWHERE = {RIGHT: 0, DOWN: 3, UP: 3, LEFT: 8}
LEAVE_BOUNDARY = {DOWN: 0, UP: 0}
ARRIVE = {RIGHT: 0, DOWN: 3, UP: 3, LEFT: 8}
BEND, CROSSING, ALONG, MERGE, SHARED = 5, 12, 60, 1, 14


@dataclass(frozen=True)
class Port:
    """A place on a box's edge where a flow may leave or arrive."""

    on: Point
    outside: Point
    outward: Point
    cost: int


@dataclass(frozen=True)
class Wire:
    """A flow to be drawn: from where, to where, within which box, past which others."""

    id: str
    source: Box
    target: Box
    target_id: str
    room: Box
    obstacles: tuple[Box, ...]
    leave: dict[Point, int]


@dataclass
class Traffic:
    """What is drawn already: which flow passes where in which axis, and which ports are taken."""

    cells: dict[Point, list[tuple[bool, str]]] = field(default_factory=lambda: defaultdict(list))
    ports: dict[Point, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, wire: Wire, line: list[Point]) -> None:
        """The line counts as traffic for the flows that come after it."""
        self.ports[line[0]].append("")
        self.ports[line[-1]].append(wire.target_id)
        for cell, level in _cells(line):
            self.cells[cell].append((level, wire.target_id))

    def cost(self, cell: Point, *, level: bool, target: str) -> int:
        total = 0
        for other_level, other_target in self.cells.get(cell, ()):
            if other_target == target and other_level == level:
                total += MERGE
            else:
                total += ALONG if other_level == level else CROSSING
        return total

    def port_cost(self, point: Point, target: str) -> int:
        return sum(2 if target and taken == target else SHARED for taken in self.ports[point])


def _cells(line: list[Point]) -> Iterator[tuple[Point, bool]]:
    for (ax, ay), (bx, by) in itertools.pairwise(line):
        level = ay == by
        length = max(abs(bx - ax), abs(by - ay))
        for step in range(0, length + 1, GRID):
            x = ax + (step if bx > ax else -step if bx < ax else 0)
            y = ay + (step if by > ay else -step if by < ay else 0)
            yield (round(x / GRID) * GRID, round(y / GRID) * GRID), level


def _offsets(length: int) -> list[int]:
    """Where along a side, counted from its middle, a flow may touch: round shapes only there."""
    if length <= 50:
        return [0]
    reach = (length // 2 - GRID) // (2 * GRID) * 2 * GRID
    return list(range(-reach, reach + 1, 2 * GRID))


def _side(box: Box, outward: Point, cost: int) -> Iterator[Port]:
    cx, cy = box.centre
    level = outward in (RIGHT, LEFT)
    for off in _offsets(box.height if level else box.width):
        x = (box.right if outward == RIGHT else box.x) if level else cx + off
        y = cy + off if level else (box.bottom if outward == DOWN else box.y)
        outside = (_outside(x, outward[0]), _outside(y, outward[1]))
        yield Port((x, y), outside, outward, cost + min(abs(off) // 10, 6))


def _outside(value: int, step: int) -> int:
    """The next grid line beyond a box's edge, a whole step away."""
    if step == 0:
        return round(value / GRID) * GRID
    away = value + step
    return -(-away // GRID) * GRID if step > 0 else away // GRID * GRID


def _ports(box: Box, costs: dict[Point, int]) -> list[Port]:
    return [port for outward, cost in costs.items() for port in _side(box, outward, cost)]


def route(wire: Wire, traffic: Traffic) -> list[Point]:
    """The cheapest line: short, few bends, few crossings, never along another flow."""
    ends: dict[tuple[Point, Point], Port] = {}
    for port in _ports(wire.target, {_back(d): c for d, c in ARRIVE.items()}):
        ends[(port.outside, _back(port.outward))] = port
    return _search(wire, traffic, ends)


def _back(direction: Point) -> Point:
    return -direction[0], -direction[1]


State = tuple[Point, Point]


def _search(wire: Wire, traffic: Traffic, ends: dict[State, Port]) -> list[Point]:
    blocked = [box.grown(GRID - 1) for box in wire.obstacles]
    free = _Free(wire.room, blocked)
    best: dict[State, int] = {}
    came: dict[State, State | Port] = {}
    heap: list[tuple[int, int, State]] = []
    for port in _ports(wire.source, wire.leave):
        if free(port.outside):
            cost = port.cost + traffic.port_cost(port.on, "")
            _offer(heap, best, came, ((port.outside, port.outward), cost, port, wire))
    while heap:
        _, cost, state = heappop(heap)
        if state[0] == (-1, -1):
            return _trace(came, state, ends)
        if cost > best[state]:
            continue
        if state in ends:
            port = ends[state]
            total = cost + port.cost + traffic.port_cost(port.on, wire.target_id)
            _offer(heap, best, came, (((-1, -1), port.on), total, state, wire))
        for move, price in _moves(state, wire, traffic, free):
            _offer(heap, best, came, (move, cost + price, state, wire))
    raise ValueError(f"no way for {wire.id}")


class _Free:
    """Remembers which points are inside the room and outside every obstacle."""

    def __init__(self, room: Box, blocked: list[Box]) -> None:
        self.room, self.blocked = room, blocked
        self.known: dict[Point, bool] = {}

    def __call__(self, point: Point) -> bool:
        if point not in self.known:
            inside = self.room.holds(point)
            self.known[point] = inside and not any(box.holds(point) for box in self.blocked)
        return self.known[point]


def _moves(state: State, wire: Wire, traffic: Traffic, free: _Free) -> Iterator[tuple[State, int]]:
    (x, y), heading = state
    for step in (RIGHT, DOWN, LEFT, UP):
        cell = (x + step[0], y + step[1])
        if step == _back(heading) or not free(cell):
            continue
        level = step[1] == 0
        price = 1 + traffic.cost(cell, level=level, target=wire.target_id)
        yield (cell, step), price + (BEND if step != heading else 0)


Offer = tuple[State, int, "State | Port", Wire]


def _offer(
    heap: list[tuple[int, int, State]],
    best: dict[State, int],
    came: dict[State, "State | Port"],
    offer: Offer,
) -> None:
    state, cost, origin, wire = offer
    if cost < best.get(state, 1 << 30):
        best[state], came[state] = cost, origin
        guess = 0 if state[0] == (-1, -1) else _distance(state[0], wire.target)
        heappush(heap, (cost + guess, cost, state))


def _distance(point: Point, box: Box) -> int:
    dx = max(box.x - point[0], 0, point[0] - box.right)
    dy = max(box.y - point[1], 0, point[1] - box.bottom)
    return max((dx + dy) // GRID - 2, 0)


def _trace(came: dict[State, "State | Port"], last: State, ends: dict[State, Port]) -> list[Point]:
    line = [last[1]]
    here = came[last]
    while not isinstance(here, Port):
        line.append(here[0])
        here = came[here]
    line.append(here.on)
    return straightened(line[::-1])
