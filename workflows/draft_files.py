"""The files of a draft as they are stored, fit or not, and the changing of single ones.

A package (see packages) holds what is whole; here also a diagram that nothing calls any more is
kept, until its author is done.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from workflows import packages
from workflows.definitions import PARTS
from workflows.engine import Bundle
from workflows.engine.outline import decisions_in
from workflows.engine.validation.reading import Unreadable, read_xml
from workflows.errors import Invalid, TooLarge

ENDINGS = {"diagrams": ".bpmn", "decisions": ".dmn"}
MOST_FILES = 300
Files = Mapping[str, bytes | None]


def pack(bundle: Bundle) -> bytes:
    """All files by part and name, as one row keeps them."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in sorted(by_path(bundle).items()):
            entry = zipfile.ZipInfo(path, packages.EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return target.getvalue()


def unpack(process: str, data: bytes) -> Bundle:
    """The bundle that `pack` was given."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return _bundle(process, {name: archive.read(name) for name in archive.namelist()})


def by_path(bundle: Bundle) -> dict[str, bytes]:
    """The files of a bundle as "diagrams/reminder", "forms/x.ui.json" …"""
    return {
        f"{part}/{name}": content
        for part in PARTS
        for name, content in getattr(bundle, part).items()
    }


def _bundle(process: str, files: Mapping[str, bytes]) -> Bundle:
    parts: dict[str, dict[str, bytes]] = {part: {} for part in PARTS}
    for path, content in files.items():
        part, _, name = path.partition("/")
        parts[part][name] = content
    return Bundle(process, **parts)


def changed(bundle: Bundle, files: Files) -> Bundle:
    """The bundle with these files instead of its own; None takes one away.

    Raises Invalid or TooLarge and names the file that cannot be a part of it.
    """
    if len(files) > MOST_FILES:
        raise Invalid("A package may hold {most} files.", most=MOST_FILES)
    for path, content in sorted(files.items()):
        bundle = _with(bundle, path, content)
    total = sum(map(len, by_path(bundle).values()))
    if total > packages.MOST_UNPACKED or len(by_path(bundle)) > packages.MOST_ENTRIES:
        raise TooLarge("Unpacked, this package would be too large.")
    return bundle


def _with(bundle: Bundle, path: str, content: bytes | None) -> Bundle:
    part, _, name = path.partition("/")
    require_name(path)
    old: Mapping[str, bytes] = getattr(bundle, part)
    if content is None:
        if path == f"diagrams/{bundle.process}":
            raise Invalid("The diagram of the process itself cannot be taken away.")
        kept = {key: value for key, value in old.items() if key != name}
        return _put(bundle, part, kept)
    require_content(path, content)
    if part == "decisions":
        return replace(bundle, decisions=_tables(old, name, content))
    return _put(bundle, part, {**old, name: content})


def _put(bundle: Bundle, part: str, files: Mapping[str, bytes]) -> Bundle:
    changes: dict[str, Any] = {part: files}
    return replace(bundle, **changes)


def _tables(old: Mapping[str, bytes], name: str, content: bytes) -> dict[str, bytes]:
    """A file may hold several decisions: each of them stands under its own id."""
    ids = decisions_in(content)
    if name not in ids:
        raise Invalid("The file no longer holds the decision {id}: its id must stay.", id=name)
    before = old.get(name)
    rest = {key: value for key, value in old.items() if value != before or before is None}
    return {**rest, **dict.fromkeys(ids, content)}


def pruned(bundle: Bundle) -> Bundle:
    """The bundle without diagrams that nothing in it calls any more."""
    kept = packages.reached(bundle.process, bundle.diagrams)
    diagrams = {name: data for name, data in bundle.diagrams.items() if name in kept}
    return replace(bundle, diagrams=diagrams)


def require_name(path: str) -> None:
    """Raises Invalid unless a file of a process may be called so."""
    part, _, name = path.partition("/")
    fits = {
        "diagrams": packages.ID.fullmatch(name),
        "decisions": packages.ID.fullmatch(name),
        "forms": packages.FORM.fullmatch(name),
        "documents": packages.NAME.fullmatch(name) and name.endswith(".docx"),
        "tests": packages.ID.fullmatch(name.removesuffix(".json")) and name.endswith(".json"),
    }
    if not fits.get(part) or len(name) > 80:
        raise Invalid("{file} has a name that a part of a process cannot have.", file=path[:120])


def require_content(path: str, content: bytes) -> None:
    """Raises TooLarge or Invalid unless the content can be read as what it is called."""
    part = path.partition("/")[0]
    file = path + ENDINGS.get(part, "")
    packages.require_size(file, len(content))
    if part in ENDINGS:
        _require_xml(file, content)
    elif part == "documents":
        packages.require_document(file, content)
    else:
        _require_json(file, content)


def _require_xml(file: str, content: bytes) -> None:
    try:
        read_xml(content)
    except Unreadable as fault:
        raise Invalid(
            "{file} cannot be read ({rule}): it is no plain, well-formed XML.",
            file=file,
            rule=fault.rule,
        ) from fault


def _require_json(file: str, content: bytes) -> None:
    try:
        found = orjson.loads(content)
    except orjson.JSONDecodeError as fault:
        raise Invalid("{file} cannot be read: it is no JSON.", file=file) from fault
    if not isinstance(found, dict | list):
        raise Invalid("{file} cannot be read: it is no JSON.", file=file)
