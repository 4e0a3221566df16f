"""The stored state: small, in order, blind to what users write, bound to one version."""

import json
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard

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
    line,
    message,
    message_event,
    spec_of,
    start,
    sub,
    timer,
    user,
)
from workflows.engine import Bundle, EngineFault, Execution, WrongVersion, compile_bundle, load_spec
from workflows.engine.codec import FMT

LINEAR = start() + user("a", "b", "c", "d", "e", "f") + end()
LINEAR += line("begin", "a", "b", "c", "d", "e", "f", "finished")
STATES = Path(__file__).parent / "states"


def everything() -> str:
    """Items in a subprocess, timers, acts, branches and a loop."""
    inner = (
        start("part_begun") + user("work", "asked") + end("part_done") + end("asked_done")
        + boundary("late", "work", timer("P1D"), stops=True)
        + boundary("more", "work", message_event("more_time"), stops=False)
        + line("part_begun", "work", "part_done") + line("late", "part_done")
        + line("more", "asked", "asked_done")
    )  # fmt: skip
    return (
        start() + user("ask", "left", "look")
        + el("parallelGateway", "fork") + el("parallelGateway", "join")
        + sub("part", inner, each("units"))
        + el("userTask", "vote", each("people", until="done = 2"))
        + choice("again", "finished", ask="look.again") + end()
        + line("begin", "ask", "fork", "part", "join", "look", "again")
        + line("fork", "left", "join") + line("fork", "vote", "join")
    )  # fmt: skip


GIVEN: dict[str, Any] = {"units": {"x": {"n": 1}, "y": {}}, "people": {"u": {}, "v": {}, "w": {}}}
HOSTILE: dict[str, Any] = {
    "typename": "timedelta",
    "days": 1,
    "seen_events": [{"typename": "BpmnEvent"}],
    "py/object": "os.system",
    "__class__": "x",
    "nested": {"typename": "NoSuch", "list": [{"typename": None}, [1.5, None, True, "文字"]]},
    "key": "k",
    "item": {"typename": "UUID", "value": "x"},
}


def test_what_users_write_is_never_interpreted() -> None:
    case = Case(spec_of(LINEAR), vars={"typename": "datetime"})
    for name in "abcde":
        case.do(name, **HOSTILE)
    assert case.vars == {"typename": "datetime", **dict.fromkeys("abcde", HOSTILE)}


def test_hostile_items_pass_through_a_multi_instance() -> None:
    body = start() + el("userTask", "vote", each("people")) + end()
    body += line("begin", "vote", "finished")
    case = Case(spec_of(body), vars={"people": {"u": HOSTILE, "v": HOSTILE}})
    assert case.task("vote", "u").item == {**HOSTILE, "key": "u"}
    case.do("vote", "u", **HOSTILE).do("vote", "v", **HOSTILE)
    assert case.vars["vote"] == {"u": HOSTILE, "v": HOSTILE}


@pytest.mark.parametrize("seed", range(40))
def test_any_course_is_the_same_stored_or_in_memory(seed: int) -> None:
    """The same random course once stored before each act, once never stored."""
    spec = spec_of(everything(), extra=message("more_time"))
    stored = Case(spec, vars=json.loads(json.dumps(GIVEN)))
    live = Execution.start(spec, vars=json.loads(json.dumps(GIVEN)), host=Desk(), now=NOW)
    chooser = random.Random(seed)  # noqa: S311
    for _ in range(60):
        options = _options(stored.run)
        assert options == _options(live)
        if not options:
            break
        place = chooser.choice(options)
        _take(live, place)
        stored.act(_taking(place))
        assert stored.vars == live.vars
        assert stored.run.tokens() == live.tokens()
        assert stored.run.wake_at == live.wake_at
    assert stored.run.is_finished == live.is_finished


def _options(run: Execution) -> list[tuple[str, str, str]]:
    tasks = [("do", task.node, str(task.item_key)) for task in run.ready_tasks()]
    acts = [("send", act.node, str(act.item_key)) for act in run.offered_acts()]
    return sorted(tasks + acts)


def _taking(place: tuple[str, str, str]) -> Callable[[Execution], None]:
    return lambda run: _take(run, place)


def _take(run: Execution, place: tuple[str, str, str]) -> None:
    how, node, key = place
    if how == "send":
        act = next(a for a in run.offered_acts() if (a.node, str(a.item_key)) == (node, key))
        run.send(act.message, {"who": key}, act_id=act.id)
        return
    task = next(t for t in run.ready_tasks() if (t.node, str(t.item_key)) == (node, key))
    run.complete(task.id, {"who": key, "again": len(run.vars) % 3 == 0})


