"""Forms are edited step by step: all shipped ones, and what an edit must not touch."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from config import ROOT
from workflows import form_edits, form_kinds, form_settings, form_texts
from workflows.errors import Invalid
from workflows.form_edits import Form
from workflows.form_settings import Option

SHIPPED = sorted((ROOT / "bpmn").glob("*/forms/*.schema.json"))


def texts(path: Path) -> tuple[str, str]:
    ui = path.with_name(path.name.replace(".schema.", ".ui."))
    return path.read_text(encoding="utf-8"), ui.read_text(encoding="utf-8")


def form(path: Path) -> Form:
    return Form(*map(form_texts.read, texts(path)))


def written(made: Form, path: Path) -> tuple[str, str]:
    schema, ui = texts(path)
    return form_texts.write(made.schema, schema), form_texts.write(made.ui, ui)


def say_all_again(made: Form, path: str) -> None:
    """Everything that the editor shows of a field is sent back as it was shown."""
    part, look = made.part(path), made.look(path)
    said = {name: part.get(name, "") for name in form_settings.OF_PART}
    said |= {name: look.get(name, "") for name in form_settings.OF_LOOK}
    said |= {n: form_settings.shown_limit(part, n) for n in form_kinds.limits_of(part)}
    schema, _ = made.around(path)
    said["required"] = "yes" if form_edits.last(path) in schema.get("required", ()) else ""
    said["kind"] = form_kinds.kind_of(part, look)
    assert form_settings.put(made, path, said) == {}
    assert form_settings.put_options(made, path, form_settings.options_of(made, path)) == {}
    for step in ("", "nowhere"):
        form_settings.put_right(made, step, path, form_settings.rights_at(made, step).get(path, ""))


def test_every_shipped_form_is_opened_and_saved_without_loss() -> None:
    assert len(SHIPPED) > 100
    for path in SHIPPED:
        made = form(path)
        for field in form_edits.paths(made):
            assert form_kinds.kind_of(made.part(field), made.look(field)) != form_kinds.OTHER
            say_all_again(made, field)
        said = {name: made.schema.get(name, "") for name in form_settings.OF_FORM}
        said |= {name: made.ui.get(name, "") for name in form_settings.OF_LAYOUT}
        form_settings.put_whole(made, {**said, "autosave": "yes" if "autosave" in made.ui else ""})
        assert written(made, path) == texts(path), path.name


def test_what_is_done_and_undone_leaves_no_trace() -> None:
    """Of every field of every form: moved there and back, copied and the copy removed, renamed."""
    for path in SHIPPED:
        made = form(path)
        for field in form_edits.paths(made):
            copy = form_edits.duplicate(made, field)
            form_edits.remove(made, copy)
            other = form_edits.rename(made, field, "quite_another")
            assert form_edits.rename(made, other, form_edits.last(field)) == field
            form_settings.put_right(made, "step", field, "hide")
            form_settings.put_right(made, "step", field, "")
        assert written(made, path) == texts(path), path.name


def test_an_edit_keeps_what_the_editor_does_not_know() -> None:
    field = '{"type": "string", "x-deep": {"b": null}}'
    schema = f'{{\n\t"type": "object",\n\t"x-own": [1, 2.50],\n\t"properties": {{"a": {field}}}\n}}'
    made = Form(form_texts.read(schema), {"further": True})
    form_settings.put(made, "a", {"title": "名称", "help": "说明"})
    after = form_texts.write(made.schema, schema)
    assert after.startswith('{\n\t"type": "object",\n\t"x-own"')
    assert '"x-deep": {\n' in after
    assert made.schema["properties"]["a"] == {
        "type": "string",
        "x-deep": {"b": None},
        "title": "名称",
    }
    assert made.ui == {"further": True, "fields": {"a": {"help": "说明"}}}


def small() -> Form:
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {
            "a": {"type": "string", "enum": ["x", "y"], "title": "甲"},
            "b": {"type": "string", "title": "乙"},
            "c": {
                "type": "array",
                "items": {"type": "object", "properties": {"d": {"type": "string"}}},
            },
        },
        "allOf": [
            {"if": {"properties": {"a": {"const": "x"}}}, "then": {"required": ["b"]}},
        ],
    }
    ui = {
        "order": ["a", "b", "c"],
        "fields": {"b": {"show_if": 'a = "a"'}, "c": {"fields": {"d": {"show_if": "a = d"}}}},
        "nodes": {"s": {"b": "read", "c.d": "hide"}},
    }
    return Form(schema, ui)


def test_a_key_changes_wherever_the_form_speaks_of_it() -> None:
    made = small()
    form_edits.rename(made, "a", "kind")
    form_edits.rename(made, "b", "why")
    form_edits.rename(made, "c.d", "e")
    assert made.ui["fields"]["why"]["show_if"] == 'kind = "a"'  # a text is no name
    assert made.ui["fields"]["c"]["fields"]["e"]["show_if"] == "kind = e"
    assert made.ui["nodes"] == {"s": {"why": "read", "c.e": "hide"}}
    assert made.schema["required"] == ["kind"]
    rule = made.schema["allOf"][0]
    assert (list(rule["if"]["properties"]), rule["then"]["required"]) == (["kind"], ["why"])


REFUSED: list[Callable[[Form], object]] = [
    lambda made: form_edits.rename(made, "a", "b"),
    lambda made: form_edits.rename(made, "a", "1a"),
    lambda made: form_edits.rename(made, "a", "csrf_token"),
    lambda made: form_edits.remove(made, "a"),  # others are shown by it
    lambda made: form_edits.remove(made, "lost"),
    lambda made: form_edits.move(made, "c.lost", 1),
    lambda made: form_edits.add(made, "rows", within="c"),
    lambda made: form_edits.add(made, "no kind"),
    lambda made: form_settings.put_right(made, "s", "lost", "read"),
]


@pytest.mark.parametrize("edit", REFUSED)
def test_what_would_break_the_form_is_refused_and_nothing_changes(
    edit: Callable[[Form], object],
) -> None:
    made, before = small(), json.dumps([small().schema, small().ui])
    with pytest.raises(Invalid):
        edit(made)
    assert json.dumps([made.schema, made.ui]) == before


def test_a_field_that_goes_takes_its_rules_and_rights_along() -> None:
    made = small()
    form_edits.remove(made, "b")
    form_edits.remove(made, "c")
    assert "allOf" not in made.schema
    assert made.ui == {"order": ["a"], "fields": {}}


def test_each_kind_can_be_made_and_is_known_again() -> None:
    made = Form({"type": "object"}, {})
    for kind in form_kinds.KINDS:
        path = form_edits.add(made, kind)
        assert form_kinds.kind_of(made.part(path), made.look(path)) == kind
        form_settings.put(made, path, {"kind": "text"})
        assert form_kinds.kind_of(made.part(path), made.look(path)) == "text"
        form_settings.put(made, path, {"kind": kind})
        assert form_kinds.kind_of(made.part(path), made.look(path)) == kind


def test_choices_need_codes_of_their_own_and_keep_the_words_of_others() -> None:
    made = small()
    assert set(form_settings.put_options(made, "a", [Option("x", "", ""), Option("x", "", "")]))
    assert made.schema == small().schema
    made.ui["fields"]["a"] = {"labels": {"x": "是", "further": "不动"}}
    form_settings.put_options(made, "a", [Option("z", "新", "New"), Option("x", "是", "")])
    assert made.schema["properties"]["a"]["enum"] == ["z", "x"]
    assert made.ui["fields"]["a"]["labels"] == {"z": "新", "x": "是", "further": "不动"}
    assert made.ui["fields"]["a"]["labels_en"] == {"z": "New"}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('{\n"a": 1,\n}', 3),
        ('{"a": 1,\n "b": {"c": 1,\n "c": 2}}', 3),
        ("[]", None),
        ('{"a": NaN}', None),
        ('{"a": ' + "[" * 100_000, None),
        (" " * 200_000, None),
    ],
)
def test_what_is_no_json_is_told_with_its_line(text: str, line: int | None) -> None:
    with pytest.raises(Invalid) as refused:
        form_texts.read(text)
    assert refused.value.facts.get("line") == line
