"""Charts in a paper: drawn by the word processor itself from figures, each above its table.

A paragraph that holds `[[figure KEY]]` gives way to the figure of that key. Nothing is drawn as a
picture: the chart can be printed at any size and its words stay words (docs/adr/0011).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

MARK = re.compile(r"\[\[figure ([\w.-]+)\]\]")
CHART = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"
EMU = 36_000  # of a millimetre
WIDTH, BAR, FRAME = 150, 9, 16  # mm: of the chart, of one bar, of the axis and its edges
BLUE = "1F5FBF"
FONT, SMALL = "仿宋_GB2312", Pt(12)

Figure = Mapping[str, Any]  # title, unit, lines: [[text, number, share or none], …]


def place(document: Any, figures: Mapping[str, Figure]) -> None:
    """Every mark in the document's body has given way to its figure; an unknown one to nothing."""
    number = 0
    for paragraph in list(document.paragraphs):
        found = MARK.fullmatch(paragraph.text.strip())
        if found is None:
            continue
        figure = figures.get(found[1])
        if figure and figure["lines"]:
            number += 1
            _chart(document, paragraph, figure, number)
            paragraph._p.addnext(_table(document, figure))
        else:
            paragraph._p.getparent().remove(paragraph._p)


def _chart(document: Any, paragraph: Any, figure: Figure, number: int) -> None:
    name = PackURI(f"/word/charts/chart{number}.xml")
    part = Part(name, CHART, _chart_xml(figure).encode(), document.part.package)
    link = document.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
    height = FRAME + BAR * len(figure["lines"])
    for run in list(paragraph.runs):
        paragraph._p.remove(run._r)
    paragraph.paragraph_format.first_line_indent = 0
    paragraph.paragraph_format.line_spacing = 1.0
    drawing = parse_xml(_drawing_xml(link, number, height, str(figure["title"])))
    paragraph.add_run()._r.append(drawing)


def _drawing_xml(link: str, number: int, height: int, title: str) -> str:
    size = f'cx="{WIDTH * EMU}" cy="{height * EMU}"'
    told = escape(title, {'"': "&quot;"})
    return (
        f'<w:drawing xmlns:w="{W}" xmlns:wp="{WP}" xmlns:a="{A}" xmlns:c="{C}" xmlns:r="{R}">'
        f'<wp:inline><wp:extent {size}/><wp:docPr id="{1000 + number}" name="chart {number}" '
        f'descr="{told}"/><wp:cNvGraphicFramePr/><a:graphic><a:graphicData uri="{C}">'
        f'<c:chart r:id="{link}"/></a:graphicData></a:graphic></wp:inline></w:drawing>'
    )


def _chart_xml(figure: Figure) -> str:
    lines: Sequence[Sequence[Any]] = figure["lines"]
    words = _points(line[0] for line in lines)
    numbers = _points(line[1] for line in lines)
    last = len(lines) + 1
    count = f'<c:ptCount val="{len(lines)}"/>'
    text = f'<a:latin typeface="{FONT}"/><a:ea typeface="{FONT}"/>'
    font = (
        f'<c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="1100">{text}</a:defRPr></a:pPr>'
        f'<a:endParaRPr lang="zh-CN"/></a:p></c:txPr>'
    )
    shown = _shown()
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<c:chartSpace xmlns:c="{C}" xmlns:a="{A}" xmlns:r="{R}"><c:roundedCorners val="0"/>'
        '<c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/><c:barChart>'
        '<c:barDir val="bar"/><c:grouping val="clustered"/><c:varyColors val="0"/>'
        '<c:ser><c:idx val="0"/><c:order val="0"/>'
        f'<c:spPr><a:solidFill><a:srgbClr val="{BLUE}"/></a:solidFill></c:spPr>'
        f'<c:invertIfNegative val="0"/><c:dLbls>{shown}</c:dLbls>'
        f"<c:cat><c:strRef><c:f>Sheet1!$A$2:$A${last}</c:f>"
        f"<c:strCache>{count}{words}</c:strCache></c:strRef></c:cat>"
        f"<c:val><c:numRef><c:f>Sheet1!$B$2:$B${last}</c:f>"
        f"<c:numCache><c:formatCode>General</c:formatCode>{count}{numbers}</c:numCache>"
        '</c:numRef></c:val></c:ser><c:gapWidth val="60"/>'
        '<c:axId val="1"/><c:axId val="2"/></c:barChart>'
        '<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="maxMin"/></c:scaling>'
        '<c:delete val="0"/><c:axPos val="l"/><c:majorTickMark val="none"/>'
        '<c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>'
        f'{font}<c:crossAx val="2"/><c:crosses val="autoZero"/></c:catAx>'
        '<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="minMax"/><c:min val="0"/>'
        '</c:scaling><c:delete val="1"/><c:axPos val="t"/><c:numFmt formatCode="General" '
        'sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/>'
        '<c:tickLblPos val="nextTo"/><c:crossAx val="1"/><c:crosses val="max"/></c:valAx>'
        '</c:plotArea><c:plotVisOnly val="1"/></c:chart></c:chartSpace>'
    )


def _shown() -> str:
    """The number stands beside each bar, and nothing else."""
    return "".join(
        f'<c:{name} val="{value}"/>'
        for name, value in (
            ("showLegendKey", 0),
            ("showVal", 1),
            ("showCatName", 0),
            ("showSerName", 0),
            ("showPercent", 0),
            ("showBubbleSize", 0),
        )
    )


def _points(values: Iterable[object]) -> str:
    return "".join(
        f'<c:pt idx="{index}"><c:v>{escape(str(value))}</c:v></c:pt>'
        for index, value in enumerate(values)
    )


def _table(document: Any, figure: Figure) -> Any:
    """The same figures as a table: text, number and, where there is one, its share."""
    with_share = any(line[2] is not None for line in figure["lines"])
    heads = [str(figure["heads"][0]), str(figure["heads"][1]), *(["占比"] if with_share else [])]
    table = document.add_table(rows=1, cols=len(heads))
    table.style = "Table Grid"
    widths = [WIDTH - 30 * (len(heads) - 1), *[30] * (len(heads) - 1)]
    _row(table.rows[0], heads, widths)
    for text, number, share in figure["lines"]:
        cells = [str(text), str(number), *([_percent(share)] if with_share else [])]
        _row(table.add_row(), cells, widths)
    _repeat_head(table.rows[0])
    return table._tbl


def _row(row: Any, texts: Sequence[str], widths: Sequence[int]) -> None:
    for cell, text, width in zip(row.cells, texts, widths, strict=True):
        cell.width = Mm(width)
        run = cell.paragraphs[0].add_run(text)
        run.font.name, run.font.size = FONT, SMALL
        run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), FONT)


def _repeat_head(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _percent(share: float | None) -> str:
    return "—" if share is None else f"{share:.1f}%"
