"""Responsibility lists of the demo: all organs have theirs."""

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.names import ORGANS
from models import ResponsibilityList, ResponsibilityRound, Task, Unit
from tests.demo.days import NOW
from workflows.deadlines import day_of

YEAR = day_of(NOW).year


def test_every_organ_has_its_lists_signed_for_but_for_a_few(session: Session) -> None:
    found = session.execute(
        select(Unit.code, ResponsibilityList.state)
        .join(Unit, Unit.id == ResponsibilityList.unit_id)
        .where(ResponsibilityList.year == YEAR)
    ).all()
    assert {code[:3] for code, _ in found} == {f"A{n:02}" for n in range(1, len(ORGANS) + 1)}
    states = Counter(state for _, state in found)
    assert states["signed"] > 300
    assert states["silent"] == 2
    assert states["draft"] > 0
    assert states["issued"] > 0


def test_an_adjustment_waits_for_the_head_and_another_for_signatures(session: Session) -> None:
    open_nodes = Counter(
        session.scalars(
            select(Task.node)
            .join(ResponsibilityRound, ResponsibilityRound.case_id == Task.case_id)
            .where(Task.done_at.is_(None))
        )
    )
    assert open_nodes["decide_lists"] == 1
    assert open_nodes["sign_list"] > 1
