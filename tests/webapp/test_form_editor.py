"""The form editor through HTTP: opened and saved a form is the same; an edit changes its part."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from config import Config
from models import DefinitionDraft
from tests.webapp.conftest import Visitor
from tests.webapp.packaging import folder, office
from tests.webapp.town import visit
from webapp import db
from workflows import access, drafts

KEY = "assess_reminder"
INPUT = re.compile(
    r"<input\b[^>]*>|<textarea\b[^>]*>\n?(.*?)</textarea>|<select\b.*?</select>", re.S
)
NAME, VALUE = re.compile(r'\bname="([^"]*)"'), re.compile(r'\bvalue="([^"]*)"')
CHOSEN = re.compile(r'<option(?: value="([^"]*)")?[^>]*\bselected[^>]*>([^<]*)')


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with office(settings, now, monkeypatch) as app:
        yield app


@pytest.fixture
def editor(app: Flask, now: datetime) -> "Editor":
    with db.of(app).write.begin() as session:
        cast = app.extensions["cast"]
        rights = access.rights_of(session, cast.users["process_admin"], now=now)
        draft = drafts.begin(session, "reminder", rights=rights, now=now)
    return Editor(app, draft.id, visit(app, "process_admin"))


class Editor:
    """A page of the editor, and what a browser would send from it."""

    def __init__(self, app: Flask, draft: int, visitor: Visitor) -> None:
        self.app, self.draft, self.visitor = app, draft, visitor
        self.at = f"/process-drafts/{draft}/edit/forms"
        self.page = ""

    def open(self, key: str = KEY) -> "Editor":
        self.key = key
        self.page = self.visitor.get(f"{self.at}/{key}").text
        return self

    def fields(self) -> MultiDict[str, str]:
        """What stands on the page, as a browser reads it."""
        form = self.page.partition('<form id="edit"')[2].partition("</form>")[0]
        found: MultiDict[str, str] = MultiDict()
        for match in INPUT.finditer(form):
            tag, name = match[0], NAME.search(match[0])
            if name is None or ('type="checkbox"' in tag and " checked" not in tag):
                continue
            found.add(name[1], unescape(_value(tag, match[1])))
        return found

    def press(self, op: str, **typed: Any) -> TestResponse:
        """The button is pressed after this was typed; names with a dot are written with two _."""
        form = self.fields()
        for name, value in typed.items():
            name = name.replace("__", ".")
            form.poplist(name)
            for one in value if isinstance(value, list) else [value]:
                form.add(name, one)
        form["op"] = op
        answer = self.visitor.post(f"{self.at}/{self.key}/work", data=form)
        self.page = answer.text
        return answer

    def texts(self) -> tuple[Any, Any]:
        """Both files as they stand on the page."""
        form = self.fields()
        return json.loads(form["schema"]), json.loads(form["ui"])

    def stored(self, key: str = "") -> tuple[bytes, bytes]:
        with Session(db.of(self.app).engine) as session:
            draft = session.scalars(select(DefinitionDraft)).one()
            files = drafts.bundle_of(draft).forms
        key = key or self.key
        return files[f"{key}.schema.json"], files[f"{key}.ui.json"]


def _value(tag: str, text: str | None) -> str:
    if tag.startswith("<textarea"):
        return text or ""
    if tag.startswith("<select"):
        chosen = CHOSEN.search(tag)
        first = re.search(r'<option(?: value="([^"]*)")?[^>]*>([^<]*)', tag)
        found = chosen or first
        return (found[1] if found[1] is not None else found[2]) if found else ""
    value = VALUE.search(tag)
    return value[1] if value else ("on" if "checkbox" in tag else "")


def shipped(key: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    files = folder().forms
    return json.loads(files[f"{key}.schema.json"]), json.loads(files[f"{key}.ui.json"])


def test_opened_looked_at_and_saved_a_form_is_the_same(editor: Editor) -> None:
    """Every field is chosen once, so that all its settings are sent back as they were shown."""
    for key in ("assess_reminder", "decide_reminder", "hold_talk", "reply_reminder"):
        editor.open(key)
        for path in re.findall(r'value="select:([\w.]+)"', editor.page):
            assert editor.press(f"select:{path}").status_code == 200
        for tab in ("rights", "form", "json", "fields"):
            assert editor.press(f"tab:{tab}").status_code == 200
        assert "data-changed" not in editor.page
        assert editor.press("save").status_code == 200
        files = folder().forms
        assert editor.stored() == (files[f"{key}.schema.json"], files[f"{key}.ui.json"])


def test_an_edit_changes_what_it_is_about_and_nothing_else(editor: Editor) -> None:
    schema, ui = shipped(KEY)
    editor.open().press("select:note")
    editor.press("look", p__title="说明与理由", p__maxLength="500")
    editor.press("look", **{"p__required-box": "1", "p__required": ""})
    editor.press("select:verdict")
    assert "data-changed" in editor.page
    assert editor.press("save").status_code == 200
    schema["properties"]["note"] |= {"title": "说明与理由", "maxLength": 500}
    schema["required"].remove("note")
    assert [json.loads(one) for one in editor.stored()] == [schema, ui]
    text = (json.dumps(schema, ensure_ascii=False, indent=2) + "\n").encode()
    assert editor.stored()[0] == text


def test_fields_come_move_are_copied_and_go(editor: Editor) -> None:
    editor.open().press("select:verdict")
    editor.press("add:field", new_kind="choice")
    editor.press("look", p__title="轻重", p__show_if='verdict = "again"')
    editor.press("option:add:0")
    editor.press("move:up")
    schema, ui = editor.texts()
    assert ui["order"] == ["facts_found", "field", "verdict", "new_reply_due", "note"]
    assert schema["properties"]["field"]["enum"] == ["option_1", "option_2", "option_3"]
    assert ui["fields"]["field"]["show_if"] == 'verdict = "again"'
    editor.press("duplicate")
    editor.press("rename", key="weight")
    schema, ui = editor.texts()
    assert ui["order"][1:3] == ["field", "weight"]
    assert list(schema["properties"])[-1] == "weight"
    assert '<div class="form-label' in editor.page or "轻重" in editor.page
    editor.press("remove")
    editor.press("select:field")
    editor.press("remove")
    assert [json.dumps(one) for one in editor.texts()] == [json.dumps(one) for one in shipped(KEY)]
    assert "data-changed" not in editor.page


def test_rows_get_cells_of_their_own(editor: Editor) -> None:
    editor.open().press("add:field", new_kind="rows")
    editor.press("add:cell", new_kind="date")
    schema, ui = editor.texts()
    assert schema["properties"]["field"]["items"]["properties"]["field"]["format"] == "date"
    assert ui["fields"]["field"]["order"] == ["field"]
    assert 'name="field-0-field"' not in editor.page  # no row yet: rows are added in the preview
    fields = MultiDict(re.findall(r'name="(_\w+)" value="([^"]*)"', editor.page))
    fields |= {"_schema": json.dumps(schema), "_ui": json.dumps(ui), "_add": "field"}
    fields["csrf_token"] = editor.visitor.token()
    page = editor.visitor.post(f"{editor.at}/{KEY}/preview", data=fields).text
    assert 'name="field-0-field"' in page


def test_what_others_read_keeps_its_key_and_stays(editor: Editor) -> None:
    editor.open().press("select:verdict")
    for op in ("remove", "rename"):
        answer = editor.press(op, key="opinion")
        assert answer.status_code == 422
        assert "reminder.bpmn" in answer.text  # where it is read
        assert json.dumps(editor.texts()[0]) == json.dumps(shipped(KEY)[0])
    editor.press("select:facts_found")
    assert "keys stay" in editor.press("rename", key="facts").text or "字段名" in editor.page


@pytest.mark.parametrize("condition", ["verdict =", "lost = 1", "__import__('os')"])
def test_a_condition_is_checked_while_one_types(editor: Editor, condition: str) -> None:
    page = editor.open().press("select:note").text
    assert "e-p-show_if-fault" not in page
    page = editor.press("look", p__show_if=condition).text
    assert "e-p-show_if-fault" in page
    assert unescape(page).count(condition) >= 2  # it stays as typed


def test_rights_by_step_are_written_and_previewed(editor: Editor) -> None:
    editor.open().press("tab:rights")
    assert 'name="right:assess_reminder:note"' in editor.page
    editor.press("look", **{f"right:{KEY}:facts_found": "hide", f"right:{KEY}:note": "read"})
    assert editor.texts()[1]["nodes"] == {KEY: {"facts_found": "hide", "note": "read"}}
    page = editor.press("look", step=KEY).text.partition('<form id="preview"')[2]
    shown = re.sub(r"(?s)<textarea.*?</textarea>", "", page)
    assert "核实情况" not in shown
    assert 'name="note"' not in shown
    assert "永远不会有内容" in editor.page or "it would stay empty" in editor.page
    editor.press("look", **{f"right:{KEY}:facts_found": "", f"right:{KEY}:note": ""})
    assert json.dumps(editor.texts()[1]) == json.dumps(shipped(KEY)[1])


def test_json_is_told_at_its_line_and_stays(editor: Editor) -> None:
    editor.open().press("tab:json")
    broken = editor.fields()["ui"].replace('"order": [', '"order": [,', 1)
    answer = editor.press("tab:fields", ui=broken)
    assert answer.status_code == 422
    assert 'data-line="2"' in answer.text
    assert unescape(editor.fields()["ui"]) == broken
    twice = '{"order": [],\n "order": []}'
    assert 'data-line="2"' in editor.press("save", ui=twice).text
    whole = '{"order":["note"],"further":{"kept":[1.5]}}'
    editor.press("look", ui=whole)
    editor.press("tab:fields")
    editor.press("select:note")
    assert editor.fields()["ui"] == whole
    editor.press("look", p__help="另附材料")
    assert editor.fields()["ui"] == whole[:-1] + ',"fields":{"note":{"help":"另附材料"}}}'


def test_a_new_form_a_copy_and_what_is_used_is_not_deleted(editor: Editor) -> None:
    seen = editor.open().fields()["seen"]
    made = editor.visitor.send(editor.at, key="extra", title="附表", source=KEY, seen=seen)
    assert made.status_code == 303, made.text
    schema, ui = shipped(KEY)
    copied = [json.loads(one) for one in editor.stored("extra")]
    assert copied == [{**schema, "title": "附表", "title_en": "附表"}, ui]
    hub = editor.visitor.get(f"/process-drafts/{editor.draft}").text
    tagged = re.findall(r'class="muted code">(\w+)</span> <span class="tag">(\w+)</span>', hub)
    assert tagged == [("extra", "新增")]  # what stood there before is as it was
    seen = editor.open("extra").fields()["seen"]
    again = editor.visitor.send(editor.at, key="extra", title="又一张", seen=seen)
    assert (again.status_code, "又一张" in again.text) == (422, True)
    for key, status in ((KEY, 422), ("extra", 303)):
        gone = editor.visitor.send(f"{editor.at}/{key}/remove", seen=seen)
        assert gone.status_code == status
    assert "核实认定" in editor.visitor.get(editor.at).text
    assert editor.visitor.get(f"{editor.at}/extra").status_code == 404


def test_who_was_faster_is_told_and_nothing_is_lost(
    app: Flask, editor: Editor, now: datetime
) -> None:
    editor.open().press("look", p__title="我的说明")
    with db.of(app).write.begin() as session:
        cast = app.extensions["cast"]
        rights = access.rights_of(session, cast.users["process_admin2"], now=now)
        draft = drafts.take_over(session, editor.draft, rights=rights, now=now)
        files = {f"forms/{KEY}.ui.json": b'{"order": [], "fields": {}}'}
        drafts.write(session, draft.id, files, seen=draft.version, rights=rights, now=now)
    answer = editor.press("save")
    assert answer.status_code == 409
    assert "process_admin2" in answer.text
    assert "我的说明" in answer.text
    mine = re.findall(r'value="(over:\d+)"', answer.text)
    assert editor.press(mine[0]).status_code == 200
    assert "我的说明".encode() in editor.stored()[0]
    other = visit(app, "process_admin2")
    page = other.get(f"{editor.at}/{KEY}").text
    assert 'value="save"' not in page  # the first has the pen again, and says so
    assert "process_admin" in page
    assert visit(app, "handler").get(f"{editor.at}/{KEY}").status_code in (403, 404)


def test_a_script_may_save_both_files(editor: Editor) -> None:
    seen = int(editor.open().fields()["seen"])
    schema, ui = (one.decode() for one in editor.stored())
    body = {"schema": schema.replace("说明", "说明一"), "ui": ui, "seen": seen}
    head = {"X-CSRFToken": editor.visitor.token()}
    answer = editor.visitor.post(f"{editor.at}/{KEY}", json=body, headers=head)
    assert (answer.status_code, answer.json["faults"]) == (200, [])  # type: ignore[index]
    body["ui"] = "{"
    assert editor.visitor.post(f"{editor.at}/{KEY}", json=body, headers=head).status_code == 422
