"""What the pages of a year say: medians, gaps explained, flows, panels, quota, one deduction."""

from datetime import datetime
from decimal import Decimal

import pytest
from sqlalchemy import delete, event, select
from sqlalchemy.orm import Session

from models import Assessment, AuditRow, Recusal, ScoreMedian, UnitSheet, YearFact
from tests import assessed
from tests.cast import Cast
from workflows import (
    assessment_lists,
    assessments,
    checks,
    double_penalties,
    fact_sources,
    gradings,
    panel_reports,
    placing_reasons,
    recusals,
    score_gaps,
    score_medians,
    score_pictures,
    scores,
)
from workflows.assessment_lists import Filter
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.recusals import Declaration

LOPSIDED = "organ03"


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return assessed.city(session, now)


def year(cast: Cast, wanted: int = 2025) -> Assessment:
    return assessments.get(cast.session, assessed.GROUP, wanted)


# medians


def test_medians_are_the_middle_of_all_sheets(cast: Cast) -> None:
    medians = score_medians.of(cast.session, year(cast))
    party = sorted(cast.session.scalars(
        select(UnitSheet.party).where(UnitSheet.assessment_id == year(cast).id)
    ))  # fmt: skip
    assert medians.units == len(party) == 12
    assert medians.party == (party[5] + party[6]) / 2
    assert medians.tells_of_nobody


def test_medians_are_made_again_with_the_scores(cast: Cast) -> None:
    before = score_medians.of(cast.session, year(cast))
    cast.session.execute(delete(ScoreMedian))
    assert score_medians.of(cast.session, year(cast)).units == 0
    scores.recompute(cast.session, year(cast))
    assert score_medians.of(cast.session, year(cast)) == before


def test_the_check_of_the_system_compares_medians_with_their_scores(
    cast: Cast, now: datetime
) -> None:
    assert checks.run(cast.session, now=now) == []
    row = cast.session.scalars(
        select(ScoreMedian).where(
            ScoreMedian.assessment_id == year(cast).id, ScoreMedian.figure == "duty"
        )
    ).one()
    row.middle += 1
    cast.session.flush()
    assert checks.run(cast.session, now=now) == [
        "assessment 2025 (organs): duty is not the median of its scores"
    ]


def test_medians_of_few_units_are_kept_from_units(cast: Cast, now: datetime) -> None:
    units = [cast.units[f"organ0{n}"] for n in range(4)]
    scores.compute(cast.session, year(cast), units)
    assert not score_medians.of(cast.session, year(cast)).tells_of_nobody


# the gap


def test_the_gap_is_explained_by_the_weaker_side(cast: Cast, now: datetime) -> None:
    explained = score_gaps.over_the_years(
        cast.session, assessed.GROUP, cast.units[LOPSIDED].id, now=now
    )
    assert [one.year for one in explained] == [2023, 2024, 2025]
    last = explained[-1]
    assert (last.party, last.business, last.gap) == (
        Decimal("70.80"), Decimal("89.60"), Decimal("18.80"),
    )  # fmt: skip
    assert last.weaker == "party"
    assert [one.indicator.code for one in last.telling] == ["duty", "brand", "matter"]
    assert last.telling[0].points == Decimal("12.40")  # 40 points, 69 per cent reached


def test_a_deduction_is_a_loss_and_its_facts_are_named(cast: Cast, now: datetime) -> None:
    made = year(cast)
    _row, lines = assessment_lists.sheet(
        cast.session, made, cast.units[LOPSIDED].id, rights=cast.rights("assessor", now)
    )
    losses = score_gaps.of_lines(lines, score_medians.of(cast.session, made))
    blame = next(one for one in losses if one.indicator.code == "blame")
    assert (blame.side, blame.points, blame.usual) == ("party", Decimal(2), Decimal(0))
    assert blame.more_than_usual
    assert [fact.text for fact in blame.facts] == ["专题会议未召开"]


def test_equal_sides_have_no_weaker_one() -> None:
    same = score_gaps.Explained(2025, Decimal(80), Decimal(80), ())
    assert (same.gap, same.weaker, len(same.telling)) == (Decimal(0), "", 0)


