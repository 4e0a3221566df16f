"""Run the checks over a bundle, the cheap and bounding ones first."""

from collections.abc import Callable, Collection, Mapping, Sequence

from workflows.engine.bundle import Bundle
from workflows.engine.validation import (
    calls,
    cycles,
    drawing,
    elements,
    expressions,
    flows,
    foreign,
    forms,
    guards,
    paths,
    people,
    repeats,
    settings,
    structure,
    tables,
    timers,
    tokens,
    trial,
)
from workflows.engine.validation.faults import Report
from workflows.engine.validation.model import Diagram, diagram_of
from workflows.engine.validation.reading import Unreadable, read_xml
from workflows.engine.validation.scope import Surroundings

MOST_DIAGRAMS = 20
MOST_BYTES = 4_000_000
MOST_FORM_BYTES = 400_000
ALONE: Sequence[Callable[[Diagram, Report], None]] = (
    structure.check_ids,
    structure.check_names,
    structure.check_starts_and_ends,
    elements.check_elements,
    flows.check_flows,
    paths.check_paths,
    tokens.check_tokens,
    cycles.check_cycles,
    repeats.check_repeats,
    timers.check_timers,
    guards.check_guards,
    foreign.check_foreign,
    drawing.check_drawing,
)
AMONG: Sequence[Callable[[Diagram, Surroundings, Report], None]] = (
    settings.check_settings,
    people.check_people,
    forms.check_forms,
    calls.check_calls,
    expressions.check_expressions,
)


def check(
    bundle: Bundle,
    operations: Mapping[str, Collection[str]] | None,
    functions: Collection[str],
    report: Report,
    people: Mapping[str, Collection[str]] | None = None,
) -> None:
    """Put every fault of a bundle into the report."""
    if not _is_small(bundle, report):
        return
    diagrams = {
        name: diagram
        for name, data in bundle.diagrams.items()
        if (diagram := _read(name, data, report)) is not None
    }
    if len(diagrams) < len(bundle.diagrams):
        return  # one of them is past checking; it has been told
    around = Surroundings(
        bundle, diagrams, operations, functions, tables.check_tables(bundle, report), people
    )
    for diagram in diagrams.values():
        _check_diagram(diagram, around, report)
    main = diagrams.get(bundle.process)
    if main is not None and not report.faults:
        trial.check_trial(main, bundle, report)


def _is_small(bundle: Bundle, report: Report) -> bool:
    if bundle.process not in bundle.diagrams:
        report.add(bundle.process, "folder-without-diagram", detail=bundle.process)
        return False
    kinds: Sequence[Mapping[str, bytes]] = (bundle.diagrams, bundle.decisions, bundle.forms)
    total = sum(len(data) for kind in kinds for data in kind.values())
    form_bytes = sum(len(data) for data in bundle.forms.values())
    if total > MOST_BYTES or form_bytes > MOST_FORM_BYTES or len(bundle.diagrams) > MOST_DIAGRAMS:
        detail = f"{len(bundle.diagrams)} diagrams, {total} bytes, {form_bytes} of them forms"
        report.add(bundle.process, "file-too-big", detail=detail)
        return False
    return True


def _read(name: str, data: bytes, report: Report) -> Diagram | None:
    file = f"{name}.bpmn"
    try:
        root = read_xml(data)
    except Unreadable as fault:
        report.add(file, fault.rule, detail=fault.detail)
        return None
    process = structure.find_process(file, root, name, report)
    if process is None or not structure.is_within_bounds(file, process, report):
        return None
    return diagram_of(file, root, process)


def _check_diagram(diagram: Diagram, around: Surroundings, report: Report) -> None:
    for check_alone in ALONE:
        check_alone(diagram, report)
    for check_among in AMONG:
        check_among(diagram, around, report)
