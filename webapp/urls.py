"""Ids in addresses, and which address it is safe to go on to."""

from urllib.parse import urlsplit

from flask import Flask, current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import BaseConverter, ValidationError

from models.ids import MAX_ID

HOME = "/"


class IdConverter(BaseConverter):
    """`<id:case_id>`: one of our 64-bit ids; anything larger is no page of ours (404)."""

    regex = "[0-9]{1,19}"

    def to_python(self, value: str) -> int:
        if (number := int(value)) > MAX_ID:
            raise ValidationError
        return number

    def to_url(self, value: int) -> str:
        return str(int(value))


def init_app(app: Flask) -> None:
    app.url_map.converters["id"] = IdConverter


def safe_next(target: str | None, otherwise: str = HOME) -> str:
    """The target if it is a page of ours that can be opened by GET, else `otherwise`."""
    if not target or not target.startswith("/") or "\\" in target or not target.isprintable():
        return otherwise
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or target.startswith("//"):
        return otherwise
    return target if _can_be_opened(parts.path) else otherwise


def _can_be_opened(path: str) -> bool:
    adapter = current_app.create_url_adapter(request)
    try:
        return adapter is not None and bool(adapter.match(path, method="GET"))
    except HTTPException:
        return False
