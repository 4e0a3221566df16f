"""`make bench`: every figure of tests/bench, as a table and in docs/bench.md."""

import platform
import tempfile
from importlib import import_module
from inspect import signature
from pathlib import Path
from pkgutil import iter_modules

from models.database import upgrade

Figure = tuple[str, float, str]


def main() -> None:
    """Print and keep the figures, with the machine they were taken on."""
    lines = [f"Python {platform.python_version()}, {platform.machine()}, {platform.system()}", ""]
    lines += ["| figure | value | unit |", "|---|---|---|"]
    for module in iter_modules([str(Path(__file__).parent)]):
        if module.name == "__main__":
            continue
        for name, value, unit in _run(module.name):
            lines.append(f"| {name} | {value:,.2f} | {unit} |")
            print(lines[-1], flush=True)  # noqa: T201
    Path("docs/bench.md").write_text("# Bench\n\n" + "\n".join(lines) + "\n", encoding="utf-8")


def _run(name: str) -> list[Figure]:
    run = import_module(f"tests.bench.{name}").run
    if not signature(run).parameters:
        return list(run())
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/bench.db"
        upgrade(url)
        return list(run(url))


if __name__ == "__main__":
    main()
