"""A diagram as the checks see it: scopes, nodes, flows, each with its XML element."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeVar

from lxml import etree

from workflows.engine.validation.vocabulary import ALL_NODES, BPMN, bpmn, spiff

T = TypeVar("T")
MULTI = bpmn("multiInstanceLoopCharacteristics")


@dataclass(frozen=True, eq=False)
class Step:
    """A flow node."""

    id: str
    kind: str
    xml: etree._Element
    scope: "Scope"

    @cached_property
    def properties(self) -> dict[str, str]:
        return properties_of(self.xml)

    @property
    def definitions(self) -> list[str]:
        """The kinds of event that this node is."""
        return [
            name
            for name in map(local, self.xml.iterchildren("*"))
            if name.endswith("EventDefinition") or name == "eventDefinitionRef"
        ]

    def is_event(self, definition: str) -> bool:
        return definition in self.definitions

    @property
    def host(self) -> str:
        return str(self.xml.get("attachedToRef") or "")

    @property
    def interrupts(self) -> bool:
        return str(self.xml.get("cancelActivity", "true")).lower() == "true"

    @property
    def multi(self) -> etree._Element | None:
        return self.xml.find(MULTI)


@dataclass(frozen=True, eq=False)
class Flow:
    """A sequence flow."""

    source: str
    target: str
    xml: etree._Element

    @property
    def condition(self) -> etree._Element | None:
        return self.xml.find(bpmn("conditionExpression"))


@dataclass(eq=False)
class Scope:
    """A process or an embedded subprocess: the ground on which tokens move."""

    xml: etree._Element
    parent: "Scope | None"
    steps: dict[str, Step] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)

    def outgoing(self, node: str) -> list[Flow]:
        return self._by_source.get(node, [])

    def incoming(self, node: str) -> list[Flow]:
        return self._by_target.get(node, [])

    @cached_property
    def _by_source(self) -> dict[str, list[Flow]]:
        return _grouped((flow.source, flow) for flow in self.flows)

    @cached_property
    def _by_target(self) -> dict[str, list[Flow]]:
        return _grouped((flow.target, flow) for flow in self.flows)

    def boundaries(self, host: str) -> list[Step]:
        return self._by_host.get(host, [])

    @cached_property
    def _by_host(self) -> dict[str, list[Step]]:
        return _grouped((step.host, step) for step in self.of("boundaryEvent"))

    def of(self, *kinds: str) -> list[Step]:
        return [step for step in self.steps.values() if step.kind in kinds]

    def next_of(self, node: str) -> list[str]:
        """Where a token can be after `node`: along its flows, or out of its boundary events."""
        ahead = [flow.target for flow in self.outgoing(node) if flow.target in self.steps]
        return ahead + [step.id for step in self.boundaries(node)]


@dataclass(eq=False)
class Diagram:
    """One file with one process."""

    file: str
    root: etree._Element
    process: etree._Element
    scopes: list[Scope]

    @cached_property
    def steps(self) -> dict[str, Step]:
        return {step.id: step for scope in self.scopes for step in scope.steps.values()}

    @cached_property
    def properties(self) -> dict[str, str]:
        return properties_of(self.process)

    def inner(self, step: Step) -> Scope | None:
        """Return the scope inside a subprocess."""
        return next((scope for scope in self.scopes if scope.xml is step.xml), None)


def diagram_of(file: str, root: etree._Element, process: etree._Element) -> Diagram:
    """Index a process; nodes without an id are left out, the checks have named them."""
    scopes: list[Scope] = []
    _index(process, None, scopes)
    return Diagram(file, root, process, scopes)


def _index(xml: etree._Element, parent: Scope | None, scopes: list[Scope]) -> None:
    scope = Scope(xml, parent)
    scopes.append(scope)
    for child in xml.iterchildren("*"):
        kind = local(child)
        if kind == "sequenceFlow":
            flow = Flow(child.get("sourceRef", ""), child.get("targetRef", ""), child)
            scope.flows.append(flow)
        elif kind in ALL_NODES and child.get("id"):
            scope.steps[child.get("id", "")] = Step(child.get("id", ""), kind, child, scope)
        if kind in {"subProcess", "transaction", "adHocSubProcess"}:
            _index(child, scope, scopes)


def local(xml: etree._Element) -> str:
    """Return the name of a BPMN element, or an empty text for one of another language."""
    name = etree.QName(xml)
    return name.localname if name.namespace == BPMN else ""


def text_of(xml: etree._Element | None) -> str:
    """Return the text of an element as the engine will read it."""
    return "" if xml is None or xml.text is None else xml.text.strip()


def properties_of(xml: etree._Element) -> dict[str, str]:
    """Return our settings of an element."""
    return {
        item.get("name", ""): item.get("value", "")
        for item in property_elements(xml)
        if item.get("name")
    }


def property_elements(xml: etree._Element) -> Iterator[etree._Element]:
    """Yield the property elements of a node's own extension elements."""
    for extension in xml.iterchildren(bpmn("extensionElements")):
        for group in extension.iterchildren(spiff("properties")):
            yield from group.iterchildren(spiff("property"))


def _grouped(pairs: Iterator[tuple[str, T]]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {}
    for key, item in pairs:
        groups.setdefault(key, []).append(item)
    return groups
