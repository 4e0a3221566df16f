"""Multi-instances: of steps and of subprocesses, with votes, rounds and restarts."""

import subprocess
import sys
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.engine.drawing import (
    NOW,
    Case,
    Desk,
    boundary,
    choice,
    definitions,
    each,
    el,
    end,
    flow,
    line,
    message,
    message_event,
    properties,
    rule,
    service,
    spec_of,
    start,
    sub,
    timer,
    user,
)
from workflows.engine import Call, EngineFault, Execution, NotReady, compile_bundle, load_spec
from workflows.engine.bundle import Bundle

PEOPLE: dict[str, Any] = {"u1": {"name": "甲"}, "u2": {"name": "乙"}, "u3": {"name": "丙"}}


def votes(until: str = "", *, sequential: bool = False) -> str:
    return (
        start()
        + user("choose")
        + el("userTask", "vote", each("people", until=until, sequential=sequential))
        + user("look")
        + choice("verdict", "finished", choose="look.again")
        + end()
        + line("begin", "choose", "vote", "look", "verdict")
    )


def hearings() -> str:
    inner = (
        start("hearing_begun")
        + user("hear", "note")
        + choice("heard", "hearing_done", note="item.level = 2 and hear.came")
        + end("hearing_done")
        + flow("hearing_begun", "hear")
        + flow("hear", "heard")
        + flow("note", "hearing_done")
    )
    return (
        start()
        + user("choose", "look")
        + sub("hearing", inner, each("people"))
        + choice("verdict", "finished", choose="look.again")
        + end()
        + line("begin", "choose", "hearing", "look", "verdict")
    )


def test_each_person_answers_under_his_own_key() -> None:
    case = Case(spec_of(votes()), vars={"people": PEOPLE}).do("choose")
    tasks = case.run.ready_tasks()
    assert [(t.node, t.item_key, t.scope) for t in tasks] == [
        ("vote", "u1", ()),
        ("vote", "u2", ()),
        ("vote", "u3", ()),
    ]
    assert tasks[1].item == {"name": "乙", "key": "u2"}
    case.do("vote", "u2", verdict="yes").do("vote", "u1", verdict="no").do("vote", "u3")
    assert case.vars["vote"] == {"u2": {"verdict": "yes"}, "u1": {"verdict": "no"}, "u3": {}}
    assert case.open == ["look"]


@pytest.mark.parametrize("order", list(permutations(["u1", "u2", "u3"])))
def test_two_of_three_decide_and_the_third_is_closed(order: tuple[str, ...]) -> None:
    until = 'count(votes[verdict = "yes"]) * 3 >= total * 2'
    case = Case(spec_of(votes(until)), vars={"people": PEOPLE}).do("choose")
    late = case.task("vote", order[2])
    case.do("vote", order[0], verdict="yes")
    assert case.open == ["vote", "vote"]
    case.do("vote", order[1], verdict="yes")
    assert case.open == ["look"]
    with pytest.raises(NotReady):
        case.run.complete(late.id, {"verdict": "no"})


def test_a_vote_that_does_not_reach_its_condition_ends_with_the_last() -> None:
    case = Case(spec_of(votes("done > total")), vars={"people": PEOPLE}).do("choose")
    case.do("vote", "u1").do("vote", "u2")
    assert case.open == ["vote"]
    assert case.do("vote", "u3").open == ["look"]


def test_a_second_round_starts_without_the_votes_of_the_first() -> None:
    until = 'count(votes[verdict = "yes"]) >= 2'
    case = Case(spec_of(votes(until)), vars={"people": PEOPLE}).do("choose")
    case.do("vote", "u1", verdict="yes").do("vote", "u3", verdict="yes").do("look", again=True)
    case.do("choose")
    assert case.vars["vote"] == {}
    assert case.do("vote", "u2", verdict="yes").open == ["vote", "vote"]
    assert case.do("vote", "u1", verdict="yes").open == ["look"]


def test_the_second_round_takes_the_people_as_they_are_then() -> None:
    case = Case(spec_of(votes()), vars={"people": {"u1": {}}}).do("choose")
    case.do("vote", "u1").do("look", again=True)
    case.act(lambda run: run.vars.update(people={"u7": {}, "u8": {}}))
    case.do("choose")
    assert [task.item_key for task in case.run.ready_tasks()] == ["u7", "u8"]


