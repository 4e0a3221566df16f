"""机关党建考核 walked: the scheme returned, silent units, objections, the committee's return."""

from collections.abc import Callable, Mapping
from functools import partial

import pytest

from tests.bpmn.walker import Stub, Walk, end_of, loops_missed, not_walked, once, walked
from workflows.engine import Call

UNITS = {
    key: {"unit": key, "committee": key, "name": key, "team": ["5", "6"]} for key in ("11", "12")
}


def points(call: Call) -> Mapping[str, object]:
    return {"veto": False, "points": 75, "quota_left": True}


def matched(call: Call) -> Mapping[str, object]:
    given = {"ground": "assessment", "origin": "assessment", "kind": "org", "serious": False}
    return given | {"reminded_6m": False, "grade": "一般", "severity": None}


def opened() -> Walk:
    def scored(call: Call) -> None:
        call.vars["sheets"] = UNITS

    def heard(call: Call) -> None:
        call.vars["hear_for"] = UNITS

    def published(call: Call) -> None:
        call.vars["weak"] = {"11": {"unit": "11", "grade": "一般"}}

    stub = Stub(
        operations={
            "compute_scores": scored,
            "prepare_hearing": heard,
            "publish_results": published,
        },
        inputs={"assessment_grade": points, "measure_proposal": matched},
    )
    given = {"year": 2025, "group": "organs", "units": UNITS}
    walk = Walk("assessment", stub, given | {"due": {"cutoff": end_of(stub.now, 5)}})
    assert walk.open == ["set_scheme"]
    return walk


def frozen(walk: Walk, rounds: int = 0) -> Walk:
    for _ in range(rounds):
        walk.do("set_scheme").do("approve_scheme", verdict="return", opinion="权重再议")
    walk.do("set_scheme").do("approve_scheme", verdict="approve")
    assert walk.open == []
    walk.wait()
    assert walk.stub.called[-1] == "freeze_facts"
    return walk


def scored(walk: Walk) -> Walk:
    for key in UNITS:
        walk.do("self_review", key, checked=True).do("verify_unit", key, scores=[])
    return walk.do("enter_business", results=[])


def heard(walk: Walk, answer: str = "accept") -> Walk:
    walk.do("moderate", items=[])
    for key in UNITS:
        walk.do("confirm_result", key, answer=answer)
    return walk


def published(walk: Walk) -> Walk:
    walk.do("decide_assessment", verdict="approve")
    assert (walk.open, walk.stub.called[-1]) == ([], "start_result_publicity")
    walk.wait()
    assert walk.stub.called[-1] == "assessment_follow_up"
    return walk


def closes(rounds: int = 0) -> Walk:
    """K1, K2, K4, K6: each loop as often as said."""
    walk = scored(frozen(opened(), rounds))
    for _ in range(rounds):
        heard(walk, "object").do("review_scores", items=[])
        assert walk.open == ["moderate"]
    heard(walk)
    for _ in range(rounds):
        heard(walk.do("decide_assessment", verdict="return", opinion="再议"))
    return published(walk)


def silent() -> Walk:
    """K3 and K5: units that say nothing do not hold it up."""
    walk = frozen(opened())
    walk.wait()
    walk.do("enter_business", results=[])  # before the teams this time
    for key in UNITS:
        walk.do("verify_unit", key, scores=[])
    walk.do("moderate", items=[])
    walk.wait()
    return published(walk)


WALKS: Mapping[str, Callable[[], Walk]] = once(
    {
        "straight": closes,
        "once": partial(closes, 1),
        "twice": partial(closes, 2),
        "silent": silent,
    }
)


@pytest.mark.parametrize("name", WALKS)
def test_it_ends(name: str) -> None:
    assert WALKS[name]().outcome == "assessment_closed"


def test_everything_drawn_was_walked() -> None:
    assert not_walked("assessment", walked(WALKS.values())) == []


def test_each_loop_was_taken_never_once_and_twice() -> None:
    assert loops_missed("assessment", WALKS.values()) == []
