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
    flows,
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


def _repeats(payload: str) -> str:
    again = boundary("x", "a", timer(payload, "timeCycle"), interrupting=False)
    return line(user("a")) + again + service("s") + '<endEvent id="told"/>' + flows("x s told")


UNTIL = "completionCondition"
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
    "timer cycle": _repeats,
    "prescript": lambda p: _in_extension(f"<spiffworkflow:preScript>{p}</spiffworkflow:preScript>"),
    "postscript": lambda p: _in_extension(
        f"<spiffworkflow:postScript>{p}</spiffworkflow:postScript>"
    ),
    "cardinality": lambda p: _many("loopCardinality", p),
    "collection": lambda p: _many("loopDataInputRef", p),
    "completion": lambda p: line(user("x", multi("rule.all", f"<{UNTIL}>{p}</{UNTIL}>"))),
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


# Where the refusal stands, and the rules that may say it: one of what is written, or one of the
# place itself, where nothing may be written at all.
WRITTEN = frozenset({"foreign-expression", "expression-unreadable"})
TOLD: dict[str, tuple[str, frozenset[str]]] = {
    "script": ("x", frozenset({"script-not-allowed"})),
    "condition": ("g_a", WRITTEN),
    "timer date": ("x", WRITTEN),
    "timer duration": ("x", WRITTEN),
    "timer cycle": ("x", WRITTEN),
    "prescript": ("x", frozenset({"script-not-allowed"})),
    "postscript": ("x", frozenset({"script-not-allowed"})),
    "cardinality": ("x", frozenset({"multi-instance-cardinality"})),
    "collection": ("x", WRITTEN),
    "completion": ("x", WRITTEN),
    "conditional event": ("x", frozenset({"unsupported-event"})),
    "message payload": ("x", frozenset({"unknown-setting"})),
    "service parameter": ("x", WRITTEN),
    "correlation": ("e", frozenset({"unsupported-element"})),
    "decision input": ("t", frozenset({"decision-refused"})),
    "decision cell": ("t", frozenset({"decision-refused"})),
    "decision output": ("t", frozenset({"decision-refused"})),
    "due": ("x", WRITTEN),
    "who": ("x", frozenset({"who-unreadable"})),
}
# The same field with something that is allowed there; without the field, where nothing is.
TWINS: dict[str, Bundle | bytes | str] = {
    "script": line(service("x")),
    "condition": _asks('a.verdict = "yes"'),
    "timer date": FIELDS["timer date"]("due.a"),
    "timer duration": FIELDS["timer duration"]("PT1H"),
    "timer cycle": FIELDS["timer cycle"]("R3/PT1H"),
    "prescript": line(user("x")),
    "postscript": line(user("x")),
    "cardinality": _many("loopDataInputRef", "rule.all"),
    "collection": _many("loopDataInputRef", "rule.all"),
    "completion": FIELDS["completion"]("done = total"),
    "conditional event": line(catch("x")),
    "message payload": line(user("x")),
    "service parameter": _parameter("rule.a"),
    "correlation": line(user("a")),
    "decision input": _table("days.left", "days.right"),
    "decision cell": _table("&lt; 0", "&gt; 1"),
    "decision output": _table('"red"', '"blue"'),
    "due": FIELDS["due"]("workdays(3)"),
    "who": _who("min"),
}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("payload", PAYLOADS)
def test_code_is_refused_in_every_field(field: str, payload: str) -> None:
    """By the rule that says why, at the element that holds it; by no other accident."""
    element, rules = TOLD[field]
    told = {(fault.rule, fault.element) for fault in faults_of(FIELDS[field](payload))}
    assert told & {(rule, element) for rule in rules}, told
    if rules == WRITTEN:
        assert {rule for rule, _ in told} <= WRITTEN, told


@pytest.mark.parametrize("field", FIELDS)
def test_the_same_diagram_without_the_code_is_taken(field: str) -> None:
    """The vectors are refused for what they say, not for how they are put."""
    faults = faults_of(TWINS[field])
    assert not faults, [(fault.rule, fault.element, fault.en) for fault in faults]
