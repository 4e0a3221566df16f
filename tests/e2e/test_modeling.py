# ruff: noqa: F811  (a fixture has the name of its argument)
"""Diagrams are drawn in the browser: nothing is lost, faults stand on their element."""

from pathlib import Path

from playwright.sync_api import expect

from models import User
from tests.e2e.axe import is_accessible
from tests.e2e.modeling import NOW, Editor, editor, losses, once  # noqa: F401
from tests.webapp.packaging import BPMN
from webapp import db
from workflows import access, drafts
from workflows.engine.outline import outline

SHIPPED = sorted(path.stem for path in BPMN.glob("*/*.bpmn"))
WHOLE = ("accountability", "reminder", "supervision")  # the checks take a second each


@once
def test_every_shipped_diagram_is_opened_and_saved_without_loss(editor: Editor) -> None:
    for process in SHIPPED:
        before = (BPMN / process / f"{process}.bpmn").read_text(encoding="utf-8")
        after = editor.saved(before)
        assert losses(before, after) == [], process
        assert outline(process, after.encode()) == outline(process, before.encode())
        assert process not in WHOLE or editor.verdict(process, after) == []


def broken(editor: Editor) -> set[tuple[str, str]]:
    """Ten things are done wrong by mouse and keyboard; the rules that they break, by element."""
    cleared = {
        "who-missing": ("decide_reminder", "who"),
        "name-missing": ("reply_reminder", "name"),
        "condition-missing": ("reminder_form_to_hold_talk", "condition"),
    }
    picked = {
        "due-missing": ("hold_talk", "due"),
        "operation-missing": ("issue_letter", "operation"),
        "decision-missing": ("match_after_reminder", "decision"),
        "timer-missing": ("reply_lapsed", "timeKind"),
    }
    typed = {
        "expression-unreadable": ("reminder_form_to_issue_letter", "condition", 'a = = "x"'),
        "expression-unknown-name": ("talk_reply_to_reply_reminder", "condition", "nowhere = 1"),
    }
    for element, field in cleared.values():
        editor.choose(element)
        editor.type(field, "")
    for element, field in picked.values():
        editor.choose(element)
        editor.pick(field, "timeDuration" if field == "timeKind" else "")
    for element, field, text in typed.values():
        editor.choose(element)
        editor.type(field, text)
    editor.choose("not_reminded")
    editor.page.keyboard.press("Delete")
    told = {(rule, done[0]) for rule, done in {**cleared, **picked, **typed}.items()}
    return told | {("dead-end", "record_no_reminder")}


@once
def test_faults_stand_on_their_element_and_are_gone_when_undone(editor: Editor) -> None:
    page = editor.page
    wanted = broken(editor)
    editor.save()
    assert wanted <= editor.told(), wanted - editor.told()
    for rule, element in wanted:
        expect(page.locator(f"[data-container-id='{element}'] .fault-badge")).to_be_visible()
        page.click(f"[data-faults] button[data-rule='{rule}'][data-element='{element}']")
        expect(page.locator("[data-entry-id='told']")).to_be_visible()
    while page.locator("[data-do='undo']").is_enabled():
        page.click("[data-do='undo']")
    editor.save()
    assert editor.told() == set()
    expect(page.locator(".fault-badge")).to_have_count(0)


SETTINGS = """([id, name]) => {
  const { modeler } = document.querySelector('[data-modeler]');
  const { businessObject } = modeler.get('elementRegistry').get(id);
  const values = businessObject.extensionElements?.values || [];
  const items = values.flatMap((one) => one.$children || []);
  return items.find((one) => one.name === name)?.value ?? null;
}"""


@once
def test_a_step_is_drawn_copied_changed_and_kept(editor: Editor, shots: Path) -> None:
    page = editor.page
    made = drawn(editor)
    page.screenshot(path=shots / "modeler-drawn.png")
    editor.choose(made)
    page.click("[data-do='copy']")
    page.click("[data-do='paste']")
    put(editor, 260)
    copy = editor.chosen()[0]
    assert copy != made
    assert page.evaluate(SETTINGS, [copy, "formKey"]) == "hold_talk"
    page.click(".djs-context-pad [data-action='replace']")
    page.click("[data-id='become.service']")
    changed = editor.chosen()[0]
    assert page.evaluate(SETTINGS, [changed, "formKey"]) is None  # a service has no form
    page.keyboard.press("Control+z")
    assert page.evaluate(SETTINGS, [copy, "formKey"]) == "hold_talk"
    is_offered_again(editor, made)
    assert page.evaluate("() => [...document.querySelector('[data-modeler]').missing]") == []