def test_an_empty_collection_passes_through() -> None:
    nothing: tuple[Any, ...] = ({}, [], None)
    for empty in nothing:
        case = Case(spec_of(votes()), vars={"people": empty}).do("choose")
        assert case.open == ["look"]


def test_a_list_of_keys_serves_as_a_collection() -> None:
    case = Case(spec_of(votes()), vars={"people": ["u1", "u9"]}).do("choose")
    assert [(t.item_key, t.item) for t in case.run.ready_tasks()] == [
        ("u1", {"key": "u1"}),
        ("u9", {"key": "u9"}),
    ]


def test_a_misspelt_collection_is_a_fault_not_an_empty_one() -> None:
    with pytest.raises(EngineFault, match="people"):
        Case(spec_of(votes())).do("choose")


def test_a_number_is_no_collection() -> None:
    with pytest.raises(EngineFault, match="no collection"):
        Case(spec_of(votes()), vars={"people": 3}).do("choose")


def test_a_collection_may_be_an_answer_or_an_expression() -> None:
    for text in ("choose.people", "{a: {}, b: {}}"):
        body = votes().replace(">people<", f">{text}<")
        case = Case(spec_of(body)).do("choose", people={"a": {}, "b": {}})
        assert [task.item_key for task in case.run.ready_tasks()] == ["a", "b"]


def test_one_after_the_other_in_the_order_given() -> None:
    case = Case(spec_of(votes(sequential=True)), vars={"people": PEOPLE}).do("choose")
    for key in PEOPLE:
        assert [task.item_key for task in case.run.ready_tasks()] == [key]
        case.do("vote", key, verdict=key)
    assert case.open == ["look"]
    assert list(case.vars["vote"]) == list(PEOPLE)


def test_one_after_the_other_until_it_is_decided() -> None:
    body = votes('votes[-1].verdict = "no"', sequential=True)
    case = Case(spec_of(body), vars={"people": PEOPLE}).do("choose")
    assert case.do("vote", verdict="yes").open == ["vote"]
    assert case.do("vote", verdict="no").open == ["look"]


def test_a_subprocess_runs_once_for_each_with_its_own_answers() -> None:
    people = {"a": {"level": 1}, "b": {"level": 2}}
    case = Case(spec_of(hearings()), vars={"people": people}).do("choose")
    task = case.task("hear", "b")
    assert task.scope == (("hearing", "b"),)
    assert task.item == {"level": 2, "key": "b"}
    case.do("hear", "a", came=True).do("hear", "b", came=True)
    assert case.open == ["note"]
    case.do("note", "b", text="x")
    assert case.vars["hearing"] == {
        "a": {"hear": {"came": True}},
        "b": {"hear": {"came": True}, "note": {"text": "x"}},
    }
    assert case.open == ["look"]


def test_a_second_round_of_a_subprocess_works_and_forgets_the_first() -> None:
    case = Case(spec_of(hearings()), vars={"people": {"a": {}, "b": {}}})
    for number in range(4):
        case.do("choose").do("hear", "b", came=number)
        assert case.vars["hearing"] == {"a": {}, "b": {"hear": {"came": number}}}
        case.do("hear", "a", came=number).do("look", again=number < 3)
    assert case.outcome == "finished"


def test_expressions_see_the_items_own_answers_first() -> None:
    case = Case(spec_of(hearings()), vars={"people": {"a": {"level": 7}}, "hear": {"came": 0}})
    case.do("choose")
    scope = case.task("hear").scope
    assert case.run.evaluate("hear.came", scope) == 0
    case.act(lambda run: run.vars["hearing"]["a"].update(hear={"came": 5}))
    assert case.run.evaluate("hear.came", scope) == 5
    assert case.run.evaluate("hear.came") == 0
    assert case.run.evaluate("item.level", scope) == 7
    assert case.run.evaluate("item.key", scope) == "a"
    assert case.run.evaluate("count(values(hearing))") == 1


