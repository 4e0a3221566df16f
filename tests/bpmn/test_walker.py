"""The walker itself: it finds the loops that are drawn, and says what no walk took."""

from collections.abc import Mapping

import pytest

from tests.bpmn import test_reminder as reminder
from tests.bpmn.escalation_map import NAMES
from tests.bpmn.walker import Flow, flows_of, loops_missed, loops_of, not_walked, walked

LOOPS: Mapping[str, set[Flow]] = {
    "supervision": {
        ("filing_verdict", "draft_matter"),
        ("objection_verdict", "acknowledge"),
        ("file_interim", "do_work"),
        ("sign_verdict", "do_work"),
        ("wait_change", "judge_light"),
        ("urge", "judge_light"),
        ("order_on_site", "judge_light"),
        ("propose_for_matter", "judge_light"),
        ("count_return", "handling"),
        ("record_false_report", "handling"),
    },
    "rectification": {("rect_plan_verdict", "rect_plan"), ("rect_count_return", "rect_doing")},
    "reminder": {("reminder_verdict", "reply_reminder")},
}


@pytest.mark.parametrize("process", LOOPS)
def test_the_loops_are_those_of_the_process_book(process: str) -> None:
    assert loops_of(process) == LOOPS[process]


@pytest.mark.parametrize("process", NAMES)
def test_without_its_loops_a_drawing_only_leads_forward(process: str) -> None:
    left = flows_of(process) - loops_of(process)
    while ends := {target for _, target in left} - {source for source, _ in left}:
        left = {flow for flow in left if flow[1] not in ends}
    assert left == set()


def test_what_no_walk_took_is_named() -> None:
    missed = not_walked("reminder", walked([reminder.WALKS["by letter"]]))
    assert "hold_talk" in missed
    assert "reply_lapsed" in missed
    assert "reminder_form → hold_talk" in missed
    assert "issue_letter" not in missed


def test_a_loop_that_was_not_taken_twice_is_named() -> None:
    walks = [reminder.WALKS["by letter"], reminder.WALKS["asked again"]]
    assert loops_missed("reminder", walks) == ["reminder_verdict → reply_reminder 2 times"]


@pytest.mark.parametrize("answers", [{"form": "shout"}, {"tone": "mild"}])
def test_a_walk_answers_only_what_the_form_lets_answer(answers: dict[str, str]) -> None:
    with pytest.raises(AssertionError, match="decide_reminder"):
        reminder.opened().do("decide_reminder", **answers)
