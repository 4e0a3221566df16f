"""结果运用 walked: with and without flags and publicity, returned once and twice."""

from collections.abc import Callable, Mapping
from functools import partial

import pytest

from tests.bpmn.walker import Stub, Walk, loops_missed, not_walked, once, walked
from workflows.engine import Call

BODIES = {body: {"body": body, "who": ["9"]} for body in ("discipline", "organization")}


def opened(*, flags: bool = False) -> Walk:
    def checked(call: Call) -> None:
        call.vars["flags"] = [{"flag": "x"}] if flags else []

    stub = Stub(operations={"check_eligibility": checked})
    given = {"organ": "1", "year": 2026, "bodies": BODIES, "flags": [], "subjects": {}}
    walk = Walk("result_use", stub, given)
    assert (walk.open, walk.stub.called) == (["draft_uses"], ["collect_results"])
    return walk


def consulted(walk: Walk, *, flags: bool = False) -> Walk:
    walk.do("draft_uses", items=[])
    if flags:
        walk.do("answer_flags", flags=[])
    for body in BODIES:
        walk.do("consult_bodies", body, opinion="none")
    return walk


def closes(rounds: int = 0, *, flags: bool = False, use: str = "training") -> Walk:
    """U1 to U4, returned as often as said."""
    walk = opened(flags=flags)
    for _ in range(rounds):
        consulted(walk, flags=flags).do("decide_uses", next="return", opinion="补充依据")
    items = [{"subject": "user-1", "use": use, "verdict": "approve"}]
    consulted(walk, flags=flags).do("decide_uses", next="approve", items=items)
    if use == "award_priority":
        assert (walk.open, walk.stub.called[-1]) == ([], "start_publicity")
        walk.wait().do("settle_publicity", items=[])
    walk.do("record_outcome", items=[])
    assert walk.stub.called[-1] == "record_posts"
    return walk


WALKS: Mapping[str, Callable[[], Walk]] = once(
    {
        "straight": closes,
        "once": partial(closes, 1, flags=True),
        "twice": partial(closes, 2),
        "award": partial(closes, flags=True, use="award_priority"),
    }
)


@pytest.mark.parametrize("name", WALKS)
def test_it_ends(name: str) -> None:
    assert WALKS[name]().outcome == "uses_closed"


def test_everything_drawn_was_walked() -> None:
    assert not_walked("result_use", walked(WALKS.values())) == []


def test_each_loop_was_taken_never_once_and_twice() -> None:
    assert loops_missed("result_use", WALKS.values()) == []
