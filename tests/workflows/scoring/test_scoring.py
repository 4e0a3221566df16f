"""Figures that can be checked by hand, and drafts that are refused."""

from decimal import Decimal
from typing import Any

import pytest

from tests.workflows.scoring.schemes import plain
from workflows.scoring import Fact, faults_of, placings, read, report, sheet_of
from workflows.scoring.redlines import red_line
from workflows.scoring.scheme import SchemeError

DONE = [
    Fact("duty", "obligation:1"),
    Fact("duty", "obligation:2", share=Decimal("0.5")),
    Fact("result", "import:1", share=Decimal("0.9")),
    Fact("plus", "panel:1"),
    Fact("minus", "finding:1", adverse=True, times=Decimal(2)),
]


def test_both_sides_and_their_total_can_be_checked_by_hand() -> None:
    sheet = sheet_of(read(plain()), DONE)
    # 45 of 60 for duty, 36 of 40 by effect, bonus 8 capped at 5, 1 taken off
    assert (sheet.party, sheet.business) == (Decimal("85.00"), Decimal("90.00"))
    assert (sheet.total, sheet.grade, sheet.gap) == (Decimal("87.50"), "fair", Decimal("5.00"))


@pytest.mark.parametrize(
    ("combine", "total"), [("equal", "87.50"), ("cap", "85.00"), ("coefficient", "85.50")]
)
def test_the_three_ways_of_combining(combine: str, total: str) -> None:
    assert sheet_of(read(plain(combine=combine)), DONE).total == Decimal(total)


def test_one_cause_is_punished_once_and_the_spared_fact_is_named() -> None:
    twice = [
        Fact("duty", "finding:7", adverse=True, cause="matter:7"),
        Fact("minus", "finding:7", adverse=True, cause="matter:7"),
    ]
    sheet = sheet_of(read(plain()), twice)
    assert [fact.indicator for fact in sheet.spared] == ["minus"]
    points = {line.indicator: line.points for line in sheet.lines}
    assert (points["duty"], points["minus"]) == (Decimal("58.00"), Decimal("0.00"))


def test_an_indicator_without_data_is_named_not_guessed() -> None:
    sheet = sheet_of(read(plain()), [])
    assert set(sheet.missing) == {"result", "effect"}


def test_units_alike_at_the_cut_are_left_to_a_person() -> None:
    scheme = read(plain(quota="0.5"))
    best = [Fact("result", "i"), Fact("duty", "o")]
    found = placings(scheme, {name: sheet_of(scheme, best) for name in "abcd"})
    assert {placing.reason for placing in found.values()} == {"tie"}
    assert found["a"].tied_with == ("b", "c", "d")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"weights": {"party": "0.6", "business": "0.5"}}, "weights-sum"),
        ({"weights": {"party": "0.6", "business": "0.4"}}, "weights-differ"),
        ({"combine": "by mood"}, "combine-unknown"),
        ({"combine": "coefficient", "coefficients": {}}, "coefficient-missing"),
        (
            {
                "combine": "coefficient",
                "coefficients": {"good": "0.7", "fair": "0.8", "average": "0.9", "poor": "1"},
            },
            "coefficient-order",
        ),
        (
            {
                "combine": "coefficient",
                "coefficients": {"good": "2", "fair": "1", "average": "1", "poor": "1"},
            },
            "coefficient-bounds",
        ),
        ({"grades": {"good": "90", "fair": "80"}}, "threshold-missing"),
        ({"grades": {"good": "90", "fair": "95", "average": "60"}}, "threshold-order"),
        ({"quota": "1.1"}, "quota-bounds"),
        ({"bonus_max": "-1"}, "bonus-bounds"),
        ({"floor": "101"}, "floor-bounds"),
        ({"tie_indicator": "luck"}, "tie-unknown"),
    ],
)
def test_rules_that_cannot_hold_are_named(change: dict[str, Any], rule: str) -> None:
    assert [fault.rule for fault in faults_of(read(plain(**change)))] == [rule]


@pytest.mark.parametrize(
    ("field", "value", "rule"),
    [
        ("points", "50", "points-sum"),
        ("points", "-60", "points-positive"),
        ("side", "both", "side-unknown"),
        ("name", "学习时长", "red-line"),
        ("name", "平台登录次数", "red-line"),
        ("code", "effect", "code-twice"),
    ],
)
def test_content_that_cannot_hold_is_named(field: str, value: str, rule: str) -> None:
    stored = plain()
    stored["content"][0][field] = value
    assert rule in {fault.rule for fault in faults_of(read(stored))}


@pytest.mark.parametrize(
    ("how", "rule"),
    [
        ({}, "means-missing"),
        ({"by": "computed"}, "source-missing"),
        ({"by": "effect", "promotes": "duty"}, "effect-target"),
    ],
)
def test_means_that_cannot_hold_are_named(how: dict[str, str], rule: str) -> None:
    stored = plain()
    stored["means"]["duty"] = how
    assert rule in {fault.rule for fault in faults_of(read(stored))}


def test_what_is_no_scheme_is_refused() -> None:
    with pytest.raises(SchemeError):
        read({"year": 2026, "name": "x", "rules": {"weights": {"party": "NaN"}}})


@pytest.mark.parametrize(
    "text", ["上传材料数量", "打卡签到率", "点赞数", "photo uploads", "log-ins", "Study hours"]
)
def test_traces_are_recognised(text: str) -> None:
    assert red_line(text)


@pytest.mark.parametrize("text", ["按期履责率", "群众满意度", "likely effect", "onlineness"])
def test_effects_are_not_taken_for_traces(text: str) -> None:
    assert not red_line(text)


def test_a_panel_report_names_who_stands_apart() -> None:
    marks = {"甲": "90", "乙": "91", "丙": "89", "丁": "60"}
    scores = {who: {"单位": Decimal(mark)} for who, mark in marks.items()}
    scores["戊"] = {}
    found = report(scores, items=["单位"])
    assert [(one.evaluator, one.median) for one in found.outliers] == [("丁", Decimal("89.5"))]
    assert found.missing == (("戊", "单位"),)
    assert found.spread == {"单位": Decimal(31)}
    assert found.leniency["丁"] == Decimal("-30.0")


def test_who_is_in_conflict_is_left_out_and_named() -> None:
    scores = {"甲": {"单位": Decimal(100)}, "乙": {"单位": Decimal(80)}}
    found = report(scores, items=["单位"], conflicts=[("甲", "单位")])
    assert found.conflicts == (("甲", "单位"),)
    assert found.spread == {"单位": Decimal(0)}
