"""What whoever draws a diagram chooses from: the forms with their fields, the tables, the other
diagrams and the names of a draft; and a diagram to begin with. A file that cannot be read gives
only its name: the checks say what is wrong with it."""

from collections.abc import Iterator, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

import orjson

from workflows.engine import Bundle, EngineFault
from workflows.engine.outline import Outline, outline
from workflows.engine.validation import tables
from workflows.engine.validation.faults import Report
from workflows.engine.validation.rules import RULES
from workflows.engine.validation.settings import EVERYWHERE, KNOWN
from workflows.engine.validation.vocabulary import RESERVED_IDS

Part = dict[str, Any]
Text = dict[str, str]


def names(bundle: Bundle) -> list[str]:
    """The names that expressions may hold beside the steps of their own diagram."""
    found = {name for drawn in _drawn(bundle).values() for name in drawn.nodes}
    for drawn in _drawn(bundle).values():
        found |= set(drawn.process.properties.get("variables", "").replace(",", " ").split())
    for outputs in tables.check_tables(bundle, Report(RULES)).values():
        found |= outputs
    return sorted(found)


def known_settings() -> dict[str, list[str]]:
    """By kind of element the settings that it may have."""
    return {kind: sorted(known | EVERYWHERE) for kind, known in KNOWN.items()}


def reserved() -> list[str]:
    """Ids that the engine keeps for itself."""
    return sorted(RESERVED_IDS)


def forms(bundle: Bundle) -> list[Part]:
    """Each form with its title and the fields that a condition may ask about."""
    keys = sorted({name.removesuffix(".schema.json") for name in bundle.forms if "schema" in name})
    return [_form(bundle, key) for key in keys]


def _form(bundle: Bundle, key: str) -> Part:
    schema, ui = _json(bundle, f"{key}.schema.json"), _json(bundle, f"{key}.ui.json")
    properties, layout = _mapping(schema.get("properties")), _mapping(ui.get("fields"))
    return {
        "key": key,
        "title": _text(schema, "title"),
        "fields": [
            _field(name, _mapping(field), _mapping(layout.get(name)))
            for name, field in properties.items()
        ],
    }


def _field(name: str, field: Mapping[str, Any], layout: Mapping[str, Any]) -> Part:
    zh, en = _mapping(layout.get("labels")), _mapping(layout.get("labels_en"))
    values = field.get("enum")
    choices = [
        {"value": value, "zh": str(zh.get(value, value)), "en": str(en.get(value, value))}
        for value in (values if isinstance(values, list) else [])
        if isinstance(value, str)
    ]
    return {
        "name": name,
        "title": _text(field, "title"),
        "type": str(field.get("type", "")),
        "format": str(field.get("format", "")),
        "choices": choices or None,
    }


def decisions(bundle: Bundle) -> list[Part]:
    """Each decision with the names of its outputs."""
    outputs = tables.check_tables(bundle, Report(RULES))
    return [
        {"id": name, "label": {"zh": "", "en": ""}, "outputs": sorted(outputs.get(name, ()))}
        for name in sorted(bundle.decisions)
    ]


def diagrams(bundle: Bundle) -> list[Part]:
    """Each diagram with what its process is called."""
    drawn = _drawn(bundle)
    return [
        {"name": name, "label": _label(drawn[name]) if name in drawn else {"zh": "", "en": ""}}
        for name in sorted(bundle.diagrams)
    ]


def _label(drawn: Outline) -> Text:
    return {"zh": drawn.process.name, "en": drawn.process.properties.get("nameEn", "")}


def documents(bundle: Bundle) -> list[str]:
    """The names of the templates of papers."""
    return sorted(name.removesuffix(".docx") for name in bundle.documents)


def figures(values: Mapping[str, Mapping[str, Any]]) -> list[Part]:
    """The parameters that are working days, by what people call them."""
    return [
        {
            "name": key.removeprefix("days."),
            "value": entry.get("value"),
            "zh": str(entry.get("name", "")),
            "en": str(entry.get("name_en", "")),
        }
        for key, entry in values.items()
        if key.startswith("days.")
    ]


def _drawn(bundle: Bundle) -> dict[str, Outline]:
    return dict(_outlines(bundle))


def _outlines(bundle: Bundle) -> Iterator[tuple[str, Outline]]:
    for name, data in bundle.diagrams.items():
        try:
            yield name, outline(name, data)
        except (EngineFault, LookupError, ValueError):
            continue


def _json(bundle: Bundle, name: str) -> Mapping[str, Any]:
    try:
        return _mapping(orjson.loads(bundle.forms.get(name, b"{}")))
    except orjson.JSONDecodeError:
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(part: Mapping[str, Any], name: str) -> Text:
    return {"zh": str(part.get(name, "")), "en": str(part.get(f"{name}_en", ""))}


FIRST = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" \
xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" \
xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" \
xmlns:di="http://www.omg.org/spec/DD/20100524/DI" \
id="{name}_definitions" targetNamespace="urn:tongze:processes" exporter="Tongze">
  <bpmn:process id="{name}" name={title} isExecutable="true">
    <bpmn:startEvent id="{name}_begun"><bpmn:outgoing>{name}_way</bpmn:outgoing></bpmn:startEvent>
    <bpmn:endEvent id="{name}_done"><bpmn:incoming>{name}_way</bpmn:incoming></bpmn:endEvent>
    <bpmn:sequenceFlow id="{name}_way" sourceRef="{name}_begun" targetRef="{name}_done"/>
  </bpmn:process>
  <bpmndi:BPMNDiagram id="{name}_diagram"><bpmndi:BPMNPlane id="{name}_plane" bpmnElement="{name}">
    <bpmndi:BPMNShape id="{name}_begun_shape" bpmnElement="{name}_begun">\
<dc:Bounds x="160" y="160" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNShape id="{name}_done_shape" bpmnElement="{name}_done">\
<dc:Bounds x="320" y="160" width="36" height="36"/></bpmndi:BPMNShape>
    <bpmndi:BPMNEdge id="{name}_way_edge" bpmnElement="{name}_way">\
<di:waypoint x="196" y="178"/><di:waypoint x="320" y="178"/></bpmndi:BPMNEdge>
  </bpmndi:BPMNPlane></bpmndi:BPMNDiagram>
</bpmn:definitions>
"""


def from_nothing(name: str, title: str) -> bytes:
    """A process that begins and ends, to be drawn on; the name has been found fit."""
    return FIRST.format(name=name, title=quoteattr(title)).encode()
