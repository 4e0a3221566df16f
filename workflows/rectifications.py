"""整改: problem, measure, person, date; checked, closed 销号. Called by others, or a case alone.

A failed item is a finding; what follows from it is proposed, not done (processes.md §2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Extension, Finding, Proposal, Task, Unit, User
from workflows import audit, cases, documents, findings, grounds, notices
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.errors import Invalid, Refused
from workflows.forms import Fault
from workflows.parties import ids_of, names
from workflows.registry import Act, effect, guard, operation

FACTS = {
    "plan_late": "逾期未报整改方案",
    "work_late": "逾期未完成整改",
    "failed": "整改不力",
    "relapse": "整改后问题回潮",
}
BASIS = "问责条例 第十四条"


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A rectification list that stands alone: whose, checked by whom, what, within which days."""

    origin: str  # the process it comes from: inspection, debriefing, assessment
    key: str  # `rectification:{origin}:{unit or person}`
    unit: Unit
    owner: Sequence[int]
    reviewer: Sequence[int]
    problems: Sequence[Mapping[str, str]]
    days: int
    revisit: bool = False
    parent: Case | None = None


def begin(session: Session, listed: Listed, *, by: User | None, now: datetime) -> Case:
    """The list is issued and the plan waited for; the same key again finds the first case.

    Refused where somebody would check his own work.
    """
    if set(listed.owner) & set(listed.reviewer) or not listed.owner or not listed.reviewer:
        raise Refused("Nobody checks what he rectifies himself.", guard="reviewer")
    rect = {
        "origin": listed.origin,
        "unit": str(listed.unit.id),
        "owner": [str(one) for one in listed.owner],
        "reviewer": [str(one) for one in listed.reviewer],
        "problems": [dict(one) for one in listed.problems],
        "days": listed.days,
        "extension_org": "work_committee",
        "extension_rank": "deputy",
        "revisit": listed.revisit,
    }
    opening = cases.Opening(
        process="rectification",
        key=listed.key,
        title=f"整改：{listed.unit.name}",
        unit_id=listed.unit.id,
        variables={"rect": rect},
        parent=listed.parent,
    )
    return cases.begin(session, opening, by=by, now=now)


@operation("rect_issue")
def rect_issue(act: Act) -> None:
    """下达清单: the list is served on who owns it; the days for the work count from today."""
    rect = act.vars["rect"]
    day = act.calendar.add_workdays(day_of(act.now), int(rect["days"]))
    act.vars["due"]["rect"] = act.calendar.end_of_day(day).isoformat()
    rect["returns"] = 0
    rect["result"] = "stopped"  # unless it is passed or failed in the end
    owners = ids_of(rect["owner"])
    for user_id in [*owners, *ids_of(rect["reviewer"])]:
        cases.take_part(act.session, act.case, user_id, "rectifier", now=act.now)
    documents.issue(
        act,
        Paper(
            "rectification_list",
            {
                "subject": act.session.get_one(Unit, int(rect["unit"])).name,
                "addressee": "、".join(names(act, owners)),
                "problems": rect["problems"],
                "due": documents.chinese_date(day),
            },
            about=str(rect["unit"]),
            serve=owners,
        ),
    )


@operation("rect_propose_late")
def rect_propose_late(act: Act) -> None:
    _propose(act, "rect_match_late", "plan_late")


@operation("rect_propose_work")
def rect_propose_work(act: Act) -> None:
    _propose(act, "rect_match_work", "work_late")


@operation("rect_propose_fail")
def rect_propose_fail(act: Act) -> None:
    _propose(act, "rect_match_fail", act.vars["rect"]["ground"])
    act.vars["rect"]["result"] = "failed"


def _propose(act: Act, match_node: str, ground: str) -> None:
    grounds.propose(act, match_node, _finding(act, ground))


def _finding(act: Act, ground: str) -> Finding:
    return grounds.finding_for(act, ground, fact=FACTS[ground], basis=BASIS)


@effect("rectification", "rect_plan", "rect_work")
def paper_came(act: Act) -> None:
    """What was proposed because the paper was late lapses when it comes before the decision."""
    ground = "plan_late" if act.node and act.node.id == "rect_plan" else "work_late"
    _lapse(act, ground, "the paper came")


def _lapse(act: Act, ground: str, reason: str) -> None:
    waiting = select(Proposal).where(
        Proposal.origin_case_id == act.case.id,
        Proposal.ground == ground,
        Proposal.status == "proposed",
    )
    for proposal in act.session.scalars(waiting):
        proposal.status, proposal.decided_at, proposal.reason = "lapsed", act.now, reason
        audit.record(
            act.session,
            actor=act.by,
            action="lapsed",
            subject=proposal,
            now=act.now,
            case_id=act.case.id,
            unit_id=proposal.subject_unit_id,
            detail={"key": proposal.key, "reason": reason},
        )


def _asked(act: Act) -> Extension | None:
    return act.session.scalar(
        select(Extension).where(Extension.case_id == act.case.id, Extension.node == "rect_work")
    )


