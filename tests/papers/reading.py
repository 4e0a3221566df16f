"""A produced .docx as it will be printed: its lines with fonts, sizes, pitch and borders."""

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from docx import Document
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph

TAG = re.compile(r"{{\s*(.+?)\s*}}")
LOOP = re.compile(r"{%p? for one in (\w+) %}(.*?){%p? endfor %}", re.DOTALL)
PLAIN = re.compile(r"\w+")
FIELD = re.compile(r"one\.(\w+)")


@dataclass(frozen=True)
class Read:
    """One paper: its body's lines in order, those of its tables, and all its text."""

    data: bytes

    @cached_property
    def document(self) -> Any:
        return Document(io.BytesIO(self.data))

    def lines(self) -> list[Paragraph]:
        """The paragraphs beside tables, without the empty ones."""
        return [one for one in self.document.paragraphs if one.text.strip()]

    def text(self) -> str:
        """Everything that is printed, the page's foot included."""
        root = self.document.element.body
        found = ["".join(part.text or "" for part in one.iter(qn("w:t"), qn("w:tab")))
                 for one in root.iter(qn("w:p"))]  # fmt: skip
        return "\n".join(found)

    def parts(self) -> Mapping[str, str]:
        """Every part of the package as text, to look for what must not be left over."""
        with zipfile.ZipFile(io.BytesIO(self.data)) as package:
            return {
                name: package.read(name).decode("utf-8", "replace")
                for name in package.namelist()
                if name.endswith(".xml")
            }


def font_of(run: Any) -> str:
    """The font of Chinese text in a run."""
    fonts = run._element.rPr.rFonts if run._element.rPr is not None else None
    return str(fonts.get(qn("w:eastAsia"))) if fonts is not None else ""


def borders_of(paragraph: Paragraph) -> dict[str, Mapping[str, str]]:
    """Colour, size and distance of each line around a paragraph, by its side."""
    holder = paragraph._p.pPr.find(qn("w:pBdr")) if paragraph._p.pPr is not None else None
    return {
        str(side.tag).split("}")[1]: {
            str(key).split("}")[1]: str(value) for key, value in side.attrib.items()
        }
        for side in (holder if holder is not None else ())
    }


def template_text(data: bytes) -> str:
    """What a template says, tags included."""
    return Read(data).text()


def shown(template: str, values: Mapping[str, Any]) -> Iterator[str]:
    """Each value of the case that the template shows as it is: it must stand on the paper."""
    inside = "".join(match.group(0) for match in LOOP.finditer(template))
    for name in TAG.findall(LOOP.sub("", template)):
        value = values.get(name) if PLAIN.fullmatch(name) else None
        if value not in (None, "", []):
            yield str(value)
    for collection, body in LOOP.findall(template):
        for row in values.get(collection) or ():
            yield from _of_row(body, row)
    assert inside or "{%p for" not in template


def _of_row(body: str, row: Any) -> Sequence[str]:
    if not isinstance(row, Mapping):
        return [str(row)] if "one" in TAG.findall(body) else []
    names = [match[1] for tag in TAG.findall(body) if (match := FIELD.fullmatch(tag))]
    return [str(row[name]) for name in names if row.get(name) not in (None, "")]
