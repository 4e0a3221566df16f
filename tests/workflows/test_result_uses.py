"""结果运用: recommended, flagged, decided, shown to the public, adopted; then it is on record."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    CareerEntry,
    Case,
    CaseStatus,
    Debriefing,
    DebriefingRound,
    Document,
    Measure,
    Role,
    Task,
)
from tests.cast import Cast, assemble, install
from tests.workflows.steps import do, open_nodes, refused
from workflows import cases, result_uses, tasks
from workflows.errors import Invalid, NotAllowed


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    cast = assemble(session)
    cast.grant("organiser", Role.ORGANISER, "work")
    return cast


@pytest.fixture
def case(cast: Cast, now: datetime) -> Case:
    """Two secretaries were graded in 2026; one of them is under an effect period."""
    rights = cast.rights("organiser", now)
    work = cast.units["work"]
    other = result_uses.begin(cast.session, work, 2025, rights=rights, now=now)
    round_ = DebriefingRound(case_id=other.id, organiser_id=work.id, year=2026, weights={})
    cast.session.add(round_)
    cast.session.flush()
    for who in ("finance", "planning"):
        cast.session.add(
            Debriefing(
                round_id=round_.id,
                user_id=cast.users[f"{who}_secretary"].id,
                unit_id=cast.units[f"{who}_committee"].id,
                post_then="机关党委书记",
                state="graded",
                facts={},
                grade="good",
            )
        )
    cast.session.add(
        Measure(
            key="measure:test",
            case_id=other.id,
            kind="accountability",
            form="admonition",
            subject_kind="cadre",
            subject_user_id=cast.users["planning_secretary"].id,
            subject_name="planning_secretary",
            state="in_force",
            effect_from=date(2026, 1, 1),
            effect_until=date(2026, 12, 31),
            bars=["candidate"],
        )
    )
    cast.session.flush()
    return result_uses.begin(cast.session, work, 2026, rights=rights, now=now)


def key(cast: Cast, who: str) -> str:
    return f"user-{cast.users[who].id}"


def line(cast: Cast, who: str, use: str) -> dict[str, Any]:
    return {"subject": key(cast, who), "use": use, "reason": "年度考核等次为好"}


def consulted(cast: Cast, case: Case, now: datetime) -> None:
    for task in cast.session.scalars(
        select(Task).where(Task.case_id == case.id, Task.node == "consult_bodies")
    ):
        rights = cast.rights("handler", now)
        tasks.complete(cast.session, task.id, {"opinion": "none"}, rights=rights, now=now)


def decision(cast: Cast, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "meeting": "工委会议",
        "held_on": "2026-03-02",
        "minutes": "1",
        "next": "approve",
        "items": [
            {"subject": one["subject"], "use": one["use"], "verdict": "approve"} for one in lines
        ],
    } | more


def test_an_award_is_shown_to_the_public_adopted_and_on_record(
    cast: Cast, case: Case, now: datetime
) -> None:
    award = line(cast, "finance_secretary", "award_priority")
    do(cast, case, "draft_uses", "organiser", now, items=[award])
    consulted(cast, case, now)
    do(cast, case, "decide_uses", "work_secretary", now, **decision(cast, award))
    later = now + timedelta(days=10)
    cases.wake(cast.session, case.id, now=later)
    stands = [{"subject": award["subject"], "stands": True}]
    do(cast, case, "settle_publicity", "organiser", later, items=stands)
    outcome = [{"subject": award["subject"], "adopted": "yes", "on": "2026-03-20"}]
    do(cast, case, "record_outcome", "handler", later, items=outcome)
    assert (case.status, case.outcome) == (CaseStatus.FINISHED, "uses_closed")
    entry = cast.session.scalars(select(CareerEntry)).one()
    assert (entry.kind, entry.line, entry.title) == (
        "award_priority",
        "party",
        "finance_committee机关党委书记",
    )
    papers = set(cast.session.scalars(select(Document.template)))
    assert papers >= {"publicity_notice", "use_letter", "post_record"}


def test_who_is_under_an_effect_period_is_flagged_and_no_candidate(
    cast: Cast, case: Case, now: datetime
) -> None:
    reference = line(cast, "planning_secretary", "promotion_reference")
    do(cast, case, "draft_uses", "organiser", now, items=[reference])
    assert open_nodes(cast, case) == ["answer_flags"]
    flag = f"{reference['subject']}:promotion_reference:candidate"
    keep = [{"flag": flag, "verdict": "keep", "reason": "表现突出"}]
    with refused(cast, "candidate"):
        do(cast, case, "answer_flags", "organiser", now, flags=keep)
    drop = [{"flag": flag, "verdict": "drop", "reason": "影响期内"}]
    do(cast, case, "answer_flags", "organiser", now, flags=drop)
    consulted(cast, case, now)
    with refused(cast, "flag"):  # what was dropped does not come back by the decision
        do(cast, case, "decide_uses", "work_secretary", now, **decision(cast, reference))


def test_only_who_was_graded_is_named_and_once_per_use(
    cast: Cast, case: Case, now: datetime
) -> None:
    twice = [line(cast, "finance_secretary", "training")] * 2
    for rows in (twice, [line(cast, "finance_head", "training")]):
        with pytest.raises(Invalid), cast.session.begin_nested():
            do(cast, case, "draft_uses", "organiser", now, items=rows)


def test_a_returned_list_comes_back_to_its_drafter(cast: Cast, case: Case, now: datetime) -> None:
    training = line(cast, "finance_secretary", "training")
    do(cast, case, "draft_uses", "organiser", now, items=[training])
    consulted(cast, case, now)
    back = decision(cast, next="return", opinion="请补充依据", items=[])
    do(cast, case, "decide_uses", "work_secretary", now, **back)
    assert open_nodes(cast, case) == ["draft_uses"]


def test_without_an_award_nothing_is_shown_to_the_public(
    cast: Cast, case: Case, now: datetime
) -> None:
    training = line(cast, "finance_secretary", "training")
    do(cast, case, "draft_uses", "organiser", now, items=[training])
    consulted(cast, case, now)
    do(cast, case, "decide_uses", "work_secretary", now, **decision(cast, training))
    assert open_nodes(cast, case) == ["record_outcome"]
    no = [{"subject": training["subject"], "adopted": "no"}]
    with refused(cast, "reason"):
        do(cast, case, "record_outcome", "handler", now, items=no)


def test_a_stranger_begins_nothing(cast: Cast, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        result_uses.begin(
            cast.session,
            cast.units["work"],
            2026,
            rights=cast.rights("finance_secretary", now),
            now=now,
        )
