"""A weak grade is a fact and a proposal through the ladder; it moves nobody by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models import Finding
from workflows import findings, proposals
from workflows.deadlines import day_of
from workflows.registry import Act
from workflows.subjects import Subject


@dataclass(frozen=True)
class Weak:
    """Whose grade, of which ground (debriefing, assessment), known by which key."""

    ground: str
    key: str
    subject: Subject
    grade: str  # 一般, 差
    fact: str


def propose(act: Act, weak: Weak, answer: Any) -> None:
    """What the rule's first row says is proposed; nothing where it answers none."""
    hits = answer if isinstance(answer, list) else []
    if not hits or hits[0].get("measure") in (None, "none"):
        return
    first: Mapping[str, Any] = hits[0]
    proposals.propose(
        act.session,
        proposals.Draft(
            ground=weak.ground,
            measure=str(first["measure"]),
            to=str(first["to"]),
            subject=weak.subject,
            findings=[_finding(act, weak).id],
            why={"inputs": {"grade": weak.grade}, "basis": first.get("basis"), "further": hits[1:]},
            rule="measure_proposal",
            origin=str(act.case.id),
            origin_case=act.case,
        ),
        by=None,
        now=act.now,
    )


def answer_of(act: Act, node: str, key: str) -> Any:
    """What a decision in a multi-instance answered for one of its items."""
    answer = (act.vars.get(node) or {}).get(key)
    return answer.get(node, answer) if isinstance(answer, Mapping) else answer


def _finding(act: Act, weak: Weak) -> Finding:
    return findings.find(
        act.session,
        findings.Fact(
            key=weak.key,
            fact=weak.fact,
            unit_id=weak.subject.unit_id,
            person_id=weak.subject.user_id,
            kind=weak.ground,
            rule="measure_proposal",
            evidence=({"type": "case", "id": str(act.case.id)},),
            happened_on=day_of(act.now),
            case_id=act.case.id,
        ),
        by=act.by,
        now=act.now,
    )
