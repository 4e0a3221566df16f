"""座谈·访谈·走访·查阅: planned with an outline, recorded, read by those whom the record names.

A confidential record is for the team and the readers that it names, for nobody else.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import Case, FieldNote, Research, User
from workflows import audit
from workflows.access import Rights
from workflows.errors import Conflict, Invalid, NotFound, Refused
from workflows.forms import Fault

METHODS = ("forum", "talk", "visit", "reading")
LONGEST = 20_000


@dataclass(frozen=True)
class Note:
    """What is typed of one talk, visit or look at records."""

    method: str
    subject: str
    planned_at: datetime | None = None
    place: str = ""
    outline: str = ""
    held_at: datetime | None = None
    record: str = ""
    looked: int | None = None
    confidential: bool = False
    readers: Sequence[str] = field(default_factory=list)


@dataclass(frozen=True)
class Holder:
    """What notes belong to: a research or a survey's case, with its team by user id."""

    team: Collection[int]
    research: Research | None = None
    case: Case | None = None

    @property
    def unit_id(self) -> int:
        return (self.research or self.case).unit_id  # type: ignore[union-attr]


def of(session: Session, holder: Holder) -> Sequence[FieldNote]:
    """Every note of it in the order of its days; what may be read of each says `may_read`."""
    wanted = select(FieldNote)
    if holder.research is not None:
        wanted = wanted.where(FieldNote.research_id == holder.research.id)
    elif holder.case is not None:
        wanted = wanted.where(FieldNote.case_id == holder.case.id)
    rows = session.scalars(wanted).all()
    return sorted(rows, key=lambda one: (one.held_at or one.planned_at or one.made_at, one.id))


def may_read(note: FieldNote, holder: Holder, rights: Rights) -> bool:
    """Whether outline and record are this person's to read."""
    me = rights.user.id
    return not note.confidential or me in holder.team or str(me) in note.readers


def get(session: Session, holder: Holder, note_id: int, *, rights: Rights) -> FieldNote:
    """The note, for who may read it; NotFound for anybody else, as if there were none."""
    note = session.get(FieldNote, note_id)
    if note is None or not _belongs(note, holder) or not may_read(note, holder, rights):
        raise NotFound("There is no such record, or it is not yours to see.", guard="G10")
    return note


def _belongs(note: FieldNote, holder: Holder) -> bool:
    if holder.research is not None:
        return note.research_id == holder.research.id
    return holder.case is not None and note.case_id == holder.case.id


def require_team(holder: Holder, rights: Rights) -> None:
    """Raises Refused for who is not of the team."""
    if rights.user.id not in holder.team:
        raise Refused("Only the team records talks and visits.", guard="team")


def add(
    session: Session, holder: Holder, said: Note, *, rights: Rights, now: datetime
) -> FieldNote:
    """The talk is planned or recorded, in the name of the person; Invalid field by field."""
    require_team(holder, rights)
    _require_sound(said, now)
    note = FieldNote(
        research_id=holder.research.id if holder.research else None,
        case_id=holder.case.id if holder.case else None,
        made_by=rights.user.id,
        made_at=now,
        changed_by=rights.user.id,
        changed_at=now,
        **vars(said) | {"readers": list(said.readers)},
    )
    session.add(note)
    session.flush()
    _log(session, note, holder, "field_note_added", rights.user, now)
    return note


def change(
    session: Session,
    holder: Holder,
    note: FieldNote,
    said: Note,
    *,
    version: int,
    rights: Rights,
    now: datetime,
) -> FieldNote:
    """The note says what was typed; Conflict with who and when where somebody was faster."""
    require_team(holder, rights)
    if note.version != version:
        raise overtaken(session, note.changed_by, note.changed_at)
    _require_sound(said, now)
    for name, value in vars(said).items():
        setattr(note, name, list(value) if name == "readers" else value)
    note.changed_by, note.changed_at = rights.user.id, now
    session.flush()
    _log(session, note, holder, "field_note_changed", rights.user, now)
    return note


def overtaken(session: Session, user_id: int | None, at: datetime | None) -> Conflict:
    """The refusal that says who changed it meanwhile, and when."""
    user = session.get(User, user_id) if user_id else None
    return Conflict(
        "{who} changed this at {when}. What you typed still stands here: look at both, then save.",
        who=user.name if user else "-",
        when=at or "",
    )


def _require_sound(said: Note, now: datetime) -> None:
    faults = {**_what_faults(said), **_when_faults(said, now)}
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)


def _what_faults(said: Note) -> dict[str, str]:
    faults: dict[str, str] = {}
    if said.method not in METHODS:
        faults["method"] = Fault("Please choose one of the list.")
    if not said.subject.strip():
        faults["subject"] = Fault("Please fill this in.")
    if said.looked is not None and said.looked < 1:
        faults["looked"] = Fault("This must not be less than {limit}.", limit=1)
    for name, text in (("outline", said.outline), ("record", said.record)):
        if len(text) > LONGEST:
            faults[name] = Fault("No more than {limit} characters, please.", limit=LONGEST)
    return faults


def _when_faults(said: Note, now: datetime) -> dict[str, str]:
    faults: dict[str, str] = {}
    recorded = bool(said.record.strip())
    if said.planned_at is None and said.held_at is None:
        faults["planned_at"] = Fault("Say when it is planned or when it was held.")
    if said.held_at is not None and said.held_at > now:
        faults["held_at"] = Fault("What is still to come cannot be recorded as held.")
    if said.held_at is not None and not recorded:
        faults["record"] = Fault("Write down what was said or found.")
    if said.held_at is None and recorded:
        faults["held_at"] = Fault("Say when it was held.")
    return faults


def take_rows(
    session: Session, case: Case, rows: Sequence[Mapping[str, Any]], *, by: User, now: datetime
) -> None:
    """What a step's form told of talks and records has its notes, each once."""
    known = set(
        session.scalars(
            select(FieldNote.row).where(FieldNote.case_id == case.id, FieldNote.row.is_not(None))
        )
    )
    for place, row in enumerate(rows):
        if (name := f"{row['method']}-{place}") in known:
            continue
        session.add(
            FieldNote(
                case_id=case.id,
                row=name,
                made_by=by.id,
                made_at=now,
                changed_by=by.id,
                changed_at=now,
                **{part: value for part, value in row.items() if part != "row"},
            )
        )
    session.flush()


def held(session: Session, *, case_id: int | None, research_id: int | None) -> list[FieldNote]:
    """The notes with a record: they can be cited."""
    wanted = select(FieldNote).where(
        FieldNote.held_at.is_not(None),
        or_(FieldNote.case_id == case_id, FieldNote.research_id == research_id),
    )
    return list(session.scalars(wanted.order_by(FieldNote.held_at, FieldNote.id)))


def _log(
    session: Session, note: FieldNote, holder: Holder, action: str, by: User, now: datetime
) -> None:
    audit.record(
        session,
        actor=by,
        action=action,
        subject=note,
        now=now,
        case_id=note.case_id,
        unit_id=holder.unit_id,
        detail={"method": note.method, "confidential": note.confidential},
    )
