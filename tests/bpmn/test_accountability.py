"""问责 walked: from the entry to each of its ends, with the 见面 of each subject in between."""

from collections.abc import Callable
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

SUBJECTS = {"unit-7": {"subject": ["3"]}, "user-9": {"subject": ["9"]}}
TEAM = {"4": {"member": "4"}, "5": {"member": "5"}}
ITEMS = {
    "1": {"who": ["8"], "due": "2026-05-01T15:59:59+00:00"},
    "2": {"who": ["9"], "due": "2026-05-01T15:59:59+00:00"},
}
STEPS = {"level_start": "start", "level_decision": "decision"}


def level(call: Call) -> dict[str, object]:
    return {
        "step": STEPS[call.node.id],
        "kind": "cadre",
        "form": call.vars.get("form"),
        "managed_by": "committee",
        "principal": True,
    }


def effect(call: Call) -> dict[str, object]:
    return {"form": call.vars["form"], "place": "default", "running": False}


def build(call: Call) -> None:
    """The list of what is to be done, and what is to be put right."""
    rect = {"origin": "accountability", "days": 30, "revisit": False}
    call.vars["rect"] = rect | {"extension_org": "committee", "extension_rank": "principal"}
    call.vars["items"] = ITEMS


def issue(call: Call) -> None:
    call.vars["due"]["rect"] = end_of(call.now, call.vars["rect"]["days"])


def count_hearing(walk: Walk) -> int:
    return walk.stub.taken.nodes.count("answer_points")


def opened() -> Walk:
    stub = Stub(
        operations={"build_execution": build, "rect_issue": issue},
        inputs={"approval_level": level, "effect_period": effect},
    )
    return Walk("accountability", stub, {"acting": {"org": "work_committee"}})


def entered(walk: Walk) -> Walk:
    walk.change(lambda variables: variables.update(subjects=SUBJECTS))
    walk.do("enter_case", entry="proposal", facts=["1"], subjects=[])
    assert walk.stub.called[-1] == "check_case"
    assert walk.vars["level_start"]["org"] == "committee"
    assert walk.vars["level_start"]["rank"] == "principal"
    assert walk.open == ["approve_start"]
    return walk


def inquiring(walk: Walk) -> Walk:
    """Started, with a team of two; the inquiry has its day."""
    entered(walk).do("approve_start", verdict="start", reason="清楚")
    assert walk.open == ["form_team"]
    due = end_of(walk.stub.now, 30)
    walk.change(lambda variables: variables.update(team=TEAM))
    walk.change(lambda variables: variables["due"].update(inquiry=due))
    walk.do("form_team", leader="4", members=["5"])
    assert (walk.open, walk.acts) == (["investigate"], ["inquiry_extension_asked"])
    return walk


def found(walk: Walk, outcome: str = "established") -> Walk:
    walk.do("investigate", facts=[], circumstances=[], outcome=outcome)
    assert walk.open == (["write_facts"] if outcome == "established" else ["settle_inquiry"])
    return walk


def heard(walk: Walk, *, recheck: bool = False, silent: bool = False) -> Walk:
    """Each subject is met, signs or lets the time pass, and has an answer to each point."""
    walk.do("write_facts", material=[])
    assert walk.open == ["meet_subject", "meet_subject"]
    for key in SUBJECTS:
        walk.do("meet_subject", key, came="met", heard="承认事实")
    assert walk.open == ["subject_opinion", "subject_opinion"]
    if silent:
        walk.wait()
    else:
        for key in SUBJECTS:
            walk.do("subject_opinion", key, opinion="partly")
    assert (walk.open, walk.wake_at) == (["answer_points", "answer_points"], None)
    walk.do("answer_points", "unit-7", points=[], signature="signed", recheck=False)
    assert walk.open == ["answer_points"]
    walk.do("answer_points", "user-9", points=[], signature="signed", recheck=recheck)
    assert walk.open == (["investigate"] if recheck else ["draft_report"])
    return walk


def reported(walk: Walk) -> Walk:
    """Every member signs the report."""
    walk.do("draft_report", discussion="一致", proposals=[], circumstances=[])
    assert walk.open == ["sign_report", "sign_report"]
    for key in TEAM:
        walk.do("sign_report", key, sign="signed")
    assert set(walk.vars["sign_report"]) == set(TEAM)
    assert walk.open == ["decide_collectively"]
    return walk


def concluded(walk: Walk, kind: str = "account", form: str = "admonition") -> Walk:
    conclusions = [{"subject": "unit-7", "kind": "exempt"}, {"subject": "user-9", "kind": kind}]
    walk.change(lambda variables: variables.update(form=form))
    walk.do("decide_collectively", conclusions=conclusions, next="approve")
    assert walk.vars["level_decision"]["org"] == "committee"
    assert walk.open == ["approve_decision"]
    return walk


