"""Examples of the rules on settings, people, forms, calls and decisions."""

import json
from typing import Any

from tests.workflows.engine.validation.case import Case
from tests.workflows.engine.validation.sketch import (
    MESSAGE,
    SCHEMA,
    TABLE,
    UI,
    File,
    boundary,
    bundle,
    diagram,
    flow,
    line,
    node,
    rule,
    service,
    timer,
    user,
)
from workflows.engine.bundle import Bundle

GOOD = line(user("a"))


def late(*, interrupting: bool, **properties: str) -> str:
    """A task with a clock and a timer."""
    return (
        line(user("a", due="workdays(3)", **properties))
        + boundary("gone", "a", timer("workdays(3)"), interrupting=interrupting)
        + service("s")
        + '<endEvent id="noted"/>'
        + flow("gone", "s")
        + flow("s", "noted")
    )


def act(**properties: str) -> str:
    """An act offered beside a task."""
    event = boundary("ask", "a", MESSAGE, interrupting=False, **properties)
    return (
        GOOD
        + event
        + service("s")
        + '<endEvent id="asked"/>'
        + flow("ask", "s")
        + flow("s", "asked")
    )


SETTINGS = [
    Case("property-unknown", "a", line(user("a", formkey="x")), GOOD),
    Case("property-unknown", "a", line(user("a", bounded="3")), line(service("a", bounded="3"))),
    Case("property-unknown", "demo", diagram(GOOD, require="meeting"), diagram(GOOD, number="1")),
    Case(
        "property-twice",
        "a",
        line(
            user("a").replace(
                "</spiffworkflow:properties>",
                '<spiffworkflow:property name="who" value="subject"/></spiffworkflow:properties>',
            )
        ),
        GOOD,
    ),
    *(
        Case("property-value", "a", line(user("a", due="workdays(3)", **{name: value})), GOOD)
        for name, value in (
            ("clock", "Q"),
            ("act", "decison"),
            ("opinion", "maybe"),
            ("batch", "no"),
            ("signature", "true"),
        )
    ),
    Case("due-missing", "a", line(user("a", clock="N")), line(user("a", clock="N", due="due.a"))),
    Case(
        "clock-without-timer",
        "a",
        late(interrupting=True, clock="P"),
        late(interrupting=False, clock="P"),
    ),
    Case(
        "clock-without-timer",
        "a",
        late(interrupting=False, clock="X"),
        late(interrupting=True, clock="X"),
    ),
    Case("clock-without-timer", "a", line(user("a", clock="P", due="due.a")), GOOD),
    Case(
        "document-unknown",
        "a",
        line(user("a", documents="letter, lost")),
        line(user("a", documents="letter")),
    ),
]
WHO = [
    Case("who-missing", "a", line(user("a", who="")), GOOD),
    Case("who-missing", "ask", act(who=""), act()),
    *(
        Case("who-unreadable", "a", line(user("a", who=who)), line(user("a", who="min not(a)")))
        for who in (
            "handler",
            "role()",
            "role(a, b, c)",
            "roll(handler)",
            "not(a)",
            "level(work_committee, boss)",
            "role(handler) not",
            "role(handler",
            "role(__import__('os'))",
            "post(lead_unit)",
        )
    ),
    *(
        Case("who-unknown-node", "a", line(user("a", who=who), service("s")), GOOD)
        for who in ("same(lost)", "role(handler) not(lost)", "same(s)")
    ),
]


def with_form(schema: Any, ui: Any = UI) -> Bundle:
    """Give task a the form `own`."""

    def written(value: Any) -> bytes:
        return value if isinstance(value, bytes) else json.dumps(value).encode()

    files = {"own.schema.json": written(schema), "own.ui.json": written(ui)}
    return bundle(line(user("a", formKey="own")), forms=files)


def field(**keywords: Any) -> dict[str, Any]:
    """The usual form with a changed verdict."""
    return {**SCHEMA, "properties": {**SCHEMA["properties"], "verdict": keywords}}  # type: ignore[dict-item]


