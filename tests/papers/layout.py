"""What GB/T 9704-2012 asks of a produced paper (domain.md §9); article numbers of the standard."""

import re
from collections.abc import Iterator
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph

from tests.papers.reading import Read, borders_of, font_of

BODY, TITLE, SONG, HEI = "仿宋_GB2312", "方正小标宋简体", "宋体", "黑体"
THREE, TWO, FOUR = Pt(16), Pt(22), Pt(14)  # 3号, 2号, 4号
PITCH = (28.5, 29.5)  # points: 22 lines in 225 mm
NUMBER = re.compile(r"[一-鿿]+〔\d{4}〕[1-9]\d*号")  # no 虚位, no 第
DATE = re.compile(r"\d{4}年[1-9]\d?月[1-9]\d?日")  # Arabic, no leading zero
HEADING = re.compile(r"[一二三四五六七]、[^：]*")
RED = "FF0000"
BLACK = RGBColor(0, 0, 0)
# What must never be left on a paper: tags, words of the machine, ids, days as forms write them.
LEFT_OVER = re.compile(r"{{|\[\[|}}|{%|%}|\bNone\b|undefined|\bnull\b|\[\]|\d{15,}|\d{4}-\d\d-\d\d")
PROPERTIES = ("pStyle", "pBdr", "shd", "tabs", "spacing", "ind", "jc", "rPr")  # the schema's order


def faults(paper: Read, *, colophon: bool = True) -> list[str]:
    """Everything in which the paper departs from the standard; none: it keeps it."""
    found = [*_page(paper.document), *_head(paper.lines()), *_body(paper)]
    found += [*_signature(paper.lines()), *_foot(paper.document), *_order(paper)]
    found += [f"left over: {text!r}" for text in LEFT_OVER.findall(paper.text())]
    tail = _colophon(paper.lines())
    return [*found, *tail] if colophon else found


def _differ(what: str, value: Any, wanted: Any) -> Iterator[str]:
    if value != wanted:
        yield f"{what}: {value!r}, not {wanted!r}"


def _page(document: Any) -> Iterator[str]:
    """5.1, 5.2.1: A4, 天头 37, 订口 28, the type area 156 × 225 mm."""
    for section in document.sections:
        wanted = {
            "page_width": 210, "page_height": 297, "top_margin": 37, "left_margin": 28,
            "right_margin": 26, "bottom_margin": 35,
        }  # fmt: skip
        for name, millimetres in wanted.items():
            yield from _differ(name, round(getattr(section, name) / Mm(1)), millimetres)


def _head(lines: list[Paragraph]) -> Iterator[str]:
    """7.2.4, 7.2.5, 7.2.7, 7.3.1: red mark, number, red line, title."""
    mark, number, title = lines[:3]
    yield from _differ("mark's font", font_of(mark.runs[0]), TITLE)
    yield from _differ("mark's colour", str(mark.runs[0].font.color.rgb), RED)
    distance = (mark.paragraph_format.space_before or 0) / Mm(1)
    yield from _differ("mark's distance (mm)", round(distance, 1), 35.0)
    for name, one in (("mark", mark), ("number", number), ("title", title)):
        yield from _differ(f"{name} centred", one.alignment, WD_ALIGN_PARAGRAPH.CENTER)
    if not NUMBER.fullmatch(number.text):
        yield f"number: {number.text!r}"
    yield from _differ("number's size", number.runs[0].font.size, THREE)
    yield from _differ("number's font", font_of(number.runs[0]), BODY)
    line = borders_of(number).get("bottom", {})
    yield from _differ("red line", line.get("color"), RED)
    yield from _differ("its distance (pt)", line.get("space"), "11")  # 4 mm
    yield from _differ("title's font", font_of(title.runs[0]), TITLE)
    yield from _differ("title's size", title.runs[0].font.size, TWO)
    before = title.paragraph_format.space_before
    yield from _differ("two lines above", before and round(before / Pt(28.95), 1), 2.0)


def _body(paper: Read) -> Iterator[str]:
    """5.2.2, 7.3.3: 3号仿宋, 22 lines a page, first line in by two; 一、 in 黑体."""
    for one in _text_lines(paper.lines()):
        wanted = HEI if HEADING.fullmatch(one.text) else BODY
        for run in one.runs:
            yield from _differ(f"font of {one.text[:12]}", font_of(run), wanted)
            yield from _differ(f"size of {one.text[:12]}", run.font.size, THREE)
        layout = one.paragraph_format
        yield from _differ("pitch", layout.line_spacing_rule, WD_LINE_SPACING.EXACTLY)
        points = getattr(layout.line_spacing, "pt", 0.0)
        if not PITCH[0] <= points <= PITCH[1]:
            yield f"pitch: {points}"
        flush = one.alignment == WD_ALIGN_PARAGRAPH.RIGHT or one.text.endswith("：")
        if layout.first_line_indent != Pt(32) and not (flush and not layout.first_line_indent):
            yield f"indent of {one.text[:12]}: {layout.first_line_indent}"


