"""What was typed into a task's form becomes answers of the right types.

Names of inputs are the fields' own (`reason`), in rows `items-0-problem`. A box that may stay
unticked sends `<name>-box` besides; a signature counts with `<name>-confirmed` only.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any
from zoneinfo import ZoneInfo

from workflows.engine.feel import FeelError, evaluate

Typed = Mapping[str, Sequence[str]]

ZONE = ZoneInfo("Asia/Shanghai")
MOST_ENTRIES = 500
MOST_ROWS = 200
CONTROL = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff]")  # but \\n and \\t
YES_NO = {"true": True, "on": True, "1": True, "false": False, "0": False}


def parse(
    schema: Mapping[str, Any],
    ui: Mapping[str, Any],
    form: Typed,
    *,
    given: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The answers in a form as it was sent, without unknown, read-only and hidden fields.

    `given` holds what stands in the fields that are not written here; conditions see it.
    """
    answers, given = read(schema, ui, form, given=given), given or {}
    for name, part in _rows_of(schema):
        fields, fixed = ui_of(ui, name), fixed_rows(schema, ui, name, given)
        pairs: Iterable[tuple[dict[str, Any], Mapping[str, Any]]] = zip_longest(
            answers.pop(name, []), fixed, fillvalue={}
        )
        rows = [
            _without_hidden(part, fields, row, {**given, **answers, **before})
            for row, before in pairs
        ]
        if any(rows):
            answers[name] = [row for at, row in enumerate(rows) if row or at < len(fixed)]
    return _without_hidden(schema, ui, answers, given)


