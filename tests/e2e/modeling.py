"""The editor of diagrams in a browser: opened once, given any number of files.

    @once                                     # SQLite alone: what is tried is the browser's
    def test_something(editor: Editor) -> None:
        saved = editor.saved(xml)             # the file as the editor writes it, opened and saved
        assert losses(xml, saved) == []       # elements, attributes and texts that differ
        editor.verdict("reminder", saved)     # the faults of the shipped process with that diagram

`saved` takes and gives text; it opens the file in the very modeler of the page (the element
[data-modeler] holds it as its property `modeler`), so that nothing is tried but what users have.
A file that cannot be opened raises playwright's Error with the reader's sentence.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
from flask import Flask
from lxml import etree
from playwright.sync_api import Page

from config import Config
from tests.e2e.conftest import serving
from tests.webapp import packaging
from tests.webapp.conftest import PASSWORD
from workflows import definitions
from workflows.engine.validation import Fault

once = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
OPEN_AND_SAVE = """async (xml) => {
  const { modeler } = document.querySelector('[data-modeler]');
  await modeler.importXML(xml);
  return (await modeler.saveXML({ format: true })).xml;
}"""

CHOSEN = """() => {
  const { modeler } = document.querySelector('[data-modeler]');
  return modeler.get('selection').get().map((one) => one.id);
}"""


@dataclass
class Editor:
    """The page of a draft's diagram; the person in it holds the pen."""

    page: Page
    app: Flask
    draft: str  # the address of the draft

    def open(self, name: str = "reminder") -> None:
        self.page.goto(f"{self.draft}/edit/diagrams/{name}")
        self.page.wait_for_selector("[data-modeler][data-ready]", timeout=20_000)

    def choose(self, element: str) -> None:
        """A press on the element, unless it is chosen; of a way on its label."""
        if self.chosen() == [element]:
            return
        self.page.keyboard.press("Escape")
        shape = self.page.locator(f"[data-element-id='{element}'] > .djs-visual").first
        label = self.page.locator(f"[data-element-id='{element}_label'] > .djs-visual")
        flow = "djs-connection" in (shape.locator("..").get_attribute("class") or "")
        (label if flow else shape).click(force=True)

    def chosen(self) -> list[str]:
        """The ids of what is chosen in the drawing."""
        found: list[str] = self.page.evaluate(CHOSEN)
        return found

    def type(self, field: str, text: str) -> None:
        """What stands in a field of the panel is this text."""
        self.page.fill(f"[data-entry-id='{field}'] :is(input, textarea)", text)

    def pick(self, field: str, value: str) -> None:
        """What is chosen in a list of the panel has this value."""
        self.page.select_option(f"[data-entry-id='{field}'] select", value)

    def save(self) -> None:
        """A press on the button, and the server has answered."""
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            self.page.click("[data-do='save']")
        self.page.wait_for_function(
            "() => /已保存|Saved/.test(document.querySelector('[data-state]').textContent)"
        )

    def told(self) -> set[tuple[str, str]]:
        """The rules and elements in the list of faults."""
        lines = self.page.locator("[data-faults] button").all()
        return {
            (line.get_attribute("data-rule") or "", line.get_attribute("data-element") or "")
            for line in lines
        }

    def saved(self, xml: str) -> str:
        """What opening this file and saving it at once makes of it."""
        written: str = self.page.evaluate(OPEN_AND_SAVE, xml)
        return written

    @staticmethod
    def verdict(process: str, xml: str) -> list[Fault]:
        """What the checks say of the shipped process with this diagram in place of its own."""
        bundle = packaging.folder(process)
        drawn = replace(bundle, diagrams={**bundle.diagrams, process: xml.encode()})
        return definitions.faults_of(drawn)


@pytest.fixture
def editor(page: Page, e2e_settings: Config, monkeypatch: pytest.MonkeyPatch) -> Iterator[Editor]:
    """The draft of the shipped reminder, opened in its editor."""
    with packaging.office(e2e_settings, NOW, monkeypatch) as app, serving(app) as url:
        begins_a_draft(page, app, url)
        editor = Editor(page, app, page.url)
        editor.open()
        yield editor


def begins_a_draft(page: Page, app: Flask, url: str) -> None:
    """The process administrator signs in and changes the reminder: the page is its draft's."""
    page.goto(f"{url}/sign-in?next=/processes/reminder")
    page.fill("#login", app.extensions["cast"].users["process_admin"].login)
    page.fill("#password", PASSWORD)
    page.click("main button")
    page.wait_for_url("**/processes/reminder")
    page.click("form[action$='/processes/reminder/draft'] button")
    page.wait_for_url("**/process-drafts/*")


def losses(before: str, after: str) -> list[str]:
    """Elements, attributes and texts that stand in one file and not in the other."""
    was, now = _contents(before), _contents(after)
    return [f"lost {part}" for part in (was - now).elements()] + [
        f"new {part}" for part in (now - was).elements()
    ]


def _contents(xml: str) -> Counter[tuple[str, ...]]:
    found: Counter[tuple[str, ...]] = Counter()
    for one in etree.fromstring(xml.encode()).iter("*"):
        found[("element", str(one.tag))] += 1
        for name, value in one.attrib.items():
            found[("attribute", str(one.tag), str(name), _plain(str(value)))] += 1
        if text := (one.text or "").strip():
            found[("text", str(one.tag), text)] += 1
    return found


def _plain(value: str) -> str:
    """120.0 and 120 are the same coordinate."""
    try:
        return str(float(value))
    except ValueError:
        return value
