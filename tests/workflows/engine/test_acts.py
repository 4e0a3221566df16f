"""Acts beside a step, messages, ends of scopes, called processes, operations."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.workflows.engine.drawing import (
    Case,
    Desk,
    boundary,
    catch,
    choice,
    definitions,
    each,
    el,
    end,
    extension,
    flow,
    line,
    message,
    message_event,
    properties,
    service,
    spec_of,
    start,
    sub,
    user,
)
from workflows.engine import Call, EngineFault, Execution, NotReady

EXTRA = message("more_time") + message("give_up")


def work_with_acts(repeat: str = "no") -> str:
    ask = properties(repeat=repeat, formKey="ask")
    return (
        start()
        + user("work", "next", "decide", "stopped")
        + boundary("ask", "work", message_event("more_time"), stops=False, settings=ask)
        + boundary("stop", "work", message_event("give_up"), stops=True)
        + end()
        + end("settled")
        + end("dropped")
        + line("begin", "work", "next", "finished")
        + line("ask", "decide", "settled")
        + line("stop", "stopped", "dropped")
    )


def test_acts_are_offered_with_the_step_they_hang_on() -> None:
    case = Case(spec_of(work_with_acts(), extra=EXTRA))
    acts = {act.node: act for act in case.run.offered_acts()}
    assert set(acts) == {"ask", "stop"}
    assert acts["ask"].task_id == case.task("work").id
    assert (acts["ask"].message, acts["ask"].interrupting) == ("more_time", False)
    assert (acts["stop"].message, acts["stop"].interrupting) == ("give_up", True)
    assert acts["ask"].properties["formKey"] == "ask"
    assert case.do("work").acts == []


def test_an_act_beside_a_step_leaves_the_step_open() -> None:
    case = Case(spec_of(work_with_acts(), extra=EXTRA)).send("more_time", days=3)
    assert (case.open, case.acts) == (["decide", "work"], ["stop"])
    assert case.vars["ask"] == {"days": 3}
    case.do("work")
    assert case.open == ["decide", "next"]
    assert case.do("next").open == ["decide"]
    assert not case.finished
    assert case.do("decide").outcome == "settled"


def test_an_act_marked_so_may_be_repeated() -> None:
    case = Case(spec_of(work_with_acts("yes"), extra=EXTRA)).send("ask", n=1).do("decide")
    assert case.acts == ["ask", "stop"]
    case.send("ask", n=2).send("ask", n=3)
    assert case.open == ["decide", "decide", "work"]
    assert case.vars["ask"] == {"n": 3}
    case.do("decide").do("decide").do("work").do("next")
    assert case.finished


def test_an_interrupting_act_closes_the_step() -> None:
    case = Case(spec_of(work_with_acts(), extra=EXTRA))
    late = case.task("work")
    case.send("more_time").send("give_up", why="moot")
    assert case.open == ["decide", "stopped"]
    assert case.acts == []
    with pytest.raises(NotReady):
        case.run.complete(late.id, {})
    with pytest.raises(NotReady):
        case.send("give_up")


def test_a_message_nobody_waits_for_is_refused_and_changes_nothing() -> None:
    case = Case(spec_of(work_with_acts(), extra=EXTRA))
    run = case.run
    before = run.dump()
    with pytest.raises(NotReady) as refusal:
        run.send("other", {})
    assert "other" in refusal.value.en
    assert "other" in refusal.value.zh
    assert run.dump() == before
    act = run.offered_acts()[0]
    with pytest.raises(NotReady):
        run.send("give_up" if act.message == "more_time" else "more_time", {}, act_id=act.id)


def handling(*, first: str = "work") -> str:
    inner = (
        start("handling_begun")
        + user("work", "side")
        + service("file", "later")
        + el("parallelGateway", "fork")
        + end("handed_in", terminate=True)
        + end("side_done")
        + line("handling_begun", "fork", first, "file", "later", "handed_in")
        + line("fork", "side", "side_done")
    )
    return (
        start()
        + sub("handling", inner)
        + user("review", "stopped")
        + boundary("stop", "handling", message_event("give_up"), stops=True)
        + end()
        + line("begin", "handling", "review", "finished")
        + line("stop", "stopped", "finished")
    )


def test_a_terminate_end_closes_its_own_scope_and_the_process_goes_on() -> None:
    case = Case(spec_of(handling(), extra=EXTRA))
    assert case.open == ["side", "work"]
    late = case.task("side")
    case.do("work")
    assert case.open == ["review"]
    assert case.desk.called == ["file", "later"]
    with pytest.raises(NotReady):
        case.run.complete(late.id, {})
    assert case.do("review").outcome == "finished"


def test_an_act_on_a_subprocess_closes_all_that_is_open_in_it() -> None:
    case = Case(spec_of(handling(), extra=EXTRA))
    assert case.run.offered_acts()[0].attached_to == "handling"
    assert case.run.offered_acts()[0].task_id is None
    case.send("stop", reason="x")
    assert (case.open, case.desk.called) == (["stopped"], [])
    assert case.vars["stop"] == {"reason": "x"}
    assert case.do("stopped").finished


def test_a_terminate_end_of_the_process_closes_everything() -> None:
    body = (
        start() + user("a", "b") + el("parallelGateway", "fork") + end("over", terminate=True)
        + end() + line("begin", "fork", "a", "over") + line("fork", "b", "finished")
    )  # fmt: skip
    case = Case(spec_of(body)).do("a")
    assert (case.finished, case.outcome, case.open) == (True, "over", [])


def test_the_outcome_is_the_last_end_of_the_process_itself() -> None:
    body = (
        start() + user("ask") + choice("which", "second", first="ask.yes")
        + end("first") + end("second") + line("begin", "ask", "which")
    )  # fmt: skip
    assert Case(spec_of(body)).outcome is None
    assert Case(spec_of(body)).do("ask", yes=True).outcome == "first"
    assert Case(spec_of(body)).do("ask", yes=False).outcome == "second"


def called(condition: str = "mend.ok") -> tuple[str, bytes]:
    inner = (
        start("q_opened") + user("mend") + choice("good", "mend", q_done=condition)
        + end("q_done", terminate=True) + line("q_opened", "mend", "good")
    )  # fmt: skip
    body = (
        start() + user("ask") + el("callActivity", "call", calledElement="q") + user("last")
        + end() + line("begin", "ask", "call", "last", "finished")
    )  # fmt: skip
    return body, definitions(inner, process="q")


def test_a_called_process_shares_the_variables_of_its_caller() -> None:
    body, other = called("ask.strict = false or mend.ok")
    spec = spec_of(body, diagrams={"q": other})
    case = Case(spec).do("ask", strict=True).do("mend", ok=False)
    assert case.open == ["mend"]
    assert case.task("mend").scope == ()
    assert case.run.tokens() == ["call", "mend"]
    case.do("mend", ok=True)
    assert case.vars["mend"] == {"ok": True}
    assert case.do("last").outcome == "finished"
    assert spec.nodes["mend"].process == "q"
    assert spec.nodes["ask"].process == "p"


def test_a_waiting_message_is_delivered_by_its_name_or_its_node() -> None:
    body = start() + catch("paid", "payment") + user("last") + end()
    spec = spec_of(body + line("begin", "paid", "last", "finished"), extra=message("payment"))
    assert Case(spec).send("payment", sum=1).vars == {"paid": {"sum": 1}}
    assert Case(spec).send("paid").open == ["last"]
    assert Case(spec).run.awaited_messages() == ["paid"]
    assert Case(spec).acts == [], "a message awaited on the way is not an act of a person"


def test_an_operation_gets_its_parameters_and_may_change_the_variables() -> None:
    parameter = '<spiffworkflow:parameter id="{}" type="any" value="{}"/>'
    operator = (
        '<spiffworkflow:serviceTaskOperator id="count_up"><spiffworkflow:parameters>'
        + parameter.format("step", "ask.step * 2")
        + parameter.format("who", "&quot;me&quot;")
        + "</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
    )
    body = (
        start() + user("ask", "last") + el("serviceTask", "count", extension(operator)) + end()
        + line("begin", "ask", "count", "last", "finished")
    )  # fmt: skip
    seen: list[Any] = []

    def count_up(call: Call) -> None:
        seen.append((call.parameters, call.node.operation, call.item, call.scope))
        call.vars["sum"] = call.vars.get("sum", 0) + call.parameters["step"]

    case = Case(spec_of(body), Desk({"count_up": count_up})).do("ask", step=4)
    assert seen == [({"step": 8, "who": "me"}, "count_up", None, ())]
    assert case.vars["sum"] == 8


def test_a_service_task_without_operator_calls_the_operation_of_its_name() -> None:
    body = start() + el("serviceTask", "notify") + end() + line("begin", "notify", "finished")
    assert Case(spec_of(body)).desk.called == ["notify"]


class Refusal(Exception):
    """What the domain says no with."""


def test_a_refusal_of_the_domain_comes_through_unchanged() -> None:
    def refuse(call: Call) -> None:
        raise Refusal("no")

    body = (
        start() + user("ask") + service("check") + end() + line("begin", "ask", "check", "finished")
    )
    case = Case(spec_of(body), Desk({"check": refuse}))
    run = case.run
    with pytest.raises(Refusal, match=r"^no$"):
        run.complete(run.ready_tasks()[0].id, {})
    for after in (run.dump, run.advance, lambda: run.complete(case.task("ask").id, {})):
        with pytest.raises(EngineFault, match="nothing of it may be kept"):
            after()
    assert case.open == ["ask"], "what was stored before is as it was"


def test_an_act_stops_automatic_nodes_that_were_to_follow() -> None:
    """Two operations one after the other in a subprocess; a timer ends it before the second."""
    inner = start("inner_begun") + service("one", "two") + end("inner_done")
    body = (
        start() + sub("inner", inner + line("inner_begun", "one", "two", "inner_done"))
        + user("after") + end()
        + boundary("over", "inner", "<bpmn:timerEventDefinition><bpmn:timeDate>"
                   "2026-01-01T00:00:00Z</bpmn:timeDate></bpmn:timerEventDefinition>", stops=True)
        + line("begin", "inner", "finished") + line("over", "after", "finished")
    )  # fmt: skip
    case = Case(spec_of(body))
    assert (case.open, case.desk.called) == (["after"], [])


def test_a_step_is_done_once() -> None:
    body = start() + user("a", "b") + end() + line("begin", "a", "b", "finished")
    run: Execution = Case(spec_of(body)).run
    task = run.ready_tasks()[0]
    run.complete(task.id, {"n": 1})
    with pytest.raises(NotReady):
        run.complete(task.id, {"n": 2})
    assert run.vars["a"] == {"n": 1}


def test_a_step_that_is_not_reached_cannot_be_done() -> None:
    body = start() + user("a", "b") + end() + line("begin", "a", "b", "finished")
    run = Case(spec_of(body)).run
    future = next(t for t in run._workflow.tasks.values() if t.task_spec.name == "b")
    with pytest.raises(NotReady):
        run.complete(future.id, {})
    assert [task.node for task in run.ready_tasks()] == ["a"]


def test_two_ways_lead_from_a_choice_in_the_order_drawn() -> None:
    body = (
        start() + user("ask", "a", "b") + end()
        + el("exclusiveGateway", "which")
        + flow("which", "a", "ask.n > 1") + flow("which", "b", "ask.n > 2")
        + line("begin", "ask", "which") + line("a", "finished") + line("b", "finished")
    )  # fmt: skip
    assert Case(spec_of(body)).do("ask", n=5).open == ["a"]
    with pytest.raises(EngineFault, match="No condition holds"):
        Case(spec_of(body)).do("ask", n=0)
    with pytest.raises(EngineFault, match="neither true nor false"):
        Case(spec_of(body.replace("ask.n > 1", "ask.n"))).do("ask", n=5)


def test_one_definition_serves_many_cases_in_many_threads() -> None:
    body = (
        start() + user("choose") + el("userTask", "vote", each("people", until="done = 2"))
        + el("parallelGateway", "fork") + el("parallelGateway", "join") + user("a", "b") + end()
        + line("begin", "choose", "vote", "fork", "a", "join", "finished")
        + line("fork", "b", "join")
    )  # fmt: skip
    spec = spec_of(body)

    def run_one(number: int) -> tuple[Any, ...]:
        case = Case(spec, vars={"people": {f"{number}-{n}": {} for n in range(3)}})
        case.do("choose", n=number).do("vote", f"{number}-2").do("vote", f"{number}-0")
        case.do("b", n=number).do("a", n=number)
        return case.outcome, case.vars["a"], sorted(case.vars["vote"])

    with ThreadPoolExecutor(6) as pool:
        for number, result in enumerate(pool.map(run_one, range(120))):
            expected = ("finished", {"n": number}, [f"{number}-0", f"{number}-2"])
            assert result == expected
