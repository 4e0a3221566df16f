"""What no page of ours sends, and what comes too late: refused by field, and nothing is lost."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from config import ROOT
from models import Draft, Task
from tests.webapp.desk import HIDDEN, Desk, opened
from tests.workflows import test_reminders
from webapp import clock, db
from workflows import definitions, proposals, subjects
from workflows.engine import Bundle

SUPERIOR, SUBJECT = "finance_secretary", "finance_branch_secretary"
TEXT = "支部党员大会未按期召开，请核实说明"
FAULT = re.compile(r'id="f-([\w-]+)-fault"')
LISTED = re.compile(r'class="alert-link" href="#f-([^"]+)"')
_numbers = count(1)


@pytest.fixture(scope="module")
def desk(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One city for all: each test works on a reminder of its own."""
    with opened(database_url, tmp_path_factory.mktemp("files")) as desk:
        yield desk


def reminder(desk: Desk) -> int:
    """A reminder whose superior decides on its form; its case."""
    with desk.behind() as cast:
        finding = test_reminders.a_finding(cast, desk.now, f"missed:{next(_numbers)}")
        unit = cast.units["finance_branch"].id
        subject = subjects.person(cast.session, cast.users[SUBJECT].id, unit, now=desk.now)
        draft = proposals.Draft(
            ground="missed_duty",
            measure="reminder",
            to="line_superior(subject)",
            subject=subject,
            findings=[finding.id],
            why={},
            rule="measure_proposal v1",
            origin=finding.key,
        )
        proposal = proposals.propose(cast.session, draft, by=None, now=desk.now)
        rights = cast.rights(SUPERIOR, desk.now)
        proposals.accept(cast.session, proposal.id, rights=rights, now=desk.now)
        assert proposal.case_id is not None
        return proposal.case_id


def address(desk: Desk, case: int, node: str = "decide_reminder") -> str:
    return f"/tasks/{desk.task(case, node).id}"


def form_of(desk: Desk, case: int, **more: object) -> MultiDict[str, str]:
    """What the page of the step sends when it is filled in rightly; and what else is named."""
    visitor, url = desk.visit(SUPERIOR), address(desk, case)
    page = visitor.get(url).text
    form = MultiDict(HIDDEN.findall(page.partition('<form id="form"')[2]))
    facts = re.findall(r'name="facts" id="[^"]*" value="(\d+)" checked', page)
    typed = {
        "csrf_token": visitor.token(),
        "form": "letter",
        "ground": TEXT,
        "basis": "discipline_21",
        "facts": facts[0],
        "request": "说明情况",
        "reply_due": "2026-03-09",
    }
    form.update({**typed, **more})
    return form


def send(desk: Desk, case: int, **more: object) -> TestResponse:
    url, form = address(desk, case), form_of(desk, case, **more)
    return desk.visit(SUPERIOR).post(url, data=form)


def told(answer: TestResponse) -> set[str]:
    """The fields that the page names as wrong."""
    return set(FAULT.findall(answer.text)) | set(LISTED.findall(answer.text))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("evil", "1", "表单中没有此项"),
        ("ground-0-text", "1", "表单中没有此项"),
        ("form", "banish", "请从列表中选择"),
        ("basis", "no_such_code", "请从列表中选择"),
        ("facts", "12345", "请从列表中选择"),
        ("facts", "nonsense", "请从列表中选择"),
        ("ground", "长" * 10_001, "不得超过 10000 字"),
        ("reply_due", "soon", "请输入日期，如 2026-03-02"),
        ("reply_due", "2026-02-30", "请输入日期，如 2026-03-02"),
        ("request", "长" * 10_001, "不得超过 10000 字"),
    ],
)
def test_it_is_refused_by_field_and_shown_again(
    desk: Desk, kept: int, field: str, value: str, sentence: str
) -> None:
    answer = send(desk, kept, **{field: value})
    assert answer.status_code == 422
    assert field in told(answer)
    assert sentence in answer.text
    assert TEXT in answer.text or field == "ground"
    assert value in answer.text or field in ("evil", "ground-0-text", "form")


@pytest.fixture(scope="module")
def kept(desk: Desk) -> int:
    """A reminder that is refused over and over."""
    return reminder(desk)


