"""Diagrams are drawn in the browser: nothing is lost, faults stand on their element."""

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
