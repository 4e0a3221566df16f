"""A case begins anew at a step of another version, by two people's word."""

from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import AuditRow, Definition, Restart, Task
from tests.moving import V1, Office, Version
from workflows import restarts, tasks
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound

OTHER = Version(steps=("x", "y", "sign"))


@pytest.fixture
def office(session: Session, now: datetime) -> Office:
    return Office(session, now, V1, OTHER)


def ask(office: Office, case_id: int, number: int = 2, **more: str) -> Restart:
    office.publish()
    wanted = select(Definition.id).where(Definition.number == number)
    to_id = office.session.scalars(wanted.where(Definition.process == "trial")).one()
    given = {"node": "y", "reason": "原版本已无法办理", **more}
    return restarts.ask(
        office.session,
        case_id,
        to_id=to_id,
        rights=office.cast.rights("process_admin", office.now),
        now=office.now,
        **given,
    )


def test_the_case_begins_at_that_step_with_what_it_had(office: Office) -> None:
    (case,) = office.begin()
    old = case.definition_id
    office.do(case, "write", text="一")
    row = ask(office, case.id)
    assert office.open_nodes(case) == ["check"], "it waits for a second person"
    rights = office.cast.rights("process_admin2", office.now)
    restarts.approve(office.session, row.id, rights=rights, now=office.now)
    assert office.open_nodes(case) == ["y"]
    assert (case.definition_id, row.state) == (row.to_id, "done")
    past = select(Task.node, Task.ending, Task.definition_id).where(Task.done_at.is_not(None))
    assert office.session.execute(past.order_by(Task.id)).all() == [
        ("write", "done", old),
        ("check", "lapsed", old),
    ]
    opened = tasks.get(
        office.session,
        office.cast.open_task(case, "y").id,
        rights=office.cast.rights("supervisor", office.now),
        now=office.now,
    )
    assert opened.run.execution.vars["write"] == {"text": "一"}
    office.do(case, "y", text="二")
    office.do(case, "sign", text="三")
    assert case.status == "finished"
    actions = select(AuditRow.action).where(AuditRow.action.like("%restart%"))
    assert office.session.scalars(actions.order_by(AuditRow.id)).all() == [
        "restart_asked",
        "case_restarted",
    ]


def test_who_asks_does_not_decide_and_it_is_decided_once(office: Office) -> None:
    (case,) = office.begin()
    row = ask(office, case.id)
    own = office.cast.rights("process_admin", office.now)
    with pytest.raises(NotAllowed):
        restarts.approve(office.session, row.id, rights=own, now=office.now)
    stranger = office.cast.rights("supervisor", office.now)
    with pytest.raises(NotFound):
        restarts.approve(office.session, row.id, rights=stranger, now=office.now)
    with pytest.raises(Conflict) as told:
        ask(office, case.id)
    assert told.value.facts["who"] == "process_admin"
    second = office.cast.rights("process_admin2", office.now)
    restarts.decline(office.session, row.id, "先补材料", rights=second, now=office.now)
    assert office.open_nodes(case) == ["write"]
    with pytest.raises(Conflict):
        restarts.approve(office.session, row.id, rights=second, now=office.now)


def test_what_does_not_hold_is_refused_by_field(office: Office) -> None:
    (case,) = office.begin()
    with pytest.raises(Invalid) as told:
        ask(office, case.id, node="finished", reason=" ")
    assert set(told.value.fields) == {"node", "reason"}


def test_a_case_that_has_changed_version_since_is_not_begun_anew(office: Office) -> None:
    (case,) = office.begin()
    row = ask(office, case.id)
    office.publish(Version(steps=("write", "check", "more", "sign")))
    case.definition_id = office.session.scalars(
        select(Definition.id).where(Definition.number == 3)
    ).one()
    rights = office.cast.rights("process_admin2", office.now)
    with pytest.raises(Conflict):
        restarts.approve(office.session, row.id, rights=rights, now=office.now)
