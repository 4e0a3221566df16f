"""How a page that keeps what is typed is answered: kept, with what to say next time, or why not.

See frontend/src/keep.js. `X-Seen` names the state that the page stands on from now on.
"""

from datetime import datetime

from flask import request
from flask.typing import ResponseReturnValue

from webapp import errors, words
from workflows.errors import DomainError

PLAIN = "text/plain; charset=utf-8"


def is_asked() -> bool:
    """Whether the page sends in the background, while somebody types."""
    return "X-Keep" in request.headers


def kept(seen: datetime | int) -> ResponseReturnValue:
    return "", 204, {"X-Seen": _as_text(seen)}


def overtaken(refusal: DomainError, seen: object) -> ResponseReturnValue:
    """The sentence, and the state over which the person may keep his own text."""
    told = {"X-Seen": _as_text(seen), "Content-Type": PLAIN}
    return words.say(refusal), errors.status_of(refusal), told


def _as_text(seen: object) -> str:
    return seen.isoformat() if isinstance(seen, datetime) else str(seen)
