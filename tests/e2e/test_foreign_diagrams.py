"""Diagrams of other systems in the browser: opened and saved without loss, imported by mouse."""

from config import ROOT
from tests.e2e import axe
from tests.e2e.modeling import Editor, editor, losses, once  # noqa: F401
from tests.workflows.foreign.sketch import ROLES
from workflows import foreign

FILES = sorted((ROOT / "tests" / "bpmn" / "foreign").glob("*.bpmn"))


@once
def test_foreign_diagrams_lose_nothing_and_are_imported(editor: Editor) -> None:  # noqa: F811
    assert len(FILES) == 50
    lost = {}
    for path in FILES:
        given = path.read_text(encoding="utf-8")
        converted = foreign.read(given.encode(), roles=ROLES).diagram.decode()
        for state, xml in (("given", given), ("converted", converted)):
            lost[f"{path.stem} {state}"] = losses(xml, editor.saved(xml))
    assert {name: parts for name, parts in lost.items() if parts} == {}
    _imported(editor)


def _imported(editor: Editor) -> None:  # noqa: F811
    """From the list of processes to the draft in its editor."""
    page, root = editor.page, editor.page.url.partition("/process-drafts")[0]
    page.goto(f"{root}/processes")
    page.click("a[href='/process-drafts/foreign']")
    page.set_input_files("#package", str(FILES[-1].with_stem("yudao_oa_leave")))
    page.click("main form button")
    page.wait_for_selector("[data-bpmn-viewer] svg")
    axe.is_accessible(page)
    page.check("#remove")
    page.fill("#process", "leave")
    page.click("form[action$='/take'] button")
    page.wait_for_url(lambda url: url.rpartition("/")[2].isdecimal())
    editor.draft = page.url
    editor.open("leave")
    assert "flowable:" not in page.evaluate(
        "async () => (await document.querySelector('[data-modeler]').modeler.saveXML()).xml"
        ".replace(/xmlns:flowable=/, '')"
    )
