"""The pictures of assessments in a real browser, under the policy that allows no inline style."""

from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Box,
    Case,
    CaseStatus,
    Debriefing,
    DebriefingRound,
    Definition,
    ParameterSet,
    Role,
)
from tests import assessed
from tests.cast import Cast, assemble, install
from tests.e2e.acting import sign_in
from tests.webapp.conftest import HASH
from webapp import clock

WIDE = "document.documentElement.scrollWidth"
YEAR = "/assessments/2025"


@pytest.fixture
def cast(session: Session) -> Cast:
    now = clock.now()
    install(session, now)
    cast = assemble(session)
    assessed.three_years(cast, now)
    cast.grant("organiser", Role.ORGANISER, "work")
    _counted_round(cast, now)
    for user in cast.users.values():
        user.password_hash, user.session_key = HASH, "k"
    session.commit()
    return cast


def _counted_round(cast: Cast, now: datetime) -> None:
    """A round whose box was counted: two secretaries, two categories."""
    session, work = cast.session, cast.units["work"]
    case = Case(
        definition_id=session.scalars(
            select(Definition.id).where(Definition.process == "debriefing").limit(1)
        ).one(),
        parameters_id=session.scalars(select(ParameterSet.id).limit(1)).one(),
        process="debriefing", key="debriefing:test", title="2025年度述职评议", unit_id=work.id,
        restricted=False, status=CaseStatus.RUNNING, state=b"", opened_at=now, attempts=0,
    )  # fmt: skip
    session.add(case)
    session.flush()
    round_ = DebriefingRound(case_id=case.id, organiser_id=work.id, year=2025, weights={})
    session.add(round_)
    session.flush()
    result = {}
    for number, key in enumerate(("finance", "planning")):
        user = cast.users[f"{key}_secretary"]
        session.add(
            Debriefing(
                round_id=round_.id, user_id=user.id, unit_id=cast.units[key].id,
                post_then="机关党委书记", state="reported", facts={},
            )
        )  # fmt: skip
        result[str(user.id)] = {
            "leaders": {"good": 4 - number, "fair": 1 + number},
            "delegates+secretaries": {"good": 9, "fair": 6, "average": 2, "poor": 1},
        }
    session.add(
        Box(case_id=case.id, title="民主测评", items=[], choices=["good", "fair"],
            categories={}, state="counted", result=result)
    )  # fmt: skip
    session.flush()


def _drawn(page: Page, number: int) -> None:
    """So many pictures, each told to a screen reader, and none that holds the keyboard."""
    expect(page.locator("[data-chart][data-ready]")).to_have_count(number)
    expect(page.locator("[data-box][role=img] svg")).to_have_count(number)
    for box in page.locator("[data-box]").all():
        assert box.get_attribute("aria-label")
        assert box.locator("[tabindex], a, button").count() == 0
    expect(page.locator("[data-failed]:visible")).to_have_count(0)


@pytest.mark.parametrize("width", [1366, 390])
def test_every_picture_is_drawn_and_nothing_runs_off(
    page: Page, base_url: str, cast: Cast, shots: Path, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 768})
    sign_in(page, base_url, cast, "assessor")
    page.goto(f"{base_url}{YEAR}/pictures")
    _drawn(page, 3)
    assert page.evaluate(WIDE) <= width
    page.screenshot(path=shots / f"assessment-pictures-{width}.png", full_page=True)
    page.goto(f"{base_url}{YEAR}/{cast.units['organ03'].id}")
    _drawn(page, 2)
    assert page.evaluate(WIDE) <= width
    page.screenshot(path=shots / f"assessment-sheet-{width}.png", full_page=True)


def test_a_point_opens_its_sheet_and_so_does_the_table(
    page: Page, base_url: str, cast: Cast
) -> None:
    sign_in(page, base_url, cast, "work_secretary")
    page.goto(f"{base_url}{YEAR}/pictures")
    _drawn(page, 3)
    page.locator("[data-chart=scatter] svg path[fill='#1f5fbf']").first.click()
    page.wait_for_url(f"{base_url}{YEAR}/*")
    assert page.locator("h1").inner_text().endswith("2025")
    assert page.url.rpartition("/")[2].isdecimal()
    page.go_back()
    page.locator("summary", has_text="以表格查看同样的数据").focus()
    page.keyboard.press("Enter")  # the same way without a mouse
    page.keyboard.press("Tab")
    expect(page.locator("td a:focus")).to_have_text("市发展和改革委员会")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base_url}{YEAR}/{cast.units['organ00'].id}")


def test_a_picture_without_figures_says_so_and_the_table_stays(
    page: Page, base_url: str, cast: Cast
) -> None:
    sign_in(page, base_url, cast, "assessor")
    page.route("**/scatter.json", lambda route: route.fulfill(status=404, body="{}"))
    page.on("console", lambda _: None)
    page.add_init_script("console.error = () => {}")
    page.goto(f"{base_url}{YEAR}/pictures")
    expect(page.locator("[data-chart=scatter] [data-failed]")).to_be_visible()
    expect(page.locator("[data-chart][data-ready]")).to_have_count(2)
    expect(page.get_by_text("以表格查看同样的数据")).to_be_visible()


def test_a_ballot_is_shown_by_category(
    page: Page, base_url: str, cast: Cast, session: Session, shots: Path
) -> None:
    round_id = session.scalars(select(DebriefingRound.id)).one()
    session.commit()
    sign_in(page, base_url, cast, "organiser")
    page.goto(f"{base_url}/debriefings/rounds/{round_id}")
    _drawn(page, 1)
    assert page.evaluate(WIDE) <= 1366
    page.screenshot(path=shots / "debriefing-categories.png", full_page=True)
    sign_in(page, base_url, cast, "finance_secretary")
    answer = page.request.get(f"{base_url}/debriefings/rounds/{round_id}/categories.json")
    assert answer.status == 404
