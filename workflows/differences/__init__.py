"""What is otherwise in a newer version of a process, thing by thing."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from workflows.differences import diagrams, forms, tables
from workflows.differences.change import ADDED, CHANGED, REMOVED, Change
from workflows.differences.forms import keys_of as form_keys
from workflows.engine import Bundle, EngineFault
from workflows.engine.decisions.faults import DecisionFault
from workflows.engine.outline import outline

__all__ = ["ADDED", "CHANGED", "REMOVED", "Change", "between", "form_keys"]


# What is drawn may be unfit; then all that is said of it is that it differs.
UNREADABLE = (EngineFault, DecisionFault, LookupError, ValueError, TypeError)


def between(before: Bundle, after: Bundle) -> list[Change]:
    """Every change that leads from one version of a process to another, also where a file of them
    is not fit to be run."""
    return [
        *_each("diagram", before.diagrams, after.diagrams, _of_diagram),
        *_all("form", before.forms, after.forms, forms.between),
        *_each("decision", before.decisions, after.decisions, _of_decision),
        *_of_plain("document", before.documents, after.documents),
        *_of_plain("tests", before.tests, after.tests),
    ]


Files = Mapping[str, bytes]


def _each(
    what: str, before: Files, after: Files, between: Callable[[str, Files, Files], Iterator[Change]]
) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            old, new = _only(before, name), _only(after, name)
            yield from _all(what, old, new, partial(between, name))


def _only(files: Files, name: str) -> Files:
    return {name: files[name]} if name in files else {}


def _all(
    what: str, before: Files, after: Files, between: Callable[[Files, Files], Iterator[Change]]
) -> list[Change]:
    try:
        return list(between(before, after))
    except UNREADABLE:
        return list(_of_plain(what, before, after, aspect="unreadable"))


def _of_diagram(name: str, before: Files, after: Files) -> Iterator[Change]:
    if name in before and name in after:
        yield from diagrams.between(name, before[name], after[name])
    else:
        how, files = (ADDED, after) if name in after else (REMOVED, before)
        yield Change("diagram", how, name, name, outline(name, files[name]).process.name)


def _of_decision(_: str, before: Files, after: Files) -> Iterator[Change]:
    yield from tables.between(before, after)


def _of_plain(
    what: str, before: Files, after: Files, *, aspect: str = "writing"
) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield Change(what, REMOVED, name, name)
        elif name not in before:
            yield Change(what, ADDED, name, name)
        elif before[name] != after[name]:
            yield Change(what, CHANGED, name, name, aspect=aspect)
