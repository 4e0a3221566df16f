"""The audit trail: one row per act, each with a MAC; a sealer chains them afterwards.

The key is not in the database: it travels with the session (`session.info["audit_key"]`).
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, func, insert, select, update
from sqlalchemy.orm import Session

from models import AuditHead, AuditLink, AuditRow, ReadRow, User
from models.ids import new_id
from workflows import rows
from workflows.errors import Conflict

HEAD = 1
HANDOVER = "audit_key_changed"  # the last row that a key seals names the key after it
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
    """The key that seals, and those that did before it: they verify what they sealed."""

    id: str
    secret: bytes = field(repr=False)
    former: tuple["AuditKey", ...] = field(default=(), repr=False)

    def mac(self, *parts: str) -> str:
        return hmac.digest(self.secret, "\n".join(parts).encode(), "sha256").hex()

    def known(self) -> dict[str, "AuditKey"]:
        return {one.id: one for one in (*self.former, self)}

    def proof(self) -> str:
        """What the trail says of this key when it takes over: nobody makes it without the key."""
        return self.mac(HANDOVER, self.id)


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
    rows.add(session, AuditRow, row)


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
    """Chain the rows written since the last sealing; returns how many. Two sealers do no harm.

    Raises Conflict where the trail goes on under another key than this process has.
    """
    key: AuditKey = session.info["audit_key"]
    head = _head(session)
    require_key(head, key)
    rows = session.execute(_unsealed(head.high_id - WINDOW, limit)).all()
    if not rows:
        return 0
    seq, mac = head.seq, head.mac
    links = []
    for row_id, sealed in rows:
        seq, mac = seq + 1, key.mac(mac, str(seq + 1), sealed)
        links.append({"seq": seq, "audit_id": row_id, "mac": mac})
    if not _move(session, head, seq=seq, mac=mac, high=max(i for i, _ in rows), now=now):
        return 0
    session.execute(insert(AuditLink), links)
    return len(links)


def require_key(head: AuditHead | None, key: AuditKey) -> None:
    """Raises Conflict where the trail goes on under another key; to be asked before serving."""
    if head is not None and head.key_id != key.id:
        raise Conflict(
            "The audit trail goes on under key {wanted}; this process was given key {given}.",
            wanted=head.key_id,
            given=key.id,
        )


def _head(session: Session) -> AuditHead:
    head = session.get(AuditHead, HEAD, populate_existing=True)
    if head is None:
        key: AuditKey = session.info["audit_key"]
        first = {"id": HEAD, "seq": 0, "mac": "", "high_id": 0, "key_id": key.id}
        rows.once(session, AuditHead, first)
        head = session.get_one(AuditHead, HEAD)
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
        .where(AuditHead.id == HEAD, AuditHead.seq == head.seq, AuditHead.key_id == head.key_id)
        .values(seq=seq, mac=mac, high_id=max(high, head.high_id), sealed_at=now)
        .execution_options(synchronize_session=False)
    )
    return cast(CursorResult[Any], moved).rowcount == 1


def head(session: Session) -> AuditHead | None:
    """Where the chain ends; none: nothing was sealed yet. Kept elsewhere it proves the end."""
    return session.get(AuditHead, HEAD, populate_existing=True)


def count_unsealed(session: Session) -> int:
    """How many rows the chain does not hold yet."""
    unsealed = (
        select(func.count(AuditRow.id))
        .outerjoin(AuditLink, AuditLink.audit_id == AuditRow.id)
        .where(AuditLink.seq.is_(None))
    )
    return session.scalar(unsealed) or 0


FLAWS: Mapping[str, str] = {
    "missing": "link {seq} is missing",
    "gone": "the row of link {seq} is gone",
    "changed": "the row of link {seq} was changed",
    "torn": "link {seq} does not follow from the one before",
    "differs": "link {seq} differs from the head exported then",
    "cut": "the chain once reached {seq}",
    "unknown": "the key of link {seq} is not at hand",
    "stale": "link {seq} was made with a key that had been given up, or was not yet in force",
    "head": "the head does not stand where the chain ends, at {seq}",
}
MOST_FLAWS = 100


@dataclass(frozen=True)
class Flaw:
    """A place at which the trail does not hold."""

    code: str
    seq: int

    def __str__(self) -> str:
        return FLAWS[self.code].format(seq=self.seq)


@dataclass(frozen=True)
class Verdict:
    """What verifying found: the links looked at, what is not sealed yet, each flaw."""

    first: int
    sealed: int  # the last link
    unsealed: int
    since: datetime | None  # when the first and the last row looked at were written
    until: datetime | None
    sealed_at: datetime | None
    head: str
    faults: tuple[Flaw, ...]  # the first hundred

    @property
    def holds(self) -> bool:
        return not self.faults


def verify(
    session: Session,
    *,
    exported: Mapping[int, str] | None = None,
    since: datetime | None = None,
) -> Verdict:
    """Recompute every MAC and link, or those of the rows written `since` then.

    `exported` are heads kept elsewhere: only they show that the end was cut off.
    """
    check = _Check(session.info["audit_key"], dict(exported or {}))
    first = _first_since(session, since)
    check.begin_at(first, *_before(session, first))
    for row in session.execute(_chain(first)).yield_per(1000):
        check.take(row)
    end = head(session)
    check.end(end.seq if end else 0, end.mac if end else "")
    return Verdict(
        first=first,
        sealed=check.seq,
        unsealed=count_unsealed(session),
        since=check.since,
        until=check.until,
        sealed_at=end.sealed_at if end else None,
        head=f"{check.seq}:{check.mac}",
        faults=tuple(check.flaws[:MOST_FLAWS]),
    )


class _Check:
    """Follows the chain link by link and notes what does not hold."""

    def __init__(self, key: AuditKey, exported: dict[int, str]) -> None:
        self.keys, self.exported = key.known(), exported
        self.seq, self.mac = 0, ""
        self.key_id = ""  # whose turn it is; at the beginning of all, the first row says it
        self.since: datetime | None = None
        self.until: datetime | None = None
        self.flaws: list[Flaw] = []

    def begin_at(self, first: int, mac: str, key_id: str) -> None:
        self.seq, self.mac, self.key_id = first - 1, mac, key_id

    def take(self, row: Any) -> None:
        if row.seq != self.seq + 1:
            self._note("missing", self.seq + 1)
        self.seq = row.seq
        self.key_id = self.key_id or row.key_id or ""
        key = self.keys.get(self.key_id)
        if row.id is None:
            self._note("gone")
        elif row.key_id != self.key_id:
            self._note("stale")
        if key is None:
            self._note("unknown")
        else:
            self._recompute(row, key)
        self._follow(row)

    def _recompute(self, row: Any, key: AuditKey) -> None:
        own = self.keys.get(row.key_id, key)
        if row.id is not None and _row_mac(own, row._mapping) != row.mac:
            self._note("changed")
        if row.link_mac != key.mac(self.mac, str(row.seq), row.mac or ""):
            self._note("torn")

    def _follow(self, row: Any) -> None:
        """The next link continues from this one, under the key that this one hands over to."""
        self.mac = row.link_mac
        if self.exported.pop(row.seq, row.link_mac) != row.link_mac:
            self._note("differs")
        self.since, self.until = self.since or row.at, row.at or self.until
        if row.action == HANDOVER:
            self.key_id = row.detail["next"]
            heir = self.keys.get(self.key_id)
            if heir is None or heir.proof() != row.detail["proof"]:
                self._note("unknown")

    def end(self, seq: int, mac: str) -> None:
        if (self.seq, self.mac) != (seq, mac):
            self._note("head")
        for gone in sorted(self.exported):
            if gone > self.seq:
                self._note("cut", gone)

    def _note(self, code: str, seq: int | None = None) -> None:
        if len(self.flaws) < MOST_FLAWS:
            self.flaws.append(Flaw(code, self.seq if seq is None else seq))


def _first_since(session: Session, since: datetime | None) -> int:
    """The first link of the rows written since then; nothing was: the one after the last."""
    if since is None:
        return 1
    found = select(func.min(AuditLink.seq)).join(AuditRow, AuditRow.id == AuditLink.audit_id)
    last = select(func.max(AuditLink.seq))
    first = session.scalar(found.where(AuditRow.at >= since))
    return first or (session.scalar(last) or 0) + 1


def _before(session: Session, first: int) -> tuple[str, str]:
    """The MAC of the link before, and the key whose turn it is from there on."""
    row = session.execute(_chain(first - 1).limit(1)).first() if first > 1 else None
    if row is None or row.seq != first - 1:
        return "", ""
    key_id = row.detail["next"] if row.action == HANDOVER else row.key_id
    return row.link_mac, key_id or ""


def _chain(first: int) -> Any:
    columns = [getattr(AuditRow, name) for name in (*FIELDS, "at", "detail", "mac")]
    return (
        select(AuditLink.seq, AuditLink.mac.label("link_mac"), *columns)
        .outerjoin(AuditRow, AuditRow.id == AuditLink.audit_id)
        .where(AuditLink.seq >= first)
        .order_by(AuditLink.seq)
    )
