"""The same person twice running: his answer stands, but only where nobody else could give it."""

from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import ROOT
from models import AuditRow, CaseStatus, Task
from tests.cast import assemble
from tests.workflows.engine.validation.sketch import bundle, line, user
from workflows import cases, definitions
from workflows.cases import Opening

YES = {"verdict": "yes", "date": "2026-03-02"}


@pytest.mark.parametrize(
    ("second", "more", "repeated"),
    [
        ("role(clerk)", {"ifTwice": "once"}, True),
        ("role(clerk)", {}, False),
        ("role(supervisor)", {"ifTwice": "once"}, False),  # somebody else
        ("role(handler)", {"ifTwice": "once"}, False),  # or one of several
    ],
)
def test_the_answer_stands_for_the_next_step_of_the_same_person(
    session: Session, now: datetime, second: str, more: dict[str, str], repeated: bool
) -> None:
    cast = assemble(session)
    first = second if second == "role(handler)" else "role(clerk)"
    who = "handler" if second == "role(handler)" else "clerk"
    figures = definitions.read_parameters(ROOT / "bpmn" / "_parameters.json")
    definitions.install_parameters(session, figures, by=None, now=now)
    drawn = bundle(line(user("a", who=first), user("b", who=second, act="check", **more)))
    definitions.publish(session, replace(drawn, documents={}), by=None, now=now)
    about = Opening(process="demo", key="demo", title="试", unit_id=cast.units["finance"].id)
    case = cases.begin(session, about, by=None, now=now)
    cast.do(case, "a", who, now, YES)
    task = session.scalars(select(Task).where(Task.node == "b")).one()
    recorded = session.scalars(select(AuditRow).where(AuditRow.action == "carried_over")).all()
    assert (task.ending == "repeated") is repeated
    assert (case.status == CaseStatus.FINISHED) is repeated
    assert len(recorded) == repeated
    if repeated:
        assert (task.done_by, task.answers) == (cast.users[who].id, YES)
