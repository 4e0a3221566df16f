"""The JSON Schema and the layout of a form, from the fields of its page."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from tools.drafting.book import Entry, Form

DIALECT = "https://json-schema.org/draft/2020-12/schema"
LONG, SHORT = 10_000, 200
ONE_REF = {"v": "scheme", "u": "user", "o": "unit", "f": "file", "m": "matter", "p": "subject"}
MANY_REF = {"us": "user", "os": "unit", "fs": "file", "r": "fact"}
WIDGETS = {
    "t": "text", "l": "textarea", "d": "date", "dt": "datetime", "n": "number", "i": "number",
    "b": "checkbox", "c": "codes", "u": "user", "us": "users", "o": "unit", "os": "units",
    "r": "facts", "f": "file", "fs": "files", "s": "signature", "m": "matter", "p": "subject",
    "T": "rows", "v": "version",
}  # fmt: skip


def write(form: Form, folder: Path) -> None:
    """Both files of the form are in the folder."""
    title = {"$schema": DIALECT, "title": form.zh, "title_en": form.en}
    schema = title | _object(form.entries)
    _dump(schema, folder / f"{form.id}.schema.json")
    _dump(_layout(form.entries), folder / f"{form.id}.ui.json")


def _dump(value: object, path: Path) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def _object(entries: Sequence[Entry]) -> dict[str, Any]:
    always = [one.name for one in entries if one.must and not one.when]
    found: dict[str, Any] = {"type": "object"}
    if always:
        found["required"] = always
    found["properties"] = {one.name: _property(one) for one in entries}
    if rules := [_rule(one) for one in entries if one.must and one.when]:
        found["allOf"] = rules
    return found | {"additionalProperties": False}


def _property(entry: Entry) -> dict[str, Any]:
    said = {"title": entry.zh, "title_en": entry.en}
    kind, *rest = _shape(entry).items()
    at_least = _at_least_one(entry) if entry.must and not entry.when else {}
    return dict([kind]) | said | dict(rest) | at_least


def _shape(entry: Entry) -> dict[str, Any]:
    if entry.type == "T":
        return {"type": "array", "items": _object(entry.rows)}
    if entry.type in MANY_REF:
        return _many() | {"x-ref": MANY_REF[entry.type]}
    if entry.type in ONE_REF:
        return {"type": "string", "x-ref": ONE_REF[entry.type]}
    return SHAPES[entry.type](entry)


def _many() -> dict[str, Any]:
    return {"type": "array", "items": {"type": "string"}, "uniqueItems": True}


SHAPES: dict[str, Callable[[Entry], dict[str, Any]]] = {
    "t": lambda _: {"type": "string", "maxLength": SHORT},
    "l": lambda _: {"type": "string", "maxLength": LONG},
    "d": lambda _: {"type": "string", "format": "date"},
    "dt": lambda _: {"type": "string", "format": "date-time"},
    "n": lambda _: {"type": "number"},
    "i": lambda _: {"type": "integer"},
    "b": lambda _: {"type": "boolean"},
    "s": lambda _: {"type": "string", "x-signature": True},
    "e": lambda entry: {"type": "string", "enum": [code for code, _, _ in choices(entry)]},
    "c": lambda entry: _many() | {"x-codes": entry.args[0]},
}


def _at_least_one(entry: Entry) -> dict[str, Any]:
    if entry.type in ("T", "c", *MANY_REF):
        return {"minItems": 1}
    return {"minLength": 1} if entry.type in ("t", "l", "s") else {}


def _rule(entry: Entry) -> dict[str, Any]:
    [(name, values)] = entry.when.items()
    then: dict[str, Any] = {"required": [entry.name]}
    if least := _at_least_one(entry):
        then["properties"] = {entry.name: least}
    return {
        "if": {"properties": {name: {"enum": [_plain(one) for one in values]}}, "required": [name]},
        "then": then,
    }


def _plain(word: str) -> str | bool:
    return {"true": True, "false": False}.get(word, word)


def choices(entry: Entry) -> list[tuple[str, str, str]]:
    """The code, the Chinese and the English word of each choice."""
    found = []
    for arg in entry.args:
        code, _, words = arg.partition("=")
        zh, _, en = words.partition("=")
        found.append((code, zh or code, en or code))
    return found


def _layout(entries: Sequence[Entry]) -> dict[str, Any]:
    return {
        "order": [one.name for one in entries],
        "fields": {one.name: _field(one) for one in entries},
    }


def _field(entry: Entry) -> dict[str, Any]:
    if entry.type == "e":
        found: dict[str, Any] = {
            "widget": "radio" if len(entry.args) <= 4 else "select",
            "labels": {code: zh for code, zh, _ in choices(entry)},
            "labels_en": {code: en for code, _, en in choices(entry)},
        }
    else:
        found = {"widget": WIDGETS[entry.type]}
    if entry.type == "T":
        found |= _layout(entry.rows)
    if entry.help:
        found |= {"help": entry.help, "help_en": entry.help_en}
    if entry.when:
        found["show_if"] = _condition(entry)
    return found


def _condition(entry: Entry) -> str:
    [(name, values)] = entry.when.items()
    words = [one if one in ("true", "false") else f'"{one}"' for one in values]
    return f"{name} = {words[0]}" if len(words) == 1 else f"{name} in ({', '.join(words)})"
