"""The public page of a survey: the link is the right, each counts once, and nothing tells whose."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Survey, SurveyAnswer, SurveyTicket
from tests import surveying
from tests.cast import Cast, assemble
from tests.surveying import GOOD, WHOLE
from tests.webapp.conftest import HASH, visit
from webapp import clock, db
from webapp.cli.serving import WithoutLinks
from workflows import survey_answers

LATER = timedelta(days=8)


@pytest.fixture
def cast(session: Session) -> Cast:
    cast = assemble(session)
    for user in cast.users.values():
        user.password_hash, user.session_key = HASH, "k"
    surveying.crowd(cast, "finance_branch", 12)
    session.commit()
    return cast


@dataclass
class Sent:
    """A survey that is open, and its links."""

    app: Flask
    survey: Survey
    tokens: list[str]

    def browser(self) -> Any:
        return self.app.test_client()

    def count(self, model: Any) -> int:
        with db.of(self.app).read() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.fixture
def sent(app: Flask, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Sent:
    monkeypatch.setattr(clock, "now", lambda: now)
    survey = surveying.opened(cast, now)
    tokens = surveying.links(cast, survey, now)
    cast.session.commit()
    return Sent(app, survey, tokens)


def test_an_answer_by_the_link_counts_once(sent: Sent) -> None:
    url = f"/s/{sent.tokens[0]}"
    page = sent.browser().get(url)
    assert page.status_code == 200
    assert 'name="q-planned" value="yes"' in page.text
    answer = sent.browser().post(url, data=WHOLE)
    assert (answer.status_code, answer.location) == (303, "/s/thanks/")
    assert sent.browser().get("/s/thanks/").status_code == 200
    assert (sent.count(SurveyAnswer), sent.count(SurveyTicket)) == (1, len(sent.tokens) - 1)
    for again in (sent.browser().get(url), sent.browser().post(url, data=WHOLE)):
        assert again.status_code == 409
        assert "已使用" in again.text
    assert sent.count(SurveyAnswer) == 1


def test_each_way_of_coming_wrong_is_told_on_a_page_of_its_own(
    sent: Sent, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = sent.tokens[0]
    forged = token[:-1] + ("a" if token[-1] != "a" else "b")
    for link, at, status, word in (
        (forged, now, 404, "无效"),
        ("x", now, 404, "无效"),
        (token, now - timedelta(days=1), 403, "开放"),
        (token, now + LATER, 410, "截止"),
    ):
        monkeypatch.setattr(clock, "now", lambda at=at: at)
        for answer in (
            sent.browser().get(f"/s/{link}"),
            sent.browser().post(f"/s/{link}", data=GOOD),
        ):
            assert answer.status_code == status
            assert word in answer.text
    assert sent.count(SurveyAnswer) == 0
    monkeypatch.setattr(clock, "now", lambda: now)
    assert sent.browser().post(f"/s/{token}", data=GOOD).status_code == 303


def test_what_does_not_hold_is_marked_and_what_was_typed_stands(sent: Sent) -> None:
    typed = {"q-planned": "yes", "q-mark": "9", "q-say": "长" * 201, "q-parts-plan": "good"}
    answer = sent.browser().post(f"/s/{sent.tokens[0]}", data=typed)
    assert answer.status_code == 422
    assert 'href="#q-mark"' in answer.text
    assert "不超过200字，现有201字" in answer.text
    assert "长" * 201 in answer.text
    assert 'name="q-planned" value="yes" checked' in answer.text
    assert 'name="q-parts-plan" value="good" checked' in answer.text
    assert sent.count(SurveyAnswer) == 0
    assert sent.browser().post(f"/s/{sent.tokens[0]}", data=GOOD).status_code == 303


def test_a_huge_text_is_refused_by_its_field_and_a_flood_before_it_is_read(sent: Sent) -> None:
    url = f"/s/{sent.tokens[0]}"
    huge = sent.browser().post(url, data={**GOOD, "q-say": "a" * 400_000})
    assert (huge.status_code, 'href="#q-say"' in huge.text) == (422, True)
    flood = sent.browser().post(url, data={**GOOD, "q-say": "a" * 3_000_000})
    assert flood.status_code == 413
    assert sent.tokens[0] not in flood.text
    assert sent.count(SurveyAnswer) == 0


def test_what_a_hidden_question_or_none_was_told_is_dropped(sent: Sent) -> None:
    typed = {**GOOD, "q-why": "time", "q-other": "x", "user_id": "1", "cell": "x"}
    assert sent.browser().post(f"/s/{sent.tokens[0]}", data=typed).status_code == 303
    with db.of(sent.app).read() as session:
        answer = session.scalars(select(SurveyAnswer)).one()
    assert answer.answers == {"planned": "yes", "mark": 4}
    assert answer.user_id is None


def test_the_page_asks_for_no_session_and_gives_none(
    sent: Sent, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody learns who is signed in in the same browser, and no token of a form is needed."""
    member = visit(sent.app, cast, "finance_member")
    asked: list[str] = []
    monkeypatch.setattr("webapp.auth.guard.access.rights_by_id", lambda *_, **__: asked.append(""))
    answers = [
        member.get(f"/s/{sent.tokens[0]}"),
        member.post(f"/s/{sent.tokens[0]}", data={"q-planned": "no"}),
        member.post(f"/s/{sent.tokens[0]}", data=GOOD),
        member.get(f"/s/{sent.tokens[0]}"),
        member.get("/s/thanks/"),
    ]
    assert [one.status_code for one in answers] == [200, 422, 303, 409, 200]
    assert not any("Set-Cookie" in one.headers for one in answers)
    assert asked == []
    for one in answers[:2]:
        assert "<form" in one.text
        assert "csrf" not in one.text


