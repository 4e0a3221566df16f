"""Facts established with evidence: what measures rest on, and why each of them stands."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import String, func, select
from sqlalchemy import cast as as_type
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import Case, DutyRule, Evidence, Finding, Obligation, StoredFile, Unit, User
from models.ids import MAX_ID, new_id
from workflows import audit
from workflows.errors import Conflict, Invalid, NotFound
from workflows.forms import Fault

DRAFT, ESTABLISHED, UNFOUNDED = "draft", "established", "unfounded"
SEVERITIES = ("sign", "general", "serious", "violation")
LAST_PERIOD = 9999_12_31


class Key(NamedTuple):
    """The natural key of an obligation; its text form goes into links and references."""

    rule_id: int
    period: int
    unit_id: int

    def __str__(self) -> str:
        return f"{self.rule_id}-{self.period}-{self.unit_id}"

    @classmethod
    def read(cls, text: str) -> "Key":
        """The key that a text names; raises NotFound for anything else."""
        parts = text.split("-")
        if len(parts) != 3 or not all(p.isascii() and p.isdecimal() and len(p) < 20 for p in parts):
            raise NotFound("There is no such obligation.")
        key = cls(*map(int, parts))
        if max(key) > MAX_ID or key.period > LAST_PERIOD:  # more than the columns hold
            raise NotFound("There is no such obligation.")
        return key


@dataclass(frozen=True)
class Fact:
    """What is to be found: about whom, against which rule, and by what evidence."""

    key: str
    fact: str
    unit_id: int
    kind: str
    rule: str
    evidence: tuple[Mapping[str, str], ...]
    happened_on: date
    person_id: int | None = None
    severity: str = "general"
    basis: str = ""
    calendar: str = ""
    case_id: int | None = None

    def row(self, status: str, now: datetime) -> dict[str, Any]:
        """The columns of a new finding; raises Invalid when it cites no evidence or no rule."""
        if not self.evidence or not all(e.get("type") and e.get("id") for e in self.evidence):
            raise Invalid("A finding cites at least one piece of evidence.")
        if not self.rule or self.severity not in SEVERITIES:
            raise Invalid("A finding names the rule it offends and its severity.")
        return {
            **vars(self),
            "id": new_id(),
            "evidence": [dict(e) for e in self.evidence],
            "status": status,
            "made_at": now,
            "settled_at": now if status == ESTABLISHED else None,
            "reason": "",
            "version": 1,
        }


def draft(session: Session, fact: Fact, *, by: User | None, now: datetime) -> Finding:
    """The fact is noted, still to be established; noted before under its key, it is the same."""
    return _create(session, fact, DRAFT, by, now)


def find(session: Session, fact: Fact, *, by: User | None, now: datetime) -> Finding:
    """The fact is established at once: the record itself proves it."""
    return _create(session, fact, ESTABLISHED, by, now)


def _create(session: Session, fact: Fact, status: str, by: User | None, now: datetime) -> Finding:
    row = fact.row(status, now)
    if keep_all(session, [row]):
        audit.record(
            session,
            actor=by,
            action=f"finding_{status}",
            subject=f"finding {row['id']}",
            now=now,
            case_id=fact.case_id,
            unit_id=fact.unit_id,
            detail={"key": fact.key, "rule": fact.rule},
        )
    return session.scalars(select(Finding).where(Finding.key == fact.key)).one()


def keep_all(session: Session, rows: Sequence[Mapping[str, Any]]) -> int:
    """The rows of new findings are kept, but for keys that exist; returns how many were new."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = make(Finding.__table__).on_conflict_do_nothing(index_elements=["key"])  # type: ignore[arg-type]
    counted = statement.execution_options(preserve_rowcount=True)
    return session.connection().execute(counted, [dict(row) for row in rows]).rowcount


def get(session: Session, finding_id: int) -> Finding:
    """The finding; raises NotFound. Rights are asked by the unit or the case it belongs to."""
    finding = session.get(Finding, finding_id)
    if finding is None:
        raise NotFound("There is no such finding.")
    return finding


def named(session: Session, ids: Iterable[Any] | None) -> str:
    """The facts that a form points to, as a paper names them."""
    wanted = [int(one) for one in ids or ()]
    return "、".join(get(session, one).fact for one in wanted)


def standing_text(session: Session, ids: Iterable[Any]) -> str:
    """Those of the facts that still stand, as a list names them."""
    wanted = [get(session, int(one)) for one in ids]
    return "；".join(one.fact for one in wanted if one.status != UNFOUNDED)


def by_keys(session: Session, keys: Iterable[str]) -> dict[str, Finding]:
    found = session.scalars(select(Finding).where(Finding.key.in_(list(keys))))
    return {finding.key: finding for finding in found}


def establish(session: Session, finding: Finding, *, by: User | None, now: datetime) -> None:
    """The finding counts; raises Conflict when it was found to be unfounded before."""
    if finding.status == UNFOUNDED:
        raise Conflict("This finding was settled as unfounded.")
    _settle(session, finding, ESTABLISHED, "", by, now)


