"""The trail's key is changed: the chain goes on, what was sealed before still verifies."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models import AuditHead, AuditRow
from workflows import audit, audit_keys
from workflows.audit import AuditKey
from workflows.errors import Conflict, Invalid

SECOND = AuditKey("2", b"the second key of the tests, 32 bytes")
THIRD = AuditKey("3", b"the third key for the tests, 32 bytes")


@pytest.fixture
def first(session: Session) -> Iterator[AuditKey]:
    """The key of the session; whatever a test puts in its place, it is back afterwards."""
    key: AuditKey = session.info["audit_key"]
    yield key
    session.info["audit_key"] = key


def write(session: Session, now: datetime, *subjects: str) -> None:
    for subject in subjects:
        audit.record(session, actor=None, action="urged", subject=subject, now=now)


def take(session: Session, key: AuditKey, *former: AuditKey) -> None:
    """The process was started anew with this key and those before it."""
    session.info["audit_key"] = AuditKey(key.id, key.secret, former)


def flaws(session: Session, **more: object) -> list[str]:
    return [str(one) for one in audit.verify(session, **more).faults]  # type: ignore[arg-type]


def test_the_chain_goes_on_and_all_of_it_verifies(
    session: Session, now: datetime, first: AuditKey
) -> None:
    write(session, now, "a", "b")
    head = audit_keys.hand_over(session, SECOND, now=now)
    assert head.startswith("3:")
    take(session, SECOND, first)
    write(session, now + timedelta(days=1), "c", "d")
    assert audit.seal(session, now=now) == 2
    audit_keys.hand_over(session, THIRD, now=now)
    take(session, THIRD, first, SECOND)
    write(session, now + timedelta(days=2), "e")
    audit.seal(session, now=now)
    seq, _, mac = head.partition(":")
    verdict = audit.verify(session, exported={int(seq): mac})
    assert (verdict.holds, verdict.sealed) == (True, 7)
    for day in (1, 2):  # from within a part, and from the first row of one
        assert flaws(session, since=now + timedelta(days=day)) == []
    keys = session.scalars(select(AuditRow.key_id).order_by(AuditRow.id)).all()
    assert keys == [first.id] * 3 + ["2"] * 3 + ["3"]


def test_without_the_old_key_its_part_is_not_vouched_for(
    session: Session, now: datetime, first: AuditKey
) -> None:
    write(session, now, "a")
    audit_keys.hand_over(session, SECOND, now=now)
    take(session, SECOND)
    write(session, now + timedelta(days=1), "b")
    audit.seal(session, now=now)
    assert flaws(session) == [f"the key of link {seq} is not at hand" for seq in (1, 2)]
    assert flaws(session, since=now + timedelta(days=1)) == []


def test_a_row_of_the_old_key_after_the_handover_shows(
    session: Session, now: datetime, first: AuditKey
) -> None:
    """Whoever kept or stole the old key adds nothing any more."""
    write(session, now, "a")
    audit_keys.hand_over(session, SECOND, now=now)
    write(session, now, "forged")
    take(session, SECOND, first)
    assert audit.seal(session, now=now) == 1
    assert [one.partition("link ")[2] for one in flaws(session)] == [
        "3 was made with a key that had been given up, or was not yet in force"
    ]


def test_a_changed_row_of_the_old_part_shows(
    session: Session, now: datetime, first: AuditKey
) -> None:
    write(session, now, "a", "b")
    audit_keys.hand_over(session, SECOND, now=now)
    take(session, SECOND, first)
    oldest = select(AuditRow.id).order_by(AuditRow.id).limit(1).scalar_subquery()
    session.execute(update(AuditRow).where(AuditRow.id == oldest).values(action="lied"))
    assert flaws(session) == ["the row of link 1 was changed"]


def test_a_handover_to_a_key_that_is_not_ours_shows(
    session: Session, now: datetime, first: AuditKey
) -> None:
    write(session, now, "a")
    audit_keys.hand_over(session, AuditKey("2", b"a key that somebody brought along"), now=now)
    take(session, SECOND, first)
    assert flaws(session) == ["the key of link 2 is not at hand"]


def test_a_process_with_the_old_key_seals_no_more(
    session: Session, now: datetime, first: AuditKey
) -> None:
    audit_keys.hand_over(session, SECOND, now=now)
    write(session, now, "a")
    with pytest.raises(Conflict) as refusal:
        audit.seal(session, now=now)
    assert refusal.value.facts == {"wanted": "2", "given": first.id}


def test_a_trail_that_does_not_hold_keeps_its_key(
    session: Session, now: datetime, first: AuditKey
) -> None:
    write(session, now, "a")
    audit.seal(session, now=now)
    session.execute(update(AuditRow).values(action="lied"))
    with pytest.raises(Conflict):
        audit_keys.hand_over(session, SECOND, now=now)
    assert session.scalars(select(AuditHead.key_id)).one() == first.id


def test_a_key_is_used_once(session: Session, now: datetime, first: AuditKey) -> None:
    for used in (AuditKey(first.id, SECOND.secret), AuditKey("9", first.secret)):
        with pytest.raises(Invalid):
            audit_keys.hand_over(session, used, now=now)


def test_keys_are_not_told(first: AuditKey) -> None:
    assert "tests" not in repr(AuditKey("2", SECOND.secret, (first,)))
