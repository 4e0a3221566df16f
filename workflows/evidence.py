"""Evidence handed in once for an obligation, corrected by a new one, and what it proves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from models import DutyRule, Evidence, Finding, Obligation, ObligationState, Role, StoredFile, Unit
from models.user import User
from workflows import access, audit, duties, findings, refutations
from workflows.access import Rights
from workflows.deadlines import day_of
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.findings import Key
from workflows.forms import Fault
from workflows.obligations import missed_key
from workflows.periods import Period, period_numbered

SECRETARIES = frozenset({"机关党委书记", "专职副书记"})  # of the committee above a branch
EXCUSABLE = (ObligationState.OPEN, ObligationState.MISSED, ObligationState.LATE)
LONGEST_NOTE = 2000
LONGEST_REASON = 200
MOST_PEOPLE = 1_000_000


@dataclass(frozen=True)
class Paper:
    """What is handed in; `replaces` is the evidence that the form showed, if there was any."""

    held_on: date
    present: int | None = None
    expected: int | None = None
    note: str = ""
    file: StoredFile | None = None
    replaces: int | None = None


@dataclass(frozen=True)
class Owed:
    """One obligation with all that it takes to judge it."""

    obligation: Obligation
    rule: DutyRule
    unit: Unit
    period: Period
    may_hand_in: bool
    may_excuse: bool

    @property
    def key(self) -> Key:
        return Key(self.obligation.rule_id, self.obligation.period, self.obligation.unit_id)

    @property
    def closes_on(self) -> date:
        return duties.closes_on(self.rule, self.period)


def get(session: Session, key: Key, *, rights: Rights) -> Owed:
    """The obligation, if its unit is open to the person; else NotFound."""
    unit = access.unit_for(session, key.unit_id, rights=rights)
    obligation = session.get(Obligation, key)
    rule = session.get(DutyRule, key.rule_id)
    if obligation is None or rule is None:
        raise NotFound("There is no such obligation.")
    return Owed(
        obligation,
        rule,
        unit,
        period_numbered(rule.rhythm, key.period),
        may_hand_in(rights, unit),
        rule.generally and obligation.state in EXCUSABLE and may_excuse(rights, unit),
    )


def may_hand_in(rights: Rights, unit: Unit) -> bool:
    """The unit's own post holders, and the secretaries of the committee above it."""
    return any(
        place.unit_id == unit.id or (place.name in SECRETARIES and unit.path.startswith(place.path))
        for place in rights.places
        if not place.is_role
    )


def require_hand_in(owed: Owed) -> None:
    """Raises NotAllowed unless the person may hand in; to be asked before an upload is kept."""
    if not owed.may_hand_in:
        raise NotAllowed("Only the unit's own secretaries hand in its evidence.")


def may_excuse(rights: Rights, unit: Unit) -> bool:
    """The committee above or a supervisor; nobody excuses a unit in which he holds a post."""
    if any(place.unit_id == unit.id and not place.is_role for place in rights.places):
        return False
    return any(
        unit.path.startswith(place.path)
        and (place.name == Role.SUPERVISOR if place.is_role else place.name in SECRETARIES)
        for place in rights.places
    )


def quorum_met(rule: DutyRule, present: int | None, expected: int | None) -> bool | None:
    """Whether enough people were there; none when the rule or the evidence does not say."""
    if not rule.quorum or present is None or not expected:
        return None
    sign, _, share = rule.quorum.partition(" ")
    top, _, bottom = share.partition("/")
    there, needed = present * int(bottom), expected * int(top)
    return there > needed if sign == ">" else there >= needed


def hand_in(session: Session, key: Key, paper: Paper, *, by: User, now: datetime) -> Evidence:
    """The evidence is in and the obligation judged by it; what it replaces stays in the file.

    Raises Invalid naming the fields, and Conflict when somebody handed in meanwhile.
    """
    owed = get(session, key, rights=access.rights_of(session, by, now=now))
    require_hand_in(owed)
    _check(owed, paper, now)
    evidence = _add(session, key, paper, by=by, now=now)
    before = owed.obligation.state
    state = _judge(owed, paper.held_on)
    take(
        session,
        owed,
        {"state": int(state), "done_on": paper.held_on, "evidence_id": evidence.id},
        seen=paper.replaces,
    )
    if paper.replaces is not None:
        old = session.get_one(Evidence, paper.replaces)
        old.replaced_by = evidence.id
    session.flush()
    _settle_finding(session, owed, evidence, state, now=now)
    audit.record(
        session,
        actor=by,
        action="evidence_corrected" if paper.replaces else "evidence_handed_in",
        subject=f"obligation {key}",
        now=now,
        unit_id=key.unit_id,
        detail={
            "evidence": str(evidence.id),
            "held_on": paper.held_on.isoformat(),
            "state": [int(before), int(state)],
        },
    )
    return evidence


def _check(owed: Owed, paper: Paper, now: datetime) -> None:
    faults: dict[str, str] = {}
    if paper.held_on > day_of(now):
        faults["held_on"] = Fault("The date lies in the future.")
    elif paper.held_on < owed.period.first:
        faults["held_on"] = Fault("The date lies before the period.")
    faults |= _attendance_faults(owed.rule, paper)
    if len(paper.note) > LONGEST_NOTE:
        faults["note"] = Fault("This text is too long.")
    if paper.file is not None and paper.file.unit_id != owed.unit.id:
        faults["file"] = Fault("This file belongs to another unit.")
    if faults:
        raise Invalid("Some fields need another look.", fields=faults)


