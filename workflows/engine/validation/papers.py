"""What is said of a document template that cannot be filled; looked at by workflows.templates."""

from collections.abc import Mapping

from workflows.engine.validation.faults import Texts

REFUSED = "document-refused"
RULES: Mapping[str, Texts] = {
    REFUSED: (
        "文书模板（.docx）必须能够填写；标记只能显示字段、循环和判断。",
        "A document template (.docx) can be filled; its tags show fields, loop and choose, "
        "nothing else.",
    ),
}
