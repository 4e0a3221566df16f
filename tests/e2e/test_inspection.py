"""督导检查 in a browser: filed, a sample that is drawn again, a finding, 整改 and 回访."""

import hashlib
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from models import Case, Sample, Visit
from tests import inspecting
from tests.e2e.acting import SIGN, Office
from tests.e2e.axe import can_be_walked, is_accessible
from tests.e2e.city import START
from workflows.deadlines import day_of

TOPIC, FACT = "破解“两张皮”集中督导调研", "抽查的会议记录与文件雷同，没有结合业务"
TEAM = ("supervisor2", "supervisor3")
RECTIFIED = {"item": FACT, "verdict": "pass", "basis": "现场核验"}


@pytest.fixture
def office(office: Office) -> Office:
    """With a dozen records to draw from."""
    inspecting.records(office.cast, 12, START)
    office.cast.session.commit()
    return office


def test_an_inspection_goes_from_its_filing_to_the_revisit(office: Office) -> None:
    case = planned(office)
    team = [{"unit": office.cast.units["finance"].id, "members": office.ids(*TEAM)}]
    office.do(
        "supervisor", case, "draft_inspection", topic=TOPIC, basis=["organs_33"],
        methods=["listen", "check"], teams=team, shot="inspection_plan",
        **{"from": office.day(), "to": office.day(10)},
    )  # fmt: skip
    office.do(
        "work_secretary", case, "approve_inspection", wrong=["work_deputy", "finance_head"],
        verdict="approve",
    )  # fmt: skip
    visit = visit_of(office)
    sampled(office, visit)
    put_down(office, visit)
    item = str(office.cast.units["finance"].id)
    office.do(
        TEAM[0], case, "field_work", item=item, wrong=["finance_secretary"],
        visited_on=office.day(), outcome="problems", signature=SIGN,
    )  # fmt: skip
    answered(office, visit, case, item)
    settled(office, visit, case, item)
    concluded(office, case)
    rectified(office, visit)


def planned(office: Office) -> int:
    """The item is in the plan; an overlapping one is refused with the first one's name."""
    page = office.go("supervisor", "/inspections/plan")
    office.shoot("inspection_empty_plan")
    is_accessible(page)
    entered(office, "DJ-01", TOPIC)
    entered(office, "DJ-02", "支部规范化检查")
    expect(page.get_by_role("alert")).to_contain_text(TOPIC)
    expect(page.locator("#f-topic")).to_have_value("支部规范化检查")
    is_accessible(page)
    page.goto(f"{office.base_url}/inspections/plan")
    page.fill("#f-number", "备〔2035〕7号")
    page.get_by_role("button", name="备案", exact=True).click()
    page.get_by_role("button", name="启动", exact=True).click()
    page.wait_for_url("**/cases/*")
    with office.sessions() as session:
        return session.scalars(select(Case.id).where(Case.process == "inspection")).one()


def entered(office: Office, code: str, topic: str) -> None:
    page = office.page
    if not page.locator("#f-code").is_visible():
        page.locator("summary", has_text="列入计划项目").click()
    for name, value in (("code", code), ("topic", topic), ("from", office.day()),
                        ("to", office.day(15))):  # fmt: skip
        page.fill(f"#f-{name}", value)
    page.select_option("#f-kind", "topical")
    page.check(f"#u-{office.cast.units['finance'].id}")
    with page.expect_navigation():
        page.get_by_role("button", name="列入计划", exact=True).click()


def visit_of(office: Office) -> str:
    with office.sessions() as session:
        return f"/inspections/visits/{session.scalars(select(Visit.id)).one()}"


