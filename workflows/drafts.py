"""New versions on their way: taken in, checked, compared, and published with a note."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, undefer

from models import Definition, DefinitionDraft, User
from workflows import audit, definitions, differences, forms, packages, versions
from workflows.access import Rights
from workflows.definitions import Unfit
from workflows.differences import Change
from workflows.engine import Bundle
from workflows.engine.outline import outline
from workflows.engine.validation import Fault
from workflows.errors import Invalid, NotFound

LONGEST_NOTE = 1_000


@dataclass(frozen=True)
class Upload:
    """A file as it was handed in; `base` is the newest version that the person saw then."""

    name: str
    data: bytes
    process: str = ""
    base: int = 0
    keep: bool = True  # what it does not hold stays as in the version before


@dataclass(frozen=True)
class Waiting:
    """A draft with who made it and whether another version came in between."""

    draft: DefinitionDraft
    by: str
    outdated: bool


class UnfitUpload(Unfit):
    """The checks refuse what was handed in; the files come along, to be shown."""

    def __init__(self, bundle: Bundle, faults: Sequence[Fault]) -> None:
        super().__init__(bundle.process, faults)
        self.bundle = bundle


@dataclass(frozen=True)
class Candidate:
    """What was handed in, made whole with what it takes over from the version `base`."""

    bundle: Bundle
    base: int
    source: str
    kept: Sequence[str]


def make(session: Session, upload: Upload, *, rights: Rights, now: datetime) -> DefinitionDraft:
    """What was handed in waits as a draft; see `read`, `check` and `keep`, which take turns."""
    candidate = read(session, upload, rights=rights)
    check(candidate.bundle)
    return keep(session, candidate, rights=rights, now=now)


def read(session: Session, upload: Upload, *, rights: Rights) -> Candidate:
    """Raises Invalid where it is no package or nothing in it differs, Conflict where another
    version came in between."""
    versions.require_admin(rights)
    given = packages.read(upload.name, upload.data, process=upload.process)
    newest = definitions.newest_of(session, given.process)
    if upload.process:
        definitions.require_base(session, newest, upload.base)
    elif newest is not None:
        raise Invalid("{process} is there already: hand in a new version there.", process=newest)
    bundle, kept = _filled(session, given, newest, keep=upload.keep)
    if newest is not None and newest.sha256 == bundle.digest:
        raise Invalid("Nothing differs from v{number}.", number=newest.number)
    return Candidate(bundle, newest.number if newest else 0, upload.name[:200], kept)


def check(bundle: Bundle) -> None:
    """Raises UnfitUpload with every fault; takes a while and asks no database."""
    if faults := definitions.faults_of(bundle):
        raise UnfitUpload(bundle, faults)


def keep(
    session: Session, candidate: Candidate, *, rights: Rights, now: datetime
) -> DefinitionDraft:
    """The candidate waits as a draft, in the place of an earlier one of the same person."""
    versions.require_admin(rights)
    draft = _draft(candidate, by=rights.user, now=now)
    own = DefinitionDraft.process == draft.process, DefinitionDraft.made_by == draft.made_by
    session.execute(delete(DefinitionDraft).where(*own))
    session.add(draft)
    session.flush()
    _record(session, "draft_made", draft, rights=rights, now=now)
    return draft


def _draft(candidate: Candidate, *, by: User, now: datetime) -> DefinitionDraft:
    bundle = candidate.bundle
    root = outline(bundle.process, bundle.diagrams[bundle.process]).process
    return DefinitionDraft(
        process=bundle.process,
        base=candidate.base,
        name=root.name[:200],
        name_en=root.properties.get("nameEn", "")[:200],
        package=packages.write(bundle),
        sha256=bundle.digest,
        source=candidate.source,
        kept=list(candidate.kept),
        made_by=by.id,
        made_at=now,
    )


def _filled(
    session: Session, given: Bundle, newest: Definition | None, *, keep: bool
) -> tuple[Bundle, list[str]]:
    """A diagram alone always stands among the other files of its process."""
    alone = not (given.decisions or given.forms or given.documents)
    if newest is None or not (keep or alone):
        return given, []
    return packages.fill(given, versions.bundle_of(session, newest))


def _record(
    session: Session, action: str, draft: DefinitionDraft, *, rights: Rights, now: datetime
) -> None:
    detail = {"process": draft.process, "base": draft.base, "sha256": draft.sha256}
    audit.record(session, actor=rights.user, action=action, subject=draft, now=now, detail=detail)


def get(session: Session, draft_id: int, *, rights: Rights) -> DefinitionDraft:
    """A draft, for process administrators; NotFound where it is gone."""
    versions.require_admin(rights)
    draft = session.get(DefinitionDraft, draft_id, options=[undefer(DefinitionDraft.package)])
    if draft is None:
        raise NotFound("There is no such draft: it was published or given up.")
    return draft


def waiting(session: Session, *, process: str | None = None) -> list[Waiting]:
    """The drafts that wait, of one process or of all, newest first."""
    query = (
        select(DefinitionDraft, User.name)
        .join(User, User.id == DefinitionDraft.made_by)
        .order_by(DefinitionDraft.id.desc())
    )
    if process is not None:
        query = query.where(DefinitionDraft.process == process)
    return [Waiting(one, by, _is_outdated(session, one)) for one, by in session.execute(query)]


def _is_outdated(session: Session, draft: DefinitionDraft) -> bool:
    newest = definitions.newest_of(session, draft.process)
    return (newest.number if newest else 0) != draft.base


def bundle_of(draft: DefinitionDraft) -> Bundle:
    return packages.read(draft.source, draft.package, process=draft.process)


def changes_of(session: Session, draft: DefinitionDraft) -> list[Change]:
    """What the draft changes in the version it was made from; of a new process everything."""
    after = bundle_of(draft)
    if draft.base == 0:
        return differences.between(Bundle(draft.process, {}), after)
    before = versions.version_of(session, draft.process, draft.base).definition
    return differences.between(versions.bundle_of(session, before), after)


def publish(
    session: Session, draft_id: int, note: str, *, rights: Rights, now: datetime
) -> Definition:
    """The draft is the newest version, for cases opened from now on; those that run keep theirs."""
    draft = get(session, draft_id, rights=rights)
    if not note.strip():
        told = {"note": forms.Fault("Please say what changes.")}
        raise Invalid("Please mend what is marked.", fields=told)
    definition = definitions.publish(
        session,
        bundle_of(draft),
        by=rights.user,
        now=now,
        note=note.strip()[:LONGEST_NOTE],
        base=draft.base,
    )
    session.delete(draft)
    session.flush()
    return definition


def discard(session: Session, draft_id: int, *, rights: Rights, now: datetime) -> DefinitionDraft:
    """The draft is given up."""
    draft = get(session, draft_id, rights=rights)
    _record(session, "draft_discarded", draft, rights=rights, now=now)
    session.delete(draft)
    session.flush()
    return draft
