"""What became of proposals, and what the tables were asked outside of the replayed ladders."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, DecisionRecord, Proposal
from workflows.deadlines import Calendar, day_of
from workflows.what_if.facts import AskedFact, DecidedFact
from workflows.what_if.matter_facts import Span

REPLAYED = ("supervision", "reminder", "interview")  # their proposals come out of the replay
MISSED = "missed_duty"
RULE = "measure_proposal"
MOST_KNOWN = 2_000  # decisions on a measure that all organs draw from
ENDED = ("accepted", "declined", "lapsed")


@dataclass(frozen=True)
class Known:
    key: str
    unit_id: int
    fact: DecidedFact


def decided(session: Session, since: datetime, calendar: Calendar) -> dict[str, Known]:
    """What became of every proposal made since then, by its key as a replay names it."""
    rows = session.execute(
        select(
            Proposal.key,
            Proposal.subject_unit_id,
            Proposal.measure,
            Proposal.status,
            Proposal.made_at,
            Proposal.decided_at,
            Proposal.case_id,
        )
        .where(Proposal.made_at >= since)
        .order_by(Proposal.id)
    )
    found = {}
    for key, unit_id, measure, status, made, at, case_id in rows:
        days = calendar.workdays_between(day_of(made), day_of(at)) if at else 0
        found[key] = Known(key, unit_id or 0, DecidedFact(measure, status, max(0, days), case_id))
    return found


def by_measure(known: Iterable[Known]) -> dict[str, tuple[DecidedFact, ...]]:
    """The decisions that were taken, to draw from."""
    found: dict[str, list[DecidedFact]] = defaultdict(list)
    for one in known:
        if one.fact.status in ENDED and len(found[one.fact.measure]) < MOST_KNOWN:
            found[one.fact.measure].append(one.fact)
    return {measure: tuple(facts) for measure, facts in found.items()}


def asked(session: Session, span: Span) -> Iterator[AskedFact]:
    """Proposals of other processes and of people, then questions that proposed nothing."""
    seen: set[str] = set()
    rows = session.execute(
        select(Proposal, Case.process)
        .outerjoin(Case, Case.id == Proposal.origin_case_id)
        .where(
            Proposal.made_at >= span.since,
            Proposal.made_at <= span.until,
            Proposal.ground != MISSED,
        )
        .order_by(Proposal.id)
    )
    for proposal, process in rows:
        seen.add(str(proposal.why.get("decision", "")))
        if process not in REPLAYED and proposal.subject_unit_id is not None:
            yield _of_proposal(proposal, process or "")
    yield from _without_proposal(session, span, seen)


def _of_proposal(proposal: Proposal, process: str) -> AskedFact:
    inputs: Any = proposal.why.get("inputs")
    whole = isinstance(inputs, dict) and {"ground", "origin"} <= inputs.keys()
    return AskedFact(
        at=proposal.made_at,
        process=process,
        key=proposal.key,
        ground=proposal.ground,
        inputs=inputs if whole else None,
        measure=proposal.measure,
        to="",
        unit_id=proposal.subject_unit_id or 0,
        user_id=proposal.subject_user_id,
        case_id=proposal.origin_case_id,
    )


def _without_proposal(session: Session, span: Span, seen: set[str]) -> Iterator[AskedFact]:
    rows = session.execute(
        select(DecisionRecord, Case.process, Case.unit_id)
        .join(Case, Case.id == DecisionRecord.case_id)
        .where(
            DecisionRecord.decision == RULE,
            DecisionRecord.at >= span.since,
            DecisionRecord.at <= span.until,
            Case.process.not_in(REPLAYED),
        )
        .order_by(DecisionRecord.id)
    )
    for record, process, unit_id in rows:
        if str(record.id) not in seen:
            yield AskedFact(
                at=record.at,
                process=process,
                key=f"proposal:{record.inputs.get('ground')}:{record.case_id}:{record.id}",
                ground=str(record.inputs.get("ground", "")),
                inputs=record.inputs,
                measure="none",
                to="",
                unit_id=unit_id,
                user_id=None,
                case_id=record.case_id,
            )
