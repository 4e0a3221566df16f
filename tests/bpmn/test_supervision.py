"""督办 walked: every flow, the watch beside the work, each loop none, once and twice."""

from collections.abc import Callable, Sequence
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

CALM = {
    "days_left": 8,
    "share_left": 80,
    "missed_urges": 0,
    "yellow_count": 0,
    "returns": 0,
    "false_report": False,
    "grade": "normal",
    "floor": "green",
}
# What the ledger says each time the light is judged: inputs that differ from CALM, what
# record_light finds as a ground, and in how many working days it looks again (none: never).
Look = tuple[dict[str, Any], str | None, int | None]
STEADY: Look = ({}, None, 7)
LATE: dict[str, Any] = {"days_left": -1}
MISSED: dict[str, Any] = {"missed_urges": 1}
LADDER: tuple[Look, ...] = (
    ({}, None, 7),
    ({"days_left": 3}, None, 4),
    (LATE, None, None),
    (LATE, None, 5),
    (MISSED, None, None),
    (MISSED, None, 6),
    (MISSED, "red_over", None),
    (MISSED, None, None),
)
# Up to red, down by a corrected fact, and up again: each act beside the work a second time.
TWICE: tuple[Look, ...] = (
    (LATE, None, None),
    (LATE, None, 5),
    (MISSED, None, None),
    (MISSED, "unit_reds", None),
    (MISSED, None, 6),
    (LATE, None, None),
    (LATE, None, 5),
    (MISSED, None, None),
    (MISSED, "red_over", None),
    (MISSED, None, None),
)


class Ledger:
    """Plays what the domain does to the case's variables."""

    def __init__(self, looks: Sequence[Look]) -> None:
        self.looks = list(looks)
        self.look: Look = STEADY

    def stub(self) -> Stub:
        return Stub(
            operations={
                "check_matter": self.check,
                "record_light": self.record,
                "propose_for_matter": self.propose,
            },
            inputs={"light": self.light, "measure_proposal": self.ground},
        )

    def check(self, call: Call) -> None:
        call.vars["lead_unit"] = call.vars["draft_matter"]["lead_unit"]
        call.vars["watch"] = {"urged": False, "ordered": False, "ground": None, "red_ever": False}
        call.vars["due"]["result"] = end_of(call.now, 10)

    def light(self, call: Call) -> dict[str, object]:
        self.look = self.looks.pop(0) if self.looks else self.look
        return CALM | self.look[0]

    def record(self, call: Call) -> None:
        watch, (_, ground, days) = call.vars["watch"], self.look
        if call.vars["light"] != watch.get("was"):
            watch |= {"urged": False, "ordered": False, "was": call.vars["light"]}
        watch["ground"] = ground if ground not in watch.get("proposed", []) else None
        watch["red_ever"] = watch["red_ever"] or call.vars["light"] == "red"
        call.vars["due"]["watch"] = end_of(call.now, days) if days else None

    def ground(self, call: Call) -> dict[str, object]:
        ground = call.vars["watch"]["ground"]
        given = {"ground": ground, "origin": "supervision", "kind": "org", "serious": False}
        return given | {"reminded_6m": False, "grade": None, "severity": None}

    def propose(self, call: Call) -> None:
        watch = call.vars["watch"]
        watch["proposed"] = [*watch.get("proposed", []), watch["ground"]]


def opened(looks: Sequence[Look] = (STEADY,)) -> Walk:
    return Walk("supervision", Ledger(looks).stub(), {})


def drafted(walk: Walk, grade: str = "normal", source: str = "meeting") -> Walk:
    return walk.do("draft_matter", lead_unit="7", grade=grade, source=source)


def filed(walk: Walk, redrafts: int = 0, **draft: Any) -> Walk:
    for _ in range(redrafts):
        drafted(walk, **draft).do("approve_filing", verdict="redraft", floor="green")
    return drafted(walk, **draft).do("approve_filing", verdict="file", floor="green")


def accepted(walk: Walk, objections: int = 0) -> Walk:
    for _ in range(objections):
        walk.do("acknowledge", answer="object", reason="非本单位职责")
        walk.do("settle_objection", verdict="reassign", new_unit="8", opinion="改派")
    return walk.do("acknowledge", answer="accept", handler="5")


