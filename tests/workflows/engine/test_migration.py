"""Running cases under another version: what is allowed goes on and ends, what is not says why."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.engine.drawing import (
    NOW,
    Case,
    Desk,
    boundary,
    catch,
    choice,
    definitions,
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
    wait,
)
from workflows.engine import Execution, NotReady, Spec
from workflows.engine.migration import (
    RULES,
    changed_timers,
    examine,
    places,
    reckoned,
    restart,
    set_time,
    suggest,
)

DAY = timedelta(days=1)
LATER = "PT72H"


def moved(case: Case, new: Spec, **mapping: str) -> Case:
    """The same case under the new version."""
    done = examine(case.state, case.spec, new, mapping)
    assert done.state is not None, [(one.rule, one.node) for one in done.reasons]
    case.spec, case.state = new, done.state
    return case


def refused(case: Case, new: Spec, **mapping: str) -> list[tuple[str, str]]:
    """Why not; the case is as it was."""
    before = case.state
    done = examine(case.state, case.spec, new, mapping)
    assert done.state is None
    assert case.state == before
    assert all(one.zh and one.en and one.rule in RULES for one in done.reasons)
    return [(one.rule, one.node) for one in done.reasons]


def straight(*names: str, **settings: str) -> Spec:
    drawn = start() + user(*names, **settings) + end() + line("begin", *names, "finished")
    return spec_of(drawn)


ABC = straight("a", "b", "c")


def test_a_node_inserted_ahead_is_come_to() -> None:
    case = moved(Case(ABC).do("a", n=1), straight("a", "b", "new", "c"))
    assert case.open == ["b"]
    assert case.vars["a"] == {"n": 1}
    assert case.do("b").open == ["new"]
    assert case.do("new").do("c").finished


def test_a_node_inserted_behind_is_told_as_passed() -> None:
    case = Case(ABC).do("a").do("b")
    done = examine(case.state, ABC, straight("a", "new", "b", "c"), {})
    assert (done.passed, done.reasons) == (("new",), ())


def test_a_node_ahead_that_is_gone_is_not_come_to() -> None:
    case = moved(Case(ABC), straight("a", "c"))
    assert case.do("a").open == ["c"]
    assert case.do("c").finished


def test_the_open_step_keeps_its_id_under_a_new_deadline_name_and_form() -> None:
    case = Case(ABC).do("a")
    before = case.task("b").id
    moved(case, straight("a", "b", "c", due="workdays(9)", formKey="other"))
    task = case.task("b")
    assert task.id == before
    assert task.properties == {"due": "workdays(9)", "formKey": "other"}


def test_a_renamed_open_step_goes_on_under_its_new_id() -> None:
    case = Case(ABC).do("a").do("b", n=2)
    before = case.task("c").id
    new = straight("a", "b2", "c2")
    assert refused(case, new) == [("done_gone", "b"), ("open_gone", "c")]
    moved(case, new, b="b2", c="c2")
    assert case.task("c2").id == before
    assert case.vars["b2"] == {"n": 2}
    assert "b" not in case.vars
    assert case.run.done_nodes() == ["begin", "a", "b2"]
    assert case.do("c2").finished


def test_a_renamed_start_follows_by_itself() -> None:
    new = spec_of(start("go") + user("a", "b", "c") + end() + line("go", "a", "b", "c", "finished"))
    assert moved(Case(ABC), new).do("a").open == ["b"]


def test_an_open_step_without_a_successor_is_refused() -> None:
    assert refused(Case(ABC).do("a"), straight("a", "c")) == [("open_gone", "b")]


def test_an_open_step_of_another_kind_is_refused() -> None:
    new = spec_of(
        start() + user("a", "c") + service("b") + end() + line("begin", "a", "b", "c", "finished")
    )
    assert refused(Case(ABC).do("a"), new) == [("open_changed", "b")]
    assert moved(Case(ABC), new).do("a").open == ["c"]


def test_a_done_step_of_another_kind_is_refused() -> None:
    new = spec_of(
        start() + user("b", "c") + service("a") + end() + line("begin", "a", "b", "c", "finished")
    )
    assert refused(Case(ABC).do("a"), new) == [("done_changed", "a")]


def test_a_done_step_whose_dates_are_read_otherwise_is_refused() -> None:
    def with_form(kind: str) -> Spec:
        schema = f'{{"type":"object","properties":{{"on":{{"type":"string"{kind}}}}}}}'
        drawn = start() + user("a", "b") + end() + line("begin", "a", "b", "finished")
        return spec_of(drawn, forms={"a.schema.json": schema.encode()})

    case = Case(with_form("")).do("a", on="2026-03-02")
    assert refused(case, with_form(',"format":"date"')) == [("done_changed", "a")]


# --- events that hang on a step -------------------------------------------------------------


def hung(*events: str, on: str = "b", stops: bool = True, text: str = LATER) -> Spec:
    hanging = "".join(
        boundary(one, on, timer(text, "timeDuration"), stops=stops) + line(one, "c")
        for one in events
    )
    drawn = start() + user("a", "b", "c") + hanging + end() + line("begin", "a", "b", "c")
    return spec_of(drawn + line("c", "finished"))


def test_an_event_added_to_the_open_step_is_refused() -> None:
    assert refused(Case(ABC).do("a"), hung("late")) == [("boundary_added", "late")]
    assert refused(Case(hung("late")).do("a"), hung("late", "later")) == [
        ("boundary_added", "later")
    ]


def test_an_event_that_hangs_on_the_open_step_no_more_is_refused() -> None:
    case = Case(hung("late", "later")).do("a")
    assert set(refused(case, hung("late"))) == {("boundary_gone", "later")}
    assert set(refused(Case(hung("late")).do("a"), ABC)) == {("boundary_gone", "late")}


@pytest.mark.parametrize("stops", [True, False])
def test_events_come_and_go_on_steps_that_are_done_or_ahead(stops: bool) -> None:
    ahead = moved(Case(ABC), hung("late", stops=stops)).do("a")
    assert ahead.run.wake_at == NOW + 3 * DAY
    without = moved(Case(hung("late", stops=stops)), ABC).do("a")
    assert without.run.wake_at is None
    behind = moved(Case(ABC).do("a").do("b"), hung("late", stops=stops))
    assert behind.do("c").finished
    done = Case(hung("late", stops=stops)).do("a").do("b")
    assert moved(done, ABC).open == ["c"]
    assert done.do("c").finished


def test_a_timer_that_waits_keeps_its_time_under_another_text() -> None:
    case = Case(hung("late")).do("a")
    case.now = NOW + DAY
    moved(case, hung("late", text="PT24H"))
    assert case.run.wake_at == NOW + 3 * DAY
    assert case.at(NOW + 3 * DAY) == 1
    assert case.open == ["c"]


def test_the_new_text_is_reckoned_where_it_is_wanted() -> None:
    old, new = hung("late"), hung("late", text="PT24H")
    assert changed_timers(old, new, {}) == {"late"}
    assert changed_timers(old, old, {}) == frozenset()
    assert changed_timers(old, hung("x", text="PT1H"), {"late": "x"}) == {"x"}
    case = moved(Case(old).do("a"), new)
    run = case.run
    (found,) = reckoned(run, {"late"})
    assert (found.step, found.due) == (case.task("b").id, NOW + DAY)
    assert reckoned(run, {"c"}) == []
    assert run.wake_at == NOW + 3 * DAY
    set_time(run, found.timer, lambda before: before - DAY)
    assert run.wake_at == NOW + 2 * DAY


def test_a_renamed_timer_keeps_its_time() -> None:
    case = Case(hung("late")).do("a")
    case.now = NOW + DAY
    moved(case, hung("too_late"), late="too_late")
    assert case.run.wake_at == NOW + 3 * DAY


# --- items ----------------------------------------------------------------------------------


def items(*after: str, of: str = "who", sequential: bool = False, name: str = "vote") -> Spec:
    drawn = start() + el("userTask", name, each(of, sequential=sequential)) + user(*after)
    return spec_of(drawn + end() + line("begin", name, *after, "finished"))


WHO = {"who": {"u1": None, "u2": None, "u3": None}}


@pytest.mark.parametrize("sequential", [False, True])
def test_a_node_inserted_right_after_active_items_is_come_to(sequential: bool) -> None:
    """The library skips it without a word; here what is ahead is foretold anew."""
    case = Case(items("b", sequential=sequential), vars=dict(WHO)).do("vote", "u1", ok=True)
    moved(case, items("new", "b", sequential=sequential))
    case.do("vote", "u2").do("vote", "u3")
    assert case.open == ["new"]
    assert case.vars["vote"] == {"u1": {"ok": True}, "u2": {}, "u3": {}}


def test_active_items_of_another_kind_or_collection_are_refused() -> None:
    case = Case(items("b"), vars=dict(WHO))
    assert refused(case, items("b", sequential=True)) == [("open_changed", "vote")]
    assert refused(case, items("b", of="others")) == [("open_changed", "vote")]
    single = spec_of(start() + user("vote", "b") + end() + line("begin", "vote", "b", "finished"))
    assert set(refused(case, single)) == {("open_changed", "vote")}


def test_renamed_items_keep_their_answers() -> None:
    case = Case(items("b"), vars=dict(WHO)).do("vote", "u1", ok=True)
    moved(case, items("b", name="ballot"), vote="ballot")
    case.do("ballot", "u3").do("ballot", "u2")
    assert case.vars["ballot"] == {"u1": {"ok": True}, "u2": {}, "u3": {}}
    assert case.open == ["b"]


# --- parts ----------------------------------------------------------------------------------


def inner(*names: str, loop: str = "", around: str = "part", after: tuple[str, ...] = ()) -> Spec:
    body = start("in") + user(*names) + end("out") + line("in", *names, "out")
    drawn = start() + sub(around, body, loop) + user(*after) + end()
    return spec_of(drawn + line("begin", around, *after, "finished"))


def test_a_node_inserted_into_and_after_an_active_subprocess_is_come_to() -> None:
    case = moved(Case(inner("x", "y")).do("x"), inner("x", "y", "z", after=("b",)))
    assert case.do("y").open == ["z"]
    assert case.do("z").open == ["b"]
    assert case.do("b").finished


def test_a_renamed_subprocess_goes_on() -> None:
    case = moved(Case(inner("x", "y")).do("x"), inner("x", "y2", around="q"), part="q", y="y2")
    assert case.do("y2").finished


def test_a_subprocess_that_is_open_and_gone_is_refused() -> None:
    new = spec_of(start() + user("x", "y") + end() + line("begin", "x", "y", "finished"))
    assert ("open_gone", "part") in refused(Case(inner("x", "y")), new)


def test_a_subprocess_for_each_item_keeps_its_items() -> None:
    case = Case(inner("x", "y", loop=each("who")), vars=dict(WHO)).do("x", "u2", n=1)
    moved(case, inner("x2", "new", "y", loop=each("who")), x="x2")
    assert case.vars["part"]["u2"] == {"x2": {"n": 1}}
    assert sorted(case.open) == ["x2", "x2", "y"]
    for key in ("u1", "u3"):
        case.do("x2", key).do("new", key).do("y", key)
    assert case.do("y", "u2").finished


def test_a_step_inside_that_moves_out_of_its_part_is_refused() -> None:
    new = spec_of(
        start() + sub("part", start("in") + user("y") + end("out") + line("in", "y", "out"))
        + user("x") + end() + line("begin", "x", "part", "finished")
    )  # fmt: skip
    assert refused(Case(inner("x", "y")), new) == [("open_changed", "x")]


def calling(*names: str, called: str = "q") -> Spec:
    drawn = start() + el("callActivity", "call", calledElement=called) + user("b") + end()
    body = start("in") + user(*names) + end("out") + line("in", *names, "out")
    return spec_of(
        drawn + line("begin", "call", "b", "finished"),
        diagrams={called: definitions(body, process=called)},
    )


def test_an_active_call_runs_on_in_the_new_version_of_what_it_calls() -> None:
    case = moved(Case(calling("x", "y")), calling("x", "new", "y"))
    assert case.do("x").open == ["new"]
    assert case.do("new").do("y").open == ["b"]
    assert case.do("b").finished


def test_an_active_call_of_another_process_is_refused() -> None:
    found = refused(Case(calling("x", "y")), calling("x", "y", called="r"))
    assert ("open_changed", "call") in found


# --- branches -------------------------------------------------------------------------------


def forked(*branches: tuple[str, ...]) -> Spec:
    drawn = start() + el("parallelGateway", "split") + el("parallelGateway", "join") + user("last")
    ways = "".join(user(*one) + line("split", *one, "join") for one in branches)
    return spec_of(drawn + ways + end() + line("begin", "split") + line("join", "last", "finished"))


TWO = forked(("a", "a2"), ("b", "b2"))


def test_a_node_inserted_into_the_other_branch_is_come_to() -> None:
    case = moved(Case(TWO).do("a"), forked(("a", "a2"), ("b", "new", "b2")))
    case.do("a2").do("b")
    assert case.open == ["new"]
    assert case.do("new").do("b2").do("last").finished


def test_a_branch_that_has_arrived_waits_on_at_the_join() -> None:
    case = moved(Case(TWO).do("a").do("a2"), forked(("a", "a2"), ("b", "b2", "new")))
    assert case.do("b").do("b2").open == ["new"]
    assert case.do("new").do("last").finished


def test_a_node_inserted_where_a_branch_has_passed_into_the_join_is_refused() -> None:
    case = Case(TWO).do("a").do("a2")
    assert refused(case, forked(("a", "a2", "new"), ("b", "b2"))) == [("join", "join")]


def test_a_branch_added_to_a_split_that_was_passed_is_refused() -> None:
    new = forked(("a", "a2"), ("b", "b2"), ("c",))
    assert refused(Case(TWO), new) == [("join", "join")]
    drawn = start() + user("first") + end() + line("begin", "first", "finished")
    assert refused(Case(spec_of(drawn)), TWO) == [("open_gone", "first")]


def test_a_branch_that_is_gone_is_refused_where_it_is_open() -> None:
    assert refused(Case(TWO), forked(("a", "a2"))) == [("open_gone", "b")]


# --- what comes first, messages, loops --------------------------------------------------------


def first_of(*ways: str, text: str = LATER) -> Spec:
    events = {"told": catch("told", "news"), "more": catch("more", "news2")}
    drawn = start() + el("eventBasedGateway", "gate") + user("b") + end()
    for one in ways:
        drawn += events.get(one) or wait(one, text, "timeDuration")
        drawn += line("gate", one, "b")
    return spec_of(
        drawn + line("begin", "gate") + line("b", "finished"), message("news") + message("news2")
    )


def test_a_gateway_keeps_the_time_of_its_timer_wherever_it_stands() -> None:
    case = Case(first_of("told", "late"))
    case.now = NOW + DAY
    moved(case, first_of("late", "told", text="PT1H"))
    assert case.run.wake_at == NOW + 3 * DAY
    assert case.send("news", n=1).open == ["b"]
    assert case.vars["told"] == {"n": 1}


def test_a_gateway_that_waits_for_other_events_is_refused() -> None:
    case = Case(first_of("told", "late"))
    assert refused(case, first_of("told", "late", "more")) == [("events_changed", "gate")]


def test_a_wait_for_another_message_is_refused() -> None:
    def waiting(name: str) -> Spec:
        drawn = start() + catch("heard", name) + end() + line("begin", "heard", "finished")
        return spec_of(drawn, message(name))

    case = Case(waiting("news"))
    assert refused(case, waiting("other")) == [("open_changed", "heard")]
    assert moved(case, waiting("news")).send("news").finished


def test_an_act_beside_the_open_step_is_offered_on() -> None:
    def beside(*after: str) -> Spec:
        act = boundary("extend", "a", message_event("m"), stops=False)
        drawn = start() + user("a", "x", *after) + act + line("extend", "x") + end()
        return spec_of(
            drawn + end("over") + line("x", "over") + line("begin", "a", *after, "finished"),
            message("m"),
        )

    case = moved(Case(beside("b")), beside("b", "c"))
    assert case.acts == ["extend"]
    assert case.send("extend").open == ["a", "x"]
    assert case.do("a").do("x").do("b").open == ["c"]


def looped(*inside: str) -> Spec:
    drawn = start() + user("a", *inside) + choice("again", "finished", a="a.again = true")
    return spec_of(drawn + end() + line("begin", "a", *inside, "again"))


def test_a_case_in_a_loop_comes_to_what_is_new_in_the_next_round() -> None:
    case = moved(Case(looped()).do("a", again=True), looped("new"))
    assert case.do("a", again=True).open == ["new"]
    assert case.do("new").open == ["a"]


def test_what_was_done_and_cut_out_of_the_tree_counts_as_done() -> None:
    case = Case(looped("b"))
    for _ in range(40):
        case.do("a", again=True).do("b")
    assert ("done_gone", "b") in refused(case, looped())


def test_a_case_that_does_not_stand_as_before_on_the_copy_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lose(workflow: Any, new: Spec, names: object) -> None:
        workflow.data["vars"] = {}
        raise KeyError("lost")

    monkeypatch.setattr("workflows.engine.migration._carry", lose)
    assert refused(Case(ABC), straight("a", "b", "new", "c")) == [("not_alike", "p")]


# --- suggestions, and a new beginning -------------------------------------------------------


def test_a_step_of_the_same_name_or_form_is_suggested() -> None:
    def named(**steps: str) -> Spec:
        drawn = "".join(f'<bpmn:userTask id="{one}" name="{said}"/>' for one, said in steps.items())
        return spec_of(start() + drawn + end() + line("begin", *steps, "finished"))

    old, new = named(a="审核", b="批准"), named(a2="审核", c="归档")
    assert suggest(old, new) == {"a": "a2"}
    assert suggest(straight("a", formKey="f"), straight("x", formKey="f")) == {"a": "x"}


def begun(spec: Spec, node: str) -> Case:
    case = Case(ABC).do("a", n=1)
    run = restart(
        spec, node, vars=dict(case.vars), done=case.run.done_nodes(), host=Desk(), now=NOW
    )
    case.spec, case.state = spec, run.dump()
    return case


def test_a_new_beginning_has_the_old_variables_and_runs_no_step_before() -> None:
    new = spec_of(
        start() + service("notify") + user("x", "y") + end()
        + line("begin", "notify", "x", "y", "finished")
    )  # fmt: skip
    case = begun(new, "y")
    assert (case.open, case.vars["a"], case.desk.called) == (["y"], {"n": 1}, [])
    assert case.run.done_nodes() == ["begin"]
    assert case.do("y").finished


def test_no_case_begins_on_one_of_several_ways_that_are_waited_for_together() -> None:
    assert places(TWO) == ["last"]
    with pytest.raises(NotReady):
        restart(TWO, "a", vars={}, done=[], host=Desk(), now=NOW)
    assert places(hung("late")) == ["a", "b", "c"]
    assert begun(hung("late"), "b").run.wake_at == NOW + 3 * DAY


def test_a_state_that_was_moved_loads_under_the_new_version_only() -> None:
    case = Case(ABC)
    old = case.state
    moved(case, straight("a", "b", "new", "c"))
    assert case.state != old
    assert Execution.restore(case.spec, case.state, host=Desk(), now=NOW).dump() == case.state


def test_the_refusals_are_published_as_they_are_said() -> None:
    page = Path("docs/migration.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    told = {row[0].strip("| `"): (row[2].removesuffix(" |"), row[1]) for row in rows}
    assert told == RULES


def test_each_refusal_is_tried_here() -> None:
    tests = Path(__file__).read_text(encoding="utf-8")
    assert [rule for rule in RULES if f'("{rule}", ' not in tests] == []
