"""From draft to version: handed in, reviewed by a second person, published with a date, retired."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import Definition, DefinitionDraft, DraftState, Grant, Role, Seat, User
from workflows import audit, definitions, draft_files, drafts, forms, notices, versions
from workflows.access import Rights
from workflows.deadlines import ZONE, day_of
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound

LONGEST_NOTE = 1_000
FURTHEST = timedelta(days=731)


@dataclass(frozen=True)
class Verdict:
    """What the reviewer says of the draft as he saw it, in its `version` then."""

    approved: bool
    remark: str
    seen: int


def hand_in(
    session: Session,
    draft_id: int,
    note: str,
    effective_from: date | None,
    *,
    rights: Rights,
    now: datetime,
) -> DefinitionDraft:
    """The draft waits for its review, to take effect on that day (none: at once).

    Raises Unfit with the faults, Conflict where another version came in between or somebody else
    holds the pen, Invalid where the note is missing or the day is past.
    """
    draft = drafts.to_change(session, draft_id, rights=rights)
    drafts.require_pen(session, draft, rights)
    _require_state(session, draft, DraftState.DRAFTING, DraftState.RETURNED)
    told = {} if note.strip() else {"note": forms.Fault("Please say what changes.")}
    _require_none(told | _told_of_day(effective_from, now))
    drafts.put(draft, draft_files.pruned(drafts.bundle_of(draft)))
    newest = definitions.newest_of(session, draft.process)
    definitions.require_base(session, newest, draft.base)
    if newest is not None and newest.sha256 == draft.sha256:
        raise Invalid("Nothing differs from v{number}.", number=newest.number)
    if faults := drafts.faults_of(draft):
        raise definitions.Unfit(draft.process, faults)
    draft.state, draft.note = DraftState.HANDED_IN, note.strip()[:LONGEST_NOTE]
    draft.handed_in_by, draft.handed_in_at = rights.user.id, now
    draft.effective_from = moment_of(effective_from, now) if effective_from else None
    draft.remark = ""
    session.flush()
    drafts.record(session, "draft_handed_in", draft, rights=rights, now=now)
    for user_id in reviewers_of(session, draft, now=now):
        _tell(session, draft, "draft_to_review", user_id, now=now, who=rights.user.name)
    return draft


def reviewers_of(session: Session, draft: DefinitionDraft, *, now: datetime) -> list[int]:
    """The process administrators who neither wrote in the draft nor handed it in."""
    day = day_of(now)
    holders = session.scalars(
        select(Grant.user_id)
        .join(Seat, Seat.id == Grant.seat_id)
        .where(Seat.role == Role.PROCESS_ADMIN, Grant.since <= day)
        .where(or_(Grant.until.is_(None), Grant.until > day))
    )
    return sorted(user_id for user_id in set(holders) if draft.may_review(user_id))


def review(
    session: Session, draft_id: int, verdict: Verdict, *, rights: Rights, now: datetime
) -> DefinitionDraft:
    """A second person approves the draft, or returns it with a remark."""
    draft = drafts.to_change(session, draft_id, rights=rights)
    _require_state(session, draft, DraftState.HANDED_IN)
    if not draft.may_review(rights.user.id):
        raise NotAllowed(
            "You wrote in this draft or handed it in: it has to be reviewed by a second person."
        )
    if draft.version != verdict.seen:
        raise drafts.held(session, draft)
    if not verdict.approved and not verdict.remark.strip():
        _require_none({"remark": forms.Fault("Please say what has to be mended.")})
    draft.state = DraftState.APPROVED if verdict.approved else DraftState.RETURNED
    draft.reviewed_by, draft.reviewed_at = rights.user.id, now
    draft.remark = verdict.remark.strip()[:LONGEST_NOTE]
    session.flush()
    action = "draft_approved" if verdict.approved else "draft_returned"
    drafts.record(session, action, draft, rights=rights, now=now, remark=draft.remark)
    for user_id in {draft.edited_by, draft.handed_in_by or draft.edited_by}:
        _tell(session, draft, action, user_id, now=now, who=rights.user.name)
    return draft


def publish(
    session: Session,
    draft_id: int,
    effective_from: date | None,
    *,
    rights: Rights,
    now: datetime,
) -> Definition:
    """The approved draft is the newest version, for cases opened from that day on (none: from now
    on); those that run keep theirs. All checks run once more."""
    draft = drafts.to_change(session, draft_id, rights=rights)
    _require_state(session, draft, DraftState.APPROVED)
    _require_none(_told_of_day(effective_from, now))
    definitions.require_base(session, definitions.newest_of(session, draft.process), draft.base)
    begins = moment_of(effective_from, now)
    _require_none(_told_of_waiting(session, draft.process, begins))
    definition = definitions.publish(
        session,
        drafts.bundle_of(draft),
        by=rights.user,
        now=now,
        note=draft.note,
        base=draft.base,
        effective_from=begins,
    )
    session.delete(draft)
    session.flush()
    return definition


def moment_of(day: date | None, now: datetime) -> datetime:
    """The first moment of the day; of today, or of none, it is now."""
    if day is None or day <= day_of(now):
        return now
    return datetime.combine(day, time.min, ZONE).astimezone(UTC)


def _told_of_day(day: date | None, now: datetime) -> dict[str, forms.Fault]:
    today = day_of(now)
    if day is None or today <= day <= today + FURTHEST:
        return {}
    past, far = forms.Fault("This day is past."), forms.Fault("This is more than two years ahead.")
    return {"effective_from": past if day < today else far}


def _told_of_waiting(session: Session, process: str, begins: datetime) -> dict[str, forms.Fault]:
    newest = definitions.newest_of(session, process)
    if newest is None or newest.effective_from <= begins:
        return {}
    said = forms.Fault(
        "v{number} takes effect on {day} only: choose no earlier day, or withdraw it first.",
        number=newest.number,
        day=day_of(newest.effective_from),
    )
    return {"effective_from": said}


def _require_none(told: dict[str, forms.Fault]) -> None:
    if told:
        raise Invalid("Please mend what is marked.", fields=told)


def _require_state(session: Session, draft: DefinitionDraft, *wanted: DraftState) -> None:
    """Raises Conflict that says how far the draft has come and by whom."""
    if draft.state in wanted:
        return
    if draft.state == DraftState.HANDED_IN:
        said, who, when = _HANDED_IN, draft.handed_in_by, draft.handed_in_at
    elif draft.state == DraftState.APPROVED:
        said, who, when = _APPROVED, draft.reviewed_by, draft.reviewed_at
    elif draft.state == DraftState.RETURNED:
        said, who, when = _RETURNED, draft.reviewed_by, draft.reviewed_at
    else:
        raise drafts.held(session, draft)
    raise Conflict(said, who=session.get(User, who), when=when)


_HANDED_IN = forms.Fault("{who} handed this draft in on {when}; it waits for its review.")
_APPROVED = forms.Fault("{who} approved this draft on {when}.")
_RETURNED = forms.Fault("{who} returned this draft on {when}; it has to be handed in anew.")


def _tell(
    session: Session, draft: DefinitionDraft, kind: str, user_id: int, *, now: datetime, who: str
) -> None:
    notices.notify(
        session,
        key=f"{kind}:{draft.id}:{draft.version}:{user_id}",
        recipient_id=user_id,
        kind=kind,
        facts={"process": draft.name, "who": who, "draft": str(draft.id)},
        now=now,
    )


def to_review(session: Session, *, rights: Rights) -> list[DefinitionDraft]:
    """The drafts that wait for this person's review."""
    query = select(DefinitionDraft).where(DefinitionDraft.state == DraftState.HANDED_IN)
    found = session.scalars(query.order_by(DefinitionDraft.handed_in_at))
    return [draft for draft in found if draft.may_review(rights.user.id)]


