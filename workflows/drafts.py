"""The next version of a process as it is drawn: one draft each, one person writes at a time.

How it goes on from there, see releases.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, undefer

from models import Definition, DefinitionDraft, DraftState, User
from workflows import audit, definitions, differences, draft_files, versions
from workflows.access import Rights
from workflows.differences import Change
from workflows.draft_files import Files
from workflows.engine import Bundle, EngineFault
from workflows.engine.outline import outline
from workflows.engine.validation import Fault
from workflows.errors import Conflict, NotFound


@dataclass(frozen=True)
class Waiting:
    """A draft with who made it, who holds the pen, and whether another version came in between."""

    draft: DefinitionDraft
    by: str
    holder: str
    outdated: bool


def begin(session: Session, process: str, *, rights: Rights, now: datetime) -> DefinitionDraft:
    """The draft of the process, which the person writes: made of its newest version if there was
    none. Raises Conflict where somebody else holds its pen."""
    versions.require_admin(rights)
    found = of_process(session, process)
    if found is not None:
        require_pen(session, found, rights)
        return found
    newest = definitions.newest_of(session, process)
    if newest is None:
        raise NotFound("There is no such process.")
    bundle = versions.bundle_of(session, newest)
    draft = new(bundle, newest.number, by=rights.user, now=now)
    add(session, draft)
    record(session, "draft_made", draft, rights=rights, now=now)
    return draft


def add(session: Session, draft: DefinitionDraft) -> None:
    """The new draft is stored; Conflict where somebody began another meanwhile."""
    try:
        with session.begin_nested():
            session.add(draft)
    except IntegrityError:
        other = of_process(session, draft.process)
        if other is None:
            raise
        raise held(session, other) from None


def new(bundle: Bundle, base: int, *, by: User, now: datetime) -> DefinitionDraft:
    draft = DefinitionDraft(
        process=bundle.process,
        made_by=by.id,
        made_at=now,
        state=DraftState.DRAFTING,
        source="",
        kept=[],
        writers=[],
        changed_in={},
    )
    fill(draft, bundle, base=base)
    hold(draft, by=by, now=now)
    return draft


def fill(draft: DefinitionDraft, bundle: Bundle, *, base: int) -> None:
    """The draft holds these files, made of the version `base`."""
    draft.base = base
    put(draft, bundle)


def put(draft: DefinitionDraft, bundle: Bundle) -> None:
    """Its files are these."""
    draft.files, draft.sha256 = draft_files.pack(bundle), bundle.digest
    draft.name, draft.name_en = _names(bundle, draft)


def _names(bundle: Bundle, draft: DefinitionDraft) -> tuple[str, str]:
    """What the diagram calls the process; of one that cannot be read the name so far."""
    try:
        root = outline(bundle.process, bundle.diagrams[bundle.process]).process
    except (EngineFault, LookupError, ValueError):
        return draft.name or bundle.process, draft.name_en or ""
    return root.name[:200], root.properties.get("nameEn", "")[:200]


def hold(draft: DefinitionDraft, *, by: User, now: datetime) -> None:
    """The person has the pen, and counts among those who wrote."""
    draft.edited_by, draft.edited_at = by.id, now
    if by.id not in draft.writers:
        draft.writers = [*draft.writers, by.id]


def of_process(session: Session, process: str) -> DefinitionDraft | None:
    """The draft of the process, its files along, for who is about to change it."""
    query = _whole().where(DefinitionDraft.process == process).with_for_update()
    return session.scalars(query).one_or_none()


def _whole() -> Select[DefinitionDraft]:
    return (
        select(DefinitionDraft)
        .options(undefer(DefinitionDraft.files))
        .execution_options(populate_existing=True)
    )


def get(session: Session, draft_id: int, *, rights: Rights) -> DefinitionDraft:
    """A draft, for process administrators; NotFound where it is gone."""
    versions.require_admin(rights)
    return _found(session.scalars(_whole().where(DefinitionDraft.id == draft_id)).one_or_none())


def to_change(session: Session, draft_id: int, *, rights: Rights) -> DefinitionDraft:
    """The same, and nobody else changes it before this transaction ends."""
    versions.require_admin(rights)
    query = _whole().where(DefinitionDraft.id == draft_id).with_for_update()
    return _found(session.scalars(query).one_or_none())


def _found(draft: DefinitionDraft | None) -> DefinitionDraft:
    if draft is None:
        raise NotFound("There is no such draft: it was published or given up.")
    return draft


def take_over(session: Session, draft_id: int, *, rights: Rights, now: datetime) -> DefinitionDraft:
    """The pen is the person's; what the one before had not saved he is told at his next write."""
    draft = to_change(session, draft_id, rights=rights)
    if draft.edited_by != rights.user.id:
        detail = {"from": draft.edited_by}
        draft.edited_by, draft.edited_at = rights.user.id, now
        session.flush()
        record(session, "draft_taken_over", draft, rights=rights, now=now, **detail)
    return draft


