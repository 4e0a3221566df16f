"""Draw the flows and labels of a BPMN file anew, given where its shapes stand.

Usage: python -m tools.layout bpmn/supervision/supervision.bpmn …
"""

import sys
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

from tools.geometry import Box, Point
from tools.labels import along_line, beside_shape, best_place
from tools.routing import LEAVE_ANYWHERE, LEAVE_BOUNDARY, Traffic, Wire, route

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
NS = {"bpmn": BPMN, "bpmndi": BPMNDI, "dc": DC, "di": DI}
ROUNDS = 3
POOL_HEAD = 60


@dataclass
class Flow:
    id: str
    name: str
    source: str
    target: str
    line: list[Point] = field(default_factory=list)


@dataclass
class Drawing:
    """What a file shows: shapes with their boxes, what encloses them, and flows."""

    tree: etree._ElementTree
    shapes: dict[str, Box]
    parents: dict[str, str]
    names: dict[str, str]
    kinds: dict[str, str]
    flows: list[Flow]

    def siblings(self, parent: str) -> list[str]:
        return [each for each, inside in self.parents.items() if inside == parent]


def read(path: Path) -> Drawing:
    """The drawing in a file whose shapes have bounds."""
    tree = etree.parse(path, etree.XMLParser(remove_blank_text=True, resolve_entities=False))
    shapes = {each.get("bpmnElement", ""): _bounds(each) for each in _all(tree, "bpmndi:BPMNShape")}
    flows = [
        Flow(e.get("id", ""), e.get("name", ""), e.get("sourceRef", ""), e.get("targetRef", ""))
        for e in _all(tree, "bpmn:sequenceFlow")
    ]
    drawing = Drawing(tree, shapes, {}, {}, {}, flows)
    for element in tree.getroot().iter(f"{{{BPMN}}}*"):
        _note(drawing, element)
    return drawing


def _note(drawing: Drawing, element: etree._Element) -> None:
    ident, parent = element.get("id"), element.getparent()
    kind = etree.QName(element).localname
    if ident in drawing.shapes and parent is not None and kind not in ("lane", "participant"):
        drawing.parents[ident] = parent.get("id", "")
        drawing.names[ident] = element.get("name", "")
        drawing.kinds[ident] = kind


def _all(tree: etree._ElementTree, name: str) -> list[etree._Element]:
    return list(tree.getroot().iterfind(f".//{name}", NS))


def _bounds(shape: etree._Element) -> Box:
    bounds = shape.find("dc:Bounds", NS)
    if bounds is None:
        raise ValueError(f"{shape.get('bpmnElement')} has no bounds")
    x, y, width, height = (round(float(bounds.get(k, "0"))) for k in ("x", "y", "width", "height"))
    return Box(x, y, width, height)


def draw(drawing: Drawing) -> None:
    """Every flow gets a line and every label a place; the tree holds them."""
    _route_all(drawing)
    _write_edges(drawing)
    _place_labels(drawing)


def _wire(drawing: Drawing, flow: Flow) -> Wire:
    parent = drawing.parents[flow.source]
    obstacles = tuple(drawing.shapes[each] for each in drawing.siblings(parent))
    if parent in drawing.shapes:
        obstacles += (_caption(drawing.shapes[parent]),)
    source, target = drawing.shapes[flow.source], drawing.shapes[flow.target]
    hangs = drawing.kinds[flow.source] == "boundaryEvent"
    leave = LEAVE_BOUNDARY if hangs else LEAVE_ANYWHERE
    return Wire(flow.id, source, target, flow.target, _room(drawing, parent), obstacles, leave)


def _caption(box: Box) -> Box:
    """Where an open subprocess shows its name: the middle of its upper edge."""
    return Box(box.centre[0] - 30, box.y, 60, 15)


def _room(drawing: Drawing, parent: str) -> Box:
    if parent in drawing.shapes:
        return drawing.shapes[parent]
    pool = next(
        drawing.shapes[each.get("id", "")]
        for each in _all(drawing.tree, "bpmn:participant")
        if each.get("processRef") == parent
    )
    return Box(pool.x + POOL_HEAD, pool.y, pool.width - POOL_HEAD, pool.height)


def _route_all(drawing: Drawing) -> None:
    wires = {flow.id: _wire(drawing, flow) for flow in drawing.flows}
    order = sorted(drawing.flows, key=lambda flow: _reach(wires[flow.id]))
    for _ in range(ROUNDS):
        for flow in order:
            flow.line = []
            traffic = Traffic()
            for other in drawing.flows:
                if other.line:
                    traffic.add(wires[other.id], other.line)
            flow.line = route(wires[flow.id], traffic)


def _reach(wire: Wire) -> int:
    (ax, ay), (bx, by) = wire.source.centre, wire.target.centre
    return abs(ax - bx) + abs(ay - by)


def _write_edges(drawing: Drawing) -> None:
    plane = _all(drawing.tree, "bpmndi:BPMNPlane")[0]
    for edge in _all(drawing.tree, "bpmndi:BPMNEdge"):
        plane.remove(edge)
    for flow in drawing.flows:
        edge = etree.SubElement(plane, f"{{{BPMNDI}}}BPMNEdge")
        edge.set("id", f"{flow.id}_edge")
        edge.set("bpmnElement", flow.id)
        for x, y in flow.line:
            etree.SubElement(edge, f"{{{DI}}}waypoint", x=str(x), y=str(y))


def _place_labels(drawing: Drawing) -> None:
    lines = [flow.line for flow in drawing.flows]
    containers = set(drawing.parents.values())
    solid = [box for each, box in drawing.shapes.items() if _is_solid(drawing, each, containers)]
    for shape in _all(drawing.tree, "bpmndi:BPMNShape"):
        ident = shape.get("bpmnElement", "")
        if _has_outer_label(drawing.kinds.get(ident, "")) and drawing.names[ident]:
            own = drawing.shapes[ident]
            others = [box for box in solid if box is not own]
            places = beside_shape(own, drawing.names[ident])
            solid.append(_label(shape, best_place(places, others, lines)))
    edges = {each.get("bpmnElement"): each for each in _all(drawing.tree, "bpmndi:BPMNEdge")}
    for flow in drawing.flows:
        if flow.name:
            place = best_place(along_line(flow.line, flow.name), solid, lines)
            solid.append(_label(edges[flow.id], place))


def _is_solid(drawing: Drawing, ident: str, containers: set[str]) -> bool:
    return ident in drawing.kinds and ident not in containers


def _has_outer_label(kind: str) -> bool:
    return kind.endswith(("Gateway", "Event"))


def _label(owner: etree._Element, place: Box) -> Box:
    for old in owner.iterfind("bpmndi:BPMNLabel", NS):
        owner.remove(old)
    label = etree.SubElement(owner, f"{{{BPMNDI}}}BPMNLabel")
    etree.SubElement(
        label,
        f"{{{DC}}}Bounds",
        x=str(place.x),
        y=str(place.y),
        width=str(place.width),
        height=str(place.height),
    )
    return place


def write(drawing: Drawing, path: Path) -> None:
    """The file holds the drawing."""
    etree.indent(drawing.tree, "  ")
    drawing.tree.write(path, encoding="UTF-8", xml_declaration=True)


def main(paths: list[str]) -> None:
    """Each file's flows and labels are drawn anew."""
    for each in paths:
        drawing = read(Path(each))
        draw(drawing)
        write(drawing, Path(each))


if __name__ == "__main__":
    main(sys.argv[1:])