def nested() -> str:
    inner = (
        start("part_begun")
        + el("userTask", "sign", each("item.signers", until="done = 2"))
        + end("part_done")
        + line("part_begun", "sign", "part_done")
    )
    return (
        start() + sub("part", inner, each("units")) + user("look") + end()
        + line("begin", "part", "look", "finished")
    )  # fmt: skip


def test_items_within_items() -> None:
    units: dict[str, Any] = {
        "x": {"signers": {"1": {}, "2": {}, "3": {}}},
        "y": {"signers": {"1": {}}},
    }
    case = Case(spec_of(nested()), vars={"units": units})
    tasks = {(t.scope, t.item_key) for t in case.run.ready_tasks()}
    assert tasks == {((("part", "x"),), k) for k in "123"} | {((("part", "y"),), "1")}
    for task in case.run.ready_tasks()[:2]:
        case.do("sign", task.item_key, ok=task.item_key)
    assert case.vars["part"]["x"] == {"sign": {"1": {"ok": "1"}, "2": {"ok": "2"}}}
    assert len(case.run.ready_tasks()) == 1, "two signatures close the part, the third is gone"
    assert case.do("sign", "1").open == ["look"]


def test_operations_and_tables_run_for_each_item() -> None:
    table = (Path(__file__).parent / "tables" / "light.dmn").read_bytes()
    inner = (
        start("part_begun")
        + service("measure")
        + rule("judge", "light")
        + end("part_done")
        + line("part_begun", "measure", "judge", "part_done")
    )
    body = (
        start() + sub("part", inner, each("units")) + user("look") + end()
        + line("begin", "part", "look", "finished")
    )  # fmt: skip
    seen = []

    def measure(call: Call) -> None:
        seen.append((call.scope, call.item, call.node.id))
        assert call.item is not None
        call.here["late"] = call.item["late"]

    desk = Desk({"measure": measure})
    case = Case(
        spec_of(body, decisions={"light": table}),
        desk,
        vars={"units": {"x": {"late": 1}, "y": {"late": 9}}},
    )
    assert seen[0] == ((("part", "x"),), {"late": 1, "key": "x"}, "measure")
    assert case.vars["part"] == {
        "x": {"late": 1, "judge": {"light": "green"}, "light": "green"},
        "y": {"late": 9, "judge": {"light": "red"}, "light": "red"},
    }
    assert case.open == ["look"]


def test_a_called_process_for_each_item_shares_the_variables_of_its_item() -> None:
    called = start("q_opened") + user("mend") + end("q_done") + line("q_opened", "mend", "q_done")
    body = (
        start()
        + el("callActivity", "call_mend", each("units"), calledElement="q")
        + user("look")
        + end()
        + line("begin", "call_mend", "look", "finished")
    )
    spec = spec_of(body, diagrams={"q": definitions(called, process="q")})
    case = Case(spec, vars={"units": {"x": {}, "y": {}}})
    case.do("mend", "y", done=1).do("mend", "x", done=2)
    assert case.vars["call_mend"] == {"x": {"mend": {"done": 2}}, "y": {"mend": {"done": 1}}}
    assert case.open == ["look"]


def test_a_timer_on_a_vote_closes_it_for_all() -> None:
    body = votes() + boundary("late", "vote", timer("PT1H"), stops=True) + flow("late", "look")
    case = Case(spec_of(body), vars={"people": PEOPLE}).do("choose").do("vote", "u2")
    assert case.at(NOW.replace(hour=11)) == 1
    assert case.open == ["look"]
    assert case.vars["vote"] == {"u2": {}}
    assert case.run.wake_at is None


def test_an_act_on_a_subprocess_stops_every_item_in_it() -> None:
    body = (
        hearings()
        + boundary("stop", "hearing", message_event("stop_it"), stops=True)
        + flow("stop", "look")
    )
    case = Case(spec_of(body, extra=message("stop_it")), vars={"people": PEOPLE}).do("choose")
    case.do("hear", "u1").send("stop", why="moot")
    assert case.open == ["look"]
    assert case.vars["stop"] == {"why": "moot"}


