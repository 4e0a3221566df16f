"""Make the document templates of the shipped processes in the layout of GB/T 9704-2012.

Usage: python -m tools.make_templates            writes bpmn/<process>/documents/<name>.docx
"""

import io
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from tools.template_parts import Template
from tools.template_texts import TEMPLATES

BODY, TITLE, SONG, HEI = "仿宋_GB2312", "方正小标宋简体", "宋体", "黑体"
SIZE_3, SIZE_2, SIZE_4 = Pt(16), Pt(22), Pt(14)
PITCH = Pt(28.95)  # 22 lines in 225 mm
MARGINS = {"top": 37, "bottom": 35, "left": 28, "right": 26}
COLUMNS = (40, 116)  # mm, of a table of labels and texts
TYPE_AREA = 156  # mm, the width of the 版心
RED = RGBColor(0xFF, 0, 0)
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)
AFTER_BORDERS = ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")  # the schema's order
HEADINGS = ("一、", "二、", "三、", "四、", "五、", "六、", "七、")


def make(template: Template) -> bytes:
    """The template as a .docx, the same bytes each time."""
    document = Document()
    _set_page(document)
    _head(document)
    _line(document, template.title, font=TITLE, size=SIZE_2, before=2, after=1, centred=True)
    if template.rows:
        _table(document, template.rows)
    elif template.to:
        _line(document, f"{{{{ {template.to} }}}}：", indent=0)
    for text in template.body:
        _line(document, text, font=HEI if _is_heading(text) else BODY)
    _attachments(document)
    _sign_offs(document, template.sign_offs)
    _signature(document)
    _colophon(document, record=not (template.to or template.rows))
    return _packed(document)


def _is_heading(text: str) -> bool:
    return text.endswith(".head }}") or (text.startswith(HEADINGS) and "：" not in text)


def _set_page(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    for side, width in MARGINS.items():
        setattr(section, f"{side}_margin", Mm(width))
    section.footer_distance = Mm(28)
    document.settings.odd_and_even_pages_header_footer = True
    _page_number(section.footer.paragraphs[0], WD_ALIGN_PARAGRAPH.RIGHT)
    _page_number(section.even_page_footer.paragraphs[0], WD_ALIGN_PARAGRAPH.LEFT)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = BODY, SIZE_3
    normal.element.rPr.rFonts.set(qn("w:eastAsia"), BODY)
    document.core_properties.author = ""
    document.core_properties.created = document.core_properties.modified = EPOCH


def _page_number(paragraph: Any, side: WD_ALIGN_PARAGRAPH) -> None:
    paragraph.alignment = side
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = SIZE_4
    _run(paragraph, "— ", font=SONG, size=SIZE_4)
    run = _run(paragraph, "", font=SONG, size=SIZE_4)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)
    _run(paragraph, " —", font=SONG, size=SIZE_4)


def _head(document: Any) -> None:
    """发文机关标志 in red 35 mm below the type area's top, 发文字号 two lines below it, and the
    red line 4 mm below that (GB/T 9704 7.2.4, 7.2.5, 7.2.7)."""
    mark = _line(document, "{{ issuer }}", font=TITLE, size=Pt(30), after=2, centred=True)
    mark.paragraph_format.space_before = Mm(35)
    mark.paragraph_format.line_spacing_rule = WD_LINE_SPACING.SINGLE
    mark.runs[0].font.color.rgb = RED
    number = _line(document, "{{ number }}", centred=True)
    _border(number, "bottom", colour="FF0000", size=18, space=11)


def _line(
    document: Any,
    text: str,
    *,
    font: str = BODY,
    size: Pt = SIZE_3,
    before: int = 0,
    after: int = 0,
    **shape: Any,
) -> Any:
    """A paragraph: body text set in by two characters unless it is centred or told otherwise."""
    paragraph = document.add_paragraph()
    layout = paragraph.paragraph_format
    layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, PITCH
    layout.space_before, layout.space_after = Pt(PITCH.pt * before), Pt(PITCH.pt * after)
    if shape.get("centred"):
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    else:
        layout.first_line_indent = Pt(SIZE_3.pt * shape.get("indent", 2))
    _run(paragraph, text, font=font, size=size)
    return paragraph


def _run(paragraph: Any, text: str, *, font: str, size: Pt) -> Any:
    run = paragraph.add_run(text)
    run.font.name, run.font.size = font, size
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    return run


