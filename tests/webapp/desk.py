"""The whole application over the cast's city: the way to a state by the service, the act by HTTP.

`attempt` fills in a task's form as the page shows it and sends it as a browser would.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from config import Config
from models import Base, Case, Task
from tests.cast import Cast
from tests.conftest import empty
from tests.webapp.conftest import HASH, Visitor
from tests.webapp.whole import application
from tests.workflows import matter_paths
from webapp import clock, db
from workflows import definitions
from workflows.entries import has_rows

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
HIDDEN = re.compile(r'<input type="hidden" name="(_\w+)" value="([^"]*)"')
# What a refusal leaves behind by design: the trail and log, the upload, the session's own rows.
LEFT = frozenset({"audit", "read_log", "stored_file", "kept_form", "user"})


class Desk:
    """The city, and whoever of the cast sits before it."""

    def __init__(self, app: Flask, cast: Cast, now: datetime) -> None:
        self.app, self.cast, self.now = app, cast, now
        self.visitors: dict[str, Visitor] = {}

    @contextmanager
    def behind(self) -> Iterator[Cast]:
        """The cast acts without a browser, and it counts."""
        with db.of(self.app).write.begin() as session:
            self.cast.session = session
            yield self.cast

    def visit(self, who: str) -> Visitor:
        """This member's browser, signed in."""
        if who not in self.visitors:
            visitor = self.app.test_client()
            assert isinstance(visitor, Visitor)
            assert visitor.sign_in(self.cast.users[who].login).status_code == 303
            self.visitors[who] = visitor
        return self.visitors[who]

    def case(self, case_id: int) -> Case:
        """The case as it stands; within `behind` or `by_page`."""
        return self.cast.session.get_one(Case, case_id)

    def task(self, case_id: int, node: str) -> Task:
        """The first open task of the step."""
        wanted = select(Task).where(
            Task.case_id == case_id, Task.node == node, Task.done_at.is_(None)
        )
        with db.of(self.app).read() as session:
            return session.scalars(wanted.order_by(Task.id).limit(1)).one()

    def attempt(
        self, who: str, case_id: int, node: str, answers: Mapping[str, Any]
    ) -> TestResponse:
        """The form of the step is sent in this member's name, files and all."""
        task = self.task(case_id, node)
        page = self.visit(who).get(f"/tasks/{task.id}")
        form = MultiDict(HIDDEN.findall(page.text.partition('<form id="form"')[2]))
        form["csrf_token"] = self.visit(who).token()
        with db.of(self.app).read() as session:
            definition = session.get_one(Case, case_id).definition_id
            schema = definitions.form_of(session, definition, node).schema
        form.update(MultiDict(typed(schema, answers)))
        return self.visit(who).post(
            f"/tasks/{task.id}", data=form, content_type="multipart/form-data"
        )

    @contextmanager
    def by_page(self) -> Iterator[list[TestResponse]]:
        """Within, the acts of steps.py go through the pages; what came back is listed."""
        answers: list[TestResponse] = []

        def do(case: Case, node: str, who: str, now: datetime, said: Any, item: Any = None) -> None:
            answers.append(self.attempt(who, case.id, node, said))

        with db.of(self.app).read() as session:
            self.cast.session = session
            self.cast.do = do  # type: ignore[method-assign, assignment]
            try:
                yield answers
            finally:
                del self.cast.do

    def rows(self) -> dict[str, Counter[tuple[object, ...]]]:
        """Everything on file, but for what a refusal leaves behind by design."""
        with Session(db.of(self.app).engine) as session:
            return {
                table.name: Counter(
                    tuple(one if one.__hash__ else repr(one) for one in row)
                    for row in session.execute(select(table))
                )
                for table in Base.metadata.sorted_tables
                if table.name not in LEFT
            }


def typed(schema: Mapping[str, Any], answers: Mapping[str, Any], prefix: str = "") -> list[Any]:
    """Answers as a browser sends them: a field of rows row by row, a file as an upload."""
    found: list[tuple[str, Any]] = []
    for name, value in answers.items():
        part, path = schema["properties"][name], f"{prefix}{name}"
        if has_rows(part):
            for index, row in enumerate(value):
                found += typed(part["items"], row, f"{path}-{index}-")
        elif part.get("x-ref") == "file" and not isinstance(value, int):
            name, data = value if isinstance(value, tuple) else ("材料.pdf", PDF)
            found.append((f"{path}-upload", (io.BytesIO(data), name)))
        elif isinstance(value, list | dict):
            found += [(path, one) for one in value]
        elif isinstance(value, bool):
            found.append((path, "true" if value else "false"))
        else:
            found.append((path, str(value)))
        if part.get("x-signature"):
            found.append((f"{path}-confirmed", "on"))
    return found


@contextmanager
def opened(database_url: str, folder: Path) -> Iterator[Desk]:
    """A desk for the tests of a file, on the morning of 2 March 2026."""
    now = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
    config = Config(
        database_url=database_url,
        secret_key="a key for the tests at the desk 0123456789",
        sqlite_synchronous="NORMAL",
        audit_key="another key for its trail, 9876543210 abc",
        data_dir=folder,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: now)
        desk = _set_up(config, now)
        yield desk
        db.of(desk.app).engine.dispose()


def _set_up(config: Config, now: datetime) -> Desk:
    """An empty database, the cast's city in it, and everybody able to sign in."""
    app = application(config)
    app.test_client_class = Visitor
    empty(db.of(app).engine)
    with db.of(app).write.begin() as session:
        cast = matter_paths.supervised_city(session, now)
        for user in cast.users.values():
            user.password_hash, user.session_key = HASH, f"key of {user.login}"
    return Desk(app, cast, now)
