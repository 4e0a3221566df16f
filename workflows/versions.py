"""Which versions of the processes there are, what each holds, and how many cases run on it."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from models import Case, CaseStatus, Definition, DefinitionDraft, DefinitionFile, Role, User
from workflows import definitions
from workflows.access import Rights
from workflows.definitions import PARTS
from workflows.engine import Bundle
from workflows.errors import NotFound

ENDED = (CaseStatus.FINISHED, CaseStatus.STOPPED)
PLAIN = re.compile(r"\w[\w .()（）-]{0,119}")
FIGURES = re.compile(rb"\b(days|rule)\.([a-z]\w*)")


@dataclass(frozen=True)
class Cases:
    """How many cases run, how many of these stand still with a fault, how many have ended."""

    running: int = 0
    failed: int = 0
    ended: int = 0


class Standing(StrEnum):
    """How a version stands towards the cases that are opened."""

    IN_FORCE = "in force"
    COMING = "takes effect later"
    EARLIER = "earlier"
    WITHDRAWN = "withdrawn"
    RETIRED = "retired"


@dataclass(frozen=True)
class Version:
    definition: Definition
    by: str  # empty: it came with the system
    cases: Cases


@dataclass(frozen=True)
class Process:
    """A process in the list: the version in force, what takes effect later, and which versions
    still have cases."""

    current: Version
    coming: tuple[Definition, ...]
    running: tuple[tuple[int, int], ...]  # number of the version, cases that run on it
    failed: int
    drafts: int


@dataclass(frozen=True)
class Caller:
    """A process in which another runs; `same` while it holds the newest version of it."""

    definition: Definition
    same: bool


def require_admin(rights: Rights) -> None:
    """Raises NotFound, as if there were no such page, for all but process administrators."""
    if not rights.has_role(Role.PROCESS_ADMIN):
        raise NotFound("There is no such page, or it is not yours to see.")


def overview(session: Session, *, now: datetime) -> list[Process]:
    """Every process with the version in force, by name."""
    drafts = _drafts(session)
    by_process: dict[str, list[Version]] = {}
    for version in _versions(session, None):
        by_process.setdefault(version.definition.process, []).append(version)
    found = [_process(each, drafts, now) for each in by_process.values()]
    return sorted(found, key=lambda one: one.current.definition.name)


def _process(versions: Sequence[Version], drafts: Mapping[str, int], now: datetime) -> Process:
    current = current_of(versions, now=now)
    stands = standings(versions, now=now)
    coming = [v.definition for v in versions if stands[v.definition.number] == Standing.COMING]
    running = [(v.definition.number, v.cases.running) for v in versions if v.cases.running]
    failed = sum(version.cases.failed for version in versions)
    waits = drafts.get(current.definition.process, 0)
    return Process(current, tuple(coming), tuple(running), failed, waits)


def current_of(history: Sequence[Version], *, now: datetime) -> Version:
    """The version in force; where none is yet, the newest."""
    stands = standings(history, now=now)
    found = (v for v in history if stands[v.definition.number] == Standing.IN_FORCE)
    return next(found, history[0])


def standings(history: Sequence[Version], *, now: datetime) -> dict[int, Standing]:
    """How each of a process's versions stands, by number; they come newest first."""
    found: dict[int, Standing] = {}
    for definition in (version.definition for version in history):
        found[definition.number] = _standing(definition, Standing.IN_FORCE in found.values(), now)
    return found


def _standing(definition: Definition, follows: bool, now: datetime) -> Standing:
    if definition.retired_at is not None:
        return Standing.WITHDRAWN if definition.is_withdrawn else Standing.RETIRED
    if not definition.has_begun(now):
        return Standing.COMING
    return Standing.EARLIER if follows else Standing.IN_FORCE


def _drafts(session: Session) -> dict[str, int]:
    query = select(DefinitionDraft.process, func.count()).group_by(DefinitionDraft.process)
    return dict(session.execute(query).all())


