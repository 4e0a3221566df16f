# ruff: noqa: F811  (a fixture has the name of its argument)
"""A form is edited in the browser, by keyboard as by mouse; what is not saved is offered again."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import can_be_walked, is_accessible
from tests.e2e.conftest import MEANT
from tests.e2e.modeling import Editor, editor, once  # noqa: F401

KEY = "decide_reminder"
NAMED = "最终名称"


@pytest.fixture
def meant() -> tuple[str, ...]:
    """A request that a later one makes needless is given up, and htmx says so."""
    return (MEANT, "htmx:afterRequest", "htmx:sendAbort")


def labels(page: Page) -> list[str]:
    return [one.strip() for one in page.locator(".outline-field > span").all_inner_texts()]


@once
def test_a_form_is_edited_by_keyboard_and_nothing_is_lost(editor: Editor, shots: Path) -> None:
    page, address = editor.page, f"{editor.draft}/edit/forms/{KEY}"
    page.set_viewport_size({"width": 1366, "height": 768})
    page.goto(address)
    before = labels(page)
    is_accessible(page)
    can_be_walked(page)
    a_field_is_moved_by_keys(page, before)
    what_is_typed_is_taken(page)
    each_part_is_accessible(page, shots)
    page.once("dialog", lambda dialog: dialog.accept())
    page.goto(f"{address}?field=")  # closed with unsaved work
    assert labels(page) == before
    page.click("[data-do='bring']")
    expect(page.locator("#e-schema")).to_be_visible()
    page.keyboard.press("Control+s")
    expect(page.locator("#editing[data-saved]")).to_be_visible()
    page.goto(address)
    assert labels(page).count(NAMED) == 2
    assert page.locator("[data-kept]").is_hidden()
    page.click("#e-check")  # the preview is a form that works
    expect(page.locator("#preview .fault").first).to_be_visible()
    is_accessible(page)


def a_field_is_moved_by_keys(page: Page, before: list[str]) -> None:
    """Moved, undone, done again, as fast as keys can be pressed; the focus stays."""
    second, moved = page.locator(".outline-field").nth(1), [*before[1::-1], *before[2:]]
    second.focus()
    page.keyboard.press("Enter")
    expect(second).to_have_attribute("aria-current", "true")
    expect(second).to_be_focused()
    for key, wanted in (("Alt+ArrowUp", moved), ("Control+z", before), ("Control+y", moved)):
        page.keyboard.press(key)
        expect(page.locator(".outline-field > span")).to_have_text(wanted)


def what_is_typed_is_taken(page: Page) -> None:
    """On coming to the next field, where what is typed meanwhile stays; and by any button that is
    pressed while an answer is on its way."""
    page.fill("#e-p-title", "新的名称")
    page.keyboard.press("Tab")
    page.keyboard.type("x")
    expect(page.locator(".outline-field[aria-current] > span")).to_have_text("新的名称")
    expect(page.locator("#e-p-title_en")).to_have_value("x")
    page.fill("#e-p-title", NAMED)
    page.click("#e-op-duplicate")
    expect(page.locator(".outline-field > span", has_text=NAMED)).to_have_count(2)


def each_part_is_accessible(page: Page, shots: Path) -> None:
    for tab in ("rights", "form", "json"):
        page.click(f"#e-tab-{tab}")
        expect(page.locator(f"#e-tab-{tab}[aria-current]")).to_be_visible()
        is_accessible(page)
        page.screenshot(path=shots / f"form-editor-{tab}.png")
