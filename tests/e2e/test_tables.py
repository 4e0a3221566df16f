"""A decision table is edited in the browser: nothing is lost, faults stand in their cell."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from config import Config
from tests.e2e import axe
from tests.e2e.conftest import serving
from tests.e2e.modeling import NOW, begins_a_draft, losses, once
from tests.webapp import packaging
from tests.webapp.packaging import BPMN

SHIPPED = sorted(BPMN.glob("**/*.dmn"))
OPEN_AND_SAVE = """async (xml) => {
  const { tables } = document.querySelector('[data-decisions]');
  await tables.importXML(xml);
  return (await tables.saveXML({ format: true })).xml;
}"""
CELL = 'td[data-element-id="assessment_grade_rule_2_points"]'


@pytest.fixture
def draft(page: Page, e2e_settings: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a draft of the reminder, whose pen the person in the page holds."""
    with packaging.office(e2e_settings, NOW, monkeypatch) as app, serving(app) as url:
        begins_a_draft(page, app, url)
        yield page.url


@once
def test_a_table_is_edited_by_keyboard_tried_out_and_nothing_is_lost(
    draft: str, page: Page, shots: Path
) -> None:
    page.set_default_timeout(10_000)
    opens(page, f"{draft}/edit/decisions/assessment_grade")
    can_be_used(page)
    types(page, '< "x"')
    told = page.locator(f"{CELL} .cell-told")
    expect(told).to_contain_text("“合成得分”列")
    expect(told).to_contain_text("本列应为数值")
    axe.is_accessible(page)
    page.keyboard.press("Control+s")
    fault = page.locator("[data-faults] button")
    expect(fault).to_contain_text("第 2 行“合成得分”列")
    page.screenshot(path=shots / "table_fault.png")
    fault.press("Enter")  # leads into the cell
    expect(page.locator(f"{CELL} [contenteditable]").first).to_be_visible()
    types(page, "< 50")
    expect(told).to_be_hidden()
    expect(page.locator("[data-found]")).to_contain_text("1 个未通过")  # 59.99 was poor
    types(page, "< 60")
    with page.expect_response(lambda answer: answer.url.endswith("/assessment_grade")):
        page.keyboard.press("Control+s")
    expect(page.locator("[data-found]")).to_contain_text("全部 6 个测试用例通过")
    assert page.evaluate("[...document.querySelector('[data-decisions]').missing]") == []
    nothing_is_lost(page)
    tries(page, f"{draft}/edit/tests/assessment_grade")
    page.screenshot(path=shots / "table_tests.png")


def can_be_used(page: Page) -> None:
    axe.is_accessible(page)
    axe.can_be_walked(page)
    expect(page.locator(".bjs-powered-by")).to_be_visible()


def opens(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("[data-decisions][data-ready]")


def types(page: Page, text: str) -> None:
    """Over what stands in the cell."""
    page.locator(f"{CELL} [contenteditable]").first.focus()
    page.locator(f"{CELL} .cm-content").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type(text)
    page.keyboard.press("Tab")


def nothing_is_lost(page: Page) -> None:
    """Every shipped table, opened and saved as it is."""
    for path in SHIPPED:
        before = path.read_text(encoding="utf-8")
        assert losses(before, page.evaluate(OPEN_AND_SAVE, before)) == [], path


def tries(page: Page, url: str) -> None:
    """By keyboard: the fields are filled in, the try is kept as a test case."""
    page.goto(url)
    page.select_option("[name='in.veto']", "false")
    page.fill("[name='in.points']", "60")
    page.press("[name='in.points']", "Enter")
    expect(page.get_by_role("status").filter(has_text="适用第 3 行")).to_be_visible()
    page.fill("[name='name']", "六十分整")
    page.get_by_role("button", name="存为测试用例").press("Enter")
    expect(page.get_by_role("cell", name="六十分整")).to_be_visible()
    axe.is_accessible(page)
