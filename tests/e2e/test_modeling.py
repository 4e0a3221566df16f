"""Diagrams are drawn in the browser: nothing is lost, faults stand on their element."""

from playwright.sync_api import expect

from tests.e2e.modeling import Editor, editor, losses, once  # noqa: F401
from tests.webapp.packaging import BPMN
from workflows.engine.outline import outline

SHIPPED = sorted(path.stem for path in BPMN.glob("*/*.bpmn"))
WHOLE = ("accountability", "reminder", "supervision")  # the checks take a second each


@once
def test_every_shipped_diagram_is_opened_and_saved_without_loss(editor: Editor) -> None:  # noqa: F811
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
def test_faults_stand_on_their_element_and_are_gone_when_undone(editor: Editor) -> None:  # noqa: F811
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
