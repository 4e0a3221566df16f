"""Where a form is shown and where one of its fields is read: what changes with it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lxml import etree

from workflows.engine import Bundle, EngineFault
from workflows.engine.outline import outline
from workflows.engine.validation.reading import Unreadable, read_xml
from workflows.registry import EFFECTS, GUARDS

PERSONS = ("userTask", "boundaryMessage")


@dataclass(frozen=True)
class Step:
    """A step that shows a form."""

    id: str
    name: str
    name_en: str
    diagram: str
    properties: Mapping[str, str]
    read_by_software: bool  # a rule of the procedure looks at its answers


@dataclass(frozen=True)
class Use:
    """A place that reads a field: an element of a diagram or of a table."""

    file: str
    element: str
    name: str
    text: str


def steps_of(bundle: Bundle, key: str) -> list[Step]:
    """The steps that show the form; of a diagram that cannot be read none."""
    return [step for step, form in _steps(bundle) if form == key]


def by_form(bundle: Bundle) -> dict[str, list[Step]]:
    """The steps of each form that is shown somewhere."""
    found: dict[str, list[Step]] = {}
    for step, form in _steps(bundle):
        found.setdefault(form, []).append(step)
    return found


def _steps(bundle: Bundle) -> Iterator[tuple[Step, str]]:
    for diagram, data in sorted(bundle.diagrams.items()):
        try:
            nodes = outline(diagram, data).nodes.values()
        except (EngineFault, LookupError, ValueError):
            continue
        for node in nodes:
            if node.kind not in PERSONS:
                continue
            said = node.properties
            key = (diagram, node.id)
            watched = key in GUARDS or key in EFFECTS
            name = node.name or node.id
            step = Step(node.id, name, said.get("nameEn", ""), diagram, said, watched)
            yield step, said.get("formKey", "").strip() or node.id


def of_field(bundle: Bundle, key: str, name: str) -> list[Use]:
    """The places of diagrams and tables that read a field of the form by its key."""
    steps = "|".join(re.escape(step.id) for step in steps_of(bundle, key))
    if not steps:
        return []
    reads = re.compile(rf"\b(?:{steps})\s*\.\s*(?:\w+\s*\.\s*)?{re.escape(name)}\b")
    found: list[Use] = []
    for ending, files in ((".bpmn", bundle.diagrams), (".dmn", bundle.decisions)):
        for file, data in sorted(files.items()):
            found += _reading(file + ending, data, reads)
    return list(dict.fromkeys(found))


def _reading(file: str, data: bytes, reads: re.Pattern[str]) -> Iterator[Use]:
    try:
        root = read_xml(data)
    except Unreadable:
        return
    for element in root.iter("*"):
        texts = [element.text or "", *map(str, element.attrib.values())]
        for text in texts:
            if reads.search(text):
                owner = _owner(element)
                id_, name = str(owner.get("id", "")), str(owner.get("name") or owner.get("id", ""))
                yield Use(file, id_, name, " ".join(text.split())[:120])


def _owner(element: etree._Element) -> etree._Element:
    """The nearest element that has an id and is no part of a shape."""
    here: etree._Element | None = element
    while here is not None and not here.get("id"):
        here = here.getparent()
    return element if here is None else here