def test_what_was_refused_changed_nothing(desk: Desk, kept: int) -> None:
    before = desk.rows()
    for field, value in (("evil", "1"), ("form", "banish"), ("reply_due", "soon")):
        assert send(desk, kept, **{field: value}).status_code == 422
    assert desk.rows() == before


def test_a_field_closed_at_this_step_is_refused(desk: Desk) -> None:
    """Read-only and hidden fields of a step: nobody fills them in by hand."""
    bundle = Bundle.from_folder(ROOT / "bpmn" / "reminder")
    with desk.behind() as cast:
        closed = Bundle(
            process=bundle.process,
            diagrams=bundle.diagrams,
            decisions=bundle.decisions,
            documents=bundle.documents,
            forms={**bundle.forms, "decide_reminder.ui.json": _closing(bundle)},
        )
        definitions.publish(cast.session, closed, by=None, now=desk.now)
    case = reminder(desk)
    with desk.behind() as cast:
        definitions.publish(cast.session, bundle, by=None, now=desk.now)
    page = desk.visit(SUPERIOR).get(address(desk, case)).text
    assert 'name="request"' not in page
    assert 'id="f-reason"' not in page
    answer = send(desk, case, reason="塞入的理由")
    assert (answer.status_code, {"request", "reason"} <= told(answer)) == (422, True)
    form = form_of(desk, case)
    form.pop("request")
    assert desk.visit(SUPERIOR).post(address(desk, case), data=form).status_code == 303


def _closing(bundle: Bundle) -> bytes:
    ui = json.loads(bundle.forms["decide_reminder.ui.json"])
    ui["fields"]["request"]["access"] = "read"
    ui["fields"]["reason"]["access"] = "hide"
    return json.dumps(ui).encode()


