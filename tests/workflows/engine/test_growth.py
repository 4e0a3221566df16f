"""Long cases stay small; what cannot be walked is refused and never stalls in silence."""

import random
from typing import Any

import pytest

from tests.workflows.engine.drawing import (
    NOW,
    Case,
    Desk,
    boundary,
    choice,
    each,
    el,
    end,
    flow,
    line,
    service,
    spec_of,
    start,
    sub,
    timer,
    user,
    wait,
)
from workflows.engine import (
    DiagramFault,
    EndlessLoop,
    EngineFault,
    Execution,
    Stuck,
    TooDeep,
)
from workflows.engine import growth as growth_of_tree
from workflows.engine.growth import depth_of


def rejected() -> str:
    return (
        start() + user("write", "check") + choice("verdict", "finished", write="check.back")
        + end() + line("begin", "write", "check", "verdict")
    )  # fmt: skip


def test_six_hundred_rejections_and_then_the_end() -> None:
    case = Case(spec_of(rejected()))
    for number in range(600):
        case.do("write", n=number).do("check", back=True)
        assert case.open == ["write"]
    assert depth_of(case.run._workflow) < 100
    assert len(case.state) < 1500
    assert case.do("write").do("check", back=False).outcome == "finished"


def monthly() -> str:
    """A round with branches, items, a clock and an act, again and again."""
    return (
        start() + user("plan", "left", "right", "review", "hurry")
        + el("userTask", "vote", each("people", until="done = 2"))
        + el("parallelGateway", "fork") + el("parallelGateway", "join")
        + boundary("late", "left", timer("PT1H"), stops=False)
        + choice("again", "finished", plan="review.again") + end() + end("hurried")
        + line("begin", "plan", "fork", "left", "join", "vote", "review", "again")
        + line("fork", "right", "join") + line("late", "hurry", "hurried")
    )  # fmt: skip


def test_two_hundred_rounds_with_branches_and_votes() -> None:
    case = Case(spec_of(monthly()), vars={"people": {"u": {}, "v": {}, "w": {}}})
    chooser = random.Random(7)  # noqa: S311
    for _ in range(200):
        case.do("plan")
        for name in chooser.sample(["left", "right"], 2):
            assert "vote" not in case.open
            case.do(name)
        case.do("vote").do("vote").do("review", again=True)
    assert depth_of(case.run._workflow) < 150
    assert len(case.state) < 4000


