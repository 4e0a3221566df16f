"""Going back, jumping, cancelling, and what the diagram shows."""

from itertools import permutations

import pytest

from tests.workflows.engine.drawing import (
    NOW,
    Case,
    boundary,
    choice,
    each,
    el,
    end,
    line,
    message,
    message_event,
    service,
    spec_of,
    start,
    sub,
    timer,
    user,
)
from workflows.engine import EngineFault, NotReady

FORKED = (
    start()
    + user("prepare", "a", "a2", "b", "check")
    + el("parallelGateway", "split")
    + el("parallelGateway", "join")
    + end()
    + line("begin", "prepare", "split", "a", "a2", "join", "check", "finished")
    + line("split", "b", "join")
)


def back(case: Case, node: str) -> Case:
    case.act(lambda run: run.return_to(node))
    return case


def test_going_back_opens_the_node_and_closes_what_came_after() -> None:
    case = Case(spec_of(FORKED)).do("prepare", n=1).do("a")
    assert back(case, "prepare").open == ["prepare"]
    assert case.vars["prepare"] == {"n": 1}, "the old answers stay"
    case.do("prepare").do("b").do("a").do("a2")
    assert case.open == ["check"]


@pytest.mark.parametrize("order", list(permutations(["a", "a2", "b"])))
def test_going_back_before_the_split_is_clean_wherever_the_branches_stand(
    order: tuple[str, ...],
) -> None:
    if order.index("a") > order.index("a2"):
        order = tuple(sorted(order))
    for done in range(3):
        case = Case(spec_of(FORKED)).do("prepare")
        for name in order[:done]:
            case.do(name)
        back(case, "prepare").do("prepare")
        for name in ("b", "a", "a2"):
            assert "check" not in case.open
            case.do(name)
        assert case.do("check").finished


def test_going_back_within_one_branch_is_refused_while_the_other_is_open() -> None:
    case = Case(spec_of(FORKED)).do("prepare").do("a")
    state = case.state
    with pytest.raises(NotReady, match="before the split"):
        back(case, "a")
    assert case.state == state
    assert back(case.do("a2").do("b"), "prepare").open == ["prepare"]


def test_going_back_after_the_end_opens_the_case_again() -> None:
    body = start() + user("a", "b") + end() + line("begin", "a", "b", "finished")
    case = Case(spec_of(body)).do("a").do("b")
    assert case.finished
    assert back(case, "b").open == ["b"]
    assert not case.finished
    assert case.outcome is None
    assert case.do("b").outcome == "finished"


def test_going_back_to_what_was_not_done_is_refused() -> None:
    body = start() + user("a", "b") + end() + line("begin", "a", "b", "finished")
    case = Case(spec_of(body))
    for node in ("a", "b", "nowhere"):
        with pytest.raises(NotReady):
            back(case, node)


def test_an_item_is_never_reset_alone() -> None:
    body = (
        start() + el("userTask", "vote", each("people")) + user("look") + end()
        + line("begin", "vote", "look", "finished")
    )  # fmt: skip
    case = Case(spec_of(body), vars={"people": {"u1": {}, "u2": {}}}).do("vote", "u1")
    with pytest.raises(NotReady):
        back(case, "vote")
    case.do("vote", "u2")
    back(case, "vote")
    assert case.open == ["vote", "vote"]
    assert case.do("vote", "u1").do("vote", "u2").open == ["look"]


def test_going_back_to_a_step_arms_its_events_anew() -> None:
    body = (
        start() + user("work", "next", "late_step") + end()
        + boundary("late", "work", timer("PT1H"), stops=True)
        + boundary("more", "work", message_event("more_time"), stops=False)
        + service("note") + end("noted")
        + line("begin", "work", "next", "finished") + line("late", "late_step", "finished")
        + line("more", "note", "noted")
    )  # fmt: skip
    case = Case(spec_of(body, extra=message("more_time"))).do("work")
    back(case, "work")
    assert (case.open, case.acts) == (["work"], ["more"])
    run = case.run
    assert run.wake_at is not None
    assert len(list(run._workflow.event_manager.tasks)) == 2
    case.at(NOW.replace(hour=11))
    assert case.open == ["late_step"]


def test_going_back_forgets_the_timers_of_what_it_closes() -> None:
    body = (
        start() + user("first", "work", "late_step") + end()
        + boundary("late", "work", timer("PT1H"), stops=True)
        + line("begin", "first", "work", "finished") + line("late", "late_step", "finished")
    )  # fmt: skip
    run = Case(spec_of(body)).do("first").run
    assert run.wake_at is not None
    run.return_to("first")
    assert run.wake_at is None


def test_going_back_to_a_subprocess_begins_it_again() -> None:
    inner = (
        start("inner_begun") + user("i1", "i2") + end("inner_done")
        + line("inner_begun", "i1", "i2", "inner_done")
    )  # fmt: skip
    body = (
        start() + sub("inner", inner) + user("look") + end()
        + line("begin", "inner", "look", "finished")
    )  # fmt: skip
    case = Case(spec_of(body)).do("i1")
    assert back(case, "i1").open == ["i1"]
    case.do("i1").do("i2")
    assert back(case, "inner").open == ["i1"]
    case.do("i1").do("i2")
    with pytest.raises(NotReady):
        back(case, "i1")
    assert case.do("look").finished


