"""A new version through HTTP: checked, compared, published on what was seen, refused by name."""

import io
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from config import Config
from models import Case, Definition, DefinitionDraft
from tests.webapp.conftest import Visitor
from tests.webapp.packaging import (
    NEW,
    approve,
    contents,
    count,
    diagram,
    folder,
    hand_in,
    office,
    package,
    rows_of,
    run_case,
    versions_of,
    zipped,
)
from tests.webapp.town import acts, visit
from webapp import db
from workflows import definitions

RENAMED = {"提醒前核对": "提醒前再核对"}


@pytest.fixture
def app(settings: Config, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    with office(settings, now, monkeypatch) as app:
        yield app


@pytest.fixture
def admin(app: Flask) -> Visitor:
    return visit(app, "process_admin")


def renamed(visitor: Visitor, base: str = "1") -> str:
    """A draft in which a step has another name; returns its address."""
    draft = hand_in(visitor, diagram(RENAMED), "reminder.bpmn", base=base)
    assert draft.status_code == 303, draft.text
    return draft.location


# ---- from the file to the version in force


def test_a_fit_diagram_waits_is_compared_and_published_with_a_note(
    app: Flask, admin: Visitor, now: datetime
) -> None:
    case = run_case(app, now)
    assert admin.get(f"{NEW}?process=reminder").status_code == 200
    draft = renamed(admin)
    assert versions_of(app) == [1]  # nothing is in force before it is confirmed
    page = admin.get(draft).text
    assert "提醒前核对" in page
    assert "提醒前再核对" in page
    assert "v1: 1" in page  # the cases that run keep their version
    assert draft in admin.get("/processes").text
    told = admin.send(f"{draft}/hand-in", note=" ")
    assert told.status_code == 422
    assert "is-invalid" in told.text
    approve(draft, by=admin, reviewer=visit(app, "process_admin2"))
    assert versions_of(app) == [1]
    assert admin.send(f"{draft}/publish").status_code == 303
    assert versions_of(app) == [1, 2]
    assert admin.get(draft).status_code == 404
    assert acts(app)[-4:] == ["draft_made", "draft_handed_in", "draft_approved", "published"]
    with Session(db.of(app).engine) as session:
        kept = session.get_one(Case, case)
        assert session.get_one(Definition, kept.definition_id).number == 1


def test_a_draft_can_be_looked_at_taken_along_and_given_up(app: Flask, admin: Visitor) -> None:
    draft = renamed(admin)
    other = visit(app, "process_admin2")
    assert other.get(draft).status_code == 200
    assert "提醒前再核对" in other.get(f"{draft}/diagrams/reminder.bpmn").text
    assert other.get(f"{draft}/diagrams/nothing.bpmn").status_code == 404
    files = contents(other.get(f"{draft}/package.zip").data)
    assert files["reminder/reminder.bpmn"] == diagram(RENAMED)
    rows = rows_of(other.get(f"{draft}?export=xlsx"))
    assert rows[0][-2:] == ("提醒前核对", "提醒前再核对")
    told = other.send(f"{draft}/discard")  # somebody else writes in it
    assert told.status_code == 409
    assert "process_admin" in told.text
    assert other.send(f"{draft}/take-over").status_code == 303
    assert other.send(f"{draft}/discard").status_code == 303
    assert other.send(f"{draft}/discard").status_code == 404
    assert acts(app)[-1] == "draft_discarded"
    assert count(app, DefinitionDraft) == 0


def test_there_is_one_draft_of_a_process_and_one_person_writes_in_it(
    app: Flask, admin: Visitor
) -> None:
    first = renamed(admin)
    second = hand_in(admin, diagram({"提醒前核对": "核对"}), "reminder.bpmn").location
    assert second == first  # what is handed in anew takes the place of what was there
    told = hand_in(visit(app, "process_admin2"), diagram(RENAMED), "reminder.bpmn")
    assert told.status_code == 409
    assert "process_admin" in told.text
    assert count(app, DefinitionDraft) == 1


def test_a_package_that_changes_everything_is_told_thing_by_thing(admin: Visitor) -> None:
    parts = contents(folder().documents["reminder_letter.docx"])
    said = parts["word/document.xml"].replace("请".encode(), "望".encode())
    assert said != parts["word/document.xml"]
    letter = zipped({**parts, "word/document.xml": said})
    form = (
        folder()
        .forms["decide_reminder.schema.json"]
        .replace(b'"title": "\xe8\xa6\x81', b'"title": "\xe6\x96\xb0')
    )
    table = folder().decisions["approval_level"].decode()
    draft = hand_in(
        admin,
        package(
            {
                "reminder.bpmn": diagram(
                    {
                        "workdays(days.decide_reminder)": "workdays(days.urge)",
                        "line_superior(subject)": "role(supervisor)",
                    }
                ),
                "forms/decide_reminder.schema.json": form,
                "approval_level.dmn": table.replace("定审批层级", "定层级").encode(),
                "documents/reminder_letter.docx": letter,
            }
        ),
    )
    assert draft.status_code == 303, draft.text
    page = admin.get(draft.location).text
    for told in (
        "workdays(days.urge)",
        "line_superior(subject)",
        "role(supervisor)",
        "定层级",
        "reminder_letter.docx",
        "decide_reminder",
    ):
        assert told in page.split("差异</h2>")[1], told


def test_a_version_that_was_taken_along_and_not_changed_is_refused(
    app: Flask, admin: Visitor
) -> None:
    taken = admin.get("/processes/reminder/1/package.zip").data
    told = hand_in(admin, taken)
    assert told.status_code == 422
    assert "v1" in told.text
    assert count(app, DefinitionDraft) == 0
    again = zipped(contents(taken))  # packed by another program
    assert hand_in(admin, again).status_code == 422


def test_an_earlier_version_can_be_put_in_force_again(app: Flask, admin: Visitor) -> None:
    second = visit(app, "process_admin2")
    draft = renamed(admin)
    approve(draft, by=admin, reviewer=second)
    admin.send(f"{draft}/publish")
    first = admin.get("/processes/reminder/1/package.zip").data
    draft = hand_in(admin, first, base="2").location
    approve(draft, by=admin, reviewer=second, note="恢复第一版")
    assert admin.send(f"{draft}/publish").status_code == 303
    assert versions_of(app) == [1, 2, 3]


def test_what_a_package_lacks_stays_unless_it_is_given_up(app: Flask, admin: Visitor) -> None:
    alone = zipped({"reminder/reminder.bpmn": diagram(RENAMED), "reminder/forms/": b""})
    small = zipped(
        {
            "reminder/reminder.bpmn": diagram(RENAMED),
            "reminder/forms/hold_talk.ui.json": folder().forms["hold_talk.ui.json"],
        }
    )
    assert hand_in(admin, alone, keep="no").status_code == 303  # a diagram alone
    assert hand_in(admin, small, keep="yes").status_code == 303
    told = hand_in(admin, small, keep="no")
    assert told.status_code == 422
    assert "form-missing" in told.text


def test_a_new_process_is_published_as_its_first_version(app: Flask, admin: Visitor) -> None:
    ids = {'id="reminder"': 'id="hint"', 'processRef="reminder"': 'processRef="hint"'}
    ids |= (
        {'bpmnElement="reminder"': 'bpmnElement="hint"'}
        if b'bpmnElement="reminder"' in diagram({})
        else {}
    )
    files = contents(package({}))
    files["hint/hint.bpmn"] = diagram(ids)
    del files["reminder/reminder.bpmn"]
    assert admin.get(NEW).status_code == 200
    draft = hand_in(admin, zipped(files), process="", base="")
    assert draft.status_code == 303, draft.text
    assert admin.get(draft.location).status_code == 200
    approve(draft.location, by=admin, reviewer=visit(app, "process_admin2"), note="新流程")
    assert admin.send(f"{draft.location}/publish").status_code == 303
    assert versions_of(app, "hint") == [1]
    there = hand_in(admin, package({"reminder.bpmn": diagram(RENAMED)}), process="", base="")
    assert there.status_code == 422


# ---- two at once


def test_another_version_that_came_in_between_is_told_and_can_be_gone_on_from(
    app: Flask, admin: Visitor, now: datetime
) -> None:
    second, draft = visit(app, "process_admin2"), renamed(admin)
    approve(draft, by=admin, reviewer=second)
    with db.of(app).write.begin() as session:  # as the operator does from the command line
        drawn = {**folder().diagrams, "reminder": diagram({"提醒前核对": "核"})}
        between = replace(folder(), diagrams=drawn)
        definitions.publish(session, between, by=None, now=now)
    told = admin.send(f"{draft}/publish")
    assert told.status_code == 409
    assert "v2" in told.text
    assert "2026-03-02 09:00" in told.text
    assert versions_of(app) == [1, 2]
    assert "tag-warn" in admin.get("/processes").text  # the draft is outdated
    assert f"{draft}/publish" not in admin.get(draft).text
    late = hand_in(admin, diagram({"提醒前核对": "核对"}), "reminder.bpmn", base="1")
    assert late.status_code == 409
    assert admin.send(f"{draft}/go-on").status_code == 303
    assert admin.send(f"{draft}/publish").status_code == 409  # it is drafted again
    approve(draft, by=admin, reviewer=second)
    assert admin.send(f"{draft}/publish").status_code == 303
    assert versions_of(app) == [1, 2, 3]


def test_of_two_who_publish_at_the_same_moment_one_is_refused(app: Flask) -> None:
    who = ["process_admin", "process_admin2"]
    visitors = [visit(app, name) for name in who]
    draft = renamed(visitors[0])
    approve(draft, by=visitors[0], reviewer=visitors[1])
    tokens, start = [visitor.token() for visitor in visitors], Barrier(2)

    def publish(place: int) -> int:
        start.wait()
        return (
            visitors[place].post(f"{draft}/publish", data={"csrf_token": tokens[place]}).status_code
        )

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(publish, range(2)))
    assert answers[0] == 303
    assert answers[1] in (404, 409)  # it is gone, or somebody was faster
    assert versions_of(app) == [1, 2]


