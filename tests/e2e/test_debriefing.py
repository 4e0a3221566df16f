"""A year's debriefing in a browser: drafted, sent back, held live before forty, decided, followed.

The server runs in a process of its own and is killed while people type and while they vote.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from tests.e2e.acting import Office
from tests.e2e.city import START
from tests.e2e.concluding import concluding
from tests.e2e.conftest import MEANT
from tests.e2e.debriefing_city import found_round
from tests.e2e.drafting import drafting
from tests.e2e.outside import Outside
from tests.e2e.process import Server, config_of
from tests.e2e.sitting import sitting
from tests.e2e.test_story import every_step_left_a_line, the_trail_holds
from tests.e2e.voting import voting
from webapp import clock
from workflows import audit, jobs


@pytest.fixture
def meant() -> tuple[str, ...]:
    """The browser says that the server is gone, or the line: here it is so."""
    return (MEANT, "net::ERR_", "htmx:afterRequest", "htmx:sendError")


@pytest.fixture
def server(
    clean: Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """The clock of its demo stands at the start; ours goes with it."""
    monkeypatch.setattr(clock._clock, "offset", START - clock.wall())
    jobs.keep_offset(sessionmaker(clean), clock.offset(), now=START)
    server = Server(database_url, tmp_path)
    yield server
    server.stop()


@pytest.fixture
def office(
    page: Page, server: Server, clean: Engine, playwright: Playwright, shots: Path
) -> Iterator[Office]:
    page.set_default_timeout(15_000)
    key = config_of(server.database_url, str(server.data_dir), server.port).audit_key
    info = {"audit_key": audit.AuditKey("1", key.encode())}
    kept: sessionmaker[Session] = sessionmaker(clean, expire_on_commit=False, info=info)
    with kept() as session:
        cast = found_round(session)
        looked_at = shots if session.get_bind().dialect.name == "sqlite" else None
    server.start()
    outside = Outside(playwright, server.url, cast, kept)
    yield Office(page, server.url, cast, kept, outside, looked_at)
    outside.leave()


def test_from_the_plan_of_a_round_to_a_list_that_fails(office: Office, server: Server) -> None:
    case = drafting(office)
    sitting(office, case, server)
    voting(office, case, server)
    concluding(office, case)
    every_step_left_a_line(office)
    the_trail_holds(office)
