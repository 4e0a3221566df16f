"""定审批层级: what a case gives the table `approval_level`, and the minimum that follows.

Approval levels are the minimum; a higher one may always act (问责条例 23).
"""

from collections.abc import Mapping
from typing import Any

from workflows.engine import Outcome
from workflows.registry import Act, decided, inputs
from workflows.subjects import Subject, from_vars

STEPS = {
    "level_interview": "interview",
    "level_start": "start",
    "level_decision": "decision",
    "level_appeal": "appeal",
}
ORGS = ("party_group", "work_committee", "committee", "superior")
RANKS = ("deputy", "principal", "collective")


@inputs("approval_level")
def inputs_of(act: Act) -> Mapping[str, Any]:
    """The step from the node, the rest from the subject that needs the highest level."""
    subject = from_vars(act.vars.get("weightiest") or act.vars["subject"])
    return {
        "step": step_of(act),
        "kind": "org" if subject.kind == "org" else "cadre",
        "form": act.vars.get("form"),
        "managed_by": subject.managed_by,
        "principal": subject.principal,
    }


def step_of(act: Act) -> str:
    """The step that is approved; a superior who corrects decides himself (条例 21)."""
    step = STEPS[act.node.id] if act.node else "decision"
    registered = act.vars.get("register_appeal") or {}
    if step == "appeal" and registered.get("kind") == "superior_correction":
        return "superior_correction"
    return step


@decided("approval_level")
def keep_minimum(act: Act, outcome: Outcome) -> None:
    """The level that decides next, and whether it decides or only proposes."""
    act.vars["min"] = dict(outcome.value)


def weight(subject: Subject) -> tuple[int, bool]:
    """How high the approval of measures against this subject lies."""
    order = {"party_group": 0, "work_committee": 1, "committee": 2}
    return (order.get(subject.managed_by, 2), subject.principal or subject.kind == "org")


def is_lower(org: str, rank: str, than_org: str, than_rank: str) -> bool:
    """True if (org, rank) lies below the other level."""
    return (ORGS.index(org), RANKS.index(rank)) < (ORGS.index(than_org), RANKS.index(than_rank))
