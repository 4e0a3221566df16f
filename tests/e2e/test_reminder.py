"""The thin slice in a browser: proposals ticked, a letter served, answered by one, ignored by the
other; the clock moves between, and the wrong person is refused over HTTP at each step."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from models import Case, Measure, Task
from tests.cast import Cast, assemble, install
from tests.webapp.conftest import HASH, PASSWORD
from webapp import clock
from workflows import audit, findings, jobs, proposals, subjects

ANSWERING, SILENT = "finance_branch_secretary", "finance_secretary"


@pytest.fixture
def cast(session: Session) -> Cast:
    now = clock.now()
    install(session, now)
    cast = assemble(session)
    for user in cast.users.values():
        user.password_hash, user.session_key = HASH, "k"
    _propose(cast, ANSWERING, "finance_branch", now)
    _propose(cast, SILENT, "finance_committee", now)
    session.commit()
    return cast


def _propose(cast: Cast, who: str, unit: str, now: datetime) -> None:
    """A missed duty as the clock's sweep leaves it: finding and proposal."""
    finding = findings.find(
        cast.session,
        findings.Fact(
            key=f"missed:{who}",
            fact=f"{unit}：未按期召开会议",
            unit_id=cast.units[unit].id,
            kind="missed_duty",
            rule="DYDH/1",
            evidence=({"type": "obligation", "id": "1-20260101-1"},),
            happened_on=now.date(),
        ),
        by=None,
        now=now,
    )
    subject = subjects.person(cast.session, cast.users[who].id, cast.units[unit].id, now=now)
    proposals.propose(
        cast.session,
        proposals.Draft(
            ground="missed_duty",
            measure="reminder",
            to="level(party_group, principal)",
            subject=subject,
            findings=[finding.id],
            why={"basis": "党内监督条例 第二十一条"},
            rule="measure_proposal v1",
            origin="test",
        ),
        by=None,
        now=now,
    )


def sign_in(page: Page, base_url: str, cast: Cast, who: str) -> None:
    page.context.clear_cookies()
    page.goto(f"{base_url}/sign-in")
    page.fill("#login", cast.users[who].login)
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{base_url}/")


def write_letter(page: Page, base_url: str, case: str, due: str) -> None:
    page.goto(f"{base_url}/tasks")
    page.get_by_role("row", name=case).get_by_role("link").first.click()
    with page.expect_response("**/tasks/*"):  # the form shows what a letter needs
        page.check("input[value=letter]")
    page.wait_for_load_state("networkidle")
    page.fill("textarea[name=ground]", "会议未按期召开")
    page.locator("input[name=basis]").first.check()
    page.fill("textarea[name=request]", "请说明情况并补开")
    page.fill("[name=reply_due]", due)
    page.get_by_role("button", name="提交").last.click()
    page.wait_for_url("**/tasks")


def test_from_a_missed_duty_to_the_answer(
    page: Page,
    base_url: str,
    cast: Cast,
    sessions: sessionmaker[Session],
    shots: Path,
) -> None:
    sign_in(page, base_url, cast, "finance_head")
    page.goto(f"{base_url}/proposals")
    boxes = page.locator("input[name=proposal]")
    expect(boxes).to_have_count(2)
    for box in boxes.all():
        box.check()
    page.get_by_role("button", name="采纳所选提请").click()
    expect(page.get_by_text("已采纳")).to_have_count(2)

    # each 提醒 waits for the line superior of its subject, who decides on the form
    due = (clock.now() + timedelta(days=10)).date().isoformat()
    write_letter(page, base_url, SILENT, due)
    sign_in(page, base_url, cast, "finance_secretary")
    write_letter(page, base_url, ANSWERING, due)

    task_url = _answer(page, base_url, cast, shots)
    assert page.goto(task_url).status == 409  # type: ignore[union-attr]
    sign_in(page, base_url, cast, "planning_secretary")
    assert page.goto(task_url).status == 404  # type: ignore[union-attr]
    _the_other_stays_silent(sessions)
    _assess(page, base_url, cast)
    _case_is_closed(page, base_url, sessions, shots)


def _answer(page: Page, base_url: str, cast: Cast, shots: Path) -> str:
    sign_in(page, base_url, cast, ANSWERING)
    page.goto(f"{base_url}/tasks")
    page.get_by_role("link", name="书面说明").click()
    task_url = page.url
    page.screenshot(path=shots / "reply.png", full_page=True)
    page.check("input[value=yes]")
    page.fill("textarea[name=explanation]", "集中出差，已定于下周补开")
    _sign(page, cast.users[ANSWERING].name)
    page.get_by_role("button", name="提交").last.click()
    page.wait_for_url("**/tasks")
    return task_url


def _the_other_stays_silent(sessions: sessionmaker[Session]) -> None:
    """Silence lets the case go on; it is recorded as silence."""
    now = clock.now()
    jobs.run_until(sessions, since=now, until=now + timedelta(days=30))
    with sessions() as session:
        lapsed = session.scalars(select(Task).where(Task.ending == "lapsed")).one()
        assert lapsed.node == "reply_reminder"


def _assess(page: Page, base_url: str, cast: Cast) -> None:
    sign_in(page, base_url, cast, "finance_secretary")
    page.goto(f"{base_url}/tasks")
    page.get_by_role("link", name="核实认定").click()
    page.check("input[name=facts_found][value=true]")
    with page.expect_response("**/tasks/*"):
        page.check("input[value=corrected]")
    page.wait_for_load_state("networkidle")
    page.fill("textarea[name=note]", "已补开")
    page.get_by_role("button", name="提交").last.click()
    page.wait_for_url("**/tasks")


def _sign(page: Page, name: str) -> None:
    page.fill("[name=signature]", name)
    page.check("[name=signature-confirmed]")


def _case_is_closed(
    page: Page, base_url: str, sessions: sessionmaker[Session], shots: Path
) -> None:
    with sessions() as session:
        case = session.scalars(select(Case).where(Case.outcome == "reminder_closed")).one()
        measure = session.scalars(select(Measure).where(Measure.case_id == case.id)).one()
        assert (measure.state, measure.result) == ("closed", "corrected")
    page.goto(f"{base_url}/cases/{case.id}")
    expect(page.locator("[data-bpmn-viewer]")).to_have_attribute("data-ready", "1")
    expect(page.locator("[data-element-id=reply_reminder]").first).to_have_class(
        re.compile("step-done|tok-done|done")
    )
    expect(page.locator(".bjs-powered-by")).to_be_visible()  # bpmn.io's licence
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=shots / "case.png", full_page=True)
    with sessions.begin() as session:
        audit.seal(session, now=clock.now(), limit=10_000)