def _text_lines(lines: list[Paragraph]) -> list[Paragraph]:
    """From the addressee to the date, without what stands under the last line."""
    return [one for one in lines[3:] if not _is_colophon(one)]


def _is_colophon(one: Paragraph) -> bool:
    return bool(one.runs) and one.runs[0].font.size == FOUR


def _signature(lines: list[Paragraph]) -> Iterator[str]:
    """7.3.5: the date by figures, four characters from the right; who signs stands over it."""
    issuer, date = _text_lines(lines)[-2:]
    yield from _differ("who signs", issuer.text, lines[0].text)
    if not DATE.fullmatch(date.text):
        yield f"date: {date.text!r}"
    for one in (issuer, date):
        yield from _differ("set right", one.alignment, WD_ALIGN_PARAGRAPH.RIGHT)
    yield from _differ("date's indent", date.paragraph_format.right_indent, Pt(64))


def attachments(lines: list[Paragraph]) -> list[Paragraph]:
    """附件说明: the lines from 附件： on."""
    texts = [one.text for one in lines]
    first = next((n for n, text in enumerate(texts) if text.startswith("附件：")), None)
    if first is None:
        return []
    rest = [one for one in lines[first + 1 :] if one.text.startswith("　　　")]
    return [lines[first], *rest]


def attachment_faults(lines: list[Paragraph], names: list[str]) -> Iterator[str]:
    """7.3.4: a line below the body; several are numbered 1. 2.; no stop at the end."""
    shown = [one.text.removeprefix("附件：").strip("　") for one in attachments(lines)]
    several = len(names) > 1
    wanted = [f"{n}. {name}" if several else name for n, name in enumerate(names, 1)]
    yield from _differ("attachments", shown, wanted)
    for one in shown:
        if one.endswith(("。", "；", "，")):
            yield f"a stop after {one!r}"


def _colophon(lines: list[Paragraph]) -> Iterator[str]:
    """7.4: 抄送 and 印发 in 4号仿宋 between lines as wide as the type area."""
    found = [one for one in lines[3:] if _is_colophon(one)]
    if not found:
        yield "no 版记"
        return
    printed = found[-1]
    issuer, _, day = printed.text.partition("\t")
    yield from _differ("who printed", issuer, lines[0].text)
    if not (day.endswith("印发") and DATE.fullmatch(day.removesuffix("印发"))):
        yield f"printed on: {day!r}"
    stops = list(printed.paragraph_format.tab_stops)
    yield from _differ("its right end", [round(stop.position.mm) for stop in stops], [151])
    yield from _differ("lines", set(borders_of(printed)), {"top", "bottom"})
    for one in found:
        yield from _differ("font", font_of(one.runs[0]), BODY)
        yield from _differ("one character in", one.paragraph_format.first_line_indent, FOUR)
        frame = one._p.get_or_add_pPr().find(qn("w:framePr"))
        foot = None if frame is None else (frame.get(qn("w:vAnchor")), frame.get(qn("w:yAlign")))
        yield from _differ("at the foot of the page", foot, ("margin", "bottom"))
    if len(found) > 1 and not re.fullmatch("抄送：.+。", found[0].text):
        yield f"copies: {found[0].text!r}"


def _foot(document: Any) -> Iterator[str]:
    """7.5: the page's number in 4号宋体 between dashes, odd at the right, even at the left."""
    section = document.sections[0]
    sides = ((section.footer, WD_ALIGN_PARAGRAPH.RIGHT), (section.even_page_footer,
             WD_ALIGN_PARAGRAPH.LEFT))  # fmt: skip
    for footer, side in sides:
        one = footer.paragraphs[0]
        yield from _differ("page number's side", one.alignment, side)
        yield from _differ("its dashes", one.text.split(), ["—", "—"])
        fonts = {(font_of(run), run.font.size) for run in one.runs}
        yield from _differ("its font", fonts, {(SONG, FOUR)})
        if "PAGE" not in "".join(part.text or "" for part in one._p.iter(qn("w:instrText"))):
            yield "no page number"


def _order(paper: Read) -> Iterator[str]:
    """The properties of a paragraph stand in the schema's order, or Word calls the file broken."""
    for properties in paper.document.element.body.iter(qn("w:pPr")):
        names = [one.tag.split("}")[1] for one in properties]
        known = [PROPERTIES.index(name) for name in names if name in PROPERTIES]
        if known != sorted(known):
            yield f"order: {names}"
