"""What an edit of the working calendar does to the dates of open cases."""

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditRow, ExecutionItem, Inbox, Proposal, Task
from tests.cast import Cast
from tests.workflows import matter_paths as path
from tests.workflows import steps, test_lights, test_rectifications
from workflows import calendar_changes, calendars, cases, suspensions
from workflows.calendar_changes import Moved
from workflows.deadlines import day_of

OFF = date(2026, 3, 3)  # tomorrow


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return path.supervised_city(session, now)


def close_the_office(cast: Cast, now: datetime, *days: date) -> Moved:
    """The days are off, by a notice that came late."""
    year = {**calendars.days_of(cast.session, 2026)}
    year |= dict.fromkeys(days, (False, "临时放假"))
    moved = calendar_changes.enter(cast.session, 2026, year, notice="更正", by=None, now=now)
    cast.session.expire_all()
    return moved


def due_on(task: Task) -> date:
    assert task.due_at is not None
    return day_of(task.due_at)


def next_workday(cast: Cast, day: date) -> date:
    return calendars.load(cast.session).add_workdays(day, 1)


def test_a_step_keeps_its_working_days(cast: Cast, now: datetime) -> None:
    case = path.opened(cast, now)
    task = path.open_task(cast, case, "draft_matter")
    was = due_on(task)
    assert task.calendar == "2026r1"
    moved = close_the_office(cast, now, OFF)
    task = path.open_task(cast, case, "draft_matter")
    assert moved.task_ids == (task.id,)
    assert due_on(task) == next_workday(cast, was)
    assert (task.first_due_at, task.calendar) == (task.due_at, "2026r2")
    rows = cast.session.scalars(select(Inbox.due).where(Inbox.task_id == task.id)).all()
    assert set(rows) == {int(task.due_at.timestamp())}  # type: ignore[union-attr]
    line = cast.session.scalars(select(AuditRow).where(AuditRow.action == "dates_recomputed")).one()
    assert line.case_id == case.id
    assert close_the_office(cast, now, OFF).task_ids == ()


def test_a_day_after_the_due_date_moves_nothing_and_only_the_label_is_new(
    cast: Cast, now: datetime
) -> None:
    case = path.opened(cast, now)
    was = path.open_task(cast, case, "draft_matter").due_at
    assert close_the_office(cast, now, date(2026, 11, 11)).task_ids == ()
    task = path.open_task(cast, case, "draft_matter")
    assert (task.due_at, task.calendar) == (was, "2026r2")


def test_what_lies_behind_is_not_reckoned_anew(cast: Cast, now: datetime) -> None:
    case = path.opened(cast, now)
    was = path.open_task(cast, case, "draft_matter").due_at
    assert close_the_office(cast, now, date(2026, 3, 2), date(2026, 2, 27)).task_ids == ()
    assert path.open_task(cast, case, "draft_matter").due_at == was