def test_a_link_is_in_no_log(
    sent: Sent, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = sent.tokens[0]
    with caplog.at_level(logging.DEBUG):
        sent.browser().get(f"/s/{token}")
        sent.browser().post(f"/s/{token}", data={})
        monkeypatch.setattr(survey_answers, "random_id", _broken)
        broken = sent.browser().post(f"/s/{token}", data=GOOD)
        sent.browser().put(f"/s/{token}", data=GOOD)
    assert broken.status_code == 500
    assert "incident" in caplog.text
    assert token not in caplog.text
    assert token not in broken.text
    told = logging.makeLogRecord(
        {"msg": "Client disconnected while serving %s", "args": (f"/s/{token}",)}
    )
    assert WithoutLinks().filter(told)
    assert token not in told.getMessage()


def _broken() -> int:
    raise RuntimeError("the dice are gone")


def test_what_was_not_taken_leaves_the_link_as_it_was(
    sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ticket and the answer go together: one fails, both stand as before."""
    with monkeypatch.context() as broken:
        broken.setattr(survey_answers, "random_id", _broken)
        assert sent.browser().post(f"/s/{sent.tokens[0]}", data=GOOD).status_code == 500
    assert sent.count(SurveyTicket) == len(sent.tokens)
    assert sent.browser().post(f"/s/{sent.tokens[0]}", data=GOOD).status_code == 303


def test_the_page_speaks_english_where_it_is_asked_to(sent: Sent) -> None:
    page = sent.browser().get(f"/s/{sent.tokens[0]}?lang=en")
    assert "Are party and business work planned together?" in page.text
    assert '<html lang="en">' in page.text
    wrong = sent.browser().post(f"/s/{sent.tokens[0]}?lang=en", data={})
    assert "Please answer this question." in wrong.text


def test_a_named_person_answers_by_his_own_link(
    app: Flask, cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: now)
    survey = surveying.opened(cast, now, anonymous=False)
    cast.session.commit()
    member = visit(app, cast, "finance_member")
    own = f"/surveys/{survey.id}/own"
    assert "开始作答" in member.get(own).text
    away = member.send(own)
    assert away.status_code == 303
    assert app.test_client().post(away.location, data=GOOD).status_code == 303
    assert "感谢" in member.get(own).text
    assert member.send(own).status_code == 409
    assert visit(app, cast, "city_secretary").get(own).status_code == 404  # is not asked
    with db.of(app).read() as session:
        assert session.scalars(select(SurveyAnswer.user_id)).all() == [
            cast.users["finance_member"].id
        ]
