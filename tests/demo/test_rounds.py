"""Debriefings of the demo: a finished round, and this year's at every stage at once."""

from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from models import (
    Box,
    Case,
    CaseStatus,
    Debriefing,
    DebriefingRound,
    Draft,
    Elector,
    OpenedBallot,
    SealedBallot,
    Speech,
    Task,
    Unit,
)
from workflows import debriefing_quota


@pytest.fixture
def session(loaded: sessionmaker[Session]) -> Iterator[Session]:
    with loaded() as session:
        yield session


def of_unit(session: Session, code: str, year: int = 2025) -> tuple[DebriefingRound, Case]:
    found = session.execute(
        select(DebriefingRound, Case)
        .join(Case, Case.id == DebriefingRound.case_id)
        .join(Unit, Unit.id == DebriefingRound.organiser_id)
        .where(Unit.code == code, DebriefingRound.year == year)
    ).one()
    return found[0], found[1]


def rows(session: Session, round_: DebriefingRound) -> list[Debriefing]:
    wanted = select(Debriefing).where(Debriefing.round_id == round_.id)
    return list(session.scalars(wanted))


def open_nodes(session: Session, case: Case) -> Counter[str]:
    wanted = select(Task.node).where(Task.case_id == case.id, Task.done_at.is_(None))
    return Counter(session.scalars(wanted))


def test_last_year_is_over_and_its_lists_are_closed(session: Session) -> None:
    round_, case = of_unit(session, "GW", 2024)
    assert (case.status, case.outcome) == (CaseStatus.FINISHED, "round_closed")
    found = rows(session, round_)
    assert len(found) == 36
    assert all(one.grade and one.total is not None and one.ballot is not None for one in found)
    quota = debriefing_quota.of_round(session, round_, case)
    assert quota is not None
    assert quota.decided == quota.most == 12
    lists = [session.get_one(Case, one.list_case_id) for one in found if one.list_case_id]
    assert len(lists) >= 12
    assert {one.outcome for one in lists} == {"rect_passed"}


def test_reports_are_at_every_stage(session: Session) -> None:
    round_, case = of_unit(session, "GW")
    states = Counter(one.state for one in rows(session, round_))
    assert states == {"accepted": 12, "reported": 6, "reporting": 18}
    assert open_nodes(session, case) == {"write_report": 18, "check_report": 6}
    returned = session.scalars(
        select(Task).where(Task.case_id == case.id, Task.node == "check_report")
    ).all()
    verdicts = Counter((task.answers or {}).get("verdict") for task in returned if task.done_at)
    assert verdicts == {"accept": 12, "return": 6}
    drafted = (
        select(func.count())
        .select_from(Draft)
        .join(Task, Task.id == Draft.task_id)
        .where(Task.case_id == case.id, Task.node == "write_report")
    )
    assert session.scalar(drafted) == 6


def test_one_ballot_is_counted_and_its_grades_wait(session: Session) -> None:
    round_, case = of_unit(session, "A09")
    box = session.scalars(select(Box).where(Box.case_id == case.id)).one()
    assert box.state == "counted"
    assert session.scalar(select(func.count()).where(OpenedBallot.box_id == box.id))
    assert all(one.ballot and one.suggested for one in rows(session, round_))
    assert open_nodes(session, case) == {"propose_grades": 1}


def test_one_ballot_is_open_and_some_have_voted(session: Session) -> None:
    _, case = of_unit(session, "A01")
    box = session.scalars(select(Box).where(Box.case_id == case.id)).one()
    assert box.state == "open"
    assert box.result is None
    voted = Counter(session.scalars(select(Elector.voted).where(Elector.box_id == box.id)).all())
    assert voted[True] >= 5
    assert voted[False] >= 5
    assert session.scalar(select(func.count()).where(SealedBallot.box_id == box.id))


def test_one_session_sits_at_this_moment(session: Session) -> None:
    round_, case = of_unit(session, "A02")
    assert open_nodes(session, case) == {"hold_session": 1}
    assert round_.last_year_told_at is not None
    speeches = session.scalars(
        select(Speech).where(Speech.round_id == round_.id).order_by(Speech.place)
    ).all()
    assert [bool(one.ended_at) for one in speeches[:3]] == [True, True, False]
    assert all(one.comment and one.question for one in speeches[:2])
    assert speeches[2].begun_at is not None


def test_one_plan_waits_for_its_approval(session: Session) -> None:
    case = session.scalars(
        select(Case)
        .join(Unit, Unit.id == Case.unit_id)
        .where(Case.process == "debriefing", Unit.code == "A05")
    ).one()
    assert open_nodes(session, case) == {"approve_round": 1}