def mark_unfounded(
    session: Session, finding: Finding, reason: str, *, by: User | None, now: datetime
) -> None:
    """The finding no longer counts anywhere; it and the reason stay in the file."""
    if not reason.strip():
        raise Invalid("Say why.", fields={"reason": Fault("Say why.")})
    _settle(session, finding, UNFOUNDED, reason.strip(), by, now)


def restate(
    session: Session, finding: Finding, *, kind: str, proof: Mapping[str, str], now: datetime
) -> None:
    """Evidence that came later is added, and the finding counts as what it then shows."""
    before = {"kind": finding.kind, "status": finding.status}
    finding.kind = kind
    finding.evidence = [*finding.evidence, dict(proof)]
    finding.status, finding.reason, finding.settled_at = ESTABLISHED, "", now
    session.flush()
    _record(session, finding, "finding_restated", None, now, before)


def _settle(
    session: Session, finding: Finding, status: str, reason: str, by: User | None, now: datetime
) -> None:
    if finding.status == status:
        return
    before = {"status": finding.status}
    finding.status, finding.reason = status, reason
    finding.settled_at, finding.settled_by = now, by.id if by else None
    session.flush()
    _record(session, finding, f"finding_{status}", by, now, {**before, "reason": reason})


def _record(
    session: Session,
    finding: Finding,
    action: str,
    by: User | None,
    now: datetime,
    detail: Mapping[str, Any],
) -> None:
    audit.record(
        session,
        actor=by,
        action=action,
        subject=finding,
        now=now,
        case_id=finding.case_id,
        unit_id=finding.unit_id,
        detail=detail,
    )


def about_unit(session: Session, unit_id: int, *, since: date | None = None) -> list[Finding]:
    """Findings on the unit that stand, newest first."""
    return _standing(session, Finding.unit_id == unit_id, since)


def about_person(session: Session, person_id: int, *, since: date | None = None) -> list[Finding]:
    """Findings on the person that stand, newest first."""
    return _standing(session, Finding.person_id == person_id, since)


def _standing(session: Session, subject: Any, since: date | None) -> list[Finding]:
    query = select(Finding).where(subject, Finding.status == ESTABLISHED)
    if since:
        query = query.where(Finding.happened_on >= since)
    return list(session.scalars(query.order_by(Finding.happened_on.desc(), Finding.id.desc())))


def distinct_matters(
    session: Session,
    *,
    kind: str,
    since: date,
    unit_id: int | None = None,
    person_id: int | None = None,
) -> int:
    """Guard 5: how many different matters the standing findings of a kind come from.

    Two cards on one matter are one; a finding outside any case is a matter of its own.
    """
    matter = func.coalesce(as_type(Finding.case_id, String), Finding.key)
    query = select(func.count(matter.distinct())).where(
        Finding.kind == kind, Finding.status == ESTABLISHED, Finding.happened_on >= since
    )
    if unit_id is not None:
        query = query.where(Finding.unit_id == unit_id)
    if person_id is not None:
        query = query.where(Finding.person_id == person_id)
    return session.scalar(query) or 0


class Link(NamedTuple):
    """One thing a finding points to; `label` is empty where the thing no longer exists."""

    type: str
    id: str
    label: str


@dataclass(frozen=True)
class Why:
    """Everything a finding rests on."""

    finding: Finding
    unit: Unit
    rule: DutyRule | None
    links: tuple[Link, ...]


def why(session: Session, finding: Finding) -> Why:
    """The finding's evidence, rule version, article and calendar, each to be followed."""
    unit = session.get_one(Unit, finding.unit_id)
    links = tuple(_link(session, reference) for reference in finding.evidence)
    return Why(finding, unit, rule_named(session, finding.rule), links)


def rule_named(session: Session, name: str) -> DutyRule | None:
    """The version a finding names, "DYDH/2"; none when the rule is not a duty's."""
    code, _, number = name.rpartition("/")
    if not (code and number.isdecimal()):
        return None
    return session.scalar(
        select(DutyRule).where(DutyRule.code == code, DutyRule.number == int(number))
    )


def _link(session: Session, reference: Mapping[str, str]) -> Link:
    kind, id_ = reference["type"], str(reference["id"])
    return Link(kind, id_, reference.get("label") or _label(session, kind, id_))


def _label(session: Session, kind: str, id_: str) -> str:
    if kind == "obligation":
        key = Key.read(id_)
        rule = session.get(DutyRule, key.rule_id)
        return rule.name if rule and session.get(Obligation, key) else ""
    if kind == "evidence":
        evidence = session.get(Evidence, int(id_))
        return evidence.held_on.isoformat() if evidence else ""
    if kind == "case":
        case = session.get(Case, int(id_)) if id_.isdecimal() else None
        return f"{case.number or ''} {case.title}".strip() if case else ""
    if kind == "file":
        file = session.get(StoredFile, int(id_))
        return file.name if file else ""
    return id_
