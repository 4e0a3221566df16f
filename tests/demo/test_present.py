"""Who signs in to the demo finds something to do or to read, made by whom the rules name."""

from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from models import (
    LIGHTS,
    AuditRow,
    Case,
    CaseStatus,
    Finding,
    LightEvent,
    Matter,
    Measure,
    Obligation,
    ObligationState,
    Proposal,
    Task,
    Urging,
    User,
)
from tests.demo.days import NOW
from workflows import access, audit, checks, documents, effects, inboxes, operations, proposals
from workflows.deadlines import day_of
from workflows.findings import Key

assert operations.names()  # the registry is filled: diagrams find their operations

BUSY = [
    *("ducha1", "ducha2", "ducha3", "fenguan1", "fenguan2", "shuji", "shiwei", "chengban1"),
    *("chengban3", "mishu", "zuzhi", "caizheng-jg", "caizheng-zf", "caizheng-zr", "fagai-lx"),
    *("fagai-zf", "fagai-zb1", "jiaoyu-jg"),
]
STEPS = {
    "supervision": {
        *("approve_filing", "acknowledge", "settle_objection", "do_work", "unit_sign"),
        *("review_result", "close_by_leader", "extension_check", "urge", "order_on_site"),
    },
    "reminder": {"decide_reminder", "hold_talk", "reply_reminder", "assess_reminder"},
    "interview": {"prepare_interview", "approve_interview", "finish_minutes", "rect_work"},
    "accountability": {"approve_start", "investigate", "execute_item", "rect_work"},
    "appeal": {"review_appeal"},
}


@pytest.fixture
def session(loaded: sessionmaker[Session]) -> Iterator[Session]:
    with loaded() as session:
        yield session


@pytest.mark.parametrize("login", BUSY)
def test_everybody_finds_something(session: Session, login: str) -> None:
    user = session.scalars(select(User).where(User.login == login)).one()
    rights = access.rights_of(session, user, now=NOW)
    waiting = inboxes.count_open(session, rights) + proposals.count_waiting(session, rights)
    assert waiting + len(documents.unread(session, user)) > 0


@pytest.mark.parametrize("process", STEPS)
def test_somebody_stands_at_each_step(session: Session, process: str) -> None:
    nodes = session.scalars(
        select(Task.node).join(Case).where(Case.process == process, Task.done_at.is_(None))
    )
    assert STEPS[process] <= set(nodes)


def test_open_matters_have_every_light_and_each_change_its_reason(session: Session) -> None:
    lights = Counter(
        session.scalars(select(Matter.light).join(Case).where(Case.finished_at.is_(None)))
    )
    assert set(lights) == set(LIGHTS)
    events = session.scalars(select(LightEvent)).all()
    assert events
    assert all(event.why["inputs"] and event.why["rows"] for event in events)
    assert session.scalar(select(func.count(Urging.id))) == 3
    closed = select(Case).where(Case.process == "supervision", Case.outcome == "closed")
    assert len(session.scalars(closed).all()) >= 2


def test_nothing_is_dated_ahead_and_nothing_stands_still(session: Session) -> None:
    assert session.scalar(select(func.max(Task.done_at))) < NOW  # type: ignore[operator]
    assert session.scalar(select(func.max(AuditRow.at))) <= NOW  # type: ignore[operator]
    failed = select(func.count(Case.id)).where(Case.status == CaseStatus.FAILED)
    assert session.scalar(failed) == 0
    assert session.scalar(select(func.count(Case.id)).where(Case.wake_at <= NOW)) == 0


def test_reminders_rest_on_duties_that_were_missed(session: Session) -> None:
    found = session.scalars(select(Proposal).where(Proposal.ground == "missed_duty")).all()
    assert {"proposed", "accepted"} == {one.status for one in found}
    assert len({one.principal for one in found if one.status == "proposed"}) >= 5
    for one in found:
        for fact in map(int, one.findings):
            finding = session.get_one(Finding, fact)
            key = Key.read(str(finding.evidence[0]["id"]))
            duty = session.get_one(Obligation, (key.rule_id, key.period, key.unit_id))
            assert duty.state == ObligationState.MISSED


def test_an_admonition_runs_and_may_still_be_appealed_against(session: Session) -> None:
    measures = session.scalars(
        select(Measure).where(Measure.kind == "accountability", Measure.form == "admonition")
    ).all()
    assert len(measures) == 2
    open_ones = [one for one in measures if one.appeal_until and one.appeal_until > NOW]
    assert open_ones
    for one in measures:
        assert one.effect_until is not None
        assert one.effect_until > day_of(NOW)
        assert one.subject_user_id is not None
        bars = {bar for bar, _ in effects.bars_of(session, one.subject_user_id, now=NOW)}
        assert bars == {"promotion", "award", "candidate"}
    appeals = session.scalars(select(Case).where(Case.process == "appeal")).all()
    assert [one.status for one in appeals] == [CaseStatus.RUNNING]


def test_nobody_approved_his_own_act_nor_investigated_himself(session: Session) -> None:
    done = session.execute(
        select(Task.case_id, Task.node, Task.done_by).where(Task.done_by.is_not(None))
    ).all()
    by: dict[tuple[int, str], set[int | None]] = {}
    for case_id, node, who in done:
        by.setdefault((case_id, node), set()).add(who)
    pairs = [("draft_matter", "approve_filing"), ("investigate", "approve_decision")]
    pairs += [("do_work", "unit_sign"), ("prepare_interview", "approve_interview")]
    for first, second in pairs:
        cases = {case_id for case_id, node in by if node == second}
        assert cases
        assert all(not by[case, first] & by[case, second] for case in cases)


def test_the_database_agrees_with_its_sources_and_the_trail_holds(session: Session) -> None:
    assert checks.run(session, now=NOW) == []
    verdict = audit.verify(session)
    assert verdict.holds
    assert verdict.unsealed == 0
