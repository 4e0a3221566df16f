"""The assessment of organs as a process: from scheme to frozen result, with one dispute upheld."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, CaseStatus, Document, Proposal, Role, Task, UnitSheet
from tests.cast import Cast, assemble, install
from tests.workflows.scoring.schemes import plain
from tests.workflows.steps import do, open_nodes, refused
from tests.workflows.test_assessments import found
from workflows import assessment_rounds, assessments, cases, schemes, score_sheets, scores, tasks
from workflows.errors import Invalid, NotAllowed
from workflows.schemes import Draft

TEAM = ("assessor", "assessor2")
ORGANS = ("finance", "planning")


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    cast = assemble(session)
    for who in (*TEAM, "assessor3"):
        cast.grant(who, Role.ASSESSOR, "work")
    found(cast, "finance_branch", "missed:1", now)
    return cast


@pytest.fixture
def case(cast: Cast, now: datetime) -> Case:
    return assessment_rounds.begin(
        cast.session,
        cast.units["work"],
        2025,
        group="organs",
        rights=cast.rights("assessor", now),
        now=now,
    )


def all_means() -> dict[str, Any]:
    """Computed, panel, self-report, survey, imported and effect: one indicator each."""
    stored = plain(quota="0.5")
    stored["content"] = [
        {"code": "minus", "name": "问题通报", "side": "party", "points": "40"},
        {"code": "panel", "name": "现场评价", "side": "party", "points": "20"},
        {"code": "own", "name": "特色做法", "side": "party", "points": "10"},
        {"code": "survey", "name": "群众满意度", "side": "party", "points": "10"},
        {"code": "effect", "name": "业务促进", "side": "party", "points": "20"},
        {"code": "result", "name": "业务成效", "side": "business", "points": "100"},
    ]
    stored["means"] = {
        "minus": {"by": "computed", "source": "findings", "per_fact": "4"},
        "panel": {"by": "panel"},
        "own": {"by": "self_report"},
        "survey": {"by": "survey"},
        "effect": {"by": "effect", "promotes": "result"},
        "result": {"by": "import"},
    }
    return stored


def people(cast: Cast, names: tuple[str, ...]) -> list[str]:
    return [str(cast.users[name].id) for name in names]


def unit_ids(cast: Cast) -> list[str]:
    return [str(cast.units[name].id) for name in ORGANS]


def scheme_said(cast: Cast, now: datetime, **more: Any) -> dict[str, Any]:
    draft = Draft("organs", 2025, "机关党建考核方案", all_means())
    scheme = schemes.draft(cast.session, draft, rights=cast.rights("assessor", now), now=now)
    return {
        "year": 2025,
        "units": unit_ids(cast),
        "scheme": str(scheme.id),
        "team": people(cast, TEAM),
        "cutoff": "2026-03-03",
        "register_no": "备〔2026〕1号",
    } | more


def frozen(cast: Cast, case: Case, now: datetime) -> datetime:
    do(cast, case, "set_scheme", "assessor", now, **scheme_said(cast, now))
    do(cast, case, "approve_scheme", "work_secretary", now, verdict="approve", minutes="1")
    at = now + timedelta(days=2)
    cases.wake(cast.session, case.id, now=at)
    return at


def of_unit(cast: Cast, case: Case, node: str, unit: str) -> Task:
    return cast.session.scalars(
        select(Task).where(
            Task.case_id == case.id,
            Task.node == node,
            Task.item_key == str(cast.units[unit].id),
            Task.done_at.is_(None),
        )
    ).one()


def complete(cast: Cast, task: Task, who: str, now: datetime, **answers: Any) -> None:
    tasks.complete(cast.session, task.id, answers, rights=cast.rights(who, now), now=now)


def marks(cast: Cast) -> list[dict[str, Any]]:
    rows = [("panel", "assessor", 18), ("panel", "assessor2", 16)]
    rows += [("own", "assessor", 8), ("survey", "assessor", 9)]
    return [
        {"indicator": code, "by": str(cast.users[who].id), "score": score, "basis": "核查记录"}
        for code, who, score in rows
    ]


def reviewed(cast: Cast, case: Case, at: datetime) -> None:
    for unit in ORGANS:
        own = of_unit(cast, case, "self_review", unit)
        complete(cast, own, f"{unit}_deputy", at, checked=True, integration="围绕中心抓党建")
        verify = of_unit(cast, case, "verify_unit", unit)
        complete(cast, verify, "assessor", at, scores=marks(cast))


def entered(cast: Cast, case: Case, at: datetime) -> None:
    rows = [
        {"unit": unit_id, "score": score}
        for unit_id, score in zip(unit_ids(cast), (95, 60), strict=True)
    ]
    do(cast, case, "enter_business", "handler", at, results=rows, source="1")


def sheet(cast: Cast, unit: str) -> UnitSheet:
    return cast.session.scalars(
        select(UnitSheet).where(UnitSheet.unit_id == cast.units[unit].id)
    ).one()


def moderated(cast: Cast, case: Case, at: datetime) -> None:
    items = [
        {"unit": str(cast.units[unit].id), "suggested": "", "proposed": sheet(cast, unit).suggested}
        for unit in ORGANS
    ]
    do(cast, case, "moderate", "assessor", at, items=items)


def heard(cast: Cast, case: Case, at: datetime, **answers: str) -> None:
    for unit in answers or dict.fromkeys(ORGANS):
        task = of_unit(cast, case, "confirm_result", unit)
        said = answers.get(unit, "accept")
        more = {"grounds": "事实有误"} if said == "object" else {}
        complete(cast, task, f"{unit}_secretary", at, answer=said, **more)


def decided(cast: Cast, case: Case, at: datetime) -> None:
    grades = [
        {"unit": str(cast.units[unit].id), "grade": sheet(cast, unit).suggested} for unit in ORGANS
    ]
    do(
        cast, case, "decide_assessment", "work_secretary", at,
        meeting="工委会议", held_on="2026-03-04", minutes="1", verdict="approve", grades=grades,
    )  # fmt: skip


def test_from_the_scheme_to_the_frozen_result(cast: Cast, case: Case, now: datetime) -> None:
    at = frozen(cast, case, now)
    reviewed(cast, case, at)
    entered(cast, case, at)
    # 40 + 17 + 8 + 9 + 19 for finance, the finding lies in 2026 and does not count for 2025
    assert (sheet(cast, "finance").party, sheet(cast, "finance").business) == (
        Decimal("89.00"),
        Decimal("95.00"),
    )
    assert sheet(cast, "finance").suggested == "good"
    assert (sheet(cast, "planning").total, sheet(cast, "planning").suggested) == (
        Decimal("73.00"),
        "average",
    )
    moderated(cast, case, at)
    heard(cast, case, at)
    decided(cast, case, at)
    assert open_nodes(cast, case) == []  # publicity runs
    cases.wake(cast.session, case.id, now=at + timedelta(days=10))
    assert (case.status, case.outcome) == (CaseStatus.FINISHED, "assessment_closed")
    proposal = cast.session.scalars(select(Proposal)).one()
    assert (proposal.ground, proposal.measure) == ("assessment", "reminder")
    papers = set(cast.session.scalars(select(Document.template)))
    assert papers >= {
        "assessment_plan", "result_publicity", "assessment_letter", "assessment_circular"
    }  # fmt: skip


def test_a_dispute_upheld_changes_the_fact_and_so_the_score(
    cast: Cast, case: Case, now: datetime
) -> None:
    finding = found(cast, "finance", "missed:2025", now)
    at = frozen(cast, case, now)
    assessment = assessments.get(cast.session, "organs", 2025)
    unit_id = cast.units["finance"].id
    facts = score_sheets.facts_behind(cast.session, assessment, unit_id, "minus")
    fact = next(one for one in facts if one.ref == f"finding:{finding.id}")
    assessments.dispute(
        cast.session, fact.id, reason="会议已补开", by=cast.users["finance_deputy"], now=at
    )
    own = of_unit(cast, case, "self_review", "finance")
    complete(cast, own, "finance_deputy", at, checked=True, integration="融合")
    verify = of_unit(cast, case, "verify_unit", "finance")
    with refused(cast, "disputes"):
        complete(cast, verify, "assessor", at, scores=marks(cast))
    before = scores.recompute(cast.session, assessment)[unit_id][0]
    assessments.strike(cast.session, fact.id, reason="属实", by=cast.users["assessor"], now=at)
    verify = of_unit(cast, case, "verify_unit", "finance")
    complete(cast, verify, "assessor", at)
    assert scores.recompute(cast.session, assessment)[unit_id][0] == before + 4


def test_an_objection_is_reviewed_by_who_did_not_score(
    cast: Cast, case: Case, now: datetime
) -> None:
    at = frozen(cast, case, now)
    reviewed(cast, case, at)
    entered(cast, case, at)
    moderated(cast, case, at)
    heard(cast, case, at, finance="object", planning="accept")
    rows = [{"unit": str(cast.units["finance"].id), "verdict": "keep", "reason": "事实清楚"}]
    do(cast, case, "review_scores", "assessor3", at, items=rows)
    moderated(cast, case, at)
    assert open_nodes(cast, case) == ["confirm_result"]  # only who objected is heard again


def test_silence_lets_the_team_go_on(cast: Cast, case: Case, now: datetime) -> None:
    at = frozen(cast, case, now)
    cases.wake(cast.session, case.id, now=at + timedelta(days=40))
    assert set(open_nodes(cast, case)) == {"enter_business", "verify_unit"}


def test_nobody_assesses_the_own_unit(cast: Cast, case: Case, now: datetime) -> None:
    team = people(cast, ("assessor", "finance_leader"))
    with pytest.raises(Invalid) as refusal:
        do(cast, case, "set_scheme", "assessor", now, **scheme_said(cast, now, team=team))
    assert "team" in refusal.value.fields


def test_a_scheme_with_faults_is_not_put_to_the_committee(
    cast: Cast, case: Case, now: datetime
) -> None:
    said = scheme_said(cast, now)
    bad = schemes.draft(
        cast.session,
        Draft("organs", 2025, "方案", plain(quota="3")),
        rights=cast.rights("assessor", now),
        now=now,
    )
    with pytest.raises(Invalid) as refusal:
        do(cast, case, "set_scheme", "assessor", now, **(said | {"scheme": str(bad.id)}))
    assert "scheme" in refusal.value.fields


def test_a_stranger_begins_no_assessment(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        assessment_rounds.begin(
            cast.session,
            cast.units["work"],
            2025,
            group="organs",
            rights=cast.rights("finance_secretary", now),
            now=now,
        )
