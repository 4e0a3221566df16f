"""One task, two who end it at one moment: one does, the other is told who and when.

Both have the page open with the task still waiting. On PostgreSQL each request is held before it
takes its turn at the task; on SQLite, where a writing request is alone from its first statement
on, each is held at the door. The clock is held where it has found the case due.
"""

from datetime import datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select

from models import Case, Document, Measure, MeasureEvent
from tests.race.conftest import NOW, Town, local, refusal, won_and_lost
from tests.race.gate import Runner
from tests.workflows import steps
from webapp import db
from workflows import jobs, tasks
from workflows.access import rights_of
from workflows.errors import Conflict, DomainError

DEPUTY, SECRETARY, SUBJECT = "work_deputy", "work_secretary", "finance_secretary"
ORDERS = pytest.mark.parametrize("in_order", [True, False], ids=["in order", "at once"])


@pytest.fixture
def interview(town: Town) -> Case:
    """An interview waits to be approved: by the deputy, or by who ranks above him."""
    with town.writing() as cast:
        fact = steps.fact(cast, NOW, f"meeting:{next(town.facts)}")
        case = steps.proposed_case(cast, NOW, "interview", SUBJECT, "finance_committee", fact)
        answers = {
            "subject": ["organ_secretary"],
            "mode": "individual",
            "ground": "专题会议连续两个季度未召开",
            "basis": ["discipline_21"],
            "facts": steps.facts_of(cast, case),
            "talkers": steps.ids(cast, "work_deputy", "supervisor2"),
            "recorder": steps.ids(cast, "supervisor3")[0],
            "planned_at": "2026-03-06T09:00:00+08:00",
            "place": "工委会议室",
            "copy_to": "none",
        }
        steps.do(cast, case, "prepare_interview", "supervisor", NOW, **answers)
    return case


def approved_once(town: Town, case: Case, by: str) -> None:
    """The one act of the one person, and what follows from it, stand once."""
    task = town.task(case, "approve_interview")
    assert (task.done_by, task.ending) == (town.cast.users[by].id, "done")
    assert town.open_nodes(case) == ["confirm_interview"]
    assert town.said(case, "completed") == 2  # prepared, approved
    with town.reading() as session:
        papers = select(Document.template).where(Document.case_id == case.id)
        assert session.scalars(papers).all() == ["interview_notice"]
        states = select(MeasureEvent.state).join(Measure, Measure.id == MeasureEvent.measure_id)
        of_case = states.where(Measure.case_id == case.id).order_by(MeasureEvent.id)
        assert session.scalars(of_case).all() == ["preparing", "approved"]


@ORDERS
@pytest.mark.parametrize(
    "people", [(DEPUTY, "work_deputy2"), (DEPUTY, SECRETARY), (SECRETARY, DEPUTY), (DEPUTY, DEPUTY)]
)
def test_of_two_one_completes_it_and_the_other_is_told_who_and_when(
    town: Town, interview: Case, people: tuple[str, str], in_order: bool
) -> None:
    page = f"/tasks/{town.task(interview, 'approve_interview').id}"
    runners = [
        town.post(name, who, page, "complete", verdict="approve")
        for name, who in zip(("first", "second"), people, strict=True)
    ]
    answers = town.gate.race(*runners, in_order=in_order)
    won, lost = won_and_lost(*answers)
    winner = 0 if answers[0] is won else 1
    assert winner == 0 or not in_order
    approved_once(town, interview, people[winner])
    when = local(NOW + timedelta(minutes=winner))
    assert refusal(lost) == f"{people[winner]} 已于 {when} 办理此事项。"


