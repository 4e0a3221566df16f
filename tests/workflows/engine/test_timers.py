"""Timers: read the command's time only, go off once each, in order, and are never made up."""

import datetime as dt
import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Never

import pytest

from tests.workflows.engine.drawing import (
    NOW,
    Case,
    Desk,
    boundary,
    catch,
    choice,
    el,
    end,
    flow,
    line,
    message,
    service,
    spec_of,
    start,
    sub,
    timer,
    user,
    wait,
)
from workflows.engine import EndlessLoop, EngineFault, Execution, NotReady
from workflows.engine.moments import read_cycle, read_duration, read_moment

HOUR = timedelta(hours=1)
CHINA = timezone(timedelta(hours=8))


def waiting(text: str, kind: str = "timeDate") -> str:
    return (
        start() + user("first", "after") + wait("pause", text, kind) + end()
        + line("begin", "first", "pause", "after", "finished")
    )  # fmt: skip


def overdue(text: str, *, stops: bool, kind: str = "timeDate") -> str:
    return (
        start()
        + user("work", "next")
        + service("remind")
        + boundary("late", "work", timer(text, kind), stops=stops)
        + end()
        + end("reminded")
        + line("begin", "work", "next", "finished")
        + line("late", "remind", "reminded")
    )


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("PT1H", NOW + HOUR),
        ("P3D", NOW + 72 * HOUR),
        ("P1M", datetime(2026, 4, 2, 9, tzinfo=UTC)),
        ("P2W", NOW + timedelta(weeks=2)),
        ("2026-03-05T10:00:00+08:00", datetime(2026, 3, 5, 2, tzinfo=UTC)),
        ("2026-03-05T10:00:00Z", datetime(2026, 3, 5, 10, tzinfo=UTC)),
        ("2026-W10-5T10:00:00+00:00", datetime(2026, 3, 6, 10, tzinfo=UTC)),
        ("due.result", datetime(2026, 3, 5, 2, tzinfo=UTC)),
        ("first.until", datetime(2026, 3, 5, 2, tzinfo=UTC)),
        ("workdays(days.reply)", NOW + timedelta(days=3)),
        ("text_of(days.reply)", NOW + timedelta(days=3)),
        ('duration("P1D")', NOW + timedelta(days=1)),
        ('date and time("2026-03-05T10:00:00+08:00")', datetime(2026, 3, 5, 2, tzinfo=UTC)),
        ('"2026-03-05T10:00:00+08:00"', datetime(2026, 3, 5, 2, tzinfo=UTC)),
        ("if true then due.result else 1", datetime(2026, 3, 5, 2, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_what_a_timer_may_say(text: str, due: datetime) -> None:
    """ISO 8601 is taken as it stands, anything else is FEEL."""
    desk = Desk(functions={"workdays": _workdays, "text_of": lambda n: _workdays(n).isoformat()})
    given = {"due": {"result": "2026-03-05T10:00:00+08:00"}, "days": {"reply": 3}}
    case = Case(spec_of(waiting(text)), desk, vars=given)
    case.do("first", until="2026-03-05T10:00:00+08:00")
    assert case.run.wake_at == due
    case.at(due - timedelta(seconds=1))
    assert case.open == []
    assert case.at(due) == 1
    assert case.open == ["after"]


def _workdays(days: Any) -> datetime:
    return NOW.astimezone(CHINA) + timedelta(days=int(days))


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-05T10:00:00",  # no offset
        "2026-03-05",
        'date and time("2026-03-05T10:00:00")',
        'date("2026-03-05")',
        "naive()",
        "due.unset",
        "1 + 1",
        "true",
        '"soon"',
        "P999999999Y",
        "PT99999999999H",
        "-PT1H",
        "P",
        "PT",
        "${today}",
        "nobody(3)",
    ],
)
def test_what_gives_no_time_is_refused(text: str) -> None:
    desk = Desk(functions={"naive": lambda: NOW.replace(tzinfo=None)})
    case = Case(spec_of(waiting(text)), desk)
    with pytest.raises(EngineFault) as refusal:
        case.do("first")
    assert refusal.value.zh
    assert refusal.value.en


