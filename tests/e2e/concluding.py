"""述后: a quota conflict and the decision that ends it, feedback, 通报, lists; one entry fails."""

from playwright.sync_api import expect
from sqlalchemy import select

from models import Case, Debriefing, Document, Finding, Measure, Proposal
from tests.e2e.acting import PAPER, SIGN, Office
from tests.e2e.debriefing_city import (
    CHECKS,
    COMMITTEE,
    FAILS,
    FIFTH,
    ORGANISER,
    SECRETARIES,
    WRITES,
    debriefing_id,
    done_elsewhere,
    round_id,
    rows_of,
)

REASON = "五人得分接近，第五人上年清单一项未销号，本年定为较好。"
PROBLEMS = "抓支部建设不够实\n上年清单第二项未销号"


def more_are_proposed_than_may_be(office: Office, case: int) -> None:
    """Each stands there with the grade that the table suggests; one more is put forward."""
    page = office.go(ORGANISER, f"/debriefings/rounds/{round_id(office)}", shot="round_inputs")
    expect(page.locator("#quota")).to_contain_text("12人中至多4人")
    task = office.begin(ORGANISER, case, "propose_grades")
    chosen = page.locator('input[value="good"]:checked')
    expect(chosen).to_have_count(4)
    fifth = rows_of(office).index(FIFTH)
    page.check(f'[name="items-{fifth}-proposed"][value="good"]')
    page.fill(f'[name="items-{fifth}-reason"]', "与前四名差距很小")
    office.try_in_vain("超额")
    office.finish(ORGANISER, task, wrong=(CHECKS, WRITES), shot="propose_grades",
                  quota_note="五人并列，请集体研究取舍。")  # fmt: skip
    page = office.go(ORGANISER, f"/debriefings/rounds/{round_id(office)}", shot="round_conflict")
    expect(page.locator("#quota")).to_contain_text("超出1人")


def the_meeting_decides(office: Office, case: int) -> None:
    """It cannot decide five; it decides four and says why, and that stands on record."""
    task = office.begin(COMMITTEE, case, "decide_grades")
    page = office.page
    meeting = {"meeting": "工委委员会会议", "held_on": office.day(), "verdict": "approve"}
    comments = [{"comment": "履行第一责任人职责较好"} for _ in SECRETARIES]
    page.set_input_files('[name="minutes-upload"]', PAPER)
    office.try_in_vain("须调减1人", **meeting, grades=comments)
    page.check(f'[name="grades-{rows_of(office).index(FIFTH)}-grade"][value="fair"]')
    office.try_in_vain("请填写取舍理由")
    row = rows_of(office).index(FAILS)
    page.fill(f'[name="grades-{row}-problems"]', PROBLEMS)
    page.fill(f'[name="grades-{row}-requests"]', "三个月内建章立制\n一个月内销号")
    office.finish(COMMITTEE, task, wrong=(ORGANISER, WRITES), shot="decide_grades",
                  quota_reason=REASON)  # fmt: skip
    page = office.go(ORGANISER, f"/debriefings/rounds/{round_id(office)}", shot="round_decided")
    expect(page.locator("#quota")).to_contain_text(REASON)
    with office.sessions() as session:
        grades = session.scalars(select(Debriefing.grade)).all()
    assert grades.count("good") == 4


def each_hears_his_own(office: Office, case: int) -> None:
    page = office.go(WRITES, "/debriefings", shot="debriefing_own_feedback")
    expect(page.locator("main")).not_to_contain_text("综合")  # no score before it is out
    office.do(
        WRITES, case, "confirm_feedback", item=office.id(WRITES), wrong=(ORGANISER,),
        shot="confirm_feedback", answer="accept",
    )  # fmt: skip
    for who in SECRETARIES:
        if who != WRITES:
            done_elsewhere(office, who, case, "confirm_feedback", office.id(who), answer="accept")
    office.do(ORGANISER, case, "report_results", wrong=(WRITES,), sent_on=office.day())
    with office.sessions() as session:
        assert session.get_one(Case, case).outcome == "round_closed"
        issued = session.scalars(select(Document.template).where(Document.case_id == case)).all()
    assert issued.count("feedback_letter") == 12
    assert issued.count("round_circular") == 1
    page = office.go(WRITES, "/debriefings", shot="debriefing_own_graded")
    expect(page.locator("main .facts")).to_contain_text("好")


def one_entry_of_a_list_fails(office: Office) -> int:
    """Two problems, two entries; one is done, one is not: the list as a whole cannot pass."""
    case = list_of(office, FAILS)
    rows = [{"measure": "逐项落实", "due": office.day(20)} for _ in PROBLEMS.splitlines()]
    office.do(
        FAILS, case, "rect_plan", wrong=(WRITES,), shot="rect_plan", items=rows, signature=SIGN
    )
    office.do(CHECKS, case, "rect_plan_check", verdict="accept")
    progress = [{"done": True}, {"done": True}]
    office.do(
        FAILS, case, "rect_work", progress=progress, self_check="两项均已完成", signature=SIGN,
    )  # fmt: skip
    task = office.begin(CHECKS, case, "rect_verify")
    verdicts = [{"verdict": "pass", "basis": "现场查看"}, {"verdict": "fail", "basis": "仍未销号"}]
    said = {"items": verdicts, "opinion": "第二项整改不到位"}
    office.try_in_vain("清单整体不能判为合格", **said, overall="pass")
    office.finish(CHECKS, task, wrong=(FAILS,), shot="rect_verify", overall="fail")
    return case


def list_of(office: Office, who: str) -> int:
    with office.sessions() as session:
        mine = Debriefing.id == debriefing_id(office, who)
        case = session.scalars(select(Debriefing.list_case_id).where(mine)).one()
    assert case is not None
    return case


def it_becomes_a_proposal_and_no_measure(office: Office, case: int) -> None:
    with office.sessions() as session:
        proposal = session.scalars(select(Proposal).where(Proposal.origin_case_id == case)).one()
        finding = session.get_one(Finding, int(proposal.findings[0]))
        taken = session.scalars(select(Measure.id)).all()
    assert (proposal.ground, proposal.measure, proposal.status) == (
        "failed",
        "interview",
        "proposed",
    )
    assert (finding.kind, list(taken)) == ("failed", [])  # proposed is not decided
    page = office.go(ORGANISER, f"/debriefings/rounds/{round_id(office)}", shot="round_lists")
    expect(page.locator("main")).to_contain_text("已提请：约谈")
    page = office.go(FAILS, "/debriefings", shot="debriefing_own_list")
    expect(page.locator("main")).to_contain_text("不合格")
    expect(page.locator("main")).not_to_contain_text("约谈")  # nothing is decided about him yet
    office.go("work_deputy", "/proposals", shot="debriefing_proposals")
    expect(office.page.locator("main")).to_contain_text("整改不力")


def concluding(office: Office, case: int) -> None:
    more_are_proposed_than_may_be(office, case)
    the_meeting_decides(office, case)
    each_hears_his_own(office, case)
    failed = one_entry_of_a_list_fails(office)
    it_becomes_a_proposal_and_no_measure(office, failed)
