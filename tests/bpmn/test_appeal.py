"""申诉与纠正 walked: admitted or not, kept, changed or revoked, told again to the same circle."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

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

DUE = {
    "review": "2026-03-18T23:59:59+08:00",
    "discussion": "2026-03-30T23:59:59+08:00",
    "appeal": "2026-04-02T23:59:59+08:00",
}
APPEALED = {"org": "committee", "rank": "principal"}


def level(call: Call) -> dict[str, object]:
    return {
        "step": "appeal",
        "kind": "cadre",
        "form": None,
        "managed_by": "committee",
        "principal": True,
    }


def abuse(call: Call) -> dict[str, object]:
    return {
        "ground": "abuse",
        "origin": "appeal",
        "kind": "cadre",
        "serious": False,
        "reminded_6m": False,
        "grade": None,
        "severity": None,
    }


def opened() -> Walk:
    stub = Stub(inputs={"approval_level": level, "measure_proposal": abuse})
    walk = Walk("appeal", stub, {"appealed": APPEALED})
    assert walk.open == ["register_appeal"]
    return walk


def registered(walk: Walk, verdict: str = "admit") -> Walk:
    """The month for the decision counts from the day of receipt."""
    walk.change(lambda variables: variables["due"].update(DUE))
    return walk.do("register_appeal", kind="appeal", received_on="2026-03-02", verdict=verdict)


def reviewing(walk: Walk) -> Walk:
    assert walk.open == ["appoint_reviewers"]
    walk.do("appoint_reviewers", reviewers=["3", "4"])
    assert (walk.open, walk.wake_at) == (["review_appeal"], None)
    return walk


def reviewed(walk: Walk, proposal: str, *, abuse_suspected: bool = False) -> Walk:
    walk.do("review_appeal", tests=[], proposal=proposal, abuse_suspected=abuse_suspected)
    assert walk.open == ["discuss_appeal"]
    return walk


def discussed(walk: Walk, conclusion: str) -> Walk:
    """集体研究, and the level that decides: never below that of the decision."""
    walk.do("discuss_appeal", conclusion=conclusion, reason="六项审查")
    assert walk.vars["level_appeal"] == APPEALED | {"may": "decide", "decider": "deciding"}
    assert walk.open == ["decide_appeal"]
    return walk


def decided(walk: Walk, verdict: str, operation: str) -> Walk:
    walk.do("decide_appeal", verdict=verdict, reason="事实清楚")
    assert walk.stub.called == [operation, "issue_reply"]
    assert walk.open == ["serve_reply"]
    return walk.do("serve_reply", served=[])


def kept() -> Walk:
    """P1: the decision stands; the appellant is told, nothing is corrected."""
    walk = discussed(reviewed(reviewing(registered(opened())), "maintain"), "maintain")
    return decided(walk, "maintain", "keep_measure")


def corrected(verdict: str, operation: str, *, abuse_suspected: bool) -> Walk:
    """P8, P9: who was told before is told again; a suspected abuse goes to the superior."""
    walk = reviewing(registered(opened()))
    reviewed(walk, verdict, abuse_suspected=abuse_suspected)
    decided(discussed(walk, verdict), verdict, operation)
    assert walk.open == ["tell_again"]
    walk.do("tell_again", scope=[], filed_both=True)
    if abuse_suspected:
        assert walk.vars["match_abuse"][0]["measure"] == "accountability"
        assert walk.stub.called[-1] == "propose_abuse"
    return walk


def sent_back(rounds: int) -> Walk:
    """P2, P6, P7: each loop as often as said (the domain asks to complete it once)."""
    walk = opened()
    for _ in range(rounds):
        registered(walk, "complete")
        assert walk.open == ["complete_appeal"]
        walk.do("complete_appeal", additions="补充材料")
        assert (walk.open, walk.wake_at) == (["register_appeal"], None)
    reviewing(registered(walk))
    for _ in range(rounds):
        reviewed(walk, "change").do("discuss_appeal", conclusion="back", reason="再核")
        assert walk.open == ["review_appeal"]
    for _ in range(rounds):
        discussed(reviewed(walk, "change"), "change")
        walk.do("decide_appeal", verdict="back", reason="再核")
        assert walk.open == ["review_appeal"]
    assert walk.stub.called == []
    return decided(discussed(reviewed(walk, "maintain"), "maintain"), "maintain", "keep_measure")


def not_completed(rounds: int) -> Walk:
    """P3: five working days without a paper, and it is registered as it is; the month runs on."""
    walk = opened()
    for _ in range(rounds):
        registered(walk, "complete")
        assert walk.wake_at is not None
        assert walk.wake_at.isoformat() == end_of(walk.stub.now, 5)
        walk.wait()
        assert walk.open == ["register_appeal"]
    assert "complete_appeal" not in walk.vars
    assert walk.vars["due"]["appeal"] == DUE["appeal"]
    reviewed(reviewing(registered(walk)), "maintain")
    return decided(discussed(walk, "maintain"), "maintain", "keep_measure")


def refused() -> Walk:
    """P4: who decided approves the refusal; the way further up is named."""
    walk = registered(opened(), "inadmissible")
    assert walk.open == ["decide_inadmissible"]
    walk.do("decide_inadmissible", verdict="refuse", reason="非当事人")
    assert walk.stub.called == ["reply_inadmissible"]
    return walk


def admitted_after_all(verdict: str) -> Walk:
    """P5: what comes late may still be corrected (条例 21: at any time)."""
    walk = registered(opened(), "inadmissible")
    walk.do("decide_inadmissible", verdict=verdict, reason="确有错误")
    reviewed(reviewing(walk), "revoke")
    decided(discussed(walk, "revoke"), "revoke", "revoke_measure")
    return walk.do("tell_again", scope=[], filed_both=True)


WAYS: dict[str, tuple[Callable[[], Walk], str]] = {
    "kept": (kept, "appeal_closed"),
    "changed": (
        partial(corrected, "change", "change_measure", abuse_suspected=False),
        "appeal_corrected",
    ),
    "revoked": (
        partial(corrected, "revoke", "revoke_measure", abuse_suspected=False),
        "appeal_corrected",
    ),
    "revoked and reported": (
        partial(corrected, "revoke", "revoke_measure", abuse_suspected=True),
        "appeal_reported",
    ),
    "each loop once": (partial(sent_back, 1), "appeal_closed"),
    "each loop twice": (partial(sent_back, 2), "appeal_closed"),
    "not completed": (partial(not_completed, 1), "appeal_closed"),
    "twice not completed": (partial(not_completed, 2), "appeal_closed"),
    "refused": (refused, "inadmissible"),
    "admitted after all": (partial(admitted_after_all, "admit"), "appeal_corrected"),
    "taken as a correction": (partial(admitted_after_all, "as_correction"), "appeal_corrected"),
}
WALKS = once({name: walk for name, (walk, _) in WAYS.items()})


@pytest.mark.parametrize("name", WALKS)
def test_a_walk_takes_drawn_flows_to_its_end(name: str) -> None:
    done = WALKS[name]()
    assert done.outcome == WAYS[name][1]
    assert (done.open, done.acts, done.wake_at) == ([], [], None)
    assert done.stub.taken.flows <= flows_of("appeal")


def test_every_flow_and_node_is_walked() -> None:
    assert not_walked("appeal", walked(WALKS.values())) == []


def test_each_loop_is_walked_none_once_and_twice() -> None:
    assert loops_missed("appeal", WALKS.values()) == []


@pytest.mark.parametrize("name", WALKS)
def test_only_what_was_discussed_and_decided_is_corrected(name: str) -> None:
    nodes = WALKS[name]().stub.taken.nodes
    for operation in {"change_measure", "revoke_measure"} & set(nodes):
        before = nodes[: nodes.index(operation)]
        assert before.index("review_appeal") < before.index("discuss_appeal")
        assert before.index("discuss_appeal") < before.index("decide_appeal")
    if {"change_measure", "revoke_measure"} & set(nodes):
        assert nodes[-1] in ("appeal_corrected", "appeal_reported")


def test_the_month_is_no_timer() -> None:
    """A late decision is told to the superior; it never falls to anybody by itself (条例 20)."""
    walk = reviewing(registered(opened())).until(datetime(2026, 5, 1, tzinfo=UTC).date())
    assert (walk.open, walk.wake_at) == (["review_appeal"], None)
