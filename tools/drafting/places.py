"""Where the shapes of a page stand: lanes from the top, columns from the left."""

from tools.drafting.book import Page, Step
from tools.geometry import Box

LEFT, TOP = 20, 20
HEAD = 30  # the pool's own name, then the lane's
COLUMN, ROW = 140, 110
FIRST, ABOVE = 130, 60  # from the pool's left to the first column, from a lane's top to its row
SIZES = {"gw": (50, 50), "event": (50, 50), "and": (50, 50), "or": (50, 50)}
EVENT, TASK = (36, 36), (100, 60)
EVENTS = frozenset({"start", "end", "kill", "timer", "message", "on"})
HANGS = 30  # room below a step for what hangs on it
INSIDE = (85, 75)  # from the centre of an inner step to the edge of its subprocess


class Places:
    """The boxes of the pool, the lanes and the steps."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.lanes: dict[str, Box] = {}
        self.boxes: dict[str, Box] = {}
        width = FIRST + int(COLUMN * max(s.column for s in page.steps)) + 90
        self._place_lanes(width)
        for step in page.steps:
            if step.kind not in ("sub", "on"):
                self.boxes[step.id] = self._box(step)
        for step in reversed([one for one in page.steps if one.kind == "sub"]):
            self.boxes[step.id] = self._around(step)
        for step in page.steps:
            if step.kind == "on":
                self.boxes[step.id] = self._hanging(step)

    def _place_lanes(self, width: int) -> None:
        y = TOP
        for lane in self.page.lanes:
            rows = [s.row for s in self.page.steps if s.kind != "on" and s.lane == lane.id]
            extra = 70 if any(s.parent for s in self.page.steps if s.lane == lane.id) else 0
            height = int(ROW * (max(rows, default=0) + 1)) + 20 + extra
            self.lanes[lane.id] = Box(LEFT + HEAD, y, width - HEAD, height)
            y += height
        self.pool = Box(LEFT, TOP, width, y - TOP)

    def _box(self, step: Step) -> Box:
        inner = 20 if step.parent else 0
        x = LEFT + FIRST + int(COLUMN * step.column)
        y = self.lanes[step.lane].y + ABOVE + inner + int(ROW * step.row)
        width, height = _size(step)
        return Box(x - width // 2, y - height // 2, width, height)

    def _around(self, sub: Step) -> Box:
        inside = [
            self.boxes[s.id] for s in self.page.steps if s.parent == sub.id and s.kind != "on"
        ]
        xs = [box.centre[0] for box in inside]
        ys = [box.centre[1] + (HANGS if self._has_hanging(box) else 0) for box in inside]
        left, top = min(xs) - INSIDE[0], min(box.centre[1] for box in inside) - INSIDE[1]
        return Box(left, top, max(xs) + INSIDE[0] - left, max(ys) + INSIDE[1] - 10 - top)

    def _has_hanging(self, box: Box) -> bool:
        return any(s.kind == "on" and self.boxes.get(s.lane) == box for s in self.page.steps)

    def _hanging(self, step: Step) -> Box:
        host = self.boxes[step.lane]
        before = [s for s in self.page.steps if s.kind == "on" and s.lane == step.lane]
        place = before.index(step)
        x = host.x + 12 + place * 44
        return Box(x, host.bottom - 18, *EVENT)


def _size(step: Step) -> tuple[int, int]:
    return SIZES.get(step.kind, EVENT if step.kind in EVENTS else TASK)
