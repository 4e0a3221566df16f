"""Rectification lists of the demo, put right step by step, as far as the days have passed."""

from datetime import date, timedelta

from sqlalchemy import select

from demo.acting import Scene
from demo.texts import PUT_RIGHT
from models import Case, Proposal, Task, User
from workflows import access, assignment, cases, proposals

# Working days after the list was served on which each step is done.
STEPS = (("rect_plan", 4), ("rect_plan_check", 6), ("rect_work", 45), ("rect_verify", 49))
DECIDED_AFTER = 3
DECLINED = {
    "reminder": "已列入整改清单并书面反馈，整改期间不再另行提醒，结果纳入下一年度考核。",
    "interview": "反馈时已当面指出问题并列入整改清单，整改不到位再行约谈。",
}


def settle(scene: Scene, origin: Case, served: date) -> None:
    """The lists that the case started are worked on, its proposals decided."""
    wanted = select(Case).where(Case.parent_case_id == origin.id, Case.process == "rectification")
    for case in scene.session.scalars(wanted.order_by(Case.id)).all():
        _rectify(scene, case, served)
    _decide(scene, origin, served)


def _rectify(scene: Scene, case: Case, served: date) -> None:
    problems: list[str] = []
    for node, days in STEPS:
        at = scene.workday(served, days)
        if at > scene.now:
            return
        task = scene.open_task(case, node)
        if node == "rect_plan":
            problems = _problems(scene, task)
        scene.do(task, at, _answers(scene, task, problems, served))


def _problems(scene: Scene, task: Task) -> list[str]:
    rect = cases.look(scene.session, task.case, now=task.opened_at).execution.vars["rect"]
    return [str(one["problem"]) for one in rect["problems"]]


def _answers(scene: Scene, task: Task, problems: list[str], served: date) -> dict[str, object]:
    owner = scene.awaited(task, task.opened_at)
    if task.node == "rect_plan":
        due = scene.calendar.add_workdays(served, 40).isoformat()
        items = [
            {"problem": one, "measure": scene.random.choice(PUT_RIGHT),
             "responsible": str(owner.id), "due": due}
            for one in problems
        ]  # fmt: skip
        return {"items": items, "signature": owner.name}
    if task.node == "rect_plan_check":
        return {"verdict": "accept"}
    if task.node == "rect_work":
        done = [{"item": one, "done": True} for one in problems]
        return {"progress": done, "self_check": "逐项完成，已自查。", "signature": owner.name}
    checked = [{"item": one, "verdict": "pass", "basis": "核对台账并现场查看"} for one in problems]
    return {"items": checked, "overall": "pass", "opinion": "整改到位，同意销号。"}


def _decide(scene: Scene, origin: Case, served: date) -> None:
    at = scene.workday(served, DECIDED_AFTER)
    if at > scene.now - timedelta(days=30):
        return  # still to be decided
    wanted = select(Proposal).where(
        Proposal.origin_case_id == origin.id, Proposal.status == "proposed"
    )
    for proposal in scene.session.scalars(wanted.order_by(Proposal.id)).all():
        holders = assignment.holders_of(scene.session, proposal.principal, now=at)
        user = scene.session.get_one(User, min(holders))
        rights = access.rights_of(scene.session, user, now=at)
        proposals.decline(
            scene.session, proposal.id, reason=DECLINED[proposal.measure], rights=rights, now=at
        )
