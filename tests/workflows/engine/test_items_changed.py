"""Items that join a multi-instance under way, or leave it."""

from typing import Any

import pytest

from tests.workflows.engine.drawing import Case, each, el, end, line, spec_of, start, sub, user
from tests.workflows.engine.test_items import PEOPLE, hearings, votes
from workflows.engine import NotReady

FOURTH = {"u4": {"name": "丁"}}


def begun(body: str | None = None) -> Case:
    return Case(spec_of(body or votes()), vars={"people": PEOPLE}).do("choose")


def change(case: Case, node: str = "vote", **changes: Any) -> Case:
    case.act(lambda run: run.change_items(node, **changes))
    return case


def waiting(case: Case) -> list[str | None]:
    return [task.item_key for task in case.run.ready_tasks()]


def test_an_item_that_joins_is_waited_for() -> None:
    case = change(begun().do("vote", "u1", ok=True), join=FOURTH)
    assert waiting(case) == ["u2", "u3", "u4"]
    assert case.task("vote", "u4").item == {"name": "丁", "key": "u4"}
    for key in ("u2", "u3"):
        case.do("vote", key)
    assert case.open == ["vote"]
    case.do("vote", "u4", ok=False)
    assert case.open == ["look"]
    assert case.vars["vote"]["u4"] == {"ok": False}


def test_an_item_that_leaves_is_not_waited_for() -> None:
    case = change(begun().do("vote", "u1"), leave=["u2"])
    assert waiting(case) == ["u3"]
    assert case.do("vote", "u3").open == ["look"]
    assert set(case.vars["vote"]) == {"u1", "u3"}


def test_the_last_ones_leave_and_the_case_goes_on() -> None:
    assert change(begun().do("vote", "u1"), leave=["u2", "u3"]).open == ["look"]
    assert change(begun(), leave=["u1", "u2", "u3"]).open == ["look"]


def test_all_are_replaced_at_once() -> None:
    case = change(begun(), leave=["u1", "u2", "u3"], join=FOURTH)
    assert waiting(case) == ["u4"]
    assert case.do("vote", "u4").open == ["look"]


def test_what_is_done_stays_done() -> None:
    case = change(begun().do("vote", "u1", ok=True), leave=["u1"])
    assert case.vars["vote"]["u1"] == {"ok": True}
    assert waiting(case) == ["u2", "u3"]


def test_a_subprocess_of_an_item_leaves_with_it() -> None:
    case = change(begun(hearings()).do("hear", "u2", came=True), "hearing", leave=["u2"])
    assert [(task.node, task.scope) for task in case.run.ready_tasks()] == [
        ("hear", (("hearing", "u1"),)),
        ("hear", (("hearing", "u3"),)),
    ]
    for key in ("u1", "u3"):
        case.do("hear", key, came=True)
    assert "look" in case.open or case.open == ["note"]


def test_items_inside_a_subprocess_change_as_well() -> None:
    inner = (
        start("within")
        + el("userTask", "vote", each("people"))
        + end("voted")
        + line("within", "vote", "voted")
    )
    body = start() + sub("room", inner) + user("look") + end() + line("begin", "room", "look")
    case = Case(spec_of(body + line("look", "finished")), vars={"people": PEOPLE})
    change(case, leave=["u1", "u2", "u3"], join=FOURTH)
    assert case.do("vote", "u4").open == ["look"]


def test_nothing_changes_where_no_items_are_under_way() -> None:
    case = Case(spec_of(votes()), vars={"people": PEOPLE})
    with pytest.raises(NotReady):
        change(case, join=FOURTH)
