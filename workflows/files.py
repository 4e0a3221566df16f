"""Files kept once by their hash, outside the web root; who may see one is asked of its owner."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, StoredFile, Unit, User
from workflows import access, audit, file_checks
from workflows.access import Rights
from workflows.errors import Invalid, NotFound


@dataclass(frozen=True)
class FileStore:
    """A folder of files named by their hash, two levels deep."""

    root: Path

    def path_of(self, sha256: str) -> Path:
        return self.root / sha256[:2] / sha256[2:4] / sha256

    def put(self, data: bytes) -> str:
        """The bytes are on the disk, whole or not at all; returns their hash."""
        sha256 = hashlib.sha256(data).hexdigest()
        target = self.path_of(sha256)
        if target.exists() and target.stat().st_size == len(data):
            return sha256
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".new-")  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(target)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)
        return sha256

    def open(self, file: StoredFile) -> BinaryIO:
        """The file's bytes; raises NotFound when they are missing or are not what was stored."""
        try:
            opened = self.path_of(file.sha256).open("rb")
        except FileNotFoundError:
            raise NotFound("The content of this file is missing.") from None
        if hashlib.file_digest(opened, "sha256").hexdigest() != file.sha256:
            opened.close()
            raise NotFound("The content of this file is damaged.")
        opened.seek(0)
        return opened


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@dataclass(frozen=True)
class Upload:
    """A file as it arrived, and whose it will be: a case's or a unit's."""

    name: str
    data: bytes
    case_id: int | None = None
    unit_id: int | None = None


def keep(
    session: Session, store: FileStore, upload: Upload, *, by: User | None, now: datetime
) -> StoredFile:
    """The upload is stored and on record; raises Invalid or TooLarge when it is not taken.

    The same content is kept once, however often it is handed in.
    """
    if upload.case_id is None and upload.unit_id is None:
        raise Invalid("A file belongs to a case or to a unit.")
    name = file_checks.clean_name(upload.name)
    media_type = file_checks.recognise(name, upload.data)
    file = StoredFile(
        sha256=store.put(upload.data),
        size=len(upload.data),
        media_type=media_type,
        name=name,
        case_id=upload.case_id,
        unit_id=upload.unit_id,
        stored_at=now,
        stored_by=by.id if by else None,
    )
    session.add(file)
    session.flush()
    audit.record(
        session,
        actor=by,
        action="file_stored",
        subject=file,
        now=now,
        case_id=file.case_id,
        unit_id=file.unit_id,
        detail={"name": name, "size": file.size, "sha256": file.sha256},
    )
    return file


def get(session: Session, file_id: int, *, rights: Rights) -> StoredFile:
    """The file, if its case or its unit is open to the person; else NotFound."""
    file = session.get(StoredFile, file_id)
    if file is None or not _may_see(session, file, rights):
        raise NotFound("There is no such file, or it is not yours to see.")
    return file


def _may_see(session: Session, file: StoredFile, rights: Rights) -> bool:
    """A case's file follows the case even where it names a unit: a case may be restricted."""
    if file.case_id is not None:
        visible = select(Case.id).where(Case.id == file.case_id, access.visible_cases(rights))
        return session.scalar(visible) is not None
    if file.stored_by == rights.user.id:
        return True
    unit = session.get(Unit, file.unit_id) if file.unit_id is not None else None
    return unit is not None and rights.covers(unit)


def open_file(
    session: Session, store: FileStore, file_id: int, *, rights: Rights
) -> tuple[StoredFile, BinaryIO]:
    """The file and its bytes, for somebody who may see it."""
    file = get(session, file_id, rights=rights)
    return file, store.open(file)


def damaged(session: Session, store: FileStore) -> Iterator[StoredFile]:
    """Files whose bytes are missing or changed, for the check of the whole system."""
    for file in session.scalars(select(StoredFile).order_by(StoredFile.id)):
        try:
            store.open(file).close()
        except NotFound:
            yield file
