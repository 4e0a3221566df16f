"""Every rule by example: refused by exactly that rule at exactly that element; its twin passes."""

import pytest

from tests.workflows.engine.validation import (
    examples_flows,
    examples_people,
    examples_settings,
    examples_structure,
    examples_times,
)
from tests.workflows.engine.validation.case import Case, assert_refused, faults_of
from tests.workflows.engine.validation.sketch import line, node, timer
from workflows.engine.validation import RULES

CASES = [
    *examples_structure.CASES,
    *examples_flows.CASES,
    *examples_people.CASES,
    *examples_times.CASES,
    *examples_settings.CASES,
]
# Shown by the files they come from, not by a bundle: test_files.py, test_last_resort.py and
# tests/workflows/test_templates.py, tests/workflows/test_table_tests.py.
ELSEWHERE = {
    "file-missing",
    "file-unknown-kind",
    "folder-without-diagram",
    "document-refused",
    "document-unknown-field",
    "engine-refuses",
    "table-test-failed",
    "table-tests-too-long",
    "table-tests-unreadable",
    "table-tests-without-table",
}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_it_is_refused_by_its_rule_and_its_twin_passes(case: Case) -> None:
    assert_refused(case)


def test_every_rule_has_an_example() -> None:
    assert {case.rule for case in CASES} == set(RULES) - ELSEWHERE


def test_every_fault_speaks_two_languages_and_names_its_element() -> None:
    for case in CASES:
        for fault in faults_of(case.bad):
            assert any("\u4e00" <= sign <= "\u9fff" for sign in fault.zh), fault
            assert fault.en.isascii() or "…" in fault.en or fault.rule in RULES
            assert fault.file


def test_each_leftover_of_another_engine_is_told_by_the_name_of_its_node() -> None:
    """A file of Camunda, Flowable or of a domestic platform: one fault each, none hides another."""
    body = line(
        node("userTask", "a", attributes='camunda:assignee="x"', name="签收"),
        node("userTask", "b", attributes='flowable:candidateGroups="x"', name="办理"),
        node("intermediateCatchEvent", "c", timer("${until}"), name="等待"),
    )
    told = {(fault.rule, fault.name) for fault in faults_of(body)}
    assert told >= {
        ("foreign-extension", "签收"),
        ("foreign-extension", "办理"),
        ("foreign-expression", "等待"),
    }


def test_a_fault_carries_the_name_of_its_element() -> None:
    case = next(case for case in CASES if case.rule == "who-missing")
    assert [(f.element, f.name) for f in faults_of(case.bad)] == [("a", "a")]
