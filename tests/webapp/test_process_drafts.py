"""A draft through HTTP: written by one, reviewed by another, put in force on a day, taken back."""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from config import Config
from models import Case, DefinitionDraft
from tests.webapp.conftest import Visitor
from tests.webapp.packaging import (
    approve,
    diagram,
    folder,
    office,
    rows_of,
    run_case,
    verdict,
    versions_of,
)
from tests.webapp.town import acts, cast_in, visit
from tests.workflows.engine.validation.sketch import bundle, line, user
from webapp import clock, db
from workflows import cases, definitions

RENAMED = {"提醒前核对": "提醒前再核对"}
UNFIT = {'value="line_superior(subject)"': 'value="nobody_at_all(subject)"'}


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with office(settings, now, monkeypatch) as app:
        yield app


@pytest.fixture
def first(app: Flask) -> Visitor:
    return visit(app, "process_admin")


@pytest.fixture
def second(app: Flask) -> Visitor:
    return visit(app, "process_admin2")


def begin(visitor: Visitor) -> str:
    """The draft of the reminder; its address."""
    made = visitor.send("/processes/reminder/draft")
    assert made.status_code == 303
    return str(made.location)


def save(visitor: Visitor, draft: str, content: str, seen: int, **more: object) -> TestResponse:
    """As the editor of diagrams does."""
    return visitor.post(
        f"{draft}/edit/diagrams/reminder",
        json={"content": content, "seen": seen, **more},
        headers={"X-CSRFToken": visitor.token()},
    )


def said(answer: TestResponse) -> dict[str, Any]:
    """What a script is answered."""
    found = answer.get_json()
    assert isinstance(found, dict)
    return found


def text(changes: dict[str, str]) -> str:
    return diagram(changes).decode()


# ---- saved by an editor


def test_a_save_tells_the_faults_and_what_to_send_next(app: Flask, first: Visitor) -> None:
    draft = begin(first)
    fine = save(first, draft, text(RENAMED), 1)
    assert (fine.status_code, said(fine)["faults"]) == (200, [])
    unfit = save(first, draft, text(UNFIT), said(fine)["seen"])
    fault = said(unfit)["faults"][0]
    assert (fault["element"], fault["rule"], fault["file"]) == (
        "decide_reminder",
        "who-unreadable",
        "reminder.bpmn",
    )
    assert "办理人规则的写法不对" in fault["text"]
    page = first.get(draft).text
    assert f"{draft}/edit/diagrams/reminder#decide_reminder" in page
    assert f"{draft}/hand-in" not in page
    assert versions_of(app) == [1]


