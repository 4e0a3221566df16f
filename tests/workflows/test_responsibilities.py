"""责任清单: drawn up by template, decided with minutes, issued, signed for, adjusted, kept."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Acknowledgement,
    Case,
    CaseStatus,
    Document,
    Holding,
    Post,
    ResponsibilityLine,
    ResponsibilityList,
    ResponsibilityRound,
    Role,
)
from tests.cast import Cast, assemble, install
from tests.workflows.listing import HOLDERS, begun, decided, in_force, list_of, sign, template
from tests.workflows.steps import do, open_nodes, refused
from workflows import cases, documents, responsibility_papers, responsibility_rounds
from workflows.errors import Conflict, Invalid, NotAllowed
from workflows.responsibility_rounds import Start, lines_of


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    cast = assemble(session)
    cast.grant("organiser", Role.ORGANISER, "work")
    return cast


def states(cast: Cast) -> dict[str, str]:
    """The state of each list, by its post and edition."""
    rows = cast.session.scalars(select(ResponsibilityList).order_by(ResponsibilityList.id))
    return {f"{one.post.kind} {one.year}-{one.number}": one.state for one in rows}


def relieved(cast: Cast, who: str, until: date) -> Post:
    """The person left his post."""
    holding = cast.session.scalars(
        select(Holding).where(Holding.user_id == cast.users[who].id, Holding.until.is_(None))
    ).one()
    holding.until = until
    cast.session.flush()
    return holding.post


def test_lists_are_drafted_decided_issued_signed_and_in_force(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    assert open_nodes(cast, case) == ["draft_lists"]
    assert set(states(cast).values()) == {"draft"}
    head = list_of(cast, "finance_head")
    assert (head.charge, head.title) == ("首要责任", "第一责任人")
    personal = [line.personal for line in lines_of(cast.session, [head.id])[head.id]]
    assert [one for one in personal if one] == ["deploy", "inquire", "coordinate", "oversee"]
    decided(cast, case, now)
    assert open_nodes(cast, case) == ["sign_list"] * 4
    for who in HOLDERS:
        sign(cast, case, who, now)
    assert (case.status, case.outcome) == (CaseStatus.FINISHED, "lists_closed")
    assert states(cast) == {f"{post} 2026-1": "signed" for post in HOLDERS.values()}
    round_ = cast.session.scalars(select(ResponsibilityRound)).one()
    assert (round_.state, round_.meeting, round_.held_on) == (
        "in_force",
        "党组会议",
        date(2026, 3, 2),
    )
    papers = cast.session.scalars(select(Document).where(Document.case_id == case.id)).all()
    assert {one.template for one in papers} == {"responsibility_list"}
    assert len(papers) == len(HOLDERS)
    assert all(documents.render(cast.session, one) for one in papers)
    assert case.number is not None
    assert case.number.startswith("责〔2026〕")


def test_what_is_returned_is_drafted_again(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    do(cast, case, "draft_lists", "finance_deputy", now, note="初稿")
    do(cast, case, "decide_lists", "finance_head", now, verdict="return", opinion="补充一岗双责")
    assert open_nodes(cast, case) == ["draft_lists"]
    assert set(states(cast).values()) == {"draft"}
    decided(cast, case, now)
    assert open_nodes(cast, case) == ["sign_list"] * 4


def test_a_meeting_to_come_decides_nothing(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    with pytest.raises(Invalid), cast.session.begin_nested():
        decided(cast, case, now, held_on="2026-03-03")
    cast.session.expire_all()
    decided(cast, case, now)


def test_an_empty_list_is_not_put_to_the_party_group(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    head = list_of(cast, "finance_head")
    for line in lines_of(cast.session, [head.id])[head.id]:
        cast.session.delete(line)
    cast.session.flush()
    with refused(cast, "empty"):
        do(cast, case, "draft_lists", "finance_deputy", now, note="拟订")


def test_a_line_names_a_duty_of_the_catalogue(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    line = cast.session.scalars(select(ResponsibilityLine).limit(1)).one()
    line.duty_code = "XXXX"
    cast.session.flush()
    with pytest.raises(Invalid, match="XXXX"), cast.session.begin_nested():
        do(cast, case, "draft_lists", "finance_deputy", now, note="拟订")


def test_of_two_who_begin_the_second_is_told_of_the_first(cast: Cast, now: datetime) -> None:
    begun(cast, now)
    with pytest.raises(Conflict) as told:
        begun(cast, now + timedelta(minutes=1), by="finance_secretary")
    assert told.value.facts["who"] == "finance_deputy"
    assert told.value.facts["when"] == now


def test_a_second_set_for_a_year_is_an_adjustment(cast: Cast, now: datetime) -> None:
    in_force(cast, now)
    with pytest.raises(Conflict, match="adjust"):
        begun(cast, now)
    begun(cast, now, carry=True)


def test_an_adjustment_keeps_the_old_edition_and_replaces_it(cast: Cast, now: datetime) -> None:
    in_force(cast, now)
    later = now + timedelta(days=1)
    case = begun(cast, later, carry=True)
    old, new = list_of(cast, "finance_head"), None
    rows = cast.session.scalars(
        select(ResponsibilityList)
        .where(ResponsibilityList.post_id == old.post_id)
        .order_by(ResponsibilityList.number)
    ).all()
    old, new = rows
    lines = lines_of(cast.session, [old.id, new.id])
    assert [one.text for one in lines[old.id]] == [one.text for one in lines[new.id]]
    lines[new.id][0].text = "改写"
    decided(cast, case, later)
    assert states(cast)["党组书记 2026-1"] == "signed"  # in force until the new one is
    for who in HOLDERS:
        sign(cast, case, who, later)
    assert (old.state, old.replaced_by, new.state) == ("replaced", new.id, "signed")
    assert lines_of(cast.session, [old.id])[old.id][0].text != "改写"


def test_next_year_s_lists_leave_this_year_s_in_force(cast: Cast, now: datetime) -> None:
    in_force(cast, now)
    case = begun(cast, now, year=2027, carry=True)
    decided(cast, case, now)
    for who in HOLDERS:
        sign(cast, case, who, now, year=2027)
    found = states(cast)
    assert (found["党组书记 2026-1"], found["党组书记 2027-1"]) == ("signed", "signed")


def test_who_is_silent_is_told_of_and_the_list_holds(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    decided(cast, case, now)
    for who in list(HOLDERS)[1:]:
        sign(cast, case, who, now)
    cases.wake(cast.session, case.id, now=now + timedelta(days=10))
    assert (case.status, case.outcome) == (CaseStatus.FINISHED, "lists_closed")
    assert states(cast)["党组书记 2026-1"] == "silent"
    told = cast.session.scalars(
        select(Acknowledgement.user_id).where(Acknowledgement.kind == "list_silent")
    ).all()
    assert told == [cast.users["finance_deputy"].id]


def test_nobody_signs_in_another_s_place(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    decided(cast, case, now)
    row = list_of(cast, "finance_secretary")
    post = relieved(cast, "finance_secretary", date(2026, 3, 2))
    follower = cast.users["finance_member"]
    cast.session.add(Holding(post_id=post.id, user_id=follower.id, since=date(2026, 3, 2)))
    cast.session.flush()
    with refused(cast, "holder"):
        answers = {"signature": "finance_member"}
        cast.do(case, "sign_list", "finance_member", now, answers, item=str(row.id))


def test_a_post_that_fell_vacant_before_the_issue_gets_no_list(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    relieved(cast, "finance_branch_secretary", date(2026, 3, 2))
    decided(cast, case, now)
    assert states(cast)["支部书记 2026-1"] == "withdrawn"
    assert open_nodes(cast, case) == ["sign_list"] * 3


def test_lists_are_for_the_holders_of_the_day_they_are_issued(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    post = relieved(cast, "finance_branch_secretary", date(2026, 3, 2))
    follower = cast.users["finance_member"]
    cast.session.add(Holding(post_id=post.id, user_id=follower.id, since=date(2026, 3, 2)))
    cast.session.flush()
    decided(cast, case, now)
    assert list_of(cast, "finance_member").state == "issued"


@pytest.mark.parametrize("who", ["finance_member", "planning_deputy", "supervisor", "system_admin"])
def test_others_do_not_draw_up_an_organ_s_lists(cast: Cast, now: datetime, who: str) -> None:
    with pytest.raises(NotAllowed):
        begun(cast, now, by=who)


@pytest.mark.parametrize("who", ["finance_secretary", "finance_head", "organiser"])
def test_who_heads_the_organ_s_party_work_begins(cast: Cast, now: datetime, who: str) -> None:
    assert open_nodes(cast, begun(cast, now, by=who)) == ["draft_lists"]


def test_four_levels_give_the_work_committee_its_list(cast: Cast, now: datetime) -> None:
    asked = Start(cast.units["work"], 2026, template(cast, "four_levels").id)
    rights = cast.rights("organiser", now)
    case = responsibility_rounds.begin(cast.session, asked, rights=rights, now=now)
    assert states(cast) == {"工委书记 2026-1": "draft"}  # organs draw up their own
    assert cast.open_task(case, "draft_lists")


def test_a_stopped_round_makes_room_for_another(cast: Cast, now: datetime) -> None:
    case: Case = begun(cast, now)
    cases.stop(cast.session, case, reason="重新启动", by=cast.users["finance_secretary"], now=now)
    begun(cast, now)
    assert states(cast)["党组书记 2026-1"] == "withdrawn"
    assert states(cast)["党组书记 2026-2"] == "draft"


def test_the_paper_shows_the_signature_once_it_is_there(cast: Cast, now: datetime) -> None:
    in_force(cast, now)
    row = list_of(cast, "finance_head")
    said = responsibility_papers.values(cast.session, row)
    assert (said["signed_by"], said["received_on"]) == ("finance_head", "2026年3月2日")
    assert [one["name"] for one in said["groups"]] == ["第一责任人", "四个亲自", "一岗双责"]
    assert responsibility_papers.paper(cast.session, row)
