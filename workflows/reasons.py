"""Why a table answered as it did: the facts by their names in it, the row that held, versions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from models import Case, DecisionRecord, Definition, Proposal
from workflows import definitions


@dataclass(frozen=True)
class Reason:
    table: str
    process: str  # whose published version brings the table
    version: int
    facts: tuple[tuple[str, Any], ...]
    rows: tuple[str, ...]
    answer: tuple[tuple[str, Any], ...]
    calendar: str


def of_decision(session: Session, case: Case, record: DecisionRecord) -> Reason:
    value = record.outcome.get("value")
    hits = value if isinstance(value, list) else [value]
    return _reason(
        session,
        case.definition_id,
        record.decision,
        inputs=record.inputs,
        rows=record.rows,
        hits=hits,
        calendar=record.calendar,
    )


def of_proposal(session: Session, proposal: Proposal) -> Reason | None:
    """None for one that a person wrote by hand."""
    why = proposal.why
    definition_id = _definition_of(session, proposal)
    if definition_id is None or "inputs" not in why:
        return None
    first = {"measure": proposal.measure, "basis": why.get("basis")}
    return _reason(
        session,
        definition_id,
        "measure_proposal",
        inputs=why["inputs"],
        rows=why.get("rows") or [],
        hits=[first, *(why.get("further") or [])],
        calendar=str(why.get("calendar") or ""),
    )


def _definition_of(session: Session, proposal: Proposal) -> int | None:
    """The version whose table was asked: the case's it arose in, else the one on record."""
    if proposal.origin_case_id is not None:
        return session.get_one(Case, proposal.origin_case_id).definition_id
    named = str(proposal.why.get("definition") or "")
    return int(named) if named.isdecimal() else None


def _reason(
    session: Session,
    definition_id: int,
    decision: str,
    *,
    inputs: Mapping[str, Any],
    rows: Sequence[int],
    hits: Sequence[Any],
    calendar: str,
) -> Reason:
    definition = session.get_one(Definition, definition_id)
    table = definitions.spec_of(session, definition_id).decision(decision)
    labels = {one.expression.text: one.label for one in table.inputs}
    outputs: Mapping[str, str] = {str(one.name): str(one.label) for one in table.outputs}
    answer = hits[0] if hits and isinstance(hits[0], Mapping) else {}
    return Reason(
        table=table.name,
        process=definition.name,
        version=definition.number,
        facts=tuple((str(labels.get(k) or k), v) for k, v in inputs.items() if v is not None),
        rows=tuple(table.rules[row - 1].description or str(row) for row in rows),
        answer=tuple((outputs.get(k) or k, v) for k, v in answer.items() if v is not None),
        calendar=calendar,
    )
