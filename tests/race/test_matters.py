"""A matter that two move at one moment: urged twice, urged while its work is handed in, stopped.

Held as in test_tasks.py: on PostgreSQL before the act, on SQLite at the door of the request.
"""

import pytest
from sqlalchemy import select

from models import Case, CaseStatus, Urging
from tests.race.conftest import NOW, Town
from tests.race.gate import Runner
from tests.workflows import matter_paths as path
from workflows import cases
from workflows.errors import Conflict

ORDERS = pytest.mark.parametrize("in_order", [True, False], ids=["in order", "at once"])
REPORT = {"kind": "final", "progress": "完成", "result": "已核拨", "self_check": "已自查"}


@pytest.fixture
def case(town: Town) -> Case:
    """The work on a matter is under way."""
    with town.writing() as cast:
        return path.working(cast, NOW, key=f"matter:meeting:{next(town.facts)}:finance")


def urging(town: Town, case: Case, name: str, who: str) -> Runner:
    page = f"/supervision/{case.id}"
    return town.post(name, who, page, "urge", text="请速办", to=f"{page}/urge")


def handing_in(town: Town, case: Case, name: str) -> Runner:
    page = f"/tasks/{town.task(case, 'do_work').id}"
    return town.post(name, "finance_handler", page, "complete", **REPORT)


def urged(town: Town, case: Case) -> list[Urging]:
    with town.reading() as session:
        return list(session.scalars(select(Urging).where(Urging.case_id == case.id)))


@ORDERS
def test_of_two_who_urge_one_is_counted(town: Town, case: Case, in_order: bool) -> None:
    runners = [
        urging(town, case, *who) for who in (("first", "supervisor"), ("second", "supervisor2"))
    ]
    answers = town.gate.race(*runners, in_order=in_order)
    assert [one.status_code for one in answers] == [303, 303]  # the second's page says when
    assert [one.number for one in urged(town, case)] == [1]
    assert town.said(case, "urged") == 1


@pytest.mark.parametrize("race", ["urged first", "handed in first", "at once"])
def test_work_is_handed_in_while_it_is_urged(town: Town, case: Case, race: str) -> None:
    runners = [urging(town, case, "first", "supervisor"), handing_in(town, case, "second")]
    if race == "handed in first":
        runners.reverse()
    answers = town.gate.race(*runners, in_order=race != "at once")
    assert [one.status_code for one in answers] == [303, 303]  # neither is in the other's way
    assert town.open_nodes(case) == ["unit_sign"]
    task = town.task(case, "do_work" if race == "urged first" else "unit_sign")
    assert len(urged(town, case)) == 1
    if race != "at once":
        assert urged(town, case)[0].task_id == task.id
        assert (urged(town, case)[0].read_at is None) == (race == "handed in first")


@pytest.mark.parametrize("race", ["stopped first", "handed in first", "at once"])
def test_a_case_is_stopped_while_its_task_is_done(town: Town, case: Case, race: str) -> None:
    def stop() -> None:
        with town.writing() as cast:
            found = cast.session.get_one(Case, case.id)
            cases.stop(
                cast.session, found, reason="立项有误", by=cast.users["process_admin"], now=NOW
            )

    runners = [
        Runner("first", "door" if town.on_sqlite else "stop", stop),
        handing_in(town, case, "second"),
    ]
    if race == "handed in first":
        runners.reverse()
    answers = town.gate.race(*runners, in_order=race != "at once")
    with town.reading() as session:
        assert session.get_one(Case, case.id).status == CaseStatus.STOPPED
    assert town.open_nodes(case) == []
    answer = next(one for one in answers if one is not None)
    task = town.task(case, "do_work")
    assert (task.ending, answer.status_code) in {
        "stopped first": [("cancelled", 409)],
        "handed in first": [("done", 303)],
        "at once": [("cancelled", 409), ("done", 303)],
    }[race]
    with pytest.raises(Conflict):
        stop()
