"""People at a browser: each signs in for himself, opens what waits for him, fills it in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from models import Case, Task
from tests.cast import Cast
from tests.e2e.outside import Outside, changed
from tests.webapp.conftest import PASSWORD
from webapp import clock
from workflows import calendars
from workflows.deadlines import ZONE, day_of

PAPER: Any = {"name": "回执.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
SIGN = object()  # the signature of whoever acts
# What a form would send; and of which kind its fields are.
ENTRIES = "form => [...new FormData(form)].filter(([, value]) => typeof value === 'string')"
NOTHING_LEFT = "() => !Object.keys(localStorage).some((key) => key.startsWith('keep:'))"
KINDS = "form => Object.fromEntries([...form.elements].map(one => [one.name, one.type]))"
Answer = Any  # text, a day, yes or no, several values, rows


@dataclass(frozen=True)
class Each:
    """The same in every row that the page suggests."""

    answers: Mapping[str, Answer]


@dataclass
class Office:
    """One browser that people use in turn, each with a session of his own."""

    page: Page
    base_url: str
    cast: Cast
    sessions: sessionmaker[Session]
    outside: Outside
    shots: Path | None  # none: pages are looked at on one database only
    at_desk: str = ""
    signed_in: dict[str, Any] = field(default_factory=dict)
    done: list[tuple[int, int]] = field(default_factory=list)  # task, who

    def id(self, who: str) -> str:
        return str(self.cast.users[who].id)

    def ids(self, *names: str) -> list[str]:
        return [self.id(name) for name in names]

    def go(self, who: str, path: str, shot: str = "") -> Page:
        """The person has the page before him; the first time after name and password."""
        context = self.page.context
        if who not in self.signed_in:
            sign_in(self.page, self.base_url, self.cast, who, path)
            self.signed_in[who] = context.cookies()
            self.outside.knows(who, self.signed_in[who])
        else:
            if who != self.at_desk:
                context.clear_cookies()
                context.add_cookies(self.signed_in[who])
            if self.page.url != f"{self.base_url}{path}" or who != self.at_desk:
                self.page.goto(f"{self.base_url}{path}", wait_until="domcontentloaded")
        self.at_desk = who
        self.shoot(shot)
        return self.page

    def shoot(self, name: str) -> None:
        if name and self.shots:
            self.page.screenshot(path=self.shots / f"{name}.png", full_page=True)
            assert self.page.evaluate("document.documentElement.scrollWidth <= innerWidth")

    def tabs(self, shot: str) -> None:
        """Each part of the page at hand is opened in turn."""
        for part in ("diagram", "record", "papers", "related"):
            self.page.click(f'[data-tabs] a[href="#tab-{part}"]')
            expect(self.page.locator(f"#tab-{part}")).to_be_visible()
            if part == "diagram" and self.page.locator("[data-bpmn-viewer]").count():
                self.page.wait_for_selector("[data-bpmn-viewer][data-ready]")
            self.shoot(f"{shot}_{part}")

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
        task = self.begin(who, case, node, item=item)
        return self.finish(who, task, wrong=wrong, shot=shot, **answers)

    def begin(self, who: str, case: int, node: str, *, item: str = "") -> int:
        """The person opens what waits for him from his list."""
        task = self.open_task(case, node, item)
        self.go(who, "/tasks").click(f'main a[href="/tasks/{task}"]')
        self.page.wait_for_selector("#form")
        return task

    def try_in_vain(self, sentence: str, **answers: Answer) -> None:
        """What is filled in is refused with a sentence, and stands there still."""
        self.fill(**answers)
        self.settle()
        before = self.outside.standing()
        self.hand_in()
        expect(self.page.locator("#faults")).to_contain_text(sentence)
        # a file that was chosen is kept for the page that is shown again
        assert set(changed(before, self.outside.standing())) <= {"stored_file", "audit"}

    def finish(
        self, who: str, task: int, *, wrong: Sequence[str] = (), shot: str = "", **answers: Answer
    ) -> int:
        """The open form is filled in and handed in, after the others tried the same."""
        self.fill(**answers)
        self.settle()
        self.shoot(shot)
        self.outside.are_refused(wrong, f"/tasks/{task}", self.entries("#form"))
        self.hand_in()
        assert self.page.url == f"{self.base_url}/tasks", self.page.inner_text("main")
        self.done.append((task, self.cast.users[who].id))
        return task

    def settle(self) -> None:
        """What a page keeps while it is typed has reached the server."""
        self.page.wait_for_function(NOTHING_LEFT)

    def hand_in(self) -> None:
        with self.page.expect_navigation(wait_until="domcontentloaded"):
            self.page.click(".action-bar button.btn-primary")

    def entries(self, form: str) -> list[list[str]]:
        """What a form would send, so that somebody else can try to send the same."""
        found: list[list[str]] = self.page.locator(form).evaluate(ENTRIES)
        return found

    def fill(self, **answers: Answer) -> None:
        kinds = self._kinds()
        for name, answer in answers.items():
            if isinstance(answer, Each):
                standing = {one.split("-")[1] for one in kinds if one.startswith(f"{name}-")}
                self._fill_rows(name, [answer.answers] * len(standing), kinds)
            elif isinstance(answer, list) and answer and isinstance(answer[0], Mapping):
                self._fill_rows(name, answer, kinds)
            else:
                self._put(name, answer, kinds)

    def _kinds(self) -> dict[str, str]:
        found: dict[str, str] = self.page.locator("#form").evaluate(KINDS)
        return found

    def _fill_rows(
        self, name: str, rows: Sequence[Mapping[str, Answer]], kinds: dict[str, str]
    ) -> None:
        """Row by row; one more is asked for where the page has too few."""
        for number, row in enumerate(rows):
            if not any(one.startswith(f"{name}-{number}-") for one in kinds):
                self.page.click(f'button[name="_add"][value="{name}"]')
                self.page.wait_for_selector(f'[name^="{name}-{number}-"]', state="attached")
                kinds |= self._kinds()
            for inner, answer in row.items():
                self._put(f"{name}-{number}-{inner}", answer, kinds)

    def _put(self, name: str, answer: Answer, kinds: Mapping[str, str]) -> None:
        """One answer, as its field takes it."""
        kind = kinds.get(f"{name}-upload") or kinds[name]
        at = f'[name="{name}"]'
        if answer is SIGN:
            self.page.fill(at, self.cast.users[self.at_desk].name)
            self.page.check(f'[name="{name}-confirmed"]')
        elif kind == "file":
            self.page.set_input_files(f'[name="{name}-upload"]', PAPER)
        elif kind in ("radio", "checkbox"):
            for value in _as_values(answer):
                self.page.check(f'{at}[value="{value}"]')
        elif kind == "select-one":
            self.page.select_option(at, _as_values(answer)[0])
        else:
            self.page.fill(at, _as_values(answer)[0])

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
        self.outside.are_refused(wrong, "/proposals", self.entries("#batch"))
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


def sign_in(page: Page, base_url: str, cast: Cast, who: str, path: str = "/") -> None:
    page.context.clear_cookies()
    page.goto(f"{base_url}/sign-in?next={path}", wait_until="domcontentloaded")
    page.fill("#login", cast.users[who].login)
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{base_url}{path}", wait_until="domcontentloaded")


def _as_values(answer: Answer) -> list[str]:
    if isinstance(answer, bool):
        return ["true" if answer else "false"]
    if isinstance(answer, datetime):
        return [answer.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M")]
    if isinstance(answer, list | tuple):
        return [str(one) for one in answer]
    return [str(answer)]
