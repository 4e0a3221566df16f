"""A paper without a template: a title, headings and paragraphs as .docx."""

import io
import re
from collections.abc import Iterable
from dataclasses import dataclass

from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt

FORBIDDEN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
BODY, HEAD = "仿宋", "黑体"


@dataclass(frozen=True)
class Line:
    """One paragraph; a heading of that level, or text where it is 0."""

    text: str
    level: int = 0


def write(title: str, lines: Iterable[Line]) -> bytes:
    """The paper; what no document may hold is left out of its texts."""
    paper = Document()
    for name, font, size in (
        ("Normal", BODY, 12),
        ("Title", HEAD, 18),
        ("Heading 1", HEAD, 14),
        ("Heading 2", HEAD, 12),
    ):
        style = paper.styles[name]
        style.font.name, style.font.size = font, Pt(size)
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    paper.add_heading(_clean(title), 0)
    for line in lines:
        if line.level:
            paper.add_heading(_clean(line.text), line.level)
        else:
            paper.add_paragraph(_clean(line.text)).paragraph_format.space_after = Pt(3)
    out = io.BytesIO()
    paper.save(out)
    return out.getvalue()


def _clean(text: str) -> str:
    return FORBIDDEN.sub("", text)
