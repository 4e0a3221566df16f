"""A rule by example: a bundle that breaks it, and its twin that does not."""

from dataclasses import dataclass, field

from tests.workflows.engine.validation.sketch import bundle
from workflows.assignment_words import KNOWN
from workflows.engine.bundle import Bundle
from workflows.engine.validation import Fault, check_bundle

OPERATIONS = frozenset({"note", "notify"})


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
    told = {(fault.rule, fault.element) for fault in faults_of(case.bad)}
    assert (case.rule, case.element) in told, told
    assert {found for found, _ in told} <= {case.rule} | case.also, told
    faults = faults_of(case.good)
    assert not faults, [(fault.rule, fault.element, fault.en) for fault in faults]
