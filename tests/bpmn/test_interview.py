"""约谈 walked: every answer to the notice, every end of the talk, the rectification it calls."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.bpmn.walker import (
    Stub,
    Walk,
    end_of,
    flows_of,
    loops_missed,
    not_walked,
    once,
    walked,
)
from workflows.engine import Call

SUBJECT = {"kind": "cadre", "managed_by": "committee", "principal": True}


def level(call: Call) -> dict[str, object]:
    return {"step": "interview", "form": None, **call.vars["subject"]}


def ground(call: Call) -> dict[str, object]:
    refused = call.node.id == "match_refusal"
    return {
        "ground": "interview_refused" if refused else "failed",
        "origin": "interview",
        "kind": "cadre",
        "serious": False,
        "reminded_6m": False,
        "grade": None,
        "severity": None,
    }


def issue(call: Call) -> None:
    call.vars["due"]["rect"] = end_of(call.now, call.vars["rect"]["days"])


def opened(subject: dict[str, object] = SUBJECT) -> Walk:
    stub = Stub(
        operations={"rect_issue": issue},
        inputs={"approval_level": level, "measure_proposal": ground},
    )
    walk = Walk("interview", stub, {"subject": subject})
    assert walk.open == ["prepare_interview"]
    return walk


def planned(walk: Walk) -> Walk:
    walk.change(lambda variables: variables["due"].update(planned_at="2026-03-09T09:00:00+08:00"))
    walk.do("prepare_interview", talkers=["3", "4"], recorder="5", place="工委会议室")
    assert walk.open == ["approve_interview"]
    return walk


def noticed(walk: Walk) -> Walk:
    planned(walk).do("approve_interview", verdict="approve")
    assert walk.stub.called[-1] == "notify_interview"
    assert walk.open == ["confirm_interview"]
    return walk


def answered(walk: Walk, answer: str = "attend") -> Walk:
    walk.do("confirm_interview", answer=answer)
    assert walk.open == (["hold_interview"] if answer == "attend" else ["review_target"])
    assert walk.wake_at is None
    return walk


def held(walk: Walk) -> Walk:
    """What was asked of the subject becomes the list that is put right."""
    rect: dict[str, Any] = {"origin": "interview", "days": 20, "revisit": True}
    rect |= {"extension_org": "work_committee", "extension_rank": "principal"}
    walk.change(lambda variables: variables.update(rect=rect))
    walk.do("hold_interview", outcome="held", present=["3", "4"], problems="未召开")
    assert walk.open == ["sign_minutes"]
    return walk


def signed(walk: Walk) -> Walk:
    return walk.do("sign_minutes", sign="signed")


def rectified(walk: Walk, overall: str = "pass") -> Walk:
    """finish_minutes > rectify_interview > interview_closed."""
    walk.do("finish_minutes")
    assert walk.open == ["rect_plan"]
    walk.do("rect_plan", items=[]).do("rect_plan_check", verdict="accept")
    walk.do("rect_work", progress=[]).do("rect_verify", items=[], overall=overall)
    if overall == "pass":
        walk.wait().do("rect_revisit", state="held", record="现场查看")
    assert walk.stub.called[-1] == "close_interview"
    return walk


def closes(rounds: int = 0) -> Walk:
    """I1, I2, I6, I8: each loop as often as said."""
    walk = opened()
    for _ in range(rounds):
        planned(walk).do("approve_interview", verdict="revise", opinion="换约谈人")
    noticed(walk)
    for turn in range(rounds):
        answered(walk, "other_date").do("review_target", verdict="reschedule", opinion="改期")
        assert walk.open == ["confirm_interview"]
        assert walk.stub.called.count("notify_interview") == turn + 2
    for _ in range(rounds):
        answered(walk).do("hold_interview", outcome="postponed", present=["3", "4"])
        assert walk.open == ["confirm_interview"]
    rectified(signed(held(answered(walk))))
    assert walk.stub.called.count("notify_interview") == 1 + 2 * rounds
    assert walk.stub.called.count("check_interview") == 1 + rounds
    assert "record_refusal" not in walk.stub.called
    return walk


def declined() -> Walk:
    """I3: nobody is told."""
    walk = planned(opened()).do("approve_interview", verdict="decline", opinion="不必约谈")
    assert walk.stub.called[-1] == "record_declined"
    assert "notify_interview" not in walk.stub.called
    assert walk.outcome == "interview_declined"
    return walk


def unconfirmed() -> Walk:
    """I4: two working days of silence, and the talk is held as noticed."""
    walk = noticed(opened())
    assert walk.wake_at is not None
    assert walk.wake_at.isoformat() == end_of(walk.stub.now, 2)
    walk.wait()
    assert walk.open == ["hold_interview"]
    assert "confirm_interview" not in walk.vars
    return rectified(signed(held(walk)))


def objected(verdict: str) -> Walk:
    """I5, I7: the objection is heard by who approved; it is kept or called off."""
    walk = answered(noticed(opened()), "object")
    walk.do("review_target", verdict=verdict, opinion="已核")
    if verdict == "withdraw":
        assert walk.stub.called[-1] == "withdraw_interview"
        assert walk.outcome == "interview_withdrawn"
        return walk
    assert walk.open == ["hold_interview"]
    return rectified(signed(held(walk)))


def refused() -> Walk:
    """I9: a refusal is a fact; what follows is proposed; nothing is put right here."""
    walk = answered(noticed(opened())).do("hold_interview", outcome="refused", present=["3", "4"])
    assert walk.vars["match_refusal"][0]["measure"] == "accountability"
    assert walk.stub.called[-3:] == ["record_refusal", "propose_refusal", "close_interview"]
    assert "rect_issue" not in walk.stub.called
    return walk


def unsigned() -> Walk:
    """I10: two working days without a signature, and the minutes are finished with a note."""
    walk = held(answered(noticed(opened())))
    assert walk.wake_at is not None
    assert walk.wake_at.isoformat() == end_of(walk.stub.now, 2)
    walk.wait()
    assert walk.open == ["finish_minutes"]
    assert "sign_minutes" not in walk.vars
    return rectified(walk)


def not_put_right() -> Walk:
    """The failure is proposed within the rectification; the interview closes all the same."""
    walk = rectified(signed(held(answered(noticed(opened())))), overall="fail")
    assert "rect_propose_fail" in walk.stub.called
    return walk


WALKS = once(
    {
        "closes": closes,
        "each loop once": partial(closes, 1),
        "each loop twice": partial(closes, 2),
        "declined": declined,
        "unconfirmed": unconfirmed,
        "objection kept": partial(objected, "keep"),
        "objection heard: called off": partial(objected, "withdraw"),
        "refused": refused,
        "unsigned": unsigned,
        "not put right": not_put_right,
    }
)
ENDS = {"interview_closed", "interview_declined", "interview_withdrawn"}


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS.keys())
def test_a_walk_takes_drawn_flows_to_an_end(walk: Callable[[], Walk]) -> None:
    done = walk()
    assert done.outcome in ENDS
    assert (done.outcome == "interview_closed") == ("close_interview" in done.stub.called)
    assert (done.open, done.acts, done.wake_at) == ([], [], None)
    assert done.stub.taken.flows <= flows_of("interview") | flows_of("rectification")


def test_every_flow_and_node_is_walked() -> None:
    assert not_walked("interview", walked(WALKS.values())) == []


def test_each_loop_is_walked_none_once_and_twice() -> None:
    assert loops_missed("interview", WALKS.values()) == []


@pytest.mark.parametrize(
    ("subject", "org", "rank"),
    [
        (SUBJECT, "work_committee", "principal"),
        (SUBJECT | {"principal": False}, "work_committee", "deputy"),
        (SUBJECT | {"managed_by": "party_group"}, "party_group", "deputy"),
    ],
)
def test_who_approves_follows_from_who_manages_the_subject(
    subject: dict[str, object], org: str, rank: str
) -> None:
    found = planned(opened(subject)).vars["level_interview"]
    assert (found["org"], found["rank"], found["may"]) == (org, rank, "decide")
