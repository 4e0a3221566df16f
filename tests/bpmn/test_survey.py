"""问卷与访谈 walked: sent back, collected while people talk, concluded again, released."""

from collections.abc import Callable, Mapping
from functools import partial

import pytest

from tests.bpmn.walker import Stub, Walk, end_of, loops_missed, not_walked, once, walked

CLOSES = "2026-03-20T09:00:00+00:00"


def opened() -> Walk:
    return Walk("survey", Stub(), {"survey": None, "known": "", "results": {}})


def designed(returns: int = 0) -> Walk:
    walk = opened()
    for _ in range(returns):
        walk.do("design_survey", closes=CLOSES, team=["3"])
        walk.do("approve_survey", verdict="return", opinion="题目重复")
        assert walk.open == ["design_survey"]
    walk.do("design_survey", closes=CLOSES, team=["3"])
    assert walk.stub.called[-1] == "check_survey"
    walk.do("approve_survey", verdict="approve")
    assert walk.stub.called[-1] == "open_survey"
    return walk


def collected(walk: Walk) -> Walk:
    """V1: the talks are over before the box closes."""
    walk.do("hold_talks", talks=[])
    assert walk.open == []
    walk.wait()
    assert walk.stub.called[-1] == "settle_answers"
    return walk


def concluded(walk: Walk, returns: int = 0) -> Walk:
    for _ in range(returns):
        walk.do("analyse", causes="一").do(
            "approve_conclusions", verdict="return", opinion="补依据"
        )
        assert walk.open == ["analyse"]
    walk.do("analyse", causes="一").do("approve_conclusions", verdict="approve")
    assert walk.stub.called[-1] == "release_survey"
    return walk


def goes(design: int = 0, conclusions: int = 0) -> Walk:
    return concluded(collected(designed(design)), conclusions)


def talks_last() -> Walk:
    """The box closes first: it is counted only when the talks are on record as well."""
    walk = designed().wait()
    assert walk.open == ["hold_talks"]
    assert "settle_answers" not in walk.stub.called
    return concluded(walk.do("hold_talks", talks=[]))


WALKS: Mapping[str, Callable[[], Walk]] = once(
    {
        "V1": goes,
        "V2": partial(goes, 1),
        "V2 twice": partial(goes, 2),
        "V3": partial(goes, 0, 1),
        "V3 twice": partial(goes, 0, 2),
        "talks last": talks_last,
    }
)


@pytest.mark.parametrize("name", WALKS)
def test_it_ends(name: str) -> None:
    assert WALKS[name]().outcome == "survey_closed"


def test_every_flow_and_node_is_walked() -> None:
    assert not_walked("survey", walked(WALKS.values())) == []


def test_each_loop_is_walked_none_once_and_twice() -> None:
    assert loops_missed("survey", WALKS.values()) == []


def test_it_closes_when_the_design_says() -> None:
    walk = designed()
    assert walk.wake_at is not None
    assert walk.wake_at.isoformat() == CLOSES


def test_each_step_has_its_working_days() -> None:
    spec = opened().spec
    assert spec.nodes["analyse"].properties["due"] == "workdays(days.analyse_survey)"
    assert end_of(opened().stub.now, 10).startswith("2026-03-16")
