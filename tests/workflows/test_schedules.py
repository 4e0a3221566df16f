from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from models import Node, Schedule
from models.ids import new_id
from workflows import schedules
from workflows.errors import Invalid, NotFound

Sessions = sessionmaker[Session]
HOUR = timedelta(hours=1)


def every_hour(session: Session, now: datetime) -> Schedule:
    return schedules.lay_down(session, "sweep", "settle_missed", now=now, every_minutes=60)


def test_it_fires_when_it_is_due_and_not_before(session: Session, now: datetime) -> None:
    every_hour(session, now)
    assert schedules.due(session, now + HOUR - timedelta(seconds=1)) == []
    fired = schedules.due(session, now + HOUR)
    assert fired == [schedules.Fired("sweep", "settle_missed", now + HOUR)]
    assert schedules.due(session, now + HOUR) == []


def test_missed_slots_become_one(session: Session, now: datetime) -> None:
    schedule = every_hour(session, now)
    later = now + timedelta(days=3, minutes=7)
    assert len(schedules.due(session, later)) == 1
    session.refresh(schedule)
    assert (schedule.last_at, schedule.next_at) == (later, later + HOUR)


def test_of_two_nodes_one_fires(sessions: Sessions, now: datetime) -> None:
    with sessions.begin() as session:
        for number in range(20):
            schedules.lay_down(session, f"s{number}", "sweep", now=now, every_minutes=5)
    fired = []
    for round_ in range(1, 6):
        at = now + round_ * timedelta(minutes=5)
        for _node in range(2):
            with sessions.begin() as session:
                fired += [(one.name, one.slot) for one in schedules.due(session, at)]
    assert len(fired) == len(set(fired)) == 100


def test_a_node_that_saw_an_old_slot_loses(sessions: Sessions, now: datetime) -> None:
    with sessions.begin() as session:
        every_hour(session, now)
    slot, at = now + HOUR, now + HOUR + timedelta(minutes=1)
    with sessions.begin() as quick:
        assert schedules._win(quick, "sweep", slot, at)
    with sessions.begin() as slow:
        assert schedules._win(slow, "sweep", slot, at) is None


def test_a_daily_time_is_that_of_the_organisation(session: Session, now: datetime) -> None:
    daily = schedules.lay_down(session, "night", "sweep", now=now, daily_at="06:30")
    assert daily.next_at == datetime(2026, 3, 2, 22, 30, tzinfo=UTC)  # tomorrow: it is nine now
    (fired,) = schedules.due(session, daily.next_at)
    assert fired.slot == datetime(2026, 3, 2, 22, 30, tzinfo=UTC)
    session.refresh(daily)
    assert daily.next_at == datetime(2026, 3, 3, 22, 30, tzinfo=UTC)


def test_laying_down_again_keeps_the_next_time(session: Session, now: datetime) -> None:
    first = every_hour(session, now).next_at
    assert every_hour(session, now + HOUR / 2).next_at == first
    changed = schedules.lay_down(session, "sweep", "settle_missed", now=now, every_minutes=30)
    assert changed.next_at == now + HOUR / 2


def test_a_schedule_that_rests_does_not_fire(session: Session, now: datetime) -> None:
    every_hour(session, now)
    schedules.enable(session, "sweep", False, now=now)
    assert schedules.due(session, now + 5 * HOUR) == []
    schedules.enable(session, "sweep", True, now=now + 5 * HOUR)
    assert schedules.due(session, now + 5 * HOUR) == []
    assert len(schedules.due(session, now + 6 * HOUR)) == 1
    with pytest.raises(NotFound):
        schedules.enable(session, "nothing", True, now=now)


@pytest.mark.parametrize(
    "rhythm",
    [
        {},
        {"every_minutes": 5, "daily_at": "06:30"},
        {"every_minutes": 0},
        {"daily_at": "25:00"},
        {"daily_at": "soon"},
    ],
)
def test_a_rhythm_that_means_nothing_is_refused(
    session: Session, now: datetime, rhythm: dict[str, object]
) -> None:
    with pytest.raises(Invalid):
        schedules.lay_down(session, "x", "sweep", now=now, **rhythm)  # type: ignore[arg-type]


def test_a_job_is_a_known_name(session: Session, now: datetime) -> None:
    with pytest.raises(Invalid, match=r"os\.system"):
        schedules.lay_down(session, "x", "os.system", now=now, every_minutes=5, jobs={"sweep"})


def test_no_two_nodes_have_one_number(sessions: Sessions, now: datetime) -> None:
    numbers = []
    for owner in ("web-1", "web-2", "clock-1"):
        with sessions.begin() as session:
            numbers.append(schedules.lease_node(session, owner, now=now))
    assert sorted(numbers) == [0, 1, 2]
    with sessions.begin() as session:
        assert schedules.lease_node(session, "web-2", now=now) == numbers[1]


def test_a_number_taken_in_the_same_moment_is_passed_over(session: Session, now: datetime) -> None:
    session.add(Node(number=0, owner="other", lease_until=now + HOUR))
    session.flush()
    session.expunge_all()
    assert not schedules._take_number(session, 0, "me", now)
    assert schedules.lease_node(session, "me", now=now) == 1


def test_a_lease_that_ran_out_is_given_on(session: Session, now: datetime) -> None:
    assert schedules.lease_node(session, "old", now=now) == 0
    later = now + schedules.LEASE + timedelta(seconds=1)
    assert not schedules.renew_node(session, 0, "old", now=later)
    assert schedules.lease_node(session, "new", now=later) == 0
    assert not schedules.renew_node(session, 0, "old", now=later)
    assert schedules.renew_node(session, 0, "new", now=later)


def test_when_all_numbers_are_out_it_is_said(
    session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedules, "NUMBERS", 2)
    for owner in ("a", "b"):
        schedules.lease_node(session, owner, now=now)
    with pytest.raises(Invalid, match="2"):
        schedules.lease_node(session, "c", now=now)


def test_ids_carry_the_leased_number(session: Session, now: datetime) -> None:
    session.add(Node(number=0, owner="other", lease_until=now + HOUR))
    session.flush()
    try:
        assert schedules.use_node(session, "me", now=now) == 1
        assert new_id() >> 12 & 1023 == 1
    finally:
        new_id.use_node(0)
