"""责任清单 in a browser: drawn up, edited, decided, signed for; then a secretary changes post."""

from typing import Any

from playwright.sync_api import expect
from sqlalchemy import select

from models import Case, ResponsibilityList
from tests.e2e.acting import SIGN, Office
from tests.e2e.axe import can_be_walked, is_accessible
from tests.e2e.city import START

SIGNERS = (
    "finance_head",
    "finance_secretary",
    "finance_deputy",
    "finance_branch_secretary",
    "finance_branch2_secretary",
)
ADDED = "每季度听取一次机关党建工作汇报。"
SUCCESSOR = "finance_leader"


def looked_at(office: Office, *, walk: bool = False) -> None:
    """The page at hand is in order for everybody; what it looks like hangs on no database."""
    if office.shots is None:
        return
    is_accessible(office.page)
    if walk:
        can_be_walked(office.page)


def test_lists_are_signed_for_and_made_out_anew_after_a_hand_over(office: Office) -> None:
    case = drawn_up(office)
    edited(office)
    office.do("finance_deputy", case, "draft_lists", note="依据三级四岗模板拟订")
    decision = {"meeting": "党组会议", "held_on": START.date(), "minutes": "纪要"}
    answers: dict[str, Any] = {"verdict": "approve", **decision}
    wrong, shot = ["planning_liaison"], "responsibility_decision"
    office.do("finance_head", case, "decide_lists", wrong=wrong, shot=shot, **answers)
    for who in SIGNERS:
        office.do(who, case, "sign_list", item=list_of(office, who), signature=SIGN)
    stands(office)
    handed_over(office)
    signed_anew(office)


def list_of(office: Office, who: str) -> str:
    """The newest list that is made out to this person."""
    with office.sessions() as session:
        return str(
            session.scalars(
                select(ResponsibilityList.id)
                .where(ResponsibilityList.user_id == office.cast.users[who].id)
                .order_by(ResponsibilityList.number.desc())
                .limit(1)
            ).one()
        )


def state_of(office: Office, list_id: str) -> str:
    with office.sessions() as session:
        return session.get_one(ResponsibilityList, int(list_id)).state


def drawn_up(office: Office) -> int:
    """The deputy secretary begins on the organ's page."""
    page = office.go("finance_deputy", "/responsibilities", shot="responsibility_empty")
    looked_at(office)
    page.get_by_role("link", name="拟订或调整").click()
    page.fill("#f-year", "20")
    page.locator("form button", has_text="开始拟订").click()
    expect(page.locator("[role=alert]")).to_be_visible()  # what was wrong, with the form open
    looked_at(office)
    page.fill("#f-year", str(START.year))
    page.locator("form button", has_text="开始拟订").click()
    page.wait_for_url("**/cases/*")
    with office.sessions() as session:
        return session.scalars(select(Case.id).where(Case.process == "responsibility")).one()


def edited(office: Office) -> None:
    """A line is added to the head's list; an empty area is told of, and what was typed stays."""
    number = list_of(office, "finance_head")
    page = office.go("finance_deputy", f"/responsibilities/{number}")
    page.get_by_role("link", name="修改清单稿").click()
    last = page.locator("textarea").count() - 3
    page.fill(f"[name=text-{last}]", ADDED)
    page.get_by_role("button", name="保存清单稿").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    expect(page.locator(f"[name=text-{last}]")).to_have_value(ADDED)
    looked_at(office, walk=True)
    office.shoot("responsibility_edit")
    page.fill(f"[name=area-{last}]", "一岗双责")
    page.get_by_role("button", name="保存清单稿").click()
    expect(page.locator("main")).to_contain_text(ADDED)


def stands(office: Office) -> None:
    """All is signed for: the register, the holder's own page, the unit's and the list's."""
    number = list_of(office, "finance_head")
    assert state_of(office, number) == "signed"
    page = office.go("finance_head", "/responsibilities/mine", shot="responsibility_mine")
    expect(page.locator("main")).to_contain_text(ADDED)
    looked_at(office, walk=True)
    unit = office.cast.units["finance"].id
    for name, path in (
        ("responsibility_register", "/responsibilities"),
        ("responsibility_unit", f"/responsibilities/units/{unit}"),
        ("responsibility_list", f"/responsibilities/{number}"),
        ("responsibility_templates", "/responsibilities/templates"),
    ):
        office.go("finance_head", path, shot=name)
        looked_at(office)


def handed_over(office: Office) -> None:
    """The system administrator looks first, then hands the secretary's post over."""
    number = list_of(office, "finance_secretary")
    with office.sessions() as session:
        post = session.get_one(ResponsibilityList, int(number)).post_id
        login = office.cast.users[SUCCESSOR].login
    page = office.go("system_admin", f"/responsibilities/handovers/{post}")
    page.fill("#f-to", "nobody")
    page.get_by_role("button", name="仅检查").click()
    expect(page.locator("#f-to-told")).to_be_visible()
    looked_at(office)
    page.fill("#f-to", login)
    page.get_by_role("button", name="仅检查").click()
    expect(page.locator("[role=status]")).to_contain_text("未作任何更改")
    assert state_of(office, number) == "signed"
    looked_at(office, walk=True)
    office.shoot("handover_check")
    page.get_by_role("button", name="办理交接").click()
    page.wait_for_url("**/responsibilities/handovers")
    expect(page.locator("main")).to_contain_text(office.cast.users[SUCCESSOR].name)
    office.shoot("handovers")
    looked_at(office)


def signed_anew(office: Office) -> None:
    """The successor signs for the list that is made out to him; the old one is kept."""
    old, new = list_of(office, "finance_secretary"), list_of(office, SUCCESSOR)
    with office.sessions() as session:
        cases = session.scalars(
            select(Case.id).where(Case.process == "responsibility").order_by(Case.id)
        ).all()
    page = office.go(SUCCESSOR, "/responsibilities/mine")
    expect(page.get_by_role("link", name="签收本清单")).to_be_visible()
    office.do(SUCCESSOR, cases[-1], "sign_list", item=new, signature=SIGN)
    assert (state_of(office, old), state_of(office, new)) == ("replaced", "signed")
