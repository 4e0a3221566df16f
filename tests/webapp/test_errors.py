"""What is refused or goes wrong is said, with the right status, and leaves no trace."""

import logging

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import ReadRow, Unit, User
from tests.webapp.conftest import Visitor
from webapp import db


def codes(site: Flask) -> set[str]:
    with Session(db.of(site).engine) as session:
        return set(session.scalars(select(Unit.code)))


@pytest.mark.parametrize(
    ("kind", "status"),
    [("missing", 404), ("forbidden", 403), ("done", 409), ("guard", 422), ("large", 413)],
)
def test_each_refusal_has_its_status(signed_in: Visitor, kind: str, status: int) -> None:
    answer = signed_in.get(f"/frame/refuse/{kind}")
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert "督导员" in answer.text  # the frame is drawn


def test_a_refusal_says_its_facts_in_the_readers_language(signed_in: Visitor) -> None:
    assert "督导员一" in signed_in.get("/frame/refuse/done").text
    assert "2026-03-02 09:00" in signed_in.get("/frame/refuse/done").text  # Beijing time
    signed_in.send("/language", language="en")
    assert "督导员一 did this task on 2026-03-02 09:00." in signed_in.get("/frame/refuse/done").text


def test_what_was_begun_before_a_refusal_is_undone(site: Flask, signed_in: Visitor) -> None:
    assert signed_in.send("/frame/refuse/done").status_code == 409
    assert codes(site) == set()


def test_a_part_of_a_page_gets_the_notice_alone(signed_in: Visitor) -> None:
    answer = signed_in.get("/frame/refuse/done", headers={"HX-Request": "true"})
    assert answer.status_code == 409
    assert "<html" not in answer.text
    assert answer.headers["HX-Retarget"] == "#notices"


def test_two_who_do_the_same_are_told_so(site: Flask, signed_in: Visitor) -> None:
    assert signed_in.send("/frame/units/A1").status_code == 200
    answer = signed_in.send("/frame/units/A1")
    assert answer.status_code == 409
    assert "他人已先行办理" in answer.text
    assert codes(site) == {"A1"}


def test_a_clash_at_the_commit_is_told_as_well(site: Flask, signed_in: Visitor) -> None:
    signed_in.send("/frame/units/A1")
    answer = signed_in.send("/frame/units/A1-late")
    assert answer.status_code == 409
    assert "他人已先行办理" in answer.text
    assert "Content-Security-Policy" in answer.headers


def test_a_stale_row_is_a_conflict(site: Flask, signed_in: Visitor, member: User) -> None:
    answer = signed_in.send("/frame/stale")
    assert answer.status_code == 409
    assert "督导员" in answer.text
    with Session(db.of(site).engine) as session:
        assert session.get_one(User, member.id).name == "督导员"


def test_a_page_that_only_shows_cannot_write(site: Flask, signed_in: Visitor) -> None:
    assert signed_in.get("/frame/units/B1").status_code == 500
    signed_in.get("/frame/units/B1-late")
    assert codes(site) == set()


def test_a_reading_is_on_file_first(site: Flask, signed_in: Visitor, member: User) -> None:
    assert signed_in.get("/frame/read-log").status_code == 200
    with Session(db.of(site).engine) as session:
        (row,) = session.scalars(select(ReadRow))
        assert (row.user_id, row.page) == (member.id, "frame")


def test_without_a_line_in_the_log_there_is_no_page(
    signed_in: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no log")

    monkeypatch.setattr("workflows.audit.read", broken)
    assert signed_in.get("/frame/read-log").status_code == 500


def test_a_fault_shows_a_number_and_no_trace(
    signed_in: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = signed_in.get("/frame/fault")
    assert answer.status_code == 500
    assert "the inner words" not in answer.text
    assert "Traceback" not in answer.text
    incident = next(r.getMessage() for r in caplog.records if "incident" in r.getMessage())
    assert incident.split()[1].rstrip(":") in answer.text
    assert "the inner words" in caplog.text


def test_even_a_broken_frame_answers(signed_in: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no frame")

    monkeypatch.setattr("webapp.errors.page", broken)
    answer = signed_in.get("/frame/fault")
    assert answer.status_code == 500
    assert "请记下编号" in answer.text


@pytest.mark.parametrize(
    ("number", "status"),
    [
        ("1", 200),
        (str(2**63 - 1), 200),
        (str(2**63), 404),
        ("9" * 19, 404),
        ("9" * 40, 404),
        ("-1", 404),
        ("1.5", 404),
        ("x", 404),
    ],
)
def test_a_number_that_cannot_be_is_no_page(signed_in: Visitor, number: str, status: int) -> None:
    assert signed_in.get(f"/frame/case/{number}").status_code == status


def test_a_missing_field_is_answered_in_chinese(signed_in: Visitor) -> None:
    answer = signed_in.send("/frame/fields")
    assert answer.status_code == 400
    assert "请求无法识别" in answer.text


def test_a_wrong_method_says_so(signed_in: Visitor) -> None:
    answer = signed_in.put("/frame/parts", headers={"X-CSRFToken": signed_in.token()})
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_file_too_large_is_told_the_limit(signed_in: Visitor) -> None:
    head = b'--b\r\nContent-Disposition: form-data; name="paper-upload"; filename="a.pdf"\r\n\r\n'
    answer = signed_in.post(
        "/frame/form",
        data=head + b"x" * 12_000_000 + b"\r\n--b--\r\n",
        content_type="multipart/form-data; boundary=b",
        headers={"X-CSRFToken": signed_in.token()},
    )
    assert answer.status_code == 413
    assert "20 MB" in answer.text


def test_a_database_that_does_not_answer_is_no_trace(
    signed_in: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    def broken(*_: object, **__: object) -> None:
        raise OperationalError("SELECT secret", {}, Exception("connection refused"))

    monkeypatch.setattr("workflows.access.rights_by_id", broken)
    answer = signed_in.get("/frame/parts")
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert "SELECT" not in answer.text


def test_a_full_disk_is_named(signed_in: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def broken(*_: object, **__: object) -> None:
        raise OperationalError("INSERT", {}, Exception("database or disk is full"))

    monkeypatch.setattr("workflows.access.rights_by_id", broken)
    answer = signed_in.get("/frame/parts")
    assert answer.status_code == 507
    assert "磁盘已满" in answer.text
