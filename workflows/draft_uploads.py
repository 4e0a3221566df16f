"""New versions that are handed in as a file: taken in, checked, and kept as the draft."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from models import Definition, DefinitionDraft
from workflows import definitions, draft_files, drafts, packages, versions
from workflows.access import Rights
from workflows.definitions import Unfit
from workflows.engine import Bundle
from workflows.engine.validation import Fault
from workflows.errors import Invalid


@dataclass(frozen=True)
class Upload:
    """A file as it was handed in; `base` is the newest version that the person saw then."""

    name: str
    data: bytes
    process: str = ""
    base: int = 0
    keep: bool = True  # what it does not hold stays as in the version before


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
    """The candidate is the draft of its process, fit or not, in the place of what the person drew
    so far. Raises Conflict where somebody else holds the pen."""
    versions.require_admin(rights)
    bundle = candidate.bundle
    draft = drafts.of_process(session, bundle.process)
    if draft is None:
        draft = drafts.new(bundle, candidate.base, by=rights.user, now=now)
        _fill(draft, candidate)
        drafts.add(session, draft)
    else:
        drafts.require_pen(session, draft, rights)
        paths = {*draft_files.by_path(drafts.bundle_of(draft)), *draft_files.by_path(bundle)}
        draft.changed_in = dict.fromkeys(sorted(paths), draft.version + 1)
        _fill(draft, candidate)
        drafts.draft_again(draft)
        drafts.hold(draft, by=rights.user, now=now)
        session.flush()
    drafts.record(session, "draft_made", draft, rights=rights, now=now)
    return draft


def _fill(draft: DefinitionDraft, candidate: Candidate) -> None:
    drafts.fill(draft, candidate.bundle, base=candidate.base)
    draft.source, draft.kept = candidate.source, list(candidate.kept)


def _filled(
    session: Session, given: Bundle, newest: Definition | None, *, keep: bool
) -> tuple[Bundle, list[str]]:
    """A diagram alone always stands among the other files of its process."""
    alone = not (given.decisions or given.forms or given.documents)
    if newest is None or not (keep or alone):
        return given, []
    return packages.fill(given, versions.bundle_of(session, newest))
