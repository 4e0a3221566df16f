"""What the pages of the processes share: the blueprint, and who may open them."""

from collections.abc import Sequence
from typing import Any

import orjson
from flask import Blueprint, Response, make_response, url_for
from flask_babel import LazyString
from flask_babel import lazy_gettext as _

from webapp import auth, i18n, security
from workflows import differences, versions
from workflows.engine import Bundle
from workflows.engine.decisions import parse_dmn
from workflows.engine.outline import outline

bp = Blueprint("processes", __name__)
PACKAGE = "application/zip"
TYPES = {
    "diagrams": "application/xml",
    "decisions": "application/xml",
    "forms": "application/json",
    "documents": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "tests": "application/json",
}
STATES: dict[str, LazyString] = {
    "drafting": _("being drafted"),
    "handed in": _("handed in, waits for its review"),
    "returned": _("returned by the reviewer"),
    "approved": _("approved, may be published"),
}
STANDINGS: dict[str, LazyString] = {
    "in force": _("in force"),
    "takes effect later": _("takes effect later"),
    "earlier": _("earlier"),
    "withdrawn": _("withdrawn"),
    "retired": _("retired"),
}
ENDINGS = {"diagrams": ".bpmn", "decisions": ".dmn"}


@bp.before_request
def for_administrators() -> None:
    """To everybody else there is no such page."""
    versions.require_admin(auth.rights())


def download(data: bytes, name: str, media_type: str) -> Response:
    """The bytes, to be saved and never shown."""
    response = make_response(data)
    response.headers["Content-Type"] = media_type
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["Content-Security-Policy"] = security.SANDBOX
    response.headers["Cache-Control"] = "private, no-store"
    return response


def drawn(bundle: Bundle, notes: dict[str, list[dict[str, str]]]) -> list[dict[str, Any]]:
    """The diagrams as the viewer takes them along with the page, the process's own first."""
    names = sorted(bundle.diagrams, key=lambda name: (name != bundle.process, name))
    return [
        {
            "name": name,
            "given": {
                "xml": bundle.diagrams[name].decode("utf-8", "replace"),
                "notes": notes.get(name, []),
            },
        }
        for name in names
    ]


def tabs(current: str) -> Sequence[tuple[LazyString, str, None, bool]]:
    """The two halves of the area: processes and parameters."""
    pages = (("processes.index", _("Processes")), ("processes.figures", _("Parameters")))
    return [(label, url_for(page), None, page == current) for page, label in pages]


def title_of(bundle: Bundle, part: str, name: str) -> str:
    """What a diagram, table or form calls itself; nothing where it cannot be read."""
    try:
        if part == "diagrams":
            root = outline(name, bundle.diagrams[name]).process
            return i18n.named(root.name, root.properties.get("nameEn", ""))
        if part == "decisions":
            return {one.id: one.name for one in parse_dmn(bundle.decisions[name])}[name]
        if part == "forms":
            schema = orjson.loads(bundle.forms[f"{name}.schema.json"])
            return i18n.named(schema.get("title"), schema.get("title_en")) or ""
    except (*differences.UNREADABLE, AttributeError):
        pass
    return ""