def read(
    schema: Mapping[str, Any],
    ui: Mapping[str, Any],
    form: Typed,
    *,
    empty_rows: bool = False,
    given: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """All that was typed into known fields, those now hidden included."""
    answers: dict[str, Any] = {}
    for name, field in schema.get("properties", {}).items():
        if access_to(ui, name) != "write":
            continue
        if has_rows(field):
            fixed = len(fixed_rows(schema, ui, name, given or {}))
            rows = _read_rows(field, ui_of(ui, name), name, form, fixed=fixed)
            kept = [row for at, row in enumerate(rows) if row or empty_rows or at < fixed]
            value: Any = (kept if any(kept) or empty_rows else None) or None
        else:
            value = _read_field(field, name, form)
        if value is not None:
            answers[name] = value
    return answers


def access_to(ui: Mapping[str, Any], name: str) -> str:
    """write, read or hide: what the person at this node may do with the field."""
    access: str = ui_of(ui, name).get("access", "write")
    return access


def is_shown(
    schema: Mapping[str, Any], ui: Mapping[str, Any], name: str, answers: Mapping[str, Any]
) -> bool:
    """Whether the answers so far ask for the field; a condition that fails to run asks for it."""
    condition = ui_of(ui, name).get("show_if")
    if not condition:
        return True
    names = {**dict.fromkeys(schema.get("properties", {})), **answers}
    try:
        return evaluate(condition, names) is True
    except FeelError:
        return True


def deciding_fields(ui: Mapping[str, Any]) -> frozenset[str]:
    """The fields on which it depends whether others are shown."""
    text = " ".join(str(field.get("show_if", "")) for field in _all_fields(ui))
    return frozenset(re.findall(r"\w+", text))


def _all_fields(ui: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for field in ui.get("fields", {}).values():
        yield field
        yield from _all_fields(field)


def _without_hidden(
    schema: Mapping[str, Any],
    ui: Mapping[str, Any],
    answers: dict[str, Any],
    around: Mapping[str, Any],
) -> dict[str, Any]:
    """A field that is hidden counts as empty for the conditions of the others."""
    while True:
        shown = {
            name: value
            for name, value in answers.items()
            if is_shown(schema, ui, name, {**around, **answers})
        }
        if len(shown) == len(answers):
            return shown
        answers = shown


def ui_of(ui: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = ui.get("fields", {}).get(name, {})
    return found


def _rows_of(schema: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any]]]:
    fields = schema.get("properties", {}).items()
    return [(name, field["items"]) for name, field in fields if has_rows(field)]


def has_rows(field: Mapping[str, Any]) -> bool:
    return field.get("type") == "array" and field.get("items", {}).get("type") == "object"


def fixed_rows(
    schema: Mapping[str, Any], ui: Mapping[str, Any], name: str, given: Mapping[str, Any]
) -> Sequence[Mapping[str, Any]]:
    """The rows that stay where they are, as a part of each is not written here: new ones follow."""
    field, rows = schema["properties"].get(name, {}), given.get(name)
    if not rows or not has_rows(field) or access_to(ui, name) != "write":
        return ()
    inner = ui_of(ui, name)
    is_closed = any(access_to(inner, cell) != "write" for cell in field["items"]["properties"])
    return tuple(rows) if is_closed else ()


def _read_rows(
    field: Mapping[str, Any], ui: Mapping[str, Any], name: str, form: Typed, *, fixed: int
) -> list[dict[str, Any]]:
    places = re.compile(rf"{re.escape(name)}-(\d{{1,4}})-")
    sent = {int(match[1]) for key in form if (match := places.match(key))}
    found = sorted(sent | set(range(fixed)))
    return [_read_row(field["items"], ui, f"{name}-{index}-", form) for index in found[:MOST_ROWS]]


def _read_row(
    schema: Mapping[str, Any], ui: Mapping[str, Any], prefix: str, form: Typed
) -> dict[str, Any]:
    row = {}
    for name, field in schema["properties"].items():
        value = _read_field(field, prefix + name, form)
        # an unticked box alone makes no row; "no" is an answer where it was chosen
        said = value is not False or any(form.get(prefix + name, ()))
        if value is not None and said and access_to(ui, name) == "write":
            row[name] = value
    if row:
        boxes = [n for n, f in schema["properties"].items() if f.get("type") == "boolean"]
        row.update({n: False for n in boxes if n not in row and f"{prefix}{n}-box" in form})
    return row


def _read_field(field: Mapping[str, Any], name: str, form: Typed) -> Any:
    values = [_clean(value) for value in form.get(name, ())]
    if field.get("x-signature") and not any(form.get(f"{name}-confirmed", ())):
        return None
    kind = field.get("type", "string")
    if kind == "array":
        return list(dict.fromkeys(filter(None, values)))[:MOST_ENTRIES] or None
    if kind == "object":  # persons or units, each with what else is known about them
        return {value: {} for value in filter(None, values)} or None
    if kind == "boolean" and not any(values):
        return False if f"{name}-box" in form else None
    value = next(filter(None, values), None)
    return None if value is None else _coerce(field, kind, value)


def _clean(value: str) -> str:
    """Without blanks around it and without control characters."""
    return CONTROL.sub("", value.replace("\r\n", "\n").replace("\r", "\n").strip())


def _coerce(field: Mapping[str, Any], kind: str, value: str) -> Any:
    """The value in its type; what does not fit stays text, and `check` says so."""
    if kind == "boolean":
        return YES_NO.get(value, value)
    if kind in ("number", "integer"):
        return _number(value)
    if field.get("format") == "date":
        return _date(value)
    if field.get("format") == "date-time":
        return _moment(value)
    return value


def _number(value: str) -> int | float | str:
    text = unicodedata.normalize("NFKC", value).replace(",", "").strip()
    if not re.fullmatch(r"[+-]?\d{1,15}(\.\d{1,10})?", text):
        return value
    return float(text) if "." in text else int(text)


def _date(value: str) -> str:
    """2026-03-02, also when it was written 2026/3/2, 2026.3.2 or 2026年3月2日."""
    text = unicodedata.normalize("NFKC", value)
    match = re.fullmatch(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text)
    return f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}" if match else value


def _moment(value: str) -> str:
    """A time of the organisation's clocks, as it is stored: in UTC with its offset."""
    day, _, hour = unicodedata.normalize("NFKC", value).replace("T", " ").partition(" ")
    try:
        at = datetime.fromisoformat(f"{_date(day)} {hour.strip() or 'none'}")
    except ValueError:
        return value
    at = at.replace(tzinfo=ZONE) if at.tzinfo is None else at
    return at.astimezone(UTC).isoformat()
