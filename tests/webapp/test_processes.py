"""The processes through HTTP: who sees them, what a version holds, what it changed."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from flask import Flask

from config import Config
from models import DefinitionDraft
from tests.webapp.packaging import (
    NEW,
    approve,
    contents,
    count,
    diagram,
    folder,
    hand_in,
    office,
    rows_of,
    run_case,
)
from tests.webapp.town import acts, visit

URL = "/processes"


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with office(settings, now, monkeypatch) as app:
        yield app


def publish_second(app: Flask) -> str:
    """The reminder has a v2, in which one step has another name; returns what it is called."""
    admin = visit(app, "process_admin")
    draft = hand_in(admin, diagram({"提醒前核对": "提醒前再核对"}), "reminder.bpmn")
    assert draft.status_code == 303
    approve(draft.location, by=admin, reviewer=visit(app, "process_admin2"))
    assert admin.send(f"{draft.location}/publish").status_code == 303
    return "提醒前再核对"


# ---- the list


def test_the_list_says_what_is_in_force_and_what_runs_on_which_version(
    app: Flask, now: datetime
) -> None:
    run_case(app, now)
    run_case(app, now, status="failed")
    run_case(app, now, status="finished")
    publish_second(app)
    run_case(app, now, number=2)
    page = visit(app, "process_admin").get(URL).text
    assert all(f"{URL}/{name}" in page for name in ("reminder", "interview", "rectification"))
    row = page.split(f'{URL}/reminder"')[1].split("</tr>")[0]
    assert "v2" in row
    assert "process_admin" in row
    assert "2026-03-02 09:00" in row
    assert "</a>: 2" in row  # on v1: running and failed
    assert "</a>: 1" in row  # on v2


def test_the_list_can_be_taken_along(app: Flask) -> None:
    answer = visit(app, "process_admin").get(f"{URL}?export=xlsx")
    rows = rows_of(answer)
    assert {row[1] for row in rows} == {"reminder", "interview", "rectification"}
    assert {row[2] for row in rows} == {"v1"}


# ---- a version


def test_a_process_shows_its_versions_and_what_each_holds(app: Flask, now: datetime) -> None:
    run_case(app, now)
    name = publish_second(app)
    admin = visit(app, "process_admin")
    page = admin.get(f"{URL}/reminder").text
    assert "再核对一次" in page  # the note
    assert f"{URL}/reminder/2/diagrams/reminder.bpmn" in page
    assert f"{URL}/reminder/2/forms/decide_reminder" in page
    assert f"{URL}/reminder/2/decisions/light" in page
    assert "reminder_letter.docx" in page
    assert "days.decide_reminder" in page
    assert "rule.team_min" not in page  # no part of this process asks for it
    assert name in admin.get(f"{URL}/reminder/2/diagrams/reminder.bpmn").text
    assert name not in admin.get(f"{URL}/reminder/1/diagrams/reminder.bpmn").text
    assert f'href="{URL}/reminder"' in admin.get(f"{URL}/reminder/1").text  # to what is in force


def test_a_form_is_shown_and_cannot_be_filled_in(app: Flask) -> None:
    page = visit(app, "process_admin").get(f"{URL}/reminder/1/forms/decide_reminder").text
    assert "<fieldset disabled" in page
    assert "提醒方式" in page
    assert "form != &#34;none&#34;" in page  # under which condition a field is asked for
    assert "党内监督条例" in page  # a list of codes is the same for everybody
    main = page.split("<main")[1]
    assert "<form" not in main


def test_a_decision_table_is_shown_rule_by_rule(app: Flask) -> None:
    page = visit(app, "process_admin").get(f"{URL}/reminder/1/decisions/measure_proposal").text
    assert "提请事由" in page
    assert "&#34;abuse&#34;" in page


SAVED = {
    "files/diagrams/reminder": "application/xml",
    "files/decisions/light": "application/xml",
    "files/forms/decide_reminder.ui.json": "application/json",
    "files/documents/reminder_letter.docx": "application/vnd.openxmlformats",
    "package.zip": "application/zip",
}


def test_each_file_can_be_saved_and_is_never_shown(app: Flask) -> None:
    admin = visit(app, "process_admin")
    for path, media_type in SAVED.items():
        answer = admin.get(f"{URL}/reminder/1/{path}")
        assert answer.status_code == 200, path
        assert (answer.mimetype or "").startswith(media_type)
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_package_holds_what_was_published(app: Flask) -> None:
    files = contents(visit(app, "process_admin").get(f"{URL}/interview/1/package.zip").data)
    assert files["interview/interview.bpmn"] == folder("interview").diagrams["interview"]
    assert (
        files["rectification/rectification.bpmn"]
        == folder("rectification").diagrams["rectification"]
    )
    assert "interview/forms/prepare_interview.schema.json" in files
    assert "interview/documents/interview_notice.docx" in files
    assert "interview/measure_proposal.dmn" in files


ABSENT = [
    "nothing",
    "reminder/9",
    "reminder/9/package.zip",
    "reminder/1/changes",
    "reminder/1/forms/nothing",
    "reminder/1/decisions/nothing",
    "reminder/1/files/nothing/reminder",
    "reminder/1/files/forms/nothing",
    "reminder/1/files/forms/%2e%2e",
    "reminder/1/files/forms/a%00b",
    "reminder/1/diagrams/nothing.bpmn",
    "remin%00der",
    "reminder/99999999999999999999",
]


def test_what_is_not_there_is_not_found(app: Flask) -> None:
    admin = visit(app, "process_admin")
    for path in ABSENT:
        assert admin.get(f"{URL}/{path}").status_code == 404, path


def test_what_a_version_changed_is_said_and_can_be_taken_along(app: Flask) -> None:
    name = publish_second(app)
    admin = visit(app, "process_admin")
    page = admin.get(f"{URL}/reminder/2/changes").text
    assert "提醒前核对" in page
    assert name in page
    assert "check_reminder" in page
    answer = admin.get(f"{URL}/reminder/2/changes?export=xlsx")
    rows = rows_of(answer)
    assert [row[-2:] for row in rows] == [("提醒前核对", name)]
    back = admin.get(f"{URL}/reminder/1/changes?since=2&export=csv").text
    assert back.index(name) < back.rindex("提醒前核对")


def test_who_holds_a_copy_of_a_process_is_told_when_it_is_an_old_one(app: Flask) -> None:
    admin = visit(app, "process_admin")
    assert "tag-warn" not in admin.get(f"{URL}/rectification").text
    data = diagram({'name="整改下达"': 'name="整改任务下达"'}, "rectification")
    draft = hand_in(admin, data, "rectification.bpmn", process="rectification")
    approve(draft.location, by=admin, reviewer=visit(app, "process_admin2"), note="改名")
    admin.send(f"{draft.location}/publish")
    page = admin.get(f"{URL}/rectification").text
    assert "约谈" in page
    assert "tag-warn" in page


# ---- to whom


PAGES = [
    URL,
    f"{URL}/reminder",
    f"{URL}/reminder/1",
    f"{URL}/reminder/1/package.zip",
    f"{URL}/reminder/1/diagrams/reminder.bpmn",
    f"{URL}/reminder/1/files/forms/decide_reminder.ui.json",
    f"{URL}/reminder/1/forms/decide_reminder",
    f"{URL}/reminder/1/decisions/light",
    f"{URL}/nothing",
    NEW,
    "/parameters",
    "/parameters/1",
    "/parameters/edit",
]


@pytest.mark.parametrize("who", ["supervisor", "system_admin"])
def test_to_a_stranger_there_is_nothing(app: Flask, who: str) -> None:
    admin = visit(app, "process_admin")
    draft = hand_in(admin, diagram({"提醒前核对": "核对"}), "reminder.bpmn").location
    stranger, before = visit(app, who), acts(app)
    for page in [*PAGES, draft, f"{draft}/package.zip", f"{draft}/diagrams/reminder.bpmn"]:
        assert stranger.get(page).status_code == 404, page
    assert stranger.send(f"{URL}/reminder/draft").status_code == 404
    assert hand_in(stranger, diagram({"提醒前核对": "查"}), "reminder.bpmn").status_code == 404
    for act in ("hand-in", "review", "publish", "discard", "take-over", "go-on"):
        assert stranger.send(f"{draft}/{act}", note="x").status_code == 404
    assert stranger.send("/process-drafts/faults", report="x").status_code == 404
    assert stranger.send("/parameters", base="1", sure="1", reason="x").status_code == 404
    assert [act for act in acts(app) if act != "refused"] == before
    assert count(app, DefinitionDraft) == 1


def test_who_is_not_signed_in_is_sent_to_the_door(app: Flask) -> None:
    for page in PAGES:
        assert app.test_client().get(page).status_code == 303
