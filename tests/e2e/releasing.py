"""An office in which processes are changed: two who administer them, and cases of the reminder."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Definition, Task
from tests.cast import Cast
from tests.e2e.acting import Office
from tests.webapp.town import cast_in
from webapp import db
from workflows import cases, findings, proposals, subjects

SUBJECT, SUPERIOR = "finance_branch_secretary", "finance_secretary"
FIRST, SECOND = "process_admin", "process_admin2"
COUNTERSIGNERS = ("supervisor", "handler", "clerk")
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@dataclass
class Desk:
    """Who sits at the browser, the draft at hand, and the organisation's clock."""

    office: Office
    app: Flask
    clock: list[datetime]
    draft: str = ""
    cases: list[int] = field(default_factory=list)

    @property
    def page(self) -> Page:
        return self.office.page

    @property
    def now(self) -> datetime:
        return self.clock[0]

    def go(self, who: str, path: str) -> Page:
        return self.office.go(who, path.removeprefix(self.office.base_url))

    def shoot(self, name: str) -> None:
        """What is seen without moving the page."""
        assert self.office.shots is not None
        self.page.screenshot(path=self.office.shots / f"admin-{name}.png")

    def later(self, days: int) -> None:
        self.clock[0] += timedelta(days=days)

    def press(self, name: str) -> None:
        """A press on the button of this name, and the page that follows."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=True).click()

    def open_nodes(self, case: int) -> list[str]:
        with Session(db.of(self.app).engine) as session:
            wanted = select(Task.node).where(Task.case_id == case, Task.done_at.is_(None))
            return sorted(session.scalars(wanted))

    def due(self, case: int) -> datetime | None:
        """When the one step at which the case waits is due."""
        with Session(db.of(self.app).engine) as session:
            wanted = select(Task.due_at).where(Task.case_id == case, Task.done_at.is_(None))
            return session.scalars(wanted).one()

    def versions(self) -> list[int]:
        """On which version each of the cases runs, in their order."""
        with Session(db.of(self.app).engine) as session:
            runs = [session.get_one(Case, one).definition_id for one in self.cases]
            return [session.get_one(Definition, one).number for one in runs]


def acts(app: Flask) -> Iterator[Cast]:
    """The cast at work behind the pages."""
    with db.of(app).write.begin() as session:
        yield cast_in(session, app)


def opened(cast: Cast, now: datetime, number: int) -> Case:
    """A missed duty is found, its reminder proposed and accepted."""
    fact = findings.Fact(
        key=f"missed:{number}",
        fact="未按期召开支部党员大会",
        unit_id=cast.units["finance_branch"].id,
        kind="missed_duty",
        rule="DYDH v1",
        evidence=({"type": "obligation", "id": f"{number}-20260101-1"},),
        happened_on=date(2026, 2, 1),
    )
    finding = findings.find(cast.session, fact, by=None, now=now)
    subject = subjects.person(
        cast.session, cast.users[SUBJECT].id, cast.units["finance_branch"].id, now=now
    )
    draft = proposals.Draft(
        ground="missed_duty",
        measure="reminder",
        to="line_superior(subject)",
        subject=subject,
        findings=[finding.id],
        why={},
        rule="measure_proposal v1",
        origin=f"2026-03-{number + 2:02}",
    )
    proposal = proposals.propose(cast.session, draft, by=None, now=now)
    proposals.accept(cast.session, proposal.id, rights=cast.rights(SUPERIOR, now), now=now)
    assert proposal.case_id is not None
    return cast.session.get_one(Case, proposal.case_id)


def run(cast: Cast, case: Case, way: str, now: datetime) -> None:
    """The case goes on: a letter or a talk, and the reply."""
    if not way:
        return
    facts = cases.look(cast.session, case, now=now).execution.vars["findings"]
    decided: dict[str, Any] = {
        "form": "talk" if way == "talk" else "letter",
        "ground": "支部党员大会未按期召开",
        "basis": ["discipline_21"],
        "facts": facts,
        "request": "说明情况并按期补开",
    }
    if way != "talk":
        decided["reply_due"] = "2026-06-09"
    cast.do(case, "decide_reminder", SUPERIOR, now, decided)
    if way == "replied":
        reply = {"facts_true": "yes", "explanation": "人员出差", "signature": SUBJECT}
        cast.do(case, "reply_reminder", SUBJECT, now, reply)


WAYS = ("replied", *[""] * 3, *["letter"] * 3, "talk", *["replied"] * 3)


def begun(app: Flask, now: datetime) -> list[int]:
    """One that is about to finish, and ten that wait at four places; one of these is talked to."""
    found = []
    for cast in acts(app):
        for number, way in enumerate(WAYS):
            case = opened(cast, now, number)
            run(cast, case, way, now)
            found.append(case.id)
    return found


def ready(page: Page, editor: str) -> None:
    page.wait_for_selector(f"[data-{editor}][data-ready]")
