"""Uploads of a request: kept in the store, named by their id in the form's answers."""

from collections.abc import Callable

from flask import current_app
from werkzeug.datastructures import FileStorage

from models import Case, User
from webapp import auth, clock, db
from workflows import files


def store() -> files.FileStore:
    """Where this installation keeps its files: outside the web root."""
    return files.FileStore(current_app.extensions["config"].data_dir)


def keep_upload(case: Case) -> Callable[[FileStorage], str]:
    """Keeps a file for the case and gives back its id as text.

    In a transaction of its own: when the form is refused, its file need not be sent again.
    """

    def keep(sent: FileStorage) -> str:
        upload = files.Upload(sent.filename or "", sent.stream.read(), case_id=case.id)
        by_id = auth.rights().user.id
        with db.apart() as own:  # nothing of the request's own session may be asked in here
            by = own.get_one(User, by_id)
            return str(files.keep(own, store(), upload, by=by, now=clock.now()).id)

    return keep
