"""A version of a process as one file: taken in within bounds, given out the same each time.

The folder within is that of bpmn/: <process>/<process>.bpmn, *.dmn, forms/*.json, documents/*.docx,
tests/<decision>.json.
"""

import io
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from workflows import file_checks
from workflows.engine import Bundle
from workflows.engine.outline import called_by, decisions_in, process_in
from workflows.errors import Invalid, TooLarge
from workflows.forms import Fault

MOST_BYTES = 8 * 1024 * 1024
MOST_UNPACKED = 16 * 1024 * 1024
MOST_ENTRIES = 500
MOST_SIGNS = 20_000  # marks of a central directory: some stand inside of stored documents
LARGEST = {".bpmn": 2_000_000, ".dmn": 2_000_000, ".json": 100_000, ".docx": 1_000_000}
IGNORED = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)")
ID = re.compile(r"[^\W\d]\w{0,79}")
FORM = re.compile(r"\w[\w.-]*\.(schema|ui)\.json")
NAME = re.compile(r"\w[\w .()（）-]*")
UTF8_NAME = 0x800
EPOCH = (1980, 1, 1, 0, 0, 0)  # the same files make the same package, whenever
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
)

_NO_PACKAGE = Fault("This is neither a package (.zip) nor a diagram (.bpmn), or it is damaged.")
_ODD = Fault(
    "{file} leads out of the package, is encrypted or is a link: the package is not taken."
)


def read(name: str, data: bytes, *, process: str = "") -> Bundle:
    """What a file that was handed in holds; `process` says which process it must be of, if known.

    Raises Invalid or TooLarge and names the part that is at fault. Whether it is fit to be
    published, the checks say.
    """
    if not data:
        raise Invalid("The file is empty.")
    if len(data) > MOST_BYTES:
        raise TooLarge("A package may have {most} MB.", most=MOST_BYTES // 1024 // 1024)
    if data.startswith(b"PK"):
        return _sort(dict(_unpack(data)), process)
    if not name.lower().endswith(".bpmn"):
        raise Invalid(_NO_PACKAGE)
    require_size(name, len(data))
    own = process or process_in(data) or PurePosixPath(name).stem
    _require_id(name, own)
    return Bundle(own, {own: data})


def fill(given: Bundle, before: Bundle) -> tuple[Bundle, list[str]]:
    """The same with what it lacks taken over from the version before, and the names of that."""
    kept: list[str] = []
    parts: list[dict[str, bytes]] = []
    for part in ("diagrams", "decisions", "forms", "documents", "tests"):
        own: Mapping[str, bytes] = getattr(given, part)
        old: Mapping[str, bytes] = getattr(before, part)
        parts.append({**old, **own})
        kept += [f"{part}/{name}" for name in sorted(old.keys() - own.keys())]
    return Bundle(given.process, *parts), kept


def write(bundle: Bundle) -> bytes:
    """The package that `read` takes back as the same bundle."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(_paths(bundle)):
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, content)
    return target.getvalue()


def _paths(bundle: Bundle) -> Iterator[tuple[str, bytes]]:
    main = bundle.process
    for name, content in bundle.diagrams.items():
        yield f"{name}/{name}.bpmn", content
    written: set[bytes] = set()
    for name, content in sorted(bundle.decisions.items()):
        if content not in written:  # a file may hold several decisions
            written.add(content)
            yield f"{main}/{name}.dmn", content
    for name, content in bundle.forms.items():
        yield f"{main}/forms/{name}", content
    for name, content in bundle.documents.items():
        yield f"{main}/documents/{name}", content
    for name, content in bundle.tests.items():
        yield f"{main}/tests/{name}", content


def _unpack(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The files of an archive that are ours to read, by path."""
    if data.count(b"PK\1\2") > MOST_SIGNS:  # before a list of them is made
        raise TooLarge("A package may hold {most} files.", most=MOST_ENTRIES)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except BROKEN as error:
        raise Invalid(_NO_PACKAGE) from error
    with archive:
        entries = [one for one in archive.infolist() if not one.is_dir()]
        if len(entries) > MOST_ENTRIES:
            raise TooLarge("A package may hold {most} files.", most=MOST_ENTRIES)
        left = MOST_UNPACKED
        for entry in entries:
            path = _path_of(entry)
            if not IGNORED.search(path):
                content = _content(archive, entry, path, left)
                left -= len(content)
                yield path, content


def _path_of(entry: zipfile.ZipInfo) -> str:
    """Where a file lies in the archive; Chinese Windows writes names in GBK and says nothing."""
    path = entry.orig_filename
    if not entry.flag_bits & UTF8_NAME and not path.isascii():
        raw = path.encode("cp437", "replace")
        try:
            path = raw.decode("utf-8")
        except UnicodeDecodeError:
            path = raw.decode("gb18030", "replace")
    parts = path.split("/")
    odd = not path.isprintable() or "\\" in path or ":" in path or ".." in parts or "" in parts
    if odd or stat.S_ISLNK(entry.external_attr >> 16) or entry.flag_bits & 1:
        raise Invalid(_ODD, file=_shown(path))
    return path


def _shown(path: str) -> str:
    return "".join(c if c.isprintable() else "?" for c in path)[:120]


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: str, left: int) -> bytes:
    """The bytes of an entry, never more than is allowed, whatever it says of its own size."""
    most = require_size(path, entry.file_size)
    try:
        with archive.open(entry) as part:
            content = part.read(min(most, left) + 1)
    except BROKEN as error:
        raise Invalid("{file} cannot be unpacked: it is damaged.", file=_shown(path)) from error
    require_size(path, len(content))
    if len(content) > left:
        raise TooLarge("Unpacked, this package would be too large.")
    return content