def sampled(office: Office, visit: str) -> None:
    """Five of the records are drawn; by the printed rule alone the same five come out."""
    page = office.go(TEAM[0], visit, shot="inspection_visit_empty")
    is_accessible(page)
    page.locator("summary", has_text="抽取样本").click()
    page.select_option("#f-kind", "meeting")
    page.fill("#f-from", (day_of(START) - timedelta(days=60)).isoformat())
    page.fill("#f-size", "5")
    page.get_by_role("button", name="抽取", exact=True).click()
    expect(page.get_by_role("status").last).to_contain_text("结果一致")
    office.shoot("inspection_sample")
    is_accessible(page)
    shown = page.locator("tbody code").all_inner_texts()
    with office.sessions() as session:
        sample = session.scalars(select(Sample)).one()
    ranked = sorted(
        sample.frame, key=lambda one: hashlib.sha256(f"{sample.seed}:{one}".encode()).hexdigest()
    )
    assert shown == ranked[:5]
    with page.expect_download() as got:
        page.get_by_text("打印清单").click()
    assert got.value.suggested_filename.endswith(".docx")
    row = page.locator("tbody tr").first
    row.locator("summary").click()
    row.locator("textarea").fill("三份讨论内容与所附文件相同")
    row.get_by_role("button", name="登记").click()
    page.wait_for_url(f"**{visit}#evidence")


def put_down(office: Office, visit: str) -> None:
    """No problem without evidence; with it and its rule it stands."""
    page = office.go(TEAM[0], visit)
    page.locator("summary", has_text="登记问题").click()
    page.fill("#f-fact", FACT)
    page.select_option("#f-rule", "organs/2019")
    page.select_option("#f-severity", "general")
    page.fill("#f-requirement", "如实记录讨论，结合业务研究")
    page.get_by_role("button", name="登记", exact=True).last.click()
    expect(page.locator("#problems .fault")).to_contain_text("至少引用一条")
    is_accessible(page)
    page.check("[name=cites]")
    page.get_by_role("button", name="登记", exact=True).last.click()
    page.wait_for_url(f"**{visit}#problems")
    expect(page.locator("#problems article")).to_contain_text(FACT)
    can_be_walked(page)


def answered(office: Office, visit: str, case: int, item: str) -> None:
    """The unit sees its own problem, and neither the sample nor the team's notes."""
    page = office.go("finance_secretary", visit)
    expect(page.locator("#problems article")).to_contain_text(FACT)
    assert page.locator("#samples, #evidence").count() == 0
    page.get_by_label("属实").check()
    page.get_by_role("button", name="保存答复").click()
    office.shoot("inspection_unit")
    is_accessible(page)
    office.do("finance_secretary", case, "hear_unit", item=item, read=True, signature=SIGN)


def settled(office: Office, visit: str, case: int, item: str) -> None:
    page = office.go(TEAM[0], visit)
    page.get_by_label("保留").check()
    page.locator("#problems textarea[name=reason]").fill("经核对属实")
    page.locator("#problems").get_by_role("button", name="认定").click()
    office.do(TEAM[0], case, "settle_findings", item=item, signature=SIGN)


def concluded(office: Office, case: int) -> None:
    summary = {"common": "重形式轻实效", "suggestions": "用五同计划统一部署"}
    office.do("supervisor", case, "write_summary", shot="inspection_summary", **summary)
    decision = {"verdict": "approve", "held_on": office.day(), "minutes": "纪要"}
    office.do(
        "work_secretary", case, "approve_summary", wrong=["finance_head", "work_deputy"],
        **decision,
    )  # fmt: skip
    office.do("supervisor", case, "report_up", done="reported", on=office.day())


def rectified(office: Office, visit: str) -> None:
    """整改 is planned, checked, done and verified; after its days 回访 closes it."""
    with office.sessions() as session:
        list_ = session.scalars(select(Case.id).where(Case.process == "rectification")).one()
    owner, reviewer = "finance_secretary", "supervisor"
    plan = {"problem": FACT, "measure": "修订记录办法", "responsible": office.id(owner),
            "due": office.day(10)}  # fmt: skip
    office.do(owner, list_, "rect_plan", items=[plan], signature=SIGN)
    office.do(reviewer, list_, "rect_plan_check", wrong=[owner], verdict="accept")
    done = [{"item": FACT, "done": True}]
    office.do(owner, list_, "rect_work", progress=done, self_check="已落实", signature=SIGN)
    office.do(reviewer, list_, "rect_verify", items=[RECTIFIED], overall="pass", opinion="整改属实")
    office.forward(reviewer, 5, 1)
    office.do(reviewer, list_, "rect_revisit", state="held", record="回访三个支部，未见反弹")
    page = office.go(reviewer, visit, shot="inspection_revisited")
    expect(page.locator("main")).to_contain_text("已回访")
    expect(page.locator("main")).to_contain_text("整改合格")
