"""The shipped drawings: complete, named in both languages, and drawn where nothing hides."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from lxml import etree

from tests.bpmn.escalation_map import NAMES
from tools import layout
from tools.geometry import Box, segments

ROOT = Path(__file__).parents[2] / "bpmn"
FILES = sorted(path for path in ROOT.glob("*/*.bpmn") if path.stem == path.parent.name)
DECISIONS = sorted(ROOT.glob("**/*.dmn"))
FORMS = sorted(ROOT.glob("*/forms/*.schema.json"))
SPIFF = "http://spiffworkflow.org/bpmn/schema/1.0/core"
NS = layout.NS | {"spiff": SPIFF}
DMN = {"dmn": "https://www.omg.org/spec/DMN/20191111/MODEL/", "spiff": SPIFF}
FLOW_NODES = ("Task", "Event", "Gateway", "subProcess", "callActivity")
CHINESE = re.compile(r"[一-鿿]")
WIDEST = 2200

each_process = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


@cache
def root_of(path: Path) -> etree._Element:
    return etree.parse(path).getroot()


def nodes_of(path: Path) -> dict[str, etree._Element]:
    return {
        element.get("id", ""): element
        for element in root_of(path).iter(f"{{{layout.BPMN}}}*")
        if etree.QName(element).localname.endswith(FLOW_NODES)
    }


def properties_of(element: etree._Element) -> dict[str, str]:
    found = element.iterfind("./bpmn:extensionElements/spiff:properties/spiff:property", NS)
    return {each.get("name", ""): each.get("value", "") for each in found}


def parameters() -> dict[str, dict[str, Any]]:
    rows = json.loads((ROOT / "_parameters.json").read_text())
    return {row["key"]: row for row in rows}


def process_file(process: str) -> Path:
    return ROOT / process / f"{process}.bpmn"


def test_the_first_six_processes_are_there() -> None:
    assert set(NAMES) <= {path.stem for path in FILES}


@each_process
def test_every_node_and_flow_is_drawn(path: Path) -> None:
    drawn = {
        each.get("bpmnElement")
        for kind in ("BPMNShape", "BPMNEdge")
        for each in root_of(path).iter(f"{{{layout.BPMNDI}}}{kind}")
    }
    flows = {each.get("id") for each in root_of(path).iter(f"{{{layout.BPMN}}}sequenceFlow")}
    lanes = {each.get("id") for each in root_of(path).iter(f"{{{layout.BPMN}}}lane")}
    assert set(nodes_of(path)) | flows | lanes <= drawn


@each_process
def test_events_gateways_and_choices_have_a_place_for_their_label(path: Path) -> None:
    for shape in root_of(path).iter(f"{{{layout.BPMNDI}}}BPMNShape"):
        node = nodes_of(path).get(shape.get("bpmnElement", ""))
        if node is not None and etree.QName(node).localname.endswith(("Event", "Gateway")):
            assert shape.find("bpmndi:BPMNLabel/dc:Bounds", NS) is not None, node.get("id")


@each_process
def test_no_two_boxes_overlap(path: Path) -> None:
    drawing = layout.read(path)
    for parent in {*drawing.parents.values()}:
        boxes = [
            (each, drawing.shapes[each])
            for each in drawing.siblings(parent)
            if drawing.kinds[each] != "boundaryEvent"
        ]
        for place, (one, box) in enumerate(boxes):
            hidden = [other for other, with_box in boxes[place + 1 :] if box.overlaps(with_box)]
            assert not hidden, f"{one} overlaps {hidden}"


@each_process
def test_no_flow_runs_through_a_box_or_slants(path: Path) -> None:
    drawing = layout.read(path)
    for edge in root_of(path).iter(f"{{{layout.BPMNDI}}}BPMNEdge"):
        flow = next(f for f in drawing.flows if f.id == edge.get("bpmnElement"))
        points = edge.iterfind("di:waypoint", NS)
        line = [(int(p.get("x", "")), int(p.get("y", ""))) for p in points]
        assert all(a[0] == b[0] or a[1] == b[1] for a, b in pairwise(line)), flow.id
        assert not crossed(drawing, flow, line), flow.id


def crossed(drawing: layout.Drawing, flow: layout.Flow, line: list[tuple[int, int]]) -> list[str]:
    others = set(drawing.siblings(drawing.parents[flow.source])) - {flow.source, flow.target}
    hosts = {each for each in others if drawing.shapes[each].overlaps(drawing.shapes[flow.source])}
    return [
        each
        for each in sorted(others - hosts)
        if any(part.overlaps(drawing.shapes[each]) for part in segments(line))
    ]


@each_process
def test_it_fits_a_screen(path: Path) -> None:
    boxes = layout.read(path).shapes.values()
    assert max(box.right for box in boxes) <= WIDEST


@each_process
def test_ids_are_unique_in_a_bundle(path: Path) -> None:
    called = {
        each.get("calledElement", "")
        for each in root_of(path).iter(f"{{{layout.BPMN}}}callActivity")
    }
    ids = Counter(
        each.get("id")
        for file in [path, *map(process_file, sorted(called))]
        for each in root_of(file).iter(f"{{{layout.BPMN}}}*")
        if each.get("id")
    )
    assert not [name for name, times in ids.items() if times > 1]


@each_process
def test_names_are_there_in_both_languages(path: Path) -> None:
    for element in root_of(path).iter(f"{{{layout.BPMN}}}*"):
        kind = etree.QName(element).localname
        if element.get("name") and kind not in ("inputDataItem", "message", "dataObject"):
            assert CHINESE.search(element.get("name", "")), element.get("id")
            assert properties_of(element).get("nameEn", "").isascii(), element.get("id")
            assert properties_of(element).get("nameEn"), element.get("id")
    assert all(node.get("name") for node in nodes_of(path).values())


@each_process
def test_a_choice_has_one_default_and_conditions_on_the_rest(path: Path) -> None:
    flows = list(root_of(path).iter(f"{{{layout.BPMN}}}sequenceFlow"))
    for ident, node in nodes_of(path).items():
        kind = etree.QName(node).localname
        out = [flow for flow in flows if flow.get("sourceRef") == ident]
        bare = [f.get("id") for f in out if f.find("bpmn:conditionExpression", NS) is None]
        if kind == "exclusiveGateway":
            assert bare == [node.get("default")], ident
        elif kind.endswith(("Task", "subProcess", "callActivity")):
            assert len(out) == 1, ident
            assert len(bare) == 1, ident


@each_process
def test_every_form_named_exists(path: Path) -> None:
    for ident, node in nodes_of(path).items():
        settings = properties_of(node)
        if etree.QName(node).localname == "userTask":
            assert settings.get("formKey"), ident
            assert settings.get("who"), ident
        if "formKey" in settings:
            for part in ("schema", "ui"):
                assert (path.parent / "forms" / f"{settings['formKey']}.{part}.json").is_file()


@pytest.mark.parametrize("path", FORMS, ids=lambda path: f"{path.parts[-3]}.{path.stem}")
def test_a_form_is_valid_and_laid_out(path: Path) -> None:
    schema = json.loads(path.read_text())
    ui = json.loads(path.with_name(path.name.replace(".schema.", ".ui.")).read_text())
    Draft202012Validator.check_schema(schema)
    assert CHINESE.search(schema["title"])
    assert schema["title_en"].isascii()
    for fields, layout_of in levels(schema, ui):
        assert layout_of["order"] == list(fields)
        assert set(layout_of["fields"]) == set(fields)
        for name, field in fields.items():
            check_field(field, layout_of["fields"][name], f"{path.stem}.{name}")


def levels(
    schema: dict[str, Any], ui: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """A form's fields with their layout, then those of its rows."""
    yield schema["properties"], ui
    for name, field in schema["properties"].items():
        if field.get("items", {}).get("type") == "object":
            yield from levels(field["items"], ui["fields"][name])


