"""对照规则: each row of the table `measure_proposal` first, and the rows that stand beside it."""

from typing import Any

import pytest

from tests.bpmn.walker import rows_of, spec_of
from workflows import assignment
from workflows.engine import to_json

PROCESSES = ("supervision", "rectification", "reminder", "interview", "accountability")
NOTHING = {
    "ground": "inspection",
    "origin": "supervision",
    "kind": "org",
    "serious": False,
    "reminded_6m": False,
    "grade": None,
    "severity": "general",
}
ROWS: list[tuple[tuple[int, ...], str, dict[str, Any]]] = [
    ((1, 16), "lead", {"severity": "violation"}),
    ((1, 4, 16), "lead", {"severity": "violation", "serious": True}),
    ((2, 16), "accountability", {"ground": "abuse"}),
    ((3, 16), "reminder", {"kind": "other"}),
    ((3, 4, 15, 16), "reminder", {"kind": "other", "serious": True, "severity": "serious"}),
    ((4, 16), "accountability", {"serious": True}),
    ((5, 16), "accountability", {"ground": "interview_refused"}),
    ((6, 8, 16), "accountability", {"ground": "plan_late", "origin": "interview"}),
    ((6, 8, 16), "accountability", {"ground": "work_late", "origin": "interview"}),
    ((6, 8, 16), "accountability", {"ground": "failed", "origin": "accountability"}),
    ((6, 8, 16), "accountability", {"ground": "relapse", "origin": "accountability"}),
    ((7, 16), "interview", {"ground": "false_report"}),
    ((7, 16), "interview", {"ground": "unit_reds"}),
    ((8, 16), "interview", {"ground": "failed", "origin": "inspection"}),
    ((8, 16), "interview", {"ground": "relapse", "origin": "debriefing"}),
    ((8, 16), "interview", {"ground": "reminder_escalated", "origin": "reminder"}),
    ((9, 10, 16), "interview", {"ground": "red_over", "reminded_6m": True}),
    ((10, 16), "reminder", {"ground": "red_over"}),
    ((11, 16), "interview", {"ground": "debriefing", "grade": "差"}),
    ((11, 16), "interview", {"ground": "assessment", "grade": "差"}),
    ((12, 16), "interview", {"ground": "debriefing", "grade": "一般"}),
    ((13, 16), "reminder", {"ground": "assessment", "grade": "一般"}),
    ((14, 16), "reminder", {"severity": "sign"}),
    ((15, 16), "interview", {"severity": "serious"}),
    ((16,), "none", {}),
    ((16,), "none", {"ground": "debriefing", "grade": "较好"}),
]


@pytest.mark.parametrize(("rows", "measure", "facts"), ROWS)
def test_the_first_row_is_proposed_and_the_others_named(
    rows: tuple[int, ...], measure: str, facts: dict[str, Any]
) -> None:
    outcome = spec_of("supervision").decision("measure_proposal").decide(NOTHING | facts)
    assert outcome.rows == rows
    assert to_json(outcome.value)[0]["measure"] == measure


def test_every_row_is_asked() -> None:
    asked = {("measure_proposal", row) for rows, _, _ in ROWS for row in rows}
    assert asked == rows_of("supervision", "measure_proposal")


def test_nobody_who_leads_nothing_is_held_to_account() -> None:
    """条例 5: for kind = other, whatever else is true, a reminder stands first."""
    table = spec_of("supervision").decision("measure_proposal")
    for _, _, facts in ROWS:
        hits = to_json(table.decide(NOTHING | facts | {"kind": "other"}).value)
        if facts.get("severity") != "violation" and facts.get("ground") != "abuse":
            assert hits[0]["measure"] == "reminder"


def test_whoever_decides_is_named_by_a_rule_that_can_be_read() -> None:
    table = spec_of("supervision").decision("measure_proposal")
    for _, _, facts in ROWS:
        for hit in to_json(table.decide(NOTHING | facts).value):
            assert hit["measure"] == "none" or assignment.parse(hit["to"])


@pytest.mark.parametrize("process", PROCESSES)
def test_the_processes_share_one_table(process: str) -> None:
    shared = spec_of("supervision").decision_files["measure_proposal"]
    assert spec_of(process).decision_files["measure_proposal"] == shared
