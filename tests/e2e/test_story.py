"""The whole story in a browser: a missed duty, 提醒, 约谈, 问责, 申诉. Each step is a click of the
person whom the rules name; at each one the wrong person sends the same and is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from models import AuditRow
from tests.e2e.acting import Office
from tests.e2e.appealing import appealing
from tests.e2e.city import START, found_city
from tests.e2e.holding import holding
from tests.e2e.interviewing import interviewing
from tests.e2e.lighting import (
    a_matter_is_opened,
    a_red_too_long_is_only_proposed,
    it_turned_red_by_itself,
)
from tests.e2e.outside import Outside
from tests.e2e.reminding import duties_are_missed, reminding
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
    monkeypatch.setattr(clock._clock, "offset", START - clock.wall())
    page.set_default_timeout(10_000)
    with kept() as session:
        cast = found_city(session)
        outside = Outside(playwright, base_url, cast, kept)
        looked_at = shots if session.get_bind().dialect.name == "sqlite" else None
        yield Office(page, base_url, cast, kept, outside, looked_at)
    outside.leave()


def test_from_a_missed_duty_to_the_corrected_decision(office: Office) -> None:
    duties_are_missed(office)
    matter = a_matter_is_opened(office)
    reminding(office)
    interviewing(office)
    it_turned_red_by_itself(office, matter)
    measure = holding(office)
    appealing(office, measure)
    a_red_too_long_is_only_proposed(office)
    every_step_left_a_line(office)
    the_trail_holds(office)


def every_step_left_a_line(office: Office) -> None:
    with office.sessions() as session:
        rows = session.execute(
            select(AuditRow.subject_id, AuditRow.actor_id).where(
                AuditRow.action == "completed", AuditRow.subject_type == "task"
            )
        ).all()
    lines = {(int(task), who) for task, who in rows}
    assert lines == set(office.done)


def the_trail_holds(office: Office) -> None:
    with office.sessions.begin() as session:
        while audit.seal(session, now=clock.now()):
            pass
        verdict = audit.verify(session)
    assert (verdict.faults, verdict.unsealed) == ((), 0)
    assert verdict.sealed >= len(office.done)
