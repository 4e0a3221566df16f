"""What was typed when a session ended: sealed, an hour long, for the same person only."""

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta

from cryptography.fernet import Fernet, InvalidToken
from flask import current_app, request
from flask_login import current_user
from flask_wtf.csrf import validate_csrf

from models import KeptForm
from webapp import clock, db

HOLD = timedelta(hours=1)
LONGEST_PATH = 200
AT_MOST = 5  # per person: a page that keeps posting must not fill the database
NEVER_KEPT = ("csrf_token", "password", "code", "ballot", "_kept")


@dataclass(frozen=True)
class Typed:
    """A form as it was sent, without its files."""

    id: int
    path: str
    fields: list[tuple[str, str]]
    files: list[str]

    @property
    def can_be_edited(self) -> bool:
        return any(name == "_form" for name, _ in self.fields)


def keep_for(user_key: str | None) -> bool:
    """The form of this request is on file for the one whose session it was; True if it is."""
    number = (user_key or "").partition(":")[0]
    if request.method != "POST" or not number.isdecimal() or not _comes_from_our_page():
        return False
    fields = [(k, v) for k, v in request.form.items(multi=True) if not _is_secret(k)]
    if not any(value for name, value in fields if not name.startswith("_")):
        return False
    return _store(int(number), fields)


def keep_for_signed_in() -> bool:
    """The same for a page older than the session: its token does not hold, its origin must."""
    if not current_user.is_authenticated or request.headers.get("Origin") is None:
        return False
    number = current_user.id
    fields = [(k, v) for k, v in request.form.items(multi=True) if not _is_secret(k)]
    return _is_own_origin() and bool(fields) and _store(number, fields)


def latest(user_id: int) -> Typed | None:
    """The newest form kept for the person, opened."""
    rows = (
        db.session()
        .query(KeptForm)
        .filter(KeptForm.user_id == user_id, KeptForm.kept_until > clock.wall())
    )
    for row in rows.order_by(KeptForm.id.desc()):
        if (typed := _open(row)) is not None:
            return typed
    return None


def settle(user_id: int) -> None:
    """A kept form that is sent again is gone, if what it is sent for succeeds."""
    kept_id = request.form.get("_kept", "") if request.method == "POST" else ""
    if kept_id.isdecimal() and len(kept_id) < 20:
        drop(int(kept_id), user_id)


def drop(kept_id: int, user_id: int) -> None:
    rows = db.session().query(KeptForm)
    rows.filter(KeptForm.id == kept_id, KeptForm.user_id == user_id).delete()


def _store(user_id: int, fields: list[tuple[str, str]]) -> bool:
    path = request.full_path.rstrip("?")
    if len(path) > LONGEST_PATH:
        return False
    files = [file.filename for file in request.files.values() if file.filename]
    content = {"user": str(user_id), "fields": fields, "files": files}
    sealed = _box().encrypt(json.dumps(content, ensure_ascii=False).encode())
    until = clock.wall() + HOLD
    with db.apart() as own:
        own.query(KeptForm).filter(KeptForm.kept_until <= clock.wall()).delete()
        older = own.query(KeptForm).filter(KeptForm.user_id == user_id)
        for row in older.order_by(KeptForm.id.desc()).offset(AT_MOST - 1):
            own.delete(row)
        own.add(KeptForm(user_id=user_id, path=path, sealed=sealed, kept_until=until))
    return True


def _open(row: KeptForm) -> Typed | None:
    try:
        content = json.loads(_box().decrypt(row.sealed))
    except InvalidToken:  # sealed with an earlier key
        return None
    if content["user"] != str(row.user_id):
        return None
    fields = [(name, value) for name, value in content["fields"]]
    return Typed(row.id, row.path, fields, content["files"])


def _box() -> Fernet:
    secret = f"kept forms:{current_app.config['SECRET_KEY']}".encode()
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret).digest()))


def _is_secret(name: str) -> bool:
    return any(word in name.lower() for word in NEVER_KEPT)


def _comes_from_our_page() -> bool:
    """Its token still belongs to the session that ended: nobody else's page sent it."""
    try:
        validate_csrf(request.form.get("csrf_token") or request.headers.get("X-CSRFToken"))
    except ValueError:  # wtforms.ValidationError
        return False
    return True


def _is_own_origin() -> bool:
    return request.headers.get("Origin") == request.host_url.rstrip("/")
