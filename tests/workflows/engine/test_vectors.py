"""Code smuggled into a diagram is not let in; and if it were, nothing would execute it.

Each vector once reached the operating system on the library's own settings. Here the last door is
taken away, so that the run itself has to hold.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
    extension,
    flow,
    line,
    message,
    rule,
    spec_of,
    start,
    timer,
    user,
    wait,
)
from workflows.engine import Bundle, EngineFault, Execution, load_spec
from workflows.engine.decisions import DecisionFault
from workflows.engine.environment import FeelEngine
from workflows.engine.specs import compile_roots
from workflows.engine.xml import parse_safely

POPEN = '[x for x in ().__class__.__base__.__subclasses__() if x.__name__ == "Popen"]'
PYTHON = [
    "__import__('os').system('touch {file}')",
    '__import__("os").system("touch {file}")',
    "().__class__.__base__.__subclasses__()",
    f'{POPEN}[0]("touch {{file}}")',
    "open('{file}', 'w')",
    "exec('import os')",
]
CODE = [*PYTHON, "9**9**9**9"]  # the last is FEEL as well, and bounded
FORBIDDEN = {"exec", "compile", "import", "open", "os.system", "subprocess.Popen", "os.exec"}
_heard: list[str] = []
_listening = False


def _hook(event: str, _: tuple[Any, ...]) -> None:
    if _listening and event in FORBIDDEN:
        _heard.append(event)


sys.addaudithook(_hook)


@contextmanager
def listening() -> Iterator[list[str]]:
    """Collect what the interpreter reports while a command runs."""
    global _listening
    _heard.clear()
    _listening = True
    try:
        yield _heard
    finally:
        _listening = False


def asked(*parts: str) -> str:
    return start() + user("ask", "after") + end() + "".join(parts)


def _script(code: str) -> str:
    task = el("scriptTask", "x", f"<bpmn:script>{code}</bpmn:script>")
    return asked(task, line("begin", "ask", "x", "after", "finished"))


def _pre_script(code: str) -> str:
    task = el(
        "userTask", "x", extension(f"<spiffworkflow:preScript>{code}</spiffworkflow:preScript>")
    )
    return asked(task, line("begin", "ask", "x", "after", "finished"))


def _post_script(code: str) -> str:
    return _pre_script(code).replace("preScript", "postScript")


def _condition(code: str) -> str:
    way = flow("which", "after", code)
    gateway = el("exclusiveGateway", "which", default="other") + flow(
        "which", "finished", name="other"
    )
    return asked(gateway, way, line("begin", "ask", "which"), line("after", "finished"))


def _timer(code: str) -> str:
    return asked(wait("x", code), line("begin", "ask", "x", "after", "finished"))


def _boundary_timer(code: str) -> str:
    late = boundary("x", "after", timer(code, "timeCycle"), stops=False)
    return asked(late, end("gone"), line("begin", "ask", "after", "finished"), flow("x", "gone"))


def _cardinality(code: str) -> str:
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics>"
        f"<bpmn:loopCardinality>{code}</bpmn:loopCardinality>"
        "</bpmn:multiInstanceLoopCharacteristics>"
    )
    return asked(el("userTask", "x", loop), line("begin", "ask", "x", "after", "finished"))


def _collection(code: str) -> str:
    return asked(el("userTask", "x", each(code)), line("begin", "ask", "x", "after", "finished"))


def _completion(code: str) -> str:
    task = el("userTask", "x", each("{a: {}, b: {}}", until=code))
    return asked(task, line("begin", "ask", "x", "after", "finished"))


def _conditional_event(code: str) -> str:
    event = (
        f"<bpmn:conditionalEventDefinition><bpmn:condition>{code}</bpmn:condition>"
        "</bpmn:conditionalEventDefinition>"
    )
    task = el("intermediateCatchEvent", "x", event)
    return asked(task, line("begin", "ask", "x", "after", "finished"))


def _payload(code: str) -> str:
    event = (
        '<bpmn:messageEventDefinition messageRef="m"><bpmn:extensionElements>'
        f"<spiffworkflow:messagePayload>{code}</spiffworkflow:messagePayload>"
        f"<spiffworkflow:messageVariable>{code}</spiffworkflow:messageVariable>"
        "</bpmn:extensionElements></bpmn:messageEventDefinition>"
    )
    task = el("intermediateThrowEvent", "x", event)
    return asked(task, line("begin", "ask", "x", "after", "finished"))


def _parameter(code: str) -> str:
    operator = (
        '<spiffworkflow:serviceTaskOperator id="op"><spiffworkflow:parameters>'
        f'<spiffworkflow:parameter id="a" type="any" value="{code}"/>'
        "</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
    )
    task = el("serviceTask", "x", extension(operator))
    return asked(task, line("begin", "ask", "x", "after", "finished"))


VECTORS = {
    one.__name__: one
    for one in (
        _script, _pre_script, _post_script, _condition, _timer, _boundary_timer, _cardinality,
        _collection, _completion, _conditional_event, _payload, _parameter,
    )
}  # fmt: skip


def escaped(code: str, file: Path) -> str:
    code = code.replace("{file}", str(file))
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), ('"', "&quot;")):
        code = code.replace(sign, name)
    return code


def _run(case: Case) -> None:
    """Ask, then do whatever opens, wake up, and store in between."""
    case.do("ask", n=1)
    case.at(NOW.replace(year=2030))
    for task in case.run.ready_tasks():
        case.act(lambda run, task=task: run.complete(task.id, {}))  # type: ignore[misc]


@pytest.mark.parametrize("code", CODE)
@pytest.mark.parametrize("vector", VECTORS)
def test_a_vector_that_got_past_the_door_executes_nothing(
    vector: str, code: str, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    _warm_up()
    xml = definitions(VECTORS[vector](escaped(code, mark)), extra=message("m"))
    bundle = Bundle(process="p", diagrams={"p": xml})
    try:
        spec = load_spec(compile_roots(bundle, {"p": parse_safely(xml)}))
    except EngineFault:
        return  # even without the door it is not taken
    case = Case(spec)
    with listening() as heard:
        try:
            _run(case)
        except EngineFault as fault:
            assert fault.zh  # noqa: PT017
    assert heard == []
    assert not mark.exists()
    assert "n" in case.vars.get("ask", {"n": 1})


@pytest.mark.parametrize("vector", ["_script", "_pre_script", "_post_script", "_cardinality",
                                    "_conditional_event", "_payload"])  # fmt: skip
def test_the_door_is_closed_to_what_holds_code(vector: str) -> None:
    with pytest.raises(EngineFault) as refusal:
        spec_of(VECTORS[vector]("1"), extra=message("m"))
    assert refusal.value.node == "x"
    assert refusal.value.zh


@pytest.mark.parametrize("code", PYTHON)
def test_an_expression_never_executes(code: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    _warm_up()
    run = Case(spec_of(_condition("true"))).run
    with listening() as heard, pytest.raises(EngineFault):
        run.evaluate(code.replace("{file}", str(mark)))
    assert heard == []
    assert not mark.exists()


@pytest.mark.parametrize("code", PYTHON)
def test_what_bypasses_the_script_engine_is_feel_too(code: str) -> None:
    """Correlations and ad-hoc conditions go to the environment without a task."""
    _warm_up()
    run: Execution = Case(spec_of(_condition("true")), vars={"n": 3}).run
    engine: FeelEngine = run._workflow.script_engine
    assert engine.environment.evaluate("n + m", {"m": 4}) == 7
    with listening() as heard:
        with pytest.raises(EngineFault):
            engine.environment.evaluate(code, {})
        with pytest.raises(EngineFault, match="not executed"):
            engine.environment.execute(code, {})
        with pytest.raises(EngineFault, match="service"):
            engine.environment.call_service({}, operation_name=code)
    assert heard == []


PLACES = ("<text>late</text>", "<text>&lt; 3</text>", '<text>"green"</text>')


@pytest.mark.parametrize("code", PYTHON)
@pytest.mark.parametrize("place", PLACES)
def test_a_decision_table_never_executes(place: str, code: str, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    table = (Path(__file__).parent / "tables" / "light.dmn").read_text()
    table = table.replace(place, f"<text>{escaped(code, mark)}</text>")
    body = asked(rule("judge", "light"), line("begin", "ask", "judge", "after", "finished"))
    _warm_up()
    spec = spec_of(body, decisions={"light": table.encode()})
    case = Case(spec, vars={"late": 1})
    with listening() as heard:
        try:
            case.do("ask")
        except (EngineFault, DecisionFault) as fault:
            assert fault.zh  # noqa: PT017
    assert heard == []
    assert not mark.exists()
    assert "judge" not in case.vars


def test_the_listener_hears() -> None:
    with listening() as heard:
        eval("1 + 1")  # noqa: S307
    assert heard


def _warm_up() -> None:
    """What is loaded on first use is loaded now, not while somebody listens."""
    table = (Path(__file__).parent / "tables" / "light.dmn").read_bytes()
    body = (
        start() + user("ask") + rule("judge", "light") + wait("pause", "PT1H")
        + choice("which", "finished", ask='date("2026-01-01") > date("2025-01-01") and judge.n')
        + end() + line("begin", "ask", "judge", "pause", "which")
    )  # fmt: skip
    case = Case(spec_of(body, decisions={"light": table}), Desk(), vars={"late": 1}).do("ask")
    case.at(NOW.replace(hour=20))
    with pytest.raises(EngineFault):
        case.run.evaluate("(")
