"""The operations that an automatic step may name, as an editor offers them: each with what people
call it and what it takes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from workflows.engine import Bundle, EngineFault
from workflows.engine.outline import outline
from workflows.registry import OPERATIONS, TAKES, Parameter


@dataclass(frozen=True)
class Offered:
    """An operation; what no diagram names yet goes by its own name."""

    name: str
    zh: str = ""
    en: str = ""
    process: tuple[str, str] = ("", "")  # the one that brought it, in Chinese and in English
    parameters: tuple[Parameter, ...] = ()


def offered(folder: Path, bundle: Bundle) -> list[Offered]:
    """All that are registered: those of the draft's own process first, then by process."""
    named = dict(_shipped(folder))
    for diagram, data in bundle.diagrams.items():
        for name, words in _named_in(diagram, data):
            named.setdefault(name, words)
    found = [_offer(name, named.get(name)) for name in OPERATIONS]
    own = named_by(bundle)
    return sorted(found, key=lambda one: (one.name not in own, one.process, one.name))


def _offer(name: str, words: Offered | None) -> Offered:
    known = words or Offered(name)
    return Offered(name, known.zh, known.en, known.process, TAKES.get(name, ()))


def named_by(bundle: Bundle) -> frozenset[str]:
    """The operations that the diagrams of a bundle name."""
    return frozenset(
        name for diagram, data in bundle.diagrams.items() for name, _ in _named_in(diagram, data)
    )


@lru_cache(maxsize=4)
def _shipped(folder: Path) -> Mapping[str, Offered]:
    """What the diagrams that ship with the programme call their operations."""
    named: dict[str, Offered] = {}
    for place in sorted(folder.iterdir()):
        file = place / f"{place.name}.bpmn"
        if file.is_file():
            for name, words in _named_in(place.name, file.read_bytes()):
                named.setdefault(name, words)
    return named


def _named_in(process: str, diagram: bytes) -> Iterator[tuple[str, Offered]]:
    try:
        drawn = outline(process, diagram)
    except (EngineFault, LookupError, ValueError):  # the checks will say what is wrong with it
        return
    title = (drawn.process.name, drawn.process.properties.get("nameEn", ""))
    for node in drawn.nodes.values():
        if node.operation:
            english = node.properties.get("nameEn", "")
            yield node.operation, Offered(node.operation, node.name, english, title)