@pytest.mark.parametrize("kind", ["timeDate", "timeDuration", "timeCycle"])
def test_the_kind_of_timer_does_not_matter_for_a_literal(kind: str) -> None:
    assert Case(spec_of(waiting("PT1H", kind))).do("first").run.wake_at == NOW + HOUR


def test_a_time_that_has_passed_goes_off_at_once() -> None:
    case = Case(spec_of(waiting("2026-01-01T00:00:00+08:00"))).do("first")
    assert case.open == ["after"]
    assert case.run.wake_at is None


def test_an_interrupting_timer_ends_the_step() -> None:
    case = Case(spec_of(overdue("PT1H", stops=True)))
    assert (case.open, case.run.wake_at) == (["work"], NOW + HOUR)
    assert case.at(NOW + HOUR) == 1
    assert case.outcome == "reminded"
    assert case.desk.called == ["remind"]


def test_a_reminder_leaves_the_step_open() -> None:
    case = Case(spec_of(overdue("PT1H", stops=False)))
    assert case.at(NOW + 9 * HOUR) == 1
    assert case.open == ["work"]
    assert case.run.wake_at is None
    assert case.at(NOW + 10 * HOUR) == 0
    case.do("work").do("next")
    assert (case.desk.called, case.finished) == (["remind"], True)


def test_doing_the_step_disarms_its_timer() -> None:
    for stops in (True, False):
        case = Case(spec_of(overdue("PT1H", stops=stops))).do("work")
        assert case.run.wake_at is None
        assert case.at(NOW + 9 * HOUR) == 0
        assert case.open == ["next"]


def test_a_person_who_acts_before_the_clock_woke_up_is_in_time() -> None:
    case = Case(spec_of(overdue("PT1H", stops=True)))
    case.now = NOW + 5 * HOUR
    assert case.do("work").open == ["next"]


def test_a_cycle_reminds_again_and_again() -> None:
    case = Case(spec_of(overdue("R/PT1H", stops=False, kind="timeCycle")))
    for hour in range(1, 4):
        assert case.run.wake_at == NOW + hour * HOUR
        assert case.at(NOW + hour * HOUR) == 1
    assert case.desk.called == ["remind"] * 3
    assert case.do("work").run.wake_at is None


def test_a_cycle_does_not_make_up_for_what_was_missed() -> None:
    case = Case(spec_of(overdue("R/PT1H", stops=False, kind="timeCycle")))
    assert case.at(NOW + 10 * HOUR + HOUR / 2) == 1
    assert case.desk.called == ["remind"]
    assert case.run.wake_at == NOW + 11 * HOUR


def test_a_counted_cycle_ends() -> None:
    case = Case(spec_of(overdue("R3/PT1H", stops=False, kind="timeCycle")))
    for hour in range(1, 7):
        case.at(NOW + hour * HOUR)
    assert case.desk.called == ["remind"] * 3
    assert case.run.wake_at is None
    assert case.do("work").open == ["next"]


def test_a_counted_cycle_counts_the_missed_rounds_too() -> None:
    case = Case(spec_of(overdue("R3/PT1H", stops=False, kind="timeCycle")))
    assert case.at(NOW + 2 * HOUR) == 1
    assert case.run.wake_at == NOW + 3 * HOUR
    assert case.at(NOW + 9 * HOUR) == 1
    assert case.run.wake_at is None


def test_a_cycle_by_months_keeps_the_calendar() -> None:
    case = Case(spec_of(overdue("R/2026-03-31T09:00:00Z/P1M", stops=False, kind="timeCycle")))
    dues = []
    for _ in range(3):
        assert case.run.wake_at is not None
        dues.append(case.run.wake_at)
        case.at(case.run.wake_at)
    assert [due.month for due in dues] == [3, 4, 5]


def test_an_interrupting_cycle_goes_off_once() -> None:
    case = Case(spec_of(overdue("R/PT1H", stops=True, kind="timeCycle")))
    assert case.at(NOW + 5 * HOUR) == 1
    assert case.desk.called == ["remind"]
    assert case.outcome == "reminded"


