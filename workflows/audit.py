"""The audit trail: one row per act, each with a MAC; a sealer chains them afterwards.

The key is not in the database: it travels with the session (`session.info["audit_key"]`).
"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, insert, select, update
from sqlalchemy.orm import Session

from models import AuditHead, AuditLink, AuditRow, ReadRow, User
from models.ids import new_id

HEAD = 1
WINDOW = 3_600_000 << 22  # ids of an hour: how late a transaction may commit and still be sealed
FIELDS = (
    "id",
    "actor_id",
    "actor_name",
    "action",
    "subject_type",
    "subject_id",
    "case_id",
    "unit_id",
    "outcome",
    "key_id",
)


@dataclass(frozen=True)
class AuditKey:
    id: str
    secret: bytes

    def mac(self, *parts: str) -> str:
        return hmac.new(self.secret, "\n".join(parts).encode(), hashlib.sha256).hexdigest()


def record(
    session: Session,
    *,
    actor: User | None,
    action: str,
    subject: Any,
    now: datetime,
    case_id: int | None = None,
    unit_id: int | None = None,
    detail: Mapping[str, Any] | None = None,
    outcome: str = "done",
) -> None:
    """The act stands in the trail once the caller's transaction commits; no actor: the system."""
    key: AuditKey = session.info["audit_key"]
    row: dict[str, Any] = {
        "id": new_id(),
        "at": now,
        "actor_id": actor.id if actor else None,
        "actor_name": actor.name if actor else "",
        "action": action,
        "subject_type": type(subject).__name__.lower(),
        "subject_id": _id_of(subject),
        "case_id": case_id,
        "unit_id": unit_id,
        "outcome": outcome,
        "detail": dict(detail or {}),
        "key_id": key.id,
    }
    row["mac"] = _row_mac(key, row)
    session.execute(insert(AuditRow), row)


def read(session: Session, *, user: User, subject: Any, page: str, now: datetime) -> None:
    """The reading of a sensitive record is on file; to be committed before the page is shown."""
    session.add(
        ReadRow(
            at=now,
            user_id=user.id,
            user_name=user.name,
            subject_type=type(subject).__name__.lower(),
            subject_id=_id_of(subject),
            page=page,
        )
    )
    session.flush()


def _id_of(subject: Any) -> str:
    return str(getattr(subject, "id", None) or getattr(subject, "name", None) or subject)


def _row_mac(key: AuditKey, row: Mapping[str, Any]) -> str:
    moment = str(int(row["at"].timestamp() * 1_000_000))
    detail = json.dumps(row["detail"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return key.mac(*(str(row[name]) for name in FIELDS), moment, detail)


def seal(session: Session, *, now: datetime, limit: int = 5000) -> int:
    """Chain the rows written since the last sealing; returns how many. Two sealers do no harm."""
    key: AuditKey = session.info["audit_key"]
    head = _head(session)
    rows = session.execute(_unsealed(head.high_id - WINDOW, limit)).all()
    if not rows:
        return 0
    seq, mac = head.seq, head.mac
    links = []
    for row_id, row_mac in rows:
        seq, mac = seq + 1, key.mac(mac, str(seq + 1), row_mac)
        links.append({"seq": seq, "audit_id": row_id, "mac": mac})
    if not _move(session, head, seq=seq, mac=mac, high=max(i for i, _ in rows), now=now):
        return 0
    session.execute(insert(AuditLink), links)
    return len(links)


def _head(session: Session) -> AuditHead:
    head = session.get(AuditHead, HEAD, populate_existing=True)
    if head is None:
        head = AuditHead(id=HEAD, seq=0, mac="", high_id=0)
        session.add(head)
        session.flush()
    return head


def _unsealed(after: int, limit: int) -> Any:
    return (
        select(AuditRow.id, AuditRow.mac)
        .outerjoin(AuditLink, AuditLink.audit_id == AuditRow.id)
        .where(AuditRow.id > after, AuditLink.seq.is_(None))
        .order_by(AuditRow.id)
        .limit(limit)
    )


def _move(
    session: Session, head: AuditHead, *, seq: int, mac: str, high: int, now: datetime
) -> bool:
    moved = session.execute(
        update(AuditHead)
        .where(AuditHead.id == HEAD, AuditHead.seq == head.seq)
        .values(seq=seq, mac=mac, high_id=max(high, head.high_id), sealed_at=now)
        .execution_options(synchronize_session=False)
    )
    return cast(CursorResult[Any], moved).rowcount == 1


@dataclass(frozen=True)
class Verdict:
    """What verifying found: rows in the chain, rows not sealed yet, and each fault by its place."""

    sealed: int
    unsealed: int
    sealed_at: datetime | None
    head: str
    faults: tuple[str, ...]


def verify(session: Session, *, exported: Mapping[int, str] | None = None) -> Verdict:
    """Recompute every MAC and link; `exported` are heads kept elsewhere, to show truncation."""
    key: AuditKey = session.info["audit_key"]
    faults: list[str] = []
    known = dict(exported or {})
    seq, mac = 0, ""
    for link, row in session.execute(_chain()).yield_per(1000):
        seq, faults_here = seq + 1, []
        if link.seq != seq:
            faults_here.append(f"link {seq} is missing")
            seq = link.seq
        if row is None or _row_mac(key, _as_dict(row)) != row.mac:
            faults_here.append(f"row {link.audit_id} was changed")
        mac = key.mac(mac, str(seq), row.mac if row else "")
        if mac != link.mac:
            faults_here.append(f"link {seq} does not follow from the one before")
            mac = link.mac
        if known.pop(seq, mac) != mac:
            faults_here.append(f"link {seq} differs from the head exported then")
        faults.extend(faults_here)
    head = _head(session)
    if (head.seq, head.mac) != (seq, mac):
        faults.append(f"the head says {head.seq}, the chain ends at {seq}")
    faults.extend(f"the chain once reached {gone}" for gone in sorted(known) if gone > seq)
    unsealed = session.execute(_unsealed(0, 1_000_000)).all()
    return Verdict(seq, len(unsealed), head.sealed_at, f"{seq}:{mac}", tuple(faults))


def _chain() -> Any:
    return (
        select(AuditLink, AuditRow)
        .outerjoin(AuditRow, AuditRow.id == AuditLink.audit_id)
        .order_by(AuditLink.seq)
    )


def _as_dict(row: AuditRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in (*FIELDS, "at", "detail")}
