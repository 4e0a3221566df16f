"""判灯: the light follows the table and the calendar, rises by itself, and falls only for cause."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Extension, Finding, LightEvent, Matter, Proposal
from tests.cast import Cast
from tests.workflows import matter_paths as path
from tests.workflows.matter_paths import do, hand_in, open_nodes, review, the_matter, wake
from workflows import cases, findings, lights, tasks
from workflows.errors import Conflict, Invalid, NotFound, Refused


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return path.supervised_city(session, now)


def events(cast: Cast, case: Case) -> list[str]:
    matter = the_matter(cast, case)
    wanted = select(LightEvent.after).where(LightEvent.matter_id == matter.id)
    return list(cast.session.scalars(wanted.order_by(LightEvent.id)))


def beijing(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC) - timedelta(hours=8)


def ordered(cast: Cast, case: Case, now: datetime) -> None:
    answers = {"mode": "on_site", "text": "现场督办", "visit_on": "2026-04-01"}
    do(cast, case, "order_on_site", "work_deputy", now, **answers)


def ask(cast: Cast, case: Case, now: datetime) -> None:
    task = path.open_task(cast, case, "do_work")
    answers = {"reason": "需上级批复", "forecast": "2026-03-25", "progress": "过半"}
    rights = cast.rights("finance_handler", now)
    tasks.take_act(cast.session, task.id, "extension_asked", answers, rights=rights, now=now)


def decide(cast: Cast, case: Case, now: datetime, **decision: object) -> None:
    support = {"support": True, "opinion": "情况属实"}
    do(cast, case, "extension_opinion", "finance_leader", now, **support)
    do(cast, case, "extension_check", "supervisor", now, **support)
    do(cast, case, "extension_decide", "work_deputy", now, opinion="已阅", **decision)


def test_the_ladder_by_the_calendar(cast: Cast, now: datetime) -> None:
    """Due on Monday 16 March: blue three working days before, yellow at once, red after five."""
    case = path.working(cast, now)
    assert (the_matter(cast, case).light, case.wake_at) == ("green", beijing(3, 11))
    wake(cast, case)
    assert the_matter(cast, case).light == "blue"
    assert case.wake_at == beijing(3, 17)
    wake(cast, case)
    assert the_matter(cast, case).light == "yellow"
    assert open_nodes(cast, case) == ["do_work", "urge"]
    do(cast, case, "urge", "supervisor", beijing(3, 17, 9), new_date="2026-03-24", text="请速办")
    assert case.wake_at == beijing(3, 24)
    wake(cast, case)
    assert the_matter(cast, case).light == "red"
    assert open_nodes(cast, case) == ["do_work", "order_on_site"]
    assert events(cast, case) == ["blue", "yellow", "red"]


def test_each_change_says_why(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    wake(cast, case)
    event = cast.session.scalars(select(LightEvent)).one()
    assert event.decision_id is not None
    assert event.why["inputs"]["days_left"] == 3
    assert event.why["rows"] == [10]
    assert event.why["calendar"].startswith("2026")


def test_a_missed_urging_turns_red(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now, floor="yellow")
    do(cast, case, "urge", "supervisor", now, new_date="2026-03-04", text="请速办")
    assert case.wake_at == beijing(3, 5)
    wake(cast, case)
    assert the_matter(cast, case).light == "red"


def test_red_for_too_long_is_proposed_once_and_moves_nobody(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now, floor="red")
    ordered(cast, case, now)
    assert case.wake_at == beijing(3, 10)
    wake(cast, case)
    proposal = cast.session.scalars(select(Proposal)).one()
    assert (proposal.ground, proposal.measure, proposal.status) == (
        "red_over",
        "reminder",
        "proposed",
    )
    assert proposal.subject_unit_id == cast.units["finance"].id
    assert case.wake_at is None
    assert open_nodes(cast, case) == ["do_work"]
    assert [one.process for one in cast.session.scalars(select(Case))] == ["supervision"]


def test_three_red_matters_of_a_unit_are_a_ground(cast: Cast, now: datetime) -> None:
    for number in range(3):
        key = f"matter:meeting:{number}:finance"
        case = path.working(cast, now, floor="red", key=key, title=f"事项{number}")
        ordered(cast, case, now)
        proposed = cast.session.scalars(select(Proposal.ground)).all()
        assert proposed == (["unit_reds"] if number == 2 else [])


def test_a_false_report_is_a_ground(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    hand_in(cast, case, now)
    review(cast, case, now, "false_report", redo_by="2026-03-20")
    ordered(cast, case, now)
    proposal = cast.session.scalars(select(Proposal)).one()
    assert (proposal.ground, proposal.measure) == ("false_report", "interview")
    assert proposal.findings == [str(cast.session.scalars(select(Finding.id)).one())]


def test_the_light_falls_for_a_corrected_fact(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    hand_in(cast, case, now)
    review(cast, case, now, "false_report", redo_by="2026-03-20")
    finding = cast.session.scalars(select(Finding)).one()
    findings.mark_unfounded(cast.session, finding, "反馈属实", by=cast.users["supervisor"], now=now)
    ordered(cast, case, now)
    assert the_matter(cast, case).light == "green"
    assert events(cast, case) == ["red", "green"]


def test_the_light_never_falls_by_itself(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    later = wake(cast, case)
    hand_in(cast, case, later)
    review(cast, case, later, "return", redo_by="2026-04-30")
    assert the_matter(cast, case).light == "blue"


def test_a_granted_extension_moves_date_task_and_light(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    matter, first = the_matter(cast, case), the_matter(cast, case).due_at
    at = wake(cast, case)
    ask(cast, case, at)
    decide(cast, case, at, granted=True, new_due="2026-03-27")
    assert matter.first_due_at == first
    assert matter.due_at == path.open_task(cast, case, "do_work").due_at != first
    assert events(cast, case) == ["blue", "green"]
    assert cast.session.scalars(select(Extension.granted)).one() is True
    assert (matter.light, case.wake_at) == ("green", beijing(3, 24))
    wake(cast, case)
    assert matter.light == "blue"


def test_a_refused_extension_moves_nothing(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    due = the_matter(cast, case).due_at
    ask(cast, case, now)
    decide(cast, case, now, granted=False)
    assert the_matter(cast, case).due_at == due
    with pytest.raises(Conflict):
        ask(cast, case, now)


def test_an_extension_is_asked_before_the_date_and_bounded(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    with pytest.raises(Refused), cast.session.begin_nested():
        ask(cast, case, beijing(3, 17))
    ask(cast, case, beijing(3, 16, 20))
    with pytest.raises(Invalid) as refusal:
        decide(cast, case, beijing(3, 16, 20), granted=True, new_due="2026-03-31")
    assert "new_due" in refusal.value.fields


def test_only_the_handler_asks_for_an_extension(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    task = path.open_task(cast, case, "do_work")
    answers = {"reason": "需上级批复", "forecast": "2026-03-25", "progress": "过半"}
    for who in ("finance_leader", "planning_handler", "supervisor"):
        with pytest.raises(NotFound):
            tasks.take_act(
                cast.session,
                task.id,
                "extension_asked",
                answers,
                rights=cast.rights(who, now),
                now=now,
            )


def test_a_submitted_matter_is_watched_no_more(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    hand_in(cast, case, now)
    assert case.wake_at is None
    assert cases.wake(cast.session, case.id, now=now + timedelta(days=60)) == 0
    assert cast.session.scalars(select(Matter.light)).one() == "green"


def test_the_light_moves_while_the_urging_waits_to_be_written(cast: Cast, now: datetime) -> None:
    """The supervisor does nothing: yellow turns red all the same, once."""
    case = path.working(cast, now)
    for _ in range(2):
        wake(cast, case)
    assert open_nodes(cast, case) == ["do_work", "urge"]
    assert case.wake_at is None
    matter = the_matter(cast, case)
    assert matter.watch_at == beijing(3, 24)
    assert lights.due_ids(cast.session, now=beijing(3, 23)) == []
    assert lights.due_ids(cast.session, now=beijing(3, 24)) == [case.id]
    assert lights.look_again(cast.session, case.id, now=beijing(3, 24)) == 1
    assert (matter.light, events(cast, case)) == ("red", ["blue", "yellow", "red"])
    assert lights.look_again(cast.session, case.id, now=beijing(3, 24)) == 0
    assert open_nodes(cast, case) == ["do_work", "urge"]
    do(cast, case, "urge", "supervisor", beijing(3, 24, 9), new_date="2026-03-26", text="请速办")
    assert open_nodes(cast, case) == ["do_work", "order_on_site"]


def test_the_watch_ends_with_the_submission(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    hand_in(cast, case, now)
    assert the_matter(cast, case).watch_at is None


def test_a_corrected_red_is_counted_against_nobody(cast: Cast, now: datetime) -> None:
    """Guard 5: two red matters and one whose fact did not stand are no ground together."""
    case = path.working(cast, now, key="matter:meeting:9:finance", title="不实")
    hand_in(cast, case, now)
    review(cast, case, now, "false_report", redo_by="2026-03-20")
    finding = cast.session.scalars(select(Finding)).one()
    findings.mark_unfounded(cast.session, finding, "反馈属实", by=cast.users["supervisor"], now=now)
    ordered(cast, case, now)
    for number in range(2):
        key = f"matter:meeting:{number}:finance"
        other = path.working(cast, now, floor="red", key=key, title=f"事项{number}")
        ordered(cast, other, now)
    assert cast.session.scalars(select(Proposal.ground)).all() == []
