"""A fact that no longer stands: it leaves every count, and what was proposed on it alone lapses."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import String, select
from sqlalchemy import cast as as_type
from sqlalchemy.orm import Session

from models import Finding, Proposal, User
from workflows import audit, findings


def refute(
    session: Session, finding: Finding, reason: str, *, by: User | None, now: datetime
) -> list[Proposal]:
    """The finding is unfounded for this reason, and so are the open proposals that rest on no
    other fact; returns them. Raises Invalid without a reason."""
    findings.mark_unfounded(session, finding, reason, by=by, now=now)
    lapsed = [
        one for one in _resting_on(session, finding.id) if not _any_live(session, one.findings)
    ]
    for proposal in lapsed:
        proposal.status, proposal.reason = "lapsed", reason.strip()
        proposal.decided_at, proposal.decided_by = now, by.id if by else None
        session.flush()
        audit.record(
            session,
            actor=by,
            action="lapsed",
            subject=proposal,
            now=now,
            case_id=proposal.origin_case_id,
            unit_id=proposal.subject_unit_id,
            detail={"key": proposal.key, "reason": reason.strip()},
        )
    return lapsed


def _resting_on(session: Session, finding_id: int) -> list[Proposal]:
    """Open proposals with the fact among theirs, held until the transaction ends: whoever
    accepts one of them waits, and finds it lapsed."""
    found = session.scalars(
        select(Proposal)
        .where(
            Proposal.status == "proposed",
            as_type(Proposal.findings, String).contains(str(finding_id)),
        )
        .order_by(Proposal.id)
        .with_for_update()
    )
    return [one for one in found if str(finding_id) in one.findings]


def _any_live(session: Session, finding_ids: Sequence[str]) -> bool:
    live = select(Finding.id).where(
        Finding.id.in_([int(one) for one in finding_ids]), Finding.status != findings.UNFOUNDED
    )
    return session.scalar(live.limit(1)) is not None