def history(session: Session, process: str) -> list[Version]:
    """The versions of a process, newest first; NotFound where there is none."""
    found = _versions(session, process) if PLAIN.fullmatch(process) else []
    if not found:
        raise NotFound("There is no such process.")
    return found


def standing(session: Session, process: str, *, now: datetime) -> list[Definition]:
    """The versions that have taken effect and are not retired, newest first: the first is in
    force."""
    query = (
        select(Definition)
        .where(Definition.process == process, Definition.retired_at.is_(None))
        .where(Definition.effective_from <= now)
        .order_by(Definition.number.desc())
    )
    return list(session.scalars(query))


def version_of(session: Session, process: str, number: int) -> Version:
    """One version; NotFound where there is none of that number."""
    for version in history(session, process):
        if version.definition.number == number:
            return version
    raise NotFound("There is no such version.")


def _versions(session: Session, process: str | None) -> list[Version]:
    query = (
        select(Definition, User.name)
        .outerjoin(User, User.id == Definition.published_by)
        .order_by(Definition.process, Definition.number.desc())
    )
    if process is not None:
        query = query.where(Definition.process == process)
    rows = session.execute(query).all()
    counted = _counted(session, [definition.id for definition, _ in rows])
    return [Version(one, by or "", counted.get(one.id, Cases())) for one, by in rows]


def _counted(session: Session, definition_ids: Sequence[int]) -> dict[int, Cases]:
    ended = Case.status.in_(ENDED)
    failed = Case.status == CaseStatus.FAILED
    query = (
        select(
            Case.definition_id,
            func.sum(case((ended, 0), else_=1)),
            func.sum(case((failed, 1), else_=0)),
            func.sum(case((ended, 1), else_=0)),
        )
        .where(Case.definition_id.in_(definition_ids))
        .group_by(Case.definition_id)
    )
    return {key: Cases(a, b, c) for key, a, b, c in session.execute(query)}


def bundle_of(session: Session, definition: Definition) -> Bundle:
    """All files of a version."""
    parts: dict[str, dict[str, bytes]] = {part: {} for part in PARTS}
    query = select(DefinitionFile).where(DefinitionFile.definition_id == definition.id)
    for file in session.scalars(query):
        part, _, name = file.path.partition("/")
        parts[part][name] = file.content
    return Bundle(definition.process, **parts)


def file_of(session: Session, definition: Definition, part: str, name: str) -> bytes:
    """One file of a version, by the names that stand in addresses; NotFound where there is none."""
    if part not in PARTS or not PLAIN.fullmatch(name):
        raise NotFound("There is no such file in this version.")
    return definitions.file_of(session, definition.id, f"{part}/{name}")


def figures_named(bundle: Bundle) -> set[str]:
    """The parameters that diagrams and tables ask for, as days.… and rule.…"""
    return {
        f"{group.decode()}.{name.decode()}"
        for content in _texts(bundle)
        for group, name in FIGURES.findall(content)
    }


def _texts(bundle: Bundle) -> Iterable[bytes]:
    return [*bundle.diagrams.values(), *bundle.decisions.values()]


def callers_of(session: Session, process: str) -> list[Caller]:
    """The other processes whose newest version holds a diagram of this one, which stays as it is
    until they are published anew."""
    newest = (
        select(Definition.process, func.max(Definition.number))
        .where(Definition.retired_at.is_(None))
        .group_by(Definition.process)
    )
    held = {
        definition.process: (definition, content)
        for definition, content in session.execute(
            select(Definition, DefinitionFile.content)
            .join(DefinitionFile, DefinitionFile.definition_id == Definition.id)
            .where(DefinitionFile.path == f"diagrams/{process}", Definition.retired_at.is_(None))
            .order_by(Definition.number)
        )
    }
    numbers = dict(session.execute(newest).all())
    own = held.pop(process, (None, b""))[1]
    return [
        Caller(definition, content == own)
        for name, (definition, content) in sorted(held.items())
        if numbers[name] == definition.number
    ]
