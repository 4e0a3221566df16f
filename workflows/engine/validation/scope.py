"""What surrounds a diagram in its bundle: other diagrams, decisions, operations, names."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from workflows.engine.bundle import Bundle
from workflows.engine.validation.model import MULTI, Diagram, Step, text_of
from workflows.engine.validation.vocabulary import spiff


@dataclass(frozen=True, eq=False)
class Surroundings:
    """Everything the checks of one diagram may look at beside it."""

    bundle: Bundle
    diagrams: Mapping[str, Diagram]
    operations: Mapping[str, Collection[str]] | None  # name -> parameters that it takes
    functions: Collection[str]
    outputs: Mapping[str, frozenset[str]]  # decision -> names of what it answers
    people: Mapping[str, Collection[str]] | None = None  # roles, posts, bodies with their ranks
    # Forms are shared by many nodes; each is read once.
    forms: dict[str, object] = field(default_factory=dict)
    form_faults: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    @cached_property
    def steps(self) -> Mapping[str, Step]:
        """Every node of every diagram: called processes share the caller's variables."""
        return {
            name: step for diagram in self.diagrams.values() for name, step in diagram.steps.items()
        }

    @cached_property
    def people_nodes(self) -> frozenset[str]:
        """The nodes done by a person: tasks, and acts offered beside one."""
        return frozenset(
            name
            for name, step in self.steps.items()
            if step.kind == "userTask"
            or (step.kind == "boundaryEvent" and step.is_event("messageEventDefinition"))
        )

    @cached_property
    def variables(self) -> frozenset[str]:
        """What the processes say is there from the start or set by an operation."""
        return frozenset(
            name
            for diagram in self.diagrams.values()
            for name in diagram.properties.get("variables", "").replace(",", " ").split()
        )

    @cached_property
    def output_names(self) -> frozenset[str]:
        """The variables that decisions write by their own names."""
        return frozenset(
            name
            for step in self.steps.values()
            if step.kind == "businessRuleTask"
            for name in _single(self.outputs.get(self.decision_of(step)))
        )

    def decision_of(self, step: Step) -> str:
        """Return the decision that a business rule task names."""
        return text_of(next(step.xml.iter(spiff("calledDecisionId")), None))

    def called_from(self, process: str) -> frozenset[str]:
        """Return a process and all that it calls, directly or not."""
        seen: set[str] = set()
        todo = [process]
        while todo:
            name = todo.pop()
            if name not in seen and name in self.diagrams:
                seen.add(name)
                todo += self._calls(name)
        return frozenset(seen)

    def _calls(self, process: str) -> list[str]:
        steps = self.diagrams[process].steps.values()
        return [step.xml.get("calledElement", "") for step in steps if step.kind == "callActivity"]

    def has_item(self, step: Step) -> bool:
        """Say whether a node runs for an item: itself, its scopes, or the call it belongs to."""
        inside = {id(xml) for xml in (step.xml, *step.xml.iterancestors())}
        return self.is_called_per_item(step) or any(
            other.multi is not None and id(other.xml) in inside for other in self.steps.values()
        )

    def is_called_per_item(self, step: Step) -> bool:
        """Say whether the diagram of a node is called from inside a multi-instance."""
        own = next(n for n, d in self.diagrams.items() if d.steps.get(step.id) is step)
        return any(
            caller.kind == "callActivity"
            and own in self.called_from(caller.xml.get("calledElement", ""))
            and any(
                above.find(MULTI) is not None for above in (caller.xml, *caller.xml.iterancestors())
            )
            for caller in self.steps.values()
        )


def _single(outputs: frozenset[str] | None) -> frozenset[str]:
    """A table with one output writes it under its own name; one with several does not."""
    return outputs if outputs is not None and len(outputs) == 1 else frozenset()
