"""From a missed duty to the corrected decision, in acts of people and ticks of the clock."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Proposal
from tests.crash.city import ANSWERING, NOW, SILENT
from tests.crash.desk import Desk
from tests.workflows import steps
from tests.workflows import test_appeals as appealing
from tests.workflows.steps import do, ids
from workflows import appeals, proposals
from workflows.access import Rights

SUPERIOR, DEPUTY, SECRETARY = "finance_secretary", "work_deputy", "work_secretary"
MISSED = datetime.fromisoformat("2026-04-09T09:00:00+08:00")
LAPSED = datetime.fromisoformat("2026-04-17T00:00:30+08:00")
TALK = datetime.fromisoformat("2026-04-27T09:00:00+08:00")
DAY = timedelta(days=1)
END = TALK + 60 * DAY


def story(desk: Desk) -> None:
    """The clock finds what was missed; 提醒, 约谈, 整改, 问责, 申诉 follow by people's hands."""
    desk.tick(NOW)
    desk.tick(MISSED)
    reminders(desk, MISSED)
    desk.tick(LAPSED)
    assessed(desk, LAPSED + DAY)
    interview(desk, LAPSED + DAY)
    desk.tick(TALK)
    talked(desk, TALK)
    accountability(desk, TALK + DAY)
    desk.tick(TALK + 2 * DAY)
    appeal(desk, TALK + 2 * DAY)
    desk.tick(END)


def accept(desk: Desk, who: str, now: datetime, measure: str, *about: str) -> None:
    """The proposals of that measure against these people are ticked and accepted together."""
    subjects = [desk.users[one].id for one in about]

    def accepted(session: Session, rights: Rights) -> None:
        wanted = select(Proposal.id).where(
            Proposal.measure == measure, Proposal.subject_user_id.in_(subjects)
        )
        results = proposals.accept_many(
            session, session.scalars(wanted).all(), rights=rights, now=now
        )
        assert len(results) == len(about)
        for one in results:
            if one.refusal is not None:
                raise one.refusal

    desk.act("accept", who, now, accepted)


def reminders(desk: Desk, now: datetime) -> None:
    """Two letters; one is answered, the other is not."""
    accept(desk, SUPERIOR, now, "reminder", ANSWERING, SILENT)
    for who in (ANSWERING, SILENT):
        case = desk.case("reminder", who)
        do(
            desk,
            case,
            "decide_reminder",
            SUPERIOR,
            now,
            form="letter",
            ground="支部党员大会未按期召开",
            basis=["discipline_21"],
            facts=steps.facts_of(desk, case),
            request="说明情况并按期补开",
            reply_due="2026-04-16",
        )
    do(
        desk,
        desk.case("reminder", ANSWERING),
        "reply_reminder",
        ANSWERING,
        now + DAY,
        facts_true="yes",
        explanation="人员出差",
        signature=ANSWERING,
    )


def assessed(desk: Desk, now: datetime) -> None:
    for who, verdict in ((ANSWERING, "corrected"), (SILENT, "escalate")):
        case = desk.case("reminder", who)
        answers = {"facts_found": "true", "verdict": verdict, "note": "已核"}
        do(desk, case, "assess_reminder", SUPERIOR, now, **answers)


def interview(desk: Desk, now: datetime) -> None:
    accept(desk, DEPUTY, now, "interview", SILENT)
    case = desk.case("interview", SILENT)
    do(
        desk,
        case,
        "prepare_interview",
        "supervisor",
        now,
        subject=["branch_secretary"],
        mode="individual",
        ground="提醒后逾期未复",
        basis=["discipline_21"],
        facts=steps.facts_of(desk, case),
        talkers=ids(desk, DEPUTY, "supervisor2"),
        recorder=ids(desk, "supervisor3")[0],
        planned_at=TALK.isoformat(),
        place="工委会议室",
        copy_to="none",
    )
    do(desk, case, "approve_interview", DEPUTY, now, verdict="approve")
    do(desk, case, "confirm_interview", SILENT, now, answer="attend")


def talked(desk: Desk, now: datetime) -> None:
    """The talk, its minutes, and the rectification that fails."""
    case = desk.case("interview", SILENT)
    do(
        desk,
        case,
        "hold_interview",
        "supervisor2",
        now,
        outcome="held",
        at=now.isoformat(),
        present=ids(desk, DEPUTY, "supervisor2"),
        signature="supervisor2",
        problems="支部党员大会未召开",
        statement="认识到问题",
        attitude="诚恳",
        requirements=[{"requirement": "补开支部党员大会", "due": "2026-05-08"}],
    )
    do(desk, case, "sign_minutes", SILENT, now, sign="signed")
    do(desk, case, "finish_minutes", "supervisor3", now, signature="supervisor3")
    steps.rectify(desk, case, now, owner=SILENT, reviewer="supervisor", overall="fail")


def accountability(desk: Desk, now: datetime) -> None:
    """启动, 调查, 见面, 报告, 决定, 送达, 宣布."""
    key = f"user-{desk.users[SILENT].id}"
    accept(desk, DEPUTY, now, "accountability", SILENT)
    case = desk.case("accountability", SILENT)
    steps.enter(desk, case, now, SILENT)
    steps.start(desk, case, now, SECRETARY)
    steps.team(desk, case, now)
    steps.investigate(desk, case, now, key)
    steps.hear(desk, case, now, SILENT)
    steps.report(desk, case, now, key)
    steps.sign(desk, case, now)
    steps.conclude(desk, case, now, key)
    opinion = {"verdict": "approve", "opinion": "同意", "signature": SECRETARY}
    do(desk, case, "approve_decision", SECRETARY, now, **opinion)
    receipt = {"subject": key, "received_on": "2026-04-28", "mode": "direct", "receipt": "1"}
    do(desk, case, "serve_decision", "handler", now, receipts=[receipt])
    told = [{"subject": key, "organisation": str(desk.units["finance"].id)}]
    announced = {"announced_on": "2026-04-28", "to": told, "record": "宣布记录"}
    do(desk, case, "announce", "handler", now, **announced)


def appeal(desk: Desk, now: datetime) -> None:
    """The admonition is appealed against and becomes a circular; the circle is told again."""
    measure = steps.the_measure(desk, desk.case("accountability", SILENT))
    answers = {"grounds": "责任认定过重", "request": "请求变更", "signature": SILENT}

    def file(session: Session, rights: Rights) -> Case:
        return appeals.file(session, measure.id, answers, rights=rights, now=now)

    desk.act("appeal", SILENT, now, file)
    case = desk.case("appeal", SILENT)
    appealing.register(desk, case, now)
    reviewers = {"reviewers": ids(desk, "supervisor3", "handler2"), "recusal_asked": True}
    do(desk, case, "appoint_reviewers", SECRETARY, now, **reviewers)
    appealing.discussed(desk, case, now, "change", "circular")
    decided = {"verdict": "change", "reason": "复核结论", "signature": SECRETARY}
    do(desk, case, "decide_appeal", SECRETARY, now, **decided)
    served = [{"who": SILENT, "received_on": "2026-04-29", "receipt": "1"}]
    do(desk, case, "serve_reply", "handler", now, served=served)
    appealing.tell_again(desk, case, now)
