"""Joins are right in every round of a loop, whatever comes first."""

from itertools import permutations, product

import pytest

from tests.workflows.engine.drawing import (
    Case,
    choice,
    el,
    end,
    flow,
    line,
    spec_of,
    start,
    user,
)


def looped(kind: str, *branches: str) -> str:
    """prepare, split into branches, join, check; check may send everything back."""
    ways = "".join(
        flow("split", branch, "true" if kind == "inclusiveGateway" else "") + flow(branch, "join")
        for branch in branches
    )
    return (
        start()
        + user("prepare", *branches, "check")
        + el(kind, "split")
        + el(kind, "join")
        + choice("verdict", "finished", prepare='check.verdict = "back"')
        + end()
        + line("begin", "prepare", "split")
        + ways
        + line("join", "check", "verdict")
    )


@pytest.mark.parametrize("kind", ["parallelGateway", "inclusiveGateway"])
@pytest.mark.parametrize("rounds", list(product(permutations(["a", "b"]), repeat=3)))
def test_a_join_waits_for_every_branch_in_each_round(
    kind: str, rounds: tuple[tuple[str, ...], ...]
) -> None:
    case = Case(spec_of(looped(kind, "a", "b")))
    for number, order in enumerate(rounds):
        case.do("prepare")
        assert case.open == ["a", "b"]
        case.do(order[0])
        assert case.open == [order[1]], "the join let one branch through"
        case.do(order[1])
        assert case.open == ["check"]
        case.do("check", verdict="on" if number == len(rounds) - 1 else "back")
    assert case.outcome == "finished"


@pytest.mark.parametrize("kind", ["parallelGateway", "inclusiveGateway"])
@pytest.mark.parametrize("order", list(permutations(["a", "b", "c", "d"])))
def test_four_branches_in_the_second_round(kind: str, order: tuple[str, ...]) -> None:
    case = Case(spec_of(looped(kind, "a", "b", "c", "d")))
    case.do("prepare").do("d").do("b").do("a").do("c").do("check", verdict="back").do("prepare")
    for number, name in enumerate(order):
        assert len(case.open) == 4 - number
        assert "check" not in case.open
        case.do(name)
    assert case.open == ["check"]


def test_a_loop_inside_a_branch_does_not_count_twice() -> None:
    body = (
        start()
        + user("a", "b", "last")
        + el("parallelGateway", "split")
        + el("parallelGateway", "join")
        + choice("again", "join", a='a.verdict = "again"')
        + end()
        + line("begin", "split", "a", "again")
        + line("split", "b", "join", "last", "finished")
    )
    case = Case(spec_of(body))
    case.do("a", verdict="again").do("a", verdict="again")
    assert case.open == ["a", "b"]
    case.do("a", verdict="on")
    assert case.open == ["b"]
    case.do("b")
    assert case.open == ["last"]


def test_an_inclusive_split_takes_only_the_branches_whose_conditions_hold() -> None:
    body = (
        start()
        + user("ask", "a", "b", "c", "last")
        + el("inclusiveGateway", "split", default="otherwise")
        + el("inclusiveGateway", "join")
        + end()
        + flow("split", "a", "ask.a")
        + flow("split", "b", "ask.b")
        + flow("split", "c", name="otherwise")
        + line("begin", "ask", "split")
        + line("a", "join", "last", "finished")
        + flow("b", "join")
        + flow("c", "join")
    )
    spec = spec_of(body)
    both = Case(spec).do("ask", a=True, b=True)
    assert both.open == ["a", "b"]
    assert both.do("b").open == ["a"]
    assert both.do("a").open == ["last"]
    assert Case(spec).do("ask", a=True, b=False).do("a").open == ["last"]
    assert Case(spec).do("ask", a=False, b=None).open == ["c"]


def test_a_branch_does_not_overwrite_what_another_wrote() -> None:
    case = Case(spec_of(looped("parallelGateway", "a", "b")))
    case.do("prepare", list=[1, 2, 3]).do("a", value=1).do("b", value=2)
    case.do("check", verdict="back").do("prepare", list=[9])
    assert case.vars["prepare"] == {"list": [9]}
    assert case.vars["a"] == {"value": 1}
    case.do("b", value=20).do("a", value=10)
    assert (case.vars["a"], case.vars["b"]) == ({"value": 10}, {"value": 20})
