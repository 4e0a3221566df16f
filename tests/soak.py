"""`make soak`: the long figures, run as tests, and their table in docs/soak.md.

`make soak ONLY="papers answers"` runs those whose names say one of the words; the others' lines
stay as they were.
"""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workflows.engine.xml import parse_safely

PAGE = Path("docs/soak.md")
PURPOSE = """# Soak

Written by `make soak`; do not edit by hand.

| what | tests | failed | skipped | time | counted |
|---|---|---|---|---|---|
"""
# The family that tells what tests have counted; and two hours for each of them.
OPTIONS = ("-o", "junit_family=xunit1", "--timeout=7200")


@dataclass(frozen=True)
class Run:
    """Tests under a longer setting than in `make test`."""

    name: str
    path: str
    setting: str
    value: str


RUNS = (
    Run("random expressions", "tests/workflows/engine/feel", "TONGZE_FUZZ_SECONDS", "600"),
    Run("kills, 200 on each database", "tests/crash", "TONGZE_KILLS", "200"),
    Run(
        "10,000 cases moved to another version and back, the clock killed on the way",
        "tests/crash/test_case_moves.py",
        "TONGZE_MOVES",
        "10000",
    ),
    Run("papers printed as PDF", "tests/papers/test_pdf.py", "TONGZE_PDF", "1"),
    Run(
        "rank audit of 500 random surveys",
        "tests/workflows/test_survey_suppression.py",
        "TONGZE_RANK_AUDITS",
        "500",
    ),
    Run("the browser's stories, both databases", "tests/e2e", "TONGZE_EVERY_DATABASE", "1"),
    Run("the demo's city, both databases", "tests/demo", "TONGZE_EVERY_DATABASE", "1"),
    Run(
        "every kind of page that links lead to",
        "tests/demo/test_accessible.py",
        "TONGZE_EVERY_PAGE",
        "1",
    ),
    Run("100,000 survey answers, SQLite", "tests/load", "TONGZE_SURVEY_ANSWERS", "100000"),
)


def main(words: list[str]) -> int:
    """Run them, each line written as soon as it is known; 1 if one failed."""
    failed = False
    for run in RUNS:
        if words and not any(word in run.name for word in words):
            continue
        code, line = _run(run)
        failed |= code != 0
        lines = _lines() | {run.name: line}
        kept = [lines[one.name] for one in RUNS if one.name in lines]
        PAGE.write_text(PURPOSE + "\n".join(kept) + "\n", encoding="utf-8")
    return int(failed)


def _run(run: Run) -> tuple[int, str]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        code = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", *OPTIONS, f"--junitxml={report}", run.path],
            env=os.environ | {run.setting: run.value},
            check=False,
        ).returncode
        return code, _line(run, parse_safely(report.read_bytes()))


def _lines() -> dict[str, str]:
    """The lines of the page as it stands, by what they tell of."""
    text = PAGE.read_text(encoding="utf-8") if PAGE.is_file() else ""
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return {row.split(" | ")[0].removeprefix("| "): row for row in rows}


def _line(run: Run, root: Any) -> str:
    suites = list(root.iter("testsuite"))
    said = {name: sum(int(one.get(name, 0)) for one in suites) for name in ("tests", "skipped")}
    bad = sum(int(one.get(name, 0)) for one in suites for name in ("failures", "errors"))
    seconds = sum(float(one.get("time", 0)) for one in suites)
    counted: Counter[str] = Counter()
    for one in root.iter("property"):
        if one.get("value", "").isdecimal():  # others note what is not counted
            counted[one.get("name", "")] += int(one.get("value"))
    told = ", ".join(f"{number:,} {name}" for name, number in sorted(counted.items()))
    minutes = f"{int(seconds) // 60} min {int(seconds) % 60} s"
    return f"| {run.name} | {said['tests']} | {bad} | {said['skipped']} | {minutes} | {told} |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
