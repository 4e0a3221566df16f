"""Ids in addresses, which address it is safe to go on to, and what is typed without nulls."""

from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, current_app, request
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import BaseConverter, ValidationError

from models.ids import MAX_ID
from webapp import uploads

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


class NumberConverter(BaseConverter):
    """`<number:number>`: the number of a version, counted from one; it never has ten figures."""

    regex = "[1-9][0-9]{0,8}"

    def to_python(self, value: str) -> int:
        return int(value)


class YearConverter(BaseConverter):
    """`<year:year>`: a year that calendars know; anything else is no page of ours (404)."""

    regex = "(?:19|20|21)[0-9]{2}"

    def to_python(self, value: str) -> int:
        return int(value)


class Typed(ImmutableMultiDict[str, Any]):
    """What was typed into a form or an address, without null characters: no text may hold one."""

    def __init__(self, mapping: Any = None) -> None:
        pairs = mapping if isinstance(mapping, list) else MultiDict(mapping).items(multi=True)
        super().__init__([(_clean(name), _clean(value)) for name, value in pairs])


def _clean(value: Any) -> Any:
    return value.replace("\0", "") if isinstance(value, str) else value


class TypedRequest(Request):
    parameter_storage_class = Typed
    _get_file_stream = staticmethod(uploads.stream)


def init_app(app: Flask) -> None:
    app.request_class = TypedRequest
    app.url_map.converters.update(id=IdConverter, number=NumberConverter, year=YearConverter)
    app.before_request(_is_an_address)
    app.before_request(_read_on)


def _is_an_address() -> None:
    if "\0" in request.path:
        raise NotFound


def _read_on() -> None:
    """A form with files is read past one that is too large (see uploads)."""
    most = current_app.config["MAX_CONTENT_LENGTH"]
    if request.mimetype == "multipart/form-data" and most is not None:
        request.max_content_length = most * uploads.READ_ON


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
