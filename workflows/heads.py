"""The end of the audit trail, noted outside: only so does it show that it was cut off."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models import Grant, Notification, Role, Seat
from workflows import audit, notices
from workflows.deadlines import ZONE, day_of
from workflows.deliveries import DAILY


def send(session: Session, *, now: datetime) -> int:
    """Each audit admin has today's head among his news, and by mail; how many got it now."""
    head = audit.head(session)
    if head is None or not head.seq or now.astimezone(ZONE).time() < DAILY:
        return 0
    facts = {"seq": head.seq, "mac": head.mac, "at": now.isoformat()}
    keys = {f"head:{day_of(now)}:{user_id}": user_id for user_id in _readers(session, now)}
    known = set(session.scalars(select(Notification.key).where(Notification.key.in_(keys))))
    return sum(
        notices.notify(
            session, key=key, recipient_id=user_id, kind="chain_head", facts=facts, now=now
        )
        for key, user_id in keys.items()
        if key not in known
    )


def _readers(session: Session, now: datetime) -> list[int]:
    day = day_of(now)
    held = (Grant.since <= day, or_(Grant.until.is_(None), Grant.until > day))
    wanted = select(Grant.user_id).join(Seat, Seat.id == Grant.seat_id)
    return sorted(set(session.scalars(wanted.where(Seat.role == Role.AUDIT_ADMIN, *held))))
