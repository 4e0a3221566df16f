"""A new key for the audit trail: the chain goes on under it, the old one verifies its own part."""

from datetime import datetime

from sqlalchemy.orm import Session

from models import AuditHead
from workflows import audit
from workflows.audit import HANDOVER, AuditKey
from workflows.errors import Conflict, Invalid

ALL = 10_000_000
TRIES = 3


def hand_over(session: Session, heir: AuditKey, *, now: datetime) -> str:
    """The trail is sealed to its end, and its last row names the key after it; returns the head.

    To be done while nothing else runs: a process with the old key may seal no more, and what it
    still wrote would not verify. Raises Conflict where the trail does not hold as it is, or rows
    remain that another process is writing; Invalid where the key is not new.
    """
    key: AuditKey = session.info["audit_key"]
    if heir.id in key.known() or heir.secret in {one.secret for one in key.known().values()}:
        raise Invalid("This key was used before; take a new one.")
    _seal_all(session, now)
    flaws = audit.verify(session).faults
    if flaws:
        raise Conflict(
            "The trail does not hold at {count} places; find out why before its key is changed.",
            count=len(flaws),
        )
    audit.record(
        session,
        actor=None,
        action=HANDOVER,
        subject="audit",
        now=now,
        detail={"key": key.id, "next": heir.id, "proof": heir.proof()},
    )
    _seal_all(session, now)
    return _pass_on(session, heir)


def _pass_on(session: Session, heir: AuditKey) -> str:
    head = session.get_one(AuditHead, audit.HEAD, populate_existing=True)
    head.key_id = heir.id
    session.flush()
    return f"{head.seq}:{head.mac}"


def _seal_all(session: Session, now: datetime) -> None:
    for _ in range(TRIES):
        audit.seal(session, now=now, limit=ALL)
        if not audit.count_unsealed(session):
            return
    raise Conflict("Somebody is still writing to the trail; stop the service first.")