def test_what_a_reminder_started_stays_when_the_step_is_done() -> None:
    body = (
        start() + user("work", "next", "propose") + end() + end("proposed")
        + boundary("late", "work", timer("R/PT1H", "timeCycle"), stops=False)
        + line("begin", "work", "next", "finished") + line("late", "propose", "proposed")
    )  # fmt: skip
    case = Case(spec_of(body))
    case.at(NOW + HOUR)
    case.at(NOW + 2 * HOUR)
    assert case.open == ["propose", "propose", "work"]
    assert case.do("work").open == ["next", "propose", "propose"]
    case.do("next").do("propose").do("propose")
    assert case.finished


def test_after_an_outage_each_due_timer_goes_off_once_in_order() -> None:
    body = (
        start() + user("work") + service("yellow", "orange", "red") + end()
        + "".join(
            boundary(f"at_{n}", "work", timer(f"PT{n}H"), stops=False) + el("endEvent", f"end_{n}")
            for n in (3, 1, 2)
        )
        + line("begin", "work", "finished")
        + line("at_1", "yellow", "end_1") + line("at_2", "orange", "end_2")
        + line("at_3", "red", "end_3")
    )  # fmt: skip
    case = Case(spec_of(body))
    assert case.at(NOW + 50 * HOUR) == 3
    assert case.desk.called == ["yellow", "orange", "red"]
    assert case.at(NOW + 51 * HOUR) == 0


def test_an_earlier_timer_stops_what_a_later_one_would_do() -> None:
    inner = (
        start("handling_begun") + user("work") + service("remind") + end("done") + end("reminded")
        + boundary("late", "work", timer("PT2H"), stops=False)
        + line("handling_begun", "work", "done") + line("late", "remind", "reminded")
    )  # fmt: skip
    body = (
        start() + sub("handling", inner) + user("after") + end()
        + boundary("over", "handling", timer("PT1H"), stops=True)
        + line("begin", "handling", "finished") + line("over", "after", "finished")
    )  # fmt: skip
    case = Case(spec_of(body))
    assert case.at(NOW + 5 * HOUR) == 1
    assert case.open == ["after"]
    assert case.desk.called == []


def test_the_first_event_decides_and_each_timer_has_its_own_time() -> None:
    body = (
        start()
        + el("eventBasedGateway", "which")
        + catch("paid", "payment")
        + wait("short", "PT1H")
        + wait("long", "PT5H")
        + user("archive", "chase", "write_off")
        + end()
        + line("begin", "which", "paid", "archive", "finished")
        + line("which", "long", "write_off", "finished")
        + line("which", "short", "chase", "finished")
    )
    spec = spec_of(body, extra=message("payment"))
    case = Case(spec)
    assert case.run.wake_at == NOW + HOUR
    assert case.run.awaited_messages() == ["paid"]
    assert case.run.tokens() == ["which"]
    assert Case(spec).send("payment", amount=3).open == ["archive"]
    assert Case(spec).send("payment", amount=3).vars["paid"] == {"amount": 3}
    late = Case(spec)
    assert late.at(NOW + 9 * HOUR) == 1
    assert late.open == ["chase"]
    assert late.run.wake_at is None
    with pytest.raises(NotReady):
        late.send("payment")
    moved = Case(spec)
    moved.act(lambda run: run.reschedule("short", NOW + 7 * HOUR))
    assert moved.run.wake_at == NOW + 5 * HOUR
    moved.at(NOW + 6 * HOUR)
    assert moved.open == ["write_off"]


def test_an_armed_timer_can_be_given_another_time() -> None:
    case = Case(spec_of(overdue("PT1H", stops=True)))
    case.act(lambda run: run.reschedule("late", datetime(2026, 3, 9, 18, tzinfo=CHINA)))
    assert case.run.wake_at == datetime(2026, 3, 9, 10, tzinfo=UTC)
    assert case.at(NOW + 2 * HOUR) == 0
    assert case.at(datetime(2026, 3, 9, 10, tzinfo=UTC)) == 1


def test_only_one_waiting_timer_can_be_moved() -> None:
    case = Case(spec_of(overdue("PT1H", stops=True)))
    with pytest.raises(NotReady):
        case.act(lambda run: run.reschedule("work", NOW))
    with pytest.raises(EngineFault, match="offset"):
        case.act(lambda run: run.reschedule("late", NOW.replace(tzinfo=None)))
    case.do("work")
    with pytest.raises(NotReady):
        case.act(lambda run: run.reschedule("late", NOW + HOUR))