def _border(paragraph: Any, side: str, *, colour: str, size: int, space: int) -> None:
    holder = paragraph._p.get_or_add_pPr()
    borders = holder.find(qn("w:pBdr"))
    if borders is None:
        borders = OxmlElement("w:pBdr")
        holder.insert_element_before(borders, *AFTER_BORDERS)
    line = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", size), ("space", space), ("color", colour)):
        line.set(qn(f"w:{name}"), str(value))
    borders.append(line)


def _table(document: Any, rows: tuple[tuple[str, str], ...]) -> None:
    table = document.add_table(rows=0, cols=2)
    table.style = "Table Grid"
    table.autofit = False
    for label, text in rows:
        cells = table.add_row().cells
        for cell, content, width, font in (
            (cells[0], label, COLUMNS[0], HEI),
            (cells[1], text, COLUMNS[1], BODY),
        ):
            cell.width = Mm(width)
            paragraph = cell.paragraphs[0]
            layout = paragraph.paragraph_format
            layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.AT_LEAST, PITCH
            _run(paragraph, content, font=font, size=SIZE_3)
    for column, width in zip(table.columns, COLUMNS, strict=True):
        column.width = Mm(width)


def _attachments(document: Any) -> None:
    """附件说明: one line below the body; several are numbered; no stop at the end (7.3.4)."""
    number = "{% if attachments|length > 1 %}{{ loop.index }}. {% endif %}"
    label = "{% if loop.first %}附件：{% else %}　　　{% endif %}"
    _line(document, "{%p if attachments %}")
    _line(document, "")
    _line(document, "{%p for one in attachments %}")
    _line(document, f"{label}{number}{{{{ one }}}}")
    _line(document, "{%p endfor %}")
    _line(document, "{%p endif %}")


def _sign_offs(document: Any, lines: tuple[str, ...]) -> None:
    for place, text in enumerate(lines):
        _line(document, text, before=0 if place else 1)


def _signature(document: Any) -> None:
    """署名 and 成文日期: the date four characters from the right, the name centred over it."""
    for text, before, characters in (("{{ issuer }}", 2, 2), ("{{ signed_on }}", 0, 4)):
        paragraph = _line(document, text, before=before, indent=0)
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        paragraph.paragraph_format.right_indent = Pt(SIZE_3.pt * characters)
        paragraph.paragraph_format.keep_with_next = text == "{{ issuer }}"


def _colophon(document: Any, *, record: bool) -> None:
    """版记 between its lines at the foot of the last page: whom a copy goes to, who issued it and
    when (7.4).

    A record for the file has one only where a copy goes to somebody.
    """
    if record:
        _line(document, "{%p if copy_to %}")
    _line(document, "{%p if copy_to %}")
    copies = _line(document, "抄送：{{ copy_to }}。", size=SIZE_4)
    _border(copies, "top", colour="000000", size=8, space=4)
    _line(document, "{%p endif %}")
    printed = _line(document, "{{ issuer }}\t{{ signed_on }}印发", size=SIZE_4)
    stop = Mm(TYPE_AREA) - SIZE_4
    printed.paragraph_format.tab_stops.add_tab_stop(stop, WD_TAB_ALIGNMENT.RIGHT)
    _border(printed, "top", colour="000000", size=6, space=4)
    _border(printed, "bottom", colour="000000", size=8, space=4)
    for paragraph in (copies, printed):
        paragraph.paragraph_format.first_line_indent = SIZE_4
        _to_the_foot(paragraph)
    if record:
        _line(document, "{%p endif %}")


def _to_the_foot(paragraph: Any) -> None:
    """The paragraph stands at the foot of the type area; its neighbours alike share the frame."""
    frame = OxmlElement("w:framePr")
    said = {"w": str(Mm(TYPE_AREA).twips), "wrap": "notBeside", "hAnchor": "margin"}
    said |= {"vAnchor": "margin", "xAlign": "center", "yAlign": "bottom"}
    for name, value in said.items():
        frame.set(qn(f"w:{name}"), value)
    paragraph._p.get_or_add_pPr().insert(0, frame)


def _packed(document: Any) -> bytes:
    """The file with one fixed time on every part, so that a version keeps its digest."""
    made, out = io.BytesIO(), io.BytesIO()
    document.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            info = zipfile.ZipInfo(name, date_time=(2020, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, source.read(name))
    return out.getvalue()


def main(root: Path) -> None:
    """Every template stands in its process's folder."""
    for process, templates in TEMPLATES.items():
        folder = root / process / "documents"
        folder.mkdir(parents=True, exist_ok=True)
        for template in templates:
            (folder / f"{template.name}.docx").write_bytes(make(template))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "bpmn"))
