"""What differs between two versions is told thing by thing, and nothing that does not differ."""

from dataclasses import replace
from functools import lru_cache

import orjson
import pytest
from lxml import etree

from config import ROOT
from workflows import differences
from workflows.differences import ADDED, CHANGED, REMOVED, Change, drawing, people
from workflows.engine import Bundle


@lru_cache
def shipped(process: str = "reminder") -> Bundle:
    return Bundle.from_folder(ROOT / "bpmn" / process)


def redrawn(*pairs: tuple[str, str]) -> list[Change]:
    """What is told when these texts of the diagram are replaced."""
    text = shipped().diagrams["reminder"].decode()
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    after = replace(shipped(), diagrams={"reminder": text.encode()})
    return differences.between(shipped(), after)


def told(changes: list[Change]) -> set[tuple[str, ...]]:
    return {(one.what, one.how, one.id, one.aspect, one.before, one.after) for one in changes}


@pytest.mark.parametrize("process", ["reminder", "interview", "accountability"])
def test_nothing_differs_from_itself(process: str) -> None:
    assert differences.between(shipped(process), shipped(process)) == []


def test_of_a_step_it_is_told_what_and_from_what_to_what() -> None:
    changes = redrawn(
        ("line_superior(subject)", "role(supervisor)"),
        ("workdays(days.decide_reminder)", "workdays(days.urge)"),
        ('name="记不提醒"', 'name="记录不提醒"'),
    )
    assert told(changes) >= {
        (
            "step",
            CHANGED,
            "decide_reminder",
            "due",
            "workdays(days.decide_reminder)",
            "workdays(days.urge)",
        ),
        ("step", CHANGED, "decide_reminder", "who", "line_superior(subject)", "role(supervisor)"),
        ("step", CHANGED, "record_no_reminder", "name", "记不提醒", "记录不提醒"),
    }
    assert all(one.aspect in ("due", "who", "name") for one in changes)
    assert changes[0].name_en


def test_a_condition_and_a_timer_are_told() -> None:
    text = shipped().diagrams["reminder"].decode()
    condition = text.split("conditionExpression")[1].split(">", 1)[1].split("<")[0]
    timer = text.split("timeDate")[1].split(">", 1)[1].split("<")[0]
    changes = redrawn((condition, f"not({condition})"), (f">{timer}<", ">due.reply_due<"))
    assert {(one.what, one.aspect) for one in changes} == {("flow", "condition"), ("step", "timer")}
    assert " → " in next(one for one in changes if one.what == "flow").name


def test_what_is_added_and_what_is_gone_is_told() -> None:
    changes = redrawn(("record_no_reminder", "note_no_reminder"))
    steps = {(one.how, one.id) for one in changes if one.what == "step"}
    assert (ADDED, "note_no_reminder") in steps
    assert (REMOVED, "record_no_reminder") in steps
    assert {one.how for one in changes if one.what == "flow"} == {ADDED, REMOVED}


def test_a_moved_box_is_told_as_a_drawing_only() -> None:
    text = shipped().diagrams["reminder"].decode()
    x = text.split("dc:Bounds")[1].split('x="')[1].split('"')[0]
    [change] = redrawn((f'dc:Bounds x="{x}"', f'dc:Bounds x="{float(x) + 10}"'))
    assert (change.what, change.aspect) == ("diagram", "drawing")


def test_a_form_is_told_field_by_field() -> None:
    forms = dict(shipped().forms)
    schema = orjson.loads(forms["decide_reminder.schema.json"])
    ui = orjson.loads(forms["decide_reminder.ui.json"])
    del schema["properties"]["request"]
    schema["properties"]["place"] = {"type": "string", "title": "地点"}
    schema["properties"]["form"]["enum"].append("call")
    schema["required"].remove("ground")
    ui["fields"]["reason"]["show_if"] = 'form = "call"'
    ui["order"] = [name for name in ui["order"] if name != "request"] + ["place"]
    forms["decide_reminder.schema.json"] = orjson.dumps(schema)
    forms["decide_reminder.ui.json"] = orjson.dumps(ui)
    del forms["hold_talk.schema.json"], forms["hold_talk.ui.json"]
    changes = differences.between(shipped(), replace(shipped(), forms=forms))
    assert {(one.what, one.how, one.place, one.id, one.aspect) for one in changes} == {
        ("field", REMOVED, "decide_reminder", "request", ""),
        ("field", ADDED, "decide_reminder", "place", ""),
        ("field", CHANGED, "decide_reminder", "form", "enum"),
        ("field", CHANGED, "decide_reminder", "ground", "required"),
        ("field", CHANGED, "decide_reminder", "reason", "show_if"),
        ("form", CHANGED, "decide_reminder", "decide_reminder", "order"),
        ("form", REMOVED, "hold_talk", "hold_talk", ""),
    }


def test_a_form_that_is_written_otherwise_says_the_same() -> None:
    name = "decide_reminder.schema.json"
    forms = {**shipped().forms, name: orjson.dumps(orjson.loads(shipped().forms[name]))}
    [change] = differences.between(shipped(), replace(shipped(), forms=forms))
    assert change.aspect == "writing"


