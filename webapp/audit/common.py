"""What the pages of the audit share: the blueprint, filters, cursors, the line about reading."""

from datetime import date
from typing import Any

from flask import Blueprint, request, url_for

from models import Role
from webapp import auth, clock, db
from webapp.audit import words
from workflows import access, audit, trail
from workflows.trail import Cursor, Filter
from workflows.trail_names import Named

bp = Blueprint("audit", __name__, url_prefix="/audit")
TEXTS = ("actor", "action", "subject", "subject_id", "case", "unit", "outcome")
KEPT = ("since", "until", *TEXTS)


def require() -> None:
    """Only the audit administrator; whoever else asks leaves a line."""
    access.require_role(auth.rights(), Role.AUDIT_ADMIN)


def require_to_read() -> None:
    """The same for a form that asks for long reading: nobody's writing waits for it."""
    require()
    db.start_over()


def note_act(action: str, detail: dict[str, Any], *, holds: bool = True) -> None:
    """A line of its own: what was read meanwhile did not keep others from writing."""
    with db.apart() as own:
        audit.record(
            own,
            actor=auth.rights().user,
            action=action,
            subject="audit",
            detail=detail,
            now=clock.now(),
            outcome="done" if holds else "failed",
        )


def note_reading(page: str) -> None:
    """That the audit was read is read-logged before the page is shown."""
    require()
    told = ", ".join(f"{name}={value}" for name, value in kept().items())
    page = f"audit {page}: {told}" if told else f"audit {page}"
    db.sensitive_read("audit", user=auth.rights().user, page=page[:200])


def chosen(*, security: bool = False) -> Filter:
    """The filter that the address, or the form of an export, carries."""
    texts: dict[str, Any] = {name: _text(name) for name in TEXTS}
    return Filter(since=day("since"), until=day("until"), security=security, **texts)


def _text(name: str) -> str:
    return request.values.get(name, "").strip()[:80]


def day(name: str) -> date | None:
    """What a date field sent; anything else narrows nothing."""
    try:
        found = date.fromisoformat(request.values.get(name, ""))
    except ValueError:
        return None
    return found if 1900 < found.year < 2200 else None


def kept() -> dict[str, str]:
    """What the filter holds, for the links and forms of the page."""
    return {name: value for name in KEPT if (value := _text(name))}


def cursor() -> Cursor | None:
    """`older` or `newer` as the pager wrote it: microseconds and id; else from the top."""
    for name in ("older", "newer"):
        at, _dash, one = request.args.get(name, "").partition("-")
        numbers = at.isascii() and at.isdecimal() and one.isascii() and one.isdecimal()
        if numbers and len(at) < 18 and len(one) < 19:
            return Cursor(int(at), int(one), newer=name == "newer")
    return None


def pages(page: trail.Page, endpoint: str) -> tuple[str | None, str | None]:
    """The addresses of the pages beside this one: newer, older."""
    return _beside(page.newer, endpoint), _beside(page.older, endpoint)


def _beside(edge: Cursor | None, endpoint: str) -> str | None:
    if edge is None:
        return None
    where = {"newer" if edge.newer else "older": f"{edge.at}-{edge.id}"}
    return url_for(endpoint, **kept(), **where)  # type: ignore[arg-type]


PAGES = {
    "user": lambda one: url_for("organisation.person", user_id=one),
    "unit": lambda one: url_for("organisation.unit", unit_id=one),
    "case": lambda one: url_for("cases.show", case_id=one),
}


def linked(names: dict[tuple[str, int], Named], kind: str, one: str | int | None) -> dict[str, Any]:
    """A subject as the page shows it: its kind, its name, and where to go on to if that is open."""
    text = "" if one is None else str(one)
    if kind == "str":
        return {"kind": words.subject(kind), "text": words.place(text), "url": None}
    number = int(text) if text.isascii() and text.isdecimal() else None
    name = names.get((kind, number)) if number is not None else None
    url = PAGES[kind](number) if name and name.is_open and kind in PAGES else None
    return {"kind": words.subject(kind), "text": (name and name.text) or text, "url": url}
