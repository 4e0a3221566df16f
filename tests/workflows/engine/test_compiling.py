"""What is read from diagrams and folders, and what is refused rather than misread."""

import codecs
from pathlib import Path

import pytest

from tests.workflows.engine.drawing import (
    Case,
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
from workflows.engine import Bundle, DiagramFault, EngineFault, compile_bundle, load_spec
from workflows.engine.xml import MAX_BYTES, parse_safely

GOOD = start() + user("a") + end() + line("begin", "a", "finished")
LAUGHS = """<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]><x>&d;</x>"""


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"not xml",
        b"<a><b></a>",
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/x.dtd"><a/>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/x"> %x;]><a/>',
        LAUGHS.encode(),
        codecs.BOM_UTF16_LE + "<!DOCTYPE a><a/>".encode("utf-16-le"),
        b"<a>&undefined;</a>",
        b"<a>" + b"x" * MAX_BYTES + b"</a>",
        b"<a>" * 400 + b"</a>" * 400,
        b'<?xml version="1.0" encoding="nonsense"?><a/>',
        b"<a>\xff</a>",
    ],
    ids=range(14),
)
def test_xml_that_is_not_taken(data: bytes) -> None:
    with pytest.raises(DiagramFault) as refusal:
        parse_safely(data)
    assert refusal.value.zh
    assert refusal.value.en


def test_comments_and_instructions_are_dropped() -> None:
    root = parse_safely("<?xml version='1.0'?><a><!-- x --><?do it?><b>\u540c</b></a>".encode())
    assert [child.tag for child in root] == ["b"]


def refused(body: str, extra: str = "") -> DiagramFault:
    with pytest.raises(DiagramFault) as refusal:
        spec_of(body, extra=extra)
    assert refusal.value.zh
    return refusal.value


UNSUPPORTED = [
    "task", "manualTask", "scriptTask", "sendTask", "receiveTask", "complexGateway", "transaction",
    "adHocSubProcess", "intermediateThrowEvent", "callChoreography", "dataStoreReference",
]  # fmt: skip


@pytest.mark.parametrize("kind", UNSUPPORTED)
def test_elements_the_engine_would_drop_or_misread_are_refused(kind: str) -> None:
    body = start() + el(kind, "odd") + end() + line("begin", "odd", "finished")
    fault = refused(body)
    assert fault.node == "odd"
    assert kind in fault.en


EVENTS = ["signal", "error", "escalation", "compensate", "conditional", "link", "cancel"]


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("place", ["startEvent", "endEvent", "intermediateCatchEvent", "boundary"])
def test_events_that_would_become_nothing_are_refused(event: str, place: str) -> None:
    inner = f"<bpmn:{event}EventDefinition/>"
    odd = (
        boundary("odd", "a", inner, stops=True) if place == "boundary" else el(place, "odd", inner)
    )
    ends = "" if place == "endEvent" else flow("odd", "finished")
    assert refused(GOOD + odd + ends).node == "odd"


@pytest.mark.parametrize(
    ("node", "body"),
    [
        ("odd", el("subProcess", "odd", triggeredByEvent="true")),
        ("odd", el("userTask", "odd", "<bpmn:standardLoopCharacteristics/>")),
        ("odd", el("userTask", "odd", "<bpmn:multiInstanceLoopCharacteristics/>")),
        ("odd", el("userTask", "odd", startQuantity="2")),
        ("odd", el("userTask", "odd", completionQuantity="2")),
        ("odd", el("endEvent", "odd", "<bpmn:eventDefinitionRef>x</bpmn:eventDefinitionRef>")),
        ("odd", el("intermediateCatchEvent", "odd") + flow("odd", "finished")),
        ("odd", el("intermediateCatchEvent", "odd", timer("PT1H") + message_event("m"))),
        ("odd", el("startEvent", "odd", timer("PT1H")) + flow("odd", "a")),
        ("odd", el("userTask", "odd")),
        ("odd", boundary("odd", "nobody", timer("PT1H"), stops=True) + flow("odd", "finished")),
        ("Start", el("userTask", "Start") + flow("Start", "finished")),
        ("End", el("endEvent", "End")),
        ("a", el("userTask", "a") + flow("a", "finished")),
        ("item", el("userTask", "item") + flow("item", "finished")),
        ("userTask", "<bpmn:userTask/>"),
        ("f", flow("a", "nobody", name="f")),
        ("f", flow("nobody", "a", name="f")),
    ],
)
def test_what_would_stall_or_be_ignored_is_refused_by_name(node: str, body: str) -> None:
    assert refused(GOOD + body, extra=message("m")).node == node


