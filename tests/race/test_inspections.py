"""Two who plan a look at the same unit for the same days at one moment: one stands in the plan,
the other is told what it overlaps with. Held as in test_tasks.py.
"""

from typing import Any

import pytest
from sqlalchemy import select

from models import SupervisionPlanEntry
from tests.race.conftest import NOW, Town
from tests.race.gate import Runner
from workflows import inspection_plans
from workflows.deadlines import day_of

ORDERS = pytest.mark.parametrize("in_order", [True, False], ids=["in order", "at once"])


def planning(town: Town, name: str, who: str, typed: dict[str, Any]) -> Runner:
    """A supervisor who has the plan open and now sends an item."""
    visitor = town.visit(who)
    where = "door" if town.on_sqlite else "plan"
    return Runner(name, where, lambda: visitor.send("/inspections/plan", **typed))


@ORDERS
def test_of_two_overlapping_inspections_one_is_planned(
    town: Town, monkeypatch: pytest.MonkeyPatch, in_order: bool
) -> None:
    monkeypatch.setattr(inspection_plans, "enter", town.gate.before("plan", inspection_plans.enter))
    number = next(town.facts)
    codes = [f"race{number}-1", f"race{number}-2"]
    unit = town.cast.units["planning" if in_order else "finance"].id  # each race its own unit
    typed = {"kind": "topical", "units": [str(unit)], "year": str(NOW.year)}
    typed |= dict.fromkeys(("from", "to"), day_of(NOW).isoformat())
    runners = [
        planning(town, name, who, {**typed, "code": code, "topic": f"制度执行情况{code}"})
        for name, who, code in zip(
            ("first", "second"), ("supervisor", "supervisor2"), codes, strict=True
        )
    ]
    answers = town.gate.race(*runners, in_order=in_order)
    assert sorted(one.status_code for one in answers) == [303, 422]
    winner = 0 if answers[0].status_code == 303 else 1
    assert winner == 0 or not in_order
    assert f"制度执行情况{codes[winner]}" in answers[1 - winner].text  # the other one is named
    assert codes[1 - winner] in answers[1 - winner].text  # what was typed is still there
    with town.reading() as session:
        stand = session.scalars(
            select(SupervisionPlanEntry.code).where(SupervisionPlanEntry.code.in_(codes))
        ).all()
    assert stand == [codes[winner]]