@pytest.mark.parametrize("seed", range(12))
def test_cutting_rounds_out_changes_nothing(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same course with cutting at once and without any cutting."""
    spec = spec_of(monthly())
    given: dict[str, Any] = {"people": {"u": {}, "v": {}}}
    cut, whole = Case(spec, vars=given), Case(spec, vars=given)
    chooser = random.Random(seed)  # noqa: S311
    for number in range(60):
        options = sorted({(task.node, str(task.item_key)) for task in whole.run.ready_tasks()})
        if not options:
            break
        node, key = chooser.choice(options)
        late = chooser.random() < 0.2
        for case, depth in ((cut, 1), (whole, 10_000)):
            monkeypatch.setattr(growth_of_tree, "COMPACT_FROM", depth)
            if late:
                case.at(case.now.replace(year=case.now.year + 1))
            if late and (node, key) == ("left", "None") and node not in case.open:
                continue
            case.do(node, None if key == "None" else key, again=number < 50)
        assert cut.open == whole.open
        assert cut.vars == whole.vars
        assert set(cut.run.done_nodes()) == set(whole.run.done_nodes())
        assert cut.run.tokens() == whole.run.tokens() or set(cut.run.tokens()) == set(
            whole.run.tokens()
        )


def test_three_hundred_nodes_in_a_row() -> None:
    names = [f"n{number}" for number in range(300)]
    spec = spec_of(start() + user(*names) + end() + line("begin", *names, "finished"))
    run = Execution.start(spec, vars={}, host=Desk(), now=NOW)
    for name in names:
        (task,) = run.ready_tasks()
        assert task.node == name
        run.complete(task.id, {})
    assert run.is_finished
    assert len(run.done_nodes()) == 302


def test_three_hundred_operations_in_a_row_run_in_one_command() -> None:
    names = [f"n{number}" for number in range(300)]
    case = Case(spec_of(start() + service(*names) + end() + line("begin", *names, "finished")))
    assert case.finished
    assert case.desk.called == names


def test_too_long_a_row_is_refused_when_it_is_compiled() -> None:
    names = [f"n{number}" for number in range(1200)]
    with pytest.raises(DiagramFault):
        spec_of(start() + user(*names) + end() + line("begin", *names, "finished"))


def test_too_deep_a_case_is_a_visible_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """A loop that cannot be cut, because an old branch of each round stays open."""
    body = (
        start() + user("work", "propose") + end() + end("proposed")
        + boundary("late", "work", timer("PT1H"), stops=False)
        + choice("again", "finished", work="work.again")
        + line("begin", "work", "again") + line("late", "propose", "proposed")
    )  # fmt: skip
    monkeypatch.setattr(growth_of_tree, "MOST_DEPTH", 120)
    case = Case(spec_of(body))
    with pytest.raises(TooDeep) as fault:
        _propose_and_repeat(case, 200)
    assert fault.value.zh
    assert "work" in case.open, "the case is as it was before the command that failed"


def _propose_and_repeat(case: Case, times: int) -> None:
    for _ in range(times):
        case.at(case.now.replace(year=case.now.year + 1))
        case.do("work", again=True)


def test_an_endless_loop_of_gateways_is_a_visible_fault() -> None:
    body = (
        start() + user("ask") + el("exclusiveGateway", "a") + choice("b", "a", finished="ask.stop")
        + end() + line("begin", "ask", "a", "b")
    )  # fmt: skip
    assert Case(spec_of(body)).do("ask", stop=True).finished
    with pytest.raises(EndlessLoop) as fault:
        Case(spec_of(body)).do("ask", stop=False)
    assert fault.value.node in {"a", "b"}


def test_an_endless_loop_of_operations_stops_soon() -> None:
    body = (
        start() + user("ask") + service("count") + choice("b", "count", finished="ask.stop") + end()
        + line("begin", "ask", "count", "b")
    )  # fmt: skip
    desk = Desk()
    with pytest.raises(EndlessLoop):
        Case(spec_of(body), desk).do("ask")
    assert len(desk.called) <= 100


def test_a_choice_before_a_join_that_can_never_be_passed_is_a_visible_fault() -> None:
    body = (
        start() + user("ask", "after") + el("parallelGateway", "join")
        + el("exclusiveGateway", "which", default="other")
        + flow("which", "join", "ask.yes") + flow("which", "back", name="other")
        + el("exclusiveGateway", "back") + flow("back", "join")
        + end() + line("begin", "ask", "which") + line("join", "after", "finished")
    )  # fmt: skip
    with pytest.raises(Stuck) as fault:
        Case(spec_of(body)).do("ask", yes=True)
    assert "join" in fault.value.en
    assert "join" in fault.value.zh


def test_a_stall_inside_a_subprocess_is_seen_though_others_are_open() -> None:
    inner = (
        start("inner_begun") + user("ask") + el("parallelGateway", "join") + end("inner_done")
        + el("exclusiveGateway", "which", default="other")
        + flow("which", "join", "ask.yes") + flow("which", "back", name="other")
        + el("exclusiveGateway", "back") + flow("back", "join")
        + line("inner_begun", "ask", "which") + line("join", "inner_done")
    )  # fmt: skip
    body = (
        start() + el("parallelGateway", "fork") + el("parallelGateway", "meet") + user("other_step")
        + sub("inner", inner) + end()
        + line("begin", "fork", "inner", "meet", "finished") + line("fork", "other_step", "meet")
    )  # fmt: skip
    case = Case(spec_of(body))
    with pytest.raises(Stuck):
        case.do("ask", yes=True)
    assert case.open == ["ask", "other_step"]


def test_a_flow_without_id_is_followed() -> None:
    body = start() + user("a", "b") + end()
    body += flow("begin", "a", name=None) + flow("a", "b", name=None) + line("b", "finished")
    assert Case(spec_of(body)).do("a").do("b").outcome == "finished"


def test_flows_without_ids_get_names_that_are_free() -> None:
    body = start("flow_1") + user("flow_2", "flow_3") + end()
    body += "".join(
        flow(a, b, name=None)
        for a, b in (("flow_1", "flow_2"), ("flow_2", "flow_3"), ("flow_3", "finished"))
    )
    assert Case(spec_of(body)).do("flow_2").do("flow_3").finished


def test_data_objects_that_lead_nowhere_do_not_hang_the_parser() -> None:
    inner = (
        start("inner_begun")
        + el("userTask", "ask", "<bpmn:dataInputAssociation id='d1'><bpmn:sourceRef>nothing"
             "</bpmn:sourceRef></bpmn:dataInputAssociation>")
        + '<bpmn:dataObjectReference id="nothing" dataObjectRef="gone"/>'
        + end("inner_done") + line("inner_begun", "ask", "inner_done")
    )  # fmt: skip
    body = start() + sub("inner", inner) + end() + line("begin", "inner", "finished")
    assert Case(spec_of(body)).do("ask").finished


def test_a_long_clock_loop_stays_small() -> None:
    body = start() + service("judge") + wait("pause", "PT1H") + end()
    body += choice("over", "pause", finished="stop") + flow("pause", "judge")
    body += line("begin", "judge", "over")
    case = Case(spec_of(body))
    for _ in range(400):
        case.at(case.run.wake_at or NOW)
    assert len(case.desk.called) == 401
    assert len(case.state) < 1500


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        *((one, "inside the library") for one in (KeyError, TypeError, AttributeError, Exception)),
        (RecursionError, "too deep to walk"),
    ],
)
def test_an_error_of_the_library_is_explained(
    kind: type[Exception], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(spec_of(rejected()))
    run = case.run
    task = run.ready_tasks()[0]

    def broken(_: object) -> None:
        raise kind("inside the library")

    monkeypatch.setattr(run._find(task.id).task_spec, "_on_complete", broken)
    with pytest.raises(EngineFault, match=said) as fault:
        run.complete(task.id, {})
    assert fault.value.zh