def test_an_act_of_one_item_stays_with_that_item() -> None:
    inner = (
        start("part_begun")
        + user("work", "ask")
        + end("part_done")
        + line("part_begun", "work", "part_done")
        + boundary("more", "work", message_event("more_time"), stops=False,
                   settings=properties(nameEn="More time"))
        + line("more", "ask", "part_done")
    )  # fmt: skip
    body = (
        start() + sub("part", inner, each("units")) + user("look") + end()
        + line("begin", "part", "look", "finished")
    )  # fmt: skip
    case = Case(spec_of(body, extra=message("more_time")), vars={"units": {"x": {}, "y": {}}})
    with pytest.raises(NotReady, match="Several"):
        case.send("more_time")
    act = next(a for a in case.run.offered_acts() if a.item_key == "y")
    assert (act.attached_to, act.task_id) == ("work", case.task("work", "y").id)
    assert act.properties["nameEn"] == "More time"
    case.send("more", "y", days=3)
    assert case.vars["part"] == {"x": {}, "y": {"more": {"days": 3}}}
    assert case.open == ["ask", "work", "work"]


def test_three_hundred_sign() -> None:
    people: dict[str, Any] = {f"u{n}": {} for n in range(300)}
    spec = spec_of(votes("done >= 200"))
    case = Case(spec, vars={"people": people}).do("choose")
    run = case.run
    for number, task in enumerate(run.ready_tasks()[:200]):
        assert len(run.ready_tasks()) == 300 - number
        run.complete(task.id, {"ok": True})
    assert [task.node for task in run.ready_tasks()] == ["look"]
    assert len(run.vars["vote"]) == 200


def test_three_hundred_sign_one_by_one_and_each_signature_is_stored() -> None:
    """As in real life: read back before each vote, whoever it is, until two thirds have agreed."""
    people: dict[str, Any] = {f"u{n}": {} for n in range(300)}
    until = 'count(votes[verdict = "yes"]) * 3 >= total * 2'
    case = Case(spec_of(votes(until)), vars={"people": people}).do("choose")
    for number in range(299, 34, -1):
        case.do("vote", f"u{number}", verdict="no" if number % 4 == 0 else "yes")
    assert case.open == ["vote"] * 35
    assert case.do("vote", "u34", verdict="yes").open == ["look"]
    said = [one["verdict"] for one in case.vars["vote"].values()]
    assert (said.count("yes"), said.count("no")) == (200, 66)
    assert len(case.state) < 20_000


def test_three_hundred_hearings() -> None:
    people = {f"u{n}": {"level": n % 3} for n in range(300)}
    case = Case(spec_of(hearings()), vars={"people": people}).do("choose")
    run = case.run
    for task in run.ready_tasks():
        run.complete(task.id, {"came": True})
    for task in run.ready_tasks():
        run.complete(task.id, {"text": ""})
    assert [task.node for task in run.ready_tasks()] == ["look"]
    assert len(run.dump()) < 20_000, "finished subprocesses are not kept"


def test_items_are_done_in_another_process(tmp_path: Path) -> None:
    """Restored on a fresh spec by a process that never ran this one, items still count."""
    blob = compile_bundle(Bundle(process="p", diagrams={"p": definitions(hearings())}))
    case = Case(load_spec(blob), vars={"people": PEOPLE}).do("choose").do("hear", "u1")
    (tmp_path / "spec").write_bytes(blob)
    (tmp_path / "state").write_bytes(case.state)
    subprocess.run(
        [sys.executable, "-c", _FINISH, str(tmp_path)],
        check=True,
        cwd=Path(__file__).parents[3],
    )
    after = Execution.restore(case.spec, (tmp_path / "state").read_bytes(), host=Desk(), now=NOW)
    assert [task.node for task in after.ready_tasks()] == ["look"]


_FINISH = """
import sys
from pathlib import Path
from tests.workflows.engine.drawing import NOW, Desk
from workflows.engine import Execution, load_spec
folder = Path(sys.argv[1])
spec = load_spec((folder / "spec").read_bytes())
for _ in range(2):
    run = Execution.restore(spec, (folder / "state").read_bytes(), host=Desk(), now=NOW)
    run.complete(run.ready_tasks()[0].id, {})
    (folder / "state").write_bytes(run.dump())
"""
