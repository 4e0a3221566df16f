"""A link that two use at one moment counts once; an answer that comes while a survey is settled is
in its figures or refused. On PostgreSQL each is held before his turn, on SQLite at the door.
"""

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models import Survey, SurveyAnswer, SurveyTally, SurveyTicket
from tests import surveying
from tests.race.conftest import NOW, Town
from tests.race.gate import Runner
from tests.surveying import GOOD
from webapp import db
from workflows import survey_answers, survey_links, survey_settling, surveys

ORDERS = pytest.mark.parametrize("in_order", [True, False], ids=["in order", "at once"])
CLOSED = NOW + timedelta(days=8)


@dataclass(frozen=True)
class Held:
    """An open survey and its links."""

    id: int
    tokens: list[str]


@pytest.fixture
def held(town: Town, monkeypatch: pytest.MonkeyPatch) -> Held:
    monkeypatch.setattr(
        survey_answers, "_taking_part", town.gate.before("survey", survey_answers._taking_part)
    )
    monkeypatch.setattr(surveys, "turn", town.gate.before("survey", surveys.turn))
    with town.writing() as cast:
        number = next(town.facts)
        for place in range(6):
            cast.person(f"asked{number}.{place}", unit="finance_branch")
        asked = surveying.questionnaire(cast.session, NOW, code=f"race{number}")
        survey = surveying.opened(cast, NOW, questionnaire_id=asked.id)
        return Held(survey.id, surveying.links(cast, survey, NOW))


def answering(town: Town, name: str, token: str, mark: str = "4") -> Runner:
    """Somebody with a browser of his own, who is nobody to us."""
    browser = town.app.test_client()
    typed = {**GOOD, "q-mark": mark}
    where = "door" if town.on_sqlite else "survey"
    return Runner(name, where, lambda: browser.post(f"/s/{token}", data=typed).status_code)


def settling(town: Town, name: str, held: Held) -> Runner:
    def act() -> int:
        if town.on_sqlite:
            town.gate.hold("door")
        with db.of(town.app).write.begin() as session:
            return survey_settling.settle(session, held.id, by=None, now=CLOSED).answered or 0

    return Runner(name, "door" if town.on_sqlite else "survey", act)


def stored(town: Town, held: Held) -> tuple[int, int]:
    """Answers and unused tickets."""
    with town.reading() as session:
        return tuple(  # type: ignore[return-value]
            session.scalar(select(func.count()).where(model.survey_id == held.id)) or 0
            for model in (SurveyAnswer, SurveyTicket)
        )


@ORDERS
def test_of_two_answers_by_one_link_one_is_taken(town: Town, held: Held, in_order: bool) -> None:
    runners = [
        answering(town, name, held.tokens[0], mark)
        for name, mark in (("first", "1"), ("second", "5"))
    ]
    answers = town.gate.race(*runners, in_order=in_order)
    assert sorted(answers) == [303, 409]
    assert answers[0] == 303 or not in_order
    assert stored(town, held) == (1, len(held.tokens) - 1)


@ORDERS
def test_two_links_at_once_are_both_taken(town: Town, held: Held, in_order: bool) -> None:
    runners = [
        answering(town, name, token)
        for name, token in zip(("first", "second"), held.tokens, strict=False)
    ]
    assert town.gate.race(*runners, in_order=in_order) == [303, 303]
    assert stored(town, held) == (2, len(held.tokens) - 2)


def test_a_person_by_name_answers_once(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        survey_answers, "_taking_part", town.gate.before("survey", survey_answers._taking_part)
    )
    with town.writing() as cast:
        asked = surveying.questionnaire(cast.session, NOW, code=f"race{next(town.facts)}")
        survey = surveying.opened(cast, NOW, questionnaire_id=asked.id, anonymous=False)
        token = survey_links.own_link(cast.session, survey.id, user=cast.users["finance_member"])
    runners = [answering(town, name, token) for name in ("first", "second")]
    assert sorted(town.gate.race(*runners)) == [303, 409]
    assert stored(town, Held(survey.id, []))[0] == 1


@pytest.mark.parametrize("race", ["settle first", "answer first", "at once"])
def test_an_answer_while_a_survey_is_settled_counts_or_is_refused(
    town: Town, held: Held, race: str
) -> None:
    for token in held.tokens[1:6]:
        assert answering(town, "alone", token).act() == 303
    late, settle = answering(town, "late", held.tokens[0]), settling(town, "settle", held)
    order = [late, settle] if race == "answer first" else [settle, late]
    answers = town.gate.race(*order, in_order=race != "at once")
    taken, counted = answers[order.index(late)], answers[order.index(settle)]
    assert taken in {"settle first": (410,), "answer first": (303,), "at once": (303, 410)}[race]
    assert counted == (6 if taken == 303 else 5)
    assert stored(town, held) == (0, 0)  # nothing lies in a survey that is over
    with town.reading() as session:
        figures = session.get_one(SurveyTally, (held.id, "")).figures["groups"][0]
        assert figures["n"] == counted == session.get_one(Survey, held.id).answered
