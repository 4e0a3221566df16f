"""Cases under another version: tried, approved by a second person, moved, looked over, reverted."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from models import AuditRow, Case, CaseMove, Draft, Inbox, MovePlan, Task
from tests.moving import V1, Office, Version
from workflows import case_moves, cases, jobs, move_lists, move_plans, tasks
from workflows.deadlines import ZONE
from workflows.errors import Conflict, NotAllowed, NotFound
from workflows.move_lists import Search

V2 = Version(
    steps=("write", "check", "confirm", "sign"),
    terms={"check": "workdays(2)"},
    names={"check": "复核"},
)
LATE = Version(late={"check": "workdays(5)"})
Sessions = sessionmaker[Session]


@pytest.fixture
def office(session: Session, now: datetime) -> Office:
    return Office(session, now, V1, V2)


def run(office: Office, sessions: Sessions, *, now: datetime | None = None) -> int:
    """The job has had its turn; what it did is seen here."""
    office.session.commit()
    done = jobs.move_cases(sessions, now=now or office.now)
    office.session.expire_all()
    return done


def tried(office: Office, sessions: Sessions, to: int = 2, **more: object) -> MovePlan:
    plan = office.plan(to, **more)
    run(office, sessions)
    assert plan.state == "examined"
    return plan


def moved(office: Office, sessions: Sessions, to: int = 2, **more: object) -> MovePlan:
    plan = tried(office, sessions, to, **more)
    office.approve(plan)
    run(office, sessions)
    return plan


def whole(office: Office, case: Case) -> None:
    """Engine and rows agree, and somebody has the step in his inbox."""
    run_ = cases.look(office.session, case, now=office.now)
    assert case_moves.faults(office.session, run_) == ""
    for task in case_moves.open_tasks(office.session, case):
        assert office.session.scalar(select(func.count()).where(Inbox.task_id == task.id))


def test_a_plan_is_tried_approved_and_run(office: Office, sessions: Sessions) -> None:
    first, second, third = office.begin(3)
    office.do(second, "write", text="一")
    office.do(third, "write", text="二")
    office.do(third, "check", text="三")
    plan = tried(office, sessions)
    assert office.states(plan) == ["waiting"] * 3
    rows = office.session.scalars(select(CaseMove).order_by(CaseMove.id)).all()
    assert [one.passed for one in rows] == [[], [], ["confirm"]]
    assert office.open_nodes(second) == ["check"], "nothing has moved yet"
    office.approve(plan)
    run(office, sessions)
    assert plan.state == "moved"
    assert office.states(plan) == ["moved"] * 3
    assert {one.sound for one in office.session.scalars(select(CaseMove))} == {True}
    for case in (first, second, third):
        whole(office, case)
    office.do(second, "check", text="四")
    assert office.open_nodes(second) == ["confirm"]
    office.do(third, "sign", text="五")
    assert third.status == "finished"


def test_an_open_task_is_the_same_task(office: Office, sessions: Sessions) -> None:
    (case,) = office.begin()
    office.do(case, "write", text="一")
    task = office.cast.open_task(case, "check")
    rights = office.cast.rights("supervisor", office.now)
    tasks.save_draft(office.session, task.id, {"text": "半"}, rights=rights, now=office.now)
    before = task.id, task.engine_id, task.due_at, task.first_due_at
    waits = set(office.session.scalars(select(Inbox.principal).where(Inbox.task_id == task.id)))
    moved(office, sessions)
    task = office.cast.open_task(case, "check")
    assert (task.id, task.engine_id, task.due_at, task.first_due_at) == before
    assert (task.name, task.due_origin) == ("复核", "workdays(5)")
    inbox = select(Inbox.principal).where(Inbox.task_id == task.id)
    assert set(office.session.scalars(inbox)) == waits
    assert office.session.scalars(select(Draft.answers)).all() == [{"text": "半"}]
    opened = tasks.get(office.session, task.id, rights=rights, now=office.now)
    assert opened.draft is not None


def day(moment: datetime | None) -> str:
    assert moment is not None
    return moment.astimezone(ZONE).date().isoformat()


@pytest.mark.parametrize(
    ("days", "due"),
    [(1, "2026-03-04"), (8, "2026-03-09"), (3, "2026-03-06")],
    ids=["in time", "late anyhow", "not late by the rule"],
)
def test_the_new_term_counts_from_the_opening_and_makes_nobody_late(
    office: Office, sessions: Sessions, days: int, due: str
) -> None:
    """Opened on 2 March with five working days; the new version gives two."""
    (case,) = office.begin()
    office.do(case, "write", text="一")
    assert day(office.cast.open_task(case, "check").due_at) == "2026-03-09"
    plan = tried(office, sessions, new_deadlines=True)
    office.approve(plan)
    run(office, sessions, now=office.now + timedelta(days=days))
    task = office.cast.open_task(case, "check")
    assert day(task.due_at) == due
    assert (task.first_due_at, task.due_origin) == (task.due_at, "workdays(2)")
    rows = office.session.scalars(select(Inbox.due).where(Inbox.task_id == task.id)).all()
    assert task.due_at is not None
    assert set(rows) == {int(task.due_at.timestamp())}


def test_what_was_extended_keeps_its_term(office: Office, sessions: Sessions) -> None:
    (case,) = office.begin()
    office.do(case, "write", text="一")
    task = office.cast.open_task(case, "check")
    later = office.now + timedelta(days=30)
    calendar = cases.look(office.session, case, now=office.now).act.calendar
    cases.move_due_date(office.session, task, later, calendar=calendar)
    moved(office, sessions, new_deadlines=True)
    assert office.cast.open_task(case, "check").due_at == later


@pytest.mark.parametrize("anew", [False, True])
def test_a_timer_keeps_its_time_or_takes_the_new_one(
    session: Session, sessions: Sessions, now: datetime, anew: bool
) -> None:
    office = Office(session, now, LATE, Version(late={"check": "workdays(2)"}))
    (case,) = office.begin()
    office.do(case, "write", text="一")
    moved(office, sessions, new_deadlines=anew)
    assert day(case.wake_at) == ("2026-03-04" if anew else "2026-03-09")
    whole(office, case)
    due = case.wake_at
    assert due is not None
    session.commit()
    jobs.wake_cases(sessions, now=due)
    session.expire_all()
    assert office.open_nodes(case) == ["sign"]


def test_refused_cases_stay_and_say_why(office: Office, sessions: Sessions) -> None:
    first, second = office.begin(2)
    office.do(second, "write", text="一")
    office.publish(Version(steps=("write", "sign")))
    plan = moved(office, sessions, 3)
    assert office.states(plan) == ["moved", "refused"]
    row = office.session.scalars(select(CaseMove).where(CaseMove.state == "refused")).one()
    assert row.reasons == [{"rule": "open_gone", "node": "check", "name": "check"}]
    whole(office, second)
    office.do(second, "check", text="二")
    assert office.open_nodes(second) == ["sign"]
    office.do(first, "write", text="三")
    assert office.open_nodes(first) == ["sign"]
    rights = office.cast.rights("process_admin", office.now)
    search = Search(rule="open_gone")
    found, _ = move_lists.lines(office.session, plan.id, search, rights=rights)
    assert [(one.title, one.version) for one in found] == [(second.title, 1)]
    search = Search(rule="done_gone")
    assert move_lists.lines(office.session, plan.id, search, rights=rights) == ([], None)


def test_a_renamed_step_is_carried_over_and_its_past_is_known(
    office: Office, sessions: Sessions
) -> None:
    (case,) = office.begin()
    office.do(case, "write", text="一")
    office.publish(Version(steps=("draft", "examine", "sign")))
    plan = office.plan(3, mapping={"write": "draft", "check": "examine"})
    run(office, sessions)
    office.approve(plan)
    run(office, sessions)
    assert office.states(plan) == ["moved"]
    nodes = select(Task.node, Task.definition_id).order_by(Task.id)
    assert office.session.execute(nodes).all() == [("draft", None), ("examine", None)]
    office.do(case, "examine", text="二")
    assert office.open_nodes(case) == ["sign"]


def test_what_was_done_is_kept_under_its_version(office: Office, sessions: Sessions) -> None:
    (case,) = office.begin()
    old = case.definition_id
    office.do(case, "write", text="一")
    plan = moved(office, sessions)
    done = select(Task.definition_id).where(Task.done_at.is_not(None))
    assert office.session.scalars(done).all() == [old]
    office.revert(plan)
    run(office, sessions)
    assert office.session.scalars(done).all() == [None]


def test_a_batch_goes_back_but_not_what_has_gone_on(office: Office, sessions: Sessions) -> None:
    first, second = office.begin(2)
    for case in (first, second):
        office.do(case, "write", text="一")
    before = first.state
    plan = moved(office, sessions, new_deadlines=True)
    assert day(office.cast.open_task(first, "check").due_at) == "2026-03-04"
    office.do(second, "check", text="二")
    office.revert(plan)
    run(office, sessions)
    assert plan.state == "reverted"
    assert office.states(plan) == ["reverted", "kept"]
    task = office.cast.open_task(first, "check")
    assert (day(task.due_at), task.name, task.due_origin) == ("2026-03-09", "check", "workdays(5)")
    assert first.state == before
    for case in (first, second):
        whole(office, case)
    kept = office.session.scalars(select(CaseMove.told).where(CaseMove.state == "kept")).one()
    assert "supervisor" in kept
    assert office.open_nodes(second) == ["confirm"]
    office.do(first, "check", text="三")
    assert office.open_nodes(first) == ["sign"]


def test_who_planned_it_does_not_approve_it(office: Office, sessions: Sessions) -> None:
    office.begin()
    plan = tried(office, sessions)
    rights = office.cast.rights("process_admin", office.now)
    with pytest.raises(NotAllowed):
        move_plans.approve(office.session, plan.id, rights=rights, now=office.now)
    stranger = office.cast.rights("supervisor", office.now)
    for act in (move_plans.approve, move_plans.give_up, move_plans.halt, move_plans.get):
        more = {} if act is move_plans.get else {"now": office.now}
        with pytest.raises(NotFound):
            act(office.session, plan.id, rights=stranger, **more)
    office.approve(plan)
    with pytest.raises(Conflict):
        office.approve(plan)


def test_one_plan_of_a_process_at_a_time(office: Office, sessions: Sessions) -> None:
    office.begin()
    plan = tried(office, sessions)
    with pytest.raises(Conflict) as told:
        office.plan(2)
    assert told.value.facts["who"] == "process_admin"
    rights = office.cast.rights("process_admin2", office.now)
    move_plans.give_up(office.session, plan.id, rights=rights, now=office.now)
    assert office.plan(2).state == "examining"


def test_cases_that_end_or_go_elsewhere_before_their_turn_are_passed_over(
    office: Office, sessions: Sessions
) -> None:
    (case,) = office.begin()
    plan = tried(office, sessions)
    for step in ("write", "check", "sign"):
        office.do(case, step, text="一")
    office.approve(plan)
    run(office, sessions)
    assert office.states(plan) == ["ended"]


def test_the_verdict_is_found_anew_when_the_turn_comes(office: Office, sessions: Sessions) -> None:
    (case,) = office.begin()
    office.publish(Version(steps=("write", "sign")))
    plan = tried(office, sessions, 3)
    assert office.states(plan) == ["waiting"]
    office.do(case, "write", text="一")
    office.approve(plan)
    run(office, sessions)
    assert office.states(plan) == ["refused"]
    assert office.open_nodes(case) == ["check"]


def test_a_halted_plan_goes_on_or_back(office: Office, sessions: Sessions) -> None:
    office.begin(2)
    plan = tried(office, sessions)
    office.approve(plan)
    session, rights = office.session, office.cast.rights("process_admin", office.now)
    (one, *_) = move_plans.next_moves(session, plan.id)
    assert move_plans.step(session, one, now=office.now) == 1
    move_plans.halt(session, plan.id, rights=rights, now=office.now)
    run(office, sessions)
    assert office.states(plan) == ["moved", "waiting"]
    move_plans.go_on(session, plan.id, rights=rights, now=office.now)
    run(office, sessions)
    assert office.states(plan) == ["moved", "moved"]


def fails(*_: object, **__: object) -> str:
    return "write"


def test_a_case_that_would_not_be_whole_stays_as_it_was(
    office: Office, sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case,) = office.begin()
    before = case.state, case.definition_id
    plan = tried(office, sessions)
    office.approve(plan)
    with monkeypatch.context() as patch:
        patch.setattr(case_moves, "faults", fails)
        run(office, sessions)
    assert office.states(plan) == ["failed"]
    assert (case.state, case.definition_id) == before
    told = office.session.scalars(select(CaseMove.told)).one()
    assert "write" in told
    whole(office, case)


def test_suspended_and_failed_cases_move_as_well(office: Office, sessions: Sessions) -> None:
    suspended, failed = office.begin(2)
    suspended.status, failed.status = "suspended", "failed"
    failed.attempts, failed.fault = 3, "x"
    moved(office, sessions)
    assert (suspended.status, suspended.wake_at) == ("suspended", None)
    assert (failed.status, failed.attempts) == ("running", 0)
    assert failed.fault is None


def test_it_is_on_record(office: Office, sessions: Sessions) -> None:
    (case,) = office.begin()
    plan = moved(office, sessions)
    office.revert(plan)
    run(office, sessions)
    wanted = select(AuditRow.action).order_by(AuditRow.id)
    of_plan = wanted.where(AuditRow.subject_id == str(plan.id))
    planned = ["move_planned", "move_approved", "move_reverted"]
    assert office.session.scalars(of_plan).all() == planned
    of_case = wanted.where(AuditRow.case_id == case.id, AuditRow.action.like("case_moved%"))
    assert office.session.scalars(of_case).all() == ["case_moved", "case_moved_back"]
    ((row, _, before, after, who),) = move_lists.of_case(office.session, case.id)
    assert (before, after, who) == (1, 2, "process_admin2")
    assert row.reverted_at is not None


def test_three_hundred_cases_move_and_none_is_without_a_task(
    office: Office, sessions: Sessions
) -> None:
    every = office.begin(3)
    for number, case in enumerate(every):
        for step in ("write", "check")[:number]:
            office.do(case, step, text="一")
    office.many(every, 297)
    plan = moved(office, sessions)
    assert office.states(plan) == ["moved"] * 300
    ids = office.session.scalars(select(Case.id)).all()
    open_tasks = select(Task.case_id).where(Task.done_at.is_(None))
    assert sorted(office.session.scalars(open_tasks)) == sorted(ids)
    told = move_lists.plan(
        office.session, plan.id, rights=office.cast.rights("process_admin", office.now)
    )
    assert (told.done, told.row.total, told.unsound) == (300, 300, 0)
    new = {office.session.get_one(MovePlan, plan.id).to_id}
    assert set(office.session.scalars(select(Case.definition_id))) == new


def test_the_job_run_twice_does_nothing_more(office: Office, sessions: Sessions) -> None:
    office.begin()
    moved(office, sessions)
    assert run(office, sessions) == 0