def working(looks: Sequence[Look] = (STEADY,), **draft: Any) -> Walk:
    return accepted(filed(opened(looks), **draft)).do("make_plan", steps=[])


def submitted(walk: Walk) -> Walk:
    return walk.do("do_work", kind="final", result="已办结").do("unit_sign", verdict="submit")


def reviewed(walk: Walk, verdict: str = "accept") -> Walk:
    return walk.do("review_result", verdict=verdict, checked=[])


def closes(rounds: int = 0) -> Walk:
    """S1, S4, S5, S7, S8, S11: each loop as often as said."""
    walk = accepted(filed(opened(), rounds), rounds).do("make_plan", steps=[])
    assert walk.open == ["do_work"]
    for _ in range(rounds):
        walk.do("do_work", kind="interim", progress="过半")
        walk.do("do_work", kind="final", result="已办结").do("unit_sign", verdict="back")
    for _ in range(rounds):
        reviewed(submitted(walk), "return")
        assert walk.open == ["do_work"]
    reviewed(submitted(walk))
    called = walk.stub.called
    assert called.count("register_matter") == 1
    assert called.count("file_interim") == called.count("count_return") == rounds
    assert called[-2:] == ["close_matter", "archive_matter"]
    assert walk.outcome == "closed"
    return walk


def urgent() -> Walk:
    """No plan is asked for."""
    walk = accepted(filed(opened(), grade="urgent"))
    assert walk.open == ["do_work"]
    return reviewed(submitted(walk))


def ends_at_filing(verdict: str) -> Walk:
    """S2, S3."""
    return drafted(opened()).do("approve_filing", verdict=verdict, floor="green")


def withdrawn() -> Walk:
    """S6."""
    walk = filed(opened()).do("acknowledge", answer="object", reason="已办结")
    walk.do("settle_objection", verdict="cancel", opinion="撤销")
    assert walk.stub.called[-1] == "withdraw_matter"
    return walk


def extended(*, granted: bool) -> Walk:
    """S9: asked for beside the work and once; the work and the watch go on."""
    walk = working()
    assert walk.acts == ["extension_asked"]
    walk.send("extension_asked", reason="需上级批复", forecast="2026-03-25", progress="过半")
    assert walk.acts == []
    walk.do("extension_opinion", support=True, opinion="属实")
    walk.do("extension_check", support=granted, opinion="属实")
    assert walk.open == ["do_work", "extension_decide"]
    walk.do("extension_decide", granted=granted, opinion="已阅")
    assert walk.stub.called[-1] == "apply_extension"
    return reviewed(submitted(walk))


def submitted_before_the_extension_is_decided() -> Walk:
    walk = working()
    walk.send("extension_asked", reason="需上级批复", forecast="2026-03-25", progress="过半")
    submitted(walk)
    assert walk.open == ["review_result"]
    assert walk.wake_at is None
    return reviewed(walk)


def watched() -> Walk:
    """S10, S13: up the ladder by the clock, urged, ordered, proposed once; a leader closes."""
    walk = working(LADDER)
    assert walk.open == ["do_work"]
    assert walk.vars["light"] == "green"
    assert walk.wait().vars["light"] == "blue"
    assert walk.wait().vars["light"] == "yellow"
    ordered(urged(walk).wait()).wait()
    assert walk.stub.called.count("propose_for_matter") == 1
    assert walk.wake_at is None
    assert walk.open == ["do_work"]
    reviewed(submitted(walk))
    assert walk.open == ["close_by_leader"]
    return walk.do("close_by_leader", verdict="close")


def urged(walk: Walk) -> Walk:
    assert walk.vars["light"] == "yellow"
    assert walk.open == ["do_work", "urge"]
    mark(walk, "urged").do("urge", new_date="2026-03-20", text="请速办")
    assert walk.open == ["do_work"]
    return walk


def ordered(walk: Walk) -> Walk:
    assert walk.vars["light"] == "red"
    assert walk.open == ["do_work", "order_on_site"]
    mark(walk, "ordered").do("order_on_site", mode="on_site", text="现场督办")
    assert walk.open == ["do_work"]
    return walk


