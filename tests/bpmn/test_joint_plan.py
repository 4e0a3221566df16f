"""五同计划 walked: sent back, checked every quarter, changed on the way, checked before its day."""

from collections.abc import Callable, Mapping
from functools import partial

import pytest

from tests.bpmn.walker import Stub, Walk, end_of, loops_missed, not_walked, once, walked
from workflows.engine import Call

HEADS = {key: {"person": key, "name": key} for key in ("3", "4")}


def opened(checks: int = 1) -> Walk:
    """Drafted next; so many checks will be held."""

    def arm(call: Call) -> None:
        left = int(call.vars.get("left", checks))
        call.vars["due"]["checkpoint"] = end_of(stub.now, 20) if left else None

    def recorded(call: Call) -> None:
        call.vars["left"] = int(call.vars.get("left", checks)) - 1
        arm(call)

    stub = Stub(operations={"set_checkpoints": arm, "record_checkpoint": recorded})
    due = {"review": end_of(stub.now, 200)}
    given = {"year": 2026, "committee": "2", "subjects": {}, "business_heads": HEADS, "due": due}
    walk = Walk("joint_plan", stub, given)
    assert walk.open == ["draft_pairs"]
    return walk


def deployed(walk: Walk, returns: int = 0) -> Walk:
    for verdict in [*["return"] * returns, "approve"]:
        walk.do("draft_pairs", pairs=[])
        for key in HEADS:
            walk.do("consult_business", key, answer="agree")
        walk.do("decide_plan", verdict=verdict)
    assert walk.stub.called[-1] == "file_plan"
    walk.do("deploy_plan", tasks=[])
    assert (walk.open, walk.acts) == (["carry_out"], ["change_asked"])
    return walk


def checked(walk: Walk, *, early: bool = False) -> Walk:
    if early:
        walk.do("carry_out", note="提前检查")
    else:
        walk.wait()
    assert walk.stub.called[-1] == "collect_progress"
    return walk.do("check_items", items=[])


def changed(walk: Walk, *, granted: bool) -> Walk:
    walk.send("change_asked", reason="任务调整").do("amend_pairs", changes=[])
    walk.do("decide_change", granted=granted)
    assert (walk.stub.called[-1], walk.open) == ("apply_change", ["carry_out"])
    return walk


def closed(walk: Walk) -> Walk:
    assert walk.open == ["year_review"]
    walk.do("year_review", pairs=[])
    assert walk.stub.called[-1] == "hand_over"
    return walk


def closes(checks: int = 1, *, returns: int = 0, changes: int = 0, early: bool = True) -> Walk:
    """J1 to J4: as many of the checks as said come after a change."""
    walk = deployed(opened(checks), returns)
    for number in range(checks):
        if number < changes:
            changed(walk, granted=number == 0)
        checked(walk, early=early)
    return closed(walk)


WALKS: Mapping[str, Callable[[], Walk]] = once(
    {
        "straight": partial(closes, early=False),
        "early": partial(closes, 3),
        "returned": partial(closes, 2, returns=1, changes=1),
        "often": partial(closes, 2, returns=2, changes=2),
    }
)


@pytest.mark.parametrize("name", WALKS)
def test_it_ends(name: str) -> None:
    assert WALKS[name]().outcome == "plan_closed"


def test_everything_drawn_was_walked() -> None:
    assert not_walked("joint_plan", walked(WALKS.values())) == []


def test_each_loop_was_taken_never_once_and_twice() -> None:
    assert loops_missed("joint_plan", WALKS.values()) == []
