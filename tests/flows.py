"""Small processes to measure with: `simple` (A, a gateway, B), `linear6`, and longer lines.

Each step has a form of three fields, waits for the handlers, and is due in three working days.
"""

import re
from datetime import datetime
from functools import lru_cache

import orjson
from sqlalchemy.orm import Session

from models import Case, User
from tests.workflows.engine.drawing import choice, end, line, properties, start
from tests.workflows.engine.drawing import definitions as drawn
from workflows import cases, definitions
from workflows.engine import Bundle

ANSWERS = {"verdict": "approve", "opinion": "经核实，情况属实，拟同意。" * 4, "count": 3}
_FORM = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "title": "办理",
    "title_en": "Handle",
    "required": ["verdict", "opinion"],
    "properties": {
        "verdict": {
            "type": "string",
            "title": "意见",
            "title_en": "Verdict",
            "enum": ["approve", "return"],
        },
        "opinion": {
            "type": "string",
            "title": "说明",
            "title_en": "Opinion",
            "minLength": 1,
            "maxLength": 2000,
        },
        "count": {
            "type": "integer",
            "title": "件数",
            "title_en": "Count",
            "minimum": 0,
            "maximum": 1000,
        },
    },
    "additionalProperties": False,
}
_LABELS = {"approve": "同意", "return": "退回"}
_LABELS_EN = {"approve": "Approve", "return": "Return"}
_UI = {
    "order": ["verdict", "opinion", "count"],
    "fields": {
        "verdict": {"widget": "radio", "labels": _LABELS, "labels_en": _LABELS_EN},
        "opinion": {"widget": "textarea"},
        "count": {"widget": "number"},
    },
}
_DRAWN = re.compile(r'<bpmn:(?:startEvent|endEvent|userTask|exclusiveGateway) id="([^"]+)"')


def publish(session: Session, now: datetime, *, long: int = 0) -> None:
    """`simple`, `linear6` and, if wanted, `linear<long>` are in force."""
    bundles = [_bundle("simple", _simple()), _bundle("linear6", _linear(6))]
    if long:
        bundles.append(_bundle(f"linear{long}", _linear(long)))
    for bundle in bundles:
        definitions.publish(session, bundle, by=None, now=now)


def opened(
    session: Session, process: str, key: object, unit_id: int, *, by: User, now: datetime
) -> Case:
    """A case of the process, at its first step."""
    opening = cases.Opening(
        process=process, key=f"{process}:{key}", title=f"办件{key}", unit_id=unit_id
    )
    return cases.begin(session, opening, by=by, now=now)


def _step(*names: str) -> str:
    settings = {"who": "role(handler)", "due": "workdays(3)", "formKey": "handle", "batch": "yes"}
    return "".join(
        f'<bpmn:userTask id="{one}" name="办理{one}">'
        f"{properties(nameEn=f'Step {one}', **settings)}</bpmn:userTask>"
        for one in names
    )


def _simple() -> str:
    way = choice("way", "finished", b='a.verdict = "approve"')
    return (
        start() + _step("a", "b") + way + end() + line("begin", "a", "way") + line("b", "finished")
    )


def _linear(steps: int) -> str:
    names = [f"step{number}" for number in range(1, steps + 1)]
    return start() + _step(*names) + end() + line("begin", *names, "finished")


@lru_cache(maxsize=8)
def _bundle(process: str, body: str) -> Bundle:
    form, ui = orjson.dumps(_FORM), orjson.dumps(_UI)
    return Bundle(
        process=process,
        diagrams={process: _pictured(drawn(body, process=process), process)},
        forms={"handle.schema.json": form, "handle.ui.json": ui},
    )


def _pictured(xml: bytes, process: str) -> bytes:
    """With a shape for each node, as a published diagram must have."""
    text = xml.decode()
    shapes = "".join(
        f'<bpmndi:BPMNShape id="{name}_di" bpmnElement="{name}">'
        '<dc:Bounds x="1" y="1" width="100" height="80"/></bpmndi:BPMNShape>'
        for name in _DRAWN.findall(text)
    )
    plane = f'<bpmndi:BPMNPlane id="plane" bpmnElement="{process}">{shapes}</bpmndi:BPMNPlane>'
    picture = (
        '<bpmndi:BPMNDiagram xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
        'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" id="picture">'
        f"{plane}</bpmndi:BPMNDiagram>"
    )
    return text.replace("</bpmn:definitions>", f"{picture}</bpmn:definitions>").encode()