REFUSED = {
    "no XML": ("<a", 422),
    "too large": ("<a>" + " " * 2_000_000 + "</a>", 413),
    "a number": (7, 422),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_save_that_cannot_be_taken_is_told_as_a_sentence(first: Visitor, what: str) -> None:
    content, status = REFUSED[what]
    draft = begin(first)
    answer = first.post(
        f"{draft}/edit/diagrams/reminder",
        json={"content": content, "seen": 1},
        headers={"X-CSRFToken": first.token()},
    )
    assert (answer.status_code, list(said(answer))) == (status, ["told"])
    assert save(first, draft, text(RENAMED), 1).status_code == 200  # nothing had been changed


def test_a_save_without_its_token_or_of_a_draft_that_is_gone_is_refused(first: Visitor) -> None:
    draft = begin(first)
    body = {"content": text(RENAMED), "seen": 1}
    assert list(said(first.post(f"{draft}/edit/diagrams/reminder", json=body))) == ["told"]
    first.send(f"{draft}/discard")
    gone = save(first, draft, text(RENAMED), 1)
    assert (gone.status_code, list(said(gone))) == (404, ["told"])


def test_who_comes_second_loses_nothing_and_sees_what_is_otherwise(
    first: Visitor, second: Visitor
) -> None:
    draft = begin(first)
    assert save(first, draft, text(RENAMED), 1).status_code == 200
    mine = text({"提醒前核对": "我的核对"})
    told = save(second, draft, mine, 1)
    assert told.status_code == 409
    assert "process_admin" in said(told)["told"]
    assert "2026-03-02 09:00" in said(told)["told"]
    assert (said(told)["holder"], said(told)["mine"]) == ("process_admin", False)
    line = said(told)["changes"][0]
    assert (line["before"], line["after"]) == ("我的核对", "提醒前再核对")
    page = second.send(f"{draft}/edit/diagrams/reminder", content=mine, seen="1")
    assert page.status_code == 409
    assert "我的核对" in page.text
    assert 'name="take_over" value="yes"' in page.text
    again = save(second, draft, mine, said(told)["seen"] + 1, take_over=True)
    assert again.status_code == 200
    assert "我的核对" in first.get(draft).text
    assert save(first, draft, text(RENAMED), 2).status_code == 409
    assert "只能查看" in first.get(f"{draft}/edit/diagrams/reminder").text


def test_a_template_is_handed_in_and_taken_away(first: Visitor) -> None:
    draft = begin(first)
    letter = folder().documents["reminder_letter.docx"]
    page = first.get(draft).text
    seen = page.split('name="seen" value="')[1].split('"')[0]
    good = {"document": (io.BytesIO(letter), "second_letter.docx"), "seen": seen}
    assert first.send(f"{draft}/documents", **good).status_code == 303
    assert first.get(f"{draft}/files/documents/second_letter.docx").data == letter
    gone = first.send(f"{draft}/documents", remove="second_letter.docx", seen="2")
    assert gone.status_code == 303
    assert first.get(f"{draft}/files/documents/second_letter.docx").status_code == 404
    bad = {"document": (io.BytesIO(b"PK"), "bad.docx"), "seen": "9"}
    assert first.send(f"{draft}/documents", **bad).status_code == 422
    assert first.send(f"{draft}/documents", seen="9").status_code == 422


# ---- the second person


def test_what_waits_is_found_by_the_reviewer_and_by_nobody_else(
    first: Visitor, second: Visitor
) -> None:
    draft = begin(first)
    save(first, draft, text(RENAMED), 1)
    assert first.send(f"{draft}/hand-in", note="再核对").status_code == 303
    assert "process_admin提交了“提醒”的草稿，请您审核" in second.get("/news").text
    assert "待您审核" in second.get("/processes").text
    assert "text-bg-danger" in second.get("/processes").text  # the number in the menu
    assert "待您审核" not in first.get("/processes").text
    told = verdict(draft, first)
    assert told.status_code == 403
    assert "须由另一人审核" in told.text
    empty = verdict(draft, second, verdict="return", remark="")
    assert empty.status_code == 422
    assert "is-invalid" in empty.text
    back = verdict(draft, second, verdict="return", remark="名称<b>不妥</b>")
    assert back.status_code == 303
    page = first.get(draft).text
    assert "名称&lt;b&gt;不妥" in page
    assert f"{draft}/hand-in" in page


def test_a_day_that_is_no_day_is_told_and_what_was_typed_stays(first: Visitor) -> None:
    draft = begin(first)
    save(first, draft, text(RENAMED), 1)
    for day in ("tomorrow", "2026-02-30", "2026-03-01", "2036-03-01"):
        told = first.send(f"{draft}/hand-in", note="说明<i>文字", effective_from=day)
        assert told.status_code == 422, day
        assert "is-invalid" in told.text
        assert "说明&lt;i&gt;文字" in told.text


# ---- in force from a day on


def test_a_version_waits_for_its_day_can_be_withdrawn_and_is_shown_as_it_stands(
    app: Flask, first: Visitor, second: Visitor, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = begin(first)
    save(first, draft, text(RENAMED), 1)
    approve(draft, by=first, reviewer=second)
    done = first.send(f"{draft}/publish", effective_from="2026-03-09")
    assert done.status_code == 303
    assert "v2 自 2026-03-09 起" in first.get("/processes").text
    page = first.get("/processes/reminder").text
    assert "待生效" in page
    assert "提醒 v1" in page  # which is still in force
    assert second.get("/processes/reminder/2/withdraw").status_code == 200
    assert second.send("/processes/reminder/2/withdraw", reason="").status_code == 422
    assert second.send("/processes/reminder/2/retire", reason="有误").status_code == 409
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(days=7))
    assert second.send("/processes/reminder/2/withdraw", reason="迟了").status_code == 409
    assert "提醒 v2" in first.get("/processes/reminder").text
    assert second.send("/processes/reminder/2/retire", reason="判定有误").status_code == 303
    page = first.get("/processes/reminder").text
    assert "提醒 v1" in page
    assert "判定有误" in page
    last = second.send("/processes/reminder/1/retire", reason="不要了")
    assert last.status_code == 409
    assert acts(app)[-1] == "version_retired"


def test_the_list_says_on_which_version_cases_run_and_which_is_the_latest(
    app: Flask, first: Visitor, second: Visitor, now: datetime
) -> None:
    draft = begin(first)
    save(first, draft, text(RENAMED), 1)
    approve(draft, by=first, reviewer=second)
    assert first.send(f"{draft}/publish").status_code == 303
    run_case(app, now)
    assert "v1（最新 v2）" in first.get("/processes").text


def test_a_case_goes_on_by_its_own_version_and_says_which_is_the_latest(
    app: Flask, first: Visitor, now: datetime
) -> None:
    """Those who keep the processes are led on to what differs; the others are told."""
    drawn = replace(bundle(line(user("one"))), documents={})
    with db.of(app).write.begin() as session:
        definitions.publish(session, drawn, by=None, now=now)
        cast = cast_in(session, app)
        unit = cast.units["finance"].id
        opening = cases.Opening(process="demo", key="demo:1", title="办件", unit_id=unit)
        case = cases.begin(session, opening, by=cast.users["handler"], now=now).id
        again = replace(bundle(line(user("one"), user("two"))), documents={})
        definitions.publish(session, again, by=None, now=now)
    assert re.search(
        r"<dd>\s*v1（最新 v2）\s*</dd>", visit(app, "handler").get(f"/cases/{case}").text
    )
    page = first.get(f"/cases/{case}").text
    assert "/processes/demo/2/changes?since=1" in page
    assert "v1（最新 v2）" in page
    waits = visit(app, "handler")
    task = re.search(r"/tasks/\d+", waits.get("/tasks").text)
    assert task
    assert waits.send(task[0], verdict="no").status_code == 303
    with Session(db.of(app).engine) as session:
        assert session.get_one(Case, case).status == "finished"  # there is no second step in v1


# ---- what differs


def test_two_versions_stand_side_by_side_with_what_is_marked_in_each(
    first: Visitor, second: Visitor
) -> None:
    draft = begin(first)
    redrawn = {
        **RENAMED,
        'value="line_superior(subject)"': 'value="role(supervisor)"',
        'value="workdays(days.decide_reminder)"': 'value="workdays(7)"',
    }
    save(first, draft, text(redrawn), 1)
    page = first.get(f"{draft}/changes").text
    for told in ("对象的直接上级", "督导员", "自收到之日起 7 个工作日", 'data-pair="reminder"'):
        assert told in page, told
    assert page.count('"id": "check_reminder", "kind": "changed"') == 2
    assert len(rows_of(first.get(f"{draft}/changes?since=1&export=xlsx"))) == 3
    assert first.get(f"{draft}/changes?since=7").status_code == 404
    approve(draft, by=first, reviewer=second)
    first.send(f"{draft}/publish")
    assert "督导员" in first.get("/processes/reminder/2/changes").text
    back = first.get("/processes/reminder/1/changes?since=2").text
    assert back.index("督导员</td>") < back.index("对象的直接上级")  # the other way round
    assert first.get("/processes/reminder/1/changes").status_code == 404  # there is none before


def test_a_draft_that_is_past_comparing_is_shown_all_the_same(app: Flask, first: Visitor) -> None:
    draft = begin(first)
    assert save(first, draft, "<a/>", 1).status_code == 200
    assert "not-bpmn" in first.get(draft).text
    assert first.get(f"{draft}/changes").status_code == 200
    assert first.get(f"{draft}/package.zip").status_code == 200
    with Session(db.of(app).engine) as session:
        assert session.query(DefinitionDraft).one().name == "提醒"  # as it was called so far


def test_to_a_stranger_there_is_nothing_to_edit_or_retire(app: Flask) -> None:
    draft = begin(visit(app, "process_admin"))
    stranger = visit(app, "supervisor")
    for page in (f"{draft}/changes", "/processes/reminder/1/retire", f"{draft}/files/forms/x"):
        assert stranger.get(page).status_code == 404, page
    for act in ("/processes/reminder/1/retire", f"{draft}/documents", f"{draft}/go-on"):
        assert stranger.send(act, reason="x").status_code == 404, act
    assert save(stranger, draft, text(RENAMED), 1).status_code == 404
