"""Running the processes over HTTP: cases on the diagram, times, and repairs by two people."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from config import Config
from models import Case, CaseRepair, User
from tests.webapp.conftest import Visitor
from tests.webapp.packaging import office, rows_of
from tests.webapp.town import acts, cast_in, visit
from webapp import clock, db
from workflows import cases, jobs, rectifications, registry
from workflows.deadlines import Calendar
from workflows.errors import Refused
from workflows.rectifications import Listed
from workflows.registry import Act
from workflows.running_cases import worked

BROKEN = "rect_propose_late"
LATE = timedelta(days=21)


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with office(settings, now, monkeypatch) as app:
        yield app


@pytest.fixture
def case(app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch) -> int:
    """A rectification whose automatic step fails when the plan is late."""

    def breaks(_: Act) -> None:
        raise Refused("The facts of this proposal no longer stand.")

    with db.of(app).write.begin() as session:
        cast = cast_in(session, app)
        listed = Listed(
            origin="inspection",
            key="rectification:test",
            unit=cast.units["finance_branch"],
            owner=[cast.users["finance_branch_secretary"].id],
            reviewer=[cast.users["supervisor"].id],
            problems=[{"problem": "记录不全"}],
            days=10,
        )
        made = rectifications.begin(session, listed, by=None, now=now).id
    monkeypatch.setitem(registry.OPERATIONS, BROKEN, breaks)
    monkeypatch.setattr(clock, "now", lambda: now + LATE)
    jobs.wake_cases(db.of(app).write, now=now + LATE)
    assert stored(app, made).status == "failed"
    return made


@pytest.fixture
def first(app: Flask) -> Visitor:
    return visit(app, "process_admin")


@pytest.fixture
def second(app: Flask) -> Visitor:
    visitor = app.test_client()
    assert isinstance(visitor, Visitor)
    with Session(db.of(app).engine) as session:
        login = session.scalars(select(User.login).where(User.name == "process_admin2")).one()
    assert visitor.sign_in(login).status_code == 303
    return visitor


def stored(app: Flask, case_id: int) -> Case:
    with Session(db.of(app).engine) as session:
        return session.get_one(Case, case_id, options=[undefer(Case.state)])


def variables(app: Flask, case_id: int, now: datetime) -> dict[str, object]:
    with Session(db.of(app).engine) as session:
        found = cases.load(session, case_id)
        return dict(cases.look(session, found, now=now).execution.vars)


def ask(visitor: Visitor, case_id: int, **wish: str) -> str:
    answer = visitor.send(f"/running/cases/{case_id}", reason="办理卡住", **wish)
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_cases_are_shown_where_they_stand_and_what_fails_is_told(first: Visitor, case: int) -> None:
    page = first.get("/running").text
    assert f"/running/cases/{case}" in page
    process = first.get("/running/rectification").text
    assert '"current": [{"id": "rect_plan", "label": "1", "light": "red"}]' in process
    listed = first.get("/running/rectification?node=rect_plan&status=failed").text
    assert f"/running/cases/{case}" in listed
    assert "记录不全" not in listed  # nothing of what the case is about
    assert len(rows_of(first.get("/running/rectification?export=cases"))) == 1
    told = first.send(f"/running/cases/{case}/look").text
    assert "rect_propose_late" in told


def test_a_skipped_step_lets_the_case_go_on(
    app: Flask, first: Visitor, second: Visitor, case: int
) -> None:
    url = ask(first, case, kind="skip")
    assert first.send(f"{url}/approve").status_code == 403  # not by who asked
    assert "rect_propose_late" in second.get(url).text
    assert second.send(f"{url}/approve").status_code == 303
    assert stored(app, case).status == "running"
    assert second.send(f"{url}/approve").status_code == 409
    assert {"repair_asked", "case_repaired"} <= set(acts(app))


def test_a_value_is_corrected_and_shown_before_and_after(
    app: Flask, first: Visitor, second: Visitor, case: int, now: datetime
) -> None:
    before = str(variables(app, case, now)["due"]["rect"])  # type: ignore[index]
    after = "2026-06-30T15:59:59+00:00"
    url = ask(first, case, kind="data", path="due.rect", value=after)
    page = second.get(url).text
    assert before in page
    assert after in page
    assert variables(app, case, now)["due"]["rect"] == before  # type: ignore[index]
    assert second.send(f"{url}/approve").status_code == 303
    assert variables(app, case, now)["due"]["rect"] == after  # type: ignore[index]
    assert stored(app, case).wake_at == now + LATE


def test_it_is_tried_again_when_its_cause_is_gone(
    app: Flask,
    first: Visitor,
    second: Visitor,
    case: int,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = ask(first, case, kind="retry")
    assert first.send(f"/running/cases/{case}", kind="retry", reason="再来").status_code == 409
    monkeypatch.setitem(registry.OPERATIONS, BROKEN, lambda act: None)
    assert second.send(f"{url}/approve").status_code == 303
    assert jobs.wake_cases(db.of(app).write, now=now + LATE) == 1
    assert stored(app, case).status == "running"
    assert first.send(f"/running/cases/{case}", kind="retry", reason="再来").status_code == 409


def test_what_does_not_hold_is_refused_and_what_was_typed_stays(
    app: Flask, first: Visitor, case: int
) -> None:
    for wish in (
        {"kind": "jump", "reason": "办理卡住"},
        {"kind": "retry", "reason": " "},
        {"kind": "data", "reason": "办理卡住", "path": "due.rect", "value": "tomorrow"},
        {"kind": "data", "reason": "办理卡住", "path": "days.rect_plan", "value": "9"},
        {"kind": "data", "reason": "办理卡住", "path": "rect.days", "value": "ten"},
        {"kind": "data", "reason": "办理卡住", "path": "rect.days", "value": "10"},
    ):
        answer = first.send(f"/running/cases/{case}", **wish)
        assert answer.status_code == 422, wish
        assert wish["reason"].strip() in answer.text
    with Session(db.of(app).engine) as session:
        assert session.scalars(select(CaseRepair)).all() == []


def test_a_repair_is_declined_or_taken_back(
    app: Flask, first: Visitor, second: Visitor, case: int
) -> None:
    assert first.send(f"{ask(first, case, kind='retry')}/decline", remark="错了").status_code == 303
    assert second.send(f"{ask(first, case, kind='skip')}/decline").status_code == 303
    assert stored(app, case).status == "failed"
    assert acts(app).count("repair_declined") == 2


def test_to_others_there_is_no_such_page(app: Flask, first: Visitor, case: int) -> None:
    repair = ask(first, case, kind="retry")
    for who in ("supervisor", "system_admin", "finance_branch_secretary"):
        other = visit(app, who)
        for url in ("/running", "/running/rectification", f"/running/cases/{case}", repair):
            assert other.get(url).status_code == 404
        assert other.send(f"{repair}/approve").status_code == 404


def test_time_is_counted_on_working_days_alone() -> None:
    def at(text: str) -> datetime:
        return datetime.fromisoformat(f"2026-03-{text}+08:00")

    for start, end, days in (
        ("02T09:00", "02T21:00", 0.5),
        ("02T00:00", "04T12:00", 2.5),
        ("06T12:00", "09T12:00", 1.0),  # Friday to Monday
        ("07T08:00", "08T20:00", 0.0),  # a weekend
        ("03T10:00", "03T09:00", 0.0),
    ):
        assert worked(Calendar(), at(start), at(end)) == pytest.approx(days)
