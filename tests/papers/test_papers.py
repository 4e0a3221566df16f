"""Every paper of every process, made by the application's own service from a whole case, is read:
layout of GB/T 9704, the case's real values, number, date, annexes and colophon, nothing left over.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.shared import Mm
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import ROOT
from models import Case, Document
from tests.cast import Cast, assemble, install
from tests.papers import layout
from tests.papers.reading import Read, shown, template_text
from tests.papers.stories import NOT_ISSUED, STORIES
from tests.papers.story import Made, Story
from tools.template_texts import TEMPLATES
from workflows import definitions, documents, paper_fields

SHIPPED = {(one.parts[-3], one.stem) for one in ROOT.glob("bpmn/*/documents/*.docx")}
RECORDS = {one.name for each in TEMPLATES.values() for one in each if not (one.to or one.rows)}
each_story = pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


@each_story
def test_the_papers_of_a_case_keep_the_standard_and_say_what_was_decided(
    cast: Cast, now: datetime, story: Story
) -> None:
    story.run(cast, now)
    papers = [*_papers(cast, story), *story.kept(cast, now)]
    assert {one.template for one in papers} >= story.papers
    faults = [f"{paper.template}: {fault}" for paper in papers for fault in _faults(cast, paper)]
    assert faults == []
    assert _drift(papers) == []
    everything = "\n".join(Read(paper.data).text() for paper in papers)
    assert [text for text in story.says if text not in everything] == []


def _papers(cast: Cast, story: Story) -> Iterator[Made]:
    """What was issued in cases of the process, the rectifications called from them included."""
    query = select(Document, Case).join(Case, Case.id == Document.case_id)
    for paper, case in cast.session.execute(query.where(Case.process == story.process)):
        data = documents.render(cast.session, paper)
        yield Made(paper.template, case.definition_id, paper.values, case.number or "", data)


def _faults(cast: Cast, paper: Made) -> list[str]:
    read = Read(paper.data)
    copied = bool(paper.values.get("copy_to"))
    found = layout.faults(read, colophon=copied or paper.template not in RECORDS)
    annexes = paper.values.get("attachments") or []
    found += layout.attachment_faults(read.lines(), annexes)
    if read.lines()[1].text != paper.number:
        found.append(f"number {read.lines()[1].text} of case {paper.number}")
    said = "".join(read.text().split())
    missing = [text for text in shown(_template(cast, paper), paper.values)
               if "".join(text.split()) not in said and not CHART.fullmatch(text)]  # fmt: skip
    return found + [f"missing: {text}" for text in missing]


CHART = re.compile(r"\[\[figure [\w.]+\]\]")  # a chart and its table stand in its place
CHARTS = "figures"  # what they show; no template names it
# Told by one of the two acts that issue the paper.
SOMETIMES = {("clearance_notice", "article")}


def _drift(papers: Sequence[Made]) -> list[str]:
    """What a paper was told and workflows/paper_fields.py does not list, or the other way round."""
    common, found = set(paper_fields.read(paper_fields.COMMON)), []
    for template in {one.template for one in papers}:
        listed = paper_fields.of(template) or {}
        told = [one.values for one in papers if one.template == template]
        fields = {name for values in told for name in values} - {CHARTS}
        found += [f"{template}: {name} not listed" for name in fields - set(listed)]
        missing = set(listed) - fields - common
        found += [f"{template}: {name} not told" for name in missing
                  if (template, name) not in SOMETIMES]  # fmt: skip
        for name, parts in listed.items():
            rows = [row for values in told for row in _rows(values.get(name))]
            strange = {part for row in rows for part in row} - parts
            found += [f"{template}: {name}.{part} not listed" for part in strange]
    return found


def _rows(value: object) -> list[dict[str, object]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _template(cast: Cast, paper: Made) -> str:
    name = f"documents/{paper.template}.docx"
    return template_text(definitions.file_of(cast.session, paper.definition_id, name))


def test_every_paper_that_ships_comes_of_one_of_these_cases() -> None:
    issued = {(story.process, paper) for story in STORIES.values() for paper in story.papers}
    assert issued >= SHIPPED - NOT_ISSUED


def test_what_departs_from_the_standard_is_found(tmp_path: Path) -> None:
    """The checks themselves fail where they should: a paper is spoilt in one thing at a time."""
    kept = (ROOT / "bpmn/reminder/documents/reminder_letter.docx").read_bytes()
    bare = set(layout.faults(Read(kept)))
    for spoil in (_wider, _black, _small, _tight, _left):
        document = Read(kept).document
        spoil(document)
        document.save(str(tmp_path / "spoilt.docx"))
        assert set(layout.faults(Read((tmp_path / "spoilt.docx").read_bytes()))) - bare, spoil


def _wider(document: object) -> None:
    document.sections[0].left_margin = Mm(30)  # type: ignore[attr-defined]


def _black(document: object) -> None:
    run = document.paragraphs[0].runs[0]  # type: ignore[attr-defined]
    run.font.color.rgb = layout.BLACK


def _small(document: object) -> None:
    document.paragraphs[4].runs[0].font.size = layout.FOUR  # type: ignore[attr-defined]


def _tight(document: object) -> None:
    document.paragraphs[4].paragraph_format.line_spacing = 1.5  # type: ignore[attr-defined]


def _left(document: object) -> None:
    one = document.paragraphs[2]  # type: ignore[attr-defined]
    one.alignment = WD_ALIGN_PARAGRAPH.LEFT
