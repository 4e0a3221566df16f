"""听看问访查 in a unit: evidence, samples drawn at random, problems that cite both, its answer."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    DutyRule,
    Evidence,
    FieldEvidence,
    FieldFinding,
    Inbox,
    Inspection,
    Sample,
    Task,
    Unit,
    User,
    Visit,
)
from workflows import access, audit, duties, institutions, sampling
from workflows.access import Rights
from workflows.deadlines import day_of
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.findings import SEVERITIES
from workflows.forms import Fault

METHODS = ("listen", "look", "ask", "visit", "check")
VERDICTS = ("keep", "revise", "drop")
FOR_LEAD = "violation"  # 移送线索: never shown to the unit
RECORDS = {  # what is drawn from: the duties whose evidence it is
    "meeting": ("DYDH", "ZWH", "DXZ", "ZTDR", "ZZSH", "MZPY", "MZSH", "ZTYJ", "GBDH"),
    "study": ("DK", "PX"),
}
MOST_DRAWN = 50
LONGEST = 2000
LAWS = {  # what binds every organ, by version
    "organs/2019": "党和国家机关基层组织工作条例（2019年修订）",
    "responsibility/2020": "党委（党组）落实全面从严治党主体责任规定（2020年）",
}


@dataclass(frozen=True)
class Noted:
    """A piece of evidence as it was typed in."""

    method: str
    held_on: date
    text: str
    sample_id: int | None = None
    record_id: int | None = None
    file_id: int | None = None


@dataclass(frozen=True)
class Wanted:
    """What is to be drawn from which days' records."""

    kind: str
    from_day: date
    to_day: date
    size: int


@dataclass(frozen=True)
class Problem:
    """A problem as the team puts it."""

    fact: str
    severity: str
    rule: str
    evidence: tuple[int, ...]
    requirement: str


def step(session: Session, inspection: Inspection, visit: Visit, node: str) -> Task | None:
    """The unit's open step of that name."""
    return session.scalar(
        select(Task).where(
            Task.case_id == inspection.case_id,
            Task.node == node,
            Task.item_key == str(visit.unit_id),
            Task.done_at.is_(None),
        )
    )


def waits_for(session: Session, task: Task, rights: Rights) -> bool:
    """True if the open step stands in the person's inbox."""
    mine = Inbox.principal.in_(rights.principals)
    return session.scalar(select(Inbox.task_id).where(Inbox.task_id == task.id, mine)) is not None


def _require_team(
    session: Session, visit: Visit, rights: Rights, *nodes: str
) -> tuple[Inspection, str]:
    """Who goes there, while one of the steps is open; returns the open one."""
    inspection = session.get_one(Inspection, visit.inspection_id)
    access.case_for(session, inspection.case_id, rights=rights)  # who keeps out is out
    if str(rights.user.id) not in visit.team:
        raise NotAllowed("Only the team of this unit does that.")
    for node in nodes:
        if step(session, inspection, visit, node) is not None:
            return inspection, node
    raise Conflict("This step of the visit is over, or has not begun.")


def add_evidence(
    session: Session, visit: Visit, noted: Noted, *, rights: Rights, now: datetime
) -> FieldEvidence:
    """The piece stands on file; Invalid with the field where something is wrong."""
    inspection, _ = _require_team(session, visit, rights, "field_work")
    faults: dict[str, str] = {}
    if noted.method not in inspection.methods:
        faults["method"] = "Please choose one of the list."
    if not inspection.from_day <= noted.held_on <= day_of(now):
        faults["held_on"] = Fault("A day from {day} up to today.", day=inspection.from_day)
    if not noted.text.strip():
        faults["text"] = "Please fill this in."
    if noted.record_id is not None and not _drawn(session, visit, noted):
        faults["record"] = Fault("This record was not drawn.")
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)
    row = FieldEvidence(
        visit_id=visit.id,
        method=noted.method,
        held_on=noted.held_on,
        text=noted.text.strip()[:LONGEST],
        sample_id=noted.sample_id,
        record_id=noted.record_id,
        file_id=noted.file_id,
        made_by=rights.user.id,
        made_at=now,
    )
    session.add(row)
    session.flush()
    note(session, inspection, visit, "field_evidence_added", rights.user, now, method=row.method)
    return row


def _drawn(session: Session, visit: Visit, noted: Noted) -> bool:
    sample = session.get(Sample, noted.sample_id or 0)
    return (
        sample is not None and sample.visit_id == visit.id and str(noted.record_id) in sample.picks
    )


