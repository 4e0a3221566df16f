"""Surveys and research through their pages: lists, talks with their readers, claims, the report."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, ReadRow, Research
from tests.cast import Cast, assemble, install
from tests.webapp.conftest import HASH, Visitor, visit
from tests.workflows.surveying import opened, survey_in
from webapp import clock

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def cast(session: Session, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    install(session, NOW)
    cast = assemble(session)
    for user in cast.users.values():
        user.password_hash, user.session_key = HASH, "k"
    session.commit()
    return cast


@pytest.fixture
def survey(cast: Cast) -> str:
    case = opened(cast, NOW)
    found = survey_in(cast, case)
    cast.session.commit()
    return f"/surveys/{found.id}"


def version(text: str) -> str:
    found = re.search('name="_version" value="([0-9]+)"', text)
    assert found
    return found[1]


def test_a_survey_is_listed_and_tells_its_rate_alone(app: Flask, cast: Cast, survey: str) -> None:
    visitor = visit(app, cast, "supervisor")
    text = visitor.get("/surveys").text
    assert "党建与业务融合情况调研" in text
    shown = visitor.get(survey).text
    assert "进行期间只显示回收率" in shown
    assert f"{survey}/links" in shown
    assert f"{survey}/results" not in shown
    assert visitor.get("/surveys?export=csv").mimetype == "text/csv"
    assert "没有符合条件的问卷调查" in visitor.get("/surveys?state=settled").text
    stranger = visit(app, cast, "finance_secretary")
    assert stranger.get(survey).status_code == 404
    assert "没有您可查看的问卷调查" in stranger.get("/surveys").text


def test_a_supervisor_begins_a_survey_and_nobody_else(app: Flask, cast: Cast) -> None:
    assert visit(app, cast, "finance_secretary").send("/surveys").status_code == 403
    visitor = visit(app, cast, "supervisor")
    begun = visitor.send("/surveys")
    assert begun.status_code == 303
    assert "调研设计" in visitor.get(str(begun.location)).text
    assert cast.session.scalars(select(Case.process)).all() == ["survey"]
    cast.session.commit()
    assert "筹备中" in visitor.get("/surveys").text


def test_a_confidential_talk_is_in_the_read_log(app: Flask, cast: Cast, survey: str) -> None:
    visitor = visit(app, cast, "supervisor2")
    said = {"_form": "1", "method": "talk", "subject": "业务处室负责人", "confidential-box": "1"}
    held = {"held_at": "2026-03-02T08:00", "record": "检查重复", "confidential": "true"}
    bad = visitor.send(f"{survey}/notes", **said, held_at="2026-03-02T08:00")
    assert bad.status_code == 422
    assert "业务处室负责人" in bad.text
    assert visitor.send(f"{survey}/notes", **said, **held).status_code == 303
    text = visitor.get(survey).text
    link = re.search(f'href="({survey}/notes/[0-9]+)"', text)
    assert link
    assert "检查重复" in visitor.get(link[1]).text
    read = cast.session.scalars(select(ReadRow).where(ReadRow.page == "field note")).all()
    assert [one.user_id for one in read] == [cast.users["supervisor2"].id]
    cast.session.commit()
    other = visit(app, cast, "supervisor3")
    assert "业务处室负责人" not in other.get(survey).text
    assert other.get(link[1]).status_code == 404
    assert other.send(f"{survey}/notes", **said, **held).status_code == 422
    stale = visitor.send(link[1], **said, **held, _version="0")
    assert stale.status_code == 409
    assert "supervisor2已于" in stale.text
    again = visitor.send(link[1], **said, **held, _version=version(stale.text))
    assert again.status_code == 303


def begun(visitor: Visitor) -> str:
    answer = visitor.send("/research/new", _form="1", title="两张皮研究", question="在哪里？")
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_a_research_goes_from_its_question_to_its_report(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "supervisor")
    assert "还没有调研" in visitor.get("/research").text
    assert visitor.send("/research/new", _form="1", title="", question="").status_code == 422
    page = begun(visitor)
    said = {"_form": "1", "kind": "problem", "text": "谋划与检查脱节"}
    without = visitor.send(f"{page}/claims", **said)
    assert without.status_code == 422
    assert "f-evidence-fault" in without.text
    assert "谋划与检查脱节" in without.text
    note = {"method": "visit", "subject": "财政局支部", "held_at": "2026-03-02T08:00"}
    assert visitor.send(f"{page}/notes", _form="1", **note, record="合并召开").status_code == 303
    ref = re.search('value="(note:[0-9]+)"', visitor.get(f"{page}/claims").text)
    assert ref
    assert visitor.send(f"{page}/claims", **said, evidence=ref[1]).status_code == 303
    assert "走访记录 2026-03-02 财政局支部" in visitor.get(page).text
    assert visitor.get(f"{page}/report.docx").data.startswith(b"PK")
    _concludes(visitor, page, {**said, "evidence": ref[1]})
    row = cast.session.scalars(select(Research)).one()
    assert row.report is not None
    cast.session.commit()


def _concludes(visitor: Visitor, page: str, said: dict[str, str]) -> None:
    """A claim is changed by who saw its last state, and by nobody once the report is frozen."""
    claim = re.search(f'"({page}/claims/[0-9]+)/drop"', visitor.get(page).text)
    assert claim
    assert visitor.send(claim[1], **said, _version="0").status_code == 409
    assert visitor.send(f"{page}/conclude").status_code == 303
    assert visitor.send(f"{claim[1]}/drop").status_code == 409
    assert "已结题" in visitor.get(page).text
    assert visitor.get("/research?export=csv").mimetype == "text/csv"


def test_a_research_is_not_for_strangers(app: Flask, cast: Cast) -> None:
    page = begun(visit(app, cast, "supervisor"))
    stranger = visit(app, cast, "finance_secretary")
    for path in (page, f"{page}/edit", f"{page}/claims", f"{page}/notes", f"{page}/report.docx"):
        assert stranger.get(path).status_code == 404, path
    assert stranger.send(f"{page}/conclude").status_code == 404
    assert stranger.get("/research/new").status_code == 403
    beside = visit(app, cast, "supervisor2")  # sees it, is not of the team
    assert beside.get(page).status_code == 200
    assert beside.send(f"{page}/conclude").status_code == 403
    assert beside.get(f"{page}/claims").status_code == 403
    assert beside.get(f"{page}/notes").status_code == 422