def _attendance_faults(rule: DutyRule, paper: Paper) -> dict[str, str]:
    if "attendance" not in rule.evidence:
        return {}
    faults: dict[str, str] = {}
    for name in ("present", "expected"):
        number = getattr(paper, name)
        if number is None:
            faults[name] = Fault("This field is required.")
        elif not 0 <= number <= MOST_PEOPLE:
            faults[name] = Fault("This number is not possible.")
    if not faults and cast(int, paper.present) > cast(int, paper.expected):
        faults["present"] = Fault("More were present than expected.")
    return faults


def _judge(owed: Owed, held_on: date) -> ObligationState:
    """By the calendar period alone; what was excused stays so unless it was held in time."""
    if held_on <= owed.closes_on:
        return ObligationState.ON_TIME
    if owed.obligation.state == ObligationState.EXCUSED:
        return ObligationState.EXCUSED
    return ObligationState.LATE


def _add(session: Session, key: Key, paper: Paper, *, by: User, now: datetime) -> Evidence:
    evidence = Evidence(
        rule_id=key.rule_id,
        period=key.period,
        unit_id=key.unit_id,
        held_on=paper.held_on,
        present=paper.present,
        expected=paper.expected,
        note=paper.note.strip(),
        file_id=paper.file.id if paper.file else None,
        handed_in_by=by.id,
        handed_in_at=now,
    )
    session.add(evidence)
    session.flush()
    return evidence


def take(session: Session, owed: Owed, values: Mapping[str, Any], *, seen: int | None) -> None:
    """The obligation changes if it still is as it was seen; else Conflict. Two never both win."""
    key, obligation = owed.key, owed.obligation
    statement = (
        update(Obligation)
        .where(
            Obligation.rule_id == key.rule_id,
            Obligation.period == key.period,
            Obligation.unit_id == key.unit_id,
            Obligation.state == obligation.state,
            Obligation.evidence_id.is_(None) if seen is None else Obligation.evidence_id == seen,
        )
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult[Any], session.execute(statement)).rowcount != 1:
        _refuse_second(session, obligation)
    session.refresh(obligation)


def _refuse_second(session: Session, obligation: Obligation) -> None:
    session.refresh(obligation)
    latest = session.get(Evidence, obligation.evidence_id) if obligation.evidence_id else None
    by = session.get(User, latest.handed_in_by) if latest and latest.handed_in_by else None
    if latest is None or by is None:
        raise Conflict("Somebody else was faster. Please look again.")
    raise Conflict("{who} handed this in on {when}.", who=by.name, when=latest.handed_in_at)


def _settle_finding(
    session: Session, owed: Owed, evidence: Evidence, state: ObligationState, *, now: datetime
) -> None:
    """A missed duty proved in time is no finding; held late, the fact of lateness remains."""
    finding = _finding_of(session, owed.key)
    if finding is None:
        return
    proof = {"type": "evidence", "id": str(evidence.id)}
    if state == ObligationState.ON_TIME:
        refutations.refute(
            session,
            finding,
            f"佐证表明于{evidence.held_on.isoformat()}按期完成。",
            by=None,
            now=now,
        )
    elif state == ObligationState.LATE:
        findings.restate(session, finding, kind="late_duty", proof=proof, now=now)


def _finding_of(session: Session, key: Key) -> Finding | None:
    return findings.by_keys(session, [missed_key(key)]).get(missed_key(key))


def excuse(session: Session, key: Key, reason: str, *, by: User, now: datetime) -> None:
    """The exception that a 一般 rule allows is granted with its reason; its finding falls away."""
    owed = get(session, key, rights=access.rights_of(session, by, now=now))
    reason = reason.strip()
    if not owed.rule.generally:
        raise Refused("This rule knows no exception.", guard="generally")
    if not may_excuse(access.rights_of(session, by, now=now), owed.unit):
        raise NotAllowed("Only the committee above or a supervisor excuses.")
    if owed.obligation.state not in EXCUSABLE:
        raise Conflict("There is nothing left to excuse.")
    if not 0 < len(reason) <= LONGEST_REASON:
        raise Invalid("Say why.", fields={"reason": Fault("Say why, in 200 characters at most.")})
    before = owed.obligation.state
    values = {"state": int(ObligationState.EXCUSED), "reason": reason, "settled_by": by.id}
    take(session, owed, values, seen=owed.obligation.evidence_id)
    finding = _finding_of(session, key)
    if finding is not None:
        refutations.refute(session, finding, reason, by=by, now=now)
    audit.record(
        session,
        actor=by,
        action="obligation_excused",
        subject=f"obligation {key}",
        now=now,
        unit_id=key.unit_id,
        detail={"reason": reason, "state": int(before)},
    )


@dataclass(frozen=True)
class Handed:
    """One piece of evidence as the history shows it."""

    evidence: Evidence
    by: str
    file: StoredFile | None
    quorum_met: bool | None


def history(session: Session, owed: Owed) -> list[Handed]:
    """Everything handed in for the obligation, newest first; the first one counts."""
    key = owed.key
    rows = session.execute(
        select(Evidence, User.name, StoredFile)
        .outerjoin(User, User.id == Evidence.handed_in_by)
        .outerjoin(StoredFile, StoredFile.id == Evidence.file_id)
        .where(
            Evidence.unit_id == key.unit_id,
            Evidence.rule_id == key.rule_id,
            Evidence.period == key.period,
        )
        .order_by(Evidence.id.desc())
    )
    return [
        Handed(e, name or "", file, quorum_met(owed.rule, e.present, e.expected))
        for e, name, file in rows
    ]


def finding_about(session: Session, owed: Owed) -> Finding | None:
    """What was found about the obligation, in whatever state it is by now."""
    return _finding_of(session, owed.key)
