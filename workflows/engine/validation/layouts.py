"""What a form may say so that its page can show it: the part of JSON Schema that we draw."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

RULES = {
    "form-page": (
        "表单中有页面无法显示的写法，可能写错了名字或类型。",
        "The form says something that no page can show; perhaps a name or a type is wrong.",
    ),
}

MOST_TOLD = 10
TEXT = {"type": "string"}
TEXTS = {"type": "array", "items": TEXT}
COUNT = {"type": "integer", "minimum": 0}
NAME = {"pattern": r"^[^\W\d_]\w{0,59}$", "not": {"const": "csrf_token"}}
REFERENCES = frozenset({"$ref", "$dynamicRef"})  # nobody needs them, and they may lead nowhere

FIELD = {
    "title": TEXT,
    "title_en": TEXT,
    "type": {"enum": ["string", "number", "integer", "boolean", "array", "object"]},
    "enum": TEXTS,
    "format": TEXT,
    "x-ref": TEXT,
    "x-codes": TEXT,
    "x-signature": {"type": "boolean"},
    "minLength": COUNT,
    "maxLength": COUNT,
    "minItems": COUNT,
    "maxItems": COUNT,
}
SCHEMA: Validator = Draft202012Validator(
    {
        "properties": {"title": TEXT, "title_en": TEXT, "properties": {"$ref": "#/$defs/fields"}},
        "$defs": {
            "fields": {
                "propertyNames": NAME,
                "additionalProperties": {
                    "required": ["type"],
                    "properties": {**FIELD, "items": {"$ref": "#/$defs/row"}},
                },
            },
            "row": {
                "type": "object",
                "properties": {"type": {"enum": ["string", "object"]}},
                "if": {"properties": {"type": {"const": "object"}}},
                "then": {
                    "required": ["properties"],
                    "properties": {"properties": {"$ref": "#/$defs/cells"}},
                },
            },
            "cells": {
                "propertyNames": NAME,
                "additionalProperties": {
                    "type": "object",
                    "required": ["type"],
                    "properties": {
                        **FIELD,
                        "items": {"type": "object", "properties": {"type": {"const": "string"}}},
                    },
                },
            },
        },
    }
)
LOOK = {
    "widget": TEXT,
    "help": TEXT,
    "help_en": TEXT,
    "labels": {"type": "object", "additionalProperties": TEXT},
    "labels_en": {"type": "object", "additionalProperties": TEXT},
    "access": {"enum": ["write", "read", "hide"]},
    "heading": TEXT,  # of the section that begins with the field
    "heading_en": TEXT,
}
LAYOUT: Validator = Draft202012Validator(
    {
        "properties": {
            "order": TEXTS,
            "help": TEXT,
            "help_en": TEXT,
            "autosave": {"type": "boolean"},  # what is typed is kept as a draft at once
            "nodes": {  # what may be done with a field at one step, where it differs
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "additionalProperties": {"enum": ["write", "read", "hide"]},
                },
            },
            "fields": {
                "additionalProperties": {
                    "type": "object",
                    "properties": {**LOOK, "order": TEXTS, "fields": {"$ref": "#/$defs/cells"}},
                }
            },
        },
        "$defs": {
            "cells": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "properties": {**LOOK, "show_if": TEXT},
                    "not": {"required": ["fields"]},
                },
            }
        },
    }
)


def faults_of(key: str, schema: Mapping[str, Any], ui: Mapping[str, Any]) -> Iterator[str]:
    """Yield each place of a form that its page could not show."""
    for kind, check, part in (("schema", SCHEMA, schema), ("ui", LAYOUT, ui)):
        for fault in islice(check.iter_errors(part), MOST_TOLD):
            place = ".".join(map(str, fault.absolute_path))
            yield f"{key}.{kind}.json {place}: {fault.message[:120]}"
    if name := _reference(schema):
        yield f"{key}.schema.json: {name}"


def _reference(part: object) -> str | None:
    if isinstance(part, list):
        return next(filter(None, map(_reference, part)), None)
    if not isinstance(part, dict):
        return None
    found = next((name for name in part if name in REFERENCES), None)
    return found or next(filter(None, map(_reference, part.values())), None)