def test_a_jump_closes_what_is_open_and_begins_elsewhere() -> None:
    case = Case(spec_of(FORKED)).do("prepare", n=1).do("a")
    late = case.task("b")
    case.act(lambda run: run.jump("check"))
    assert case.open == ["check"]
    assert case.vars["prepare"] == {"n": 1}
    with pytest.raises(NotReady):
        case.run.complete(late.id, {})
    assert case.do("check").outcome == "finished"


def test_after_a_jump_back_the_join_waits_for_both_again() -> None:
    case = Case(spec_of(FORKED)).do("prepare").do("a").do("a2").do("b")
    case.act(lambda run: run.jump("prepare"))
    case.do("prepare").do("a").do("a2")
    assert case.open == ["b"]
    assert case.do("b").do("check").finished


def test_a_jump_to_a_step_with_events_arms_them() -> None:
    body = (
        start() + user("first", "work", "late_step") + end()
        + boundary("late", "work", timer("PT1H"), stops=True)
        + line("begin", "first", "work", "finished") + line("late", "late_step", "finished")
    )  # fmt: skip
    case = Case(spec_of(body))
    case.act(lambda run: run.jump("work"))
    assert case.run.wake_at is not None
    assert case.do("work").finished


@pytest.mark.parametrize("node", ["nowhere", "inner_step", "Start", "End"])
def test_a_jump_leads_only_to_nodes_of_the_process(node: str) -> None:
    inner = start("i_begun") + user("inner_step") + end("i_done")
    body = (
        start() + user("a") + sub("inner", inner + line("i_begun", "inner_step", "i_done")) + end()
        + line("begin", "a", "inner", "finished")
    )  # fmt: skip
    case = Case(spec_of(body))
    with pytest.raises(NotReady):
        case.act(lambda run: run.jump(node))
    assert case.open == ["a"]


def test_a_finished_case_does_not_jump() -> None:
    body = start() + user("a") + end() + line("begin", "a", "finished")
    with pytest.raises(NotReady):
        Case(spec_of(body)).do("a").run.jump("a")


def test_a_cancelled_case_has_nothing_open() -> None:
    inner = start("i_begun") + user("i") + end("i_done") + line("i_begun", "i", "i_done")
    body = (
        start() + sub("inner", inner, each("people")) + end()
        + boundary("late", "inner", timer("PT1H"), stops=True)
        + line("begin", "inner", "finished") + line("late", "finished")
    )  # fmt: skip
    case = Case(spec_of(body), vars={"people": {"x": {}, "y": {}}})
    task = case.task("i", "x")
    case.act(lambda run: run.cancel())
    assert (case.finished, case.outcome, case.open) == (True, None, [])
    assert (case.run.wake_at, case.run.tokens()) == (None, [])
    assert case.at(NOW.replace(hour=20)) == 0
    with pytest.raises(NotReady):
        case.run.complete(task.id, {})


def test_the_diagram_shows_where_the_case_stands_and_what_is_done() -> None:
    body = (
        start() + user("a", "b", "c") + end()
        + choice("which", "b", c="a.skip") + line("begin", "a", "which")
        + line("b", "finished") + line("c", "finished")
    )  # fmt: skip
    case = Case(spec_of(body))
    assert (case.run.tokens(), case.run.done_nodes()) == (["a"], ["begin"])
    case.do("a", skip=True)
    assert (case.run.tokens(), case.run.done_nodes()) == (["c"], ["begin", "a", "which"])
    case.do("c")
    assert case.run.tokens() == []
    assert case.run.done_nodes() == ["begin", "a", "which", "c", "finished"]


def test_a_waiting_join_holds_a_token() -> None:
    case = Case(spec_of(FORKED)).do("prepare").do("a").do("a2")
    assert set(case.run.tokens()) == {"join", "b"}


def test_what_was_done_in_a_closed_subprocess_or_round_stays_done() -> None:
    inner = start("i_begun") + user("i") + end("i_done") + line("i_begun", "i", "i_done")
    body = (
        start() + user("a") + sub("inner", inner) + choice("again", "finished", a="i.again")
        + end() + line("begin", "a", "inner", "again")
    )  # fmt: skip
    case = Case(spec_of(body))
    for _ in range(40):
        case.do("a").do("i", again=True)
    assert set(case.run.done_nodes()) == {"begin", "a", "inner", "i_begun", "i", "i_done", "again"}
    assert len(case.state) < 1500


def test_evaluate_reads_the_variables_of_the_case() -> None:
    body = start() + user("a") + end() + line("begin", "a", "finished")
    run = Case(spec_of(body), vars={"n": 4, "names": ["x"]}).run
    assert run.evaluate("n + 1") == 5
    assert run.evaluate('names[1] = "x" and unset = null') is True
    with pytest.raises(EngineFault) as fault:
        run.evaluate("n +")
    assert fault.value.zh
