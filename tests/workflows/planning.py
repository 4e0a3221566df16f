"""Acts of the joint plan, named once for its tests: the finance bureau plans its year."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, JointPlan, PlanItem, UnitKind
from tests.cast import Cast, assemble, install
from tests.workflows.steps import do
from workflows import cases, joint_plans, plan_records

HEAD, DEPUTY, BRANCH = "finance_head", "finance_deputy", "finance_branch_secretary"
LEADER = "finance_leader"


def stage(session: Session, now: datetime) -> Cast:
    """The cast, with a department that does the organ's business work."""
    install(session, now)
    cast = assemble(session)
    cast.unit("finance_office", UnitKind.DEPARTMENT, "finance")
    return cast


def uid(cast: Cast, name: str) -> str:
    return str(cast.users[name].id)


def pair(cast: Cast, goal: str = "预算执行率达到九成", **more: Any) -> dict[str, Any]:
    return {
        "business_goal": goal,
        "party_measures": "党员先锋岗攻坚\n支部与科室联学联做",
        "indicator": "执行率",
        "owner_business": uid(cast, LEADER),
        "owner_party": uid(cast, BRANCH),
        "branch": str(cast.units["finance_branch"].id),
        "milestones": "2026-06-30 序时进度过半",
        "due": "2026-11-30",
    } | more


def begun(cast: Cast, now: datetime, who: str = DEPUTY, year: int = 2026) -> Case:
    rights = cast.rights(who, now)
    return joint_plans.begin(cast.session, cast.units["finance"], year, rights=rights, now=now)


def drafted(cast: Cast, case: Case, now: datetime, *rows: dict[str, Any]) -> None:
    do(cast, case, "draft_pairs", DEPUTY, now, pairs=list(rows or (pair(cast),)))
    do(cast, case, "consult_business", LEADER, now, answer="agree")


def decided(cast: Cast, case: Case, now: datetime, verdict: str = "approve") -> None:
    said = {"meeting": "党组会", "held_on": "2026-03-02", "minutes": "1", "verdict": verdict}
    more = {"opinion": "补充指标"} if verdict == "return" else {}
    do(cast, case, "decide_plan", HEAD, now, **said, **more)


def deployed(cast: Cast, case: Case, now: datetime, covered: str = "both") -> None:
    department, branch = cast.units["finance_office"].id, cast.units["finance_branch"].id
    rows = [
        {"item": str(one.id), "department": str(department), "branch": str(branch)}
        for one in items(cast, case)
    ]
    do(cast, case, "deploy_plan", HEAD, now, deployed_on="2026-03-02", covered=covered, tasks=rows)


def running(cast: Cast, now: datetime, *rows: dict[str, Any]) -> Case:
    """Decided and deployed: the first check is awaited."""
    case = begun(cast, now)
    drafted(cast, case, now, *rows)
    decided(cast, case, now)
    deployed(cast, case, now)
    return case


def plan(cast: Cast, case: Case) -> JointPlan:
    return cast.session.scalars(select(JointPlan).where(JointPlan.case_id == case.id)).one()


def items(cast: Cast, case: Case) -> list[PlanItem]:
    return list(plan_records.live_items(cast.session, plan(cast, case)))


def woken(cast: Cast, case: Case, month: int, day: int) -> datetime:
    """The clock came by on that day at nine."""
    at = datetime(2026, month, day, 1, tzinfo=UTC)
    cases.wake(cast.session, case.id, now=at)
    return at


def checked(
    cast: Cast, case: Case, at: datetime, business: str = "on_track", party: str = "on_track"
) -> None:
    rows = [
        {"item": str(one.id), "business_state": business, "party_state": party, "note": "见台账"}
        for one in items(cast, case)
    ]
    held = at.date().isoformat()
    do(cast, case, "check_items", DEPUTY, at, held_on=held, items=rows)


def reviewed(cast: Cast, case: Case, at: datetime, judgement: str = "both") -> None:
    rows = [
        {"item": str(one.id), "business_result": "完成", "party_result": "完成"}
        | {"judgement": judgement}
        for one in items(cast, case)
    ]
    do(cast, case, "year_review", HEAD, at, pairs=rows)
