"""What an edit of the working calendar does to the dates of open cases."""

from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditRow, Inbox, Task
from tests.cast import Cast
from tests.workflows import matter_paths as path
from tests.workflows import test_lights, test_rectifications
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
