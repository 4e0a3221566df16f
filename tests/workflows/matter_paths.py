"""A matter on its way: the acts of the cast, named once for all tests of supervision."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Matter, Task
from tests.cast import Cast, assemble, install
from workflows import cases, matters, tasks


def supervised_city(session: Session, now: datetime) -> Cast:
    """The cast, and in each organ a person who handles matters."""
    install(session, now)
    cast = assemble(session)
    for organ in ("finance", "planning"):
        cast.person(f"{organ}_handler", unit=organ)
    return cast


def draft(cast: Cast, **more: object) -> dict[str, object]:
    return {
        "title": "落实党建经费专题会议纪要",
        "content": "按会议纪要核拨党建经费",
        "source": "meeting",
        "source_date": "2026-02-27",
        "lead_unit": str(cast.units["finance"].id),
        "co_units": [],
        "leader": str(cast.users["finance_leader"].id),
        "requirement": "核拨到位并报结果",
        "grade": "normal",
        "feedback": "once",
        "disposition": "file",
    } | more


def opened(cast: Cast, now: datetime, key: str = "matter:meeting:1:finance") -> Case:
    return matters.open_matter(
        cast.session,
        key=key,
        draft=draft(cast),
        unit=cast.units["finance"],
        by=cast.users["supervisor"],
        now=now,
    )


def open_task(cast: Cast, case: Case, node: str) -> Task:
    return cast.session.scalars(
        select(Task).where(Task.case_id == case.id, Task.node == node, Task.done_at.is_(None))
    ).one()


def open_nodes(cast: Cast, case: Case) -> list[str]:
    return sorted(
        cast.session.scalars(
            select(Task.node).where(Task.case_id == case.id, Task.done_at.is_(None))
        )
    )


def do(cast: Cast, case: Case, node: str, who: str, now: datetime, **answers: object) -> Task:
    task = open_task(cast, case, node)
    return tasks.complete(cast.session, task.id, answers, rights=cast.rights(who, now), now=now)


def filed(
    cast: Cast, now: datetime, *, floor: str = "green", key: str = "", **more: object
) -> Case:
    case = opened(cast, now, key or "matter:meeting:1:finance")
    do(cast, case, "draft_matter", "supervisor", now, **draft(cast, **more))
    do(cast, case, "approve_filing", "work_deputy", now, verdict="file", floor=floor)
    return case


def accept(cast: Cast, case: Case, now: datetime, organ: str = "finance") -> None:
    handler = str(cast.users[f"{organ}_handler"].id)
    do(cast, case, "acknowledge", f"{organ}_liaison", now, answer="accept", handler=handler)


def plan(cast: Cast, case: Case, now: datetime) -> None:
    steps = [
        {"step": "核拨", "responsible": str(cast.users["finance_handler"].id), "due": "2026-03-10"}
    ]
    do(cast, case, "make_plan", "finance_handler", now, steps=steps)


def working(cast: Cast, now: datetime, **more: object) -> Case:
    """签收, with a plan unless it is urgent: the work is under way."""
    case = filed(cast, now, **more)  # type: ignore[arg-type]
    accept(cast, case, now)
    if more.get("grade") != "urgent":
        plan(cast, case, now)
    return case


def hand_in(cast: Cast, case: Case, now: datetime) -> None:
    report = {"kind": "final", "progress": "完成", "result": "已核拨", "self_check": "已自查"}
    do(cast, case, "do_work", "finance_handler", now, **report)
    signed = {"verdict": "submit", "opinion": "同意报送", "signature": "finance_leader"}
    do(cast, case, "unit_sign", "finance_leader", now, **signed)


def review(cast: Cast, case: Case, now: datetime, verdict: str, **more: object) -> None:
    checked = [{"requirement": "核拨到位", "met": verdict == "accept"}]
    answers = {"verdict": verdict, "checked": checked, "opinion": "已核", **more}
    do(cast, case, "review_result", "supervisor2", now, **answers)


def the_matter(cast: Cast, case: Case) -> Matter:
    return cast.session.scalars(select(Matter).where(Matter.case_id == case.id)).one()


def wake(cast: Cast, case: Case) -> datetime:
    """The clock comes to the next moment the case waits for; that moment."""
    at = case.wake_at
    assert at is not None
    assert cases.wake(cast.session, case.id, now=at) == 1
    return at