TABLE = """<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/">
<decision id="d" name="灯"><decisionTable id="t" hitPolicy="%s">
<input id="i" label="天数"><inputExpression typeRef="number"><text>days</text>
</inputExpression></input>
<output id="o" name="light" typeRef="string"/>%s
</decisionTable></decision></definitions>"""


def table(*rules: tuple[str, str], policy: str = "FIRST") -> Bundle:
    rows = "".join(
        f'<rule id="r{n}"><inputEntry id="e{n}"><text>{test}</text></inputEntry>'
        f'<outputEntry id="a{n}"><text>"{answer}"</text></outputEntry></rule>'
        for n, (test, answer) in enumerate(rules)
    )
    return replace(shipped(), decisions={"d": (TABLE % (policy, rows)).encode()})


def test_a_table_is_told_rule_by_rule() -> None:
    before = table(("&gt; 5", "red"), ("&gt; 3", "yellow"), ("-", "green"))
    after = table(("&gt; 6", "red"), ("&gt; 3", "yellow"), ("&gt; 1", "blue"), ("-", "green"))
    changes = differences.between(before, after)
    assert told(changes) == {
        ("rule", CHANGED, "1", "", '> 5 | "red" | ', '> 6 | "red" | '),
        ("rule", ADDED, "3", "", "", '> 1 | "blue" | '),
    }
    [policy] = differences.between(
        before, table(("&gt; 5", "red"), ("&gt; 3", "yellow"), ("-", "green"), policy="RULE ORDER")
    )
    assert (policy.aspect, policy.before, policy.after) == ("hit_policy", "F", "R")
    gone = differences.between(before, replace(before, decisions={}))
    assert told(gone) == {("decision", REMOVED, "d", "", "", "")}


def test_documents_and_called_processes_are_told() -> None:
    before = shipped("interview")
    after = replace(
        before,
        diagrams={"interview": before.diagrams["interview"]},
        documents={**before.documents, "interview_notice.docx": b"x", "new.docx": b"y"},
    )
    found = {(one.what, one.how, one.id) for one in differences.between(before, after)}
    assert found == {
        ("diagram", REMOVED, "rectification"),
        ("document", CHANGED, "interview_notice.docx"),
        ("document", ADDED, "new.docx"),
    }


def test_of_a_new_process_everything_is_added() -> None:
    changes = differences.between(Bundle("reminder", {}), shipped())
    assert {one.how for one in changes} == {ADDED}
    assert {one.what for one in changes} == {"diagram", "form", "decision", "document", "tests"}


def _moved(diagram: bytes, *shapes: str, by: float) -> bytes:
    """The drawing with these shapes so much further to the right."""
    root = etree.fromstring(diagram)
    for shape in root.iter("{*}BPMNShape"):
        if not shapes or shape.get("bpmnElement") in shapes:
            bounds = shape.find("{*}Bounds")
            assert bounds is not None
            bounds.set("x", str(float(bounds.get("x", "")) + by))
    return etree.tostring(root)


def test_a_shape_that_was_moved_is_named_and_a_drawing_that_was_shifted_is_not() -> None:
    before = shipped().diagrams["reminder"]
    assert drawing.moved(before, before) == set()
    assert drawing.moved(before, _moved(before, "hold_talk", by=40)) == {"hold_talk"}
    shifted = _moved(before, by=200)
    assert drawing.moved(before, shifted) == set()
    assert drawing.moved(before, _moved(shifted, "hold_talk", by=40)) == {"hold_talk"}


def test_rules_of_people_and_deadlines_are_told_step_by_step() -> None:
    text = shipped().diagrams["reminder"].decode()
    text = text.replace("line_superior(subject)", "role(supervisor)", 1)
    text = text.replace("workdays(days.decide_reminder)", "workdays(7)")
    after = replace(shipped(), diagrams={"reminder": text.encode()})
    found = people.rules_between(shipped(), after)
    assert [(one.node.id, one.kind) for one in found] == [
        ("decide_reminder", "people"),
        ("decide_reminder", "deadline"),
    ]
    assert found[0].before["who"] == "line_superior(subject)"
    assert found[1].after["due"] == "workdays(7)"
    gone = people.rules_between(shipped(), Bundle("reminder", {}))
    assert all(one.after == {} for one in gone)
    assert {one.kind for one in gone} == {"people", "deadline"}


def test_what_cannot_be_read_is_told_as_that_and_hides_nothing_else() -> None:
    form = orjson.dumps({"order": []})
    after = replace(
        shipped(),
        diagrams={"reminder": b"<a/>"},
        forms={**shipped().forms, "hold_talk.ui.json": form},
    )
    changes = differences.between(shipped(), after)
    assert ("diagram", CHANGED, "reminder", "unreadable", "", "") in told(changes)
    assert "order" in {one.aspect for one in changes if one.what == "form"}
