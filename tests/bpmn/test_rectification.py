"""整改 walked: every flow, every timer, each loop none, once and twice."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest

from tests.bpmn.walker import (
    NOW,
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


def issue(call: Call) -> None:
    call.vars["due"]["rect"] = end_of(call.now, call.vars["rect"]["days"])


def judge(call: Call) -> dict[str, object]:
    grounds = {"rect_match_late": "plan_late", "rect_match_work": "work_late"}
    return {
        "ground": grounds.get(call.node.id, "failed"),
        "origin": call.vars["rect"]["origin"],
        "kind": "org",
        "serious": False,
        "reminded_6m": False,
        "grade": None,
        "severity": None,
    }


def opened(*, revisit: bool = False, origin: str = "interview") -> Walk:
    rect: dict[str, Any] = {"origin": origin, "days": 20, "revisit": revisit}
    rect |= {"extension_org": "work_committee", "extension_rank": "deputy"}
    stub = Stub(operations={"rect_issue": issue}, inputs={"measure_proposal": judge})
    return Walk("rectification", stub, {"rect": rect})


def planned(walk: Walk, returns: int = 0) -> Walk:
    for _ in range(returns):
        walk.do("rect_plan", items=[]).do("rect_plan_check", verdict="return", opinion="不具体")
    return walk.do("rect_plan", items=[]).do("rect_plan_check", verdict="accept")


def verified(walk: Walk, overall: str) -> Walk:
    return walk.do("rect_work", progress=[]).do("rect_verify", items=[], overall=overall)


def passes(returns: int = 0) -> Walk:
    """R1, R2, R6: handed in, sent back as often as said, passed."""
    walk = planned(opened(), returns)
    for _ in range(returns):
        verified(walk, "return")
        assert walk.open == ["rect_work"]
    verified(walk, "pass")
    assert walk.outcome == "rect_passed"
    assert walk.stub.called.count("rect_count_return") == returns
    assert walk.stub.called[-1] == "rect_pass"
    return walk


def plan_late() -> Walk:
    """R3: the plan is late; that is proposed, the plan is still waited for."""
    walk = opened().wait()
    assert walk.stub.called == ["rect_issue", "rect_propose_late"]
    assert walk.open == ["rect_plan"]
    assert walk.wake_at is None
    return verified(planned(walk), "pass")


def work_late() -> Walk:
    """R4: the work is late; that is proposed once, the work is still waited for."""
    walk = planned(opened()).wait()
    assert walk.stub.called[-1] == "rect_propose_work"
    assert walk.open == ["rect_work"]
    assert walk.wake_at is None
    return verified(walk, "pass")


def extended(*, granted: bool) -> Walk:
    """R5: asked for once beside the work, decided, the work goes on."""
    walk = planned(opened())
    assert walk.acts == ["rect_extension_asked"]
    walk.send("rect_extension_asked", reason="雨季", forecast="2026-04-10", progress="过半")
    assert walk.acts == []
    assert walk.open == ["rect_extension_decide", "rect_work"]
    walk.do("rect_extension_decide", granted=granted, opinion="同意")
    assert walk.stub.called[-1] == "rect_apply_extension"
    assert walk.open == ["rect_work"]
    return verified(walk, "pass")


def handed_in_before_the_extension_is_decided() -> Walk:
    """What is handed in makes the request moot."""
    walk = planned(opened())
    walk.send("rect_extension_asked", reason="雨季", forecast="2026-04-10", progress="过半")
    walk.do("rect_work", progress=[])
    assert walk.open == ["rect_verify"]
    assert "rect_apply_extension" not in walk.stub.called
    return walk.do("rect_verify", items=[], overall="pass")


def fails() -> Walk:
    """R7: failed, found, proposed."""
    walk = verified(planned(opened()), "fail")
    assert walk.outcome == "rect_failed"
    assert walk.stub.called[-2:] == ["rect_fail", "rect_propose_fail"]
    return walk


def revisited(state: str) -> Walk:
    """R8, R9: five working days later somebody looks again."""
    walk = verified(planned(opened(revisit=True)), "pass")
    assert walk.open == []
    assert walk.wake_at is not None
    assert walk.wake_at.isoformat() == end_of(NOW, 5)
    walk.wait().do("rect_revisit", state=state, record="现场查看")
    assert walk.outcome == ("rect_passed" if state == "held" else "rect_failed")
    return walk


WAYS: dict[str, Callable[[], Walk]] = {
    "passes": passes,
    "passes after one return": partial(passes, 1),
    "passes after two returns": partial(passes, 2),
    "plan late": plan_late,
    "work late": work_late,
    "extended": partial(extended, granted=True),
    "not extended": partial(extended, granted=False),
    "handed in before the extension is decided": handed_in_before_the_extension_is_decided,
    "fails": fails,
    "held": partial(revisited, "held"),
    "relapsed": partial(revisited, "relapsed"),
}
WALKS = once(WAYS)


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS.keys())
def test_a_walk_takes_drawn_flows_to_an_end(walk: Any) -> None:
    done = walk()
    assert done.outcome in ("rect_passed", "rect_failed")
    assert done.open == []
    assert done.stub.taken.flows <= flows_of("rectification")


def test_every_flow_and_node_is_walked() -> None:
    assert not_walked("rectification", walked(WALKS.values())) == []


def test_each_loop_is_walked_none_once_and_twice() -> None:
    assert loops_missed("rectification", WALKS.values()) == []


def test_both_clocks_may_go_off_while_nobody_acts() -> None:
    """The timer of the plan is gone with the plan; that of the work starts with the work."""
    walk = opened().until(date(2026, 3, 30))
    assert walk.stub.called.count("rect_propose_late") == 1
    planned(walk).until(date(2026, 5, 29))
    assert walk.stub.called.count("rect_propose_work") == 1
