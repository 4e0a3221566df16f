"""Conditions in words, Chinese and English."""

import pytest

from workflows.condition_words import Names, say

NAMES = Names(
    steps={"approve": ("审批", "Approve")},
    fields={
        "approve.verdict": ("“审批”的“意见”", "“Verdict” of “Approve”"),
        "approve.amount": ("“审批”的“金额”", "“Amount” of “Approve”"),
        "approve.urgent": ("“审批”的“加急”", "“Urgent” of “Approve”"),
    },
    choices={("approve.verdict", "agree"): ("同意", "Agree")},
)
SAID = {
    'approve.verdict = "agree"': ("“审批”的“意见”为“同意”", "“Verdict” of “Approve” is “Agree”"),
    '"agree" = approve.verdict': ("“审批”的“意见”为“同意”", "“Verdict” of “Approve” is “Agree”"),
    'approve.verdict != "other"': (
        "“审批”的“意见”不为“other”",
        "“Verdict” of “Approve” is not “other”",
    ),
    "approve.urgent = true": ("“审批”的“加急”为“是”", "“Urgent” of “Approve” is “yes”"),
    "approve.urgent": ("“审批”的“加急”为“是”", "“Urgent” of “Approve” is “yes”"),
    "approve.verdict = null": ("“审批”的“意见”没有填写", "“Verdict” of “Approve” is not filled in"),
    "100 < approve.amount": ("“审批”的“金额”大于100", "“Amount” of “Approve” is more than 100"),
    "approve.amount >= 0.5": ("“审批”的“金额”不小于0.5", "“Amount” of “Approve” is at least 0.5"),
    "approve.amount between 1 and 3": (
        "“审批”的“金额”在1与3之间",
        "“Amount” of “Approve” lies between 1 and 3",
    ),
    'approve.verdict in ("agree", "b")': (
        "“审批”的“意见”为“同意”、“b”之一",
        "“Verdict” of “Approve” is one of “Agree”, “b”",
    ),
    "approve.urgent and (approve.amount > 1 or approve.amount <= 0)": (
        "“审批”的“加急”为“是”，并且（“审批”的“金额”大于1，或者“审批”的“金额”不大于0）",
        "“Urgent” of “Approve” is “yes” and (“Amount” of “Approve” is more than 1 or "
        "“Amount” of “Approve” is at most 0)",
    ),
    "not(approve.urgent)": (
        "以下不成立：“审批”的“加急”为“是”",
        "it does not hold that “Urgent” of “Approve” is “yes”",
    ),
    "done / total >= 0.6": (
        "已办理的人数占总人数的比例不小于0.6",
        "the share of the number of those who have answered in the number of all is at least 0.6",
    ),
    'approve = "x"': ("“审批”为“x”", "“Approve” is “x”"),
}


@pytest.mark.parametrize("condition", SAID)
def test_a_condition_is_told_by_titles_and_labels(condition: str) -> None:
    assert say(condition, NAMES) == SAID[condition]


@pytest.mark.parametrize(
    "condition", ["count(flags) > 0", "some i in x satisfies i.a", "a ==", "x[1]"]
)
def test_what_has_no_words_stands_as_it_is_written(condition: str) -> None:
    assert say(condition, NAMES) == (condition, condition)