@guard("rectification", "rect_extension_asked")
def extension_in_time(act: Act) -> None:
    """Asked before the due date, once."""
    if _asked(act) is not None:
        raise Refused("An extension can be asked for once.", guard="extension")
    if act.now > _due(act):
        raise Refused("An extension is asked for before the due date.", guard="extension")


@effect("rectification", "rect_extension_asked")
def extension_noted(act: Act) -> None:
    act.session.add(
        Extension(
            case_id=act.case.id,
            node="rect_work",
            asked_at=act.now,
            asked_by=act.by.id if act.by else None,
            reason=act.answers["reason"][:2000],
            first_due_at=_due(act),
        )
    )
    act.session.flush()


@guard("rectification", "rect_extension_decide")
def extension_within_bounds(act: Act) -> None:
    """No longer than the original time; the same rule for whoever decides."""
    if not act.answers["granted"]:
        return
    new = date.fromisoformat(act.answers["new_due"])
    longest = int(act.vars["rect"]["days"])
    if not 0 < act.calendar.workdays_between(day_of(_due(act)), new) <= longest:
        raise Invalid(
            "It is extended by at most {days} working days.",
            days=longest,
            fields={"new_due": Fault("Choose another day.")},
        )


def _due(act: Act) -> datetime:
    return datetime.fromisoformat(act.vars["due"]["rect"])


@operation("rect_apply_extension")
def rect_apply_extension(act: Act) -> None:
    """Stored date, timer, open task and record move together; the original date is kept."""
    said, asked = act.vars["rect_extension_decide"], _asked(act)
    new = None
    if said["granted"]:
        new = act.calendar.end_of_day(date.fromisoformat(said["new_due"]))
        _move(act, new)
    if asked is not None:
        asked.granted, asked.new_due_at, asked.decided_at = said["granted"], new, act.now
        asked.decided_by = act.by.id if act.by else None
    act.session.flush()


def _move(act: Act, due: datetime) -> None:
    """Late it is only after the new date: what was proposed before lapses."""
    act.vars["due"]["rect"] = due.isoformat()
    act.rearmed.append(("rect_work_late", due))
    _lapse(act, "work_late", "extended")
    open_task = select(Task).where(
        Task.case_id == act.case.id, Task.node == "rect_work", Task.done_at.is_(None)
    )
    for task in act.session.scalars(open_task):
        cases.move_due_date(act.session, task, due, calendar=act.calendar)
        task.notice_at = notices.first_rung(due, calendar=act.calendar, now=act.now)


@guard("rectification", "rect_verify")
def verdict_holds(act: Act) -> None:
    """An excused item needs a basis, a failed one fails the list; twice returned: pass or fail."""
    for row in act.answers["items"]:
        if row["verdict"] == "excused" and not row.get("basis"):
            raise Refused("An excused item needs a basis.", guard="excused")
    failed = [row["item"] for row in act.answers["items"] if row["verdict"] == "fail"]
    if failed and act.answers["overall"] == "pass":
        raise Refused(
            "“{item}” failed: the list as a whole is not passed.",
            item="、".join(failed),
            guard="failed_item",
            fields={"overall": Fault("Send it back, or fail it.")},
        )
    returns = int(act.vars["rect"].get("returns", 0))
    if act.answers["overall"] == "return" and returns >= act.rule("rect_returns_max"):
        raise Refused("It was returned twice already: pass it or fail it.", guard="returns")


@effect("rectification", "rect_verify", "rect_revisit")
def verified(act: Act) -> None:
    """What failed is told apart: 整改不力, or 回潮 found at the 回访."""
    if act.answers.get("overall") == "fail":
        act.vars["rect"]["ground"] = "failed"
    if act.answers.get("state") == "relapsed":
        act.vars["rect"]["ground"] = "relapse"


@operation("rect_count_return")
def rect_count_return(act: Act) -> None:
    rect = act.vars["rect"]
    rect["returns"] = int(rect.get("returns", 0)) + 1


@operation("rect_fail")
def rect_fail(act: Act) -> None:
    """记整改不力: a finding, to be established with the record it cites."""
    act.vars["rect"]["finding"] = str(_finding(act, act.vars["rect"]["ground"]).id)


@operation("rect_pass")
def rect_pass(act: Act) -> None:
    """整改销号, with the paper that says why."""
    rect = act.vars["rect"]
    rect["result"] = "passed"
    verdict: dict[str, Any] = act.vars["rect_verify"]
    documents.issue(
        act,
        Paper(
            "rectification_closure",
            {
                "subject": act.session.get_one(Unit, int(rect["unit"])).name,
                "items": verdict["items"],
                "opinion": verdict["opinion"],
                "evidence": findings.named(act.session, act.vars["rect_work"].get("evidence")),
                "reviewer": "、".join(names(act, rect["reviewer"])),
            },
            about=str(rect["unit"]),
            serve=ids_of(rect["owner"]),
        ),
    )