def drawn(editor: Editor) -> str:
    """A step for a person from the palette, with a name and a form; its id."""
    page = editor.page
    page.click("[data-action='create.person']")
    put(editor, 150)
    made = editor.chosen()[0]
    page.keyboard.press("Escape")
    editor.choose(made)
    editor.type("name", "会签")
    editor.pick("formKey", "hold_talk")
    assert page.evaluate(SETTINGS, [made, "formKey"]) == "hold_talk"
    return made


def put(editor: Editor, right: int) -> None:
    """What is being made comes to lie in the empty part of the lowest lane."""
    at = editor.page.locator("[data-element-id='issue_letter'] > .djs-visual").bounding_box()
    assert at is not None
    x, y = at["x"] + right, at["y"] + 90
    editor.page.mouse.move(x - 5, y - 5)
    editor.page.mouse.move(x, y)
    editor.page.mouse.click(x, y)


def is_offered_again(editor: Editor, made: str) -> None:
    """A browser that was closed with unsaved work has kept it."""
    page = editor.page
    page.wait_for_timeout(900)  # it is kept a moment after the last change
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.wait_for_selector("[data-modeler][data-ready]")
    expect(page.locator(f"[data-element-id='{made}']")).to_have_count(0)
    page.click("[data-notice='kept'] button >> nth=0")
    expect(page.locator(f"[data-element-id='{made}']")).to_have_count(1)
    expect(page.locator("[data-count]")).to_contain_text("（上次保存时）")
    editor.save()
    expect(page.locator("[data-count]")).not_to_contain_text("（上次保存时）")
    assert (("who-missing", made)) in editor.told()
    page.reload()
    page.wait_for_selector("[data-modeler][data-ready]")
    expect(page.locator("[data-notice='kept']")).to_be_hidden()
    assert (("who-missing", made)) in editor.told()


UPON = """() => {
  const mark = document.querySelector('.bjs-powered-by').getBoundingClientRect();
  const found = document.elementFromPoint(mark.x + mark.width / 2, mark.y + mark.height / 2);
  return Boolean(found.closest('.bjs-powered-by'));
}"""


@once
def test_the_editor_is_for_all_and_only_one_holds_the_pen(editor: Editor, shots: Path) -> None:
    """axe, the makers' mark, files to take along; then somebody else takes the draft over."""
    page = editor.page
    editor.choose("decide_reminder")
    is_accessible(page)
    assert page.evaluate(UPON), "something lies upon the makers' mark"
    is_taken_along(editor)
    is_found(editor)
    editor.type("name", "另定方式")
    taken_over(editor)
    page.click("[data-do='save']")
    expect(page.locator("[data-notice='refused']")).to_contain_text("process_admin2")
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.wait_for_selector("[data-modeler][data-ready]")
    expect(page.locator(".djs-palette")).to_have_count(0)
    expect(page.locator("[data-do='save']")).to_have_count(0)
    page.locator("[data-element-id='decide_reminder'] > .djs-visual").click(force=True)
    expect(page.locator("[data-entry-id='name'] textarea")).to_be_disabled()
    page.screenshot(path=shots / "modeler-reading.png")
    is_accessible(page)
    assert page.evaluate(UPON)


def is_taken_along(editor: Editor) -> None:
    """The diagram as a file of each kind."""
    page = editor.page
    for kind in ("bpmn", "svg", "png"):
        page.click("[data-bar] details:has([data-do='svg']) > summary")
        with page.expect_download() as download:
            page.click(f"[data-do='{kind}']")
        assert download.value.suggested_filename == f"reminder.{kind}"
        page.click("[data-bar] details:has([data-do='svg']) > summary")


def is_found(editor: Editor) -> None:
    """The search shows the step that it finds."""
    page = editor.page
    page.click("[data-do='find']")
    page.locator(".djs-search-input input").press_sequentially("assess")
    page.keyboard.press("Enter")
    expect(page.locator("[data-entry-id='id'] input")).to_have_value("assess_reminder")


def taken_over(editor: Editor) -> None:
    """A second administrator has the pen from now on."""
    with db.of(editor.app).write.begin() as session:
        second = editor.app.extensions["cast"].users["process_admin2"]
        rights = access.rights_of(session, session.get_one(User, second.id), now=NOW)
        drafts.take_over(session, int(editor.draft.rpartition("/")[2]), rights=rights, now=NOW)
