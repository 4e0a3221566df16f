"""The second chapter: 约谈 by two, its minutes signed, and a rectification that fails."""

from datetime import timedelta

from sqlalchemy import select

from models import Finding, Measure, Proposal
from tests.e2e.acting import SIGN, Office
from webapp import clock

SUBJECT = "finance_branch2_secretary"
NEIGHBOUR = "finance_branch_secretary"
APPROVER, DEPUTY, PREPARES, TALKS, RECORDS = (
    "work_secretary",
    "work_deputy",
    "supervisor",
    "supervisor2",
    "supervisor3",
)


def an_interview_is_approved(office: Office) -> int:
    """Proposed by the rule; approved by 工委书记, since the city committee manages the subject."""
    office.tick(DEPUTY, "interview", wrong=("finance_secretary", PREPARES), shot="proposal_why")
    case = office.case_of("interview", SUBJECT)
    office.do(
        PREPARES,
        case,
        "prepare_interview",
        wrong=("handler", SUBJECT),
        shot="prepare_interview",
        subject=["branch_secretary"],
        mode="individual",
        ground="提醒后未改正，第一季度支部党员大会未召开",
        basis=["discipline_21"],
        talkers=office.ids(APPROVER, TALKS),
        recorder=office.id(RECORDS),
        planned_at=f"{office.day(4)}T09:30",
        place="工委会议室",
        copy_to="none",
    )
    office.do(
        APPROVER,
        case,
        "approve_interview",
        wrong=(DEPUTY, SUBJECT, PREPARES),
        shot="approve_interview",
        verdict="approve",
    )
    office.do(SUBJECT, case, "confirm_interview", wrong=(NEIGHBOUR, TALKS), answer="attend")
    return case


def two_talk_and_it_is_signed(office: Office, case: int) -> None:
    office.forward(PREPARES, 5)
    office.do(
        TALKS,
        case,
        "hold_interview",
        wrong=(PREPARES, RECORDS, DEPUTY),
        shot="hold_interview",
        outcome="held",
        at=clock.now() - timedelta(hours=1),
        present=office.ids(APPROVER, TALKS),
        problems="支部党员大会未召开，提醒函逾期未复",
        statement="认识到问题",
        attitude="诚恳接受",
        requirements=[{"requirement": "补开支部党员大会", "due": office.day(15)}],
        signature=SIGN,
    )
    office.do(SUBJECT, case, "sign_minutes", wrong=(RECORDS, NEIGHBOUR), sign="signed")
    office.do(RECORDS, case, "finish_minutes", wrong=(TALKS, SUBJECT), signature=SIGN)


def rectification_fails(office: Office, case: int) -> None:
    item = {
        "problem": "支部党员大会未召开",
        "measure": "补开并建立台账",
        "responsible": office.id(SUBJECT),
        "due": office.day(10),
    }
    office.do(
        SUBJECT,
        case,
        "rect_plan",
        wrong=("finance_secretary", PREPARES),
        shot="rect_plan",
        items=[item],
        signature=SIGN,
    )
    office.do(PREPARES, case, "rect_plan_check", wrong=(SUBJECT, TALKS), verdict="accept")
    office.forward(PREPARES, 5)
    office.do(
        SUBJECT,
        case,
        "rect_work",
        wrong=("finance_deputy", PREPARES),
        progress=[{"item": "补开支部党员大会", "done": True}],
        self_check="已补开",
        signature=SIGN,
    )
    office.do(
        PREPARES,
        case,
        "rect_verify",
        wrong=(SUBJECT, TALKS),
        shot="rect_verify",
        items=[{"item": "补开支部党员大会", "verdict": "fail", "basis": "到会人数不足半数"}],
        overall="fail",
        opinion="会议无效，整改不力",
    )


def nobody_is_moved_by_that(office: Office, case: int) -> None:
    """The failure is a fact and proposes; nothing has begun."""
    with office.sessions() as session:
        measure = session.scalars(select(Measure).where(Measure.case_id == case)).one()
        facts = session.scalars(select(Finding.kind).where(Finding.case_id == case)).all()
        wanted = select(Proposal.status).where(Proposal.measure == "accountability")
        proposals = session.scalars(wanted).all()
    assert (measure.state, measure.result) == ("closed", "failed")
    assert (list(facts), list(proposals)) == (["failed"], ["proposed"])


def interviewing(office: Office) -> None:
    case = an_interview_is_approved(office)
    two_talk_and_it_is_signed(office, case)
    rectification_fails(office, case)
    nobody_is_moved_by_that(office, case)
    office.go(PREPARES, f"/cases/{case}", shot="interview_case")
    office.tabs("interview")
