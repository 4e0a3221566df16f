"""Produced papers open in LibreOffice and print on A4, each on as many pages as it should."""

import re
import subprocess
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Document
from tests.cast import Cast, assemble, install
from tests.papers.stories import STORIES
from tests.papers.story import Story
from workflows import documents

A4 = (210, 297)  # millimetres
POINTS = 25.4 / 72
PAGE = re.compile(rb"/Type\s*/Page\b(?!s)")
BOX = re.compile(rb"/MediaBox\s*\[\s*([\d.]+)\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)\s*\]")
MOST_PAGES = 2  # the first holds the head, and half of the text
LONGER = dict.fromkeys(  # with their tables, charts and lists
    ("survey_report", "research_report", "city_circular", "responsibility_list"), 4
)
Note = Callable[[str, object], None]


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_the_papers_of_a_case_print_on_a4(
    cast: Cast, now: datetime, story: Story, tmp_path: Path, record_property: Note
) -> None:
    story.run(cast, now)
    issued = [
        (paper.template, documents.render(cast.session, paper))
        for paper in cast.session.scalars(select(Document))
    ]
    kept = [(paper.template, paper.data) for paper in story.kept(cast, now)]
    files = []
    for place, (template, data) in enumerate([*issued, *kept]):
        file = tmp_path / f"{template}-{place}.docx"
        file.write_bytes(data)
        files.append(file)
    assert files
    _print(files, tmp_path)
    for file in files:
        pages, boxes = _pages(file.with_suffix(".pdf").read_bytes())
        assert boxes == {A4}, file.stem
        most = LONGER.get(file.stem.partition("-")[0], MOST_PAGES)
        assert 1 <= pages <= most, (file.stem, pages)
    record_property("papers printed", len(files))


def _print(files: list[Path], folder: Path) -> None:
    profile = f"-env:UserInstallation=file://{folder / 'office'}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder)]
    subprocess.run([*command, *map(str, files)], check=True, capture_output=True, timeout=300)


def _pages(data: bytes) -> tuple[int, set[tuple[int, int]]]:
    """How many pages there are, and of what sizes in millimetres."""
    boxes = [tuple(map(float, box)) for box in BOX.findall(data)]
    sizes = {
        (round((right - left) * POINTS), round((top - bottom) * POINTS))
        for left, bottom, right, top in boxes
    }
    return len(PAGE.findall(data)), sizes