def with_rights(batch: str = "", **nodes: object) -> Bundle:
    """Tasks a and b show the form `own`, with these rights at each."""
    ui = {**UI, "nodes": nodes} if nodes else UI
    tasks = line(user("a", formKey="own"), user("b", formKey="own", batch=batch))
    return bundle(tasks, forms=with_form(SCHEMA, ui).forms)


FINE = with_form(SCHEMA)
CLOSED = {"verdict": "hide"}
SHARED = with_rights(b={**CLOSED, "date": "read"})
UNSHOWN: list[dict[str, Any]] = [
    {"title": "verdict"},
    {"type": ["string", "null"]},
    {"type": "string", "enum": ["a", ["b"]]},
    {"type": "string", "title_en": 3},
    {"type": "string", "x-ref": ["user"]},
    {"type": "array", "items": True},
    {"type": "array", "items": {"type": "object"}},
    {"type": "array", "items": {"type": "object", "properties": {"a-b": {"type": "string"}}}},
    {"type": "string", "allOf": [{"$ref": "#/properties/lost"}]},
]
LAID_OUT_BADLY: list[dict[str, Any]] = [
    {"help": 3},
    {"fields": {"verdict": []}},
    {"fields": {"verdict": {"labels": ["a"]}}},
    {"fields": {"verdict": {"access": "see"}}},
    {"fields": {"verdict": {"fields": {"a": {"show_if": 3}}}}},
]
FORMS = [
    Case("form-missing", "a", line(user("a", formKey="lost")), GOOD),
    Case("form-missing", "a", line(user("a", formKey="")), line(user("form", formKey=""))),
    Case("form-missing", "ask", act(formKey=""), act()),
    Case("form-not-json", "a", with_form(b"{"), FINE),
    Case("form-not-json", "a", with_form([]), FINE),
    Case("form-not-json", "a", with_form(b"[" * 50_000), FINE),
    Case("form-not-json", "a", with_form(b" " * 100_001), FINE),
    Case("form-not-json", "a", with_form(SCHEMA, {"order": {}, "fields": []}), FINE),
    Case("form-invalid", "a", with_form({"type": "array"}), FINE),
    Case("form-invalid", "a", with_form(field(type="strng")), FINE),
    Case("form-invalid", "a", with_form(field(pattern="(")), FINE),
    Case("form-invalid", "a", with_form(field(**{"$ref": "http://example.org/x"})), FINE),
    Case("form-invalid", "a", with_form({**SCHEMA, "properties": {"verdict": True}}), FINE),
    *(Case("form-page", "a", with_form(field(**said)), FINE) for said in UNSHOWN),
    *(Case("form-page", "a", with_form(SCHEMA, {**UI, **said}), FINE) for said in LAID_OUT_BADLY),
    Case("form-unknown-field", "a", with_form({**SCHEMA, "required": ["lost"]}), FINE),
    Case(
        "form-unknown-field",
        "a",
        with_form(SCHEMA, {**UI, "order": ["verdict", "date", "x"]}),
        FINE,
    ),
    Case("form-unknown-field", "a", with_form(SCHEMA, {**UI, "fields": {"lost": {}}}), FINE),
    Case("form-field-not-shown", "a", with_form(SCHEMA, {**UI, "order": ["verdict"]}), FINE),
    *(
        Case(
            "form-show-if",
            "a",
            with_form(SCHEMA, {**UI, "fields": {"date": {"show_if": text}}}),
            FINE,
        )
        for text in ("verdict =", "lost = 1", 3, "__import__('os')")
    ),
    Case("form-page", "a", with_rights(a={"verdict": "see"}), FINE),
    Case("form-page", "a", with_rights(a=["verdict"]), FINE),
    Case("form-step-unknown", "a", with_rights(lost={"date": "read"}), SHARED),
    Case("form-step-unknown", "b", with_rights(begun={"date": "read"}), SHARED),
    Case("form-step-field", "a", with_rights(b={"lost": "read"}), SHARED),
    Case("form-step-field", "a", with_rights(b={"date.lost": "read"}), SHARED),
    Case("form-never-written", "a", with_rights(a=CLOSED, b={"verdict": "read"}), SHARED),
    Case(
        "form-never-written",
        "a",
        with_form(SCHEMA, {**UI, "fields": {"verdict": {"access": "hide"}}}),
        with_form(
            SCHEMA,
            {**UI, "fields": {"verdict": {"access": "hide"}}, "nodes": {"a": {"verdict": "write"}}},
        ),
    ),
    Case(
        "form-step-batch", "b", with_rights(b={"date": "hide"}, batch="yes"), with_rights(b=CLOSED)
    ),
]
CALL = '<spiffworkflow:serviceTaskOperator id="note"/>'


