"""What a work committee may only propose (条例 12, guard 1) has no effect before the organ that
has the power has decided."""

from datetime import date, datetime

import pytest
from sqlalchemy.orm import Session

from models import Case
from tests.cast import Cast, assemble, install
from tests.workflows import steps
from workflows import cases, effects
from workflows.errors import Refused

HEAD = "finance_head"


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


@pytest.fixture
def case(cast: Cast, now: datetime) -> Case:
    """A removal was decided, served and announced: as a proposal to who may remove."""
    return steps.in_force(cast, now, HEAD, form="removal")


def answer(cast: Cast, case: Case, now: datetime, kind: str, **more: object) -> None:
    items = cases.look(cast.session, case, now=now).execution.vars["items"]
    key = next(key for key, one in items.items() if one["kind"] == kind)
    answers = {"done_on": "2026-03-02", "result": "已答复", **more}
    cast.do(case, "execute_item", "handler", now, answers, item=key)


def test_nothing_is_barred_while_it_is_a_proposal(cast: Cast, case: Case, now: datetime) -> None:
    measure = steps.the_measure(cast, case)
    assert (measure.state, measure.form) == ("in_force", "removal")
    assert (measure.effect_from, measure.effect_until, measure.bars) == (None, None, [])
    assert effects.bars_of(cast.session, cast.users[HEAD].id, now=now) == []
    assert measure.appeal_until is not None  # the decision to propose can be appealed


def test_adopted_its_effect_counts_from_that_organs_day(
    cast: Cast, case: Case, now: datetime
) -> None:
    answer(cast, case, now, "proposed", adopted="adopted")
    measure = steps.the_measure(cast, case)
    assert measure.effect_from == date(2026, 3, 2)
    assert measure.effect_until == date(2028, 3, 2)
    assert "candidate" in measure.bars


def test_not_adopted_it_never_takes_effect(cast: Cast, case: Case, now: datetime) -> None:
    answer(cast, case, now, "proposed", adopted="not_adopted")
    measure = steps.the_measure(cast, case)
    assert (measure.effect_from, measure.effect_until, measure.bars) == (None, None, [])
    assert measure.result == "not_adopted"


@pytest.mark.parametrize(
    ("kind", "more"), [("proposed", {}), ("publication", {"adopted": "adopted"})]
)
def test_it_is_said_of_the_proposal_and_of_nothing_else(
    cast: Cast, case: Case, now: datetime, kind: str, more: dict[str, object]
) -> None:
    with steps.refused(cast, "G1"):
        answer(cast, case, now, kind, **more)
    assert steps.the_measure(cast, case).effect_from is None


def test_what_it_may_decide_itself_takes_effect_at_once(cast: Cast, now: datetime) -> None:
    case = steps.in_force(cast, now, HEAD)
    assert steps.the_measure(cast, case).effect_from == date(2026, 3, 2)
    with pytest.raises(Refused):
        answer(cast, case, now, "admonition", adopted="adopted")
