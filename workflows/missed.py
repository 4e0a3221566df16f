"""From a missed duty to a proposal: the rule is asked with the facts, somebody decides.

All duties that a unit missed on one day make one proposal: what is asked is asked once.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from models import Unit, UnitKind
from workflows import definitions, measures, proposals, subjects
from workflows.deadlines import day_of
from workflows.engine import to_feel, to_json
from workflows.obligations import Missed
from workflows.subjects import Subject

GROUND = "missed_duty"
RULE = "measure_proposal"
PROCESS = "reminder"  # whose published version brings the table


def propose(session: Session, missed: Sequence[Missed], *, now: datetime) -> int:
    """Every unit that missed duties has a proposal where the table names a measure; how many."""
    ordered = sorted(missed, key=lambda one: one.unit_id)
    return sum(
        _for_unit(session, unit_id, [one.finding_id for one in group], now=now)
        for unit_id, group in groupby(ordered, key=lambda one: one.unit_id)
    )


def _for_unit(session: Session, unit_id: int, finding_ids: Sequence[int], *, now: datetime) -> bool:
    subject = _answerable(session, unit_id, now=now)
    inputs = _inputs(session, subject, now=now)
    definition = definitions.latest(session, PROCESS, now=now)
    table = definitions.spec_of(session, definition.id).decision(RULE)
    outcome = table.decide({name: to_feel(value) for name, value in inputs.items()})
    hits = to_json(outcome.value)
    if not hits or hits[0]["measure"] == "none":
        return False
    draft = proposals.Draft(
        ground=GROUND,
        measure=hits[0]["measure"],
        to=hits[0]["to"],
        subject=subject,
        findings=finding_ids,
        why={
            "inputs": inputs,
            "rows": list(outcome.rows),
            "basis": hits[0].get("basis"),
            "further": hits[1:],
            "definition": str(definition.id),
        },
        rule=f"{RULE} v{definition.number}",
        origin=day_of(now).isoformat(),
    )
    proposal = proposals.propose(session, draft, by=None, now=now)
    proposals.rest_also_on(session, proposal, finding_ids)
    return True


def _inputs(session: Session, subject: Subject, *, now: datetime) -> dict[str, Any]:
    """The table's inputs: one missed duty is a sign 苗头, no more."""
    reminded = measures.taken_within(
        session, kind="reminder", subject_id=subject.id, months=6, now=now
    )
    return {
        "ground": GROUND,
        "origin": "duties",
        "kind": subject.kind,
        "serious": False,
        "reminded_6m": reminded,
        "grade": None,
        "severity": "sign",
    }


def _answerable(session: Session, unit_id: int, *, now: datetime) -> Subject:
    """A branch's secretary answers for it; above, the organisation itself, by its head."""
    unit = session.get_one(Unit, unit_id)
    if unit.kind == UnitKind.BRANCH:
        head = subjects.head_of(session, unit_id, now=now)
        if head is not None:
            return head
    return subjects.organisation(session, unit_id)