def require_size(path: str, size: int) -> int:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix not in LARGEST:
        raise Invalid(
            "{file} is no part of a process: only .bpmn, .dmn, .json and .docx are.",
            file=_shown(path),
        )
    if size > LARGEST[suffix]:
        raise TooLarge(
            "{file} is too large: it may have {most} bytes.",
            file=_shown(path),
            most=LARGEST[suffix],
        )
    return LARGEST[suffix]


@dataclass(frozen=True)
class _Parts:
    diagrams: dict[str, bytes]
    decisions: dict[str, bytes]
    forms: dict[str, bytes]
    documents: dict[str, bytes]
    tests: dict[str, bytes]


def _sort(files: Mapping[str, bytes], process: str) -> Bundle:
    if not files:
        raise Invalid("The package is empty.")
    parts = _Parts({}, {}, {}, {}, {})
    for path, content in sorted(files.items()):
        _place(parts, path, content)
    main = _main(parts.diagrams, process)
    for name in sorted(parts.diagrams.keys() - reached(main, parts.diagrams)):
        raise Invalid(
            "{file} is no part of {process}: it is not called there.",
            file=f"{name}.bpmn",
            process=main,
        )
    return Bundle(main, **vars(parts))


def _place(parts: _Parts, path: str, content: bytes) -> None:
    name = PurePosixPath(path).name
    stem, suffix = name.rpartition(".")[0], PurePosixPath(path).suffix
    if not NAME.fullmatch(name) or len(name) > 80:
        raise Invalid("{file} has a name that a part of a process cannot have.", file=_shown(path))
    if suffix == ".bpmn":
        _require_id(path, stem)
        _put(parts.diagrams, stem, path, content)
    elif suffix == ".dmn":
        for decision in decisions_in(content) or [stem]:
            _require_id(path, decision)
            _put(parts.decisions, decision, path, content)
    elif suffix == ".json" and PurePosixPath(path).parent.name == "tests":
        _require_id(path, stem)
        _put(parts.tests, name, path, content)
    elif suffix == ".json" and FORM.fullmatch(name):
        _put(parts.forms, name, path, content)
    elif suffix == ".docx":
        require_document(path, content)
        _put(parts.documents, name, path, content)
    else:
        raise Invalid(
            "{file} is no part of a process: a form is called <key>.schema.json and <key>.ui.json.",
            file=_shown(path),
        )


def _require_id(path: str, name: str) -> None:
    if not ID.fullmatch(name):
        raise Invalid(
            "{file} has an id that cannot be used: {id}.", file=_shown(path), id=name[:80]
        )


def _put(group: dict[str, bytes], name: str, path: str, content: bytes) -> None:
    if group.setdefault(name, content) != content:
        raise Invalid("{file} stands twice in the package, with differences.", file=_shown(path))


def require_document(path: str, content: bytes) -> None:
    try:
        file_checks.recognise("template.docx", content)
    except Invalid as error:
        raise Invalid("{file} is not taken: it is no plain .docx.", file=_shown(path)) from error


def _main(diagrams: Mapping[str, bytes], process: str) -> str:
    """The process that the package is of: the one it is for, else the one no other calls."""
    if process:
        return process
    called = {name for data in diagrams.values() for name in called_by(data)}
    main = sorted(diagrams.keys() - called)
    if not diagrams:
        raise Invalid("The package holds no diagram (.bpmn).")
    if len(main) != 1:
        raise Invalid("The package holds several processes: {names}.", names=sorted(diagrams))
    return main[0]


def reached(main: str, diagrams: Mapping[str, bytes]) -> set[str]:
    """The diagrams that belong to a process: its own, and what is called from there."""
    found, todo = {main}, [main]
    while todo:
        for name in called_by(diagrams.get(todo.pop(), b"")) - found:
            found.add(name)
            todo.append(name)
    return found
