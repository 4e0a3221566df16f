"""提醒 through its diagram: letter, talk, silence, a second answer, escalation, and its guards."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Acknowledgement, Case, Document, Finding, Inbox, Measure, Proposal, Task
from tests.cast import Cast, assemble, install
from workflows import cases, findings, proposals, subjects, tasks
from workflows.errors import Conflict, NotFound, Refused


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


def a_finding(cast: Cast, now: datetime, key: str = "missed:1", unit: str = "") -> Finding:
    return findings.find(
        cast.session,
        findings.Fact(
            key=key,
            fact="未按期召开支部党员大会",
            unit_id=cast.units[unit or "finance_branch"].id,
            kind="missed_duty",
            rule="DYDH v1",
            evidence=({"type": "obligation", "id": "1-20260101-1"},),
            happened_on=date(2026, 2, 1),
        ),
        by=None,
        now=now,
    )


def a_proposal(cast: Cast, now: datetime, who: str = "finance_branch_secretary") -> Proposal:
    finding = a_finding(cast, now)
    subject = subjects.person(
        cast.session, cast.users[who].id, cast.units["finance_branch"].id, now=now
    )
    return proposals.propose(
        cast.session,
        proposals.Draft(
            ground="missed_duty",
            measure="reminder",
            to="line_superior(subject)",
            subject=subject,
            findings=[finding.id],
            why={},
            rule="measure_proposal v1",
            origin="2026-03-02",
        ),
        by=None,
        now=now,
    )


def open_task(cast: Cast, case: Case, node: str) -> Task:
    return cast.session.scalars(
        select(Task).where(Task.case_id == case.id, Task.node == node, Task.done_at.is_(None))
    ).one()


def do(cast: Cast, case: Case, node: str, who: str, now: datetime, **answers: object) -> Task:
    task = open_task(cast, case, node)
    return tasks.complete(cast.session, task.id, answers, rights=cast.rights(who, now), now=now)


def accepted(cast: Cast, now: datetime) -> Case:
    proposal = a_proposal(cast, now)
    rights = cast.rights("finance_secretary", now)
    proposals.accept(cast.session, proposal.id, rights=rights, now=now)
    assert proposal.case_id is not None
    return cast.session.get_one(Case, proposal.case_id)


def letter(case: Case, cast: Cast) -> dict[str, object]:
    facts = cases.look(cast.session, case, now=case.opened_at).execution.vars["findings"]
    return {
        "form": "letter",
        "ground": "支部党员大会未按期召开",
        "basis": ["discipline_21"],
        "facts": facts,
        "request": "说明情况并按期补开",
        "reply_due": "2026-03-09",
    }


def the_measure(cast: Cast, case: Case) -> Measure:
    return cast.session.scalars(select(Measure).where(Measure.case_id == case.id)).one()


def test_a_letter_is_answered_and_the_measure_closed(cast: Cast, now: datetime) -> None:
    case = accepted(cast, now)
    do(cast, case, "decide_reminder", "finance_secretary", now, **letter(case, cast))
    assert the_measure(cast, case).state == "in_force"
    assert cast.session.scalars(select(Document.template)).all() == ["reminder_letter"]
    read = cast.session.scalars(select(Acknowledgement.user_id)).all()
    assert read == [cast.users["finance_branch_secretary"].id]
    reply = open_task(cast, case, "reply_reminder")
    assert reply.due_at is not None
    assert reply.due_at.date() == date(2026, 3, 9)
    do(
        cast,
        case,
        "reply_reminder",
        "finance_branch_secretary",
        now,
        facts_true="yes",
        explanation="人员出差",
        signature="finance_branch_secretary",
    )
    do(
        cast,
        case,
        "assess_reminder",
        "finance_secretary",
        now,
        facts_found="true",
        verdict="corrected",
        note="已补开",
    )
    assert case.status == "finished"
    assert case.outcome == "reminder_closed"
    assert the_measure(cast, case).state == "closed"
    assert the_measure(cast, case).result == "corrected"
    assert cast.session.scalars(select(Inbox)).all() == []


def test_silence_lets_the_case_go_on(cast: Cast, now: datetime) -> None:
    case = accepted(cast, now)
    do(cast, case, "decide_reminder", "finance_secretary", now, **letter(case, cast))
    assert case.wake_at is not None
    assert cases.wake(cast.session, case.id, now=case.wake_at - timedelta(seconds=1)) == 0
    assert cases.wake(cast.session, case.id, now=case.wake_at) == 1
    lapsed = cast.session.scalars(select(Task).where(Task.node == "reply_reminder")).one()
    assert lapsed.ending == "lapsed"
    assert open_task(cast, case, "assess_reminder")


def test_escalating_proposes_an_interview_and_moves_nobody(cast: Cast, now: datetime) -> None:
    case = accepted(cast, now)
    do(cast, case, "decide_reminder", "finance_secretary", now, **letter(case, cast))
    due = case.wake_at
    assert due is not None
    cases.wake(cast.session, case.id, now=due)
    do(
        cast,
        case,
        "assess_reminder",
        "finance_secretary",
        due,
        facts_found="true",
        verdict="escalate",
        note="逾期未复",
    )
    proposal = cast.session.scalars(select(Proposal).where(Proposal.measure == "interview")).one()
    assert proposal.status == "proposed"
    assert proposal.ground == "reminder_escalated"
    assert cast.session.scalars(select(Case).where(Case.process == "interview")).all() == []


def test_nobody_but_the_line_superior_decides(cast: Cast, now: datetime) -> None:
    case = accepted(cast, now)
    task = open_task(cast, case, "decide_reminder")
    for who in ("planning_secretary", "finance_branch_secretary", "finance_member", "handler"):
        with pytest.raises(NotFound):
            tasks.complete(
                cast.session, task.id, letter(case, cast), rights=cast.rights(who, now), now=now
            )


def test_a_done_task_says_who_was_faster(cast: Cast, now: datetime) -> None:
    case = accepted(cast, now)
    task = do(cast, case, "decide_reminder", "finance_secretary", now, **letter(case, cast))
    with pytest.raises(Conflict) as refusal:
        tasks.complete(
            cast.session,
            task.id,
            letter(case, cast),
            rights=cast.rights("finance_secretary", now),
            now=now,
        )
    assert refusal.value.facts == {"who": "finance_secretary", "when": now}


def test_one_fact_carries_one_open_reminder(cast: Cast, now: datetime) -> None:
    accepted(cast, now)
    second = a_proposal(cast, now + timedelta(days=1))
    second = proposals.propose(
        cast.session,
        proposals.Draft(
            ground="again",
            measure="reminder",
            to="line_superior(subject)",
            subject=subjects.from_vars(second.why["subject"]),
            findings=[int(one) for one in second.findings],
            why={},
            rule="by hand",
            origin="by hand",
        ),
        by=None,
        now=now,
    )
    with pytest.raises(Refused) as refusal:
        proposals.accept(
            cast.session, second.id, rights=cast.rights("finance_secretary", now), now=now
        )
    assert refusal.value.facts["guard"] == "G7"


def test_untrue_facts_leave_every_count_and_he_is_told(cast: Cast, now: datetime) -> None:
    case = accepted(cast, now)
    do(cast, case, "decide_reminder", "finance_secretary", now, **letter(case, cast))
    do(
        cast,
        case,
        "reply_reminder",
        "finance_branch_secretary",
        now,
        facts_true="no",
        explanation="已召开",
        signature="finance_branch_secretary",
    )
    do(
        cast,
        case,
        "assess_reminder",
        "finance_secretary",
        now,
        facts_found="untrue",
        verdict="explained",
        note="已核实召开",
    )
    assert cast.session.scalars(select(Finding.status)).all() == ["unfounded"]
    assert the_measure(cast, case).result == "unfounded"
    kinds = cast.session.scalars(select(Acknowledgement.kind).order_by(Acknowledgement.id)).all()
    assert kinds == ["served", "cleared"]


def test_a_second_answer_is_asked_for_once(cast: Cast, now: datetime) -> None:
    case = accepted(cast, now)
    do(cast, case, "decide_reminder", "finance_secretary", now, **letter(case, cast))
    for again in (True, False):
        do(
            cast,
            case,
            "reply_reminder",
            "finance_branch_secretary",
            now,
            facts_true="partly",
            explanation="说明",
            signature="finance_branch_secretary",
        )
        answers = {
            "facts_found": "partly",
            "verdict": "again",
            "new_reply_due": "2026-03-16",
            "note": "请补充",
        }
        if again:
            do(cast, case, "assess_reminder", "finance_secretary", now, **answers)
            continue
        with pytest.raises(Refused):
            do(cast, case, "assess_reminder", "finance_secretary", now, **answers)
