"""The polling place: the whole application over a city, a hundred electors with open browsers."""

import re
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from flask import Flask
from werkzeug.test import TestResponse

from config import Config
from models import User
from tests.cast import assemble, install
from tests.conftest import empty
from tests.webapp.conftest import HASH, Visitor
from tests.workflows.steps import proposed_case
from webapp import create_app, db
from webapp.cli import main

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SCRUTINEERS = ("supervisor", "supervisor2", "supervisor3")
ELECTORS = 100
SECRETS = {
    "secret_key": "a key for the tests of the ballots 0123456789",
    "audit_key": "another key for its trail, 9876543210 abc",
}


class Polling:
    """People who vote in their browsers; an attacker who may read everything else."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        config = Config(
            database_url=url,
            secret_key=SECRETS["secret_key"],
            audit_key=SECRETS["audit_key"],
            data_dir=folder / "files",
            sqlite_synchronous="NORMAL",
        )
        self.app: Flask = create_app(config)
        self.app.test_client_class = Visitor
        self.on_sqlite = db.of(self.app).engine.dialect.name == "sqlite"
        self.unpacked = folder / "unpacked.db"
        self._browsers: dict[int, tuple[Visitor, str]] = {}
        self._settle()

    def _settle(self) -> None:
        empty(db.of(self.app).engine)
        with db.of(self.app).write.begin() as session:
            install(session, NOW)
            cast = assemble(session)
            electors = [cast.person(f"elector{n}", unit="finance_branch") for n in range(ELECTORS)]
            who = ("reminder", "finance_branch_secretary", "finance_branch")
            self.case_id = proposed_case(cast, NOW, *who).id
            for user in cast.users.values():
                user.password_hash, user.session_key = HASH, f"key of {user.login}"
        self.users: dict[str, User] = dict(cast.users)
        self.logins = {user.id: user.login for user in cast.users.values()}
        self.electors = [user.id for user in electors]

    def browser(self, person: int) -> tuple[Visitor, str]:
        """The person's browser, signed in, and the token of its pages."""
        if person not in self._browsers:
            visitor = self.app.test_client()
            assert isinstance(visitor, Visitor)
            assert visitor.sign_in(self.logins[person]).status_code == 303
            found = re.search('name="csrf-token" content="(.+?)"', visitor.get("/ballots").text)
            assert found
            self._browsers[person] = visitor, found[1]
        return self._browsers[person]

    def send(self, person: int, url: str, /, **fields: Any) -> TestResponse:
        visitor, token = self.browser(person)
        return visitor.post(url, data={"csrf_token": token, **fields})

    def backup(self, file: Path) -> Result:
        """`tongze backup`, while the ballot goes on."""
        file.unlink(missing_ok=True)
        env = {f"TONGZE_{name.upper()}": value for name, value in SECRETS.items()}
        env |= {"TONGZE_DATABASE_URL": self.url, "TONGZE_DATA_DIR": str(self.folder / "files")}
        return CliRunner().invoke(main, ["backup", str(file)], env={**env, "TONGZE_DEMO": "0"})

    def unpack(self) -> None:
        with zipfile.ZipFile(self.folder / "backup.zip") as packed:
            self.unpacked.write_bytes(packed.read("database.db"))

    @contextmanager
    def copy(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.unpacked)) as connection:
            yield connection