# pictures and lists


def test_grades_flow_between_years_that_follow_each_other(cast: Cast, now: datetime) -> None:
    flows = score_pictures.flows(cast.session, year(cast), cast.rights("assessor", now))
    assert {(one.year, one.next_year) for one in flows} == {(2023, 2024), (2024, 2025)}
    for since in (2023, 2024):
        assert sum(one.units for one in flows if one.year == since) == 12
    poor = [one for one in flows if one.next_grade == "poor"]
    assert [(one.year, one.units) for one in poor] == [(2024, 1)]


def test_a_decided_grade_goes_before_the_suggested_one(cast: Cast, now: datetime) -> None:
    made = year(cast, 2024)
    unit = cast.units["organ00"].id
    gradings.decide(
        cast.session, made, {unit: ("average", "集体审定")}, by=cast.users["assessor"], now=now
    )
    flows = score_pictures.flows(cast.session, made, cast.rights("assessor", now))
    assert sum(one.units for one in flows if one.next_grade == "average") == 1


def test_who_judges_nobody_has_no_flow(cast: Cast, now: datetime) -> None:
    assert score_pictures.flows(cast.session, year(cast), cast.rights("handler", now)) == []
    assert score_pictures.points(cast.session, year(cast), cast.rights("handler", now)) == []


def test_pages_go_forth_and_back(
    cast: Cast, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assessment_lists, "PAGE", 5)
    rights = cast.rights("assessor", now)

    def page(**where: str) -> assessment_lists.Page:
        return assessment_lists.page(cast.session, year(cast), rights, Filter(), **where)

    first = page()
    assert (len(first.rows), first.before, first.after) == (5, None, "organ04")
    second = page(after="organ04")
    assert (second.before, second.after) == ("organ05", "organ09")
    third = page(after="organ09")
    assert ([one.unit.code for one in third.rows], third.after) == (["organ10", "organ11"], None)
    back = page(before="organ10")
    assert [one.unit.code for one in back.rows] == [one.unit.code for one in second.rows]
    assert page(before="organ05").before is None
    assert page(after="zzz").rows == ()


@pytest.mark.parametrize(
    ("chosen", "found"),
    [
        (Filter(words="财政"), ["organ01"]),
        (Filter(words="organ1"), ["organ10", "organ11"]),
        (Filter(words="100%"), []),
        (Filter(gap=Decimal(15)), ["organ03", "organ07", "organ11"]),
        (Filter(grade="poor"), ["organ11"]),
        (Filter(reason="tie"), ["organ01", "organ04", "organ06", "organ08", "organ09"]),
        (Filter(reason="tie", words="司法"), ["organ06"]),
    ],
)
def test_the_list_is_searched(cast: Cast, now: datetime, chosen: Filter, found: list[str]) -> None:
    rights = cast.rights("assessor", now)
    page = assessment_lists.page(cast.session, year(cast), rights, chosen)
    assert [one.unit.code for one in page.rows] == found


def test_the_committee_judges_and_a_unit_does_not(cast: Cast, now: datetime) -> None:
    session = cast.session
    assert assessment_lists.judged(session, cast.rights("work_secretary", now))
    assert assessment_lists.judged(session, cast.rights("assessor", now))
    for who in ("finance_secretary", "finance_head", "handler", "system_admin"):
        assert not assessment_lists.judged(session, cast.rights(who, now))
        with pytest.raises(NotAllowed):
            assessment_lists.require_judge(session, cast.rights(who, now))


def test_a_page_takes_the_same_statements_however_many_there_are(cast: Cast, now: datetime) -> None:
    session, rights, made = cast.session, cast.rights("assessor", now), year(cast)
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(session.get_bind(), "before_cursor_execute", note)
    try:
        assessment_lists.page(session, made, rights, Filter())
        few = len(said)
        said.clear()
        assessment_lists.sheet(session, made, cast.units[LOPSIDED].id, rights=rights)
    finally:
        event.remove(session.get_bind(), "before_cursor_execute", note)
    assert few <= 2
    assert len(said) <= 5


