"""Boxes, points and lines of a drawing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

Point = tuple[int, int]
GRID = 10


@dataclass(frozen=True)
class Box:
    """A rectangle in drawing units."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.x + self.width

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def centre(self) -> Point:
        return self.x + self.width // 2, self.y + self.height // 2

    def grown(self, by: int) -> "Box":
        return Box(self.x - by, self.y - by, self.width + 2 * by, self.height + 2 * by)

    def holds(self, point: Point) -> bool:
        """True when the point lies strictly inside."""
        return self.x < point[0] < self.right and self.y < point[1] < self.bottom

    def contains(self, other: "Box") -> bool:
        return (
            self.x <= other.x
            and self.y <= other.y
            and self.right >= other.right
            and self.bottom >= other.bottom
        )

    def overlaps(self, other: "Box") -> bool:
        return (
            self.x < other.right
            and other.x < self.right
            and self.y < other.bottom
            and other.y < self.bottom
        )


def around(points: Iterable[Point]) -> Box:
    """The smallest box that has all the points."""
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


def segments(line: list[Point]) -> Iterator[Box]:
    """Each stretch of an orthogonal line as a thin box."""
    for a, b in pairwise(line):
        yield around((a, b)).grown(1)


def straightened(line: list[Point]) -> list[Point]:
    """The line without the points that lie between two others in one direction."""
    kept = line[:1]
    for before, here, after in zip(line, line[1:], line[2:], strict=False):
        if not (before[0] == here[0] == after[0] or before[1] == here[1] == after[1]):
            kept.append(here)
    return [*kept, line[-1]]