def approved(walk: Walk) -> Walk:
    return walk.do("approve_decision", verdict="approve", opinion="同意")


def executing(walk: Walk) -> Walk:
    """A1: the decision is issued, served, in force and announced; items and list are open."""
    approved(concluded(walk))
    assert walk.vars["set_effect"]["months"] == 6
    assert walk.stub.called[-1] == "issue_decision"
    assert walk.open == ["serve_decision"]
    walk.do("serve_decision", receipts=[])
    assert walk.stub.called[-1] == "enter_in_force"
    walk.do("announce", announced_on="2026-03-02", to=[], record="已宣布")
    assert walk.open == ["execute_item", "execute_item", "rect_plan"]
    assert walk.acts == ["decision_revoked"]
    return walk


def rectified(walk: Walk) -> Walk:
    walk.do("rect_plan", items=[]).do("rect_plan_check", verdict="accept")
    return walk.do("rect_work", progress=[]).do("rect_verify", items=[], overall="pass")


def ready() -> Walk:
    """Straight to the collective decision."""
    return reported(heard(found(inquiring(opened()))))


def executed(walk: Walk) -> Walk:
    """A17: items and rectification side by side; both are waited for."""
    for key in ITEMS:
        walk.do("execute_item", key, done_on="2026-03-02", result="已办")
    assert walk.open == ["rect_plan"]
    rectified(walk)
    assert walk.open == ["confirm_execution"]
    walk.do("confirm_execution", complete=True)
    assert walk.stub.called[-1] == "close_case"
    assert walk.outcome == "executed"
    return walk


def closes() -> Walk:
    walk = executed(executing(ready()))
    assert count_hearing(walk) == 2
    assert walk.stub.called.count("check_case") == 1
    return walk


def sent_back(rounds: int) -> Walk:
    """A2, A10, A12, A13, A14, A15: each loop as often as said; every new inquiry is heard anew."""
    walk = opened()
    for _ in range(rounds):
        entered(walk).do("approve_start", verdict="more", reason="补充材料")
        assert walk.open == ["enter_case"]
    inquiring(walk)
    for _ in range(rounds):
        found(walk, "not_established").do("settle_inquiry", verdict="back", reason="不充分")
        assert walk.open == ["investigate"]
    for turn in range(rounds):
        heard(found(walk), recheck=True)
        assert count_hearing(walk) == 2 * (turn + 1)
    reported(heard(found(walk)))
    for _ in range(rounds):
        walk.do("decide_collectively", conclusions=[], next="redo")
        assert walk.open == ["draft_report"]
        reported(walk)
    for _ in range(rounds):
        walk.do("decide_collectively", conclusions=[], next="reinvestigate")
        assert walk.open == ["investigate"]
        reported(heard(found(walk)))
    for _ in range(rounds):
        concluded(walk).do("approve_decision", verdict="back", opinion="再议")
        assert walk.open == ["decide_collectively"]
    executed(executing(walk))
    assert walk.stub.called.count("check_case") == 1 + rounds
    assert walk.stub.called.count("issue_decision") == 1
    assert count_hearing(walk) == 2 * (1 + 2 * rounds)
    return walk


def ends_at_start(verdict: str, operation: str) -> Walk:
    """A3, A5: no inquiry; the reason is kept."""
    walk = entered(opened()).do("approve_start", verdict=verdict, reason="已立案")
    assert walk.stub.called == ["check_case", operation]
    return walk


def transferred_at_start() -> Walk:
    """A4: who has no 管理权限 hands it on."""
    walk = entered(opened()).do("approve_start", verdict="transfer", reason="上级管理")
    walk.do("transfer_lead", kind="lead", to="机关纪委", items=[])
    assert walk.stub.called == ["check_case"]
    return walk


def settled(outcome: str, verdict: str) -> Walk:
    """A7, A8, A9: the facts do not stand, or belong elsewhere; nobody is heard on them."""
    walk = found(inquiring(opened()), outcome)
    walk.do("settle_inquiry", verdict=verdict, reason="查不属实")
    if verdict == "transfer":
        walk.do("transfer_lead", kind="lead", to="纪检监察工委", items=[])
    assert count_hearing(walk) == 0
    assert "issue_decision" not in walk.stub.called
    return walk


def extended(*, granted: bool) -> Walk:
    """A6: asked for once beside the inquiry, which goes on."""
    walk = inquiring(opened()).send("inquiry_extension_asked", reason="取证", progress="过半")
    assert walk.acts == []
    assert walk.open == ["inquiry_extension_decide", "investigate"]
    walk.do("inquiry_extension_decide", granted=granted, opinion="已阅")
    assert walk.stub.called[-1] == "apply_inquiry_extension"
    assert walk.open == ["investigate"]
    found(walk, "not_established").do("settle_inquiry", verdict="clear", reason="不属实")
    return walk


