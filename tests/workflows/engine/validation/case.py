"""A rule by example: a bundle that breaks it, and its twin that does not."""

from dataclasses import dataclass, field

from lxml import etree

from tests.workflows.engine.validation.sketch import bundle
from workflows.assignment_words import KNOWN
from workflows.engine.bundle import Bundle
from workflows.engine.validation import Fault, check_bundle

OPERATIONS = {"note": {"p"}, "notify": set()}  # with what they take


@dataclass(frozen=True)
class Case:
    """`bad` breaks `rule` at `element` and nothing else; `good` breaks nothing."""

    rule: str
    element: str | None
    bad: Bundle | bytes | str
    good: Bundle | bytes | str
    also: frozenset[str] = field(default_factory=frozenset)  # what cannot be broken without

    def __str__(self) -> str:
        return f"{self.rule}@{self.element}"


def faults_of(subject: Bundle | bytes | str) -> list[Fault]:
    """Check a bundle, a file or the inside of a process."""
    checked = subject if isinstance(subject, Bundle) else bundle(subject)
    return check_bundle(checked, operations=OPERATIONS, people=KNOWN)


def assert_refused(case: Case) -> None:
    """The bad one is refused by exactly this rule at this element, the good one passes."""
    found = faults_of(case.bad)
    told = {(fault.rule, fault.element) for fault in found}
    assert (case.rule, case.element) in told, told
    assert {found for found, _ in told} <= {case.rule} | case.also, told
    assert_can_be_shown(case, found)
    faults = faults_of(case.good)
    assert not faults, [(fault.rule, fault.element, fault.en) for fault in faults]


def assert_can_be_shown(case: Case, faults: list[Fault]) -> None:
    """The editor can mark each fault: its element stands in the diagram that it names."""
    checked = case.bad if isinstance(case.bad, Bundle) else bundle(case.bad)
    files = {f"{name}.bpmn": data for name, data in checked.diagrams.items()}
    for fault in faults:
        if fault.element is None:  # the file as a whole, as the example says
            assert case.element is None or fault.rule in case.also, fault
        elif fault.file in files:
            ids = {one.get("id") for one in etree.fromstring(files[fault.file]).iter("*")}
            assert fault.element in ids, fault
        else:
            assert fault.file.endswith(".dmn"), fault  # a table has its own editor
