"""A year's assessment: facts frozen, entered, struck; scores made again from them exactly."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models import (
    Assessment,
    Finding,
    Obligation,
    ObligationState,
    Role,
    ScoreLine,
    Unit,
    UnitSheet,
    UnitVeto,
    YearFact,
)
from tests.cast import Cast, assemble, install
from tests.workflows.scoring.schemes import plain
from workflows import assessments, duties, gradings, schemes, score_sheets, scores
from workflows.assessments import Entered
from workflows.errors import Conflict, DomainError, Invalid, NotAllowed, Refused
from workflows.schemes import Draft, UnfitScheme

END = date(2025, 12, 31)


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    cast = assemble(session)
    cast.grant("assessor", Role.ASSESSOR, "work")
    return cast


def draft(cast: Cast, now: datetime, content: dict[str, Any] | None = None) -> Draft:
    return Draft("organs", 2025, "机关党建考核方案", content or plain())


def published(cast: Cast, now: datetime, content: dict[str, Any] | None = None) -> Assessment:
    scheme = schemes.draft(
        cast.session, draft(cast, now, content), rights=cast.rights("assessor", now), now=now
    )
    schemes.publish(cast.session, scheme, by=cast.users["work_secretary"], now=now)
    return assessments.begin(cast.session, scheme, cutoff=END, case_id=None, by=None, now=now)


def organs(cast: Cast) -> list[Unit]:
    return [cast.units["finance"], cast.units["planning"]]


def owed(cast: Cast, unit: str, state: ObligationState, month: int) -> None:
    rule = duties.in_force(cast.session, date(2026, 1, 1), date(2026, 1, 31))[0]
    cast.session.add(
        Obligation(
            rule_id=rule.id,
            period=20250000 + month * 100 + 1,
            unit_id=cast.units[unit].id,
            due_at=int(datetime(2025, month, 28).timestamp()),  # noqa: DTZ001
            state=state,
        )
    )
    cast.session.flush()


def found(cast: Cast, unit: str, key: str, now: datetime) -> Finding:
    finding = Finding(
        key=key,
        fact="专题会议未召开",
        unit_id=cast.units[unit].id,
        kind="missed_duty",
        evidence=[{"type": "obligation", "id": "1"}],
        rule="DYDH/1",
        status="established",
        happened_on=date(2025, 6, 1),
        made_at=now,
    )
    cast.session.add(finding)
    cast.session.flush()
    return finding


def full_year(cast: Cast, now: datetime) -> Assessment:
    """Finance met three of four and has a finding; both got their business results."""
    owed(cast, "finance_branch", ObligationState.ON_TIME, 3)
    owed(cast, "finance", ObligationState.ON_TIME, 4)
    owed(cast, "finance", ObligationState.LATE, 5)
    owed(cast, "finance", ObligationState.MISSED, 6)
    owed(cast, "planning", ObligationState.ON_TIME, 3)
    owed(cast, "planning", ObligationState.EXCUSED, 4)
    found(cast, "finance_branch", "missed:1", now)
    assessment = published(cast, now)
    assessments.freeze(cast.session, assessment, organs(cast), now=now)
    for unit, mark in (("finance", "90"), ("planning", "80")):
        bring_in(cast, assessment, now, unit, "result", mark)
    scores.compute(cast.session, assessment, organs(cast))
    return assessment


def bring_in(
    cast: Cast, assessment: Assessment, now: datetime, unit: str, code: str, mark: str
) -> YearFact:
    return assessments.enter(
        cast.session,
        assessment,
        Entered(cast.units[unit].id, code, Decimal(mark), "file:1"),
        by=cast.users["assessor"],
        now=now,
    )


def sheet(cast: Cast, assessment: Assessment, unit: str) -> UnitSheet:
    return next(
        one
        for one in score_sheets.sheets(cast.session, assessment)
        if one.unit_id == cast.units[unit].id
    )


def test_the_record_of_the_whole_subtree_makes_the_score(cast: Cast, now: datetime) -> None:
    assessment = full_year(cast, now)
    # (1 + 1 + 0.5 + 0) of 4, of 60 points, and 36 of 40 by effect; half a point off
    finance = sheet(cast, assessment, "finance")
    assert (finance.party, finance.business) == (Decimal("73.00"), Decimal("90.00"))
    planning = sheet(cast, assessment, "planning")
    assert (planning.party, planning.total) == (Decimal("92.00"), Decimal("86.00"))


def test_every_line_leads_to_its_facts(cast: Cast, now: datetime) -> None:
    assessment = full_year(cast, now)
    unit_id = cast.units["finance"].id
    lines = {one.indicator: one for one in score_sheets.lines_of(cast.session, assessment, unit_id)}
    assert lines["duty"].points == Decimal("37.50")
    behind = score_sheets.facts_behind(cast.session, assessment, unit_id, "duty")
    assert sorted(fact.ref.split(":")[-1] for fact in behind) == ["late", "missed", "on_time"]


def test_recomputing_with_emptied_tables_gives_every_figure_again(
    cast: Cast, now: datetime
) -> None:
    assessment = full_year(cast, now)
    before = {
        (one.unit_id, one.indicator): one.points
        for unit in organs(cast)
        for one in score_sheets.lines_of(cast.session, assessment, unit.id)
    }
    totals = {one.unit_id: one.total for one in score_sheets.sheets(cast.session, assessment)}
    cast.session.execute(delete(ScoreLine))
    again = scores.recompute(cast.session, assessment)
    assert {unit: figures[2] for unit, figures in again.items()} == totals
    assert before == {
        (one.unit_id, one.indicator): one.points
        for unit in organs(cast)
        for one in score_sheets.lines_of(cast.session, assessment, unit.id)
    }


def test_a_fact_struck_out_changes_exactly_the_scores_it_should(cast: Cast, now: datetime) -> None:
    assessment = full_year(cast, now)
    before = scores.recompute(cast.session, assessment)
    unit_id = cast.units["finance"].id
    fact = score_sheets.facts_behind(cast.session, assessment, unit_id, "minus")[0]
    assessments.strike(
        cast.session, fact.id, reason="会议已召开", by=cast.users["assessor"], now=now
    )
    after = scores.recompute(cast.session, assessment)
    assert after[unit_id][0] - before[unit_id][0] == Decimal("0.50")
    other = cast.units["planning"].id
    assert after[other] == before[other]
    cast.session.refresh(fact)
    assert fact.struck_for == "会议已召开"  # readable for ever


def test_facts_are_frozen_once(cast: Cast, now: datetime) -> None:
    assessment = full_year(cast, now)
    owed(cast, "finance", ObligationState.MISSED, 7)
    assert assessments.freeze(cast.session, assessment, organs(cast), now=now) == 0
    scores.compute(cast.session, assessment, organs(cast))
    assert sheet(cast, assessment, "finance").party == Decimal("73.00")


@pytest.mark.parametrize(
    ("code", "mark", "refusal"),
    [
        ("duty", "10", Refused),  # computed: dispute the fact instead
        ("result", "100.01", Invalid),
        ("result", "-1", Invalid),
        ("nothing", "1", Invalid),
        ("result", "50", Conflict),  # entered already
    ],
)
def test_a_score_that_cannot_be_entered_is_refused(
    cast: Cast, now: datetime, code: str, mark: str, refusal: type[DomainError]
) -> None:
    assessment = full_year(cast, now)
    with pytest.raises(refusal):
        bring_in(cast, assessment, now, "finance", code, mark)


def decide(cast: Cast, assessment: Assessment, now: datetime, **grades: tuple[str, str]) -> None:
    said = {cast.units[unit].id: grade for unit, grade in grades.items()}
    by = cast.users["work_secretary"]
    gradings.decide(cast.session, assessment, said, by=by, now=now)


def test_a_grade_other_than_suggested_needs_a_reason(cast: Cast, now: datetime) -> None:
    assessment = full_year(cast, now)
    with pytest.raises(Refused, match="reason"):
        decide(cast, assessment, now, planning=("average", ""))
    decide(cast, assessment, now, planning=("average", "巡察发现问题"))
    assert sheet(cast, assessment, "planning").grade == "average"


def test_more_good_than_the_quota_is_refused(cast: Cast, now: datetime) -> None:
    assessment = full_year(cast, now)
    with pytest.raises(Refused, match="At most 0 of 2"):
        decide(cast, assessment, now, planning=("good", "成效突出"))


def test_a_veto_counts_when_a_person_has_confirmed_it(cast: Cast, now: datetime) -> None:
    assessment = full_year(cast, now)
    veto = UnitVeto(
        assessment_id=assessment.id,
        unit_id=cast.units["planning"].id,
        code="serious",
        ref="finding:1",
    )
    cast.session.add(veto)
    cast.session.flush()
    scores.compute(cast.session, assessment, organs(cast))
    assert sheet(cast, assessment, "planning").suggested == "poor"
    with pytest.raises(Refused, match="veto"):
        decide(cast, assessment, now, planning=("poor", ""))
    veto.confirmed_at = now
    cast.session.flush()
    decide(cast, assessment, now, planning=("poor", ""))


def test_published_results_are_frozen(cast: Cast, now: datetime) -> None:
    assessment = full_year(cast, now)
    with pytest.raises(Refused):
        gradings.publish(cast.session, assessment, by=None, now=now)
    decide(cast, assessment, now, finance=("fair", ""), planning=("fair", ""))
    gradings.publish(cast.session, assessment, by=None, now=now)
    fact = cast.session.scalars(select(YearFact)).first()
    assert fact is not None
    with pytest.raises(Conflict):
        assessments.strike(
            cast.session, fact.id, reason="迟到的异议", by=cast.users["assessor"], now=now
        )


def test_the_gap_between_both_sides_is_kept_by_year(cast: Cast, now: datetime) -> None:
    full_year(cast, now)
    found = score_sheets.gaps(cast.session, "organs", [cast.units["finance"].id])
    assert [(one.year, one.points) for one in found] == [(2025, Decimal("17.00"))]


def test_a_scheme_with_faults_is_not_published(cast: Cast, now: datetime) -> None:
    content = plain(weights={"party": "0.6", "business": "0.5"})
    content["means"]["duty"]["source"] = "rumours"
    scheme = schemes.draft(
        cast.session, draft(cast, now, content), rights=cast.rights("assessor", now), now=now
    )
    with pytest.raises(UnfitScheme) as refusal:
        schemes.publish(cast.session, scheme, by=None, now=now)
    assert [fault.rule for fault in refusal.value.faults] == ["weights-sum", "source-unknown"]


def test_a_scheme_is_not_changed_in_mid_year(cast: Cast, now: datetime) -> None:
    full_year(cast, now)
    later = schemes.draft(
        cast.session, draft(cast, now), rights=cast.rights("assessor", now), now=now
    )
    with pytest.raises(Conflict, match="frozen"):
        schemes.publish(cast.session, later, by=None, now=now)


def test_a_stranger_drafts_no_scheme(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        schemes.draft(
            cast.session, draft(cast, now), rights=cast.rights("finance_secretary", now), now=now
        )


def test_of_two_who_change_a_draft_the_second_is_told(cast: Cast, now: datetime) -> None:
    rights = cast.rights("assessor", now)
    scheme = schemes.draft(cast.session, draft(cast, now), rights=rights, now=now)
    seen = scheme.version
    said = draft(cast, now, plain(quota="0.3"))
    schemes.change(cast.session, scheme.id, said, version=seen, rights=rights, now=now)
    with pytest.raises(Conflict):
        schemes.change(cast.session, scheme.id, said, version=seen, rights=rights, now=now)
