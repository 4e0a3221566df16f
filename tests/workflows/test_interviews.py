"""约谈 through its diagram, with its 整改, and each way it is refused."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Document, Finding, Proposal
from tests.cast import Cast, assemble, install
from tests.workflows import steps
from tests.workflows.steps import do, ids, refused, the_measure
from workflows import cases
from workflows.errors import Invalid, NotAllowed, NotFound

WHO = "finance_secretary"


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


def prepare(cast: Cast, case: Case, now: datetime, **more: object) -> None:
    answers = {
        "subject": ["organ_secretary"],
        "mode": "individual",
        "ground": "专题会议连续两个季度未召开",
        "basis": ["discipline_21"],
        "facts": steps.facts_of(cast, case),
        "talkers": ids(cast, "work_deputy", "supervisor2"),
        "recorder": ids(cast, "supervisor3")[0],
        "planned_at": "2026-03-06T09:00:00+08:00",
        "place": "工委会议室",
        "copy_to": "none",
    } | more
    do(cast, case, "prepare_interview", "supervisor", now, **answers)


def noticed(cast: Cast, now: datetime) -> Case:
    """Planned and approved; the subject will come."""
    case = steps.proposed_case(cast, now, "interview", WHO, "finance_committee")
    prepare(cast, case, now)
    do(cast, case, "approve_interview", "work_deputy", now, verdict="approve")
    do(cast, case, "confirm_interview", WHO, now, answer="attend")
    return case


def hold(cast: Cast, case: Case, now: datetime, **more: object) -> None:
    answers = {
        "outcome": "held",
        "at": "2026-03-06T09:00:00+08:00",
        "present": ids(cast, "work_deputy", "supervisor2"),
        "signature": "supervisor2",
    } | more
    do(cast, case, "hold_interview", "supervisor2", now, **answers)


def talked(cast: Cast, case: Case, now: datetime) -> None:
    hold(
        cast,
        case,
        now,
        problems="专题会议未召开",
        statement="认识到问题",
        attitude="诚恳",
        requirements=[{"requirement": "补开专题会议", "due": "2026-03-20"}],
    )


def papers(cast: Cast, case: Case) -> list[str]:
    return list(
        cast.session.scalars(
            select(Document.template).where(Document.case_id == case.id).order_by(Document.id)
        )
    )


def test_an_interview_is_held_and_what_it_asked_is_put_right(cast: Cast, now: datetime) -> None:
    case = noticed(cast, now)
    assert the_measure(cast, case).state == "approved"
    day = now + timedelta(days=4)
    talked(cast, case, day)
    do(cast, case, "sign_minutes", WHO, day, sign="with_remarks", remarks="已开始整改")
    do(cast, case, "finish_minutes", "supervisor3", day, signature="supervisor3")
    assert the_measure(cast, case).state == "in_force"
    steps.rectify(cast, case, day, owner=WHO, reviewer="supervisor")
    assert case.wake_at is not None
    cases.wake(cast.session, case.id, now=case.wake_at)
    do(cast, case, "rect_revisit", "supervisor", day, state="held", record="已回访")
    assert (case.status, case.outcome) == ("finished", "interview_closed")
    measure = the_measure(cast, case)
    assert (measure.state, measure.result, measure.form) == ("closed", "passed", None)
    assert papers(cast, case) == [
        "interview_notice",
        "interview_minutes",
        "rectification_list",
        "rectification_closure",
    ]


def test_silence_on_the_notice_and_the_minutes_stops_nothing(cast: Cast, now: datetime) -> None:
    case = steps.proposed_case(cast, now, "interview", WHO, "finance_committee")
    prepare(cast, case, now)
    do(cast, case, "approve_interview", "work_deputy", now, verdict="approve")
    assert case.wake_at is not None
    cases.wake(cast.session, case.id, now=case.wake_at)
    day = now + timedelta(days=4)
    talked(cast, case, day)
    assert case.wake_at is not None
    cases.wake(cast.session, case.id, now=case.wake_at)
    assert steps.open_nodes(cast, case) == ["finish_minutes"]


def test_refusing_the_talk_is_a_fact_and_proposes_accountability(cast: Cast, now: datetime) -> None:
    case = noticed(cast, now)
    hold(cast, case, now + timedelta(days=4), outcome="refused")
    assert (case.status, case.outcome) == ("finished", "interview_closed")
    assert the_measure(cast, case).result == "refused"
    kinds = cast.session.scalars(select(Finding.kind).order_by(Finding.id)).all()
    assert kinds == ["missed_duty", "interview_refused"]
    proposal = cast.session.scalars(
        select(Proposal).where(Proposal.measure == "accountability")
    ).one()
    assert (proposal.status, proposal.ground) == ("proposed", "interview_refused")
    assert cast.session.scalars(select(Case).where(Case.process == "accountability")).all() == []


def test_one_talker_is_too_few(cast: Cast, now: datetime) -> None:
    case = noticed(cast, now)
    with refused(cast, "talkers"):
        hold(
            cast,
            case,
            now + timedelta(days=4),
            outcome="refused",
            present=ids(cast, "supervisor2", "supervisor3"),
        )


def test_the_subject_neither_talks_nor_records(cast: Cast, now: datetime) -> None:
    case = steps.proposed_case(cast, now, "interview", WHO, "finance_committee")
    for more in (
        {"talkers": ids(cast, WHO, "supervisor2")},
        {"recorder": ids(cast, WHO)[0]},
    ):
        with refused(cast, "G2"):
            prepare(cast, case, now, **more)


def test_the_notice_leaves_three_working_days(cast: Cast, now: datetime) -> None:
    case = steps.proposed_case(cast, now, "interview", WHO, "finance_committee")
    with pytest.raises(Invalid) as fault:
        prepare(cast, case, now, planned_at="2026-03-04T23:00:00+08:00")
    assert list(fault.value.fields) == ["planned_at"]


def test_nobody_else_approves_it(cast: Cast, now: datetime) -> None:
    case = steps.proposed_case(cast, now, "interview", WHO, "finance_committee")
    prepare(cast, case, now)
    for who in (WHO, "planning_secretary", "finance_head", "handler"):
        with pytest.raises(NotFound):
            do(cast, case, "approve_interview", who, now, verdict="approve")
    with pytest.raises(NotAllowed):  # he prepared it
        do(cast, case, "approve_interview", "supervisor", now, verdict="approve")


def test_an_objection_is_reviewed_and_the_interview_withdrawn(cast: Cast, now: datetime) -> None:
    case = steps.proposed_case(cast, now, "interview", WHO, "finance_committee")
    prepare(cast, case, now)
    do(cast, case, "approve_interview", "work_deputy", now, verdict="approve")
    do(cast, case, "confirm_interview", WHO, now, answer="object", reason="对象有误")
    do(cast, case, "review_target", "work_deputy", now, verdict="withdraw", opinion="属实")
    assert case.outcome == "interview_withdrawn"
    assert the_measure(cast, case).state == "withdrawn"


def test_failed_rectification_proposes_accountability(cast: Cast, now: datetime) -> None:
    case = noticed(cast, now)
    day = now + timedelta(days=4)
    talked(cast, case, day)
    do(cast, case, "sign_minutes", WHO, day, sign="signed")
    do(cast, case, "finish_minutes", "supervisor3", day, signature="supervisor3")
    steps.rectify(cast, case, day, owner=WHO, reviewer="supervisor", overall="fail")
    assert the_measure(cast, case).result == "failed"
    proposal = cast.session.scalars(
        select(Proposal).where(Proposal.measure == "accountability")
    ).one()
    assert proposal.ground == "failed"
