"""The thirteen ways in which an expression reached the operating system, in every field."""

from collections.abc import Callable

import pytest

from tests.workflows.engine.validation.case import faults_of
from tests.workflows.engine.validation.sketch import (
    TABLE,
    File,
    boundary,
    bundle,
    catch,
    diagram,
    flow,
    line,
    multi,
    node,
    rule,
    service,
    timer,
    user,
)
from workflows.engine.bundle import Bundle

PAYLOADS = (
    "__import__('os').system('id')",
    "().__class__.__bases__[0].__subclasses__()",
    'open("/etc/passwd").read()',
    "${T(java.lang.Runtime).getRuntime().exec('id')}",
    "(lambda: 1)()",
)
SETTING = "</extensionElements>"


def _in_extension(text: str) -> str:
    return line(user("x").replace(SETTING, text + SETTING))


def _asks(payload: str) -> str:
    body = line(user("a"), node("exclusiveGateway", "g", attributes='default="g_finished"'))
    return body + flow("g", "a", payload)


def _table(old: str, payload: str) -> Bundle:
    table = TABLE.replace(old, payload)
    assert table != TABLE
    return bundle(line(rule("r")), decisions={"light": table.encode()})


def _many(tag: str, payload: str) -> str:
    return line(user("x", multi("", f"<{tag}>{payload}</{tag}>")))


def _parameter(payload: str) -> str:
    quoted = payload.replace('"', "&quot;")
    item = f'<spiffworkflow:parameter id="p" type="str" value="{quoted}"/>'
    return line(service("x", more=f"<spiffworkflow:parameters>{item}</spiffworkflow:parameters>"))


def _who(payload: str) -> str:
    return line(user("x", who=payload))


CORRELATION = (
    '<correlationProperty id="p"><correlationPropertyRetrievalExpression id="e">'
    "<messagePath>{}</messagePath></correlationPropertyRetrievalExpression></correlationProperty>"
)
CONDITIONAL = "<conditionalEventDefinition><condition>{}</condition></conditionalEventDefinition>"
PAYLOAD = "<spiffworkflow:messagePayload>{}</spiffworkflow:messagePayload>"
FIELDS: dict[str, Callable[[str], Bundle | bytes | str]] = {
    "script": lambda p: line(node("scriptTask", "x", f"<script>{p}</script>")),
    "condition": _asks,
    "timer date": lambda p: line(catch("x", timer(p))),
    "timer duration": lambda p: line(catch("x", timer(p, "timeDuration"))),
    "timer cycle": lambda p: line(user("a")) + boundary("x", "a", timer(p, "timeCycle")),
    "prescript": lambda p: _in_extension(f"<spiffworkflow:preScript>{p}</spiffworkflow:preScript>"),
    "postscript": lambda p: _in_extension(
        f"<spiffworkflow:postScript>{p}</spiffworkflow:postScript>"
    ),
    "cardinality": lambda p: _many("loopCardinality", p),
    "collection": lambda p: _many("loopDataInputRef", p),
    "completion": lambda p: _many("completionCondition", p),
    "conditional event": lambda p: line(catch("x", CONDITIONAL.format(p))),
    "message payload": lambda p: _in_extension(PAYLOAD.format(p)),
    "service parameter": _parameter,
    "correlation": lambda p: diagram(line(user("a")), File(before=CORRELATION.format(p))),
    "decision input": lambda p: _table("days.left", p),
    "decision cell": lambda p: _table("&lt; 0", p),
    "decision output": lambda p: _table('"red"', p),
    "due": lambda p: line(user("x", due=p)),
    "who": _who,
}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_code_is_refused_in_every_field(field: str, payload: str) -> None:
    assert faults_of(FIELDS[field](payload))


def test_the_fields_are_whole_when_the_expression_is() -> None:
    """The vectors are refused for what they say, not for how they are put."""
    harmless = {
        "condition": 'a.verdict = "yes"',
        "timer date": "due.a",
        "timer duration": "PT1H",
        "service parameter": "rule.a",
        "decision input": "days.left",
        "decision cell": "&gt; 1",
        "decision output": '"blue"',
        "due": "workdays(3)",
        "who": "min",
    }
    for field, text in harmless.items():
        subject = FIELDS[field](text) if text != "days.left" else line(rule("r"))
        assert not faults_of(subject), field
