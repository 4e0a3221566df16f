"""Check files from a folder, whatever state they are in."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from workflows.engine.bundle import SHARED_DECISIONS, Bundle
from workflows.engine.validation.model import local
from workflows.engine.validation.reading import MAX_BYTES, Unreadable, read_xml
from workflows.engine.validation.vocabulary import bpmn

RULES = {
    "file-missing": ("文件不存在或无法读取。", "The file does not exist or cannot be read."),
    "file-unknown-kind": (
        "只检查 .bpmn 和 .dmn 文件，以及含有它们的文件夹。",
        "Only .bpmn and .dmn files, and folders with such, are checked.",
    ),
    "folder-without-diagram": (
        "文件夹中没有流程图。",
        "The folder holds no diagram.",
    ),
}

MOST_FILES = 200


class Unusable(Exception):
    """A path that cannot be checked; `rule` says why."""

    def __init__(self, rule: str, detail: str) -> None:
        super().__init__(rule)
        self.rule = rule
        self.detail = detail


def bytes_of(path: Path) -> bytes:
    """Return a file's content, one byte more than allowed at most."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as fault:
        raise Unusable("file-missing", str(fault)) from fault


def files_of(path: Path) -> list[Path]:
    """Return the diagrams and tables that a path stands for."""
    try:
        is_folder, is_file = path.is_dir(), path.is_file()
    except (OSError, ValueError) as fault:
        raise Unusable("file-missing", str(fault)) from fault
    if is_folder:
        return _files_in(path)
    if not is_file:
        raise Unusable("file-missing", str(path))
    if path.suffix not in {".bpmn", ".dmn"}:
        raise Unusable("file-unknown-kind", path.name)
    return [path]


def _files_in(folder: Path) -> list[Path]:
    try:
        every = (path for path in folder.rglob("*") if path.suffix in {".bpmn", ".dmn"})
        found = sorted(path for path in every if path.is_file())
    except OSError as fault:  # a folder that may not be read, or that went away meanwhile
        raise Unusable("file-missing", str(fault)) from fault
    if not found:
        raise Unusable("folder-without-diagram", str(folder))
    if len(found) > MOST_FILES:
        raise Unusable("file-too-big", f"> {MOST_FILES}")
    return found


def bundle_around(path: Path, diagram: bytes) -> Bundle:
    """Gather what lies beside a diagram as `Bundle.from_folder` does, leaving out what is broken.

    A diagram that does not lie in a folder of its own name stands alone.
    """
    folder = path.parent
    if folder.name != path.stem:
        return Bundle(process=path.stem, diagrams={path.stem: diagram})
    diagrams = {path.stem: diagram}
    for called in _called(diagram):
        _add_called(folder.parent, called, diagrams)
    folders = [folder.parent / name for name in diagrams]
    decisions: dict[str, bytes] = {}
    for place in [folder.parent / SHARED_DECISIONS, *reversed(folders)]:
        for table in sorted(place.glob("*.dmn")):
            decisions |= dict.fromkeys(_decision_ids(table), _content(table))
    return Bundle(
        process=path.stem,
        diagrams=diagrams,
        decisions=decisions,
        forms=_beside(folders, "forms", "*.json"),
        documents=_beside(folders, "documents", "*.docx"),
    )


def _add_called(parent: Path, process: str, diagrams: dict[str, bytes]) -> None:
    path = parent / process / f"{process}.bpmn"
    if process in diagrams or len(diagrams) > MOST_FILES or not path.is_file():
        return
    diagrams[process] = _content(path)
    for called in _called(diagrams[process]):
        _add_called(parent, called, diagrams)


def _called(diagram: bytes) -> Iterator[str]:
    try:
        root = read_xml(diagram)
    except Unreadable:
        return
    for call in root.iter(bpmn("callActivity")):
        name = call.get("calledElement", "")
        if name and Path(name).name == name and name not in {".", ".."}:
            yield name


def _decision_ids(table: Path) -> list[str]:
    try:
        root = read_xml(_content(table))
    except Unreadable:
        return []
    elements = (xml for xml in root if isinstance(xml.tag, str))
    return [xml.get("id", "") for xml in elements if xml.tag.rpartition("}")[2] == "decision"]


def _content(path: Path) -> bytes:
    try:
        return bytes_of(path)
    except Unusable:
        return b""


def _beside(folders: Sequence[Path], name: str, pattern: str) -> dict[str, bytes]:
    # Templates are only asked for by name, so their content is not needed here.
    read = _content if name == "forms" else lambda _path: b""
    return {
        path.name: read(path)
        for folder in reversed(folders)
        for path in sorted((folder / name).glob(pattern))
    }


def process_id_of(data: bytes) -> str | None:
    """Return the id of the first process in a diagram, for one that stands alone."""
    try:
        root = read_xml(data)
    except Unreadable:
        return None
    return next((xml.get("id") for xml in root.iter("*") if local(xml) == "process"), None)