def test_coming_back_to_a_step_arms_its_timer_anew() -> None:
    body = (
        start() + user("work", "check", "escalated") + end()
        + boundary("late", "work", timer("PT1H"), stops=True)
        + choice("verdict", "finished", work="check.back")
        + line("begin", "work", "check", "verdict") + line("late", "escalated", "finished")
    )  # fmt: skip
    case = Case(spec_of(body)).do("work")
    case.now = NOW + 10 * HOUR
    case.do("check", back=True)
    assert case.run.wake_at == NOW + 11 * HOUR


def test_a_clock_loop_waits_for_its_next_moment_each_round() -> None:
    body = (
        start() + service("judge") + wait("wait_change", "due.watch")
        + choice("over", "wait_change", finished="rounds = 4") + end()
        + line("begin", "judge", "over") + flow("wait_change", "judge")
    )  # fmt: skip

    def judge(call: Any) -> None:
        call.vars["rounds"] = call.vars.get("rounds", 0) + 1
        call.vars["due"] = {"watch": (call.now + HOUR).isoformat()}

    case = Case(spec_of(body), Desk({"judge": judge}))
    assert case.at(NOW + 100 * HOUR) == 1, "one step per waking, though the machine was off"
    assert case.run.wake_at == NOW + 101 * HOUR
    case.at(NOW + 101 * HOUR)
    case.at(NOW + 102 * HOUR)
    assert case.finished


def test_a_clock_loop_that_never_waits_is_a_visible_fault() -> None:
    body = (
        start() + user("ask") + service("judge") + wait("pause", "2026-01-01T00:00:00Z") + end()
        + choice("over", "pause", finished="ask.never") + line("begin", "ask", "judge", "over")
        + flow("pause", "judge")
    )  # fmt: skip
    with pytest.raises(EndlessLoop):
        Case(spec_of(body)).do("ask")


def test_no_clock_is_read_while_the_engine_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_of(overdue("R/PT1H", stops=False, kind="timeCycle"))
    other = spec_of(waiting("P1M"))

    def forbidden(*_: object) -> Never:
        raise AssertionError("the wall clock was read")

    class Stopped(datetime):
        now = utcnow = today = forbidden  # type: ignore[assignment]

    for name in ("time", "time_ns", "monotonic", "localtime", "gmtime"):
        monkeypatch.setattr(time, name, forbidden)
    monkeypatch.setattr(dt, "datetime", Stopped)
    monkeypatch.setattr("SpiffWorkflow.bpmn.specs.event_definitions.timer.datetime", Stopped)
    case = Case(spec)
    case.at(NOW + HOUR)
    case.do("work").do("next")
    assert case.finished
    assert Case(other).do("first").run.wake_at == datetime(2026, 4, 2, 9, tzinfo=UTC)


def test_a_naive_now_is_refused() -> None:
    with pytest.raises(EngineFault, match="offset"):
        Execution.start(
            spec_of(waiting("PT1H")), vars={}, host=Desk(), now=NOW.replace(tzinfo=None)
        )


@pytest.mark.parametrize(
    "text", ["", "P1", "1D", "P1H", "PT1D", "P-1D", "PT1.5H", "P1Y2", "p1d", "P1D ", "P99999Y"]
)
def test_what_is_no_duration(text: str) -> None:
    assert read_duration(text) is None


def test_durations_months_and_cycles_are_read_by_the_calendar() -> None:
    end_of_january = datetime(2028, 1, 31, tzinfo=UTC)
    month = read_duration("P1M")
    assert month is not None
    assert month.after(end_of_january) == datetime(2028, 2, 29, tzinfo=UTC)
    assert read_moment("2026-13-01") is None
    cycle = read_cycle("R5/PT2H", NOW)
    assert cycle is not None
    assert (cycle.times, cycle.start) == (5, NOW + 2 * HOUR)
    with pytest.raises(EngineFault, match="once a minute"):
        read_cycle("R/PT1S", NOW)