def other(node: str) -> bytes:
    """Write the process `other`, whose start and end have ids of their own."""
    body = line(node).replace("begun", "other_begun").replace("finished", "other_finished")
    return diagram(body, File(id="other"))


CALLED = other(user("inner"))


def calling(called: str | None, xml: bytes = CALLED, name: str = "other") -> Bundle:
    """Call another process."""
    attributes = f'calledElement="{called}"' if called else ""
    return bundle(line(node("callActivity", "c", attributes=attributes)), diagrams={name: xml})


BACK = other(node("callActivity", "back", attributes='calledElement="demo"'))
CALLS = [
    Case("operation-missing", "s", line(node("serviceTask", "s")), line(service("s"))),
    Case("operation-unknown", "s", line(service("s", operation="rm_rf")), line(service("s"))),
    Case(
        "operation-misplaced",
        "a",
        line(user("a").replace("</extensionElements>", CALL + "</extensionElements>")),
        GOOD,
    ),
    Case(
        "operation-result",
        "s",
        line(service("s").replace('id="note"', 'id="note" resultVariable="x"')),
        line(service("s")),
    ),
    Case(
        "parameter-incomplete",
        "s",
        line(service("s", more='<spiffworkflow:parameter id="p" value="1"/>')),
        line(service("s", more='<spiffworkflow:parameter id="p" type="int" value="1"/>')),
    ),
    Case(
        "parameter-unknown",
        "s",
        line(service("s", more='<spiffworkflow:parameter id="q" type="int" value="1"/>')),
        line(service("s", more='<spiffworkflow:parameter id="p" type="int" value="1"/>')),
    ),
    Case("decision-missing", "r", line(rule("r", "")), line(rule("r"))),
    Case("decision-unknown", "r", line(rule("r", "lost")), line(rule("r"))),
    Case("call-missing", "c", calling(None), calling("other")),
    Case("call-unknown", "c", calling("lost"), calling("other")),
    Case("call-circular", "c", calling("other", BACK), calling("other")),
    Case(
        "duplicate-id-across-files",
        "c",
        calling("other", other(user("c"))),
        calling("other"),
        frozenset({"duplicate-id-across-files"}),
    ),
    Case("id-clashes-with-output", "colour", line(rule("colour")), line(rule("light"))),
]


def with_table(table: str) -> Bundle:
    return bundle(line(rule("r")), decisions={"light": table.encode()})


ROW = (
    '<rule id="n{0}"><inputEntry id="i{0}"><text>[{0}..{0}]</text></inputEntry>'
    '<outputEntry id="w{0}"><text>"red"</text></outputEntry></rule>'
)
MANY = TABLE.replace('<rule id="r1">', "".join(map(ROW.format, range(900))) + '<rule id="r1">')
TABLES = [
    Case("decision-refused", "t", with_table(TABLE.replace("&lt; 0", cell)), line(rule("r")))
    for cell in ("1 +", "__import__('os')", "[1..", "((")
]
LONG = "1," * 9_000 + "1"
TABLES += [
    Case(
        "decision-too-big",
        None,
        with_table(TABLE.replace("&lt; 0", LONG).replace(">-<", f">{LONG}<")),
        GOOD,
    ),
    # Past what can be tried out, a table is read all the same.
    Case("decision-refused", "t", with_table(MANY.replace("[7..7]", "[7..")), with_table(MANY)),
]
CASES = [*SETTINGS, *WHO, *FORMS, *CALLS, *TABLES]
