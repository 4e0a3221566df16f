"""Which input a field of a form takes, and how its value stands in it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import gettext

from webapp.i18n import named
from workflows.entries import ZONE, has_rows


def matches(label: str, typed: str) -> bool:
    return all(word in label.casefold() for word in typed.casefold().split())


def as_list(value: Any) -> list[str]:
    if isinstance(value, list | dict):
        return [str(one) for one in value]
    return [] if value in (None, "") else [str(value)]


def label(look: Mapping[str, Any], value: str) -> str:
    zh, en = look.get("labels", {}).get(value), look.get("labels_en", {}).get(value)
    if zh is None and value in ("true", "false"):
        return str(gettext("Yes") if value == "true" else gettext("No"))
    return named(zh or value, en)


def widget(part: Mapping[str, Any], look: Mapping[str, Any]) -> str:
    if has_rows(part):
        return "rows"
    if part.get("x-signature"):
        return "signature"
    if part.get("x-ref") == "file":
        return "file"
    if part.get("type") == "boolean":
        return "checkbox" if look.get("widget") == "checkbox" else "radio"
    if part.get("type") in ("array", "object"):
        return "many"
    if "x-ref" in part:
        return "select"
    if "enum" in part:
        return "select" if look.get("widget") == "select" else "radio"
    return _text_widget(part, look)


def _text_widget(part: Mapping[str, Any], look: Mapping[str, Any]) -> str:
    by_format = {"date": "date", "date-time": "datetime"}.get(part.get("format", ""))
    if by_format:
        return by_format
    if part.get("type") in ("number", "integer"):
        return "number"
    long = look.get("widget") == "textarea" or part.get("maxLength", 0) > 500
    return "textarea" if long else "text"


def as_typed(part: Mapping[str, Any], value: Any) -> Any:
    """The value as the input shows it: times on the organisation's clocks, yes and no by code."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if part.get("format") == "date-time" and isinstance(value, str):
        try:
            return datetime.fromisoformat(value).astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")
        except ValueError:
            return value
    return value
