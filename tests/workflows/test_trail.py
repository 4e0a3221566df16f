"""The trail: whatever is done to its rows or links shows; only the audit admin reads it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from models import AuditLink, AuditRow
from tests.cast import assemble
from workflows import audit, trail
from workflows.audit import AuditKey
from workflows.errors import NotAllowed, NotFound
from workflows.trail import Filter

DAY = timedelta(days=1)


def five_days(session: Session, now: datetime) -> None:
    """A line a day, all sealed."""
    for number in range(5):
        at = now + number * DAY
        audit.record(session, actor=None, action="urged", subject=f"x{number}", now=at)
    assert audit.seal(session, now=now + 5 * DAY) == 5


def flaws(session: Session, **more: object) -> list[str]:
    return [str(one) for one in audit.verify(session, **more).faults]  # type: ignore[arg-type]


def at(session: Session, seq: int) -> int:
    return session.scalars(select(AuditLink.audit_id).where(AuditLink.seq == seq)).one()


def _change(session: Session) -> None:
    session.execute(update(AuditRow).where(AuditRow.id == at(session, 3)).values(action="lied"))


def _backdate(session: Session) -> None:
    row = session.get_one(AuditRow, at(session, 3))
    row.at -= timedelta(seconds=1)


def _reseal(session: Session) -> None:
    """The row and its MAC, by somebody without the key."""
    row = session.get_one(AuditRow, at(session, 3))
    row.action = "lied"
    fields = {name: getattr(row, name) for name in (*audit.FIELDS, "at", "detail")}
    row.mac = audit._row_mac(AuditKey("test", b"a key of somebody else, 32 bytes long"), fields)


def _take_row_out(session: Session) -> None:
    one = at(session, 3)
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text("PRAGMA defer_foreign_keys=ON"))
    session.execute(delete(AuditLink).where(AuditLink.seq == 3))
    session.execute(delete(AuditRow).where(AuditRow.id == one))


def _swap(session: Session) -> None:
    third, fourth = session.get_one(AuditLink, 3), session.get_one(AuditLink, 4)
    rows = third.audit_id, fourth.audit_id
    third.audit_id = _unlinked(session)
    session.flush()
    fourth.audit_id = rows[0]
    session.flush()
    third.audit_id = rows[1]


def _unlinked(session: Session) -> int:
    audit.record(
        session, actor=None, action="urged", subject="y", now=datetime(2026, 3, 2, tzinfo=UTC)
    )
    linked = select(AuditLink.audit_id)
    return session.scalars(select(AuditRow.id).where(AuditRow.id.not_in(linked))).one()


@pytest.mark.parametrize(
    ("tamper", "told"),
    [
        (_change, "the row of link 3 was changed"),
        (_backdate, "the row of link 3 was changed"),
        (_reseal, "the row of link 3 was changed"),
        (_take_row_out, "link 3 is missing"),
        (_swap, "link 3 does not follow from the one before"),
    ],
)
def test_whatever_is_done_to_it_shows_at_its_place(
    session: Session, now: datetime, tamper: Callable[[Session], None], told: str
) -> None:
    five_days(session, now)
    assert flaws(session) == []
    tamper(session)
    session.flush()
    assert flaws(session)[0] == told
    assert flaws(session, since=now + 4 * DAY) == []  # what lies before is not asked


def test_a_check_from_a_day_on_says_from_which_link(session: Session, now: datetime) -> None:
    five_days(session, now)
    verdict = audit.verify(session, since=now + 2 * DAY)
    assert (verdict.first, verdict.sealed, verdict.unsealed) == (3, 5, 0)
    assert (verdict.since, verdict.until) == (now + 2 * DAY, now + 4 * DAY)
    nothing = audit.verify(session, since=now + 9 * DAY)
    assert (nothing.first, nothing.sealed, nothing.holds) == (6, 5, True)


def test_another_key_verifies_nothing(session: Session, now: datetime) -> None:
    five_days(session, now)
    session.info["audit_key"] = AuditKey("test", b"a key of somebody else, 32 bytes long")
    assert len(flaws(session)) == 10


def test_flaws_are_told_up_to_a_hundred(session: Session, now: datetime) -> None:
    for number in range(120):
        audit.record(session, actor=None, action="urged", subject=f"x{number}", now=now)
    audit.seal(session, now=now)
    session.execute(update(AuditRow).values(action="lied"))
    assert len(flaws(session)) == audit.MOST_FLAWS


def test_an_empty_trail_holds(session: Session) -> None:
    verdict = audit.verify(session)
    assert (verdict.holds, verdict.sealed, verdict.unsealed) == (True, 0, 0)


@pytest.mark.parametrize("who", ["system_admin", "security_admin", "supervisor"])
def test_only_the_audit_admin_reads(session: Session, now: datetime, who: str) -> None:
    cast = assemble(session)
    stranger, reader = cast.rights(who, now), cast.rights("audit_admin", now)
    asked: list[Callable[..., object]] = [trail.acts, trail.reads, trail.all_acts, trail.all_reads]
    for ask in asked:
        with pytest.raises(NotAllowed):
            ask(session, stranger, Filter())
        ask(session, reader, Filter())
    with pytest.raises(NotAllowed):
        trail.get(session, 1, rights=stranger)
    with pytest.raises(NotFound):
        trail.get(session, 1, rights=reader)
