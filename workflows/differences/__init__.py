"""What is otherwise in a newer version of a process, thing by thing."""

from collections.abc import Iterator, Mapping

from workflows.differences import diagrams, forms, tables
from workflows.differences.change import ADDED, CHANGED, REMOVED, Change
from workflows.differences.forms import keys_of as form_keys
from workflows.engine import Bundle
from workflows.engine.outline import outline

__all__ = ["ADDED", "CHANGED", "REMOVED", "Change", "between", "form_keys"]


def between(before: Bundle, after: Bundle) -> list[Change]:
    """Every change that leads from one fit version of a process to another."""
    return [
        *_of_diagrams(before.diagrams, after.diagrams),
        *forms.between(before.forms, after.forms),
        *tables.between(before.decisions, after.decisions),
        *_of_documents(before.documents, after.documents),
    ]


def _of_diagrams(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        if name not in before or name not in after:
            how, files = (ADDED, after) if name in after else (REMOVED, before)
            yield Change("diagram", how, name, name, outline(name, files[name]).process.name)
        elif before[name] != after[name]:
            yield from diagrams.between(name, before[name], after[name])


def _of_documents(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield Change("document", REMOVED, name, name)
        elif name not in before:
            yield Change("document", ADDED, name, name)
        elif before[name] != after[name]:
            yield Change("document", CHANGED, name, name, aspect="writing")