def write(
    session: Session,
    draft_id: int,
    files: Files,
    *,
    seen: int,
    rights: Rights,
    now: datetime,
) -> DefinitionDraft:
    """The draft holds these files ("diagrams/reminder", "forms/x.ui.json" …); None takes one away.

    `seen` is the `version` that was loaded. It may be unfit; it is being drafted again if it was
    handed in. Raises Conflict where somebody else holds the pen or one of these files was written
    since, Invalid or TooLarge where a file cannot be a part of a process.
    """
    draft = to_change(session, draft_id, rights=rights)
    require_pen(session, draft, rights)
    if any(draft.changed_in.get(path, 0) > seen for path in files):
        raise held(session, draft)
    before = bundle_of(draft)
    after = draft_files.changed(before, files)
    if after != before:
        put(draft, after)
        draft.changed_in = {**draft.changed_in, **dict.fromkeys(files, draft.version + 1)}
        draft_again(draft)
        hold(draft, by=rights.user, now=now)
        session.flush()
        record(session, "draft_saved", draft, rights=rights, now=now, files=sorted(files))
    return draft


def draft_again(draft: DefinitionDraft) -> None:
    """What was handed in or approved no longer is; what the reviewer remarked stays to be read."""
    draft.state = DraftState.DRAFTING
    draft.handed_in_by = draft.handed_in_at = draft.reviewed_by = draft.reviewed_at = None


def require_pen(session: Session, draft: DefinitionDraft, rights: Rights) -> None:
    """Raises Conflict that names who holds the pen, unless it is this person."""
    if draft.edited_by != rights.user.id:
        raise held(session, draft)


def holder_of(session: Session, draft: DefinitionDraft) -> User:
    return session.get_one(User, draft.edited_by)


def people_of(session: Session, draft: DefinitionDraft) -> dict[int, str]:
    """The names of all who had a part in the draft, by id."""
    ids = {draft.made_by, draft.edited_by, draft.handed_in_by, draft.reviewed_by, *draft.writers}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(ids - {None})))
    return dict(rows.all())


def held(session: Session, draft: DefinitionDraft) -> Conflict:
    """What is told to those who come second."""
    return Conflict(
        "{who} is editing this draft; last act on {when}.",
        who=holder_of(session, draft),
        when=draft.edited_at,
    )


def record(
    session: Session,
    action: str,
    draft: DefinitionDraft,
    *,
    rights: Rights,
    now: datetime,
    **more: object,
) -> None:
    detail = {"process": draft.process, "base": draft.base, "sha256": draft.sha256, **more}
    audit.record(session, actor=rights.user, action=action, subject=draft, now=now, detail=detail)


def waiting(session: Session, *, process: str | None = None) -> list[Waiting]:
    """The drafts there are, of one process or of all, newest first."""
    holder = aliased(User)
    query = (
        select(DefinitionDraft, User.name, holder.name)
        .join(User, User.id == DefinitionDraft.made_by)
        .join(holder, holder.id == DefinitionDraft.edited_by)
        .order_by(DefinitionDraft.id.desc())
    )
    if process is not None:
        query = query.where(DefinitionDraft.process == process)
    return [
        Waiting(one, by, holder, is_outdated(session, one))
        for one, by, holder in session.execute(query)
    ]


def is_outdated(session: Session, draft: DefinitionDraft) -> bool:
    """Another version came in between, or that which it was made of was withdrawn."""
    newest = definitions.newest_of(session, draft.process)
    return (newest.number if newest else 0) != draft.base


def bundle_of(draft: DefinitionDraft) -> Bundle:
    return draft_files.unpack(draft.process, draft.files)


def faults_of(draft: DefinitionDraft) -> list[Fault]:
    """Every reason why the draft cannot be published; takes a while the first time."""
    return definitions.faults_of(bundle_of(draft))


def changes_of(session: Session, draft: DefinitionDraft) -> list[Change]:
    """What the draft changes in the version it was made from; of a new process everything."""
    return differences.between(base_of(session, draft), bundle_of(draft))


def base_of(session: Session, draft: DefinitionDraft) -> Bundle:
    """The files of the version that the draft was made from; none of a new process."""
    if draft.base == 0:
        return Bundle(draft.process, {})
    before: Definition = versions.version_of(session, draft.process, draft.base).definition
    return versions.bundle_of(session, before)


def go_on_from_newest(
    session: Session, draft_id: int, *, rights: Rights, now: datetime
) -> DefinitionDraft:
    """The draft counts as made of the version that came in between; its files stay as drawn."""
    draft = to_change(session, draft_id, rights=rights)
    require_pen(session, draft, rights)
    newest = definitions.newest_of(session, draft.process)
    if newest is not None and newest.number != draft.base:
        draft.base = newest.number
        draft_again(draft)
        session.flush()
        record(session, "draft_saved", draft, rights=rights, now=now)
    return draft


def discard(session: Session, draft_id: int, *, rights: Rights, now: datetime) -> DefinitionDraft:
    """The draft is given up, by who holds its pen."""
    draft = to_change(session, draft_id, rights=rights)
    require_pen(session, draft, rights)
    record(session, "draft_discarded", draft, rights=rights, now=now)
    session.delete(draft)
    session.flush()
    return draft