def watched_twice() -> Walk:
    """S10 twice over: a new yellow is urged anew, a new red ordered anew, a new ground proposed."""
    walk = working(TWICE)
    ordered(urged(walk).wait())
    assert walk.vars["watch"]["proposed"] == ["unit_reds"]
    ordered(urged(walk.wait()).wait())
    assert walk.vars["watch"]["proposed"] == ["unit_reds", "red_over"]
    assert walk.stub.called.count("propose_for_matter") == 2
    reviewed(submitted(walk))
    return walk.do("close_by_leader", verdict="close")


def looked_again(rounds: int) -> Walk:
    """The next look at the light is no step of anybody's and holds up nothing."""
    walk = working()
    for _ in range(rounds):
        assert walk.wait().open == ["do_work"]
    assert walk.stub.called.count("record_light") == 1 + rounds
    return reviewed(submitted(walk))


def mark(walk: Walk, name: str) -> Walk:
    """What the act's effect does before the case goes on."""
    return walk.change(lambda variables: variables["watch"].update({name: True}))


def leader_returns(rounds: int, **draft: Any) -> Walk:
    """S13, S14: what is complex, instructed or was red is closed by a leader, who may refuse."""
    walk = reviewed(submitted(working(**draft)))
    for _ in range(rounds):
        walk.do("close_by_leader", verdict="return", opinion="不完整")
        assert walk.open == ["do_work"]
        reviewed(submitted(walk))
    assert walk.stub.called.count("count_return") == rounds
    return walk.do("close_by_leader", verdict="close")


def false_report(rounds: int) -> Walk:
    """S12."""
    walk = working()
    for _ in range(rounds):
        reviewed(submitted(walk), "false_report")
        assert walk.open == ["do_work"]
    assert walk.stub.called.count("record_false_report") == rounds
    return reviewed(submitted(walk))


WAYS: dict[str, Callable[[], Walk]] = {
    "closes": closes,
    "each loop once": partial(closes, 1),
    "each loop twice": partial(closes, 2),
    "urgent": urgent,
    "noted only": partial(ends_at_filing, "note_only"),
    "merged": partial(ends_at_filing, "merge"),
    "withdrawn": withdrawn,
    "extended": partial(extended, granted=True),
    "not extended": partial(extended, granted=False),
    "submitted before the extension is decided": submitted_before_the_extension_is_decided,
    "watched": watched,
    "watched twice over": watched_twice,
    "looked at once more": partial(looked_again, 1),
    "looked at twice more": partial(looked_again, 2),
    "complex, closed by a leader": partial(leader_returns, 0, grade="complex"),
    "returned by a leader": partial(leader_returns, 1, grade="complex"),
    "returned twice by a leader": partial(leader_returns, 2, source="instruction"),
    "one false report": partial(false_report, 1),
    "two false reports": partial(false_report, 2),
}
WALKS = once(WAYS)
ENDS = {"closed", "not_filed", "merged", "withdrawn"}


@pytest.mark.parametrize("walk", WALKS.values(), ids=WALKS.keys())
def test_a_walk_takes_drawn_flows_to_an_end(walk: Any) -> None:
    done = walk()
    assert done.outcome in ENDS
    assert done.open == []
    assert done.wake_at is None
    assert done.stub.taken.flows <= flows_of("supervision")


def test_every_flow_and_node_is_walked() -> None:
    assert not_walked("supervision", walked(WALKS.values())) == []


def test_each_loop_is_walked_none_once_and_twice() -> None:
    assert loops_missed("supervision", WALKS.values()) == []


def test_what_the_watch_waits_for_does_not_hold_up_the_result() -> None:
    """An urging that the supervisor has not written yet closes with the submission."""
    walk = working([({"days_left": -1}, None, None)])
    assert walk.open == ["do_work", "urge"]
    submitted(walk)
    assert walk.open == ["review_result"]
    reviewed(walk, "return")
    assert walk.open == ["do_work", "urge"]


def test_a_long_watch_stays_small() -> None:
    """Two hundred looks at the light leave a state of a few kilobytes and one open step."""
    walk = working([STEADY])
    for _ in range(200):
        walk.wait()
    assert walk.stub.called.count("record_light") == 201
    assert walk.open == ["do_work"]
    assert len(walk.state) < 8_000