# ---- not fit


def test_an_unfit_diagram_is_shown_fault_by_fault_and_not_kept(app: Flask, admin: Visitor) -> None:
    data = diagram({'value="line_superior(subject)"': 'value="nobody_at_all(subject)"'})
    told = hand_in(admin, data, "reminder.bpmn")
    assert told.status_code == 422
    row = told.text.split('data-element="decide_reminder"')[1].split("</tr>")[0]
    assert "确定提醒方式" in row
    assert "who-unreadable" in row
    assert "办理人规则的写法不对" in row
    assert "The rule of who acts" in row
    assert '"id": "decide_reminder", "kind": "fault"' in told.text  # marked in the drawing
    assert count(app, DefinitionDraft) == 0
    assert versions_of(app) == [1]
    assert acts(app)[-1] != "draft_made"
    kept = hand_in(admin, data, "reminder.bpmn", unfit="yes")  # to be mended in the editor
    assert kept.status_code == 303
    page = admin.get(kept.location).text
    assert "who-unreadable" in page
    assert f"{kept.location}/edit/diagrams/reminder#decide_reminder" in page
    assert admin.send(f"{kept.location}/hand-in", note="不合格").status_code == 422
    assert versions_of(app) == [1]


def test_the_check_report_can_be_taken_along_and_not_forged(admin: Visitor) -> None:
    data = diagram({'value="line_superior(subject)"': 'value="nobody_at_all(subject)"'})
    page = hand_in(admin, data, "reminder.bpmn").text
    report = page.split('name="report" value="')[1].split('"')[0]
    answer = admin.send("/process-drafts/faults", report=report, kind="xlsx")
    rows = rows_of(answer)
    assert rows[0][:4] == ("reminder.bpmn", "decide_reminder", "确定提醒方式", "who-unreadable")
    assert "办理人规则" in str(rows[0][4])
    assert "who acts" in str(rows[0][5])
    for forged in ("", "x" + report, report[:-2] + "xx"):
        assert admin.send("/process-drafts/faults", report=forged).status_code == 404


