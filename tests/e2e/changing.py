"""A draft of the reminder is changed in its three editors, by mouse and keyboard."""

from playwright.sync_api import expect

from tests.e2e.modeling import Editor
from tests.e2e.releasing import FIRST, Desk, ready

CARRIED = (
    'decide_reminder.form = "letter" and '
    "count(values({step})[agree = true]) * 3 >= count(values({step})) * 2"
)
CELL = "[data-element-id='measure_proposal_rule_1_ground']"
LETTER = "reminder_form_to_issue_letter"


def the_draft_is_begun(desk: Desk) -> None:
    page = desk.go(FIRST, "/processes/reminder")
    desk.shoot("1-process")
    with page.expect_navigation(url="**/process-drafts/*"):
        page.click("form[action$='/processes/reminder/draft'] button")
    desk.draft = page.url
    expect(page.get_by_text("没有差异。")).to_be_visible()


# ---- forms
def the_forms_are_changed(desk: Desk) -> None:
    """A new one for the vote; in that of the decision three people are named."""
    page = desk.go(FIRST, f"{desk.draft}/edit/forms")
    page.fill("#new-key", "countersign")
    page.fill("#new-title", "会签意见")
    page.fill("#new-title-en", "Countersign")
    with page.expect_navigation():
        page.click("form[action$='/edit/forms'] button")
    a_field_is_added(desk, "yes_no", "agree", "是否同意")
    saved(desk)
    desk.go(FIRST, f"{desk.draft}/edit/forms/decide_reminder")
    a_field_is_added(desk, "users", "countersigners", "会签人")
    for limit in ("minItems", "maxItems"):
        typed(desk, f"p.{limit}", "3")
    saved(desk)
    desk.shoot("2-form")


def a_field_is_added(desk: Desk, kind: str, key: str, title: str) -> None:
    page = desk.page
    page.select_option("#e-new-kind", kind)
    pressed(desk, "add:field")
    page.click(".why-used summary")
    page.fill("#e-key", key)
    pressed(desk, "rename")
    typed(desk, "p.title", title)
    typed(desk, "p.title_en", key)
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.check("[name='p.required']")


def typed(desk: Desk, name: str, text: str) -> None:
    """What is typed is taken at once."""
    desk.page.fill(f"[name='{name}']", text)
    with desk.page.expect_response(lambda answer: answer.request.method == "POST"):
        desk.page.press(f"[name='{name}']", "Tab")


def pressed(desk: Desk, op: str) -> None:
    with desk.page.expect_response(lambda answer: answer.request.method == "POST"):
        desk.page.click(f"#edit button[name='op'][value='{op}']")


def saved(desk: Desk) -> None:
    pressed(desk, "save")
    expect(desk.page.locator("#editing[data-saved]")).to_be_visible()


# ---- the table
def the_table_is_changed(desk: Desk) -> None:
    page = desk.go(FIRST, f"{desk.draft}/edit/decisions/measure_proposal")
    ready(page, "decisions")
    page.locator(f"{CELL} [contenteditable]").first.focus()
    page.locator(f"{CELL} .cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type('not("assessment")')
    page.keyboard.press("Tab")
    with page.expect_response(lambda answer: answer.url.endswith("/measure_proposal")):
        page.keyboard.press("Control+s")
    expect(page.locator("[data-found]")).to_contain_text("全部 26 个测试用例通过")
    desk.shoot("3-table")


# ---- the diagram
def drawing(desk: Desk) -> Editor:
    desk.go(FIRST, desk.draft)
    editor = Editor(desk.page, desk.app, desk.draft)
    editor.open()
    return editor


def a_countersign_is_drawn(desk: Desk, editor: Editor) -> None:
    """Room is made after the decision, and the step is laid upon the way there."""
    page = editor.page
    x, y = middle(editor, "decide_reminder_to_reminder_form")
    page.click("[data-action='space-tool']")
    page.mouse.move(x - 4, y + 30)
    page.mouse.move(x, y + 30)
    page.mouse.down()
    page.mouse.move(x + 90, y + 30, steps=4)
    page.mouse.up()
    page.click("[data-action='create.person']")
    x, y = middle(editor, "decide_reminder_to_reminder_form")
    page.mouse.move(x - 4, y - 4)
    page.mouse.move(x, y, steps=3)
    page.mouse.click(x, y)
    page.keyboard.type("会签")
    page.keyboard.press("Escape")
    made = editor.chosen()[0]
    editor.choose(made)
    editor.type("name", "会签")
    editor.type("id", "countersign")
    page.keyboard.press("Tab")
    desk.shoot("4-drawn")
    expect(page.locator("[data-element-id='countersign']")).to_have_count(1)


def middle(editor: Editor, way: str) -> tuple[float, float]:
    """Where the middle of a straight way is on the screen."""
    box = editor.page.locator(f"[data-element-id='{way}'] > .djs-visual").first.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def its_vote_is_set(desk: Desk, editor: Editor) -> None:
    """Three people at once, two thirds decide, three working days."""
    page = editor.page
    page.keyboard.press("Escape")
    editor.choose("countersign")
    editor.type("nameEn", "Countersign")
    editor.pick("formKey", "countersign")
    editor.pick("due", "workdays")
    page.fill("[data-entry-id='due'] input[type='number']", "3")
    page.press("[data-entry-id='due'] input[type='number']", "Tab")
    editor.pick("clock", "N")
    editor.pick("repeat", "once")
    editor.type("collection", "decide_reminder.countersigners")
    editor.pick("until", "share")
    page.get_by_label("表决字段").select_option("agree")
    page.get_by_label("视为赞成的选项").select_option("true")
    desk.shoot("5-vote")


def two_faults_stop_it(desk: Desk, editor: Editor) -> None:
    """Nobody is named for the step, and a name is mistyped."""
    page = editor.page
    editor.choose(LETTER)
    editor.type("condition", CARRIED.format(step="countersing"))
    editor.save()
    wanted = {("who-missing", "countersign"), ("expression-unknown-name", LETTER)}
    assert editor.told() == wanted
    for _rule, element in wanted:
        expect(page.locator(f"[data-container-id='{element}'] .fault-badge")).to_be_visible()
    desk.shoot("6-faults")
    desk.go(FIRST, desk.draft)
    expect(page.get_by_role("button", name="提交审核")).to_have_count(0)
    expect(page.get_by_role("link", name="有 2 处错误，不能发布。")).to_be_visible()
    desk.shoot("7-stopped")


def they_are_mended(desk: Desk, editor: Editor) -> None:
    page = editor.page
    page.click(f"main a[href$='#{LETTER}']")
    ready(page, "modeler")
    expect(page.locator("[data-entry-id='told']")).to_be_visible()
    editor.type("condition", CARRIED.format(step="countersign"))
    page.click("[data-faults] button[data-element='countersign']")
    page.fill("label[data-entry-id='who'] textarea", "item(key)")
    editor.save()
    assert editor.told() == set()
    expect(page.locator(".fault-badge")).to_have_count(0)


def it_is_tried_out(desk: Desk, editor: Editor) -> None:
    page = editor.page
    page.click("[data-do='simulate']")
    page.click("[data-container-id='reminder_opened'] .bts-context-pad")
    page.click(".bts-entry[title='试跑日志']")
    expect(page.locator(".bts-log")).to_contain_text("会签")
    desk.shoot("8-simulated")
    page.click("[data-do='simulate']")