def draw(
    session: Session,
    visit: Visit,
    wanted: Wanted,
    *,
    rights: Rights,
    now: datetime,
    seed: str = "",
) -> Sample:
    """随机抽样 from the unit's records in the system; the seed is the system's, not the drawer's.

    Drawn again it is a further sample: none is replaced. Refused where there is nothing to draw.
    """
    inspection, _ = _require_team(session, visit, rights, "field_work")
    _check_wanted(wanted)
    ids = frame(session, session.get_one(Unit, visit.unit_id), wanted)
    if not ids:
        raise Refused(
            "There is no such record of these days in the system.",
            guard="empty_frame",
            fields={"from": Fault("Choose other days.")},
        )
    seed = seed or secrets.token_hex(sampling.SEED_BYTES)
    row = _as_drawn(wanted, ids, seed)
    row.visit_id, row.number = visit.id, 1 + len(samples(session, visit))
    row.drawn_by, row.drawn_at = rights.user.id, now
    session.add(row)
    session.flush()
    note(
        session, inspection, visit, "sample_drawn", rights.user, now,
        number=row.number, seed=seed, frame=sampling.digest(ids), picks=len(row.picks),
    )  # fmt: skip
    return row


def _as_drawn(wanted: Wanted, ids: list[str], seed: str) -> Sample:
    return Sample(
        kind=wanted.kind,
        from_day=wanted.from_day,
        to_day=wanted.to_day,
        algorithm=sampling.ALGORITHM,
        seed=seed,
        frame=ids,
        picks=sampling.draw(ids, seed, wanted.size),
    )


def _check_wanted(wanted: Wanted) -> None:
    faults: dict[str, str] = {}
    if wanted.kind not in RECORDS:
        faults["kind"] = "Please choose one of the list."
    if wanted.to_day < wanted.from_day:
        faults["to"] = Fault("The last day lies not before the first.")
    if not 1 <= wanted.size <= MOST_DRAWN:
        faults["size"] = Fault("From 1 to {most}.", most=MOST_DRAWN)
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)


def frame(session: Session, unit: Unit, wanted: Wanted) -> list[str]:
    """The ids of the records of the unit and those below it, as they count today."""
    rows = session.scalars(
        select(Evidence.id)
        .join(DutyRule, DutyRule.id == Evidence.rule_id)
        .join(Unit, Unit.id == Evidence.unit_id)
        .where(
            Unit.path.startswith(unit.path, autoescape=True),
            DutyRule.code.in_(RECORDS[wanted.kind]),
            Evidence.held_on.between(wanted.from_day, wanted.to_day),
            Evidence.replaced_by.is_(None),
        )
        .order_by(Evidence.id)
    )
    return [str(one) for one in rows]


def samples(session: Session, visit: Visit) -> Sequence[Sample]:
    """What was drawn in the unit, in its order."""
    return session.scalars(
        select(Sample).where(Sample.visit_id == visit.id).order_by(Sample.number)
    ).all()


def evidence_of(session: Session, visit: Visit) -> Sequence[FieldEvidence]:
    return session.scalars(
        select(FieldEvidence).where(FieldEvidence.visit_id == visit.id).order_by(FieldEvidence.id)
    ).all()


def problems(session: Session, visit: Visit) -> Sequence[FieldFinding]:
    """All that the team put down, what was dropped among it."""
    return session.scalars(
        select(FieldFinding).where(FieldFinding.visit_id == visit.id).order_by(FieldFinding.id)
    ).all()


def standing(session: Session, visit: Visit) -> list[FieldFinding]:
    return [one for one in problems(session, visit) if one.verdict != "drop"]


def for_unit(session: Session, visit: Visit) -> list[FieldFinding]:
    """What the unit is told of: all that stands, but for what is a lead."""
    return [one for one in standing(session, visit) if one.severity != FOR_LEAD]


def rules(session: Session, visit: Visit, day: date) -> Mapping[str, str]:
    """What a problem can offend: the unit's own rules, the duties, what binds every organ."""
    unit = session.get_one(Unit, visit.unit_id)
    own = {
        f"制度:{one.unit_id}:{one.code}/{one.number}": f"{one.name}（第{one.number}版）"
        for one in institutions.in_force(session, unit, day)
    }
    owed = {
        f"{one.code}/{one.number}": f"{one.name}（{one.source}）"
        for one in duties.in_force(session, day, day)
    }
    return {**own, **owed, **LAWS}