def found_before_the_extension_is_decided() -> Walk:
    """What is handed in makes the request moot."""
    walk = inquiring(opened()).send("inquiry_extension_asked", reason="取证", progress="过半")
    found(walk, "violation")
    assert "apply_inquiry_extension" not in walk.stub.called
    return walk.do("settle_inquiry", verdict="filed", reason="已立案")


def unsigned() -> Walk:
    """A11: five working days without an opinion, and what was said is answered all the same."""
    walk = inquiring(opened())
    found(walk).do("write_facts", material=[])
    walk.do("meet_subject", "unit-7", came="met").do("meet_subject", "user-9", came="refused")
    walk.do("subject_opinion", "unit-7", opinion="agree")
    assert walk.wake_at is not None
    assert walk.wake_at.isoformat() == end_of(walk.stub.now, 5)
    walk.wait()
    assert walk.open == ["answer_points", "answer_points"]
    assert "subject_opinion" not in walk.vars["meeting"]["user-9"]
    for key in SUBJECTS:
        walk.do("answer_points", key, points=[], signature="refused", recheck=False)
    approved(concluded(reported(walk), "other", "other"))
    return walk


def all_silent() -> Walk:
    """Silence is recorded as silence; it keeps nobody from being exempted."""
    walk = heard(found(inquiring(opened())), silent=True)
    return approved(concluded(reported(walk), "unfounded", "unfounded"))


def revoked() -> Walk:
    """A18: the appeal ends the execution, whatever of it is open."""
    walk = executing(ready()).do("execute_item", "1", done_on="2026-03-02", result="已办")
    walk.send("decision_revoked", measures=[{"measure": "1"}])
    assert walk.stub.called[-1] == "stop_execution"
    assert "close_case" not in walk.stub.called
    return walk


def revoked_at_the_last_moment() -> Walk:
    """Items and rectification are done; only the confirmation is open."""
    walk = rectified(executing(ready()))
    for key in ITEMS:
        walk.do("execute_item", key, done_on="2026-03-02", result="已办")
    assert (walk.open, walk.acts) == (["confirm_execution"], ["decision_revoked"])
    return walk.send("decision_revoked", measures=[{"measure": "1"}])


WAYS: dict[str, tuple[Callable[[], Walk], str]] = {
    "closes": (closes, "executed"),
    "each loop once": (partial(sent_back, 1), "executed"),
    "each loop twice": (partial(sent_back, 2), "executed"),
    "not started": (partial(ends_at_start, "decline", "record_not_started"), "not_started"),
    "filed before": (partial(ends_at_start, "filed", "record_filed"), "already_under_review"),
    "transferred at the start": (transferred_at_start, "transferred"),
    "cleared": (partial(settled, "not_established", "clear"), "cleared"),
    "transferred after the inquiry": (partial(settled, "violation", "transfer"), "transferred"),
    "filed meanwhile": (partial(settled, "filed", "filed"), "already_under_review"),
    "extended": (partial(extended, granted=True), "cleared"),
    "not extended": (partial(extended, granted=False), "cleared"),
    "found before the extension is decided": (
        found_before_the_extension_is_decided,
        "already_under_review",
    ),
    "unsigned": (unsigned, "not_accountable"),
    "all silent": (all_silent, "not_accountable"),
    "revoked": (revoked, "execution_stopped"),
    "revoked at the last moment": (revoked_at_the_last_moment, "execution_stopped"),
}
WALKS = once({name: walk for name, (walk, _) in WAYS.items()})


@pytest.mark.parametrize("name", WALKS)
def test_a_walk_takes_drawn_flows_to_its_end(name: str) -> None:
    done = WALKS[name]()
    assert done.outcome == WAYS[name][1]
    assert (done.open, done.acts, done.wake_at) == ([], [], None)
    assert done.stub.taken.flows <= flows_of("accountability") | flows_of("rectification")


def test_every_flow_and_node_is_walked() -> None:
    assert not_walked("accountability", walked(WALKS.values())) == []


def test_each_loop_is_walked_none_once_and_twice() -> None:
    assert loops_missed("accountability", WALKS.values()) == []


@pytest.mark.parametrize("name", WALKS)
def test_no_paper_without_a_hearing_and_a_decision(name: str) -> None:
    """问责条例 11, 12: whoever gets a decision was met on the last facts, and a person approved."""
    nodes = WALKS[name]().stub.taken.nodes
    if "issue_decision" in nodes:
        facts, issued = len(nodes) - nodes[::-1].index("write_facts"), nodes.index("issue_decision")
        assert nodes[facts:issued].count("answer_points") == len(SUBJECTS)
        assert "approve_decision" in nodes[facts:issued]


def test_an_inquiry_that_is_late_is_waited_for() -> None:
    """No timer is drawn: lateness of an investigator never moves a case."""
    walk = inquiring(opened())
    assert walk.wake_at is None
    assert walk.vars["due"]["inquiry"] == end_of(walk.stub.now, 30)
