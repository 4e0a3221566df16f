"""回避 through the pages: asked, refused to the wrong person, decided, and out of reach."""

from collections.abc import Iterator
from itertools import count

import pytest
from sqlalchemy import select

from models import User, Withdrawal
from tests.webapp.desk import Desk, opened
from tests.workflows import steps

REASON = "与对象系近亲属"
_numbers = count(1)


@pytest.fixture(scope="module")
def desk(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with opened(database_url, tmp_path_factory.mktemp("files")) as desk:
        yield desk


def investigating(desk: Desk) -> tuple[int, int]:
    """A case of its own under investigation, and who leads the team."""
    now = desk.now
    with desk.behind() as cast:
        fact = steps.fact(cast, now, f"meeting:{next(_numbers)}")
        case = steps.proposed_case(cast, now, "accountability", "finance_head", "finance", fact)
        for act in (steps.enter, steps.start, steps.team):
            act(cast, case, now)
        return case.id, cast.users["supervisor"].id


@pytest.fixture
def asked(desk: Desk) -> tuple[str, str]:
    """The pages of a case under investigation and of the request about its investigator."""
    case, who = investigating(desk)
    form = f"/cases/{case}/withdrawal"
    assert form in desk.visit("supervisor").get(f"/cases/{case}").text
    answer = desk.visit("supervisor").send(form, user=str(who), reason=REASON)
    assert answer.status_code == 303, answer.text
    return f"/cases/{case}", answer.location


def test_what_is_missing_is_said_and_what_was_typed_stays(desk: Desk) -> None:
    case, who = investigating(desk)
    form = f"/cases/{case}/withdrawal"
    assert "申请回避" in desk.visit("supervisor").get(form).text
    missing = desk.visit("supervisor").send(form, user=str(who), reason="")
    assert missing.status_code == 422
    assert "请说明理由" in missing.text
    unknown = desk.visit("supervisor").send(form, user="99999999999999999999", reason=REASON)
    assert unknown.status_code == 422
    assert REASON in unknown.text


def test_the_wrong_person_neither_reads_nor_decides(desk: Desk, asked: tuple[str, str]) -> None:
    _, request = asked
    assert REASON in desk.visit("work_deputy").get(request).text
    assert desk.visit("planning_head").get(request).status_code == 404
    for wrong in ("supervisor", "handler"):
        answer = desk.visit(wrong).send(request, verdict="granted", answer="属实")
        assert answer.status_code == 403, wrong


def test_granted_the_door_is_closed(desk: Desk, asked: tuple[str, str]) -> None:
    case, request = asked
    empty = desk.visit("work_deputy").send(request, verdict="", answer="属实")
    assert empty.status_code == 422
    assert "请选择" in empty.text
    decided = desk.visit("work_deputy").send(request, verdict="granted", answer="属实")
    assert decided.status_code == 303, decided.text
    again = desk.visit("work_deputy").send(request, verdict="refused", answer="不属实")
    assert again.status_code == 409
    assert desk.visit("supervisor").get(case).status_code == 404
    with desk.behind() as cast:
        rows = cast.session.scalars(select(Withdrawal).where(Withdrawal.answer != "")).all()
    assert [(row.granted, row.answer) for row in rows] == [(True, "属实")]


def test_who_keeps_out_is_refused_at_the_step_and_in_its_list(
    desk: Desk, asked: tuple[str, str]
) -> None:
    case, request = asked
    step = desk.task(int(case.rpartition("/")[2]), "investigate")
    me = desk.visit("supervisor")
    assert me.get(f"/tasks/{step.id}").status_code == 200
    granted = desk.visit("work_deputy").send(request, verdict="granted", answer="属实")
    assert granted.status_code == 303
    assert me.get(f"/tasks/{step.id}").status_code == 404
    assert me.send(f"/tasks/{step.id}", findings="无").status_code == 404
    assert me.send(f"{case}/withdrawal", user="1", reason=REASON).status_code == 404
    assert me.get(request).status_code == 200  # the decision is his to read


def test_who_is_close_is_proposed_on_the_form(desk: Desk) -> None:
    case, _ = investigating(desk)
    with desk.behind() as cast:
        user = cast.session.get_one(User, cast.users["supervisor2"].id)
        home, user.unit_id = user.unit_id, cast.units["finance"].id
    page = desk.visit("supervisor").get(f"/cases/{case}/withdrawal").text
    assert "supervisor2：属于当事单位" in page
    assert f'<option value="{user.id}" selected>' in page
    with desk.behind() as cast:
        cast.session.get_one(User, user.id).unit_id = home


def test_nobody_remains_to_decide_is_said(desk: Desk) -> None:
    with desk.behind() as cast:
        fact = steps.fact(cast, desk.now, f"meeting:{next(_numbers)}")
        made = steps.proposed_case(
            cast, desk.now, "accountability", "finance_head", "finance", fact
        )
        steps.enter(cast, made, desk.now)
        case, who = made.id, cast.users["city_secretary"].id
    answer = desk.visit("city_secretary").send(
        f"/cases/{case}/withdrawal", user=str(who), reason=REASON
    )
    assert answer.status_code == 422
    assert "没有可以作出决定的上一级在职人员" in answer.text
