"""A round of debriefings from its plan to what follows: by whom, in which order, refused when."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    Box,
    Case,
    CaseStatus,
    Debriefing,
    DebriefingRound,
    Document,
    Proposal,
    Role,
    Task,
    User,
)
from tests.cast import Cast, assemble, install
from tests.workflows.steps import do, open_nodes, open_task, refused
from workflows import ballots, cases, debriefing_quota, debriefings, sealing, tasks
from workflows.debriefing_sessions import ballot_score
from workflows.errors import Invalid, NotAllowed, NotFound

SECRETARIES = ("finance_secretary", "planning_secretary", "finance_deputy")
SCRUTINEERS = ("supervisor", "supervisor2", "supervisor3")
GOOD = {"comment": "成效明显"}


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    cast = assemble(session)
    cast.grant("organiser", Role.ORGANISER, "work")
    return cast


@pytest.fixture
def case(cast: Cast, now: datetime) -> Case:
    return debriefings.begin(
        cast.session, cast.units["work"], 2026, rights=cast.rights("organiser", now), now=now
    )


def ids(cast: Cast, names: tuple[str, ...]) -> list[str]:
    return [str(cast.users[name].id) for name in names]


def plan(cast: Cast, now: datetime, **more: Any) -> dict[str, Any]:
    return {
        "year": 2026,
        "secretaries": ids(cast, SECRETARIES),
        "contents": ["responsibility", "integration"],
        "report_due": (now + timedelta(days=20)).date().isoformat(),
        "session_at": (now + timedelta(days=35)).isoformat(),
        "scrutineers": ids(cast, SCRUTINEERS),
        "commentators": ids(cast, ("work_secretary",)),
        "ballot": True,
    } | more


def report(cast: Cast, who: str) -> dict[str, Any]:
    texts = ("results", "problems", "causes", "next_year", "last_list", "integration")
    return dict.fromkeys(texts, "写实") | {"signature": cast.users[who].name}


def their_task(cast: Cast, case: Case, node: str, who: str) -> Task:
    return cast.session.scalars(
        select(Task).where(
            Task.case_id == case.id,
            Task.node == node,
            Task.item_key == str(cast.users[who].id),
            Task.done_at.is_(None),
        )
    ).one()


def planned(cast: Cast, case: Case, now: datetime, **more: Any) -> None:
    do(cast, case, "plan_round", "organiser", now, **plan(cast, now, **more))
    do(cast, case, "approve_round", "work_secretary", now, verdict="approve")


def checked(cast: Cast, case: Case, now: datetime) -> None:
    scores = [
        {"secretary": key, "score": 92, "reason": "日常检查"} for key in ids(cast, SECRETARIES)
    ]
    do(cast, case, "check_year", "supervisor", now, facts=[], daily_score=scores)


def reported(cast: Cast, case: Case, now: datetime) -> None:
    for who in SECRETARIES:
        task = their_task(cast, case, "write_report", who)
        rights = cast.rights(who, now)
        tasks.complete(cast.session, task.id, report(cast, who), rights=rights, now=now)
        task = their_task(cast, case, "check_report", who)
        rights = cast.rights("supervisor", now)
        tasks.complete(cast.session, task.id, {"verdict": "accept"}, rights=rights, now=now)


def session_at(now: datetime) -> datetime:
    return now + timedelta(days=35, hours=1)


def held(cast: Cast, case: Case, now: datetime) -> None:
    comments = [
        {"secretary": key, "problem": "抓而不实", "request": "逐项改进"}
        for key in ids(cast, SECRETARIES)
    ]
    do(cast, case, "prepare_comments", "work_secretary", now, comments=comments)
    by = str(cast.users["work_secretary"].id)
    items = [
        {"secretary": key, "spoke": "oral", "comment": "点评", "by": by, "score": 90}
        for key in ids(cast, SECRETARIES)
    ]
    at = session_at(now)
    present = ids(cast, ("work_secretary", "work_deputy", "finance_head", "planning_head"))
    do(
        cast,
        case,
        "hold_session",
        "organiser",
        at,
        held_at=at.isoformat(),
        place="机关会议室",
        present=[*present, *ids(cast, ("finance_leader", "planning_leader"))],
        last_year_told=True,
        inspection_told=True,
        items=items,
        minutes="1",
    )


def voted(cast: Cast, case: Case, now: datetime) -> None:
    box = cast.session.scalars(select(Box).where(Box.case_id == case.id)).one()
    codes = {
        cast.users[who].id: ballots.collect_key(cast.session, box.id, by=cast.users[who], now=now)
        for who in SCRUTINEERS
    }
    assert box.public_key is not None
    for user in cast.session.scalars(select(User)):
        if any(one.id == box.id for one, _ in ballots.boxes_for(cast.session, user)):
            _, elector = ballots.paper_for(cast.session, box.id, user=user)
            marks = {
                item["key"]: sealing.seal(box.public_key, "good")
                for item in ballots.items_for(box, elector)
            }
            ballots.cast(cast.session, box.id, marks, user=user)
    two = dict(list(codes.items())[:2])
    ballots.count(cast.session, box.id, two, by=cast.users["supervisor"], now=now)
    do(cast, case, "close_ballot", "supervisor", now, closed=True)


def to_proposal(cast: Cast, case: Case, now: datetime) -> datetime:
    planned(cast, case, now)
    checked(cast, case, now)
    reported(cast, case, now)
    held(cast, case, now)
    at = session_at(now)
    voted(cast, case, at)
    return at


def proposals_of(cast: Cast, **grades: str) -> list[dict[str, Any]]:
    return [
        {
            "secretary": str(cast.users[who].id),
            "suggested": "",
            "proposed": grades.get(who, "fair"),
            "reason": "综合研判",
        }
        for who in SECRETARIES
    ]


def decisions(cast: Cast, **grades: str) -> dict[str, Any]:
    rows = [
        {
            "secretary": str(cast.users[who].id),
            "grade": grades.get(who, "fair"),
            "comment": "评语",
            **({"problems": "抓党建不实", "requests": "限期整改"} if who in grades else {}),
        }
        for who in SECRETARIES
    ]
    return {
        "meeting": "工委会议",
        "held_on": "2026-04-01",
        "minutes": "1",
        "verdict": "approve",
        "grades": rows,
    }


def of(cast: Cast, who: str) -> Debriefing:
    return cast.session.scalars(
        select(Debriefing).where(Debriefing.user_id == cast.users[who].id)
    ).one()


def test_a_round_runs_from_its_plan_to_what_follows(cast: Cast, case: Case, now: datetime) -> None:
    at = to_proposal(cast, case, now)
    row = of(cast, "finance_secretary")
    # 92 daily by 50, 90 session by 20, 100 ballot by 30
    assert (row.daily, row.session, row.ballot) == (Decimal(92), Decimal(90), Decimal(100))
    assert (row.total, row.suggested) == (Decimal("94.00"), "good")
    items = proposals_of(cast, finance_secretary="good", planning_secretary="poor")
    do(cast, case, "propose_grades", "organiser", at, items=items)
    grades = decisions(cast, finance_secretary="good", planning_secretary="poor")
    do(cast, case, "decide_grades", "work_secretary", at, **grades)
    for who in SECRETARIES:
        task = their_task(cast, case, "confirm_feedback", who)
        rights = cast.rights(who, at)
        tasks.complete(cast.session, task.id, {"answer": "accept"}, rights=rights, now=at)
    do(cast, case, "report_results", "organiser", at, sent_on="2026-04-10")
    assert (case.status, case.outcome) == (CaseStatus.FINISHED, "round_closed")
    proposal = cast.session.scalars(select(Proposal)).one()
    assert proposal.subject_user_id == cast.users["planning_secretary"].id
    assert (proposal.ground, proposal.measure) == ("debriefing", "interview")
    lists = cast.session.scalars(select(Case).where(Case.process == "rectification")).all()
    assert {one.parent_case_id for one in lists} == {case.id}
    assert len(lists) == 2  # who has problems has a list, whatever his grade
    titles = set(cast.session.scalars(select(Document.template)))
    assert titles >= {"round_plan", "session_minutes", "feedback_letter", "round_circular"}


def test_more_good_than_the_quota_takes_a_note_and_then_a_decision(
    cast: Cast, case: Case, now: datetime
) -> None:
    at = to_proposal(cast, case, now)
    both = dict.fromkeys(("finance_secretary", "planning_secretary"), "good")
    with refused(cast, "quota"):
        do(cast, case, "propose_grades", "organiser", at, items=proposals_of(cast, **both))
    do(
        cast, case, "propose_grades", "organiser", at,
        items=proposals_of(cast, **both), quota_note="两人并列，请集体研究取舍",
    )  # fmt: skip
    with refused(cast, "quota"):
        do(cast, case, "decide_grades", "work_secretary", at, **decisions(cast, **both))
    one = decisions(cast, finance_secretary="good")
    with refused(cast, "quota"):  # who was proposed and is not good hears why
        do(cast, case, "decide_grades", "work_secretary", at, **one)
    do(cast, case, "decide_grades", "work_secretary", at, **one, quota_reason="整改更实")
    assert of(cast, "finance_secretary").grade == "good"
    round_ = cast.session.scalars(select(DebriefingRound)).one()
    told = debriefing_quota.of_round(cast.session, round_, case)
    assert told is not None
    assert (told.most, told.over, told.decided, told.reason) == (1, 1, 1, "整改更实")
    assert [one.name for one in told.moved] == ["planning_secretary"]


def test_a_report_is_sent_back_and_handed_in_again(cast: Cast, case: Case, now: datetime) -> None:
    planned(cast, case, now)
    checked(cast, case, now)
    task = their_task(cast, case, "write_report", "finance_secretary")
    rights = cast.rights("finance_secretary", now)
    said = report(cast, "finance_secretary")
    tasks.complete(cast.session, task.id, said, rights=rights, now=now)
    back = {"verdict": "return", "comments": "成效部分请写实"}
    check = their_task(cast, case, "check_report", "finance_secretary")
    tasks.complete(cast.session, check.id, back, rights=cast.rights("supervisor", now), now=now)
    assert of(cast, "finance_secretary").state == "reporting"
    again = their_task(cast, case, "write_report", "finance_secretary")
    opened = tasks.get(cast.session, again.id, rights=rights, now=now)
    assert opened.suggested["results"] == "写实"  # written on, not anew
    assert "signature" not in opened.suggested
    tasks.complete(cast.session, again.id, said, rights=rights, now=now)
    assert of(cast, "finance_secretary").state == "reported"


def test_silence_is_recorded_as_silence(cast: Cast, case: Case, now: datetime) -> None:
    planned(cast, case, now)
    checked(cast, case, now)
    later = now + timedelta(days=36)
    cases.wake(cast.session, case.id, now=later)
    assert {of(cast, who).state for who in SECRETARIES} == {"absent"}
    assert open_nodes(cast, case) == ["prepare_comments"]


def test_an_objection_is_reviewed_once_and_decided_anew(
    cast: Cast, case: Case, now: datetime
) -> None:
    cast.grant("organiser2", Role.ORGANISER, "work")
    at = to_proposal(cast, case, now)
    do(cast, case, "propose_grades", "organiser", at, items=proposals_of(cast))
    do(cast, case, "decide_grades", "work_secretary", at, **decisions(cast))
    for who in SECRETARIES:
        answer = (
            {"answer": "object", "grounds": "事实有误"}
            if who == "finance_secretary"
            else {"answer": "accept"}
        )
        task = their_task(cast, case, "confirm_feedback", who)
        tasks.complete(cast.session, task.id, answer, rights=cast.rights(who, at), now=at)
    review = [
        {"secretary": ids(cast, ("finance_secretary",))[0], "verdict": "change", "reason": "属实"}
    ]
    with pytest.raises(NotFound):  # who proposed does not review
        do(cast, case, "review_objections", "organiser", at, items=review)
    do(cast, case, "review_objections", "organiser2", at, items=review)
    do(
        cast,
        case,
        "decide_grades",
        "work_secretary",
        at,
        **decisions(cast, finance_secretary="good"),
    )
    task = open_task(cast, case, "confirm_feedback")
    assert task.item_key == ids(cast, ("finance_secretary",))[0]  # only who objected
    with refused(cast, "once"):
        tasks.complete(
            cast.session,
            task.id,
            {"answer": "object", "grounds": "再次"},
            rights=cast.rights("finance_secretary", at),
            now=at,
        )


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"year": 2025}, "year"),
        ({"scrutineers": []}, "scrutineers"),
        ({"session_at": "2020-01-01T00:00:00+00:00"}, "session_at"),
        ({"report_due": "2026-04-01"}, "report_due"),
    ],
)
def test_a_plan_that_cannot_hold_is_refused(
    cast: Cast, case: Case, now: datetime, change: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        do(cast, case, "plan_round", "organiser", now, **plan(cast, now, **change))
    assert field in refusal.value.fields


def test_without_a_ballot_its_weight_spreads_over_the_rest(
    cast: Cast, case: Case, now: datetime
) -> None:
    planned(cast, case, now, ballot=False)
    checked(cast, case, now)
    reported(cast, case, now)
    held(cast, case, now)
    row = of(cast, "finance_secretary")
    # (92 × 50 + 90 × 20) ÷ 70
    assert (row.ballot, row.total) == (None, Decimal("91.43"))
    assert open_nodes(cast, case) == ["propose_grades"]


def test_a_stranger_begins_no_round(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        debriefings.begin(
            cast.session,
            cast.units["work"],
            2026,
            rights=cast.rights("finance_secretary", now),
            now=now,
        )


def test_merged_categories_add_their_weights() -> None:
    points = {"good": Decimal(100), "fair": Decimal(85)}
    weights = {"leaders": Decimal(40), "delegates": Decimal(30), "secretaries": Decimal(30)}
    groups = {"leaders+secretaries": {"good": 6}, "delegates": {"fair": 5}}
    assert ballot_score(groups, points, weights) == Decimal("95.50")
    assert ballot_score({}, points, weights) is None
