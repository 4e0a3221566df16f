"""Publish checks: whatever the engine would ignore, drop, misread or hang on is refused.

    check_bundle(bundle)            what is about to be published
    check_files([Path("x.bpmn")])   files as they lie in a folder

Both return faults, never raise, and take bounded time and memory whatever they are given.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from workflows.engine.bundle import Bundle
from workflows.engine.validation import bundles, files, tables
from workflows.engine.validation.faults import Fault, Report
from workflows.engine.validation.rules import RULES

__all__ = ["OWN_FUNCTIONS", "RULES", "Fault", "check_bundle", "check_files"]

People = Mapping[str, Collection[str]]
Operations = Mapping[str, Collection[str]]
# What expressions may call beside FEEL's own functions.
OWN_FUNCTIONS = frozenset(
    {
        "end_of_day",
        "from_now",
        "months_after",
        "values",
        "workdays",
        "workdays_after",
        "working days between",
    }
)


def check_bundle(
    bundle: Bundle,
    *,
    operations: Operations | None = None,
    functions: Collection[str] = OWN_FUNCTIONS,
    people: People | None = None,
) -> list[Fault]:
    """Return every reason why a process cannot be published; none means that it can.

    `operations`: what a service task may name, each with the parameters it takes; none: any.
    `people`: the roles, posts and bodies that a rule of who acts may name; none: any.
    """
    report = Report(RULES)

    def check() -> None:
        bundles.check(bundle, operations, functions, report, people)

    _guard(report, bundle.process, check)
    return report.faults


def check_files(
    paths: Sequence[Path],
    *,
    operations: Operations | None = None,
    functions: Collection[str] = OWN_FUNCTIONS,
    people: People | None = None,
) -> list[Fault]:
    """Return the faults of diagrams and tables as they lie on disk; folders are searched."""
    faults: list[Fault] = []
    for path in paths:
        report = Report(RULES)
        try:
            found = files.files_of(path)
        except files.Unusable as fault:
            report.add(str(path), fault.rule, detail=fault.detail)
            found = []
        faults += report.faults
        for file in found:
            faults += _check_file(file, operations, functions, people)
    return list(dict.fromkeys(faults))


def _check_file(
    path: Path,
    operations: Operations | None,
    functions: Collection[str],
    people: People | None,
) -> list[Fault]:
    report = Report(RULES)

    def check() -> None:
        data = files.bytes_of(path)
        if path.suffix == ".dmn":
            tables.check_table(path.name, data, report)
        else:
            bundle = files.bundle_around(path, data)
            bundles.check(bundle, operations, functions, report, people)

    _guard(report, path.name, check)
    return [_located(fault, path) for fault in report.faults]


def _located(fault: Fault, path: Path) -> Fault:
    """Name the file as it was given; what is wrong in a file beside it keeps its own name."""
    return replace(fault, file=str(path)) if fault.file == path.name else fault


def _guard(report: Report, file: str, check: Callable[[], None]) -> None:
    """Make a fault of whatever goes wrong: a check that fails must not let a diagram pass."""
    try:
        check()
    except files.Unusable as fault:
        report.add(file, fault.rule, detail=fault.detail)
    except Exception as fault:  # the promise is: a fault, never a traceback
        report.add(file, "engine-refuses", detail=f"{type(fault).__name__}: {fault}")
