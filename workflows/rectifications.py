"""整改: problem, measure, person, date; checked, closed 销号. Called by others, or a case alone.

A failed item is a finding; what follows from it is proposed, not done (processes.md §2).
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from models import Extension, Finding, Task, User
from workflows import cases, documents, grounds
from workflows.deadlines import day_of
from workflows.documents import Paper
from workflows.errors import Invalid, Refused
from workflows.parties import ids_of
from workflows.registry import Act, effect, guard, operation

FACTS = {
    "plan_late": "逾期未报整改方案",
    "work_late": "逾期未完成整改",
    "failed": "整改不力",
    "relapse": "整改后问题回潮",
}
BASIS = "问责条例 第十四条"


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
                "problems": rect["problems"],
                "owner": "、".join(act.session.get_one(User, one).name for one in owners),
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


@guard("rectification", "rect_extension_asked")
def extension_in_time(act: Act) -> None:
    """Asked before the due date, once."""
    if act.vars["rect"].get("extended"):
        raise Refused("An extension can be asked for once.", guard="extension")
    if act.now > _due(act):
        raise Refused("An extension is asked for before the due date.", guard="extension")


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
            fields={"new_due": "Choose another day."},
        )


def _due(act: Act) -> datetime:
    return datetime.fromisoformat(act.vars["due"]["rect"])


@operation("rect_apply_extension")
def rect_apply_extension(act: Act) -> None:
    """Stored date, open task and record move together; the original date is kept."""
    said, asked = act.vars["rect_extension_decide"], act.vars["rect_extension_asked"]
    before = _due(act)
    act.vars["rect"]["extended"] = True
    new = None
    if said["granted"]:
        new = act.calendar.end_of_day(date.fromisoformat(said["new_due"]))
        act.vars["due"]["rect"] = new.isoformat()
        _move_open_task(act, new)
    act.session.add(
        Extension(
            case_id=act.case.id,
            node="rect_work",
            asked_at=act.now,
            asked_by=None,
            reason=asked["reason"],
            first_due_at=before,
            granted=said["granted"],
            new_due_at=new,
            decided_at=act.now,
            decided_by=act.by.id if act.by else None,
        )
    )
    act.session.flush()


def _move_open_task(act: Act, due: datetime) -> None:
    open_task = select(Task).where(
        Task.case_id == act.case.id, Task.node == "rect_work", Task.done_at.is_(None)
    )
    for task in act.session.scalars(open_task):
        cases.move_due_date(act.session, task, due, calendar=act.calendar)


@guard("rectification", "rect_verify")
def verdict_holds(act: Act) -> None:
    """Excusing an item needs a basis; after two returns it is passed or failed."""
    for row in act.answers["items"]:
        if row["verdict"] == "excused" and not row.get("basis"):
            raise Refused("An excused item needs a basis.", guard="excused")
    returns = int(act.vars["rect"].get("returns", 0))
    if act.answers["overall"] == "return" and returns >= int(
        act.vars["rule"].get("rect_returns_max", 2)
    ):
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
            {"items": verdict["items"], "opinion": verdict["opinion"]},
            about=str(rect["unit"]),
            serve=ids_of(rect["owner"]),
        ),
    )
