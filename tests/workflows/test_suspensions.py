"""挂起: a case's own clocks stop by a decision on record only; the law's run on (guard 9)."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from models import Case, ExecutionItem, Matter, Suspension, Task
from tests.cast import Cast, assemble, install
from tests.workflows import matter_paths as path
from tests.workflows import steps, test_appeals, test_corrections
from workflows import cases, jobs, lights, suspensions
from workflows.deadlines import day_of
from workflows.errors import Conflict, NotAllowed, NotFound, Refused

UNTIL = date(2026, 3, 31)


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


def suspend(
    cast: Cast,
    case: Case,
    now: datetime,
    who: str = "city_secretary",
    *,
    reason: str = "对象住院治疗",
    until: date | None = UNTIL,
) -> Suspension:
    rights = cast.rights(who, now)
    return suspensions.suspend(
        cast.session, case.id, reason=reason, until=until, rights=rights, now=now
    )


def resume(cast: Cast, case: Case, now: datetime, who: str = "city_secretary") -> None:
    suspensions.resume(cast.session, case.id, rights=cast.rights(who, now), now=now)


def investigating(cast: Cast, now: datetime) -> Case:
    case = steps.proposed_case(cast, now, "accountability", "finance_head", "finance")
    steps.enter(cast, case, now)
    steps.start(cast, case, now)
    steps.team(cast, case, now)
    return case


def due_of(cast: Cast, case: Case, node: str) -> date:
    due = steps.open_task(cast, case, node).due_at
    assert due is not None
    return day_of(due)


def test_nothing_is_done_and_no_timer_goes_off(cast: Cast, now: datetime) -> None:
    case = steps.heard(cast, now)
    suspend(cast, case, now)
    assert (case.status, case.wake_at) == ("suspended", None)
    with pytest.raises(NotAllowed):
        steps.report(cast, case, now, f"user-{cast.users['finance_head'].id}")
    assert cases.due_ids(cast.session, now=now + timedelta(days=300)) == []
    assert steps.open_task(cast, case, "draft_report").notice_at is None


@pytest.mark.parametrize(
    ("reason", "until", "field"),
    [
        (" ", UNTIL, "reason"),
        ("住院", None, "until"),
        ("住院", date(2026, 3, 2), "until"),
        ("住院", date(2026, 9, 3), "until"),
    ],
)
def test_a_decision_says_why_and_until_when(
    cast: Cast, now: datetime, reason: str, until: date | None, field: str
) -> None:
    case = investigating(cast, now)
    with pytest.raises(Refused) as refusal:
        suspend(cast, case, now, reason=reason, until=until)
    assert refusal.value.facts["guard"] == "G9"
    assert list(refusal.value.fields) == [field]
    assert case.status == "running"
    assert cast.session.scalars(select(Suspension)).all() == []


def test_only_a_leader_above_who_is_no_party_decides(cast: Cast, now: datetime) -> None:
    case = investigating(cast, now)
    for stranger in ("planning_head", "finance_head", "audit_admin", "supervisor3"):
        with pytest.raises(NotFound):
            suspend(cast, case, now, stranger)
    for who in ("handler", "supervisor"):
        with pytest.raises(NotAllowed) as refusal:
            suspend(cast, case, now, who)
        assert refusal.value.facts["guard"] == "G9"
    suspend(cast, case, now, "work_deputy")
    with pytest.raises(NotAllowed):
        resume(cast, case, now, "handler")


def test_it_runs_on_after_as_many_working_days(cast: Cast, now: datetime) -> None:
    case = investigating(cast, now)
    before = due_of(cast, case, "investigate")
    suspend(cast, case, now)
    later = now + timedelta(days=7)
    with pytest.raises(Conflict):
        suspend(cast, case, later)
    resume(cast, case, later)
    assert case.status == "running"
    after = due_of(cast, case, "investigate")
    calendar = cases.look(cast.session, case, now=later).act.calendar
    assert calendar.workdays_between(before, after) == 5
    stored = cases.look(cast.session, case, now=later).execution.vars["due"]["inquiry"]
    assert day_of(datetime.fromisoformat(stored)) == after
    task = steps.open_task(cast, case, "investigate")
    assert (day_of(task.first_due_at or now), task.notice_at is None) == (before, False)
    with pytest.raises(Conflict):
        resume(cast, case, later)


def test_a_timer_waits_as_much_longer(cast: Cast, now: datetime) -> None:
    case = investigating(cast, now)
    key = f"user-{cast.users['finance_head'].id}"
    steps.investigate(cast, case, now, key)
    material = [{"subject": key, "text": "会议未召开", "facts": steps.facts_of(cast, case)}]
    steps.do(cast, case, "write_facts", "supervisor", now, material=material)
    met = {"came": "met", "met_at": now.isoformat(), "place": "会议室", "heard": "承认"}
    present = steps.ids(cast, "supervisor", "supervisor2")
    signed = {"present": present, "signature": "supervisor"}
    steps.do(cast, case, "meet_subject", "supervisor", now, **met, **signed)
    before = case.wake_at
    assert before is not None
    suspend(cast, case, now)
    resume(cast, case, now + timedelta(days=7))
    assert case.wake_at is not None
    assert (day_of(before), day_of(case.wake_at)) == (date(2026, 3, 9), date(2026, 3, 16))


def test_the_day_comes_and_it_goes_on_by_itself(
    sessions: sessionmaker[Session], now: datetime
) -> None:
    with sessions.begin() as session:
        install(session, now)
        cast = assemble(session)
        case_id = investigating(cast, now).id
    with sessions.begin() as session:
        cast.session = session
        suspend(cast, session.get_one(Case, case_id), now)
    last, after = now.replace(day=31), now.replace(month=4, day=1)
    assert jobs.end_suspensions(sessions, now=last) == 0
    assert jobs.end_suspensions(sessions, now=after) == 1
    assert jobs.end_suspensions(sessions, now=after) == 0
    with sessions() as session:
        row = session.scalars(select(Suspension)).one()
        assert (row.ended_at, row.ended_by) == (after, None)
        assert session.get_one(Case, case_id).status == "running"


def test_the_law_s_time_does_not_stop(cast: Cast, now: datetime) -> None:
    case = steps.in_force(cast, now, "finance_secretary", by="work_secretary", form="removal")
    measure = steps.the_measure(cast, case)
    until, month = measure.appeal_until, measure.formalities_due_at
    suspend(cast, case, now, "work_secretary")
    resume(cast, case, now + timedelta(days=7), "work_secretary")
    assert (measure.appeal_until, measure.formalities_due_at) == (until, month)
    items = cast.session.scalars(select(ExecutionItem).where(ExecutionItem.law)).all()
    law = {str(one.id) for one in items}
    open_items = select(Task).where(Task.case_id == case.id, Task.node == "execute_item")
    moved = {
        task.item_key in law: task.due_at != task.first_due_at
        for task in cast.session.scalars(open_items)
    }
    assert moved == {True: False, False: True}


def test_an_appeal_is_decided_within_the_month_all_the_same(cast: Cast, now: datetime) -> None:
    _, _, case = test_appeals.waiting(cast, now)
    before = dict(cases.look(cast.session, case, now=now).execution.vars["due"])
    suspend(cast, case, now)
    resume(cast, case, now + timedelta(days=21))
    after = cases.look(cast.session, case, now=now).execution.vars["due"]
    assert after["appeal"] == before["appeal"]
    assert before["review"] < after["review"] <= after["appeal"]


def test_a_light_stands_still_with_its_case(session: Session, now: datetime) -> None:
    cast = path.supervised_city(session, now)
    case = path.working(cast, now)
    matter = session.scalars(select(Matter).where(Matter.case_id == case.id)).one()
    due, watched = matter.due_at, matter.watch_at
    assert due is not None
    assert watched is not None
    suspend(cast, case, now, "work_deputy")
    assert lights.due_ids(session, now=due + timedelta(days=60)) == []
    later = now + timedelta(days=14)
    resume(cast, case, later, "work_deputy")
    assert matter.light == "green"
    assert matter.due_at == due + timedelta(days=14)
    assert matter.watch_at == watched + timedelta(days=14)
    assert day_of(matter.first_due_at or now) == day_of(due)


def test_what_an_appeal_revokes_stands_still_no_longer(cast: Cast, now: datetime) -> None:
    first = steps.in_force(cast, now)
    suspend(cast, first, now)
    test_corrections.corrected(cast, steps.the_measure(cast, first), now, "revoke")
    assert (first.status, first.outcome) == ("finished", "execution_stopped")