DOCTYPE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">%s]><x>&a;</x>"""
LAUGHS = DOCTYPE % b"".join(
    b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 12)
)
OUTSIDE = b"""<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>"""


HOSTILE = [
    (LAUGHS, "xml-doctype"),
    (OUTSIDE, "xml-doctype"),
    (b"<a>" * 100_000, "xml-too-deep"),
    (b"<x>" + b"<a/>" * 100_000 + b"</x>", "xml-too-many-elements"),
    (b"\xff\xfe<\0x\0/\0>\0", "xml-encoding"),
    (b"not xml at all", "not-xml"),
    (b"<definitions/>", "not-bpmn"),
]


@pytest.mark.timeout(120)
def test_a_hostile_diagram_is_refused_in_time(app: Flask, admin: Visitor) -> None:
    for data, rule in HOSTILE:
        told = hand_in(admin, data, "reminder.bpmn")
        assert told.status_code == 422, rule
        assert rule in told.text
        assert "root:" not in told.text
    assert count(app, DefinitionDraft) == 0


# ---- refused by name


def _lying_bomb() -> bytes:
    """An entry of 40 MB that says it has 100 bytes."""
    data = bytearray(zipped({"reminder/forms/bomb.ui.json": b" " * 40_000_000}))
    size = (40_000_000).to_bytes(4, "little")
    return bytes(data).replace(size, (100).to_bytes(4, "little"))


