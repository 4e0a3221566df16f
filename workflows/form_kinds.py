"""The kinds of fields that a form knows: how each stands in the schema and in the layout."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows.entries import has_rows

Json = Mapping[str, Any]
SAYS_KIND = ("type", "format", "enum", "items", "x-ref", "x-codes", "x-signature", "uniqueItems")
LIMITS = {
    "string": ("minLength", "maxLength", "pattern"),
    "number": ("minimum", "maximum"),
    "integer": ("minimum", "maximum"),
    "array": ("minItems", "maxItems"),
}
WHOLE_NUMBERS = frozenset({"minLength", "maxLength", "minItems", "maxItems"})
EVERY_LIMIT = frozenset(name for names in LIMITS.values() for name in names)
LONG = 500  # signs: beyond it a text has several lines


@dataclass(frozen=True)
class Kind:
    """What a field of this kind says in the schema, and its widget."""

    name: str
    part: Json
    widget: str
    limits: Json = field(default_factory=dict)  # those that a new one has
    in_rows: bool = True
    widgets: tuple[str, ...] = ()  # other widgets to choose


def _one(ref: str, widget: str) -> Kind:
    return Kind(ref, {"type": "string", "x-ref": ref}, widget)


def _many(ref: str, widget: str) -> Kind:
    part = {"type": "array", "items": {"type": "string"}, "x-ref": ref, "uniqueItems": True}
    return Kind(f"{ref}s", part, widget)


TEXTS = {"type": "array", "items": {"type": "string"}}
KINDS: Mapping[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("text", {"type": "string"}, "text", {"maxLength": 200}),
        Kind("long", {"type": "string"}, "textarea", {"maxLength": 10_000}),
        Kind("number", {"type": "number"}, "number"),
        Kind("integer", {"type": "integer"}, "number"),
        Kind("date", {"type": "string", "format": "date"}, "date"),
        Kind("moment", {"type": "string", "format": "date-time"}, "datetime"),
        Kind("yes_no", {"type": "boolean"}, "radio", widgets=("radio", "checkbox")),
        Kind("choice", {"type": "string", "enum": []}, "radio", widgets=("radio", "select")),
        Kind("choices", {**TEXTS, "items": {"type": "string", "enum": []}}, "many"),
        Kind("codes", {**TEXTS, "uniqueItems": True, "x-codes": "basis"}, "codes"),
        _one("user", "user"),
        _many("user", "users"),
        _one("unit", "unit"),
        _many("unit", "units"),
        _one("person_or_unit", "person_or_unit"),
        _one("member", "user"),
        _one("subject", "subject"),
        _one("matter", "matter"),
        _many("fact", "facts"),
        _many("evidence", "facts"),
        _one("file", "file"),
        _many("file", "files"),
        _one("flag", "subject"),
        _one("questionnaire", "version"),
        _one("scheme", "version"),
        Kind("signature", {"type": "string", "x-signature": True}, "signature", in_rows=False),
        Kind(
            "rows",
            {"type": "array", "items": {"type": "object", "properties": {}}},
            "rows",
            in_rows=False,
        ),
    )
}
OTHER = "other"  # written by hand: it is left as it is


def kind_of(part: Json, look: Json) -> str:
    """The kind of a field, by what its schema says; `other` if we have no such kind."""
    type_ = part.get("type")
    if has_rows(part):
        return "rows"
    if type_ == "array":
        return _kind_of_many(part)
    if type_ == "string":
        return _kind_of_text(part, look)
    return {"number": "number", "integer": "integer", "boolean": "yes_no"}.get(str(type_), OTHER)


def _kind_of_many(part: Json) -> str:
    items = part.get("items")
    if isinstance(items, dict) and isinstance(items.get("enum"), list):
        return "choices"
    if "x-codes" in part:
        return "codes"
    name = f"{part.get('x-ref')}s"
    return name if name in KINDS else OTHER


def _kind_of_text(part: Json, look: Json) -> str:
    if part.get("x-signature"):
        return "signature"
    if isinstance(part.get("enum"), list):
        return "choice"
    if "x-ref" in part:
        ref = str(part["x-ref"])
        return ref if ref in KINDS and KINDS[ref].part.get("x-ref") == ref else OTHER
    if "format" in part:
        return {"date": "date", "date-time": "moment"}.get(str(part["format"]), OTHER)
    if "x-codes" in part:
        return OTHER
    is_long = look.get("widget") == "textarea" or _number(part.get("maxLength")) > LONG
    return "long" if is_long else "text"


def _number(value: object) -> float:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else 0


def limits_of(part: Json) -> tuple[str, ...]:
    """The limits that a field of this type may have."""
    if part.get("type") == "string" and ({"enum", "format", "x-ref", "x-signature"} & part.keys()):
        return ()
    return LIMITS.get(str(part.get("type")), ())


def made(kind: Kind, part: Json) -> dict[str, Any]:
    """The part of the schema turned to a kind; what has nothing to do with kinds stays."""
    old_enum = _choices(part)
    kept = {name: value for name, value in part.items() if name not in SAYS_KIND}
    turned: dict[str, Any] = {}
    for name, value in kind.part.items():
        turned[name] = dict(value) if isinstance(value, dict) else value
    if "enum" in turned:
        turned["enum"] = old_enum
    if kind.name == "choices":
        turned["items"]["enum"] = old_enum
    if kind.name == "rows":
        turned["items"] = {"type": "object", "properties": {}, "additionalProperties": False}
    allowed = limits_of({**kept, **turned})
    return {k: v for k, v in {**turned, **kept}.items() if k not in EVERY_LIMIT or k in allowed}


def _choices(part: Json) -> list[Any]:
    items = part.get("items")
    found = part.get("enum") or (items.get("enum") if isinstance(items, dict) else None)
    return list(found) if isinstance(found, list) else []
