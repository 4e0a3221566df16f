"""提请: the system, or a person, proposes a measure with facts and rule; somebody decides.

Accepting opens a case at its first human task: it moves nobody (processes.md §0).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models import Case, Finding, Proposal, User
from workflows import assignment, audit, calendars, cases, notices
from workflows.access import Rights
from workflows.deadlines import day_of
from workflows.errors import Conflict, DomainError, Invalid, NotAllowed, NotFound
from workflows.forms import Fault
from workflows.subjects import Subject

DAYS_TO_DECIDE = 3  # [D]
MEASURES = ("reminder", "interview", "accountability", "lead")
RESTRICTED = ("reminder", "interview", "accountability")
TITLES = {"reminder": "提醒：{}", "interview": "约谈：{}", "accountability": "问责：{}"}


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A proposal to be made. `n` counts repetitions that are allowed: the third red, the year."""

    ground: str
    measure: str
    to: str  # who rule
    subject: Subject
    findings: Sequence[int]
    why: Mapping[str, Any]
    rule: str
    origin: str  # what it arose from, part of the key: a case id, a period
    origin_case: Case | None = None
    n: int = 1
    variables: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"proposal:{self.ground}:{self.origin}:{self.subject.key}:{self.n}"


def propose(session: Session, draft: Draft, *, by: User | None, now: datetime) -> Proposal:
    """The proposal waits for who decides it; a second try under its key finds the first."""
    if draft.measure not in MEASURES:
        raise Invalid("{measure} is no measure.", measure=draft.measure)
    if not draft.findings:
        raise Invalid("A proposal rests on at least one finding.")
    known = session.scalar(select(Proposal).where(Proposal.key == draft.key))
    if known is not None:
        return known
    proposal = _row(session, draft, by=by, now=now)
    try:
        with session.begin_nested():
            session.add(proposal)
    except IntegrityError:
        return session.scalars(select(Proposal).where(Proposal.key == draft.key)).one()
    _tell(session, proposal, "proposed", now=now)
    audit.record(
        session,
        actor=by,
        action="proposed",
        subject=proposal,
        now=now,
        case_id=proposal.origin_case_id,
        unit_id=proposal.subject_unit_id,
        detail={"key": proposal.key, "measure": proposal.measure, "rule": proposal.rule},
    )
    return proposal


def rest_also_on(session: Session, proposal: Proposal, findings: Sequence[int]) -> None:
    """These facts are among those of the proposal, while nobody has decided it."""
    ids = [str(one) for one in findings]
    if set(ids) <= set(proposal.findings):
        return
    session.refresh(proposal, with_for_update=True)  # another clock may add to it as well
    if proposal.status == "proposed":
        proposal.findings = list(dict.fromkeys([*proposal.findings, *ids]))
        session.flush()


def _row(session: Session, draft: Draft, *, by: User | None, now: datetime) -> Proposal:
    subject = draft.subject
    assigned = assignment.someone_for(
        session, draft.to, subject=subject.as_vars(), unit_id=subject.unit_id, now=now
    )
    if not assigned.principals:
        raise Invalid("Nobody is in office to decide a proposal about {name}.", name=subject.name)
    calendar = calendars.load(session)
    due = calendar.end_of_day(calendar.add_workdays(day_of(now), DAYS_TO_DECIDE))
    return Proposal(
        key=draft.key,
        measure=draft.measure,
        ground=draft.ground,
        origin_case_id=draft.origin_case.id if draft.origin_case else None,
        subject_kind=subject.kind,
        subject_unit_id=subject.unit_id,
        subject_user_id=subject.user_id,
        findings=[str(one) for one in draft.findings],
        why={
            **draft.why,
            "subject": subject.as_vars(),
            "variables": dict(draft.variables),
            "calendar": calendar.label(day_of(now)),
        },
        rule=draft.rule,
        principal=assigned.principals[0],
        status="proposed",
        made_at=now,
        made_by=by.id if by else None,
        due_at=due,
    )


def _tell(session: Session, proposal: Proposal, kind: str, *, now: datetime) -> None:
    for user_id in sorted(assignment.holders_of(session, proposal.principal, now=now)):
        notices.notify(
            session,
            key=f"{kind}:{proposal.id}:{user_id}",
            recipient_id=user_id,
            kind=kind,
            facts={"measure": proposal.measure, "name": proposal.why["subject"]["name"]},
            case_id=proposal.origin_case_id,
            now=now,
        )


@dataclass(frozen=True)
class Page:
    rows: Sequence[Proposal]
    after: tuple[datetime, int] | None


def waiting_for(
    session: Session,
    rights: Rights,
    *,
    measure: str = "",
    after: tuple[datetime, int] | None = None,
    size: int = 50,
) -> Page:
    """Open proposals that this person decides, the most urgent first."""
    wanted = (
        select(Proposal)
        .where(Proposal.status == "proposed", Proposal.principal.in_(rights.principals))
        .where(*_not_about(rights))
        .order_by(Proposal.due_at, Proposal.id)
        .limit(size + 1)
    )
    if measure:
        wanted = wanted.where(Proposal.measure == measure)
    if after is not None:
        wanted = wanted.where(tuple_(Proposal.due_at, Proposal.id) > tuple_(*after))
    rows = session.scalars(wanted).all()
    last = rows[size - 1] if len(rows) > size else None
    return Page(rows[:size], (last.due_at, last.id) if last else None)


def count_waiting(session: Session, rights: Rights) -> int:
    """How many proposals wait for this person's decision."""
    wanted = select(func.count(Proposal.id)).where(
        Proposal.status == "proposed",
        Proposal.principal.in_(rights.principals),
        *_not_about(rights),
    )
    return session.scalar(wanted) or 0