def _link() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        entry = zipfile.ZipInfo("reminder/link.bpmn")
        entry.create_system, entry.external_attr = 3, 0o120777 << 16
        archive.writestr(entry, "/etc/passwd")
    return target.getvalue()


def _encrypted() -> bytes:
    data = bytearray(zipped({"reminder/secret.bpmn": b"x"}))
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    return bytes(data)


def _macro() -> bytes:
    files = contents(folder().documents["reminder_letter.docx"])
    return package({"documents/macro.docx": zipped({**files, "word/vbaProject.bin": b"x"})})


def _template(text: str) -> bytes:
    files = contents(folder().documents["reminder_letter.docx"])
    body = files["word/document.xml"].decode()
    files["word/document.xml"] = body.replace("{{ number }}", text).encode()
    return package({"documents/reminder_letter.docx": zipped(files)})


REFUSED = {
    "../evil.bpmn": zipped({"../evil.bpmn": b"x"}),
    "/evil.bpmn": zipped({"/evil.bpmn": b"x"}),
    "reminder/..\\evil.bpmn": zipped({"reminder/..\\evil.bpmn": b"x"}),
    "C:/evil.bpmn": zipped({"C:/evil.bpmn": b"x"}),
    "reminder/link.bpmn": _link(),
    "reminder/secret.bpmn": _encrypted(),
    "reminder/run.exe": zipped({"reminder/run.exe": b"MZ"}),
    "reminder/inner.zip": zipped({"reminder/inner.zip": b"PK"}),
    "reminder/forms/notes.json": zipped({"reminder/forms/notes.json": b"{}"}),
    "reminder/forms/bomb.ui.json": zipped({"reminder/forms/bomb.ui.json": b" " * 40_000_000}),
    "b/one.ui.json": zipped({"a/one.ui.json": b"{}", "b/one.ui.json": b"[]"}),
    "reminder/a b.bpmn": zipped({"reminder/a b.bpmn": b"x"}),
    "other.bpmn": package({"other.bpmn": diagram({})}),
    "documents/macro.docx": _macro(),
    "documents/fake.docx": package({"documents/fake.docx": b"not a document"}),
}


def test_what_does_not_belong_in_a_package_is_refused_by_name(app: Flask, admin: Visitor) -> None:
    for name, data in REFUSED.items():
        told = hand_in(admin, data)
        assert told.status_code == 422, name
        assert name in told.text.replace("&#39;", "'"), name
        assert 'role="alert"' in told.text
    assert count(app, DefinitionDraft) == 0


NO_PACKAGE = {
    "empty": b"",
    "broken": b"PK\3\4 broken",
    "no files": b"PK\5\6" + b"\0" * 18,
    "gif": b"GIF89a",
    "too many": zipped({f"forms/f{n}.ui.json": b"{}" for n in range(501)}),
    "cut": zipped({"reminder/only.ui.json": b"{}"})[:-30],
    "signs": b"PK\3\4" + b"PK\1\2" * 30_000,
    "lies": _lying_bomb(),
    "large": zipped({f"a{n}/reminder.bpmn": b" " * 1_999_000 for n in range(9)}),
}


@pytest.mark.timeout(120)
def test_a_file_that_is_no_package_is_refused(app: Flask, admin: Visitor) -> None:
    for name, data in NO_PACKAGE.items():
        told = hand_in(admin, data)
        assert told.status_code in (413, 422), name
    assert count(app, DefinitionDraft) == 0


def test_no_file_and_an_unknown_process_are_told(admin: Visitor) -> None:
    assert admin.send(NEW, process="reminder", base="1").status_code == 422
    assert hand_in(admin, package({}), process="nothing").status_code == 404
    assert hand_in(admin, package({}, "interview"), base="1").status_code == 422


def test_a_template_that_reckons_or_breaks_is_a_fault(app: Flask, admin: Visitor) -> None:
    for text in ("{{ 9**9**9**9 }}", "{{ number", "{% for i in range(9) %}{% endfor %}"):
        told = hand_in(admin, _template(text))
        assert told.status_code == 422, text
        assert "document-refused" in told.text
        assert "documents/reminder_letter.docx" in told.text
    assert count(app, DefinitionDraft) == 0


def test_a_form_that_no_page_could_show_is_a_fault(app: Flask, admin: Visitor) -> None:
    told = hand_in(admin, package({"forms/hold_talk.ui.json": b'{"order": [], "help": 3}'}))
    assert told.status_code == 422
    assert "form-page" in told.text
