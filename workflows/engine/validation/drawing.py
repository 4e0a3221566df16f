"""The picture: what has no shape cannot be seen, and what cannot be seen misleads."""

import math

from lxml import etree

from workflows.engine.validation.faults import Report
from workflows.engine.validation.model import Diagram, local
from workflows.engine.validation.vocabulary import ALL_NODES, BPMNDI, DC

RULES = {
    "shape-missing": (
        "节点在图上没有图形，查看时看不到它。",
        "The node has no shape in the picture, so nobody would see it.",
    ),
    "shape-of-nothing": (
        "图形指向不存在的元素。",
        "The shape belongs to no element.",
    ),
    "shape-bounds": (
        "图形的位置或大小不是有效的数字。",
        "The position or size of the shape is not a usable number.",
    ),
}

LARGEST = 100_000.0


def check_drawing(diagram: Diagram, report: Report) -> None:
    """Every node has one shape with a place."""
    known = {xml.get("id") for xml in diagram.root.iter("*") if local(xml)}
    drawn = set()
    for shape in diagram.root.iter(f"{{{BPMNDI}}}BPMNShape", f"{{{BPMNDI}}}BPMNEdge"):
        element = shape.get("bpmnElement")
        drawn.add(element)
        if element not in known:
            report.add(diagram.file, "shape-of-nothing", shape, detail=str(element))
        if shape.tag.endswith("BPMNShape") and not _has_bounds(shape):
            report.add(diagram.file, "shape-bounds", shape, detail=str(element))
    for xml in diagram.process.iter("*"):
        if local(xml) in ALL_NODES and xml.get("id") and xml.get("id") not in drawn:
            report.add(diagram.file, "shape-missing", xml)


def _has_bounds(shape: etree._Element) -> bool:
    bounds = shape.find(f"{{{DC}}}Bounds")
    if bounds is None:
        return False
    try:
        numbers = [float(bounds.get(name, "nan")) for name in ("x", "y", "width", "height")]
    except ValueError:
        return False
    return all(math.isfinite(n) and abs(n) <= LARGEST for n in numbers)
