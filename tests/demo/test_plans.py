"""The demo's plan year: planted cases of two skins are found, and what the rules miss is told."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from config import ROOT
from demo import plans
from demo.names import ORGANS
from demo.plans import HARD, NEAR, PLANTED, Measured
from models import Case, CaseStatus, JointPlan, PlanCheckpoint, Unit, User
from tests.demo.days import NOW
from workflows import access, operations, plan_books, plan_lights, skin_rules

assert operations.names()  # the registry is filled: diagrams find their operations


@pytest.fixture
def session(loaded: sessionmaker[Session]) -> Iterator[Session]:
    with loaded() as session:
        yield session


@pytest.fixture
def measured(session: Session) -> Measured:
    user = session.scalars(select(User).where(User.login == "gwks4")).one()
    return plans.measure(session, access.rights_of(session, user, now=NOW), NOW.year, NOW)


def counted(session: Session, wanted: Any) -> dict[Any, int]:
    return dict(session.execute(wanted).all())


def test_every_organ_has_its_plan(session: Session) -> None:
    years = select(JointPlan.year, func.count()).group_by(JointPlan.year)
    assert counted(session, years) == {NOW.year: len(ORGANS), NOW.year - 1: 1}
    cases = select(Case.status, func.count()).where(Case.process == "joint_plan")
    assert counted(session, cases.group_by(Case.status)) == {
        CaseStatus.RUNNING: 1,
        CaseStatus.FINISHED: 1,
    }


def test_some_lights_are_red_and_none_waits_to_be_judged(session: Session) -> None:
    lights = select(PlanCheckpoint.light, func.count()).where(PlanCheckpoint.done_at.is_(None))
    found = counted(session, lights.group_by(PlanCheckpoint.light))
    assert found["red"] > 5
    assert found["green"] > found["red"]
    assert not plan_lights.due_ids(session, now=NOW)


def test_the_planted_cases_are_found_and_nothing_else(measured: Measured) -> None:
    """Each rule is planted, and each finds all of its own but those that no rule looks for."""
    assert {rule for rule, _, _ in PLANTED} == {rule.code for rule in skin_rules.rules()}
    assert measured.found == PLANTED
    assert not measured.found & (NEAR | HARD)


def test_what_the_documentation_states_is_what_was_measured(measured: Measured) -> None:
    text = (ROOT / "docs" / "two-skins.md").read_text(encoding="utf-8")
    stated = re.search(r"precision (\d\.\d\d), recall (\d\.\d\d)", text)
    assert stated is not None
    assert stated.groups() == (f"{measured.precision:.2f}", f"{measured.recall:.2f}")
    assert f"{len(PLANTED | HARD)} planted" in text
    assert f"{len(NEAR)} look alike" in text


def test_the_workbook_of_the_demo_goes_out_and_in_again_without_change(session: Session) -> None:
    rows = session.execute(
        select(JointPlan, Unit)
        .join(Unit, Unit.id == JointPlan.unit_id)
        .where(JointPlan.case_id.is_(None))
        .order_by(Unit.code)
        .limit(12)
    )
    data = plan_books.export(session, [(plan, unit) for plan, unit in rows])
    report = plan_books.take(session, data, rights=None, now=NOW, existing=True)
    session.rollback()
    assert report.is_good, report.faults[:3]
    assert report.changes == 0
