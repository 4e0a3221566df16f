"""Diagrams of other workflow systems, converted where the meaning is certain.

    found = read(data, roles=("supervisor", …))
    found.diagram     # the file as a draft can hold it
    found.notes       # what was converted, what is to be decided, what is not possible here

Read are Camunda 7 and 8, Flowable and Activiti, and what domestic platforms build on them
(RuoYi, yudao, JeecgBoot); of anything else the BPMN is read and every extension told by its node.
What is not converted stays in the file until a person removes it; publishing refuses it till then.
docs/foreign.md lists it all, written from `rules.py`.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from lxml import etree

from workflows.engine.validation.model import Diagram, Step, diagram_of, properties_of
from workflows.engine.validation.settings import needs_person
from workflows.engine.validation.vocabulary import BPMNDI, bpmn
from workflows.foreign import calls, flows, ids, leftovers, people, repeats, steps, times
from workflows.foreign.dialects import tool_of
from workflows.foreign.notes import Note, Notes
from workflows.foreign.rules import CONVERTED, IMPOSSIBLE, OPEN, RULES
from workflows.foreign.source import bytes_of, main_of, name_of_process, root_of

__all__ = ["CONVERTED", "IMPOSSIBLE", "OPEN", "RULES", "Conversion", "Note", "read", "without"]


@dataclass(frozen=True)
class Conversion:
    """A foreign diagram as it can be taken over, and everything that was found in it."""

    process: str
    name: str
    tool: str
    diagram: bytes
    notes: Sequence[Note]

    def with_diagram(self, diagram: bytes) -> "Conversion":
        return replace(self, diagram=diagram)


def read(data: bytes, *, roles: Collection[str] = (), process: str = "") -> Conversion:
    """The diagram converted; its process takes the id `process`, if one is given.

    Raises Invalid or TooLarge, in plain words, for what is no BPMN within the bounds of publishing.
    """
    root = root_of(data)
    main = main_of(root)
    tool, notes = tool_of(root), Notes()
    _prepare(root, main, process, notes)
    diagram = diagram_of("", root, main)
    read_names = _convert(diagram, roles, notes)
    leftovers.tell(root, main, notes)
    if root.find(f".//{{{BPMNDI}}}BPMNShape") is None:
        notes.add("drawing", main)
    _tell_variables(diagram, read_names, notes)
    return Conversion(
        process=main.get("id") or "",
        name=name_of_process(root, main),
        tool=tool,
        diagram=bytes_of(root),
        notes=_in_order(root, notes),
    )


def _in_order(root: etree._Element, notes: Notes) -> tuple[Note, ...]:
    """What is to be decided first, then what is not possible, each as it comes in the file."""
    states = {OPEN: 0, IMPOSSIBLE: 1, CONVERTED: 2}
    places = {xml.get("id") or "": place for place, xml in enumerate(root.iter("*"))}
    return tuple(
        sorted(notes.found, key=lambda one: (states[one.state], places.get(one.element, 0)))
    )


def without(diagram: bytes) -> bytes:
    """The same diagram with every extension of another system taken out."""
    root = root_of(diagram)
    leftovers.strip(root)
    return bytes_of(root)


def _prepare(root: etree._Element, main: etree._Element, process: str, notes: Notes) -> None:
    for other in root.iter(bpmn("process")):
        if other is not main:
            notes.add("several-processes", other, other.get("id") or "")
    if main.get("isExecutable") != "true":
        notes.add("executable", main, main.get("isExecutable") or "", "isExecutable=true")
        main.set("isExecutable", "true")
    if language := root.attrib.pop("expressionLanguage", ""):
        notes.add("language", root, str(language))
    ids.make_plain(root, main, process, notes)


def _convert(
    diagram: Diagram, roles: Collection[str], notes: Notes
) -> list[tuple[etree._Element, frozenset[str]]]:
    """Convert every node and flow; returns the variables that are read, each where it is."""
    read_names: list[tuple[etree._Element, frozenset[str]]] = []
    processes = frozenset(one.get("id") or "" for one in diagram.root.iter(bpmn("process")))
    for step in diagram.steps.values():
        item = ""
        if step.multi is not None:
            item, names = repeats.convert(step.multi, notes)
            read_names.append((step.xml, names))
        for event in step.xml.iterchildren(bpmn("timerEventDefinition")):
            if step.kind != "startEvent":
                read_names.append((step.xml, times.convert(event, notes) - {item}))
        _convert_step(step, item, roles, processes, notes)
    for scope in diagram.scopes:
        for flow in scope.flows:
            names = flows.convert(flow.xml, scope.steps.get(flow.source), notes)
            read_names.append((flow.xml, names))
    return read_names


def _convert_step(
    step: Step, item: str, roles: Collection[str], processes: frozenset[str], notes: Notes
) -> None:
    if needs_person(step) and not (step.xml.get("name") or "").strip():
        notes.add("name", step.xml)
    if step.kind == "userTask":
        people.convert(step.xml, item, roles, notes)
        steps.convert_form(step.xml, notes)
        steps.convert_due(step.xml, notes)
        steps.convert_marks(step.xml, notes)
    elif needs_person(step):
        notes.add("who-none", step.xml)
    elif step.kind == "callActivity":
        calls.convert_call(step.xml, processes, notes)
    elif calls.is_decision(step.xml):
        calls.convert_decision(step.xml, notes)
    elif step.kind == "serviceTask":
        calls.convert_service(step.xml, notes)


def _tell_variables(
    diagram: Diagram, read_names: list[tuple[etree._Element, frozenset[str]]], notes: Notes
) -> None:
    """Each variable that nothing in the diagram makes, once, where it is read first."""
    known = {*diagram.steps, *properties_of(diagram.process).get("variables", "").split(",")}
    told: set[str] = set()
    for where, names in read_names:
        for name in sorted(names - known - told - {"item"}):
            told.add(name)
            notes.add("variable", where, name)
