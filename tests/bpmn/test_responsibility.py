"""责任清单 walked: drafted and returned, made out anew after a hand-over, signed for and not."""

from collections.abc import Callable, Mapping
from functools import partial

import pytest

from tests.bpmn.walker import Stub, Walk, loops_missed, not_walked, once, walked
from workflows.engine import Call

LISTS = {key: {"list": key, "post": "9", "unit": "1", "name": "党组书记"} for key in ("1", "2")}


def opened(*, reissue: bool = False) -> Walk:
    def issued(call: Call) -> None:
        call.vars["lists"] = LISTS

    given = {
        "organ": "1",
        "year": 2026,
        "edition": 1,
        "reissue": reissue,
        "drafters": ["9"],
        "decided_by": {"org": "party_group", "rank": "collective"},
        "lists": {},
    }
    return Walk("responsibility", Stub(operations={"issue_lists": issued}), given)


def closes(returned: int = 0, *, reissue: bool = False, silent: bool = False) -> Walk:
    walk = opened(reissue=reissue)
    if not reissue:
        for _ in range(returned):
            walk.do("draft_lists", note="拟订")
            walk.do("decide_lists", verdict="return", opinion="补充")
        walk.do("draft_lists", note="拟订").do("decide_lists", verdict="approve")
    walk.do("sign_list", "1", signature="甲")
    if silent:
        return walk.wait()
    return walk.do("sign_list", "2", signature="乙")


WALKS: Mapping[str, Callable[[], Walk]] = once(
    {
        "straight": closes,
        "once": partial(closes, 1, silent=True),
        "twice": partial(closes, 2),
        "handed over": partial(closes, reissue=True),
    }
)


@pytest.mark.parametrize("name", WALKS)
def test_it_ends(name: str) -> None:
    assert WALKS[name]().outcome == "lists_closed"


def test_silence_is_noted_and_the_lists_are_in_force() -> None:
    called = WALKS["once"]().stub.called
    assert called[-2:] == ["note_silent", "put_in_force"]


def test_everything_drawn_was_walked() -> None:
    assert not_walked("responsibility", walked(WALKS.values())) == []


def test_each_loop_was_taken_never_once_and_twice() -> None:
    assert loops_missed("responsibility", WALKS.values()) == []