def check_field(field: dict[str, Any], shown: dict[str, Any], where: str) -> None:
    assert CHINESE.search(field["title"]), where
    assert field["title_en"].isascii(), where
    assert bool(shown.get("help")) == bool(shown.get("help_en")), where
    if "enum" in field:
        assert list(shown["labels"]) == field["enum"], where
        assert list(shown["labels_en"]) == field["enum"], where
        assert all(CHINESE.search(label) for label in shown["labels"].values()), where


@each_process
def test_every_parameter_used_has_a_default(path: Path) -> None:
    used = set(re.findall(r"\b(?:days|rule)\.[a-z_]+", path.read_text()))
    assert used <= set(parameters())


def test_a_parameter_is_law_with_its_article_or_a_default() -> None:
    for key, row in parameters().items():
        assert row["status"] in ("law", "default"), key
        assert row["article"], key
        assert CHINESE.search(row["name"]), key
        assert row["name_en"].isascii(), key
        if row["status"] == "law":
            assert "问责条例 第" in row["article"], key


@pytest.mark.parametrize("process", sorted(NAMES))
def test_ends_and_timers_are_those_of_the_process_book(process: str) -> None:
    nodes = nodes_of(process_file(process))
    ends_and_timers = {
        ident: node.get("name")
        for ident, node in nodes.items()
        if etree.QName(node).localname == "endEvent"
        or (
            etree.QName(node).localname == "boundaryEvent"
            and node.find("bpmn:timerEventDefinition", NS) is not None
        )
    }
    assert ends_and_timers == NAMES[process]


