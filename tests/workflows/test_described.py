"""A process told step by step: every node, in the order of the flow, with where it goes on."""

from dataclasses import replace

import pytest

from config import ROOT
from workflows.described import Step, describe
from workflows.engine import Bundle
from workflows.engine.outline import outline
from workflows.installation import processes_in

SHIPPED = [folder.name for folder in processes_in(ROOT / "bpmn")]


def bundle(process: str) -> Bundle:
    return Bundle.from_folder(ROOT / "bpmn" / process)


def steps(process: str) -> dict[str, Step]:
    return {step.node.id: step for step in describe(bundle(process))[0].steps}


@pytest.mark.parametrize("process", SHIPPED)
def test_every_node_is_told_once_with_all_its_exits(process: str) -> None:
    given = bundle(process)
    told = describe(given)
    assert told[0].id == process
    assert {one.id for one in told} == set(given.diagrams)
    for diagram in told:
        found = outline(diagram.id, given.diagrams[diagram.id])
        assert sorted(step.node.id for step in diagram.steps) == sorted(found.nodes)
        assert len({step.number for step in diagram.steps}) == len(found.nodes)
        assert sum(len(step.exits) for step in diagram.steps) == len(found.flows)
        numbers = {step.number for step in diagram.steps}
        assert {exit.number for step in diagram.steps for exit in step.exits} <= numbers


def test_the_order_is_that_of_the_flow_and_conditions_are_in_words() -> None:
    told = steps("reminder")
    order = list(told)
    assert order[:4] == ["reminder_opened", "check_reminder", "decide_reminder", "reminder_form"]
    assert order.index("assess_reminder") < order.index("reminder_verdict")
    assert order.index("reply_lapsed") == order.index("reply_reminder") + 1
    ways = told["reminder_form"].exits
    assert ways[0].condition == (
        "“确定提醒方式”的“提醒方式”为“提醒函”",
        "“Form of the reminder” of “Decide on the reminder” is “Letter”",
    )
    assert [way.default for way in ways] == [False, False, True]
    form = told["decide_reminder"].form
    assert form is not None
    assert (form.title, form.fields[0]) == (
        ("确定提醒方式", "Decide on the reminder"),
        ("提醒方式", "Form of the reminder"),
    )
    assert told["match_after_reminder"].decision != "measure_proposal"  # its name
    assert told["match_after_reminder"].decision


def test_the_steps_of_a_subprocess_stand_under_it() -> None:
    told = steps("accountability")
    meeting = told["meeting"].number
    assert told["meet_subject"].number.startswith(f"{meeting}.")


def test_few_conditions_of_the_shipped_processes_have_no_words() -> None:
    said = [
        way.condition
        for process in SHIPPED
        for diagram in describe(bundle(process))
        for step in diagram.steps
        for way in step.exits
        if way.condition[0]
    ]
    assert sum(zh == en for zh, en in said) < len(said) / 10


def test_what_cannot_be_read_is_told_without_steps() -> None:
    given = bundle("reminder")
    broken = replace(given, diagrams={**given.diagrams, "reminder": b"<a/>"})
    assert describe(broken)[0].process is None
    no_forms = replace(given, forms={"decide_reminder.schema.json": b"[", "x.ui.json": b"{"})
    assert all(step.form is None or not step.form.fields for step in describe(no_forms)[0].steps)