def add_problem(
    session: Session, visit: Visit, said: Problem, *, rights: Rights, now: datetime
) -> FieldFinding:
    """The problem stands in the team's paper; Invalid without evidence of this visit or a rule."""
    inspection, _ = _require_team(session, visit, rights, "field_work")
    known = {one.id for one in evidence_of(session, visit)}
    named = rules(session, visit, min(day_of(now), inspection.to_day))
    faults: dict[str, str] = {
        name: "Please fill this in."
        for name in ("fact", "requirement")
        if not getattr(said, name).strip()
    }
    if not said.evidence or not set(said.evidence) <= known:
        faults["evidence"] = Fault("A problem cites at least one piece of evidence of this visit.")
    if said.rule not in named:
        faults["rule"] = Fault("Name the rule, in its version, that it offends.")
    if said.severity not in SEVERITIES:
        faults["severity"] = "Please choose one of the list."
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)
    row = FieldFinding(
        visit_id=visit.id,
        fact=said.fact.strip()[:LONGEST],
        severity=said.severity,
        rule=said.rule,
        basis=named[said.rule][:200],
        evidence=[str(one) for one in dict.fromkeys(said.evidence)],
        requirement=said.requirement.strip()[:LONGEST],
        made_by=rights.user.id,
        made_at=now,
    )
    session.add(row)
    session.flush()
    note(session, inspection, visit, "problem_noted", rights.user, now, severity=row.severity)
    return row


def answer(
    session: Session, row: FieldFinding, said: str, explanation: str, *, rights: Rights,
    now: datetime,
) -> None:  # fmt: skip
    """The unit agrees, or explains; until it hands in its step it may think again."""
    visit = session.get_one(Visit, row.visit_id)
    inspection = session.get_one(Inspection, visit.inspection_id)
    waiting = step(session, inspection, visit, "hear_unit")
    if waiting is None or row.severity == FOR_LEAD:
        raise Conflict("This step of the visit is over, or has not begun.")
    if not waits_for(session, waiting, rights):
        raise NotAllowed("The secretary of the unit answers.")
    faults: dict[str, str] = {}
    if said not in ("agree", "explain"):
        faults["answer"] = "Please choose one of the list."
    if said == "explain" and not explanation.strip():
        faults["explanation"] = "Please fill this in."
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)
    row.answer, row.explanation = said, explanation.strip()[:LONGEST]
    session.flush()
    note(session, inspection, visit, "problem_answered", rights.user, now, answer=said)


@dataclass(frozen=True)
class Verdict:
    """What the team makes of a problem after it heard the unit."""

    verdict: str
    reason: str
    fact: str = ""  # as revised


def settle(
    session: Session, row: FieldFinding, said: Verdict, *, rights: Rights, now: datetime
) -> None:
    """认定: kept, revised or dropped, for a reason; in the field it can only be dropped."""
    visit = session.get_one(Visit, row.visit_id)
    inspection, node = _require_team(session, visit, rights, "field_work", "settle_findings")
    if row.verdict == "drop":
        raise Conflict("This problem was dropped already.")
    faults: dict[str, str] = {}
    if said.verdict not in VERDICTS or (node == "field_work" and said.verdict != "drop"):
        faults["verdict"] = "Please choose one of the list."
    if not said.reason.strip():
        faults["reason"] = "Please fill this in."
    if said.verdict == "revise" and not said.fact.strip():
        faults["fact"] = "Please fill this in."
    if faults:
        raise Invalid("Please mend what is marked.", fields=faults)
    if said.verdict == "revise":
        row.fact_before = row.fact_before or row.fact
        row.fact = said.fact.strip()[:LONGEST]
    row.verdict, row.reason = said.verdict, said.reason.strip()[:LONGEST]
    session.flush()
    note(session, inspection, visit, "problem_settled", rights.user, now, verdict=said.verdict)


def problem(session: Session, problem_id: int) -> FieldFinding:
    """The problem; rights are asked by its visit."""
    row = session.get(FieldFinding, problem_id)
    if row is None:
        raise NotFound("There is no such problem, or it is not yours to see.")
    return row


def note(
    session: Session,
    inspection: Inspection,
    visit: Visit,
    action: str,
    by: User | None,
    now: datetime,
    **detail: object,
) -> None:
    audit.record(
        session, actor=by, action=action, subject=visit, now=now, case_id=inspection.case_id,
        unit_id=visit.unit_id, detail={name: str(value) for name, value in detail.items()},
    )  # fmt: skip
