"""Surveys from their questionnaire to frozen figures, and whom they ask."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import (
    Invitation,
    Notification,
    Questionnaire,
    SurveyAnswer,
    SurveyGroup,
    SurveyTally,
    SurveyText,
    SurveyTicket,
)
from tests.cast import Cast, assemble
from tests.surveying import GOOD, WHOLE, crowd, draft, links, opened
from workflows import survey_answers, survey_links, survey_populations, survey_settling, surveys
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.survey_answers import TurnedAway

LATER = timedelta(days=8)


@pytest.fixture
def cast(session: Session) -> Cast:
    return assemble(session)


def typed(fields: Mapping[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in fields.items()}


def test_an_anonymous_survey_runs_from_its_links_to_frozen_figures(
    cast: Cast, session: Session, now: datetime
) -> None:
    crowd(cast, "finance_branch", 30)
    survey = opened(cast, now)
    tokens = links(cast, survey, now)
    assert len(tokens) == survey.asked == len(set(tokens))
    for number, token in enumerate(tokens[:-3]):
        fields = WHOLE if number % 2 else {**GOOD, "q-planned": "no", "q-why": "time"}
        survey_answers.hand_in(session, token, typed(fields), now=now)
    assert surveys.answered(session, survey) == len(tokens) - 3
    with pytest.raises(Refused):
        survey_settling.settle(session, survey.id, by=None, now=now)
    survey_settling.settle(session, survey.id, by=None, now=now + LATER)
    assert (survey.state, survey.answered) == ("settled", len(tokens) - 3)
    whole = session.get_one(SurveyTally, (survey.id, "")).figures["groups"][0]
    odd = (len(tokens) - 3) // 2
    assert whole["n"] == len(tokens) - 3
    assert whole["parts"]["planned"]["counts"] == {"yes": odd, "no": whole["n"] - odd}
    assert whole["parts"]["why"]["counts"] if "why" in whole["parts"] else True
    assert "parts.plan" not in whole["parts"]  # all of one mind
    assert {row.slice for row in session.scalars(select(SurveyTally))} == {
        "",
        "organ",
        "post",
        "organ+post",
    }
    assert session.scalar(select(func.count()).select_from(SurveyText)) == odd
    for model in (SurveyAnswer, SurveyTicket):
        assert session.scalar(select(func.count()).select_from(model)) == 0
    again = survey_settling.settle(session, survey.id, by=None, now=now + LATER * 2)
    assert again.settled_at == now + LATER


def test_what_is_left_of_an_anonymous_answer_says_nothing_of_whose_it_is(
    cast: Cast, session: Session, now: datetime
) -> None:
    crowd(cast, "finance_branch", 12)
    survey = opened(cast, now)
    tokens = links(cast, survey, now)
    before = session.scalar(select(func.count()).select_from(SurveyTicket))
    survey_answers.hand_in(session, tokens[0], typed(WHOLE), now=now)
    assert session.scalar(select(func.count()).select_from(SurveyTicket)) == (before or 0) - 1
    answer = session.scalars(select(SurveyAnswer)).one()
    assert answer.user_id is None
    assert {column.name for column in SurveyAnswer.__table__.columns} == {
        "survey_id",
        "id",
        "cell",
        "user_id",
        "answers",
    }
    assert {column.name for column in SurveyTicket.__table__.columns} == {
        "survey_id",
        "token_hash",
        "unit_id",
        "cell",
    }
    sizes: Counter[str] = Counter()
    for group in session.scalars(select(SurveyGroup)):
        sizes[group.cell] += group.size
    assert min(sizes.values()) >= 5


@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), st.integers(1, 9), min_size=1
    )
)
def test_no_cell_of_an_anonymous_survey_has_under_five(
    sizes: dict[tuple[str, ...], int],
) -> None:
    names = survey_populations.coarsened(sizes)
    joined: Counter[tuple[str, ...]] = Counter()
    for cell, size in sizes.items():
        joined[names[cell]] += size
    assert min(joined.values()) >= 5 or len(joined) == 1
    for cell, name in names.items():  # an attribute is kept or given up, never another's
        assert all(kept in ("*", own) for kept, own in zip(name, cell, strict=True))
    if min(sizes.values()) >= 5:
        assert all(cell == name for cell, name in names.items())


def test_fewer_than_five_are_not_asked_anonymously(cast: Cast, now: datetime) -> None:
    only = {"units": [str(cast.units["planning_branch"].id)], "who": "everyone"}
    with pytest.raises(Refused, match="needs five"):
        opened(cast, now, population=only)
    named = opened(
        cast, now, population=only, anonymous=False, questionnaire_id=_questionnaire(cast)
    )
    assert 0 < named.asked < 5


def _questionnaire(cast: Cast) -> int:
    return cast.session.scalars(select(Questionnaire.id)).one()


def test_named_people_have_news_and_a_link_of_their_own(
    cast: Cast, session: Session, now: datetime
) -> None:
    survey = opened(cast, now, anonymous=False)
    who = cast.users["finance_member"]
    news = session.scalars(select(Notification).where(Notification.recipient_id == who.id)).one()
    token = survey_links.own_link(session, survey.id, user=who)
    assert token not in str(news.facts)
    newer = survey_links.own_link(session, survey.id, user=who)
    with pytest.raises(TurnedAway) as away:
        survey_answers.hand_in(session, token, typed(GOOD), now=now)
    assert away.value.why == "used"
    survey_answers.hand_in(session, newer, typed(GOOD), now=now)
    assert session.get_one(Invitation, (survey.id, who.id)).answered_at == now
    assert session.scalars(select(SurveyAnswer.user_id)).one() == who.id
    with pytest.raises(Conflict):
        survey_links.own_link(session, survey.id, user=who)
    with pytest.raises(NotFound):
        survey_links.own_link(session, survey.id, user=cast.users["city_secretary"])
    survey_settling.settle(session, survey.id, by=None, now=now + LATER)
    finest = session.get_one(SurveyTally, (survey.id, "organ+post")).figures["groups"]
    assert sum(one["n"] for one in finest) == 1  # by name nothing is hidden
    assert session.scalars(select(SurveyAnswer.user_id)).one() == who.id


def test_links_are_given_out_once_and_void_ones_are_replaced(
    cast: Cast, session: Session, now: datetime
) -> None:
    crowd(cast, "finance_branch", 12)
    survey = opened(cast, now)
    by = cast.users["supervisor"]
    first = survey_links.issue(session, survey, by=by, now=now)
    assert survey_links.issue(session, survey, by=by, now=now) == []
    of_branch = [one for one in first if one.unit == "finance_branch"]
    tokens = [token for sheet in of_branch for token in sheet.tokens]
    survey_answers.hand_in(session, tokens[0], typed(GOOD), now=now)
    unit = cast.units["finance_branch"]
    anew = survey_links.issue_anew(session, survey, unit.id, by=by, now=now)
    fresh = [token for sheet in anew for token in sheet.tokens]
    assert len(fresh) == len(tokens) - 1
    for token in (tokens[0], tokens[1]):  # used, and replaced
        with pytest.raises(TurnedAway) as away:
            survey_answers.sheet_for(session, token, now=now)
        assert away.value.why == "used"
    survey_answers.sheet_for(session, fresh[0], now=now)
    told = {
        one.code: (asked, given) for one, asked, given in survey_links.groups_of(session, survey)
    }
    assert told["finance_branch"] == (len(tokens), len(tokens))


def test_a_link_tells_why_it_leads_nowhere(cast: Cast, session: Session, now: datetime) -> None:
    crowd(cast, "finance_branch", 12)
    survey = opened(cast, now, opens=now + timedelta(hours=1))
    token = links(cast, survey, now)[0]
    forged = token[:-1] + ("a" if token[-1] != "a" else "b")
    soon = now + timedelta(hours=2)
    for link, at, why in (
        (token, now, "early"),
        (token, now + LATER, "closed"),
        (forged, soon, "unknown"),
        ("nonsense", soon, "unknown"),
        ("a" * 28, soon, "unknown"),
    ):
        with pytest.raises(TurnedAway) as away:
            survey_answers.sheet_for(session, link, now=at)
        assert away.value.why == why
    assert survey_answers.sheet_for(session, token, now=soon).survey.id == survey.id


def test_a_stopped_survey_is_empty_and_has_no_figures(
    cast: Cast, session: Session, now: datetime
) -> None:
    crowd(cast, "finance_branch", 12)
    survey = opened(cast, now)
    token, other = links(cast, survey, now)[:2]
    survey_answers.hand_in(session, token, typed(GOOD), now=now)
    surveys.stop(session, survey.id, by=cast.users["supervisor"], now=now)
    for model in (SurveyAnswer, SurveyTicket, SurveyTally):
        assert session.scalar(select(func.count()).select_from(model)) == 0
    with pytest.raises(TurnedAway):
        survey_answers.hand_in(session, other, typed(GOOD), now=now)
    with pytest.raises(Conflict):
        survey_settling.settle(session, survey.id, by=None, now=now + LATER)


def test_a_survey_is_designed_with_all_it_needs(cast: Cast, now: datetime) -> None:
    by = cast.users["supervisor"]
    given = draft(cast, now)
    bad = surveys.Draft(
        questionnaire_id=1,
        title=" ",
        opens=now,
        closes=now,
        population={"units": []},
        attributes=("organ", "shoe"),
        slices=[["post"]],
    )
    with pytest.raises(Invalid) as refused:
        surveys.prepare(cast.session, bad, by=by, now=now)
    assert set(refused.value.fields) == {
        "questionnaire",
        "title",
        "closes",
        "population",
        "attributes",
        "slices",
    }
    assert surveys.prepare(cast.session, given, by=by, now=now).state == "draft"


def test_a_survey_is_seen_by_supervisors_and_who_made_it(
    cast: Cast, session: Session, now: datetime
) -> None:
    survey = opened(cast, now)
    assert surveys.get(session, survey.id, rights=cast.rights("supervisor2", now)).id == survey.id
    with pytest.raises(NotFound):
        surveys.get(session, survey.id, rights=cast.rights("finance_member", now))
    survey.made_by = cast.users["finance_member"].id
    session.flush()
    rights = cast.rights("finance_member", now)
    assert surveys.get(session, survey.id, rights=rights).id == survey.id
    with pytest.raises(NotAllowed):
        surveys.held(session, survey.id, rights=rights)


def test_no_letter_of_a_link_is_taken_for_another(
    cast: Cast, session: Session, now: datetime
) -> None:
    crowd(cast, "finance_branch", 12)
    survey = opened(cast, now)
    for token in links(cast, survey, now):
        assert re.fullmatch("[a-km-np-z2-9]{28}", token)
    stored = session.scalars(select(SurveyTicket.token_hash)).all()
    assert all(len(one) == 16 for one in stored)