# fairness


def test_a_panel_is_told_as_it_scored(cast: Cast, now: datetime) -> None:
    found = panel_reports.of(cast.session, year(cast), cast.rights("assessor", now), now=now)
    assert len(found.said) == 12 * 5 - 1
    far = found.outliers
    assert [(one.said.evaluator.name, one.said.item.unit.code) for one in far] == [
        ("assessor5", "organ02")
    ]
    assert (far[0].said.percent, far[0].said.points) == (Decimal(30), Decimal("6.00"))
    assert [(user.name, item.unit.code) for user, item in found.missing] == [
        ("assessor4", "organ05")
    ]
    leaning = {one.evaluator.name: one.distance for one in found.leniency}
    assert leaning["assessor"] > 5
    assert leaning["assessor5"] < -5
    assert found.spread[0].item.unit.code == "organ02"
    assert found.conflicts == []
    assert not found.teams_known


def test_the_report_changes_nothing(cast: Cast, now: datetime) -> None:
    cast.session.flush()
    panel_reports.of(cast.session, year(cast), cast.rights("assessor", now), now=now)
    placing_reasons.of(cast.session, year(cast), cast.rights("assessor", now))
    double_penalties.of(cast.session, year(cast), cast.rights("assessor", now))
    assert not [*cast.session.dirty, *cast.session.new, *cast.session.deleted]


def test_a_struck_score_is_no_score(cast: Cast, now: datetime) -> None:
    fact = cast.session.scalars(
        select(YearFact).where(
            YearFact.assessment_id == year(cast).id,
            YearFact.unit_id == cast.units["organ02"].id,
            YearFact.ref == f"panel:{cast.users['assessor5'].id}",
        )
    ).one()
    assessments.strike(cast.session, fact.id, reason="误评", by=cast.users["assessor"], now=now)
    found = panel_reports.of(cast.session, year(cast), cast.rights("assessor", now), now=now)
    assert found.outliers == []


def test_a_score_of_the_own_unit_and_one_in_spite_of_a_declaration_are_conflicts(
    cast: Cast, now: datetime
) -> None:
    cast.users["assessor2"].unit_id = cast.units["organ01"].id
    said = Declaration(cast.users["assessor3"].id, cast.units["organ04"].id, "relative", "")
    recusals.declare(cast.session, year(cast), said, by=cast.users["assessor"], now=now)
    found = panel_reports.of(cast.session, year(cast), cast.rights("assessor", now), now=now)
    told = {
        (one.said.evaluator.name, one.said.item.unit.code, one.declared) for one in found.conflicts
    }
    assert told == {("assessor2", "organ01", False), ("assessor3", "organ04", True)}
    counted = {one.item.unit.code: one.scores for one in found.spread}
    assert (counted["organ01"], counted["organ04"], counted["organ00"]) == (4, 4, 5)


def test_a_year_without_a_panel_has_an_empty_report(cast: Cast, now: datetime) -> None:
    cast.session.execute(delete(YearFact).where(YearFact.indicator == "brand"))
    found = panel_reports.of(cast.session, year(cast), cast.rights("assessor", now), now=now)
    assert (list(found.said), list(found.missing), list(found.spread)) == ([], [], [])


def test_ties_and_quota_are_told_with_their_figures(cast: Cast, now: datetime) -> None:
    rights = cast.rights("assessor", now)
    quota = placing_reasons.quota_of(cast.session, year(cast))
    assert (quota.size, quota.room, quota.reached, quota.least) == (12, 4, 9, Decimal(85))
    placed = {one.unit.code: one for one in placing_reasons.of(cast.session, year(cast), rights)}
    tied = placed["organ01"]
    assert (tied.left, tied.before) == (True, 0)
    assert {one.code for one in tied.equals} == {"organ04", "organ06", "organ08", "organ09"}
    assert tied.breaker is not None
    assert (tied.breaker.code, tied.breaker_points) == ("effect", Decimal("19.60"))
    cut = placed["organ05"]
    assert (cut.left, cut.sheet.reason, cut.before, list(cut.equals)) == (
        False,
        "over_quota",
        5,
        [],
    )
    assert [veto.code for veto in placed["organ11"].vetoes] == ["serious"]


