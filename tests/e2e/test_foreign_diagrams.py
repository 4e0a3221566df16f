"""Diagrams of other systems are opened and saved in the browser without loss."""

from config import ROOT
from tests.e2e.modeling import Editor, editor, losses, once  # noqa: F401

FILES = sorted((ROOT / "tests" / "bpmn" / "foreign").glob("*.bpmn"))


@once
def test_foreign_diagrams_are_opened_and_saved_without_loss(editor: Editor) -> None:  # noqa: F811
    assert len(FILES) == 50
    lost = {}
    for path in FILES:
        before = path.read_text(encoding="utf-8")
        lost[path.stem] = losses(before, editor.saved(before))
    assert {name: parts for name, parts in lost.items() if parts} == {}
