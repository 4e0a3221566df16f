"""What belongs to one version of a process: diagrams, decisions, forms, documents, tests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from workflows.engine.errors import DiagramFault
from workflows.engine.xml import parse_safely, tag

SHARED_DECISIONS = "_decisions"


@dataclass(frozen=True)
class Bundle:
    process: str
    diagrams: Mapping[str, bytes]
    decisions: Mapping[str, bytes] = field(default_factory=dict)
    forms: Mapping[str, bytes] = field(default_factory=dict)
    documents: Mapping[str, bytes] = field(default_factory=dict)
    tests: Mapping[str, bytes] = field(default_factory=dict)  # of tables: <decision>.json

    @classmethod
    def from_folder(cls, folder: Path) -> "Bundle":
        """Everything a process needs, with the processes it calls from the folders beside it."""
        folders = [folder, *(folder.parent / called for called in _called_from(folder))]
        decisions: dict[str, bytes] = {}
        for place in [folder.parent / SHARED_DECISIONS, *reversed(folders)]:
            decisions |= _decisions_in(place)
        return cls(
            process=folder.name,
            diagrams={place.name: _diagram_of(place) for place in folders},
            decisions=decisions,
            forms=_files_in(folders, "forms", "*.json"),
            documents=_files_in(folders, "documents", "*.docx"),
            tests=_files_in([*folders, folder.parent / SHARED_DECISIONS], "tests", "*.json"),
        )

    @property
    def digest(self) -> str:
        """Names this version: the same files give the same digest on every machine."""
        seal = sha256(self.process.encode())
        for part in (self.diagrams, self.decisions, self.forms, self.documents, self.tests):
            for name, content in sorted(part.items()):
                seal.update(f"\0{name}\0{len(content)}\0".encode())
                seal.update(content)
        return seal.hexdigest()


def _called_from(folder: Path) -> list[str]:
    found: list[str] = []
    todo = [folder.name]
    while todo:
        for called in sorted(called_elements(_diagram_of(folder.parent / todo.pop()))):
            if called not in found and called != folder.name:
                found.append(called)
                todo.append(called)
    return sorted(found)


def called_elements(diagram: bytes) -> set[str]:
    """The ids of the processes that a diagram calls."""
    root = parse_safely(diagram)
    return {str(call.get("calledElement")) for call in root.iter(tag("callActivity"))}


def _diagram_of(folder: Path) -> bytes:
    path = folder / f"{folder.name}.bpmn"
    if not path.is_file():
        raise DiagramFault(
            f"The process {folder.name} has no diagram.", f"流程 {folder.name} 没有流程图。"
        )
    return path.read_bytes()


def _decisions_in(folder: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for path in sorted(folder.glob("*.dmn")):
        content = path.read_bytes()
        for decision in _decision_ids(content):
            found[decision] = content
    return found


def _decision_ids(content: bytes) -> Iterator[str]:
    for element in parse_safely(content):
        if isinstance(element.tag, str) and element.tag.rpartition("}")[2] == "decision":
            yield str(element.get("id"))


def _files_in(folders: list[Path], name: str, pattern: str) -> dict[str, bytes]:
    # The main process comes first in the list and wins over what it calls.
    found: dict[str, bytes] = {}
    for folder in reversed(folders):
        for path in sorted((folder / name).glob(pattern)):
            found[path.name] = path.read_bytes()
    return found