def withdraw(
    session: Session, process: str, number: int, reason: str, *, rights: Rights, now: datetime
) -> Definition:
    """A version that has not taken effect yet never does."""
    found = _locked(session, process, number, rights=rights)
    if found.has_begun(now):
        raise Conflict(
            "v{number} has been in force since {when}: it can only be retired.",
            number=number,
            when=found.effective_from,
        )
    return _end(session, found, "version_withdrawn", reason, rights=rights, now=now)


def retire(
    session: Session, process: str, number: int, reason: str, *, rights: Rights, now: datetime
) -> Definition:
    """No case is opened on the version any more; the one before it is in force instead. Cases that
    run on it go on. Raises Conflict where no other version would be in force."""
    found = _locked(session, process, number, rights=rights)
    if not found.has_begun(now):
        raise Conflict(
            "v{number} takes effect on {when} only: it can be withdrawn.",
            number=number,
            when=found.effective_from,
        )
    others = versions.standing(session, process, now=now)
    if [one.number for one in others] == [number]:
        raise Conflict(
            "v{number} is the last version in force: publish another one first.", number=number
        )
    return _end(session, found, "version_retired", reason, rights=rights, now=now)


def _locked(session: Session, process: str, number: int, *, rights: Rights) -> Definition:
    """The version, with all others of its process kept as they are: two who retire the last two
    at the same moment must not both succeed."""
    versions.require_admin(rights)
    query = (
        select(Definition)
        .where(Definition.process == process)
        .order_by(Definition.number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    found = next((one for one in session.scalars(query) if one.number == number), None)
    if found is None:
        raise NotFound("There is no such version.")
    if found.retired_at is not None:
        who = session.get(User, found.retired_by) if found.retired_by else None
        raise Conflict(
            "{who} took v{number} out of force on {when}.",
            who=who or "",
            number=number,
            when=found.retired_at,
        )
    return found


def _end(
    session: Session,
    definition: Definition,
    action: str,
    reason: str,
    *,
    rights: Rights,
    now: datetime,
) -> Definition:
    if not reason.strip():
        _require_none({"reason": forms.Fault("Please say why.")})
    definition.retired_at, definition.retired_by = now, rights.user.id
    definition.retire_reason = reason.strip()[:LONGEST_NOTE]
    session.flush()
    detail = {"process": definition.process, "number": definition.number, "reason": reason.strip()}
    audit.record(
        session, actor=rights.user, action=action, subject=definition, now=now, detail=detail
    )
    return definition