def test_double_penalties_are_found_over_all_units(cast: Cast, now: datetime) -> None:
    found = double_penalties.of(cast.session, year(cast), cast.rights("assessor", now))
    assert [one.unit.code for one in found] == ["organ03", "organ07", "organ11"]
    first = found[0]
    assert (first.counted.indicator, [one.indicator for one in first.spared]) == (
        "blame", ["minus"],
    )  # fmt: skip
    assert first.points_spared == 1
    assert double_penalties.of(cast.session, year(cast), cast.rights("handler", now)) == []


def test_a_struck_fact_doubles_nothing(cast: Cast, now: datetime) -> None:
    found = double_penalties.of(cast.session, year(cast), cast.rights("assessor", now))
    by = cast.users["assessor"]
    assessments.strike(cast.session, found[0].spared[0].id, reason="不实", by=by, now=now)
    again = double_penalties.of(cast.session, year(cast), cast.rights("assessor", now))
    assert [one.unit.code for one in again] == ["organ07", "organ11"]


def test_a_fact_leads_to_where_it_can_be_read(cast: Cast) -> None:
    facts = [
        YearFact(ref=ref)
        for ref in ("finding:7", "file:3", "case:4", "matter:999", "panel:5", "obligations:1:late")
    ]
    found = fact_sources.of(cast.session, facts)
    assert {(ref, one.kind, one.key) for ref, one in found.items()} == {
        ("finding:7", "finding", "7"), ("file:3", "file", "3"), ("case:4", "case", "4"),
    }  # fmt: skip


# recusals


def declare(cast: Cast, now: datetime, ground: str = "relative", note: str = "") -> Recusal:
    said = Declaration(cast.users["assessor2"].id, cast.units["organ00"].id, ground, note)
    return recusals.declare(cast.session, year(cast), said, by=cast.users["assessor"], now=now)


def test_who_declared_a_conflict_takes_no_score_there(cast: Cast, now: datetime) -> None:
    unit, who = cast.units["organ00"].id, cast.users["assessor2"].id
    recusals.require_free(cast.session, year(cast), unit, [who])
    row = declare(cast, now)
    with pytest.raises(NotAllowed, match="conflict of interest"):
        recusals.require_free(cast.session, year(cast), unit, [who])
    recusals.require_free(cast.session, year(cast), cast.units["organ01"].id, [who])
    with pytest.raises(Conflict):
        declare(cast, now)
    by = cast.users["assessor"]
    recusals.withdraw(cast.session, year(cast), row.id, reason="已调离", by=by, now=now)
    recusals.require_free(cast.session, year(cast), unit, [who])
    with pytest.raises(Conflict):
        recusals.withdraw(cast.session, year(cast), row.id, reason="再撤", by=by, now=now)
    acts = cast.session.scalars(select(AuditRow.action).order_by(AuditRow.id)).all()
    assert acts[-2:] == ["recusal_declared", "recusal_withdrawn"]
    assert [one.row.withdrawn_for for one in recusals.declared(cast.session, year(cast))] == [
        "已调离"
    ]


def test_a_declaration_needs_its_ground(cast: Cast, now: datetime) -> None:
    with pytest.raises(Invalid) as refused:
        declare(cast, now, ground="rumour")
    assert "ground" in refused.value.fields
    with pytest.raises(Invalid) as refused:
        declare(cast, now, ground="other")
    assert "note" in refused.value.fields
    by = cast.users["assessor"]
    with pytest.raises(Invalid):
        recusals.withdraw(
            cast.session, year(cast), declare(cast, now).id, reason=" ", by=by, now=now
        )
    with pytest.raises(NotFound):
        recusals.withdraw(cast.session, year(cast, 2024), 1, reason="x", by=by, now=now)


def test_published_results_take_no_declaration(cast: Cast, now: datetime) -> None:
    year(cast).published_at = now
    with pytest.raises(Conflict):
        declare(cast, now)
