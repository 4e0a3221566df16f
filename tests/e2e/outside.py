"""People at other desks: valid sessions that send what is not theirs to send, and are refused."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import APIRequestContext, APIResponse, Playwright
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from models import AuditRow, Base
from tests.cast import Cast
from tests.webapp.conftest import PASSWORD

REFUSED = {403, 404, 409}
# Rows that reading, signing in and the clock's pulse write by design; and what ships, for speed.
ASIDE = ("read_log", "pulse", "kept_form", "audit", "obligation")
SHIPPED = ("calendar_day", "calendar_year", "definition", "definition_file", "duty_rule")
STANDING = [t for t in Base.metadata.sorted_tables if t.name not in (*ASIDE, *SHIPPED)]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass
class Outside:
    playwright: Playwright
    base_url: str
    cast: Cast
    sessions: sessionmaker[Session]
    known: dict[str, tuple[APIRequestContext, str]] = field(default_factory=dict)

    def are_refused(
        self, others: Iterable[str], path: str, entries: Sequence[Sequence[str]]
    ) -> None:
        """Whoever is not meant and sends the very same is refused, and nothing has changed."""
        desks = [(who, *self._desk(who)) for who in others]
        before = self.standing()
        for who, client, token in desks:
            sent = [(name, token if name == "csrf_token" else value) for name, value in entries]
            answer = client.post(path, data=urlencode(sent), headers=FORM, max_redirects=0)
            assert answer.status in REFUSED, (who, path, answer.status)
        assert changed(before, self.standing()) == [], (others, path)

    def sends(self, who: str, path: str, entries: Sequence[Sequence[str]]) -> APIResponse:
        """The person's own form from his own desk; the answer, whatever it is."""
        client, token = self._desk(who)
        sent = [(name, token if name == "csrf_token" else value) for name, value in entries]
        return client.post(path, data=urlencode(sent), headers=FORM, max_redirects=0)

    def reads(self, who: str, path: str) -> str:
        """The person's own page."""
        client, _ = self._desk(who)
        return client.get(path, max_redirects=0).text()

    def sees(self, who: str, path: str) -> int:
        """With which status the person's own page answers."""
        client, _ = self._desk(who)
        return client.get(path, max_redirects=0).status

    def standing(self) -> dict[str, Any]:
        """Everything that is stored, but for what reading and being refused write."""
        with self.sessions() as session:
            done = select(AuditRow.id).where(AuditRow.outcome == "done")
            found: dict[str, Any] = {"audit": session.scalars(done).all()}
            return found | {t.name: session.execute(select(t)).all() for t in STANDING}

    def knows(self, who: str, cookies: Any) -> None:
        """The person signed in at the browser: his own desk shares that session."""
        if who not in self.known:
            self.known[who] = (self._client(cookies), "")

    def _desk(self, who: str) -> tuple[APIRequestContext, str]:
        """A valid session of the person, with its token."""
        if who not in self.known:
            self.known[who] = (self._client([]), "")
            self._sign_in(self.known[who][0], who)
        client, token = self.known[who]
        self.known[who] = (client, token or _token(client, "/done"))
        return self.known[who]

    def _client(self, cookies: Any) -> APIRequestContext:
        state: Any = {"cookies": cookies, "origins": []}
        return self.playwright.request.new_context(base_url=self.base_url, storage_state=state)

    def _sign_in(self, client: APIRequestContext, who: str) -> None:
        form: dict[str, str | float | bool] = {
            "login": self.cast.users[who].login,
            "password": PASSWORD,
            "csrf_token": _token(client, "/sign-in"),
        }
        assert client.post("/sign-in", form=form, max_redirects=0).status == 303

    def leave(self) -> None:
        for client, _ in self.known.values():
            client.dispose()


def changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """The tables in which anything differs."""
    return [name for name in before if before[name] != after[name]]


def _token(client: APIRequestContext, path: str) -> str:
    found = re.search('name="csrf-token" content="(.+?)"', client.get(path).text())
    assert found
    return found[1]