@ORDERS
def test_who_has_loaded_it_in_the_very_transaction_is_told_too(
    town: Town, interview: Case, in_order: bool
) -> None:
    """On SQLite a second writer cannot even load: there each loads as a reader."""
    task_id = town.task(interview, "approve_interview").id

    def complete(who: str) -> DomainError | None:
        database, user, now = db.of(town.app), town.cast.users[who], town.tick()
        with database.write() as session, database.read() as reader:
            loads = reader if town.on_sqlite else session
            seen = tasks.get(loads, task_id, rights=rights_of(loads, user, now=now), now=now)
            town.gate.hold("loaded")
            try:
                tasks.complete(
                    session,
                    task_id,
                    {"verdict": "approve"},
                    rights=rights_of(session, user, now=now),
                    now=now,
                    version=seen.task.version,
                )
            except DomainError as refusal:
                return refusal
            session.commit()
        return None

    people = {"first": DEPUTY, "second": SECRETARY}
    runners = [Runner(name, "loaded", partial(complete, who)) for name, who in people.items()]
    refusals = town.gate.race(*runners, in_order=in_order)
    winner = refusals.index(None)
    assert winner == 0 or not in_order
    who, when = list(people.values())[winner], NOW + timedelta(minutes=winner)
    assert isinstance(refusals[1 - winner], Conflict)
    assert refusals[1 - winner].facts == {"who": who, "when": when}
    approved_once(town, interview, who)


@pytest.fixture
def reminder(town: Town) -> Case:
    """A letter waits for its reply until the day that it names is over."""
    with town.writing() as cast:
        fact = steps.fact(cast, NOW, f"meeting:{next(town.facts)}")
        case = steps.proposed_case(cast, NOW, "reminder", SUBJECT, "finance_committee", fact)
        answers = {
            "form": "letter",
            "ground": "专题会议未按期召开",
            "basis": ["discipline_21"],
            "facts": steps.facts_of(cast, case),
            "request": "说明情况并按期补开",
            "reply_due": "2026-03-09",
        }
        steps.do(cast, case, "decide_reminder", "finance_head", NOW, **answers)
    return case


def the_clock(town: Town, at: datetime) -> Runner:
    return Runner("clock", "wake", lambda: jobs.wake_cases(db.of(town.app).write, now=at))


def replying(town: Town, case: Case) -> Runner:
    page = f"/tasks/{town.task(case, 'reply_reminder').id}"
    fields = {
        "facts_true": "yes",
        "explanation": "人员出差",
        "signature": SUBJECT,
        "signature-confirmed": "1",
    }
    return town.post("subject", SUBJECT, page, "complete", **fields)


def due(town: Town, case: Case) -> datetime:
    with town.reading() as session:
        wake_at = session.get_one(Case, case.id).wake_at
    assert wake_at is not None
    return wake_at


@pytest.mark.parametrize("race", ["clock first", "person first", "at once"])
def test_a_timer_and_the_person_end_a_task_once(town: Town, reminder: Case, race: str) -> None:
    at = town.now = due(town, reminder)
    runners = {"clock": the_clock(town, at), "person": replying(town, reminder)}
    names = ["person", "clock"] if race == "person first" else ["clock", "person"]
    results = town.gate.race(*(runners[one] for one in names), in_order=race != "at once")
    answer = results[names.index("person")]
    task = town.task(reminder, "reply_reminder")
    if answer.status_code == 303:
        assert race != "clock first"
        assert (task.ending, task.done_by) == ("done", town.cast.users[SUBJECT].id)
    else:
        assert race != "person first"
        assert answer.status_code == 409
        assert (task.ending, task.done_by) == ("lapsed", None)
        assert refusal(answer) == f"该待办已于 {local(at)} 终止，未办理。"
    assert town.open_nodes(reminder) == ["assess_reminder"]
    with town.reading() as session:
        case = session.get_one(Case, reminder.id)
        assert (case.status, case.attempts, case.fault) == ("running", 0, None)


def test_a_notice_of_the_clock_disturbs_nobody_who_is_writing(town: Town, reminder: Case) -> None:
    person = replying(town, reminder)
    notice_at = town.task(reminder, "reply_reminder").notice_at
    assert notice_at is not None
    assert jobs.give_notices(db.of(town.app).write, now=notice_at) >= 1
    assert person.act().status_code == 303
