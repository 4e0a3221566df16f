"""The frame in a browser: layout, forms with and without JavaScript, the diagram."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.webapp import frame
from tests.webapp.conftest import PASSWORD

WIDE = "document.documentElement.scrollWidth"


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080), (390, 800)])
def test_nothing_runs_off_the_side(in_frame: Page, width: int, height: int, shots: Path) -> None:
    in_frame.set_viewport_size({"width": width, "height": height})
    for name in ("parts", "form"):
        in_frame.goto(in_frame.url.rsplit("/", 1)[0] + f"/{name}")
        assert in_frame.evaluate(WIDE) <= width
        in_frame.screenshot(path=shots / f"frame-{name}-{width}.png", full_page=True)


def test_the_menu_folds_on_a_narrow_screen(in_frame: Page) -> None:
    in_frame.set_viewport_size({"width": 390, "height": 800})
    expect(in_frame.locator(".entries")).to_be_hidden()
    in_frame.click(".menu-switch")
    expect(in_frame.locator("#menu-open")).to_be_checked()


def test_the_diagram_shows_where_it_waits_and_its_makers_mark(in_frame: Page) -> None:
    expect(in_frame.locator("[data-ready]")).to_have_count(1)
    expect(in_frame.locator(".tok-badge")).to_have_text("王强 · 剩2天")
    expect(in_frame.locator(".bjs-powered-by")).to_be_visible()
    in_frame.click("[data-zoom=in]")


def test_a_choice_brings_its_field_and_keeps_what_was_typed(in_frame: Page) -> None:
    in_frame.goto(in_frame.url.replace("/parts", "/form"))
    expect(in_frame.locator("#f-reason")).to_be_hidden()
    in_frame.fill("#f-opinion", "写好的意见")
    in_frame.check("#f-verdict-2")
    expect(in_frame.locator("#f-reason")).to_be_visible()
    expect(in_frame.locator("#f-opinion")).to_have_value("写好的意见")
    in_frame.click("text=增加一行")
    expect(in_frame.locator(".row-of")).to_have_count(2)
    in_frame.get_by_role("button", name="提交").last.click()
    expect(in_frame.locator("#faults")).to_be_focused()
    expect(in_frame.locator("#f-opinion")).to_have_value("写好的意见")


def test_a_form_works_without_javascript(browser: Browser, frame_url: str) -> None:
    frame.received.clear()
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{frame_url}/sign-in?next=/frame/form")
    page.fill("#login", "browser")
    page.fill("#password", PASSWORD)
    page.click("main button")
    expect(page.locator("#f-reason")).to_be_visible()  # all is shown, with a note
    page.check("#f-verdict-1")
    page.fill("#f-opinion", "属实")
    page.click("text=增加一行")
    page.fill("#f-items-0-problem", "甲")
    page.fill("#f-items-0-due", "2026-03-02")
    page.fill("#f-signature", "督导员")
    page.check("#f-signature-confirmed")
    page.get_by_role("button", name="提交").last.click()
    page.wait_for_url("**/frame/parts")
    assert frame.received[0]["items"] == [{"problem": "甲", "due": "2026-03-02"}]
    context.close()


def test_a_resized_field_offends_no_policy(in_frame: Page) -> None:
    in_frame.goto(in_frame.url.replace("/parts", "/form"))
    in_frame.evaluate("document.querySelector('#f-opinion').style.height = '200px'")
    in_frame.check("#f-verdict-2")
    expect(in_frame.locator("#f-reason")).to_be_visible()
