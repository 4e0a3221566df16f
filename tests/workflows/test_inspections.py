"""督导检查 from the filed item to the rectification: who does what, and what is refused."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Document, Finding, Inspection, Proposal, Role
from tests.cast import Cast
from tests.inspecting import (
    FACT,
    TEAM,
    begun,
    city,
    concluded,
    declare,
    drawn,
    filed,
    found,
    hand_in,
    heard,
    paper,
    plan,
    planned,
    records,
    running,
    visit_of,
)
from tests.workflows.steps import open_nodes, refused
from workflows import (
    access,
    case_files,
    cases,
    documents,
    finding_lists,
    inspection_lists,
    inspection_visits,
    inspections,
    sampling,
)
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.inspection_visits import Noted, Problem, Verdict


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return city(session, now)


def concluded_with(cast: Cast, now: datetime, severity: str) -> Case:
    case = running(cast, now)
    row = found(cast, visit_of(cast, case), now, severity)
    if severity == "violation":
        hand_in(cast, case, now, "none")
    else:
        hand_in(cast, case, now, "problems")
        heard(cast, case, row, now)
    concluded(cast, case, now, paper(cast, case, now))
    return case


def test_it_goes_from_the_filed_item_to_a_list_with_a_revisit(cast: Cast, now: datetime) -> None:
    case = concluded_with(cast, now, "general")
    visit = visit_of(cast, case)
    finding = cast.session.scalars(select(Finding).where(Finding.kind == "inspection")).one()
    assert (finding.status, finding.fact, finding.rule) == ("established", FACT, "organs/2019")
    assert [one["type"] for one in finding.evidence] == ["field_evidence"]
    list_ = cast.session.get_one(Case, visit.rectification_id)
    assert (list_.process, list_.parent_case_id) == ("rectification", case.id)
    rect = cases.look(cast.session, cases.load(cast.session, list_.id), now=now).act.vars["rect"]
    assert rect["revisit"] is True
    assert rect["owner"] == [str(cast.users["finance_secretary"].id)]
    assert rect["problems"][0]["problem"] == FACT
    assert "finance_head" in visit.head_then
    assert open_nodes(cast, case) == ["report_up"]
    cast.do(case, "report_up", "supervisor", now, {"done": "not_needed", "reason": "随年度报告"})
    row = cast.session.scalars(select(Inspection)).one()
    assert (row.state, case.outcome) == ("closed", "inspection_closed")


def test_its_papers_can_be_printed(cast: Cast, now: datetime) -> None:
    case = concluded_with(cast, now, "general")
    made = cast.session.scalars(select(Document).where(Document.case_id == case.id)).all()
    assert {one.template for one in made} == {
        "inspection_notice", "inspection_report", "inspection_feedback",
    }  # fmt: skip
    for one in made:
        assert documents.render(cast.session, one)[:2] == b"PK"
        assert one.code == "检〔2026〕1号"


@pytest.mark.parametrize(
    ("severity", "measure"),
    [("sign", "reminder"), ("serious", "interview"), ("general", None), ("violation", "lead")],
)
def test_a_finding_may_propose_a_measure_and_moves_nobody(
    cast: Cast, now: datetime, severity: str, measure: str | None
) -> None:
    concluded_with(cast, now, severity)
    made = cast.session.scalars(select(Proposal)).all()
    assert [one.measure for one in made] == ([measure] if measure else [])
    assert all(one.status == "proposed" and one.case_id is None for one in made)


def test_a_lead_is_never_shown_to_the_unit(cast: Cast, now: datetime) -> None:
    case = concluded_with(cast, now, "violation")
    for who in ("finance_secretary", "finance_head"):
        rights = cast.rights(who, now)
        page = finding_lists.page(cast.session, rights, finding_lists.Filter())
        assert page.rows == []
    rights = cast.rights("finance_secretary", now)
    seen = inspection_lists.of_case(cast.session, case.id, rights=rights)
    assert inspection_lists.problems(cast.session, seen.visits[0]) == []
    papers = cast.session.scalars(select(Document).where(Document.case_id == case.id))
    assert all(FACT not in str(one.values) for one in papers)
    assert visit_of(cast, case).rectification_id is None
    supervisors = finding_lists.page(
        cast.session, cast.rights("supervisor", now), finding_lists.Filter()
    )
    assert [one.finding.severity for one in supervisors.rows] == ["violation"]


def test_a_unit_sees_its_own_and_a_team_where_it_goes(cast: Cast, now: datetime) -> None:
    case = running(cast, now, "finance", "planning")
    row = found(cast, visit_of(cast, case), now)
    secretary = cast.rights("finance_secretary", now)
    seen = inspection_lists.of_case(cast.session, case.id, rights=secretary)
    assert ([one.unit.name for one in seen.visits], seen.whole) == (["finance"], False)
    assert inspection_lists.problems(cast.session, seen.visits[0]) == []  # not yet handed in
    hand_in(cast, case, now, "problems")
    assert [p.row for p in inspection_lists.problems(cast.session, seen.visits[0])] == [row]
    other = inspection_lists.of_case(
        cast.session, case.id, rights=cast.rights("planning_secretary", now)
    )
    assert [one.unit.name for one in other.visits] == ["planning"]
    with pytest.raises(NotFound):
        inspection_lists.visit(
            cast.session, visit_of(cast, case).id, rights=cast.rights("planning_secretary", now)
        )
    for who in ("planning_head", "finance_member", "audit_admin"):
        with pytest.raises(NotFound):
            inspection_lists.of_case(cast.session, case.id, rights=cast.rights(who, now))
    whole = inspection_lists.of_case(cast.session, case.id, rights=cast.rights("supervisor", now))
    assert whole.whole
    assert len(whole.visits) == 2


def test_the_case_shows_a_unit_its_own_steps_alone(cast: Cast, now: datetime) -> None:
    case = running(cast, now, "finance", "planning")
    for unit in ("finance", "planning"):
        found(cast, visit_of(cast, case, unit), now)
        hand_in(cast, case, now, "problems", unit)
    rights = cast.rights("finance_secretary", now)
    run = cases.look(cast.session, cases.load(cast.session, case.id), now=now)
    seen = case_files.sight(
        cast.session, access.case_for(cast.session, case.id, rights=rights), run.act.vars, rights
    )
    assert not seen.whole
    keys = {one.item_key for one in case_files.steps(cast.session, seen)}
    assert keys == {str(cast.units["finance"].id)}


def test_who_belongs_to_the_unit_or_is_close_to_it_keeps_out(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    declare(cast, "supervisor3", "finance", now)
    for team, word in (
        (("supervisor2", "finance_member"), "belong"),
        (("supervisor2", "supervisor3"), "declared"),
        (("supervisor2",), "at least"),
    ):
        with pytest.raises(Invalid) as refusal, cast.session.begin_nested():
            cast.do(case, "draft_inspection", "supervisor", now, plan(cast, now, team=team))
        assert word in refusal.value.fields["teams"]
    free = plan(cast, now, team=("supervisor2", "handler"))
    cast.do(case, "draft_inspection", "supervisor", now, free)
    assert open_nodes(cast, case) == ["approve_inspection"]


def test_what_is_done_is_what_was_filed(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    answers = plan(cast, now, "planning") | {"topic": "另一主题"}
    answers["to"] = (now + timedelta(days=90)).date().isoformat()
    with pytest.raises(Invalid) as refusal, cast.session.begin_nested():
        cast.do(case, "draft_inspection", "supervisor", now, answers)
    assert set(refusal.value.fields) == {"topic", "from", "teams"}


def test_only_what_is_filed_and_stands_is_begun(cast: Cast, now: datetime) -> None:
    rights = cast.rights("supervisor", now)
    entry = planned(cast, now)
    with refused(cast, "filed"):
        inspections.begin(cast.session, entry, rights=rights, now=now)
    with pytest.raises(NotAllowed):
        inspections.begin(
            cast.session, entry, rights=cast.rights("finance_secretary", now), now=now
        )


def test_begun_again_it_is_the_same(cast: Cast, now: datetime) -> None:
    entry, rights = filed(cast, now), cast.rights("supervisor", now)
    first = inspections.begin(cast.session, entry, rights=rights, now=now)
    assert inspections.begin(cast.session, entry, rights=rights, now=now) is first


def test_daily_follow_up_needs_no_item_and_a_deputy(cast: Cast, now: datetime) -> None:
    rights = cast.rights("supervisor", now)
    case = inspections.begin_daily(
        cast.session, cast.units["work"], "第一季度整改回头看", rights=rights, now=now
    )
    answers = plan(cast, now) | {"topic": "第一季度整改回头看"}
    cast.do(case, "draft_inspection", "supervisor", now, answers)
    cast.do(case, "approve_inspection", "work_deputy", now, {"verdict": "approve"})
    assert open_nodes(cast, case) == ["field_work"]
    with pytest.raises(Invalid) as refusal:
        inspections.begin_daily(cast.session, cast.units["work"], " ", rights=rights, now=now)
    assert "topic" in refusal.value.fields


def test_a_sample_is_drawn_from_the_record_and_holds(cast: Cast, now: datetime) -> None:
    case = running(cast, now)
    visit = visit_of(cast, case)
    ids = records(cast, 12, now)
    records(cast, 4, now, "planning_branch")  # of another unit: never drawn
    sample = drawn(cast, visit, now, seed="5eed")
    assert sample.frame == ids
    assert sample.picks == sampling.draw(ids, "5eed", 3)
    again = inspection_lists.drawn(cast.session, sample)
    assert again.holds
    assert [str(one.record.id) for one in again.picks] == sample.picks
    second = drawn(cast, visit, now)
    assert (second.number, sample.number) == (2, 1)
    assert second.seed != sample.seed
    sample.picks = [one for one in ids if one not in sample.picks][:3]
    assert not inspection_lists.drawn(cast.session, sample).holds


def test_there_must_be_something_to_draw(cast: Cast, now: datetime) -> None:
    visit = visit_of(cast, running(cast, now))
    with refused(cast, "empty_frame"):
        drawn(cast, visit, now)
    records(cast, 1, now)
    assert len(drawn(cast, visit, now).picks) == 1
    with pytest.raises(Invalid) as refusal:
        drawn(cast, visit, now, size=0)
    assert "size" in refusal.value.fields


def test_a_record_is_evidence_where_it_was_drawn(cast: Cast, now: datetime) -> None:
    visit = visit_of(cast, running(cast, now))
    ids = records(cast, 8, now)
    sample, rights = drawn(cast, visit, now), cast.rights(TEAM[0], now)
    other = next(one for one in ids if one not in sample.picks)
    held = now.date()
    noted = Noted("check", held, "x", sample.id, int(other))
    with pytest.raises(Invalid) as refusal:
        inspection_visits.add_evidence(cast.session, visit, noted, rights=rights, now=now)
    assert "record" in refusal.value.fields
    noted = Noted("check", held, "记录不全", sample.id, int(sample.picks[0]))
    inspection_visits.add_evidence(cast.session, visit, noted, rights=rights, now=now)


def test_no_problem_without_evidence_of_the_visit_and_a_rule(cast: Cast, now: datetime) -> None:
    case = running(cast, now, "finance", "planning")
    visit, rights = visit_of(cast, case), cast.rights(TEAM[0], now)
    theirs = found(cast, visit_of(cast, case, "planning"), now)
    for evidence in ((), (int(theirs.evidence[0]),)):
        said = Problem("x", "general", "DYDH/99", evidence, "改")
        with pytest.raises(Invalid) as refusal:
            inspection_visits.add_problem(cast.session, visit, said, rights=rights, now=now)
        assert set(refusal.value.fields) == {"evidence", "rule"}
    assert found(cast, visit, now, rule="DYDH/1").basis


def test_the_outcome_agrees_with_what_is_on_file(cast: Cast, now: datetime) -> None:
    case = running(cast, now)
    with refused(cast, "evidence"):
        hand_in(cast, case, now, "none")
    found(cast, visit_of(cast, case), now)
    with pytest.raises(Invalid) as refusal, cast.session.begin_nested():
        hand_in(cast, case, now, "none")
    assert "outcome" in refusal.value.fields


def test_only_the_team_writes_and_only_the_secretary_answers(cast: Cast, now: datetime) -> None:
    case = running(cast, now)
    visit = visit_of(cast, case)
    noted = Noted("look", now.date(), "x")
    with pytest.raises(NotAllowed):
        inspection_visits.add_evidence(
            cast.session, visit, noted, rights=cast.rights("supervisor", now), now=now
        )
    row = found(cast, visit, now)
    hand_in(cast, case, now, "problems")
    with pytest.raises(Conflict):
        inspection_visits.add_evidence(
            cast.session, visit, noted, rights=cast.rights(TEAM[0], now), now=now
        )
    for who in ("finance_deputy", "supervisor", TEAM[0]):
        with pytest.raises(NotAllowed):
            inspection_visits.answer(
                cast.session, row, "agree", "", rights=cast.rights(who, now), now=now
            )
    with refused(cast, "answers"):
        cast.do(case, "hear_unit", "finance_secretary", now,
                {"read": True, "signature": "finance_secretary"})  # fmt: skip


def test_silence_is_recorded_as_silence(cast: Cast, now: datetime) -> None:
    case = running(cast, now)
    row = found(cast, visit_of(cast, case), now)
    hand_in(cast, case, now, "problems")
    later = now + timedelta(days=9)
    cases.wake(cast.session, case.id, now=later)
    assert open_nodes(cast, case) == ["settle_findings"]
    rights = cast.rights(TEAM[0], later)
    with refused(cast, "settled"):
        cast.do(case, "settle_findings", TEAM[0], later, {"signature": TEAM[0]})
    said = Verdict("revise", "数字有误", "只有一次记录与实际不符")
    inspection_visits.settle(cast.session, row, said, rights=rights, now=later)
    cast.do(case, "settle_findings", TEAM[0], later, {"signature": TEAM[0]})
    assert (row.answer, row.fact, row.fact_before) == ("silent", "只有一次记录与实际不符", FACT)


def test_what_is_dropped_becomes_no_finding(cast: Cast, now: datetime) -> None:
    case = running(cast, now)
    row = found(cast, visit_of(cast, case), now)
    rights = cast.rights(TEAM[0], now)
    with pytest.raises(Invalid):
        inspection_visits.settle(cast.session, row, Verdict("keep", "x"), rights=rights, now=now)
    inspection_visits.settle(cast.session, row, Verdict("drop", "误记"), rights=rights, now=now)
    hand_in(cast, case, now, "none")
    concluded(cast, case, now, paper(cast, case, now))
    assert cast.session.scalars(select(Finding).where(Finding.kind == "inspection")).all() == []
    assert visit_of(cast, case).rectification_id is None


def test_a_member_without_a_role_may_be_of_the_team(cast: Cast, now: datetime) -> None:
    """Seconded from another organ: he sees the unit to which he goes, and no more."""
    case = begun(cast, now)
    cast.grant("organiser", Role.ORGANISER, "planning")
    team = ("supervisor2", "planning_member")
    cast.do(case, "draft_inspection", "supervisor", now, plan(cast, now, team=team))
    cast.do(case, "approve_inspection", "work_secretary", now, {"verdict": "approve"})
    rights = cast.rights("planning_member", now)
    seen = inspection_lists.of_case(cast.session, case.id, rights=rights)
    assert ([one.part for one in seen.visits], seen.whole) == (["team"], False)
