"""Where the trail ends is told to the audit admins, once a day."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from models import Notification
from tests.cast import assemble
from workflows import audit, jobs


def test_the_head_is_told_once_a_day(sessions: sessionmaker[Session], now: datetime) -> None:
    with sessions.begin() as session:
        admin = assemble(session).users["audit_admin"].id
    assert jobs.send_head(sessions, now=now) == 0  # nothing is sealed
    with sessions.begin() as session:
        audit.record(session, actor=None, action="urged", subject="x", now=now)
    jobs.seal_audit(sessions, now=now)
    early = now - timedelta(hours=1)  # eight: before the mail of the day
    assert [jobs.send_head(sessions, now=at) for at in (early, now, now)] == [0, 1, 0]
    assert jobs.send_head(sessions, now=now + timedelta(days=1)) == 1
    with sessions() as session:
        rows = session.scalars(select(Notification).order_by(Notification.id)).all()
        assert {row.recipient_id for row in rows} == {admin}
        head = audit.verify(session).head
        assert f"{rows[0].facts['seq']}:{rows[0].facts['mac']}" == head
