"""A converted diagram becomes the draft of a new process, or the draft of one there is."""

from datetime import datetime

from sqlalchemy.orm import Session

from models import DefinitionDraft
from workflows import definitions, draft_uploads, packages, versions
from workflows.access import Rights
from workflows.draft_uploads import Candidate
from workflows.engine import Bundle
from workflows.errors import Invalid, TooLarge
from workflows.foreign import Conversion
from workflows.forms import Fault


def take(
    session: Session,
    found: Conversion,
    *,
    existing: bool,
    source: str,
    rights: Rights,
    now: datetime,
) -> DefinitionDraft:
    """The diagram is the draft of its process, fit or not; of one there is, with its other files.

    Raises Invalid where the id cannot be that of a process or belongs to another, Conflict where
    somebody else holds the pen.
    """
    versions.require_admin(rights)
    newest = definitions.newest_of(session, found.process)
    if not packages.ID.fullmatch(found.process):
        raise _refused(Fault("An id has letters, digits and underscores, up to 80."))
    if newest is not None and not existing:
        raise _refused(Fault("There is a process of that id already: choose it as the target."))
    if len(found.diagram) > packages.LARGEST[".bpmn"]:
        raise TooLarge("A diagram may have 2 MB.")
    bundle, kept = Bundle(found.process, {found.process: found.diagram}), list[str]()
    if newest is not None:
        bundle, kept = packages.fill(bundle, versions.bundle_of(session, newest))
    candidate = Candidate(bundle, newest.number if newest else 0, source[:200], kept)
    return draft_uploads.keep(session, candidate, rights=rights, now=now)


def _refused(told: Fault) -> Invalid:
    return Invalid("Please mend what is marked.", fields={"process": told})