def _not_about(rights: Rights) -> list[Any]:
    """Nobody decides, nor sees, a proposal about himself."""
    mine = Proposal.subject_user_id == rights.user.id
    return [Proposal.subject_user_id.is_(None) | ~mine]


def get(session: Session, proposal_id: int, *, rights: Rights) -> Proposal:
    """The proposal, for who decides it or decided it; else NotFound."""
    proposal = session.get(Proposal, proposal_id)
    if (
        proposal is None
        or proposal.subject_user_id == rights.user.id
        or not (
            proposal.principal in rights.principals
            or proposal.decided_by == rights.user.id
            or proposal.made_by == rights.user.id
        )
    ):
        raise NotFound("There is no such proposal, or it is not yours to decide.")
    return proposal


Recount = Callable[[Session, Proposal, datetime], None]
RECOUNTS: dict[str, Recount] = {}


def recount(ground: str) -> Callable[[Recount], Recount]:
    """The function counts the ground anew when a proposal is accepted, and may refuse (guard 5)."""

    def register(function: Recount) -> Recount:
        RECOUNTS[ground] = function
        return function

    return register


def accept(
    session: Session, proposal_id: int, *, rights: Rights, now: datetime, note: str = ""
) -> Proposal:
    """The proposal is accepted and its case waits at the first human task."""
    proposal = _to_decide(session, proposal_id, rights=rights)
    _require_facts(session, proposal)
    if proposal.ground in RECOUNTS:
        RECOUNTS[proposal.ground](session, proposal, now)
    if proposal.measure in TITLES:
        proposal.case_id = cases.begin(session, _opening(proposal), by=rights.user, now=now).id
    _decide(session, proposal, "accepted", note, rights=rights, now=now)
    return proposal


def _opening(proposal: Proposal) -> cases.Opening:
    subject = proposal.why["subject"]
    user = subject.get("user")
    return cases.Opening(
        process=proposal.measure,
        key=f"{proposal.measure}:{proposal.id}",
        title=TITLES[proposal.measure].format(subject["name"]),
        unit_id=int(subject["unit"]),
        subject_id=proposal.subject_user_id or proposal.subject_unit_id,
        restricted=proposal.measure in RESTRICTED,
        variables={
            "subject": subject,
            "subject_users": [user] if user else [],
            "findings": list(proposal.findings),
            "proposal": str(proposal.id),
            "ground": proposal.ground,
            **proposal.why["variables"],
        },
    )


def decline(
    session: Session, proposal_id: int, *, reason: str, rights: Rights, now: datetime
) -> Proposal:
    """The proposal is declined; the reason stands on record."""
    if not reason.strip():
        raise Invalid("A proposal is declined with a reason.", fields={"reason": Fault("Say why.")})
    proposal = _to_decide(session, proposal_id, rights=rights)
    _decide(session, proposal, "declined", reason.strip(), rights=rights, now=now)
    return proposal


def _to_decide(session: Session, proposal_id: int, *, rights: Rights) -> Proposal:
    proposal = get(session, proposal_id, rights=rights)
    session.refresh(proposal, with_for_update=True)  # as whoever was faster left it
    if proposal.status != "proposed":
        who = session.get(User, proposal.decided_by) if proposal.decided_by else None
        raise Conflict(
            "{who} decided this proposal on {when}.",
            who=who.name if who else "Tongze",
            when=proposal.decided_at,
        )
    if proposal.principal not in rights.principals:
        raise NotAllowed("Another post decides this proposal.")
    return proposal


def _require_facts(session: Session, proposal: Proposal) -> None:
    live = session.scalars(
        select(Finding.id).where(
            Finding.id.in_([int(one) for one in proposal.findings]),
            Finding.status != "unfounded",
        )
    ).all()
    if not live:
        raise Conflict("The facts of this proposal no longer stand.", guard="G5")


def _decide(
    session: Session,
    proposal: Proposal,
    status: str,
    reason: str,
    *,
    rights: Rights,
    now: datetime,
) -> None:
    proposal.status, proposal.reason = status, reason or None
    proposal.decided_at, proposal.decided_by = now, rights.user.id
    session.flush()
    audit.record(
        session,
        actor=rights.user,
        action=status,
        subject=proposal,
        now=now,
        case_id=proposal.case_id,
        unit_id=proposal.subject_unit_id,
        detail={"key": proposal.key, "reason": reason},
    )


@dataclass(frozen=True)
class BatchResult:
    proposal_id: int
    name: str
    case_id: int | None
    refusal: DomainError | None


def accept_many(
    session: Session, proposal_ids: Sequence[int], *, rights: Rights, now: datetime
) -> list[BatchResult]:
    """Each ticked proposal on its own: what one refuses does not undo the others."""
    if len(proposal_ids) > 100:
        raise NotAllowed("At most {limit} can be handled at once.", limit=100)
    ordered = sorted(set(proposal_ids))  # two batches wait for each other, never in a circle
    return [_one(session, one, rights=rights, now=now) for one in ordered]


def _one(session: Session, proposal_id: int, *, rights: Rights, now: datetime) -> BatchResult:
    try:
        with session.begin_nested():
            proposal = accept(session, proposal_id, rights=rights, now=now)
    except DomainError as refusal:
        # whose proposal it is not learns no name either
        hidden = isinstance(refusal, NotFound)
        known = None if hidden else session.get(Proposal, proposal_id)
        name = known.why["subject"]["name"] if known else ""
        return BatchResult(proposal_id, name, None, refusal)
    return BatchResult(proposal_id, proposal.why["subject"]["name"], proposal.case_id, None)
