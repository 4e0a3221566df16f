"""Whether the system works: a word for monitors, a page for the system administrator."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from config import Config
from models import Case, CaseStatus, Notification, Pulse, User
from tests.cast import Cast, install
from tests.webapp.town import acts, cast_in, town, visit
from tests.workflows import matter_paths as path
from webapp import clock, create_app, db
from webapp.health import views
from workflows import cases, errors, health, jobs, notices
from workflows.engine import EngineFault
from workflows.errors import Conflict

MINUTE = timedelta(minutes=1)


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with town(settings, now, monkeypatch) as app:
        yield app


def beat(app: Flask, now: datetime, *names: str, fault: str | None = None) -> None:
    for name in names or [job.__name__ for job, _every in jobs.EVERY]:
        jobs.beat(db.of(app).write, name, now=now, fault=fault)


def word(app: Flask) -> tuple[int, str]:
    answer = app.test_client().get("/health")
    return answer.status_code, answer.text.strip()


def person(app: Flask, key: str) -> User:
    cast: Cast = app.extensions["cast"]
    return cast.users[key]


def tell(app: Flask, now: datetime, key: str = "k") -> int:
    with db.of(app).write.begin() as session:
        head = person(app, "finance_head").id
        facts = {"case": "内情"}
        notices.notify(session, key=key, recipient_id=head, kind="urged", facts=facts, now=now)
        return session.query(Notification.id).filter_by(key=key).one()[0]


# ---- the word


def test_a_stranger_hears_that_all_is_well(app: Flask, now: datetime) -> None:
    beat(app, now)
    assert word(app) == (200, "ok")
    answer = app.test_client().get("/health")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert app.test_client().get("/health/live").text == "ok\n"


def test_a_clock_that_is_silent_or_hangs_is_named(
    app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert word(app) == (503, "clock")  # it never ran
    beat(app, now)
    monkeypatch.setattr(clock, "now", lambda: now + 6 * MINUTE)
    assert word(app) == (503, "clock")
    beat(app, now + 6 * MINUTE, "deliver", "seal_audit", "run_trials")  # the others hang
    assert word(app) == (503, "clock")
    beat(app, now + 6 * MINUTE, "wake_cases", "watch_lights", "give_notices", "move_cases")
    assert word(app) == (200, "ok")  # whoever runs by the hour is not late yet


def test_a_job_that_fails_is_shown_but_is_not_silent(app: Flask, now: datetime) -> None:
    beat(app, now)
    beat(app, now, "deliver", fault="the mail server is gone")
    beat(app, now, "deliver", fault="the mail server is gone")
    assert word(app) == (200, "ok")
    page = visit(app, "system_admin").get("/operation").text
    assert "连续失败2次" in page
    assert "the mail server is gone" in page
    beat(app, now, "deliver")
    page = visit(app, "system_admin").get("/operation").text
    assert "连续失败" not in page
    assert "the mail server is gone" in page  # what happened stays to be read


def test_a_schema_of_another_version_is_named(app: Flask, now: datetime) -> None:
    beat(app, now)
    with db.of(app).engine.begin() as connection:
        was = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        connection.execute(text("UPDATE alembic_version SET version_num = 'old'"))
    try:
        assert word(app) == (503, "schema")
    finally:
        with db.of(app).engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": was})


def test_mail_that_does_not_leave_is_named(
    app: Flask, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(app, now)
    beat(app, now + 59 * MINUTE)
    monkeypatch.setattr(clock, "now", lambda: now + 59 * MINUTE)
    assert word(app) == (200, "ok")
    beat(app, now + 61 * MINUTE)
    monkeypatch.setattr(clock, "now", lambda: now + 61 * MINUTE)
    assert word(app) == (503, "outbox")


def test_a_database_that_does_not_answer_is_named(settings: Config) -> None:
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/nothing"
    app = create_app(replace(settings, database_url=nowhere))
    assert word(app) == (503, "database")
    assert app.test_client().get("/health/live").status_code == 200


# ---- the page


@pytest.mark.parametrize("who", ["security_admin", "audit_admin", "supervisor", "work_secretary"])
def test_strangers_neither_see_nor_start_anything(app: Flask, now: datetime, who: str) -> None:
    one = failed_case(app, now)
    visitor = visit(app, who)
    assert visitor.get("/operation").status_code == 403
    assert visitor.send(f"/operation/cases/{one}/again").status_code == 403
    assert visitor.send("/operation/mails/again").status_code == 403
    assert "/operation" not in visitor.get("/").text
    assert not {"case_retried", "mail_retried"} & set(acts(app))


def test_every_job_has_its_word() -> None:
    assert {job.__name__ for job, _every in jobs.EVERY} == set(views.JOBS)


def failed_case(app: Flask, now: datetime) -> int:
    """A case whose timer ran into a fault."""
    with db.of(app).write.begin() as session:
        install(session, now)
        cast = cast_in(session, app)
        case = path.opened(cast, now)
        case.title = "不可外传的标题"
        cases.put_off(session, case.id, fault="the template cannot be filled", now=now)
        return case.id


def test_a_case_that_stands_still_is_tried_again_after_a_question(
    app: Flask, now: datetime
) -> None:
    one = failed_case(app, now)
    visitor = visit(app, "system_admin")
    page = visitor.get("/operation").text
    assert "the template cannot be filled" in page
    assert "不可外传的标题" not in page  # the system administrator reads no cases
    assert visitor.send(f"/operation/cases/{one}/again").status_code == 303
    with Session(db.of(app).engine) as session:
        assert session.get_one(Case, one).wake_at == now
    assert acts(app)[-1] == "case_retried"
    with db.of(app).write.begin() as session:
        session.execute(update(Case).where(Case.id == one).values(status=CaseStatus.RUNNING))
    assert visitor.send(f"/operation/cases/{one}/again").status_code == 409
    assert visitor.send("/operation/cases/1/again").status_code == 404


def test_a_fault_is_told_in_the_readers_language(app: Flask, now: datetime) -> None:
    one = failed_case(app, now)
    visitor = visit(app, "system_admin")
    kept = errors.kept(Conflict("{who} decided this at {at}.", who="甲<乙", at="9:00"), 2000)
    broken = errors.kept(EngineFault("no path is open", "没有可走的路径", node="gate"), 2000)
    for fault, zh, en in (
        (kept, "甲&lt;乙已于9:00作出决定", "甲&lt;乙 decided this at 9:00."),
        (broken, "没有可走的路径", "gate: no path is open"),
        ("KeyError: 'x'", "KeyError", "KeyError"),
        ('{"a": 1}', "a", "a"),  # nothing of ours: shown as it is
    ):
        with db.of(app).write.begin() as session:
            session.execute(update(Case).where(Case.id == one).values(fault=fault))
        for language, said in (("en", en), ("zh", zh)):
            visitor.send("/language", language=language)
            assert said in visitor.get("/operation").text, (language, fault)


def test_what_is_kept_of_a_fault_has_room_and_can_be_read() -> None:
    assert len(errors.kept(Conflict("{who}", who="长" * 900), 500)) <= 500
    assert errors.kept(ValueError("odd"), 500) == "ValueError: odd"


def test_what_failed_heals_when_its_step_succeeds(app: Flask, now: datetime) -> None:
    one = failed_case(app, now)
    write = db.of(app).write
    with write() as session:
        assert session.get_one(Case, one).status == CaseStatus.FAILED
        assert session.get_one(Case, one).wake_at == now + 2 * MINUTE
    later = now + 2 * MINUTE
    jobs.wake_cases(write, now=later)  # nothing stands in its way any more
    with write() as session:
        healed = session.get_one(Case, one)
        assert (healed.status, healed.attempts, healed.fault) == (CaseStatus.RUNNING, 0, None)
        assert health.count_standing(session) == 0


def test_mails_given_up_go_out_again(app: Flask, now: datetime) -> None:
    ids = [tell(app, now, key) for key in "abc"]
    with db.of(app).write.begin() as session:
        given_up = {"send_after": None, "fault": "550 nobody", "attempts": 6}
        session.execute(update(Notification).values(**given_up))
    visitor = visit(app, "system_admin")
    page = visitor.get("/operation").text
    assert page.count("550 nobody") == 3
    assert "内情" not in page
    assert visitor.send(f"/operation/mails/{ids[0]}/again").status_code == 303
    assert visitor.send(f"/operation/mails/{ids[0]}/again").status_code == 404
    assert visitor.send("/operation/mails/again").status_code == 303
    with Session(db.of(app).engine) as session:
        rows = session.query(Notification).all()
        assert [(row.send_after, row.attempts, row.fault) for row in rows] == [(now, 0, None)] * 3


def test_an_old_backup_alarms(app: Flask, now: datetime) -> None:
    visitor = visit(app, "system_admin")
    assert "从未" in visitor.get("/operation").text
    with db.of(app).write.begin() as session:
        session.add(Pulse(name=health.BACKUP, at=now - timedelta(hours=25), seconds=1, failures=0))
    assert "已超过26小时" not in visitor.get("/operation").text
    with db.of(app).write.begin() as session:
        session.execute(update(Pulse).values(at=now - timedelta(hours=27)))
    page = visitor.get("/operation").text
    assert "已超过26小时" in page
    assert re.search(r"(SQLite|PostgreSQL) \d+\.\d+", page)
