"""Find the place for a label where it covers least."""

import itertools
from collections.abc import Iterable, Iterator

from tools.geometry import Box, Point, segments

LINE, SIZE = 15, 12


def size_of(text: str, widest: int) -> tuple[int, int]:
    """Width and height of a text in the drawing's type, broken at the widest."""
    width = sum(SIZE if ord(char) > 0x2E7F else SIZE * 6 // 10 for char in text) + 4
    lines = -(-width // widest)
    return min(width, widest), lines * LINE


def beside_shape(box: Box, text: str) -> list[Box]:
    """Places round a gateway or an event: corners first, then below and above, then the sides."""
    width, height = size_of(text, 100)
    cx, cy = box.centre
    half = box.width // 2
    corner = half // 2 + 2
    left, right = cx - width - 6, cx + 6
    above, below = cy - half - height + 10 - corner // 2, cy + half - 8 + corner // 2
    round_shape = box.width < 40
    corners = [(left, above), (right, above), (left, below), (right, below)]
    middle = [
        (cx - width // 2, box.bottom + 3),
        (cx - width // 2, box.y - height - 3),
        (box.right + 4, cy - height // 2),
        (box.x - width - 4, cy - height // 2),
    ]
    order = [*middle, *corners] if round_shape else [*corners, *middle]
    return [Box(x, y, width, height) for x, y in order]


def along_line(line: list[Point], text: str) -> list[Box]:
    """Places beside a flow, nearest to where it begins first."""
    width, height = size_of(text, 120)
    places = []
    for (ax, ay), (bx, by) in itertools.pairwise(line):
        if ay == by:
            start = ax + 4 if bx > ax else ax - width - 4
            shift = width + 8 if bx > ax else -width - 8
            xs = [start, start + shift] if abs(bx - ax) > 2 * width else [start]
            places += [(x, y) for x in xs for y in (ay - height - 1, ay + 3)]
        else:
            start = ay + 4 if by > ay else ay - height - 4
            shift = 20 if by > ay else -20
            ys = [start, start + shift] if abs(by - ay) > 50 else [start]
            places += [(x, y) for y in ys for x in (ax + 5, ax - width - 5)]
    return [Box(x, y, width, height) for x, y in places]


def best_place(places: Iterable[Box], solid: list[Box], lines: Iterable[list[Point]]) -> Box:
    """The first place that covers nothing, else the one that covers least."""
    thin = [part for line in lines for part in segments(line)]
    ranked = list(_ranked(places, solid, thin))
    return min(ranked, key=lambda each: each[:2])[2]


def _ranked(
    places: Iterable[Box], solid: list[Box], thin: list[Box]
) -> Iterator[tuple[int, int, Box]]:
    for rank, place in enumerate(places):
        covered = 20 * sum(place.overlaps(box) for box in solid)
        covered += 6 * sum(place.overlaps(part) for part in thin)
        yield covered, rank, place
