"""Where the elements of a diagram are drawn, and which of them were moved."""

from collections import Counter
from collections.abc import Iterator

from lxml import etree

from workflows.engine.xml import parse_safely

BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
NEAR = 1.0  # what an editor rounds is not moved
Box = tuple[float, float, float, float]


def moved(before: bytes, after: bytes) -> set[str]:
    """The elements of both that lie elsewhere or have another size; where the whole drawing was
    shifted, those that did not go along with it."""
    old, new = _boxes(before), _boxes(after)
    both = old.keys() & new.keys()
    shifts = {key: (new[key][0] - old[key][0], new[key][1] - old[key][1]) for key in both}
    if not shifts:
        return set()
    common = Counter((round(x), round(y)) for x, y in shifts.values()).most_common(1)[0][0]
    return {
        key
        for key in both
        if any(abs(a - b) > NEAR for a, b in zip(shifts[key], common, strict=True))
        or any(abs(a - b) > NEAR for a, b in zip(old[key][2:], new[key][2:], strict=True))
    }


def _boxes(diagram: bytes) -> dict[str, Box]:
    return {str(shape.get("bpmnElement")): box for shape, box in _drawn(parse_safely(diagram))}


def _drawn(root: etree._Element) -> Iterator[tuple[etree._Element, Box]]:
    for shape in root.iter(f"{{{BPMNDI}}}BPMNShape"):
        bounds = shape.find(f"{{{DC}}}Bounds")
        try:
            if bounds is not None:
                x, y, width, height = (float(bounds.get(name, "")) for name in _SIDES)
                yield shape, (x, y, width, height)
        except ValueError:  # the checks will say so
            continue


_SIDES = ("x", "y", "width", "height")