@pytest.mark.parametrize(
    "body",
    [
        end() + user("a") + line("a", "finished"),
        GOOD + flow("a", "finished"),
        start() + el("callActivity", "c", calledElement="nowhere") + end()
        + line("begin", "c", "finished"),
        start() + el("exclusiveGateway", "g") + end() + end("other")
        + line("begin", "g", "finished") + flow("g", "other", "true"),
        GOOD + boundary("b", "a", message_event("unknown"), stops=True) + flow("b", "finished"),
        GOOD + boundary("b", "a", "<bpmn:timerEventDefinition/>", stops=True)
        + flow("b", "finished"),
    ],
)  # fmt: skip
def test_what_the_library_cannot_read_is_explained(body: str) -> None:
    refused(body)


def test_a_process_that_is_not_there_is_refused() -> None:
    for xml in (definitions(GOOD, process="other"), b"<a/>"):
        with pytest.raises(DiagramFault):
            compile_bundle(Bundle(process="p", diagrams={"p": xml}))


def test_an_id_used_by_a_called_process_as_well_is_refused() -> None:
    body = start() + el("callActivity", "c", calledElement="q") + end()
    body += line("begin", "c", "finished")
    other = definitions(start() + end("done") + line("begin", "done"), process="q")
    with pytest.raises(DiagramFault, match="begin"):
        spec_of(body, diagrams={"q": other})


def test_nodes_say_what_the_diagram_says() -> None:
    inner = start("i_begun") + user("i") + end("i_done") + line("i_begun", "i", "i_done")
    body = (
        '<bpmn:laneSet><bpmn:lane id="lane_1" name="承办"><bpmn:flowNodeRef>a</bpmn:flowNodeRef>'
        "</bpmn:lane></bpmn:laneSet>"
        + start()
        + user("a", nameEn="Do", who="role(x)", formKey="f").replace('id="a"', 'id="a" name="办理"')
        + sub("part", inner, each("units")) + service("notify") + rule("judge", "light")
        + boundary("more", "a", message_event("more_time"), stops=False) + end("asked")
        + boundary("late", "part", timer("PT1H"), stops=True)
        + choice("which", "finished", a="n = 1") + end()
        + line("begin", "a", "part", "notify", "judge", "which") + flow("more", "asked")
        + flow("late", "finished")
    )  # fmt: skip
    nodes = spec_of(body, extra=message("more_time")).nodes
    assert nodes["a"].name == "办理"
    assert nodes["a"].lane == "承办"
    assert nodes["a"].properties == {"nameEn": "Do", "who": "role(x)", "formKey": "f"}
    assert (nodes["a"].kind, nodes["i"].parent, nodes["part"].parent) == ("userTask", "part", None)
    assert nodes["part"].collection == "units"
    assert (nodes["notify"].operation, nodes["judge"].decision) == ("notify", "light")
    more, late = nodes["more"], nodes["late"]
    assert (more.kind, more.message, more.attached_to) == ("boundaryMessage", "more_time", "a")
    assert (more.interrupting, late.interrupting, late.kind) == (False, True, "boundaryTimer")
    assert {n.kind for n in nodes.values()} >= {"start", "end", "exclusiveGateway", "subProcess"}


def test_the_process_itself_has_its_settings() -> None:
    xml = definitions(properties(nameEn="Reminder") + GOOD)
    spec = load_spec(compile_bundle(Bundle(process="p", diagrams={"p": xml})))
    assert spec.processes["p"].properties == {"nameEn": "Reminder"}


def test_answers_that_are_dates_are_dates_in_expressions() -> None:
    schema = b"""{"type": "object", "properties": {"on": {"type": "string", "format": "date"},
        "at": {"type": "string", "format": "date-time"}, "text": {"type": "string"},
        "rows": {"type": "array", "items": {"type": "object", "properties": {
            "due": {"type": "string", "format": "date"}}}}}}"""
    inner = start("i_begun") + user("i") + end("i_done") + line("i_begun", "i", "i_done")
    body = (
        start() + user("ask", "last") + sub("part", inner, each("units"))
        + el("userTask", "vote", each("units")) + end()
        + line("begin", "ask", "part", "vote", "last", "finished")
    )  # fmt: skip
    forms = {f"{name}.schema.json": schema for name in ("ask", "i", "vote")}
    case = Case(spec_of(body, forms=forms), vars={"units": {"x": {}}})
    given = {"on": "2026-03-02", "at": "2026-03-02T10:00:00+08:00", "text": "2026-03-02",
             "rows": [{"due": "2026-05-01"}]}  # fmt: skip
    case.do("ask", **given)
    scope = case.task("i").scope
    case.act(lambda run: run.vars["part"]["x"].update(i=dict(given)))
    run = case.run
    for text in (
        'ask.on < date("2026-04-01")',
        'ask.at = date and time("2026-03-02T02:00:00Z")',
        'ask.text = "2026-03-02"',
        'ask.rows[1].due > date("2026-04-30")',
        'part.x.i.on + duration("P1D") = date("2026-03-03")',
    ):
        assert run.evaluate(text) is True, text
    assert run.evaluate("i.on.year = 2026", scope) is True
    case.do("i", **given).do("vote", **given)
    assert case.run.evaluate("vote.x.on.month = 3 and values(vote)[1].on.day = 2") is True
    assert case.vars["ask"]["on"] == "2026-03-02", "the variables themselves stay JSON"


