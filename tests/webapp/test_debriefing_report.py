"""A secretary's one page: what is due, the draft kept while it is typed, what was sent back."""

import io
import zipfile
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from models import Case, Debriefing, DebriefingRound, Draft, Task
from tests.cast import Cast
from tests.webapp.conftest import Visitor, visit
from tests.webapp.test_debriefings import NOW, cast
from tests.workflows.test_debriefings import of, their_task
from webapp import clock
from workflows import tasks

__all__ = ["cast"]
WHO = "finance_secretary"
LATER = NOW + timedelta(hours=2)
BACK = "“存在问题”请对照清单写实"


@pytest.fixture(autouse=True)
def _at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)


@pytest.fixture
def secretary(app: Flask, cast: Cast) -> Visitor:
    return visit(app, cast, WHO)


def writing(cast: Cast) -> int:
    case = cast.session.scalars(select(Case).where(Case.process == "debriefing")).one()
    task = their_task(cast, case, "write_report", WHO).id
    cast.session.commit()
    return task


def typed(visitor: Visitor, task: int, seen: str, **texts: str) -> tuple[int, str]:
    """As the page sends it while somebody types."""
    data = {"csrf_token": visitor.token(), "_form": "1", "_draft": "1", "_drafted": seen, **texts}
    answer = visitor.post(f"/tasks/{task}", data=data, headers={"X-Keep": "1"})
    return answer.status_code, answer.headers.get("X-Seen", "")


def draft_of(cast: Cast) -> Draft | None:
    found = cast.session.scalar(select(Draft).execution_options(populate_existing=True))
    cast.session.commit()
    return found


def test_a_draft_is_kept_while_it_is_typed(
    secretary: Visitor, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = writing(cast)
    status, seen = typed(secretary, task, "", results="写了一半")
    assert (status, seen) == (204, LATER.isoformat())
    monkeypatch.setattr(clock, "now", lambda: LATER + timedelta(minutes=1))
    status, newer = typed(secretary, task, seen, results="写了一半，又写一句")
    assert (status, newer > seen) == (204, True)
    assert typed(secretary, task, seen, results="另一页的旧稿") == (409, newer)
    assert typed(secretary, task, seen, results="写了一半，又写一句")[0] == 204  # nothing differs
    draft = draft_of(cast)
    assert draft is not None
    assert draft.answers["results"] == "写了一半，又写一句"
    assert "继续撰写" in secretary.get("/debriefings").text


def test_the_template_says_what_the_system_knows(secretary: Visitor, cast: Cast) -> None:
    row = of(cast, WHO)
    row.facts = {"findings": [{"ref": "1", "text": "一季度专题会未召开", "adverse": True}]}
    number = row.id
    cast.session.commit()
    typed(secretary, writing(cast), "", results="成效若干")
    answer = secretary.get(f"/debriefings/{number}/report.docx")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as parts:
        text = parts.read("word/document.xml").decode()
    assert all(one in text for one in ("述职报告", "一季度专题会未召开", "成效若干", WHO))
    assert "{{" not in text


def test_the_template_of_somebody_else_is_not_there(app: Flask, cast: Cast) -> None:
    number = of(cast, WHO).id
    cast.session.commit()
    for who, status in (("planning_secretary", 404), ("organiser", 200)):
        answer = visit(app, cast, who).get(f"/debriefings/{number}/report.docx")
        assert answer.status_code == status


def handed_in(cast: Cast, now: datetime) -> None:
    texts = ("results", "problems", "causes", "next_year", "last_list", "integration")
    said = dict.fromkeys(texts, "一稿") | {"signature": WHO}
    rights = cast.rights(WHO, now)
    tasks.complete(cast.session, writing(cast), said, rights=rights, now=now)
    cast.session.commit()


def sent_back(cast: Cast, now: datetime) -> None:
    case = cast.session.scalars(select(Case).where(Case.process == "debriefing")).one()
    check = their_task(cast, case, "check_report", WHO)
    said = {"verdict": "return", "comments": BACK}
    rights = cast.rights("supervisor", now)
    tasks.complete(cast.session, check.id, said, rights=rights, now=now)
    cast.session.commit()


def test_what_was_sent_back_says_what_to_mend_and_stands_in_the_form(
    secretary: Visitor, cast: Cast
) -> None:
    handed_in(cast, LATER)
    assert "正在审核" in secretary.get("/debriefings").text
    sent_back(cast, LATER)
    page = secretary.get("/debriefings").text
    assert BACK in page
    assert "修改报告" in page
    form = secretary.get(f"/tasks/{writing(cast)}").text
    assert form.count("一稿") >= 6
    assert BACK in form  # also beside the form itself


def test_a_secretary_sees_nothing_of_the_others(secretary: Visitor, cast: Cast) -> None:
    """Neither their scores nor how far they are, beside the form and in the case's file."""
    case = cast.session.scalars(select(Case.id).where(Case.process == "debriefing")).one()
    for path in (f"/tasks/{writing(cast)}", f"/cases/{case}"):
        text = secretary.get(path).text
        assert "日常检查" not in text
        assert "planning_secretary" not in text
        assert "撰写述职报告" in text


def test_steps_stand_there_with_their_dates(secretary: Visitor, cast: Cast) -> None:
    text = secretary.get("/debriefings").text
    assert "定于2026-04-06 09:00" in text  # the session, thirty-five days after the plan
    assert text.count('class="done"') == 2  # plan issued, year checked
    handed_in(cast, LATER)
    assert secretary.get("/debriefings").text.count('class="done"') == 3


def test_last_year_s_list_stands_with_its_state(secretary: Visitor, cast: Cast) -> None:
    row = of(cast, WHO)
    earlier = Debriefing(
        round_id=_round_of(cast, 2025),
        user_id=row.user_id,
        unit_id=row.unit_id,
        post_then=row.post_then,
        state="graded",
        facts={},
        problems="组织生活不经常\n党员教育流于形式",
    )
    cast.session.add(earlier)
    cast.session.commit()
    text = secretary.get("/debriefings").text
    assert "<li>组织生活不经常</li>" in text
    assert "<li>党员教育流于形式</li>" in text
    assert "历年述职" in text


def _round_of(cast: Cast, year: int) -> int:
    now = cast.session.scalars(select(DebriefingRound)).one()
    before = DebriefingRound(
        case_id=now.case_id, organiser_id=now.organiser_id, year=year, weights={}
    )
    cast.session.add(before)
    cast.session.flush()
    return before.id


def test_a_secretary_s_step_is_named_with_its_due_date(secretary: Visitor, cast: Cast) -> None:
    task = cast.session.get_one(Task, writing(cast))
    cast.session.commit()
    text = secretary.get("/debriefings").text
    assert f'href="/tasks/{task.id}"' in text
    assert task.due_at is not None
    assert task.due_at.date().isoformat() in text