def test_a_served_measure_is_decided_by_a_person_first() -> None:
    """No decision table leads to a paper without a user task between."""
    for path in FILES:
        for table in root_of(path).iter(f"{{{layout.BPMN}}}businessRuleTask"):
            if "approval" not in table.get("name", "") and table.get("id") != "set_effect":
                assert not papers_after(path, table.get("id", "")), table.get("id")


def papers_after(path: Path, start: str) -> set[str]:
    flows = list(root_of(path).iter(f"{{{layout.BPMN}}}sequenceFlow"))
    nodes, todo, seen = nodes_of(path), [start], set[str]()
    while todo:
        here = todo.pop()
        for flow in flows:
            target = flow.get("targetRef", "")
            if flow.get("sourceRef") == here and target not in seen:
                seen.add(target)
                if etree.QName(nodes[target]).localname != "userTask":
                    todo.append(target)
    return {
        ident
        for ident in seen
        if "documents" in properties_of(nodes[ident])
        and etree.QName(nodes[ident]).localname == "serviceTask"
    }


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_table_is_whole_and_tells_its_sources(path: Path) -> None:
    decision = root_of(path).find("dmn:decision", DMN)
    assert decision is not None
    table = decision.find("dmn:decisionTable", DMN)
    assert table is not None
    assert table.get("hitPolicy") in ("FIRST", "RULE ORDER")
    inputs, outputs = table.findall("dmn:input", DMN), table.findall("dmn:output", DMN)
    expressions = [each.find("dmn:inputExpression", DMN) for each in inputs]
    assert all(each is not None and each.get("typeRef") for each in expressions)
    assert all(each.get("typeRef") and each.get("name") for each in outputs)
    for rule in table.findall("dmn:rule", DMN):
        assert len(rule.findall("dmn:inputEntry", DMN)) == len(inputs)
        assert len(rule.findall("dmn:outputEntry", DMN)) == len(outputs)
        assert CHINESE.search(rule.findtext("dmn:description", "", DMN))
    named = [decision, *inputs, *outputs, *table.findall("dmn:rule", DMN)]
    assert all(english_of(each).isascii() and english_of(each) for each in named)


def english_of(element: etree._Element) -> str:
    place = "dmn:extensionElements/spiff:properties/spiff:property[@name='nameEn']"
    found = element.find(place, DMN)
    return "" if found is None else found.get("value", "")


def test_the_ladders_of_other_places_take_the_same_inputs() -> None:
    ladders = [ROOT / "_decisions" / "light.dmn", *(ROOT / "_decisions" / "light").glob("*.dmn")]
    assert len(ladders) == 5
    faces = {
        tuple(e.text for e in root_of(path).iterfind(".//dmn:inputExpression/dmn:text", DMN))
        for path in ladders
    }
    assert len(faces) == 1


def test_routing_goes_round_what_stands_between(tmp_path: Path) -> None:
    """Drawing anew keeps every shape and gives every flow a clear line."""
    copy = tmp_path / "reminder.bpmn"
    copy.write_bytes(process_file("reminder").read_bytes())
    before = layout.read(copy).shapes
    layout.main([str(copy)])
    drawing = layout.read(copy)
    assert drawing.shapes == before
    layout.draw(drawing)
    assert all(not crossed(drawing, flow, flow.line) for flow in drawing.flows)
    assert isinstance(before["decide_reminder"], Box)


def test_every_code_list_that_a_form_names_is_there_in_both_languages() -> None:
    lists = json.loads((ROOT / "_codes.json").read_text())
    six = {path for path in FORMS if path.parts[-3] in NAMES}
    used = {name for path in six for name in re.findall(r'"x-codes": "(\w+)"', path.read_text())}
    assert used <= set(lists)
    for rows in lists.values():
        assert len({row["code"] for row in rows}) == len(rows)
        assert all(CHINESE.search(row["name"]) and row["name_en"].isascii() for row in rows)
