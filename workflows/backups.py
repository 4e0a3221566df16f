"""One archive of database and files, each by its hash: packed whole, unpacked with doubt."""

import hashlib
import json
import os
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from workflows.errors import Conflict, Invalid

FORMAT = 1
MANIFEST = "manifest.json"
DATABASE = {"SQLite": "database.db", "PostgreSQL": "database.dump"}
FILES = "files/"
CHUNK = 1024 * 1024
LARGEST_MANIFEST = 256 * 1024 * 1024  # a million files


@dataclass(frozen=True)
class About:
    """When and of what the archive was made; where its audit trail ended."""

    made_at: str
    version: str
    kind: str  # SQLite, PostgreSQL
    schema: str
    head: str


@dataclass(frozen=True)
class Manifest:
    about: About
    members: Mapping[str, str]  # name in the archive → SHA-256

    @property
    def database(self) -> str:
        return DATABASE[self.about.kind]


def pack(
    archive: Path, about: About, *, database: Path, files: Path, live: Path | None = None
) -> Manifest:
    """The archive is there whole, readable by its owner alone, or not at all.

    `live` is the database in use: should it lie among the files, its copy stands for it.
    """
    if archive.exists():
        raise Conflict("{file} is there already.", file=archive.name)
    if files.resolve() in archive.resolve().parents:
        raise Invalid("A backup does not lie among the files that it keeps.")
    part = archive.with_name(f"{archive.name}.part")
    handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w+b") as out:
            sources = _sources(about, database, files, live)
            manifest = _write(out, about, sources)
            out.flush()
            os.fsync(out.fileno())
        part.rename(archive)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return manifest


def _write(out: IO[bytes], about: About, sources: Iterable[tuple[str, Path]]) -> Manifest:
    members: dict[str, str] = {}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for name, path in sources:
            with path.open("rb") as source, packed.open(name, "w", force_zip64=True) as target:
                members[name] = _copy(source, target)
        said = {"format": FORMAT, "about": asdict(about), "members": members}
        packed.writestr(MANIFEST, json.dumps(said, ensure_ascii=False, indent=1))
    return Manifest(about, members)


def _sources(
    about: About, database: Path, files: Path, live: Path | None
) -> Iterator[tuple[str, Path]]:
    """The database first: whatever file a row of it names was stored before the row."""
    yield DATABASE[about.kind], database
    left = {f"{live.resolve()}{end}" for end in ("", "-wal", "-shm")} if live else set()
    for path in sorted(files.rglob("*")) if files.is_dir() else ():
        is_plain = path.is_file() and not path.is_symlink() and not path.name.startswith(".")
        if is_plain and str(path.resolve()) not in left:
            yield FILES + path.relative_to(files).as_posix(), path


def _copy(source: IO[bytes], target: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while piece := source.read(CHUNK):
        digest.update(piece)
        target.write(piece)
    return digest.hexdigest()


def read(archive: Path) -> Manifest:
    """What the archive says it holds; raises Invalid for what is no backup of ours."""
    with _opened(archive) as packed:
        return _manifest(packed)


def unpack(archive: Path, folder: Path) -> Manifest:
    """Everything lies in the folder as its hash says; raises Invalid at the first that does not."""
    with _opened(archive) as packed:
        manifest = _manifest(packed)
        names = [one.filename for one in packed.infolist()]
        _require_same({*manifest.members, MANIFEST}, names)
        for name, sha256 in manifest.members.items():
            target = folder / _safe(name)
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                with packed.open(name) as source, target.open("xb") as out:
                    found = _copy(source, out)
            except (zipfile.BadZipFile, EOFError, OSError, zlib.error) as damage:
                raise _damaged(name) from damage
            if found != sha256:
                raise _damaged(name)
    return manifest


def _opened(archive: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(archive)
    except (zipfile.BadZipFile, OSError) as damage:
        raise Invalid("{file} is no backup, or it is damaged.", file=archive.name) from damage


def _manifest(packed: zipfile.ZipFile) -> Manifest:
    try:
        if packed.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
            raise ValueError
        said: Any = json.loads(packed.read(MANIFEST))
        if said["format"] != FORMAT:
            raise Invalid(
                "This backup has the format {format}, unknown here.", format=said["format"]
            )
        about = About(**{name: str(said["about"][name]) for name in About.__dataclass_fields__})
        members = {str(name): str(sha256) for name, sha256 in said["members"].items()}
        manifest = Manifest(about, members)
        members[manifest.database]
    except (KeyError, TypeError, ValueError, AttributeError, zipfile.BadZipFile, zlib.error) as bad:
        raise Invalid("The list of contents is missing or damaged.") from bad
    return manifest


def _require_same(listed: set[str], found: Iterable[str]) -> None:
    names = list(found)
    if len(names) != len(set(names)) or set(names) != listed:
        raise Invalid("The archive does not hold what its list says.")


def _safe(name: str) -> PurePosixPath:
    """A plain path below the folder: an archive may come from anywhere."""
    path = PurePosixPath(name)
    plain = not path.is_absolute() and ".." not in path.parts and "\\" not in name
    if not plain or path.as_posix() != name or ":" in name or "\0" in name:
        raise Invalid("{name} is no name for a file of a backup.", name=name[:80])
    return path


def _damaged(name: str) -> Invalid:
    return Invalid("{name} in the archive is damaged.", name=name[:80])
