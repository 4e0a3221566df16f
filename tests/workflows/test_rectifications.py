"""整改 with real people: the list, its plan, the work, late papers, extension, check, 回访."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Document, Extension, Finding, Inbox, Proposal, Task
from tests.cast import Cast, assemble, install
from tests.workflows.matter_paths import do, open_nodes, open_task
from workflows import cases, documents, rectifications, tasks
from workflows.deadlines import day_of
from workflows.errors import Conflict, Invalid, NotFound, Refused

OWNER, REVIEWER = "finance_secretary", "supervisor"


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


def listed(cast: Cast, **more: object) -> rectifications.Listed:
    given: dict[str, object] = {
        "origin": "inspection",
        "key": f"rectification:inspection:{cast.units['finance'].id}",
        "unit": cast.units["finance"],
        "owner": [cast.users[OWNER].id],
        "reviewer": [cast.users[REVIEWER].id],
        "problems": [{"problem": "学习流于形式", "basis": "主体责任规定", "requirement": "补课"}],
        "days": 30,
    }
    return rectifications.Listed(**(given | more))  # type: ignore[arg-type]


def opened(cast: Cast, now: datetime, **more: object) -> Case:
    return rectifications.begin(
        cast.session, listed(cast, **more), by=cast.users["supervisor2"], now=now
    )


def plan(cast: Cast, case: Case, now: datetime) -> None:
    row = {
        "problem": "学习流于形式",
        "measure": "按季度补课",
        "responsible": str(cast.users["finance_deputy"].id),
        "due": "2026-04-01",
    }
    do(cast, case, "rect_plan", OWNER, now, items=[row], signature=OWNER)


def working(cast: Cast, now: datetime, **more: object) -> Case:
    case = opened(cast, now, **more)
    plan(cast, case, now)
    do(cast, case, "rect_plan_check", REVIEWER, now, verdict="accept")
    return case


def hand_in(cast: Cast, case: Case, now: datetime) -> None:
    progress = [{"item": "学习流于形式", "done": True}]
    answers = {"progress": progress, "self_check": "已补课", "signature": OWNER}
    do(cast, case, "rect_work", OWNER, now, **answers)


def verify(cast: Cast, case: Case, now: datetime, overall: str, **item: str) -> Task:
    row = {"item": "学习流于形式", "verdict": "pass", "basis": "查阅记录"} | item
    answers = {"items": [row], "overall": overall, "opinion": "已核"}
    return do(cast, case, "rect_verify", REVIEWER, now, **answers)


def ask(cast: Cast, case: Case, now: datetime, who: str = OWNER) -> None:
    answers = {"reason": "师资未到位", "forecast": "2026-04-20", "progress": "过半"}
    task, rights = open_task(cast, case, "rect_work"), cast.rights(who, now)
    tasks.take_act(cast.session, task.id, "rect_extension_asked", answers, rights=rights, now=now)


def decide(cast: Cast, case: Case, now: datetime, **decision: object) -> None:
    do(cast, case, "rect_extension_decide", "work_deputy", now, opinion="已阅", **decision)


def wake(cast: Cast, case: Case) -> datetime:
    at = case.wake_at
    assert at is not None
    assert cases.wake(cast.session, case.id, now=at) == 1
    return at


def proposed(cast: Cast) -> list[tuple[str, str, str]]:
    wanted = select(Proposal.ground, Proposal.measure, Proposal.status).order_by(Proposal.id)
    return [tuple(row) for row in cast.session.execute(wanted)]  # type: ignore[misc]


def result(cast: Cast, case: Case, now: datetime) -> str:
    return str(cases.look(cast.session, case, now=now).execution.vars["rect"]["result"])


def test_a_list_is_planned_done_verified_and_closed(cast: Cast, now: datetime) -> None:
    case = working(cast, now)
    work = open_task(cast, case, "rect_work")
    assert work.due_at is not None
    assert day_of(work.due_at) == date(2026, 4, 14)  # 30 working days; 清明 6 April is off
    hand_in(cast, case, now)
    verify(cast, case, now, "pass")
    assert (case.status, case.outcome) == ("finished", "rect_passed")
    assert result(cast, case, now) == "passed"
    assert cast.session.scalars(select(Inbox)).all() == []
    papers = cast.session.scalars(select(Document).order_by(Document.id)).all()
    assert [one.template for one in papers] == ["rectification_list", "rectification_closure"]
    assert papers[0].values["addressee"] == OWNER
    assert papers[1].values["reviewer"] == REVIEWER
    assert all(documents.render(cast.session, one) for one in papers)


def test_the_same_cause_issues_no_second_list(cast: Cast, now: datetime) -> None:
    assert opened(cast, now).id == opened(cast, now).id


def test_nobody_checks_his_own_work(cast: Cast, now: datetime) -> None:
    with pytest.raises(Refused) as refusal:
        opened(cast, now, reviewer=[cast.users[OWNER].id])
    assert refusal.value.facts["guard"] == "reviewer"


@pytest.mark.parametrize("who", ["planning_secretary", "finance_deputy", REVIEWER, "work_deputy"])
def test_only_the_owner_plans(cast: Cast, now: datetime, who: str) -> None:
    task = open_task(cast, opened(cast, now), "rect_plan")
    answers = {"items": [], "signature": who}
    with pytest.raises(NotFound):
        tasks.complete(cast.session, task.id, answers, rights=cast.rights(who, now), now=now)


def test_a_late_plan_is_proposed_and_lapses_when_it_comes(cast: Cast, now: datetime) -> None:
    case = opened(cast, now)
    late = wake(cast, case)
    assert proposed(cast) == [("plan_late", "interview", "proposed")]
    assert open_nodes(cast, case) == ["rect_plan"]
    plan(cast, case, late)
    assert proposed(cast) == [("plan_late", "interview", "lapsed")]
    assert cast.session.scalars(select(Finding.status)).all() == ["established"]


def test_late_work_is_proposed_once(cast: Cast, now: datetime) -> None:
    case = working(cast, now)
    at = wake(cast, case)
    assert proposed(cast) == [("work_late", "interview", "proposed")]
    assert case.wake_at is None
    assert cases.wake(cast.session, case.id, now=at + timedelta(days=9)) == 0
    hand_in(cast, case, at)
    assert proposed(cast) == [("work_late", "interview", "lapsed")]


def test_an_extension_moves_date_timer_and_task(cast: Cast, now: datetime) -> None:
    case = working(cast, now)
    first = open_task(cast, case, "rect_work").due_at
    ask(cast, case, now)
    decide(cast, case, now, granted=True, new_due="2026-04-24")
    task = open_task(cast, case, "rect_work")
    assert task.due_at is not None
    assert day_of(task.due_at) == date(2026, 4, 24)
    assert case.wake_at == task.due_at
    assert task.first_due_at == first
    asked = cast.session.scalars(select(Extension)).one()
    assert (asked.first_due_at, asked.new_due_at) == (first, task.due_at)
    assert asked.asked_by == cast.users[OWNER].id
    assert asked.decided_by == cast.users["work_deputy"].id
    assert first is not None
    assert cases.wake(cast.session, case.id, now=first) == 0
    assert proposed(cast) == []
    wake(cast, case)
    assert proposed(cast) == [("work_late", "interview", "proposed")]


def test_a_refused_extension_moves_nothing(cast: Cast, now: datetime) -> None:
    case = working(cast, now)
    first = open_task(cast, case, "rect_work").due_at
    ask(cast, case, now)
    decide(cast, case, now, granted=False)
    assert open_task(cast, case, "rect_work").due_at == case.wake_at == first
    with pytest.raises(Conflict):
        ask(cast, case, now)


def test_an_extension_granted_late_takes_the_proposal_back(cast: Cast, now: datetime) -> None:
    case = working(cast, now)
    ask(cast, case, now)
    late = wake(cast, case)
    assert proposed(cast) == [("work_late", "interview", "proposed")]
    decide(cast, case, late, granted=True, new_due="2026-04-24")
    assert proposed(cast) == [("work_late", "interview", "lapsed")]


def test_an_extension_is_asked_by_the_owner_before_the_date(cast: Cast, now: datetime) -> None:
    case = working(cast, now)
    with pytest.raises(NotFound):
        ask(cast, case, now, who=REVIEWER)
    with pytest.raises(Refused), cast.session.begin_nested():
        ask(cast, case, datetime(2026, 4, 14, 16, tzinfo=UTC))
    cast.session.expire_all()
    assert cast.session.scalars(select(Extension)).all() == []


def test_an_extension_is_no_longer_than_the_time_given(cast: Cast, now: datetime) -> None:
    case = working(cast, now)
    ask(cast, case, now)
    for day in ("2026-04-14", "2026-06-30"):
        with pytest.raises(Invalid) as refusal, cast.session.begin_nested():
            decide(cast, case, now, granted=True, new_due=day)
        assert "new_due" in refusal.value.fields
        cast.session.expire_all()


def test_it_is_returned_twice_at_most(cast: Cast, now: datetime) -> None:
    case = working(cast, now)
    for _ in range(2):
        hand_in(cast, case, now)
        verify(cast, case, now, "return", verdict="fail")
    hand_in(cast, case, now)
    with pytest.raises(Refused) as refusal, cast.session.begin_nested():
        verify(cast, case, now, "return", verdict="fail")
    assert refusal.value.facts["guard"] == "returns"
    cast.session.expire_all()
    verify(cast, case, now, "pass")
    assert case.outcome == "rect_passed"


@pytest.mark.parametrize(
    ("origin", "measure"), [("inspection", "interview"), ("interview", "accountability")]
)
def test_a_failed_list_is_a_fact_and_proposed(
    cast: Cast, now: datetime, origin: str, measure: str
) -> None:
    case = working(cast, now, origin=origin)
    hand_in(cast, case, now)
    verify(cast, case, now, "fail", verdict="fail")
    assert case.outcome == "rect_failed"
    assert result(cast, case, now) == "failed"
    assert proposed(cast) == [("failed", measure, "proposed")]
    finding = cast.session.scalars(select(Finding)).one()
    assert (finding.kind, finding.unit_id) == ("failed", cast.units["finance"].id)
    assert cast.session.scalars(select(Case.process)).all() == ["rectification"]


def test_what_comes_back_after_the_revisit_is_told_apart(cast: Cast, now: datetime) -> None:
    case = working(cast, now, revisit=True)
    hand_in(cast, case, now)
    verify(cast, case, now, "pass")
    assert open_nodes(cast, case) == []
    at = wake(cast, case)
    do(cast, case, "rect_revisit", REVIEWER, at, state="relapsed", record="再度流于形式")
    assert case.outcome == "rect_failed"
    assert proposed(cast) == [("relapse", "interview", "proposed")]
