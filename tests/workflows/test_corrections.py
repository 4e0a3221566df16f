"""纠正: what an appeal changes or revokes of one decision among several, and its execution."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Acknowledgement, Case, ExecutionItem, Inbox, Measure, Task
from tests.cast import Cast, assemble, install
from tests.workflows import steps
from tests.workflows.steps import do, ids, refused
from tests.workflows.test_appeals import appoint, decide, discussed, filed, register
from workflows import cases, measures, tasks
from workflows.deadlines import day_of
from workflows.errors import Conflict

BOTH = ("finance_head", "finance_secretary")


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


def key_of(cast: Cast, who: str) -> str:
    return f"user-{cast.users[who].id}"


def two_in_force(cast: Cast, now: datetime) -> Case:
    """An admonition each for two cadres in one case; the execution has begun."""
    case = steps.proposed_case(cast, now, "accountability", BOTH[0], "finance")
    steps.enter(cast, case, now, subjects=[steps.row_of(cast, who) for who in BOTH])
    steps.start(cast, case, now)
    steps.team(cast, case, now)
    steps.investigate(cast, case, now, key_of(cast, BOTH[0]))
    material = [
        {"subject": key_of(cast, who), "text": "会议未召开", "facts": steps.facts_of(cast, case)}
        for who in BOTH
    ]
    do(cast, case, "write_facts", "supervisor", now, material=material)
    for _ in BOTH:
        _meet(cast, case, now)
    steps.report(cast, case, now, key_of(cast, BOTH[0]))
    steps.sign(cast, case, now)
    _decide(cast, case, now)
    return case


def _decide(cast: Cast, case: Case, now: datetime) -> None:
    keys = [key_of(cast, who) for who in BOTH]
    meeting = {"meeting": "常委会会议", "held_on": "2026-03-02", "minutes": "1", "next": "approve"}
    rows = [conclusion(key) for key in keys]
    present = ids(cast, "work_secretary")
    do(
        cast,
        case,
        "decide_collectively",
        "clerk",
        now,
        **meeting,
        present=present,
        conclusions=rows,
    )
    approval = {"verdict": "approve", "opinion": "同意", "signature": "city_secretary"}
    do(cast, case, "approve_decision", "city_secretary", now, **approval)
    served = {"received_on": "2026-03-02", "mode": "direct", "receipt": "1"}
    receipts = [{"subject": key, **served} for key in keys]
    do(cast, case, "serve_decision", "handler", now, receipts=receipts)
    told = [{"subject": key, "organisation": str(cast.units["finance"].id)} for key in keys]
    do(cast, case, "announce", "handler", now, announced_on="2026-03-02", to=told, record="宣布")


def _meet(cast: Cast, case: Case, now: datetime) -> None:
    present = ids(cast, "supervisor", "supervisor2")
    met = {"came": "met", "met_at": now.isoformat(), "place": "工委会议室", "heard": "承认"}
    do(
        cast,
        case,
        "meet_subject",
        "supervisor",
        now,
        **met,
        present=present,
        signature="supervisor",
    )
    who = waiting(cast, case, "subject_opinion")
    do(cast, case, "subject_opinion", who, now, opinion="agree", signature=who)
    said = {"points": [{"point": "无", "adopted": False, "reason": "无"}], "signature": "signed"}
    do(cast, case, "answer_points", "supervisor", now, **said, recheck=False)


def waiting(cast: Cast, case: Case, node: str) -> str:
    """For whom of the two the step waits."""
    task = steps.open_task(cast, case, node)
    rows = select(Inbox.principal).where(Inbox.task_id == task.id)
    principals = cast.session.scalars(rows).all()
    return next(who for who in BOTH if cast.users[who].id in principals)


def conclusion(key: str) -> dict[str, object]:
    return {
        "subject": key,
        "kind": "account",
        "form": "admonition",
        "article": "第八条第二款",
        "reason": "履行主体责任不力",
        "circumstances": "主动补救",
    }


def measure_of(cast: Cast, case: Case, who: str) -> Measure:
    found = select(Measure).where(Measure.case_id == case.id)
    newest = cast.session.scalars(found.where(Measure.subject_user_id == cast.users[who].id))
    return max(newest, key=lambda one: one.id)


def corrected(
    cast: Cast, measure: Measure, now: datetime, verdict: str, form: str = "", who: str = BOTH[0]
) -> None:
    """An appeal of his was decided that way."""
    case = filed(cast, measure, now, who)
    register(cast, case, now)
    appoint(cast, case, now)
    discussed(cast, case, now, verdict, form)
    decide(cast, case, now, verdict)


def items(cast: Cast, measure: Measure, *, cancelled: bool = False) -> set[str]:
    rows = select(ExecutionItem.kind).where(
        ExecutionItem.measure_id == measure.id, ExecutionItem.cancelled.is_(cancelled)
    )
    return set(cast.session.scalars(rows))


def to_do(cast: Cast, case: Case) -> set[str]:
    """The kinds for which a step waits for somebody."""
    listed = cases.look(cast.session, case, now=case.opened_at).execution.vars["items"]
    open_tasks = select(Task.item_key).where(
        Task.case_id == case.id, Task.node == "execute_item", Task.done_at.is_(None)
    )
    return {listed[key]["name"] for key in cast.session.scalars(open_tasks)}


def test_revoking_one_of_two_calls_off_its_own_items_only(cast: Cast, now: datetime) -> None:
    case = two_in_force(cast, now)
    gone, stands = (measure_of(cast, case, who) for who in BOTH)
    corrected(cast, gone, now, "revoke")
    assert (gone.state, stands.state, case.status) == ("revoked", "in_force", "running")
    assert items(cast, gone) == set()
    assert items(cast, stands, cancelled=True) == set()
    assert all(name.endswith(f"（{BOTH[1]}）") for name in to_do(cast, case))
    assert len(to_do(cast, case)) == len(items(cast, stands)) == 6
    ended = select(Task.ending).where(Task.case_id == case.id, Task.ending == "cancelled")
    assert len(cast.session.scalars(ended).all()) == 6


def test_two_decisions_of_one_case_are_listed_apart(cast: Cast, now: datetime) -> None:
    """The head of the organ is told of his own and, as its head, of the other one."""
    case = two_in_force(cast, now)
    read = select(Acknowledgement.subject).where(
        Acknowledgement.case_id == case.id, Acknowledgement.user_id == cast.users[BOTH[0]].id
    )
    titles = cast.session.scalars(read).all()
    assert {"问责决定书", f"问责决定书：{BOTH[1]}"} <= set(titles)


def test_the_rest_is_put_right_and_executed_by_who_is_still_held(cast: Cast, now: datetime) -> None:
    case = two_in_force(cast, now)
    assert waiting(cast, case, "rect_plan") == BOTH[0]
    corrected(cast, measure_of(cast, case, BOTH[0]), now, "revoke")
    assert waiting(cast, case, "rect_plan") == BOTH[1]
    steps.execute(cast, case, now, BOTH[1])
    steps.rectify(cast, case, now, owner=BOTH[1], reviewer="supervisor")
    do(cast, case, "confirm_execution", "handler", now, complete=True)
    assert (case.outcome, measure_of(cast, case, BOTH[1]).state) == ("executed", "executed")


def test_a_changed_measure_has_its_own_items_and_history(cast: Cast, now: datetime) -> None:
    case = steps.in_force(cast, now)
    old = steps.the_measure(cast, case)
    corrected(cast, old, now, "change", "circular")
    new = steps.the_measure(cast, case)
    assert items(cast, old) == set()
    kept = {"inform_discipline", "inform_organization", "integrity_file", "personnel_file"}
    assert items(cast, new) == kept | {"self_criticism", "circular"}
    assert len(to_do(cast, case)) == 6
    assert "在一定范围内通报（finance_head）" in to_do(cast, case)
    history = measures.history(cast.session, new)
    assert [(one.state, one.note, one.by) for one in history] == [
        ("in_force", "复核结论", cast.users["city_secretary"].id)
    ]
    steps.execute(cast, case, now, "finance_head")
    steps.rectify(cast, case, now, owner="finance_head", reviewer="supervisor")
    do(cast, case, "confirm_execution", "handler", now, complete=True)
    assert (case.outcome, new.state) == ("executed", "closed")


def test_each_item_is_due_on_its_own_day(cast: Cast, now: datetime) -> None:
    case = steps.in_force(cast, now, "finance_secretary", by="work_secretary", form="removal")
    days = {}
    for task in tasks.of_case(cast.session, case):
        if task.node == "execute_item" and task.item_key and task.due_at:
            item = cast.session.get_one(ExecutionItem, int(task.item_key))
            days[item.kind] = (task.due_at == item.due_at, day_of(task.due_at).isoformat())
    assert days["formalities"] == (True, "2026-04-02")
    assert days["self_criticism"] == (True, "2026-03-16")
    assert len(days) == 8


def test_what_was_written_is_not_written_again(cast: Cast, now: datetime) -> None:
    case = steps.in_force(cast, now)
    old = steps.the_measure(cast, case)
    steps.execute(cast, case, now, "finance_head")
    corrected(cast, old, now, "change", "circular")
    new = steps.the_measure(cast, case)
    assert "self_criticism" in items(cast, old)
    assert "self_criticism" not in items(cast, new)


def test_items_that_come_too_late_are_ticked_at_the_end(cast: Cast, now: datetime) -> None:
    """All steps were done already: what the change entails is made good when it is confirmed."""
    case = steps.in_force(cast, now)
    steps.execute(cast, case, now, "finance_head")
    corrected(cast, steps.the_measure(cast, case), now, "change", "circular")
    new = steps.the_measure(cast, case)
    steps.rectify(cast, case, now, owner="finance_head", reviewer="supervisor")
    with refused(cast, "execution"):
        do(cast, case, "confirm_execution", "handler", now, complete=True)
    names = ("通报纪检机关", "通报组织部门", "记入廉政档案", "归入人事档案", "在一定范围内通报")
    good = [{"item": name, "done_on": "2026-03-02"} for name in names]
    good[3]["item"] = "归入人事档案并报上一级组织部门备案"
    do(cast, case, "confirm_execution", "handler", now, complete=True, made_good=good)
    assert (case.outcome, new.state) == ("executed", "closed")


def test_a_case_that_has_ended_is_corrected_as_well(cast: Cast, now: datetime) -> None:
    case = steps.in_force(cast, now)
    steps.execute(cast, case, now, "finance_head")
    steps.rectify(cast, case, now, owner="finance_head", reviewer="supervisor")
    do(cast, case, "confirm_execution", "handler", now, complete=True)
    old = steps.the_measure(cast, case)
    corrected(cast, old, now, "change", "circular")
    assert (old.state, steps.the_measure(cast, case).state) == ("superseded", "executed")


@pytest.mark.parametrize("who", ["handler", "finance_head"])
def test_nobody_stops_an_execution_by_hand(cast: Cast, now: datetime, who: str) -> None:
    case = steps.in_force(cast, now)
    rights = cast.rights(who, now)
    mine = (
        select(Task.id)
        .join(Inbox, Inbox.task_id == Task.id)
        .where(Task.case_id == case.id, Inbox.principal.in_(rights.principals))
    )
    task_id = cast.session.scalars(mine).first()
    assert task_id is not None
    opened = tasks.get(cast.session, task_id, rights=rights, now=now)
    assert [act.node for act in opened.acts if act.node == "decision_revoked"] == []
    measure = str(steps.the_measure(cast, case).id)
    answers = {"measures": [{"measure": measure}]}
    with pytest.raises(Conflict):
        tasks.take_act(cast.session, task_id, "decision_revoked", answers, rights=rights, now=now)
    assert case.status == "running"
