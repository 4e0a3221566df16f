"""回避: asked for with a reason, decided one rank above; from then on the case is out of reach."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditRow, Case, Inbox, Notification, Task, Withdrawal
from tests.cast import Cast, assemble, install
from tests.workflows import steps
from tests.workflows.test_suspensions import investigating
from workflows import access, cases, notices, tasks, withdrawals
from workflows.errors import Conflict, NotAllowed, NotFound, Refused


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


@pytest.fixture
def case(cast: Cast, now: datetime) -> Case:
    """Under investigation: supervisor leads the team, supervisor2 is of it."""
    return investigating(cast, now)


def ask(
    cast: Cast, case: Case, now: datetime, about: str = "supervisor", by: str = "supervisor"
) -> Withdrawal:
    return withdrawals.ask(
        cast.session,
        case.id,
        cast.users[about].id,
        reason="与对象系近亲属",
        rights=cast.rights(by, now),
        now=now,
    )


def decide(
    cast: Cast, row: Withdrawal, now: datetime, who: str, *, granted: bool = True
) -> Withdrawal:
    return withdrawals.decide(
        cast.session,
        row.id,
        granted=granted,
        answer="属实",
        rights=cast.rights(who, now),
        now=now,
    )


def waiting(cast: Cast, task: Task, now: datetime) -> set[int]:
    return set(notices.people_behind(cast.session, task, now=now))


def test_granted_he_neither_sees_nor_does_it_and_others_have_his_step(
    cast: Cast, case: Case, now: datetime
) -> None:
    task = steps.open_task(cast, case, "investigate")
    me = cast.users["supervisor"].id
    assert me in waiting(cast, task, now)
    row = ask(cast, case, now)
    assert access.case_for(cast.session, case.id, rights=cast.rights("supervisor", now)) is case
    decide(cast, row, now, "work_deputy")
    assert (row.granted, row.decided_by) == (True, cast.users["work_deputy"].id)
    with pytest.raises(NotFound):
        access.case_for(cast.session, case.id, rights=cast.rights("supervisor", now))
    with pytest.raises(NotFound):
        tasks.complete(cast.session, task.id, {}, rights=cast.rights("supervisor", now), now=now)
    behind = waiting(cast, task, now)
    assert behind
    assert me not in behind
    recused = cases.look(cast.session, case, now=now).execution.vars["recused"]
    assert recused.count(str(me)) == 1
    actions = cast.session.scalars(select(AuditRow.action).order_by(AuditRow.id)).all()
    assert [one for one in actions if one.startswith("withdrawal")] == [
        "withdrawal_asked",
        "withdrawal_granted",
    ]


def test_refused_everything_stays_as_it_was(cast: Cast, case: Case, now: datetime) -> None:
    inbox = cast.session.execute(select(Inbox.principal, Inbox.task_id)).all()
    row = decide(cast, ask(cast, case, now), now, "work_deputy", granted=False)
    assert row.granted is False
    assert cast.session.execute(select(Inbox.principal, Inbox.task_id)).all() == inbox
    assert access.case_for(cast.session, case.id, rights=cast.rights("supervisor", now)) is case
    assert ask(cast, case, now).id != row.id  # new grounds may be brought


@pytest.mark.parametrize("who", ["supervisor", "supervisor2", "handler", "finance_head"])
def test_nobody_decides_but_who_ranks_above(
    cast: Cast, case: Case, now: datetime, who: str
) -> None:
    row = ask(cast, case, now)
    with pytest.raises(NotAllowed):
        decide(cast, row, now, who)
    assert row.granted is None


def test_of_a_leader_his_own_leader_decides(cast: Cast, case: Case, now: datetime) -> None:
    row = ask(cast, case, now, "work_deputy", "supervisor")  # he formed the team
    for wrong in ("work_deputy", "supervisor", "handler"):
        with pytest.raises(NotAllowed):
            decide(cast, row, now, wrong)
    assert decide(cast, row, now, "work_secretary").granted


def test_nobody_outranks_the_head_of_the_city(cast: Cast, now: datetime) -> None:
    case = steps.proposed_case(cast, now, "accountability", "finance_head", "finance")
    steps.enter(cast, case, now)
    with pytest.raises(Refused) as refusal:
        ask(cast, case, now, "city_secretary", "handler")
    assert refusal.value.facts["guard"] == "recusal"


def test_who_decides_is_told_and_finds_it_though_the_case_is_closed_to_him(
    cast: Cast, case: Case, now: datetime
) -> None:
    row = ask(cast, case, now)
    told = cast.session.scalars(
        select(Notification.recipient_id).where(Notification.kind == "withdrawal_asked")
    ).all()
    assert told == [cast.users["work_deputy"].id]
    line = withdrawals.find(cast.session, row.id, rights=cast.rights("work_deputy", now), now=now)
    assert line.who.id == cast.users["supervisor"].id
    with pytest.raises(NotFound):
        withdrawals.find(cast.session, row.id, rights=cast.rights("planning_head", now), now=now)


def test_the_second_decision_is_told_of_the_first(cast: Cast, case: Case, now: datetime) -> None:
    row = decide(cast, ask(cast, case, now), now, "work_deputy")
    with pytest.raises(Conflict) as conflict:
        decide(cast, row, now, "work_deputy")
    assert conflict.value.facts["who"] == cast.users["work_deputy"].name


def test_a_request_says_why_and_names_who_works_on_the_case(
    cast: Cast, case: Case, now: datetime
) -> None:
    with pytest.raises(Refused) as refusal:
        withdrawals.ask(
            cast.session,
            case.id,
            cast.users["planning_head"].id,
            reason=" ",
            rights=cast.rights("supervisor", now),
            now=now,
        )
    assert set(refusal.value.fields) == {"reason", "user"}
    ask(cast, case, now)
    with pytest.raises(Conflict):
        ask(cast, case, now)
    with pytest.raises(NotFound):
        ask(cast, case, now, by="planning_head")
