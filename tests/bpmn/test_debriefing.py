"""述职评议考核 walked: reports sent back, silence, with and without a ballot, objections."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest

from tests.bpmn.walker import Stub, Walk, end_of, loops_missed, not_walked, once, walked
from workflows.engine import Call

PEOPLE = {key: {"person": key, "unit": "1"} for key in ("3", "4")}
GIVEN = {
    "organiser": "1",
    "held_by": {"org": "work_committee"},
    "year": 2026,
    "secretaries": PEOPLE,
    "commentators": {"5": {"person": "5"}},
    "scrutineers": ["6", "7", "8"],
    "ballot": {"held": False},
    "graded": PEOPLE,
}


def graded(call: Call) -> Mapping[str, object]:
    return {
        "score": 91,
        "held_to_account": False,
        "absent": False,
        "interviewed": False,
        "last_list_open": 0,
        "quota_left": True,
    }


def matched(call: Call) -> Mapping[str, object]:
    given = {"ground": "debriefing", "origin": "debriefing", "kind": "cadre", "serious": False}
    return given | {"reminded_6m": False, "grade": "一般", "severity": None}


def opened(*, ballot: bool = True) -> Walk:
    def box(call: Call) -> None:
        call.vars["ballot"] = {"held": ballot}

    def letters(call: Call) -> None:
        call.vars["feedback_for"] = PEOPLE

    def published(call: Call) -> None:
        call.vars["weak"] = {"3": {"person": "3", "grade": "一般"}}

    stub = Stub(
        operations={
            "open_ballot": box,
            "prepare_feedback": letters,
            "publish_grades": published,
        },
        inputs={"debriefing_grade": graded, "measure_proposal": matched},
    )
    due = {"report": end_of(stub.now, 10), "report_last": end_of(stub.now, 20)}
    due |= {"comments": end_of(stub.now, 18), "session": end_of(stub.now, 21)}
    walk = Walk("debriefing", stub, GIVEN | {"due": due})
    assert walk.open == ["plan_round"]
    return walk


def planned(walk: Walk, rounds: int = 0) -> Walk:
    for _ in range(rounds):
        walk.do("plan_round", year=2026).do("approve_round", verdict="return", opinion="补充")
        assert walk.open == ["plan_round"]
    walk.do("plan_round", year=2026).do("approve_round", verdict="approve")
    assert walk.stub.called[-1] == "collect_year"
    return walk.do("check_year", daily_score=[])


def reported(walk: Walk, rounds: int = 0) -> Walk:
    for key in PEOPLE:
        for _ in range(rounds if key == "3" else 0):
            walk.do("write_report", key).do("check_report", key, verdict="return", comments="改")
        walk.do("write_report", key).do("check_report", key, verdict="accept")
    return walk


def held(walk: Walk) -> Walk:
    walk.do("prepare_comments", comments=[]).do("hold_session", items=[])
    return walk


def decided(walk: Walk, rounds: int = 0) -> Walk:
    for _ in range(rounds):
        walk.do("propose_grades", items=[]).do("decide_grades", verdict="return", opinion="再议")
        assert walk.open == ["propose_grades"]
    return walk.do("propose_grades", items=[]).do("decide_grades", verdict="approve")


def answered(walk: Walk, answer: str = "accept") -> Walk:
    for key in PEOPLE:
        walk.do("confirm_feedback", key, answer=answer)
    return walk


def closes(rounds: int = 0) -> Walk:
    """D1, D2, D3, D6, D7: each loop as often as said, with a ballot."""
    walk = held(reported(planned(opened(), rounds), rounds))
    assert walk.open == ["close_ballot"]
    decided(walk.do("close_ballot", closed=True), rounds)
    for _ in range(rounds):
        answered(walk, "object").do("review_objections", items=[])
        walk.do("decide_grades", verdict="approve")
    answered(walk).do("report_results")
    assert walk.stub.called[-1] == "debriefing_follow_up"
    assert walk.outcome == "round_closed"
    assert set(walk.vars["suggest_grade"]) == set(PEOPLE)
    return walk


def without_a_ballot() -> Walk:
    """D5: what was not held is composed without."""
    walk = decided(held(reported(planned(opened(ballot=False)))))
    assert "count_ballot" not in walk.stub.called
    return answered(walk).do("report_results")


def silent() -> Walk:
    """D4 and D8: who hands nothing in and who does not answer lets the round go on."""
    walk = planned(opened())
    walk.wait()
    assert walk.stub.called.count("note_missing") == len(PEOPLE)
    walk = decided(held(walk).do("close_ballot", closed=True))
    walk.wait()
    walk.do("report_results")
    assert walk.outcome == "round_closed"
    return walk


WALKS: Mapping[str, Callable[[], Walk]] = once(
    {
        "straight": closes,
        "once": partial(closes, 1),
        "twice": partial(closes, 2),
        "no ballot": without_a_ballot,
        "silent": silent,
    }
)


@pytest.mark.parametrize("name", WALKS)
def test_it_ends(name: str) -> None:
    assert WALKS[name]().outcome == "round_closed"


def test_everything_drawn_was_walked() -> None:
    assert not_walked("debriefing", walked(WALKS.values())) == []


def test_each_loop_was_taken_never_once_and_twice() -> None:
    missed: list[Any] = loops_missed("debriefing", WALKS.values())
    assert missed == []
