"""A process is changed in the browser, reviewed, published, and its cases are moved."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Playwright

from config import Config
from tests.e2e.acting import Office
from tests.e2e.changing import (
    a_countersign_is_drawn,
    drawing,
    it_is_tried_out,
    its_vote_is_set,
    the_draft_is_begun,
    the_forms_are_changed,
    the_table_is_changed,
    they_are_mended,
    two_faults_stop_it,
)
from tests.e2e.conftest import serving
from tests.e2e.modeling import once
from tests.e2e.moving import (
    a_new_case_is_countersigned,
    a_second_approves,
    a_step_is_taken_out,
    an_old_case_finishes,
    it_is_handed_in,
    it_is_published,
    one_is_refused_and_explained,
    the_move_is_planned,
    the_others_move_and_go_back,
)
from tests.e2e.outside import Outside
from tests.e2e.releasing import NOW, Desk, begun
from tests.webapp import packaging
from webapp import clock, db


@pytest.fixture
def desk(
    page: Page,
    e2e_settings: Config,
    monkeypatch: pytest.MonkeyPatch,
    playwright: Playwright,
    shots: Path,
) -> Iterator[Desk]:
    with packaging.office(e2e_settings, NOW, monkeypatch) as app, serving(app) as url:
        page.set_default_timeout(5_000)
        page.set_viewport_size({"width": 1366, "height": 768})
        at = [NOW]
        monkeypatch.setattr(clock, "now", lambda: at[0])
        cast, sessions = app.extensions["cast"], db.of(app).write
        outside = Outside(playwright, url, cast, sessions)
        yield Desk(
            Office(page, url, cast, sessions, outside, shots), app, at, cases=begun(app, NOW)
        )
        outside.leave()


@once
def test_a_process_is_changed_published_and_its_cases_are_moved(desk: Desk) -> None:
    the_draft_is_begun(desk)
    the_forms_are_changed(desk)
    the_table_is_changed(desk)
    editor = drawing(desk)
    a_countersign_is_drawn(desk, editor)
    its_vote_is_set(desk, editor)
    two_faults_stop_it(desk, editor)
    they_are_mended(desk, editor)
    it_is_tried_out(desk, editor)
    it_is_handed_in(desk, "提醒函发出前由三人会签", "2026-03-09")
    a_second_approves(desk)
    it_is_published(desk, 2)
    desk.later(days=8)
    an_old_case_finishes(desk)
    a_new_case_is_countersigned(desk)
    a_step_is_taken_out(desk)
    it_is_handed_in(desk, "取消谈话环节")
    a_second_approves(desk)
    it_is_published(desk, 3)
    the_move_is_planned(desk)
    one_is_refused_and_explained(desk)
    the_others_move_and_go_back(desk)