def _folder(root: Path, name: str, body: str) -> Path:
    folder = root / name
    (folder / "forms").mkdir(parents=True)
    (folder / "documents").mkdir()
    (folder / f"{name}.bpmn").write_bytes(definitions(body, process=name))
    (folder / "forms" / f"{name}_ask.schema.json").write_text("{}")
    (folder / "documents" / f"{name}_notice.docx").write_bytes(b"docx")
    return folder


def _calling(name: str, called: str) -> str:
    body = start(f"{name}_begun") + el("callActivity", f"{name}_call", calledElement=called)
    body += end(f"{name}_done") + line(f"{name}_begun", f"{name}_call", f"{name}_done")
    return body


def test_a_folder_brings_what_it_calls_and_the_shared_tables(tmp_path: Path) -> None:
    table = (Path(__file__).parent / "tables" / "light.dmn").read_bytes()
    last = start("r_begun") + rule("judge", "light") + end("r_done")
    main = _folder(tmp_path, "main", _calling("main", "middle"))
    _folder(tmp_path, "middle", _calling("middle", "last"))
    _folder(tmp_path, "last", last + line("r_begun", "judge", "r_done"))
    (tmp_path / "_decisions").mkdir()
    (tmp_path / "_decisions" / "light.dmn").write_bytes(table)
    bundle = Bundle.from_folder(main)
    assert set(bundle.diagrams) == {"main", "middle", "last"}
    assert set(bundle.forms) == {f"{n}_ask.schema.json" for n in ("main", "middle", "last")}
    assert set(bundle.documents) == {f"{n}_notice.docx" for n in ("main", "middle", "last")}
    assert set(bundle.decisions) == {"light"}
    spec = load_spec(compile_bundle(bundle))
    assert Case(spec, vars={"late": 9}).vars["light"] == "red"
    own = table.replace(b'"red"', b'"black"')
    (main / "light.dmn").write_bytes(own)
    again = Bundle.from_folder(main)
    assert again.decisions["light"] == own, "a table of the process itself wins"
    assert again.digest != bundle.digest


def test_a_folder_without_its_diagram_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DiagramFault, match="empty"):
        Bundle.from_folder(tmp_path / "empty")
    with pytest.raises(DiagramFault, match="nowhere"):
        Bundle.from_folder(_folder(tmp_path, "main", _calling("main", "nowhere")))


def test_a_table_that_is_missing_or_does_not_answer_is_a_visible_fault() -> None:
    table = (Path(__file__).parent / "tables" / "light.dmn").read_bytes()
    body = start() + user("ask") + rule("judge", "light") + end()
    body += line("begin", "ask", "judge", "finished")
    with pytest.raises(DiagramFault, match="light"):
        Case(spec_of(body)).do("ask")
    gap = table.replace(b"&gt; 6", b"&gt; 8")
    double = table.replace(b"[3..6]", b"[2..6]")
    for content, late in ((gap, 7), (double, 2), (table, "x")):
        case = Case(spec_of(body, decisions={"light": content}), vars={"late": late})
        with pytest.raises(EngineFault) as fault:
            case.do("ask")
        assert fault.value.zh
        assert fault.value.node == "judge"


def test_a_table_reads_what_the_domain_adds_and_tells_it_the_answer() -> None:
    from tests.workflows.engine.drawing import Desk

    table = (Path(__file__).parent / "tables" / "light.dmn").read_bytes()
    body = start() + user("ask") + rule("judge", "light") + end()
    body += line("begin", "ask", "judge", "finished")
    desk = Desk(inputs={"late": 4})
    case = Case(spec_of(body, decisions={"light": table}), desk).do("ask")
    assert (case.vars["light"], case.vars["judge"]) == ("yellow", {"light": "yellow"})
    ((name, outcome),) = desk.outcomes
    assert (name, outcome.value, outcome.rows, outcome.hits) == (
        "light", {"light": "yellow"}, (2,), ("r2",)
    )  # fmt: skip
