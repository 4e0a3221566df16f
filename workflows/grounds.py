"""对照规则: what a case gives the table `measure_proposal`, and what its answer proposes."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from models import DecisionRecord, Finding, Unit
from workflows import findings, measures, proposals
from workflows.deadlines import day_of
from workflows.registry import Act, inputs
from workflows.subjects import Subject, from_vars

# Which ground a business rule task stands for; supervision and rectification tell it in vars.
GROUNDS = {
    "match_after_reminder": "reminder_escalated",
    "match_refusal": "interview_refused",
    "match_abuse": "abuse",
    "match_round": "debriefing",
    "match_results": "assessment",
    "match_findings": "inspection",
    "rect_match_late": "plan_late",
    "rect_match_work": "work_late",
}
FACTS = {
    "reminder_escalated": "提醒后未改正，提请约谈",
    "interview_refused": "拒不接受约谈",
    "abuse": "疑似滥用问责",
}


@inputs("measure_proposal")
def inputs_of(act: Act) -> Mapping[str, Any]:
    """The table's inputs, from the record alone."""
    subject = subject_of(act)
    return {
        "ground": ground_of(act),
        "origin": origin_of(act),
        "kind": subject.kind,
        "serious": bool(act.vars.get("serious")),
        "reminded_6m": measures.taken_within(
            act.session,
            kind="reminder",
            subject_id=subject.id,
            months=act.rule("reminded_months"),
            now=act.now,
        ),
        "grade": (act.item or act.vars).get("grade"),
        "severity": (act.item or {}).get("severity") or act.vars.get("severity"),
    }


def ground_of(act: Act) -> str:
    node = act.node.id if act.node else ""
    if node == "rect_match_fail":
        return str((act.vars.get("rect") or {}).get("ground", "failed"))
    if node in GROUNDS:
        return GROUNDS[node]
    return str((act.vars.get("watch") or {}).get("ground", ""))


def origin_of(act: Act) -> str:
    return str((act.vars.get("rect") or {}).get("origin") or act.case.process)


def subject_of(act: Act) -> Subject:
    """Whom the case is about: its subject, else the organisation whose matter it is."""
    named = (act.item or {}).get("subject") or act.vars.get("subject")
    if isinstance(named, Mapping):
        return from_vars(named)
    unit_id = int(act.vars.get("lead_unit") or act.case.unit_id)
    unit = act.session.get_one(Unit, unit_id)
    return Subject("org", unit.id, None, unit.name, "", unit.managed_by, principal=False)


def propose(act: Act, match_node: str, finding: Finding, *, n: int = 1) -> None:
    """The first row that the table hit is proposed; the later ones are named as further grounds.

    Nothing is proposed where the table answers none.
    """
    hits: Sequence[Mapping[str, Any]] = act.vars.get(match_node) or []
    if not hits or hits[0].get("measure") in (None, "none"):
        return
    record = act.session.scalars(
        select(DecisionRecord)
        .where(DecisionRecord.case_id == act.case.id, DecisionRecord.node == match_node)
        .order_by(DecisionRecord.id.desc())
        .limit(1)
    ).one()
    ground = str(record.inputs["ground"])
    proposals.propose(
        act.session,
        proposals.Draft(
            ground=ground,
            measure=str(hits[0]["measure"]),
            to=str(hits[0]["to"]),
            subject=subject_of(act),
            findings=[finding.id, *map(int, act.vars.get("findings") or [])],
            why={
                "inputs": record.inputs,
                "rows": record.rows,
                "basis": hits[0].get("basis"),
                "further": list(hits[1:]),
                "decision": str(record.id),
            },
            rule="measure_proposal",
            origin=str(act.case.id),
            origin_case=act.case,
            n=n,
        ),
        by=None,
        now=act.now,
    )


def finding_for(act: Act, ground: str, *, fact: str = "", basis: str = "", n: int = 1) -> Finding:
    """The fact that the case itself proves, as a finding; found before, it is the same one."""
    subject = subject_of(act)
    day: date = day_of(act.now)
    return findings.find(
        act.session,
        findings.Fact(
            key=f"{ground}:{act.case.id}:{n}",
            fact=f"{subject.name}：{fact or FACTS.get(ground, ground)}",
            unit_id=subject.unit_id,
            person_id=subject.user_id,
            kind=ground,
            rule="measure_proposal",
            basis=basis,
            evidence=({"type": "case", "id": str(act.case.id)},),
            happened_on=day,
            calendar=act.calendar.label(day),
            case_id=act.case.id,
        ),
        by=act.by,
        now=act.now,
    )
