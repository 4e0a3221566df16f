"""What was drawn is reviewed, published and run; then running cases are moved on."""

from playwright.sync_api import expect

from tests.e2e.acting import Office
from tests.e2e.changing import drawing
from tests.e2e.releasing import (
    COUNTERSIGNERS,
    FIRST,
    SECOND,
    SUPERIOR,
    Desk,
    acts,
    opened,
)
from webapp import db
from workflows import jobs


# ---- review and release
def it_is_handed_in(desk: Desk, note: str, day: str = "") -> None:
    page = desk.go(FIRST, desk.draft)
    page.fill("[name='note']", note)
    page.fill("[name='effective_from']", day)
    desk.shoot("9-hand-in")
    desk.press("提交审核")
    expect(page.get_by_role("button", name="审核通过")).to_have_count(0)


def a_second_approves(desk: Desk) -> None:
    page = desk.go(SECOND, desk.draft)
    desk.shoot("10-review")
    desk.press("审核通过")
    expect(page.get_by_role("button", name="发布", exact=True)).to_be_visible()


def it_is_published(desk: Desk, number: int) -> None:
    desk.go(FIRST, desk.draft)
    desk.press("发布")
    page = desk.go(FIRST, "/processes/reminder")
    expect(page.get_by_role("link", name=f"v{number}", exact=True).first).to_be_visible()
    desk.shoot(f"11-published-{number}")


# ---- old and new
def an_old_case_finishes(desk: Desk) -> None:
    office, case = desk.office, desk.cases.pop(0)
    office.do(
        SUPERIOR, case, "assess_reminder", facts_found="true", verdict="corrected", note="已补开"
    )
    assert desk.open_nodes(case) == []
    page = desk.go(FIRST, "/processes/reminder/1")
    expect(page.locator("tr[aria-current='true'] td").nth(5)).to_have_text("1")


def a_new_case_is_countersigned(desk: Desk) -> None:
    """On the new version three are asked; two agree, which is enough for the letter."""
    for cast in acts(desk.app):
        case = opened(cast, desk.now, 20).id
    office = desk.office
    office.do(
        SUPERIOR,
        case,
        "decide_reminder",
        form="letter",
        countersigners=office.ids(*COUNTERSIGNERS),
        ground="支部党员大会未按期召开",
        basis=["discipline_21"],
        request="请说明情况并补开",
        reply_due="2026-06-09",
    )
    assert desk.open_nodes(case) == ["countersign"] * 3
    for who, agree in zip(COUNTERSIGNERS, (False, True, True), strict=True):
        assert desk.open_nodes(case)[0] == "countersign"
        votes(desk, who, agree)
    assert desk.open_nodes(case) == ["reply_reminder"]
    desk.go(SUPERIOR, f"/cases/{case}")
    desk.shoot("13-new-case")


def votes(desk: Desk, who: str, agree: bool) -> None:
    office: Office = desk.office
    page = desk.go(who, "/tasks")
    page.click("main a[href^='/tasks/']")
    page.wait_for_selector("#form")
    office.fill(agree=agree)
    office.settle()
    assert "2026-03-13" in page.inner_text("main")  # three working days
    desk.shoot("12-vote")
    office.hand_in()


# ---- a later version, and the move
def a_step_is_taken_out(desk: Desk) -> None:
    """No more talk: whoever would have been talked to replies in writing."""
    page = desk.go(FIRST, "/processes/reminder")
    with page.expect_navigation(url="**/process-drafts/*"):
        page.click("form[action$='/processes/reminder/draft'] button")
    desk.draft = page.url
    editor = drawing(desk)
    editor.choose("hold_talk")
    page.keyboard.press("Delete")
    editor.choose("talk_reply_to_reply_reminder")
    editor.type("condition", 'decide_reminder.form = "talk"')
    editor.choose("assess_reminder")
    editor.pick("due", "workdays")
    page.fill("[data-entry-id='due'] input[type='number']", "7")
    page.press("[data-entry-id='due'] input[type='number']", "Tab")
    editor.save()
    desk.shoot("14-taken-out")
    assert editor.told() == set()


def the_move_is_planned(desk: Desk) -> None:
    page = desk.go(FIRST, "/case-moves/new?process=reminder")
    page.select_option("#f-to", "3")
    for box in page.locator("form[method='get'] input[name='from']").all():
        box.set_checked(box.get_attribute("value") == "1")
    with page.expect_navigation():
        page.click("form[method='get'] button")
    page.fill("[name='reason']", "规定修订，取消谈话环节")
    page.check("[name='new_deadlines'][value='yes']")
    desk.shoot("15-plan")
    with page.expect_navigation():
        page.click("form[method='post'].panel button.btn-primary")
    the_clock_runs(desk)


def the_clock_runs(desk: Desk) -> None:
    """The job that the clock starts; the page says by itself what has become of it."""
    jobs.move_cases(db.of(desk.app).write, now=desk.now)


def one_is_refused_and_explained(desk: Desk) -> None:
    page = desk.page
    expect(page.locator("#standing")).to_contain_text("不能迁移 1")
    row = page.locator("#standing tbody tr", has=page.locator(".tag-warn"))
    expect(row).to_have_count(1)
    expect(row).to_contain_text("办件正处于该环节")
    expect(page.get_by_role("button", name="批准并迁移")).to_have_count(0)
    desk.shoot("16-tried")


def the_others_move_and_go_back(desk: Desk) -> None:
    plan = desk.page.url
    assessed = desk.cases[-1]
    before = desk.due(assessed)
    page = desk.go(SECOND, plan)
    confirmed(desk, "批准并迁移")
    expect(page.locator("#standing progress")).to_be_visible()
    desk.shoot("17-moving")
    assert desk.versions() == [1] * 10
    the_clock_runs(desk)
    expect(page.locator("#standing")).to_contain_text("已迁移 9")
    desk.shoot("18-moved")
    assert sorted(desk.versions()) == [1, *[3] * 9]
    assert desk.due(assessed) != before  # the time limit of its step is another now
    confirmed(desk, "退回", reason="条件不成熟")
    the_clock_runs(desk)
    expect(page.locator("#standing")).to_contain_text("已退回 9")
    desk.shoot("19-reverted")
    assert desk.versions() == [1] * 10
    assert desk.due(assessed) == before


def confirmed(desk: Desk, name: str, **typed: str) -> None:
    """A button that asks once more before it does what it says."""
    page = desk.page
    box = page.locator("details.confirm", has=page.locator("summary", has_text=name))
    box.locator("summary").click()
    for field, text in typed.items():
        box.locator(f"[name='{field}']").fill(text)
    with page.expect_navigation():
        box.locator("form button.btn").click()
