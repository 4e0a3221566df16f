"""Draft the processes named on the command line."""

import sys
from pathlib import Path

from tools import layout
from tools.drafting import book, diagram, forms

ROOT = Path(__file__).parents[2] / "bpmn"


def main(paths: list[str]) -> None:
    """Each page's diagram and forms are in bpmn/."""
    for each in paths:
        page = book.read(Path(each).read_text(encoding="utf-8"))
        folder = ROOT / page.id
        (folder / "forms").mkdir(parents=True, exist_ok=True)
        file = folder / f"{page.id}.bpmn"
        file.write_bytes(diagram.written(page))
        layout.main([str(file)])
        for form in page.forms:
            forms.write(form, folder / "forms")


if __name__ == "__main__":
    main(sys.argv[1:])
