"""The first chapter: duties are missed, the clock says so, somebody decides, 提醒."""

import re

from playwright.sync_api import expect
from sqlalchemy import select

from models import Finding, Measure, Obligation, ObligationState, Proposal, Task
from tests.e2e.acting import SIGN, Office

ANSWERS, SILENT = "finance_branch_secretary", "finance_branch2_secretary"
SUPERIOR = "finance_secretary"


def duties_are_missed(office: Office) -> None:
    """Nobody hands anything in; the clock settles what the first quarter asked for."""
    assert missed(office) == 0
    office.forward("supervisor", 20, 5)
    office.shoot("clock")
    assert missed(office) > 0
    with office.sessions() as session:
        found = session.scalars(select(Finding.kind).distinct()).all()
        proposed = session.scalars(select(Proposal.measure)).all()
        taken = session.scalars(select(Measure.id)).all()
    assert (list(found), list(proposed), list(taken)) == (["missed_duty"], ["reminder"] * 2, [])


def missed(office: Office) -> int:
    with office.sessions() as session:
        wanted = select(Obligation.unit_id).where(Obligation.state == ObligationState.MISSED)
        return len(session.execute(wanted).all())


def proposals_are_ticked(office: Office) -> None:
    office.tick(SUPERIOR, "reminder", wrong=("planning_secretary", SILENT), shot="proposals")
    office.shoot("proposals_accepted")
    assert office.page.get_by_role("cell", name="已采纳").count() == 2


def letters_are_written(office: Office) -> None:
    for who, others in ((ANSWERS, ("planning_secretary", ANSWERS)), (SILENT, (SILENT,))):
        office.do(
            SUPERIOR,
            office.case_of("reminder", who),
            "decide_reminder",
            wrong=others,
            shot="decide_reminder",
            form="letter",
            ground="第一季度支部党员大会、党课未按期召开",
            basis=["discipline_21"],
            request="请说明情况并补开",
            reply_due=office.day(5),
        )


def one_answers_the_other_is_silent(office: Office) -> None:
    task = office.do(
        ANSWERS,
        office.case_of("reminder", ANSWERS),
        "reply_reminder",
        wrong=(SILENT, SUPERIOR),
        shot="reply_reminder",
        facts_true="yes",
        explanation="集中出差，已定于下周补开",
        signature=SIGN,
    )
    assert office.outside.sees(ANSWERS, f"/tasks/{task}") == 409  # done: he is told by whom
    assert office.outside.sees(SILENT, f"/tasks/{task}") == 404
    office.forward("supervisor", 5, 1)
    with office.sessions() as session:
        lapsed = session.scalars(select(Task).where(Task.ending == "lapsed")).one()
    assert (lapsed.node, lapsed.case_id) == ("reply_reminder", office.case_of("reminder", SILENT))


def answers_are_assessed(office: Office) -> None:
    found = {
        ANSWERS: {"verdict": "corrected", "note": "已补开"},
        SILENT: {"verdict": "escalate", "note": "逾期未复，也未补开"},
    }
    for who, said in found.items():
        case = office.case_of("reminder", who)
        wrong = (who, "planning_secretary")
        office.do(
            SUPERIOR,
            case,
            "assess_reminder",
            wrong=wrong,
            shot="assess_reminder",
            facts_found="true",
            **said,
        )
        office.go(SUPERIOR, f"/cases/{case}", shot="reminder_case")
        if who == SILENT:
            the_diagram_shows_the_way(office)


def the_diagram_shows_the_way(office: Office) -> None:
    office.tabs("reminder")
    page = office.page
    page.click('[data-tabs] a[href="#tab-diagram"]')
    for node in ("decide_reminder", "assess_reminder"):
        expect(page.locator(f"[data-element-id={node}]").first).to_have_class(re.compile("done"))
    expect(page.locator(".bjs-powered-by")).to_be_visible()  # bpmn.io's licence


def reminding(office: Office) -> None:
    proposals_are_ticked(office)
    letters_are_written(office)
    one_answers_the_other_is_silent(office)
    answers_are_assessed(office)
