"""The third chapter: 问责, from the start at the lawful level to the executed decision."""

from datetime import date

from sqlalchemy import select

from models import Case, ExecutionItem, Measure
from tests.e2e.acting import SIGN, Each, Office
from webapp import clock
from workflows import measures

SUBJECT = "finance_branch2_secretary"
DECIDER, BELOW, DEPUTY = "city_secretary", "work_secretary", "work_deputy"
LEADS, JOINS, CHECKS = "supervisor2", "supervisor3", "supervisor"
HANDLER, CLERK = "handler", "clerk"


def key_of(office: Office) -> str:
    return f"user-{office.id(SUBJECT)}"


def it_is_started_at_the_right_level(office: Office) -> int:
    """The city committee manages the subject: its principal alone may start (条例 9)."""
    office.tick(DEPUTY, "accountability", wrong=(CHECKS, BELOW))
    case = office.case_of("accountability", SUBJECT)
    office.do(
        HANDLER,
        case,
        "enter_case",
        wrong=(CHECKS, SUBJECT),
        shot="enter_case",
        entry="proposal",
        situation=["organization"],
        consequence="支部组织生活长期停顿，整改弄虚作假",
        subjects=[
            {
                "kind": "cadre",
                "ref": key_of(office),
                "post_then": "财政局第二党支部书记",
                "duty_class": "main",
                "managed_by": str(office.cast.units["city"].id),
                "principal": True,
            }
        ],
        already_filed=False,
    )
    office.do(
        DECIDER,
        case,
        "approve_start",
        wrong=(BELOW, DEPUTY, SUBJECT),
        shot="approve_start",
        verdict="start",
        reason="事实基本清楚",
        basis=["accountability_9"],
    )
    return case


def the_facts_are_found(office: Office, case: int) -> None:
    office.do(
        DEPUTY,
        case,
        "form_team",
        wrong=(HANDLER, CHECKS),
        shot="form_team",
        leader=office.id(LEADS),
        members=office.ids(JOINS),
        recusal_asked=True,
    )
    office.do(
        LEADS,
        case,
        "investigate",
        wrong=(CHECKS, SUBJECT),
        shot="investigate",
        facts=[
            {
                "fact": "会议未召开，补开会议无效",
                "evidence": facts(office, case),
                "execution": "weak",
                "subject": key_of(office),
            }
        ],
        circumstances=[
            {"article": "17", "tag": "改革创新中的失误", "found": False},
            {"article": "18", "tag": "主动补救", "found": True},
            {"article": "19", "tag": "屡教不改", "found": False},
        ],
        outcome="established",
    )
    office.do(
        LEADS,
        case,
        "write_facts",
        wrong=(SUBJECT, HANDLER),
        material=[
            {
                "subject": key_of(office),
                "text": "会议未召开，补开会议到会不足半数",
                "facts": facts(office, case),
            }
        ],
    )


def facts(office: Office, case: int) -> list[str]:
    """One fact of the case, as the pages' lists name it."""
    with office.sessions() as session:
        measure = session.scalars(select(Measure).where(Measure.case_id == case)).one()
        return [str(measures.findings_of(session, measure)[0].id)]


def he_is_met_and_heard(office: Office, case: int) -> None:
    office.do(
        JOINS,
        case,
        "meet_subject",
        wrong=(CHECKS, SUBJECT),
        shot="meet_subject",
        came="met",
        met_at=clock.now(),
        place="工委会议室",
        present=office.ids(LEADS, JOINS),
        heard="承认事实，说明已作部署",
        signature=SIGN,
    )
    office.do(
        SUBJECT,
        case,
        "subject_opinion",
        wrong=(LEADS, "finance_branch_secretary"),
        shot="subject_opinion",
        opinion="partly",
        defence=[{"point": "已部署但落实不力"}],
        signature=SIGN,
    )
    office.do(
        LEADS,
        case,
        "answer_points",
        wrong=(DECIDER, SUBJECT),
        points=[{"point": "已部署但落实不力", "adopted": False, "reason": "无会议记录"}],
        signature="signed",
        recheck=False,
    )


def it_is_reported_and_signed(office: Office, case: int) -> None:
    office.do(
        LEADS,
        case,
        "draft_report",
        wrong=(HANDLER, CHECKS),
        shot="draft_report",
        discussion="调查组一致意见",
        basics="财政局第二党支部书记",
        basis=["accountability_7"],
        course="查阅资料、谈话",
        attitude="配合",
        proposals=[
            {
                "subject": key_of(office),
                "duty_class": "main",
                "form": "admonition",
                "article": "第八条第二款",
            }
        ],
        circumstances=[{"tag": "主动补救", "adopted": True, "reason": "主动补救属实"}],
    )
    for who, other in ((LEADS, JOINS), (JOINS, LEADS)):
        office.do(
            who, case, "sign_report", item=office.id(who), wrong=(other, HANDLER), sign="signed"
        )