def test_a_state_of_another_version_is_refused() -> None:
    case = Case(spec_of(LINEAR))
    with pytest.raises(WrongVersion):
        Execution.restore(
            spec_of(everything(), message("more_time")), case.state, host=Desk(), now=NOW
        )
    xml = definitions(LINEAR)
    form = {"a.schema.json": b"{}"}
    other = load_spec(compile_bundle(Bundle(process="p", diagrams={"p": xml}, forms=form)))
    with pytest.raises(WrongVersion):
        Execution.restore(other, case.state, host=Desk(), now=NOW)


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"garbage",
        zstandard.compress(b"[]"),
        zstandard.compress(b"{}"),
        zstandard.compress(b"not json"),
        zstandard.compress(orjson.dumps({"f": FMT + 1})),
        zstandard.compress(orjson.dumps({"f": str(FMT)})),
    ],
)
def test_what_is_no_state_of_this_format_is_refused(state: bytes) -> None:
    with pytest.raises(WrongVersion):
        Execution.restore(spec_of(LINEAR), state, host=Desk(), now=NOW)


@pytest.mark.parametrize("blob", [b"", b"x", zstandard.compress(b'{"fmt": 99}')])
def test_what_is_no_definition_is_refused(blob: bytes) -> None:
    with pytest.raises(WrongVersion):
        load_spec(blob)


@pytest.mark.parametrize(
    "value", [NOW, Decimal(1), {1, 2}, b"x", object(), 2**80, {1: 2}, "\ud800"]
)
def test_variables_are_plain_json_or_are_refused(value: object) -> None:
    run = Execution.start(spec_of(LINEAR), vars={"a": value}, host=Desk(), now=NOW)
    with pytest.raises(EngineFault, match="JSON"):
        run.dump()


def test_a_simple_case_in_the_middle_takes_less_than_two_kilobytes() -> None:
    answers = {"opinion": "经核实，情况属实，拟同意。" * 4, "verdict": "approve", "n": 3}
    case = Case(spec_of(LINEAR))
    for name in "abc":
        case.do(name, **answers)
    assert len(case.state) < 1024
    rich = Case(spec_of(everything(), extra=message("more_time")), vars=GIVEN)
    rich.do("ask", **answers).do("work", "x", **answers)
    assert len(rich.state) < 2048


def test_the_same_diagram_compiles_to_the_same_bytes() -> None:
    bundle = Bundle(
        process="p", diagrams={"p": definitions(everything(), extra=message("more_time"))}
    )
    assert compile_bundle(bundle) == compile_bundle(bundle)
    assert load_spec(compile_bundle(bundle)) is load_spec(compile_bundle(bundle))


@pytest.mark.parametrize("path", sorted(STATES.glob("fmt*.state")), ids=lambda path: path.stem)
def test_every_stored_format_still_runs_to_its_end(path: Path) -> None:
    """States written by the code of their day, beside the diagram they belong to."""
    diagram = path.with_suffix(".bpmn").read_bytes()
    spec = load_spec(compile_bundle(Bundle(process="p", diagrams={"p": diagram})))
    run = Execution.restore(spec, path.read_bytes(), host=Desk(), now=NOW)
    waiting = sorted(f"{task.node} {task.item_key}" for task in run.ready_tasks())
    assert waiting == ["asked x", "left None", "vote u", "vote w", "work x", "work y"]
    assert run.wake_at == datetime(2026, 3, 3, 9, tzinfo=UTC)
    assert run.vars["vote"] == {"v": {"verdict": "同意"}}
    for _ in range(20):
        for task in run.ready_tasks()[:1]:
            run.complete(task.id, {})
    assert run.outcome == "finished"


@pytest.mark.parametrize(
    ("hours", "payload", "waiting"),
    [(0, {"amount": 3}, "archive"), (2, None, "chase"), (9, None, "chase")],
)
def test_a_stored_wait_for_the_first_event_goes_on(
    hours: int, payload: dict[str, Any] | None, waiting: str
) -> None:
    """An event gateway in a subprocess that was under way when it was stored (engine.md §0, 9)."""
    diagram = (STATES / "waiting1.bpmn").read_bytes()
    spec = load_spec(compile_bundle(Bundle(process="p", diagrams={"p": diagram})))
    state, now = (STATES / "waiting1.state").read_bytes(), NOW + timedelta(hours=hours)
    run = Execution.restore(spec, state, host=Desk(), now=now)
    assert (run.tokens(), run.awaited_messages()) == (["part", "which"], ["paid"])
    if payload is None:
        assert run.advance() == 1
    else:
        run.send("payment", payload)
    (task,) = run.ready_tasks()
    assert task.node == waiting
    run.complete(task.id, {})
    assert run.outcome == "finished"


def test_a_restored_task_has_what_a_new_one_has() -> None:
    """The codec makes tasks past their constructor; a library that adds something shows here."""
    spec = spec_of(LINEAR)
    new = Execution.start(spec, vars={}, host=Desk(), now=NOW)
    old = Execution.restore(spec, new.dump(), host=Desk(), now=NOW)
    for before, after in zip(
        new._workflow.tasks.values(), old._workflow.tasks.values(), strict=True
    ):
        assert set(vars(before)) == set(vars(after))
        for name in ("id", "_parent", "_children", "_state", "triggered", "thread_id", "data"):
            assert getattr(before, name) == getattr(after, name), name
        assert before.task_spec is after.task_spec


def test_there_is_a_stored_state_of_the_present_format() -> None:
    assert (STATES / f"fmt{FMT}.state").is_file()
