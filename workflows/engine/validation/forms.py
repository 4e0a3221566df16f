"""Forms: there, valid JSON Schema, and laid out over fields that they have."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from jsonschema import Draft202012Validator, SchemaError

from workflows.engine import feel
from workflows.engine.bundle import Bundle
from workflows.engine.validation import form_steps, layouts
from workflows.engine.validation.faults import Report
from workflows.engine.validation.model import Diagram, Step
from workflows.engine.validation.scope import Surroundings
from workflows.engine.validation.settings import needs_person

RULES = {
    "form-missing": (
        "没有这个表单（schema 或 ui 文件缺失）。",
        "There is no such form (its schema or ui file is missing).",
    ),
    "form-not-json": (
        "表单文件不是有效的 JSON，或过大、嵌套过深。",
        "A file of the form is no valid JSON, too big or too deep.",
    ),
    "form-invalid": (
        "表单不是有效的 JSON Schema（2020-12）对象。",
        "The form is no valid JSON Schema (2020-12) of an object.",
    ),
    "form-unknown-field": (
        "表单必填项或界面提到了表单没有的字段。",
        "The form requires or lays out a field that it does not have.",
    ),
    "form-field-not-shown": (
        "表单字段不在界面顺序中，办理人看不到。",
        "A field of the form is not in the order of its layout, so nobody sees it.",
    ),
    "form-show-if": (
        "显示条件不是有效的 FEEL，或用了表单之外的名称。",
        "A show_if is not valid FEEL or uses names from outside the form.",
    ),
}

MAX_BYTES = 100_000  # holding a schema against its own takes some 4 µs for each
MAX_DEPTH = 40
Broken = tuple[str, str]  # a rule, and the part that breaks it


@dataclass(frozen=True)
class Form:
    """A form as expressions see it."""

    properties: Mapping[str, Any]

    @property
    def fields(self) -> frozenset[str]:
        return frozenset(self.properties)

    def choices(self, field: str) -> frozenset[str] | None:
        """Return the choices of a field, or None where it has none to choose from."""
        schema = self.properties.get(field)
        choices = schema.get("enum") if isinstance(schema, dict) else None
        if not isinstance(choices, list):
            return None
        return frozenset(choice for choice in choices if isinstance(choice, str))


class _Unusable(Exception):
    pass


def key_of(step: Step) -> str:
    """Return the form's name: its own setting, else the node's id."""
    return step.properties.get("formKey", "").strip() or step.id


def form_of(step: Step, around: Surroundings) -> Form | None:
    """Return the form of a node if it can be read."""
    key = key_of(step)
    if key not in around.forms:
        around.forms[key] = _form(around.bundle.forms.get(f"{key}.schema.json", b""))
    form = around.forms[key]
    return form if isinstance(form, Form) else None


def _form(data: bytes) -> Form | None:
    try:
        properties = _json(data).get("properties")
    except _Unusable:
        return None
    return Form(properties) if isinstance(properties, dict) else None


def check_forms(diagram: Diagram, around: Surroundings, report: Report) -> None:
    for step in diagram.steps.values():
        if not needs_person(step):
            continue
        key = key_of(step)
        if key not in around.form_faults:
            steps = {
                name: one.properties
                for name, one in around.steps.items()
                if needs_person(one) and key_of(one) == key
            }
            around.form_faults[key] = list(faults_of(key, around.bundle, steps))
        for rule, detail in around.form_faults[key]:
            report.add(diagram.file, rule, step.xml, detail=detail)


def faults_of(key: str, bundle: Bundle, steps: Mapping[str, Mapping[str, str]]) -> Iterator[Broken]:
    """Yield each rule that a form breaks, with the part that breaks it; `steps` are those that show
    it, with their settings."""
    parts = {}
    for part in ("schema", "ui"):
        name = f"{key}.{part}.json"
        if name not in bundle.forms:
            yield "form-missing", name
            continue
        try:
            parts[part] = _json(bundle.forms[name])
        except _Unusable as fault:
            yield "form-not-json", f"{name}: {fault}"
    if len(parts) < 2:
        return
    if wrong := _schema_fault(bundle.forms[f"{key}.schema.json"]):
        yield "form-invalid", f"{key}: {wrong}"
        return
    yield from _faults_between(key, parts["schema"], parts["ui"], steps)


def _faults_between(
    key: str, schema: dict[str, Any], ui: dict[str, Any], steps: Mapping[str, Mapping[str, str]]
) -> Iterator[Broken]:
    order, layout = ui.get("order", []), ui.get("fields", {})
    if not isinstance(order, list) or not isinstance(layout, dict):
        yield "form-not-json", f"{key}.ui.json"
        return
    for place in layouts.faults_of(key, schema, ui):
        yield "form-page", place
    fields = set(schema["properties"])
    shown = {str(name) for name in order}
    required = {str(name) for name in schema.get("required", [])}
    for name in sorted((shown | required | set(layout)) - fields):
        yield "form-unknown-field", f"{key}.{name}"
    for name in sorted(fields - shown):
        yield "form-field-not-shown", f"{key}.{name}"
    for name, settings in layout.items():
        text = settings.get("show_if") if isinstance(settings, dict) else None
        if text is not None and not _can_show(text, fields):
            yield "form-show-if", f"{name}: {text}"
    yield from form_steps.faults_of(key, schema, ui, steps)


@lru_cache(maxsize=300)
def _schema_fault(text: bytes) -> str | None:
    """The same, kept: at every save of a process most of its forms are as they were."""
    return schema_fault(_json(text))


def schema_fault(schema: Mapping[str, Any]) -> str | None:
    """Return why a schema is no schema of a form, or None."""
    if schema.get("type") != "object" or not isinstance(schema.get("properties"), dict):
        return "type, properties"
    if any(not isinstance(field, dict) for field in schema["properties"].values()):
        return "properties"
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as fault:
        return fault.message[:200]
    return _pattern_fault(schema)


def _pattern_fault(part: object) -> str | None:
    """Return a pattern that is no regular expression, or a reference out of the form."""
    if isinstance(part, list):
        return next(filter(None, map(_pattern_fault, part)), None)
    if not isinstance(part, dict):
        return None
    pattern, reference = part.get("pattern"), part.get("$ref")
    if isinstance(pattern, str) and not _compiles(pattern):
        return pattern
    if isinstance(reference, str) and not reference.startswith("#/"):
        return reference
    return next(filter(None, map(_pattern_fault, part.values())), None)


def _compiles(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except (re.error, RecursionError, OverflowError):
        return False
    return True


def _can_show(text: object, fields: set[str]) -> bool:
    try:
        return isinstance(text, str) and feel.parse(text).names <= fields
    except feel.FeelError:
        return False


def _json(data: bytes) -> dict[str, Any]:
    if len(data) > MAX_BYTES:
        raise _Unusable(f"> {MAX_BYTES}")
    if not _is_flat(data):
        raise _Unusable(f"> {MAX_DEPTH} levels")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as fault:
        raise _Unusable(str(fault)) from fault
    if not isinstance(value, dict):
        raise _Unusable("no object")
    return value


def _is_flat(data: bytes) -> bool:
    """Say whether brackets nest within bounds; those inside of texts count, to be on the safe side
    of what the checks behind this one can walk."""
    depth = 0
    for byte in data:
        if byte in b"{[":
            depth += 1
            if depth > MAX_DEPTH:
                return False
        elif byte in b"}]":
            depth -= 1
    return True
