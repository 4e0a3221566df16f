"""The demo's pages as a supervisor comes to them by links: axe finds nothing, Tab comes to all.

A few of each area here; in `make soak` every kind of page that a link leads to.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from demo.names import PASSWORD
from models.database import snapshot
from tests.demo.days import NOW
from tests.e2e import axe
from tests.e2e.conftest import serving
from webapp import clock, create_app

AREAS = (
    "city",
    "responsibilities",
    "plans",
    "inspections",
    "surveys",
    "questionnaires",
    "research",
)
EVERY = bool(os.environ.get("TONGZE_EVERY_PAGE"))
MOST = 500 if EVERY else 3  # kinds of pages, from each beginning
WALKED = 150  # a page with more to act on is not walked: Tab takes its time
# No page answers there: files, another language, the way out.
NO_PAGE = re.compile(
    r"sign-out|export=|/template$|\.(xlsx|docx|zip|bpmn|dmn|pdf|png|svg|json|csv)\b|/language|#"
)
LINKS = """() => [...document.querySelectorAll('main a[href]:not([download]), .side a[href]')]
  .map((one) => one.href)"""
TO_ACT = "() => document.querySelectorAll('a, button, input, select, textarea').length"


@pytest.fixture(scope="session")
def base_url() -> None:
    """Addresses are written in full here."""


@pytest.fixture
def city_url(
    loaded: sessionmaker[Session],
    settings: Config,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[str]:
    """A copy of the demo's city behind the server that also serves users: who signs in leaves a
    trace in it."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    copy = tmp_path / "city.db"
    snapshot(loaded.kw["bind"].url.render_as_string(hide_password=False), copy)
    with serving(create_app(replace(settings, database_url=f"sqlite:///{copy}"))) as at:
        yield at


def kind(url: str) -> str:
    """Pages of one kind have one address but for numbers and what is asked for."""
    place, _, asked = url.partition("?")
    names = sorted(one.partition("=")[0] for one in asked.split("&") if one)
    return re.sub(r"\d+", "#", place) + "?" + "&".join(names)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # a page looks alike on both
@pytest.mark.parametrize("area", ["all"] if EVERY else AREAS)
def test_pages_can_be_used_by_everybody(
    page: Page, city_url: str, area: str, record_property: Callable[[str, object], None]
) -> None:
    page.goto(f"{city_url}/sign-in")
    page.fill("#login", "gwks4")
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{city_url}/")
    todo = [f"{city_url}/" if EVERY else f"{city_url}/{area}"]
    seen: set[str] = set()
    found: list[str] = []
    while todo and len(seen) < MOST:
        url = todo.pop(0)
        if kind(url) in seen:
            continue
        seen.add(kind(url))
        answer = page.goto(url)
        assert answer is not None
        assert answer.status == 200, url
        found += axe.violations(page)
        if page.evaluate(TO_ACT) < WALKED:
            axe.can_be_walked(page)
        wanted = city_url if EVERY else f"{city_url}/{area}"
        links = [one for one in page.evaluate(LINKS) if one.startswith(wanted)]
        todo += [one for one in links if not NO_PAGE.search(one)]
    record_property("pages", len(seen))
    assert found == [], "\n".join(found)
    assert len(seen) > (100 if EVERY else 1)
