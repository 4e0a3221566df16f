"""A ballot in a real browser: codes collected, sealed there, counted by two of three."""

from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from models import Box, Elector, SealedBallot
from tests.cast import Cast, assemble, install
from tests.e2e.acting import sign_in
from tests.webapp.conftest import HASH
from tests.workflows.test_ballots import SCRUTINEERS, electorate, prepared
from webapp import clock


@pytest.fixture
def cast(session: Session) -> Cast:
    now = clock.now()
    install(session, now)
    cast = assemble(session)
    prepared(cast, now, electorate(cast, {"成员": 5}))
    for user in cast.users.values():
        user.password_hash, user.session_key = HASH, "k"
    session.commit()
    return cast


def test_a_ballot_is_sealed_cast_and_counted(
    page: Page,
    base_url: str,
    cast: Cast,
    sessions: sessionmaker[Session],
    shots: Path,
    now: datetime,
) -> None:
    codes = {who: _collect(page, base_url, cast, who) for who in SCRUTINEERS}
    for number in range(5):
        _vote(page, base_url, cast, f"成员{number}", shots)
    with sessions() as session:
        assert len(session.scalars(select(SealedBallot)).all()) == 10
        assert all(session.scalars(select(Elector.voted)))
    _count(page, base_url, cast, codes, shots)
    with sessions() as session:
        box = session.scalars(select(Box)).one()
        assert box.result is not None
        assert {groups["成员"]["fair"] for groups in box.result.values()} == {5}


def _collect(page: Page, base_url: str, cast: Cast, who: str) -> str:
    sign_in(page, base_url, cast, who)
    page.goto(f"{base_url}/ballots")
    page.locator("summary", has_text="领取密钥").click()
    page.locator("details[open] button").click()
    return page.locator(".font-monospace").inner_text()


def _vote(page: Page, base_url: str, cast: Cast, who: str, shots: Path) -> None:
    sign_in(page, base_url, cast, who)
    page.goto(f"{base_url}/ballots")
    page.get_by_role("link", name="投票").click()
    page.get_by_role("button", name="密封投票").click()
    assert page.locator("[data-message]").inner_text()  # nothing marked: nothing sent
    for box in page.locator("input[value=fair]").all():
        box.check()
    page.screenshot(path=shots / "ballot.png", full_page=True)
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.get_by_role("button", name="密封投票").click()
    assert "fair" not in (sent.value.post_data or "")
    page.wait_for_url(f"{base_url}/ballots")
    expect(page.get_by_text("选票已投入票箱")).to_be_visible()


def _count(page: Page, base_url: str, cast: Cast, codes: dict[str, str], shots: Path) -> None:
    sign_in(page, base_url, cast, "supervisor")
    page.goto(f"{base_url}/ballots")
    page.get_by_role("link", name="计票").click()
    for place, who in (("1", "supervisor"), ("2", "supervisor3")):
        page.select_option(f"#who-{place}", str(cast.users[who].id))
        page.fill(f"#code-{place}", codes[who] if place == "1" else "AAAA")
    page.get_by_role("button", name="结票计票").click()
    expect(page.get_by_role("alert").first).to_be_visible()
    page.fill("#code-1", codes["supervisor"])
    page.fill("#code-2", codes["supervisor3"])
    page.screenshot(path=shots / "count.png", full_page=True)
    page.get_by_role("button", name="结票计票").click()
    page.wait_for_url(f"{base_url}/ballots")
    page.screenshot(path=shots / "counted.png", full_page=True)
