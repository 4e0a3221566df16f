"""述前: a round is planned, the year checked; a secretary drafts, is sent back, hands in again."""

from playwright.sync_api import expect
from sqlalchemy import select

from models import Draft
from tests.e2e.acting import SIGN, Each, Office
from tests.e2e.debriefing_city import (
    CHECKS,
    COMMITTEE,
    DAILY,
    ORGANISER,
    SCRUTINEERS,
    SECRETARIES,
    WRITES,
    done_elsewhere,
    rows_of,
    session_at,
    the_round,
)

TEXTS = ("results", "problems", "causes", "next_year", "last_list", "integration")
BACK = "“存在问题”一节请对照上年清单逐项写实，不要以台账数量代替成效。"


def the_round_is_planned(office: Office) -> int:
    page = office.go(ORGANISER, "/debriefings")
    page.fill("#f-year", "2035")
    with page.expect_navigation():
        page.get_by_role("button", name="启动").click()
    case = the_round(office)
    office.do(
        ORGANISER,
        case,
        "plan_round",
        wrong=(WRITES, CHECKS),
        shot="debriefing_plan",
        secretaries=office.ids(*SECRETARIES),
        contents=["responsibility", "integration"],
        report_due=office.day(3),
        session_at=session_at(),
        scrutineers=office.ids(*SCRUTINEERS),
        commentators=office.ids(COMMITTEE),
        ballot=True,
    )
    office.do(COMMITTEE, case, "approve_round", wrong=(ORGANISER,), verdict="approve")
    return case


def the_year_is_checked(office: Office, case: int) -> None:
    """A line for each secretary stands there already; the facts come from the record."""
    task = office.begin(CHECKS, case, "check_year")
    scores = [{"score": DAILY[who], "reason": "日常检查与年度考核"} for who in rows_of(office)]
    office.finish(CHECKS, task, wrong=(WRITES,), shot="check_year", daily_score=scores)


def a_draft_is_kept_while_it_is_typed(office: Office) -> None:
    """A page closed, a line cut: what was typed is there, to the last letter."""
    page = office.go(WRITES, "/debriefings", shot="debriefing_own_due")
    expect(page.locator("main")).to_contain_text("尚未撰写")
    with page.expect_download() as template:
        page.get_by_role("link", name="下载模板").click()
    assert template.value.suggested_filename.endswith(".docx")
    page.get_by_role("link", name="撰写报告").click()
    page.fill('[name="results"]', "推动机关党建与财政业务同部署、同检查。")
    expect(page.locator("[data-kept]")).to_contain_text("已保存")
    page.context.set_offline(True)
    page.fill('[name="problems"]', "支部书记抓党建不平衡。")
    expect(page.locator("[data-kept]")).to_contain_text("服务器暂无响应")
    page.context.set_offline(False)
    expect(page.locator("[data-kept]")).to_contain_text("已保存")
    with office.sessions() as session:
        kept = session.scalars(select(Draft)).one().answers
    assert (kept["results"][:4], kept["problems"]) == ("推动机关", "支部书记抓党建不平衡。")
    page = office.go(WRITES, "/debriefings", shot="debriefing_own_draft")
    page.get_by_role("link", name="继续撰写").click()
    expect(page.locator('[name="problems"]')).to_have_value("支部书记抓党建不平衡。")


def the_report_is_sent_back_and_handed_in_again(office: Office, case: int) -> None:
    key = office.id(WRITES)
    texts = dict.fromkeys(TEXTS, "对照职责写实：做法、实效与差距。")
    office.do(
        WRITES, case, "write_report", item=key, wrong=("planning_secretary", CHECKS),
        shot="write_report", **texts, signature=SIGN,
    )  # fmt: skip
    task = office.begin(CHECKS, case, "check_report", item=key)
    office.try_in_vain("修改意见", verdict="return")  # sent back without saying why
    office.finish(
        CHECKS, task, wrong=(WRITES,), shot="check_report", verdict="return", comments=BACK
    )
    page = office.go(WRITES, "/debriefings", shot="debriefing_own_returned")
    expect(page.locator("main .alert")).to_contain_text("不要以台账数量代替成效")
    task = office.begin(WRITES, case, "write_report", item=key)
    expect(page.locator('[name="results"]')).to_have_value(texts["results"])  # nothing anew
    mended = "逐项对照：两项已改，一项未改到位。"
    office.finish(WRITES, task, shot="write_report_again", problems=mended, signature=SIGN)
    office.do(CHECKS, case, "check_report", item=key, verdict="accept")


def the_others_hand_in(office: Office, case: int) -> None:
    for who in SECRETARIES:
        if who == WRITES:
            continue
        said = dict.fromkeys(TEXTS, "写实") | {"signature": office.cast.users[who].name}
        done_elsewhere(office, who, case, "write_report", office.id(who), **said)
        done_elsewhere(office, CHECKS, case, "check_report", office.id(who), verdict="accept")


def comments_are_prepared(office: Office, case: int) -> None:
    """Two problems each: of the feedback they become two entries of a list."""
    row = {"problem": "抓支部建设不够实", "request": "逐项明确责任和时限"}
    office.do(
        COMMITTEE, case, "prepare_comments", wrong=(ORGANISER,), shot="prepare_comments",
        comments=Each(row),
    )  # fmt: skip


def drafting(office: Office) -> int:
    case = the_round_is_planned(office)
    the_year_is_checked(office, case)
    a_draft_is_kept_while_it_is_typed(office)
    the_report_is_sent_back_and_handed_in_again(office, case)
    the_others_hand_in(office, case)
    comments_are_prepared(office, case)
    return case
