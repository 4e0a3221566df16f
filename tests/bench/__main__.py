"""`make bench`: every figure of tests/bench, as a table and in docs/bench.md.

`python -m tests.bench NAME…` takes only the modules named: their lines take the place of those
that stand in docs/bench.md, or come after them.
"""

import os
import platform
import re
import sqlite3
import sys
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from sqlalchemy import text

from tests.bench import places
from tests.bench.figures import Bench, Figure

PAGE = Path("docs/bench.md")
HEAD = ["figure", "value", "floor", "ratio", "target", ""]
PURPOSE = """# Bench

Written by `make bench`; do not edit by hand. A floor is what the same machine did in the same run
without us, taken in turns with the figure; the ratio is the median over the rounds. Absolute
figures are of this machine:

"""


def main(names: list[str]) -> None:
    """Print the figures, and keep them with the machine that they were taken on if all are."""
    benches = _benches(names)
    figures: list[Figure] = []
    for bench in benches:
        for figure in bench():
            print(_row(figure.cells()), flush=True)  # noqa: T201
            figures.append(figure)
    missed = [figure for figure in figures if figure.met is False]
    for figure in missed:
        print(f"missed: {figure.name}\n{figure.profile}", flush=True)  # noqa: T201
    text = _among_others(figures) if names else _page(figures, missed)
    PAGE.write_text(text, encoding="utf-8")


def _among_others(figures: list[Figure]) -> str:
    """The page with these lines in it; where time goes when one is missed, a whole run tells."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for figure in figures:
        row, begin = _row(figure.cells()), f"| {figure.name} |"
        known = [at for at, line in enumerate(lines) if line.startswith(begin)]
        if known:
            lines[known[0]] = row
        else:
            last = max(at for at, line in enumerate(lines) if line.startswith("| "))
            lines.insert(last + 1, row)
    return "\n".join(lines) + "\n"


def _benches(names: list[str]) -> list[Bench]:
    found = (import_module(f"tests.bench.{name}") for name in names or _modules())
    return [module.run for module in found if hasattr(module, "run")]


def _modules() -> list[str]:
    return [
        one.name for one in iter_modules([str(Path(__file__).parent)]) if one.name != "__main__"
    ]


def _page(figures: list[Figure], missed: list[Figure]) -> str:
    lines = [f"- {line}" for line in _machine()]
    lines += ["", _row(HEAD), _row(["---"] * len(HEAD)), *(_row(one.cells()) for one in figures)]
    if missed:
        lines += ["", "## Missed"]
    for figure in missed:
        lines += ["", f"### {figure.name}", "", "```", figure.profile or "no profile taken", "```"]
    return PURPOSE + "\n".join(lines) + "\n"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _machine() -> list[str]:
    with places.postgres() as place, place.engine.connect() as connection:
        server = str(connection.execute(text("SHOW server_version")).scalar_one())
        commit = str(connection.execute(text("SHOW synchronous_commit")).scalar_one())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return [
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()}",
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        f"PostgreSQL {server}, synchronous_commit {commit}",
        f"load when begun {os.getloadavg()[0]:.1f}",
    ]


def _processor() -> str:
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.machine()


if __name__ == "__main__":
    main(sys.argv[1:])
