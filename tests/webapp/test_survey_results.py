"""Giving out a survey's links and reading its results, through HTTP."""

import io
import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from models import ReadRow, Survey
from tests import surveying
from tests.cast import Cast, assemble
from tests.surveying import GOOD, WHOLE
from tests.webapp.conftest import HASH, visit
from webapp import clock, db
from workflows import survey_answers, survey_links, survey_settling

LATER = timedelta(days=8)


@pytest.fixture
def cast(session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setattr(clock, "now", lambda: now)
    cast = assemble(session)
    for user in cast.users.values():
        user.password_hash, user.session_key = HASH, "k"
    surveying.crowd(cast, "finance_branch", 30)
    session.commit()
    return cast


def settled(cast: Cast, now: datetime) -> Survey:
    survey = surveying.opened(cast, now)
    for number, token in enumerate(surveying.links(cast, survey, now)):
        fields = {**WHOLE, "q-say": "=1+1"} if number % 3 else {**GOOD, "q-planned": "no"}
        typed = {name: [value] for name, value in fields.items()}
        survey_answers.hand_in(cast.session, token, typed, now=now)
    survey_settling.settle(cast.session, survey.id, by=None, now=now + LATER)
    cast.session.commit()
    return survey


def cells(data: bytes) -> list[tuple[object, ...]]:
    return list(load_workbook(io.BytesIO(data)).worksheets[0].values)


def test_slips_of_a_unit_are_printed_once_and_their_links_work(
    app: Flask, cast: Cast, now: datetime
) -> None:
    survey = surveying.opened(cast, now)
    cast.session.commit()
    supervisor = visit(app, cast, "supervisor")
    page, unit = f"/surveys/{survey.id}/links", cast.units["finance_branch"].id
    assert supervisor.get(page).status_code == 200
    slips = supervisor.send(f"{page}/{unit}")
    tokens = re.findall(r"/s/([a-z0-9]{28})", slips.text)
    assert slips.status_code == 200
    assert len(tokens) == len(set(tokens)) >= 30
    assert slips.text.count("data:image/svg+xml") == len(tokens)
    assert supervisor.send(f"{page}/{unit}").status_code == 303  # nothing is left
    assert app.test_client().post(f"/s/{tokens[0]}", data=GOOD).status_code == 303
    anew = supervisor.send(f"{page}/{unit}", anew="1")
    fresh = re.findall(r"/s/([a-z0-9]{28})", anew.text)
    assert len(fresh) == len(tokens) - 1
    assert app.test_client().get(f"/s/{tokens[1]}").status_code == 409
    book = supervisor.send(page)
    rest = [str(line[2]) for line in cells(book.data)[1:]]
    assert all("/s/" in one for one in rest)
    assert len(rest) + len(tokens) == survey.asked


def test_only_a_supervisor_gives_links_out(app: Flask, cast: Cast, now: datetime) -> None:
    survey = surveying.opened(cast, now)
    survey.made_by = cast.users["finance_member"].id
    cast.session.commit()
    member, stranger = (visit(app, cast, one) for one in ("finance_member", "planning_member"))
    assert member.get(f"/surveys/{survey.id}/links").status_code == 403
    assert member.send(f"/surveys/{survey.id}/links").status_code == 403
    assert stranger.get(f"/surveys/{survey.id}/links").status_code == 404
    assert stranger.get(f"/surveys/{survey.id}/results").status_code == 404


def test_named_links_are_given_out_with_names(app: Flask, cast: Cast, now: datetime) -> None:
    survey = surveying.opened(cast, now, anonymous=False)
    cast.session.commit()
    book = visit(app, cast, "supervisor").send(f"/surveys/{survey.id}/links")
    lines = cells(book.data)[1:]
    assert len(lines) == survey.asked
    token = str(next(line for line in lines if line[1] == "finance_member")[2]).rsplit("/", 1)[1]
    assert app.test_client().post(f"/s/{token}", data=GOOD).status_code == 303


def test_results_are_shown_once_settled_by_the_fixed_tables_alone(
    app: Flask, cast: Cast, now: datetime
) -> None:
    survey = surveying.opened(cast, now)
    cast.session.commit()
    supervisor = visit(app, cast, "supervisor")
    early = supervisor.get(f"/surveys/{survey.id}/results")
    assert early.status_code == 422
    page = f"/surveys/{_other(cast, survey, now)}/results"
    for by in ("", "?by=organ", "?by=post", "?by=organ%2Bpost"):
        answer = supervisor.get(page + by)
        assert answer.status_code == 200
        assert answer.text.count("data-chart") <= answer.text.count("<table")
    for by in ("?by=cadre", "?by=level%2Bpost", "?is-organ=finance"):
        assert supervisor.get(page + by).status_code == 404


def _other(cast: Cast, survey: Survey, now: datetime) -> int:
    survey.state = "stopped"
    again = surveying.opened(cast, now, questionnaire_id=survey.questionnaire_id)
    for number, token in enumerate(surveying.links(cast, again, now)):
        fields = WHOLE if number % 3 else {**GOOD, "q-planned": "no"}
        typed = {name: [value] for name, value in fields.items()}
        survey_answers.hand_in(cast.session, token, typed, now=now)
    survey_settling.settle(cast.session, again.id, by=None, now=now + LATER)
    cast.session.commit()
    return again.id


def test_exports_hold_no_formula(app: Flask, cast: Cast, now: datetime) -> None:
    survey = settled(cast, now)
    supervisor = visit(app, cast, "supervisor")
    figures = cells(supervisor.get(f"/surveys/{survey.id}/results?export=xlsx").data)
    assert len(figures[0]) == 6
    assert len(figures) > 5
    texts = cells(supervisor.get(f"/surveys/{survey.id}/results/say?export=xlsx").data)
    assert {line[0] for line in texts[1:]} == {"'=1+1"}
    assert {len(line) for line in texts} == {1}  # without name, unit or time
    assert supervisor.get(f"/surveys/{survey.id}/results/say").status_code == 200
    assert supervisor.get(f"/surveys/{survey.id}/results/planned").status_code == 404


def test_a_named_survey_is_sliced_freely_and_its_texts_are_a_logged_read(
    app: Flask, cast: Cast, now: datetime
) -> None:
    survey = surveying.opened(cast, now, anonymous=False)
    for who in ("finance_member", "planning_member"):
        token = survey_links.own_link(cast.session, survey.id, user=cast.users[who])
        typed = {name: [value] for name, value in WHOLE.items()}
        survey_answers.hand_in(cast.session, token, typed, now=now)
    survey_settling.settle(cast.session, survey.id, by=None, now=now + LATER)
    cast.session.commit()
    supervisor = visit(app, cast, "supervisor")
    page = f"/surveys/{survey.id}/results"
    assert supervisor.get(f"{page}?by=post&is-organ=finance").status_code == 200
    texts = supervisor.get(f"{page}/say")
    assert "finance_member" in texts.text
    with db.of(app).read() as session:
        assert session.query(ReadRow).filter_by(page="survey answers").count() == 1
