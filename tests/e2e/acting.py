"""People at their browsers: each signs in for himself, opens what waits for him, fills it in."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import APIRequestContext, Page, Playwright, expect
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from models import Base, Case, Task
from tests.cast import Cast
from tests.webapp.conftest import PASSWORD
from webapp import clock
from workflows import calendars
from workflows.deadlines import day_of

PAPER = {"name": "回执.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
REFUSED = {403, 404, 409}
# What stands still while only refusals happen; the read log is written before a page, by design.
STANDING = [
    table
    for table in Base.metadata.sorted_tables
    if table.name not in ("read_log", "pulse", "calendar_day", "definition_file", "kept_form")
]
SIGN = object()  # the signature of whoever acts
Answer = str | Sequence[str] | Sequence[Mapping[str, Any]] | bool | date | datetime | object
# What the form would send, so that somebody else can try to send the same.
ENTRIES = "form => [...new FormData(form)].filter(([, value]) => typeof value === 'string')"


@dataclass
class Office:
    """One browser that people use in turn, each with a session of his own."""

    page: Page
    base_url: str
    cast: Cast
    sessions: sessionmaker[Session]
    playwright: Playwright
    shots: Path
    at_desk: str = ""
    signed_in: dict[str, Any] = field(default_factory=dict)
    outside: dict[str, tuple[APIRequestContext, str]] = field(default_factory=dict)
    done: list[tuple[int, int]] = field(default_factory=list)  # task, who

    def id(self, who: str) -> str:
        return str(self.cast.users[who].id)

    def ids(self, *names: str) -> list[str]:
        return [self.id(name) for name in names]

    def sit_down(self, who: str) -> Page:
        """The person is at the browser; the first time by name and password."""
        if who == self.at_desk:
            return self.page
        context = self.page.context
        context.clear_cookies()
        self.at_desk = who
        if who in self.signed_in:
            context.add_cookies(self.signed_in[who])
            return self.page
        sign_in(self.page, self.base_url, self.cast, who)
        self.signed_in[who] = context.cookies()
        return self.page

    def go(self, who: str, path: str, shot: str = "") -> Page:
        self.sit_down(who).goto(f"{self.base_url}{path}")
        self.shoot(shot)
        return self.page

    def shoot(self, name: str) -> None:
        if name:
            self.page.screenshot(path=self.shots / f"{name}.png", full_page=True)
            assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def do(
        self,
        who: str,
        case: int,
        node: str,
        *,
        wrong: Sequence[str] = (),
        item: str = "",
        shot: str = "",
        **answers: Answer,
    ) -> int:
        """The step is done by `who`, from the list to the last click; the others are refused."""
        task = self.open_task(case, node, item)
        page = self.go(who, "/tasks")
        page.click(f'main a[href="/tasks/{task}"]')
        self.fill(**answers)
        self.shoot(shot)
        self.others_are_refused(wrong, f"/tasks/{task}", page.locator("#form").evaluate(ENTRIES))
        page.get_by_role("button", name="提交").last.click()
        page.wait_for_url(f"{self.base_url}/tasks")
        self.done.append((task, self.cast.users[who].id))
        return task

    def fill(self, **answers: Answer) -> None:
        for name, answer in answers.items():
            if isinstance(answer, list) and answer and isinstance(answer[0], Mapping):
                self._fill_rows(name, answer)
            else:
                self._put(name, answer)

    def _fill_rows(self, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
        for number, row in enumerate(rows):
            first = self.page.locator(f'[name^="{name}-{number}-"]').first
            if first.count() == 0:
                self.page.click(f'button[name="_add"][value="{name}"]')
            for inner, answer in row.items():
                self._put(f"{name}-{number}-{inner}", answer)

    def _put(self, name: str, answer: Answer) -> None:
        """One answer, as its field takes it."""
        field = self.page.locator(f'[name="{name}"], [name="{name}-upload"]').last
        kind = field.evaluate("field => field.type")
        if answer is SIGN:
            self._sign(name)
        elif kind == "file":
            field.set_input_files(PAPER)  # type: ignore[arg-type]
        elif kind in ("radio", "checkbox"):
            for value in _as_values(answer):
                self.page.check(f'[name="{name}"][value="{value}"]')
        elif kind == "select-one":
            field.select_option(_as_values(answer)[0])
        else:
            field.fill(_as_values(answer)[0])

    def _sign(self, name: str) -> None:
        self.page.fill(f'[name="{name}"]', self.cast.users[self.at_desk].name)
        self.page.check(f'[name="{name}-confirmed"]')

    def others_are_refused(
        self, others: Iterable[str], path: str, entries: Sequence[Sequence[str]]
    ) -> None:
        """Whoever is not meant and sends the very same is refused, and nothing has changed."""
        for who in others:
            client, token = self.outsider(who)
            sent = [(name, token if name == "csrf_token" else value) for name, value in entries]
            before = self.standing()
            answer = client.post(
                path,
                data=urlencode(sent),
                headers={"Content-Type": "application/x-www-form-urlencoded"},
                max_redirects=0,
            )
            assert answer.status in REFUSED, (who, path, answer.status)
            assert self.standing() == before, (who, path)

    def outsider(self, who: str) -> tuple[APIRequestContext, str]:
        """A valid session of the person, at his own desk, with its token."""
        if who not in self.outside:
            cookies = self.signed_in.get(who)
            state: Any = {"cookies": cookies or [], "origins": []}
            client = self.playwright.request.new_context(
                base_url=self.base_url, storage_state=state
            )
            if not cookies:
                self._sign_in_outside(client, who)
            self.outside[who] = (client, _token(client, "/done"))
        return self.outside[who]

    def _sign_in_outside(self, client: APIRequestContext, who: str) -> None:
        form: dict[str, str | float | bool] = {
            "login": self.cast.users[who].login,
            "password": PASSWORD,
            "csrf_token": _token(client, "/sign-in"),
        }
        assert client.post("/sign-in", form=form, max_redirects=0).status == 303

    def standing(self) -> list[Any]:
        """Everything that is stored, but for what reading itself writes."""
        with self.sessions() as session:
            return [session.execute(select(table)).all() for table in STANDING]

    def open_task(self, case: int, node: str, item: str = "") -> int:
        with self.sessions() as session:
            wanted = select(Task).where(Task.case_id == case, Task.node == node)
            tasks = session.scalars(wanted.where(Task.done_at.is_(None)).order_by(Task.id)).all()
            return next(one.id for one in tasks if item in ("", one.item_key))

    def tick(self, who: str, measure: str, *, wrong: Sequence[str] = (), shot: str = "") -> None:
        """All proposals of a measure are ticked and accepted together."""
        page = self.go(who, f"/proposals?measure={measure}", shot=shot)
        for box in page.locator("main input[name=proposal]").all():
            box.check()
        self.others_are_refused(wrong, "/proposals", page.locator("#batch").evaluate(ENTRIES))
        with page.expect_navigation():
            page.get_by_role("button", name="采纳所选提请").click()

    def case_of(self, process: str, subject: str) -> int:
        """The newest case of the process about this person."""
        with self.sessions() as session:
            about = Case.subject_id == self.cast.users[subject].id
            wanted = select(Case.id).where(Case.process == process, about)
            return session.scalars(wanted.order_by(Case.id.desc()).limit(1)).one()

    def forward(self, who: str, *steps: int) -> None:
        """The demo's clock is moved by hand, by so many working days each time."""
        page = self.go(who, "/demo/clock")
        for days in steps:
            with page.expect_navigation(url=f"{self.base_url}/demo/clock"):
                page.click(f'button[name="days"][value="{days}"]')
            expect(page.get_by_role("status")).to_contain_text("现在是")

    def day(self, workdays: int = 0) -> str:
        """Today on the organisation's clock, or so many working days later."""
        with self.sessions() as session:
            calendar = calendars.load(session)
        return calendar.add_workdays(day_of(clock.now()), workdays).isoformat()

    def leave(self) -> None:
        for client, _ in self.outside.values():
            client.dispose()


def sign_in(page: Page, base_url: str, cast: Cast, who: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{base_url}/sign-in")
    page.fill("#login", cast.users[who].login)
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{base_url}/")


def _as_values(answer: Answer) -> list[str]:
    if isinstance(answer, bool):
        return ["true" if answer else "false"]
    if isinstance(answer, datetime):
        return [(answer + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M")]
    if isinstance(answer, list | tuple):
        return [str(one) for one in answer]
    return [str(answer)]


def _token(client: APIRequestContext, path: str) -> str:
    found = re.search('name="csrf-token" content="(.+?)"', client.get(path).text())
    assert found
    return found[1]
