"""What-if over HTTP: asked for, watched, read, exported, cancelled; to others no page."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from config import Config
from models import DefinitionDraft, DutyRule, Obligation, Trial
from tests.trying import TABLE, stricter
from tests.webapp.conftest import Visitor
from tests.webapp.packaging import office, rows_of
from tests.webapp.town import acts, cast_in, visit
from webapp import db
from workflows import drafts, jobs

URL = "/trials"
DUE = int(datetime.fromisoformat("2025-12-28T23:59:59+08:00").timestamp())


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with office(settings, now, monkeypatch) as app:
        yield app


@pytest.fixture
def admin(app: Flask) -> Visitor:
    return visit(app, "process_admin")


def draft(app: Flask, now: datetime, table: bytes | None = None) -> int:
    """A draft of the reminder with the stricter table; a branch has missed a duty."""
    with db.of(app).write.begin() as session:
        cast = cast_in(session, app)
        rights = cast.rights("process_admin", now)
        made = drafts.begin(session, "reminder", rights=rights, now=now)
        files = {TABLE: table or stricter()}
        drafts.write(session, made.id, files, seen=made.version, rights=rights, now=now)
        rule_id = session.scalars(select(DutyRule.id).limit(1)).one()
        row = {
            "rule_id": rule_id,
            "period": 20251201,
            "unit_id": cast.units["finance_branch"].id,
            "due_at": DUE,
            "state": 4,
        }
        if session.get(Obligation, (rule_id, 20251201, row["unit_id"])) is None:
            session.execute(insert(Obligation), [row])
        return made.id


def ask(visitor: Visitor, draft_id: int | str, **more: str) -> tuple[int, str]:
    span = {"since": "2025-03-02", "until": "2026-03-02", **more}
    answer = visitor.send(f"{URL}/new", draft=str(draft_id), **span)
    return answer.status_code, answer.location or answer.text


def run(app: Flask, now: datetime) -> int:
    return jobs.run_trials(db.of(app).write, now=now)


def test_a_draft_is_tried_from_its_page_and_what_differs_is_shown(
    app: Flask, admin: Visitor, now: datetime
) -> None:
    draft_id = draft(app, now)
    assert f"{URL}/new?draft={draft_id}" in admin.get(f"/process-drafts/{draft_id}").text
    page = admin.get(f"{URL}/new?draft={draft_id}").text
    assert f'value="{draft_id}" selected' in page
    status, address = ask(admin, draft_id)
    assert status == 303
    waits = admin.get(address)
    assert 'hx-trigger="every 1s"' in waits.text
    assert "HX-Refresh" not in waits.headers
    assert run(app, now) == 1
    assert admin.get(address, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"
    found = admin.get(address).text
    assert "hx-trigger" not in found
    assert "1 → 0" in found  # reminders
    assert "0 → 1" in found  # interviews
    assert "finance_branch_secretary" in found
    assert "data-chart" in found
    rows = rows_of(admin.get(f"{address}?export=affected"))
    assert [row[1] for row in rows] == ["finance_branch_secretary"]
    for kind in ("matrix", "load"):
        assert rows_of(admin.get(f"{address}?export={kind}"))
    assert "1 → 0" in admin.get(URL).text
    assert "trial_asked" in acts(app)


def test_a_draft_that_changed_since_is_told(app: Flask, admin: Visitor, now: datetime) -> None:
    draft_id = draft(app, now)
    _, address = ask(admin, draft_id)
    with Session(db.of(app).engine) as session:
        digest = session.get_one(DefinitionDraft, draft_id).sha256
    draft(app, now, stricter().replace(b'<text>"sign"</text>', b'<text>"general"</text>'))
    assert run(app, now) == 1
    page = admin.get(address).text
    assert digest[:12] in page
    assert 'role="alert"' in page
    assert "1 → 0" in page  # of the draft as it was


def test_it_is_cancelled_once(app: Flask, admin: Visitor, now: datetime) -> None:
    _, address = ask(admin, draft(app, now))
    assert admin.send(f"{address}/cancel").status_code == 303
    assert admin.send(f"{address}/cancel").status_code == 409
    assert run(app, now) == 0
    assert "hx-trigger" not in admin.get(address).text
    assert "trial_cancelled" in acts(app)


def test_what_cannot_be_tried_is_said_and_what_was_typed_stays(
    app: Flask, admin: Visitor, now: datetime
) -> None:
    broken = draft(app, now, stricter().replace(b'>"interview"<', b">nobody knows(<"))
    for status, given in (
        (422, {"draft_id": broken}),
        (422, {"draft_id": ""}),
        (422, {"draft_id": broken, "since": "yesterday"}),
        (422, {"draft_id": "", "value:days.red_over": "0"}),
        (404, {"draft_id": "77"}),
    ):
        found, page = ask(admin, **given)
        assert found == status, given
        if status == 422:
            assert "is-invalid" in page
            assert str(given.get("since", "2025-03-02")) in page
    with Session(db.of(app).engine) as session:
        assert session.scalars(select(Trial)).all() == []


def test_to_others_there_is_no_such_page(app: Flask, admin: Visitor, now: datetime) -> None:
    _, address = ask(admin, draft(app, now))
    for who in ("supervisor", "system_admin", "finance_head"):
        other = visit(app, who)
        for url in (URL, f"{URL}/new", address, f"{address}?export=affected"):
            assert other.get(url).status_code == 404
        assert other.send(f"{address}/cancel").status_code == 404
        assert other.send(f"{URL}/new").status_code == 404