def test_the_matter_and_its_light_go_with_the_step(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    matter = path.the_matter(cast, case)
    was, watched = matter.due_at, matter.watch_at
    assert was is not None
    close_the_office(cast, now, OFF)
    matter = path.the_matter(cast, case)
    assert matter.due_at == path.open_task(cast, case, "do_work").due_at
    assert day_of(matter.due_at or now) == next_workday(cast, day_of(was))
    assert matter.first_due_at == matter.due_at
    assert matter.watch_at is not None
    assert watched is not None
    assert matter.watch_at > watched  # its ladder goes by working days left
    run = cases.look(cast.session, cases.load(cast.session, case.id), now=now)
    assert datetime.fromisoformat(run.execution.vars["due"]["result"]) == matter.due_at
    assert case.wake_at == matter.watch_at


def test_an_extended_date_was_named_and_stays(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    test_lights.ask(cast, case, now)
    test_lights.decide(cast, case, now, granted=True, new_due="2026-03-25")
    first = path.the_matter(cast, case).first_due_at
    close_the_office(cast, now, OFF)
    matter = path.the_matter(cast, case)
    assert day_of(matter.due_at or now) == date(2026, 3, 25)
    close_the_office(cast, now, OFF, date(2026, 3, 25))
    matter = path.the_matter(cast, case)
    assert day_of(matter.due_at or now) == date(2026, 3, 26)  # that day became a day off
    assert (matter.first_due_at, due_on(path.open_task(cast, case, "do_work"))) == (
        first,
        date(2026, 3, 26),
    )


def test_a_timer_goes_with_its_step(cast: Cast, now: datetime) -> None:
    """A list of problems waits for its plan; the timer goes off when the plan is late."""
    case = test_rectifications.opened(cast, now)
    task = path.open_task(cast, case, "rect_plan")
    was = task.due_at
    assert case.wake_at == was
    close_the_office(cast, now, OFF)
    task = path.open_task(cast, case, "rect_plan")
    assert task.due_at is not None
    assert was is not None
    assert task.due_at > was
    assert case.wake_at == task.due_at
    assert cases.wake(cast.session, case.id, now=was) == 0
    assert cases.wake(cast.session, case.id, now=task.due_at) == 1


def test_a_suspended_case_keeps_its_dates_until_it_goes_on(cast: Cast, now: datetime) -> None:
    case = path.opened(cast, now)
    rights = cast.rights("city_secretary", now)
    until = date(2026, 3, 31)
    suspensions.suspend(
        cast.session, case.id, reason="核实管辖", until=until, rights=rights, now=now
    )
    was = path.open_task(cast, case, "draft_matter").due_at
    moved = close_the_office(cast, now, OFF)
    task = path.open_task(cast, case, "draft_matter")
    assert (moved.task_ids, moved.left) == ((), (task.id,))
    assert (task.due_at, task.calendar) == (was, "2026r1")


def test_no_case_keeps_the_year_from_being_entered(cast: Cast, now: datetime) -> None:
    broken, sound = path.opened(cast, now), path.opened(cast, now, "matter:meeting:2:finance")
    broken.state = b"no state at all"
    cast.session.flush()
    moved = close_the_office(cast, now, OFF)
    assert moved.task_ids == (path.open_task(cast, sound, "draft_matter").id,)
    assert moved.left == (path.open_task(cast, broken, "draft_matter").id,)
    assert calendars.year_of(cast.session, 2026).revision == 2


def test_what_is_to_be_executed_keeps_its_working_days_and_its_terms(
    cast: Cast, now: datetime
) -> None:
    case = steps.in_force(cast, now)
    measure = steps.the_measure(cast, case)
    appeal = measure.appeal_until
    assert appeal is not None
    wanted = select(ExecutionItem).where(ExecutionItem.measure_id == measure.id)
    before = {one.id: one.due_at for one in cast.session.scalars(wanted)}
    assert before
    close_the_office(cast, now, OFF, day_of(appeal))
    items = list(cast.session.scalars(wanted))
    tasks = {
        one.item_key: one.due_at
        for one in cast.session.scalars(
            select(Task).where(Task.case_id == case.id, Task.node == "execute_item")
        )
    }
    for item in items:
        assert tasks[str(item.id)] == item.due_at
        assert day_of(item.due_at) == next_workday(cast, day_of(before[item.id])), item.kind
    told = cases.look(cast.session, cases.load(cast.session, case.id), now=now).execution.vars
    assert {int(key): datetime.fromisoformat(one["due"]) for key, one in told["items"].items()} == {
        one.id: one.due_at for one in items
    }
    measure = steps.the_measure(cast, case)
    assert measure.appeal_until is not None
    assert day_of(measure.appeal_until) == next_workday(cast, day_of(appeal))


def test_a_term_of_the_law_is_not_counted_in_working_days(cast: Cast, now: datetime) -> None:
    """A day off on the way moves the papers by a day, and no term that the law counts in months."""
    case = steps.in_force(cast, now, "finance_secretary", by="work_secretary", form="removal")
    wanted = select(ExecutionItem.law, ExecutionItem.due_at).where(
        ExecutionItem.measure_id == steps.the_measure(cast, case).id
    )
    before = {row.law: row.due_at for row in cast.session.execute(wanted)}
    assert set(before) == {True, False}
    close_the_office(cast, now, OFF)
    after = {row.law: row.due_at for row in cast.session.execute(wanted)}
    assert after[True] == before[True]
    assert after[False] > before[False]


def test_an_open_proposal_keeps_its_working_days(cast: Cast, now: datetime) -> None:
    open_one = steps.proposed(
        cast, now, "accountability", "finance_head", "finance", steps.fact(cast, now)
    )
    was = open_one.due_at
    close_the_office(cast, now, OFF)
    proposal = cast.session.get_one(Proposal, open_one.id)
    assert day_of(proposal.due_at) == next_workday(cast, day_of(was))
    line = cast.session.scalars(
        select(AuditRow).where(
            AuditRow.action == "dates_recomputed", AuditRow.subject_type == "proposal"
        )
    ).one()
    assert line.subject_id == str(proposal.id)
