"""What is said of a document template that cannot be filled; looked at by workflows.templates."""

from collections.abc import Mapping

from workflows.engine.validation.faults import Texts

REFUSED = "document-refused"
UNKNOWN = "document-unknown-field"
RULES: Mapping[str, Texts] = {
    REFUSED: (
        "文书模板（.docx）必须能够填写；标记只能显示字段、循环和判断。",
        "A document template (.docx) can be filled; its tags show fields, loop and choose, "
        "nothing else.",
    ),
    UNKNOWN: (
        "文书模板只能显示签发该文书时给出的字段，否则印出空白。",
        "A document template shows what its paper is told when issued; the rest would be blank.",
    ),
}
