"""What an assessment refuses, in a sentence: faulty schemes, quotas, missing data, own units."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.orm import Session

from models import Case, Role, Scheme
from tests.cast import Cast, assemble, install
from tests.workflows import test_assessment_rounds as rounds
from tests.workflows.scoring.schemes import plain
from tests.workflows.steps import do, open_nodes, refused
from tests.workflows.test_assessments import bring_in, full_year, organs, published
from workflows import (
    assessment_rounds,
    assessments,
    business_books,
    gradings,
    schemes,
    score_sheets,
    scores,
)
from workflows.errors import Conflict, Invalid, Refused
from workflows.schemes import Draft, UnfitScheme


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    cast = assemble(session)
    for who in ("assessor", "assessor2", "assessor3"):
        cast.grant(who, Role.ASSESSOR, "work")
    return cast


@pytest.fixture
def case(cast: Cast, now: datetime) -> Case:
    rights = cast.rights("assessor", now)
    unit = cast.units["work"]
    return assessment_rounds.begin(cast.session, unit, 2025, group="organs", rights=rights, now=now)


def drafted(cast: Cast, now: datetime, content: dict[str, Any]) -> Scheme:
    said = Draft("organs", 2025, "机关党建考核方案", content)
    return schemes.draft(cast.session, said, rights=cast.rights("assessor", now), now=now)


@pytest.mark.parametrize(
    ("name", "counted"),
    [
        ("活动照片上传数量", "uploads"),
        ("平台登录率", "log-ins"),
        ("人均学习时长", "study time"),
        ("点赞转发数", "likes"),
    ],
)
def test_an_indicator_of_traces_is_not_published_and_hears_which(
    cast: Cast, now: datetime, name: str, counted: str
) -> None:
    content = plain()
    content["content"][0]["name"] = name
    scheme = drafted(cast, now, content)
    with pytest.raises(UnfitScheme, match="1 faults") as refusal:
        schemes.publish(cast.session, scheme, by=None, now=now)
    fault = refusal.value.faults[0]
    assert (fault.rule, fault.facts["counted"], fault.facts["name"]) == ("red-line", counted, name)
    assert scheme.status == "draft"


def test_a_source_of_traces_is_refused_by_whatever_name(cast: Cast, now: datetime) -> None:
    content = plain()
    content["means"]["duty"]["source"] = "logins"
    with pytest.raises(UnfitScheme) as refusal:
        schemes.publish(cast.session, drafted(cast, now, content), by=None, now=now)
    assert "red-line" in {fault.rule for fault in refusal.value.faults}


def test_a_scheme_in_force_is_not_changed_but_drafted_anew(cast: Cast, now: datetime) -> None:
    scheme = drafted(cast, now, plain())
    schemes.publish(cast.session, scheme, by=None, now=now)
    rights = cast.rights("assessor", now)
    said = Draft("organs", 2025, "改后方案", plain(quota="0.5"))
    with pytest.raises(Conflict, match="draft a new version"):
        schemes.change(
            cast.session, scheme.id, said, version=scheme.version, rights=rights, now=now
        )
    assert scheme.content["rules"]["quota"] == "0.35"


def test_before_any_fact_is_frozen_a_new_version_takes_the_place_of_the_old(
    cast: Cast, now: datetime
) -> None:
    first = drafted(cast, now, plain())
    schemes.publish(cast.session, first, by=None, now=now)
    second = drafted(cast, now, plain(quota="0.5"))
    schemes.publish(cast.session, second, by=None, now=now)
    assert (first.status, second.status) == ("retired", "published")


def test_a_quota_of_none_lets_nobody_be_good_and_says_so(cast: Cast, now: datetime) -> None:
    assessment = full_year(cast, now)
    said = {unit.id: ("good", "成效突出") for unit in organs(cast)}
    by = cast.users["work_secretary"]
    with pytest.raises(Refused) as refusal:
        gradings.decide(cast.session, assessment, said, by=by, now=now)
    facts = refusal.value.facts
    assert (facts["most"], facts["size"], facts["good"]) == (0, 2, 2)
    assert all(sheet.grade is None for sheet in score_sheets.sheets(cast.session, assessment))


def test_an_indicator_without_data_gives_nothing_and_is_shown_as_without(
    cast: Cast, now: datetime
) -> None:
    """Neither full points nor an average are guessed."""
    assessment = published(cast, now)
    assessments.freeze(cast.session, assessment, organs(cast), now=now)
    bring_in(cast, assessment, now, "finance", "plus", "1")
    scores.compute(cast.session, assessment, organs(cast))
    lines = {
        line.indicator: line
        for line in score_sheets.lines_of(cast.session, assessment, cast.units["finance"].id)
    }
    for without in ("result", "effect"):
        assert (lines[without].points, lines[without].has_data) == (Decimal(0), False)
    assert lines["minus"].has_data  # nothing against the unit is a fact about it


def test_a_reviewer_who_belongs_to_the_unit_scores_it_not(
    cast: Cast, case: Case, now: datetime
) -> None:
    at = rounds.frozen(cast, case, now)
    own = rounds.of_unit(cast, case, "self_review", "finance")
    rounds.complete(cast, own, "finance_deputy", at, checked=True, integration="融合")
    verify = rounds.of_unit(cast, case, "verify_unit", "finance")
    insider = str(cast.users["finance_leader"].id)
    marks = [{"indicator": "panel", "by": insider, "score": 20, "basis": "本单位"}]
    with refused(cast, "recusal"):
        rounds.complete(cast, verify, "assessor", at, scores=marks)
    assessment = assessments.get(cast.session, "organs", 2025)
    unit_id = cast.units["finance"].id
    assert not score_sheets.facts_behind(cast.session, assessment, unit_id, "panel")


def test_the_same_score_twice_is_refused_and_the_first_stands(cast: Cast, now: datetime) -> None:
    assessment = full_year(cast, now)
    with pytest.raises(Conflict, match="entered already"):
        bring_in(cast, assessment, now, "finance", "result", "10")
    scores.compute(cast.session, assessment, organs(cast))
    found = score_sheets.sheet_of(cast.session, assessment, cast.units["finance"].id)
    assert found is not None
    assert found.business == Decimal("90.00")


def test_a_mark_above_the_indicators_points_is_refused(
    cast: Cast, case: Case, now: datetime
) -> None:
    at = rounds.frozen(cast, case, now)
    rounds.reviewed(cast, case, at)
    results = [{"unit": unit, "score": 101} for unit in rounds.unit_ids(cast)]
    with pytest.raises(Invalid, match="takes 0 to"), cast.session.begin_nested():
        do(cast, case, "enter_business", "handler", at, results=results, source="1")


def test_units_whose_results_the_workbook_brought_are_not_asked_for_again(
    cast: Cast, case: Case, now: datetime
) -> None:
    at = rounds.frozen(cast, case, now)
    rounds.reviewed(cast, case, at)
    assessment = assessments.get(cast.session, "organs", 2025)
    for one in business_books.importable(cast.session, assessment):
        bring_in(cast, assessment, at, "finance", one.code, "10")
    with pytest.raises(Invalid) as refusal, cast.session.begin_nested():  # the other one is
        do(cast, case, "enter_business", "handler", at, source="1")
    assert "results" in refusal.value.fields
    rest = [{"unit": str(cast.units["planning"].id), "score": 60}]
    with pytest.raises(Invalid), cast.session.begin_nested():
        do(cast, case, "enter_business", "handler", at, results=rest * 2, source="1")
    do(cast, case, "enter_business", "handler", at, results=rest, source="1")
    assert "enter_business" not in open_nodes(cast, case)
