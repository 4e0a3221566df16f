"""The office that the stories in the browser play in: a city, its people, a page that looks on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from tests.e2e.acting import Office
from tests.e2e.city import START, found_city
from tests.e2e.outside import Outside
from webapp import clock
from workflows import audit


@pytest.fixture
def kept(clean: Engine, e2e_settings: Config) -> sessionmaker[Session]:
    """Sessions that write the trail with the server's own key."""
    key = audit.AuditKey("1", e2e_settings.audit_key.encode())
    return sessionmaker(clean, expire_on_commit=False, info={"audit_key": key})


@pytest.fixture
def office(
    page: Page,
    base_url: str,
    kept: sessionmaker[Session],
    playwright: Playwright,
    shots: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Office]:
    """The shots of one database are enough to look at."""
    monkeypatch.setattr(clock._clock, "offset", START - clock.wall())
    page.set_default_timeout(15_000)
    with kept() as session:
        cast = found_city(session)
        outside = Outside(playwright, base_url, cast, kept)
        looked_at = shots if session.get_bind().dialect.name == "sqlite" else None
        yield Office(page, base_url, cast, kept, outside, looked_at)
    outside.leave()