def it_is_decided(office: Office, case: int) -> None:
    """A form for organisations is refused for a person; 诫勉 is allowed, and approved above."""
    conclusion = {
        "subject": key_of(office),
        "kind": "account",
        "form": "examination",
        "article": "第八条第二款",
        "reason": "履行第一责任人职责不力",
        "circumstances": "主动补救",
    }
    task = office.begin(CLERK, case, "decide_collectively")
    office.try_in_vain(
        "不适用于此类对象",
        meeting="工委委员会会议",
        held_on=office.day(),
        present=office.ids(BELOW, DEPUTY),
        minutes="1",
        conclusions=[conclusion],
        next="approve",
    )
    office.shoot("form_refused")
    office.finish(CLERK, task, wrong=(HANDLER, DECIDER), **{"conclusions-0-form": "admonition"})
    office.do(
        DECIDER,
        case,
        "approve_decision",
        wrong=(BELOW, LEADS, SUBJECT),
        shot="approve_decision",
        verdict="approve",
        opinion="同意",
        signature=SIGN,
    )


def it_is_served_and_announced(office: Office, case: int) -> None:
    receipt = {
        "subject": key_of(office),
        "received_on": office.day(),
        "mode": "direct",
        "receipt": "1",
    }
    office.do(
        HANDLER, case, "serve_decision", wrong=(CLERK, SUBJECT), shot="serve", receipts=[receipt]
    )
    told = {"subject": key_of(office), "organisation": str(office.cast.units["finance"].id)}
    office.do(
        HANDLER,
        case,
        "announce",
        wrong=(CHECKS, SUBJECT),
        announced_on=office.day(),
        to=[told],
        record="在财政局党组会议上宣布",
    )


def it_is_executed(office: Office, case: int) -> None:
    with office.sessions() as session:
        items = session.scalars(select(ExecutionItem).order_by(ExecutionItem.id)).all()
    for item in items:
        mine = item.kind == "self_criticism"
        office.do(
            SUBJECT if mine else HANDLER,
            case,
            "execute_item",
            item=str(item.id),
            wrong=(HANDLER if mine else SUBJECT,),
            done_on=office.day(),
            result="已办",
        )
    rectified(office, case)
    office.do(HANDLER, case, "confirm_execution", wrong=(SUBJECT, CHECKS), complete=True)


def rectified(office: Office, case: int) -> None:
    """Every problem on the list, as the pages suggest them."""
    plan = Each({"measure": "重新召开", "due": office.day(10)})
    office.do(SUBJECT, case, "rect_plan", wrong=(CHECKS,), items=plan, signature=SIGN)
    office.do(CHECKS, case, "rect_plan_check", wrong=(SUBJECT,), verdict="accept")
    office.do(
        SUBJECT,
        case,
        "rect_work",
        wrong=(CHECKS,),
        shot="rect_work",
        progress=Each({"done": True}),
        self_check="已召开",
        signature=SIGN,
    )
    office.do(
        CHECKS,
        case,
        "rect_verify",
        wrong=(SUBJECT,),
        items=Each({"verdict": "pass", "basis": "会议记录"}),
        overall="pass",
        opinion="属实",
    )


def the_effect_is_shown(office: Office, case: int) -> Measure:
    with office.sessions() as session:
        measure = session.scalars(select(Measure).where(Measure.case_id == case)).one()
        outcome = session.get_one(Case, case).outcome
    assert (measure.state, measure.form, outcome) == ("executed", "admonition", "executed")
    assert isinstance(measure.effect_until, date)
    assert measure.bars == ["promotion", "award", "candidate"]
    office.go(HANDLER, f"/cases/{case}", shot="executed_case")
    office.page.locator("main summary").evaluate_all("all => all.forEach(one => one.click())")
    office.shoot("executed_case_why")
    office.tabs("executed")
    page = office.go(SUBJECT, f"/cases/{case}", shot="decided_case")
    office.tabs("decided")
    assert page.get_by_text(measure.effect_until.isoformat()).count() > 0
    return measure


def holding(office: Office) -> Measure:
    case = it_is_started_at_the_right_level(office)
    the_facts_are_found(office, case)
    he_is_met_and_heard(office, case)
    it_is_reported_and_signed(office, case)
    it_is_decided(office, case)
    it_is_served_and_announced(office, case)
    it_is_executed(office, case)
    return the_effect_is_shown(office, case)