@pytest.mark.parametrize("odd", ["%00", "%ED%A0%80", "%C3", "%EF%BF%BE", "%E2%80%AE"])
def test_odd_characters_are_no_fault_of_the_server(desk: Desk, odd: str) -> None:
    """Null bytes, lone surrogates, broken UTF-8, direction marks: taken without, or refused."""
    case = reminder(desk)
    body = urlencode(list(form_of(desk, case).items(multi=True)))
    body = body.replace("ground=", f"ground={odd}")
    answer = desk.visit(SUPERIOR).post(
        address(desk, case), data=body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code in (303, 422)
    if answer.status_code == 303:
        with db.of(desk.app).read() as session:
            done = select(Task.answers).where(Task.case_id == case, Task.done_at.is_not(None))
            ground = session.scalars(done).one()["ground"]
        assert ground.endswith(TEXT)
        assert "\0" not in ground


@pytest.mark.parametrize("odd", ["%00", "%ED%A0%80", "%C3", "😀", "%25", "'", "9" * 400])
def test_odd_words_in_an_address_are_no_fault_of_the_server(desk: Desk, odd: str) -> None:
    names = ("words", "after", "due", "unit", "process", "status", "state", "page", "measure")
    query = "&".join(f"{name}={odd}" for name in (*names, "due_from", "year", "next"))
    visitor = desk.visit("supervisor")
    for rule in desk.app.url_map.iter_rules():
        is_page = "GET" in (rule.methods or ()) and not rule.arguments
        if is_page and not rule.endpoint.startswith("health."):
            assert visitor.get(f"{rule.rule}?{query}").status_code < 500, rule.rule


def test_ten_thousand_fields_are_refused_at_once(desk: Desk, kept: int) -> None:
    form = form_of(desk, kept)
    form.update({f"f{number}": "1" for number in range(10_000)})
    answer = desk.visit(SUPERIOR).post(address(desk, kept), data=form)
    assert answer.status_code in (413, 422)
    assert len(answer.data) < 60_000


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/xml", ""])
def test_another_kind_of_content_does_nothing(desk: Desk, kept: int, kind: str) -> None:
    visitor = desk.visit(SUPERIOR)
    before = desk.rows()
    answer = visitor.post(
        address(desk, kept),
        data=json.dumps({"form": "letter", "ground": TEXT}),
        content_type=kind,
        headers={"X-CSRFToken": visitor.token()},
    )
    assert 400 <= answer.status_code < 500
    assert "Traceback" not in answer.text
    assert desk.rows() == before


def test_a_method_that_is_not_allowed_says_so(desk: Desk) -> None:
    visitor = desk.visit(SUPERIOR)
    token = visitor.token()
    for rule in desk.app.url_map.iter_rules():
        if rule.arguments or rule.endpoint == "static":
            continue
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - (rule.methods or set()):
            answer = visitor.open(rule.rule, method=method, headers={"X-CSRFToken": token})
            allowed = [r.methods for r in desk.app.url_map.iter_rules() if r.rule == rule.rule]
            if any(method in (one or ()) for one in allowed):
                continue
            assert (answer.status_code, rule.rule, method) == (405, rule.rule, method)
            assert answer.headers["Allow"]
            assert "此地址不能这样使用" in answer.text or method == "HEAD"


def test_another_unit_s_task_is_none(desk: Desk, kept: int) -> None:
    url, form = address(desk, kept), form_of(desk, kept)
    for who in ("planning_secretary", "planning_head", SUBJECT, "finance_member", "system_admin"):
        visitor = desk.visit(who)
        assert visitor.get(url).status_code == 404
        assert visitor.get(f"{url}/acts/urge").status_code == 404
        form["csrf_token"] = visitor.token()
        assert visitor.post(url, data=form).status_code == 404


class Later:
    """The sessions' clock, moved by hand."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.at = clock.wall()
        patch.setattr(clock, "wall", lambda: self.at)

    def by(self, **span: float) -> None:
        self.at += timedelta(**span)


def test_what_was_typed_when_the_session_ended_comes_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = reminder(desk)
    url, form = address(desk, case), form_of(desk, case)
    later, visitor = Later(monkeypatch), desk.visit(SUPERIOR)
    later.by(minutes=40)
    assert visitor.post(url, data=form).location.startswith("/sign-in")
    desk.visitors.pop("planning_secretary", None)
    assert TEXT not in desk.visit("planning_secretary").get("/kept").text  # the next at the desk
    assert visitor.sign_in(desk.cast.users[SUPERIOR].login).location.startswith("/kept")
    page = visitor.get("/kept").text
    assert TEXT in page
    replayed = MultiDict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    again = {**replayed.to_dict(), "csrf_token": visitor.token(), "_rerender": "1"}
    shown = visitor.post(url, data=again)
    assert (shown.status_code, TEXT in shown.text) == (200, True)
    form["csrf_token"] = visitor.token()
    assert visitor.post(url, data=form).status_code == 303


def test_a_draft_of_another_window_is_not_overwritten_unasked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = reminder(desk)
    url, visitor = address(desk, case), desk.visit(SUPERIOR)
    first, second = form_of(desk, case), form_of(desk, case)
    monkeypatch.setattr(clock, "now", lambda: desk.now + timedelta(minutes=5))
    early = {**first.to_dict(), "ground": "先存的", "_draft": "1"}
    assert visitor.post(url, data=early).status_code == 303
    monkeypatch.setattr(clock, "now", lambda: desk.now + timedelta(minutes=9))
    stale = {**second.to_dict(), "ground": "后到的旧页", "_draft": "1"}
    answer = visitor.post(url, data=stale)
    assert answer.status_code == 409
    assert "2026-03-02 09:05" in answer.text
    assert "后到的旧页" in answer.text
    assert draft(desk, case)["ground"] == "先存的"
    stale["_drafted"] = dict(HIDDEN.findall(answer.text))["_drafted"]
    assert visitor.post(url, data=stale).status_code == 303
    assert draft(desk, case)["ground"] == "后到的旧页"


def draft(desk: Desk, case: int) -> dict[str, object]:
    with Session(db.of(desk.app).engine) as session:
        wanted = select(Draft.answers).join(Task, Task.id == Draft.task_id)
        answers: dict[str, object] = session.scalars(wanted.where(Task.case_id == case)).one()
        return answers


def test_what_comes_after_another_was_faster_can_be_fetched(desk: Desk) -> None:
    case = reminder(desk)
    url, visitor = address(desk, case), desk.visit(SUPERIOR)
    form, other = form_of(desk, case), form_of(desk, case, ground="另一窗口写的")
    assert visitor.post(url, data=form).status_code == 303
    answer = visitor.post(url, data=other, headers={"Origin": "http://localhost"})
    assert answer.status_code == 409
    assert f"{SUPERIOR} 已于 2026-03-02 09:00" in answer.text
    assert 'href="/kept"' in answer.text
    assert "另一窗口写的" in visitor.get("/kept").text
