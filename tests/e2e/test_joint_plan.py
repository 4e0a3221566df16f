"""A joint plan in a browser: paired, decided by the 党组, deployed; an item through its five
checkpoints, one of them red on the way; the year assessed. axe looks at every page of it."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from models import JointPlan, PlanItem, UnitKind
from tests.e2e.acting import Office
from tests.e2e.axe import can_be_walked, is_accessible

HEAD, DEPUTY, OWNER = "finance_head", "finance_deputy", "finance_leader"
BRANCH, COMMITTEE, STRANGER = "finance_branch_secretary", "finance_secretary", "planning_liaison"
YEAR = 2035
GOAL = "年内预算执行率达到九成"
MEASURES = "党员先锋岗攻坚\n支部与科室联学联做"


@pytest.fixture
def office(office: Office) -> Office:
    """With a department that carries out what is planned."""
    office.cast.unit("finance_office", UnitKind.DEPARTMENT, "finance").name = "财政局预算科"
    office.cast.session.commit()
    return office


def test_an_item_through_its_five_checkpoints_one_of_them_red(office: Office) -> None:
    case = planned_together(office)
    deployed_together(office, case)
    turned_red(office)
    carried_out(office)
    checked_together(office, case)
    assessed_together(office, case)
    the_rules_find_nothing(office)


def the_plan(office: Office) -> tuple[int, int, int]:
    """The plan, its case, its item."""
    with office.sessions() as session:
        plan = session.scalars(select(JointPlan)).one()
        item = session.scalar(select(PlanItem.id).where(PlanItem.plan_id == plan.id))
        return plan.id, plan.case_id or 0, item or 0


def looked_at(page: Page) -> None:
    is_accessible(page)


def planned_together(office: Office) -> int:
    page = office.go(DEPUTY, "/plans")
    looked_at(page)  # with no plan yet
    page.fill("#f-year", str(YEAR))
    with page.expect_navigation():
        page.get_by_role("button", name="启动").click()
    _, case, _ = the_plan(office)
    office.begin(DEPUTY, case, "draft_pairs")
    pair = {
        "business_goal": GOAL,
        "party_measures": " ",
        "indicator": "执行率",
        "owner_business": office.id(OWNER),
        "owner_party": office.id(BRANCH),
        "branch": str(office.cast.units["finance_branch"].id),
        "milestones": f"{YEAR}-03-08 序时进度过半",
        "due": office.day(5),
    }
    office.fill(pairs=[pair])
    office.hand_in()
    expect(page.locator("#faults")).to_contain_text("党建举措")
    looked_at(page)
    task = office.open_task(case, "draft_pairs")
    office.finish(DEPUTY, task, wrong=(BRANCH,), shot="plan_draft",
                  pairs=[{"party_measures": MEASURES}])  # fmt: skip
    office.do(OWNER, case, "consult_business", answer="agree")
    decided: dict[str, Any] = {
        "meeting": "党组会",
        "held_on": office.day(),
        "minutes": True,
        "verdict": "approve",
    }
    office.do(HEAD, case, "decide_plan", wrong=(COMMITTEE, BRANCH), shot="plan_decide", **decided)
    return case


def deployed_together(office: Office, case: int) -> None:
    units = office.cast.units
    row = {
        "department": str(units["finance_office"].id),
        "branch": str(units["finance_branch"].id),
    }
    office.do(HEAD, case, "deploy_plan", wrong=(DEPUTY,), deployed_on=office.day(),
              covered="both", tasks=[row])  # fmt: skip
    plan, _, _ = the_plan(office)
    page = office.go(BRANCH, f"/plans/{plan}", shot="plan_board")
    expect(page.locator("section", has_text="同落实").first).to_contain_text(GOAL)
    for view in ("board", "timeline", "table"):
        page = office.go(BRANCH, f"/plans/{plan}?view={view}", shot=f"plan_{view}")
        looked_at(page)
    can_be_walked(page)


def turned_red(office: Office) -> None:
    """Nobody reported it done; the light rises by itself."""
    plan, _, item = the_plan(office)
    office.forward(HEAD, 5, 5, 1)
    page = office.go(HEAD, f"/plans/{plan}", shot="plan_red")
    expect(page.locator(".light-red")).to_have_count(1)
    page = office.go("supervisor", "/plans?light=red", shot="plans_red")
    expect(page.locator("main tbody")).to_contain_text("财政局")
    looked_at(page)
    page = office.go(OWNER, f"/plans/items/{item}", shot="plan_item_red")
    looked_at(page)


def carried_out(office: Office) -> None:
    """Evidence of one side does not do; with both the item is reported done, and was red."""
    _, _, item = the_plan(office)
    page = office.go(OWNER, f"/plans/items/{item}")
    for sides in ("business", "party"):
        with page.expect_navigation():
            page.get_by_role("button", name="报落实完成").click()
        expect(page.locator("[role=alert]")).to_contain_text("同落实的证据")
        looked_at(page)
        page.goto(f"{office.base_url}/plans/items/{item}")
        page.locator("summary", has_text="登记证据").click()
        page.select_option("#f-stage", "carry_out")
        page.select_option("#f-kind", "result")
        page.select_option("#f-sides", sides)
        page.fill("#f-text", "支出进度超过序时，党员领办事项办结。")
        looked_at(page)
        with page.expect_navigation():
            page.click('form[action$="/evidence"] button')
    with page.expect_navigation():
        page.get_by_role("button", name="报落实完成").click()
    expect(page.locator("main")).to_contain_text("曾亮红灯")
    office.shoot("plan_item_done")


def checked_together(office: Office, case: int) -> None:
    """Three checks are held before their days; each leaves its note."""
    row = {"business_state": "done", "party_state": "done", "note": "见台账"}
    for _ in range(4):
        try:
            office.do(DEPUTY, case, "carry_out", note="提前检查")
        except StopIteration:  # all checks are held
            return
        office.do(DEPUTY, case, "check_items", wrong=(BRANCH, COMMITTEE), shot="plan_check",
                  held_on=office.day(), items=[row])  # fmt: skip


def assessed_together(office: Office, case: int) -> None:
    plan, _, item = the_plan(office)
    row = {"business_result": "执行率九成二", "party_result": "领办办结", "judgement": "both"}
    office.do(HEAD, case, "year_review", wrong=(DEPUTY,), shot="plan_review", pairs=[row])
    page = office.go(HEAD, f"/plans/{plan}")
    expect(page.locator("main")).to_contain_text("办结")
    page = office.go(HEAD, f"/plans/items/{item}", shot="plan_item_closed")
    expect(page.locator("main")).to_contain_text("两促进")
    looked_at(page)


def the_rules_find_nothing(office: Office) -> None:
    page = office.go("supervisor", f"/plans/skins?year={YEAR}", shot="plan_skins")
    page.wait_for_selector("[data-chart][data-ready]")
    expect(page.locator("main")).to_contain_text("未发现脱节")
    looked_at(page)
    unit = office.cast.units["finance"].id
    looked_at(office.go("supervisor", f"/plans/skins/{unit}?year={YEAR}"))
    page = office.go(DEPUTY, "/plans/import", shot="plan_import")
    looked_at(page)
    can_be_walked(page)
