"""Figures of the procedure come from the case's own parameter set, which it keeps to its end."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import ROOT
from models import ExecutionItem
from tests.cast import Cast, assemble, install
from tests.workflows import matter_paths as path
from tests.workflows import steps, test_appeals, test_interviews, test_reminders
from tests.workflows.steps import do, refused
from workflows import cases, definitions, urgings
from workflows.deadlines import day_of
from workflows.errors import Conflict, Invalid


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


def ordain(cast: Cast, now: datetime, **figures: Any) -> None:
    """A new parameter set in which these figures differ from what ships."""
    values = dict(definitions.read_parameters(ROOT / "bpmn" / "_parameters.json"))
    for name, value in figures.items():
        key = name.replace("_", ".", 1)
        values[key] = {**values[key], "value": value}
    definitions.install_parameters(cast.session, values, by=None, now=now)


def due_of(cast: Cast, kind: str) -> str:
    item = cast.session.scalars(select(ExecutionItem).where(ExecutionItem.kind == kind)).one()
    return day_of(item.due_at).isoformat()


def test_each_item_of_the_execution_has_its_own_days(cast: Cast, now: datetime) -> None:
    ordain(cast, now, days_files=1, days_written_examination=2, days_admonition=3)
    steps.in_force(cast, now)
    kinds = ("personnel_file", "inform_discipline", "self_criticism", "admonition")
    assert [due_of(cast, kind) for kind in kinds] == [
        "2026-03-03",
        "2026-03-03",
        "2026-03-04",
        "2026-03-05",
    ]


def test_the_circular_and_the_formalities(cast: Cast, now: datetime) -> None:
    ordain(cast, now, days_circular=4, rule_formalities_months=2)
    steps.in_force(cast, now, "finance_secretary", by="work_secretary", form="removal")
    assert due_of(cast, "publication") == "2026-03-06"
    assert due_of(cast, "formalities") == "2026-05-06"  # 2 May is a holiday


def test_a_case_keeps_the_figures_it_began_with(cast: Cast, now: datetime) -> None:
    case = steps.heard(cast, now)
    ordain(cast, now, days_files=1)
    steps.report(cast, case, now, f"user-{cast.users['finance_head'].id}")
    assert cases.look(cast.session, case, now=now).act.days("files") == 10


def test_a_second_inquiry_is_as_long_as_the_figure_says(cast: Cast, now: datetime) -> None:
    ordain(cast, now, days_inquiry_redo=2)
    case = steps.proposed_case(cast, now, "accountability", "finance_head", "finance")
    steps.enter(cast, case, now)
    steps.start(cast, case, now)
    steps.team(cast, case, now)
    key = f"user-{cast.users['finance_head'].id}"
    steps.investigate(cast, case, now, key)
    steps.hear(cast, case, now, "finance_head", recheck=True)
    due = cases.look(cast.session, case, now=now).execution.vars["due"]["inquiry"]
    assert due.startswith("2026-03-04")


def test_who_sends_an_inquiry_back_keeps_within_it(cast: Cast, now: datetime) -> None:
    ordain(cast, now, days_inquiry_redo=2)
    case = steps.proposed_case(cast, now, "accountability", "finance_head", "finance")
    steps.enter(cast, case, now)
    steps.start(cast, case, now)
    steps.team(cast, case, now)
    key = f"user-{cast.users['finance_head'].id}"
    doubted = {"fact": "会议未召开", "evidence": ["无"], "execution": "none", "subject": key}
    tags = [{"article": "17", "tag": "无", "found": False}]
    answers = {"facts": [doubted], "circumstances": tags, "outcome": "not_established"}
    do(cast, case, "investigate", "supervisor", now, **answers)
    back = {"verdict": "back", "reason": "补充调查"}
    with pytest.raises(Invalid) as fault, cast.session.begin_nested():
        do(cast, case, "settle_inquiry", "city_secretary", now, **back, redo_due="2026-03-05")
    assert fault.value.facts["days"] == 2
    cast.session.expire_all()
    do(cast, case, "settle_inquiry", "city_secretary", now, **back, redo_due="2026-03-04")


def test_a_team_is_as_large_as_the_figure_says(cast: Cast, now: datetime) -> None:
    ordain(cast, now, rule_team_min=3)
    case = steps.proposed_case(cast, now, "accountability", "finance_head", "finance")
    steps.enter(cast, case, now)
    steps.start(cast, case, now)
    with refused(cast, "team"):
        steps.team(cast, case, now)
    steps.team(cast, case, now, "supervisor", "supervisor2", "supervisor3")


def test_talkers_and_their_notice(cast: Cast, now: datetime) -> None:
    ordain(cast, now, rule_talkers_min=3, days_interview_notice=1)
    case = steps.proposed_case(cast, now, "interview", test_interviews.WHO, "finance_committee")
    soon = "2026-03-03T15:00:00+08:00"
    with refused(cast, "talkers"):
        test_interviews.prepare(cast, case, now, planned_at=soon)
    three = steps.ids(cast, "work_deputy", "supervisor2", "supervisor3")
    test_interviews.prepare(cast, case, now, planned_at=soon, talkers=three)


def test_an_appeal_is_reviewed_in_the_days_of_the_set(cast: Cast, now: datetime) -> None:
    ordain(
        cast,
        now,
        days_review_appeal=2,
        days_discuss_before=5,
        rule_reviewers_min=3,
        rule_appeal_decide_months=2,
        rule_appeal_file_months=2,
    )
    measure = steps.the_measure(cast, steps.in_force(cast, now))
    assert measure.appeal_until is not None
    assert day_of(measure.appeal_until).isoformat() == "2026-05-06"
    case = test_appeals.filed(cast, measure, now)
    test_appeals.register(cast, case, now)
    due = cases.look(cast.session, case, now=now).execution.vars["due"]
    assert [due[name][:10] for name in ("review", "discussion", "appeal")] == [
        "2026-03-04",
        "2026-04-24",
        "2026-05-06",
    ]
    with refused(cast, "reviewers"):
        test_appeals.appoint(cast, case, now)


def test_an_appeal_may_make_it_heavier_where_the_place_says_so(cast: Cast, now: datetime) -> None:
    ordain(cast, now, rule_appeal_no_heavier=False)
    _, _, case = test_appeals.waiting(cast, now)
    test_appeals.discussed(cast, case, now, "change", "removal")
    test_appeals.decide(cast, case, now, "change")


def test_a_second_answer_as_often_as_the_figure_says(cast: Cast, now: datetime) -> None:
    ordain(cast, now, rule_reply_again_max=0)
    case = test_reminders.accepted(cast, now)
    letter = test_reminders.letter(case, cast)
    do(cast, case, "decide_reminder", "finance_secretary", now, **letter)
    assert case.wake_at is not None
    cases.wake(cast.session, case.id, now=case.wake_at)
    again = {"facts_found": "partly", "verdict": "again", "new_reply_due": "2026-03-20"}
    with refused(cast, "again_once"):
        do(cast, case, "assess_reminder", "finance_secretary", now, **again, note="请补充")


def test_an_urging_cools_down_as_long_as_the_figure_says(session: Session, now: datetime) -> None:
    cast = path.supervised_city(session, now)
    ordain(cast, now, rule_urge_cooldown=2)
    case, rights = path.working(cast, now), cast.rights("supervisor", now)
    urgings.urge(session, case.id, text="请速办", rights=rights, now=now)
    with pytest.raises(Conflict):
        urgings.urge(session, case.id, text="再催", rights=rights, now=now + timedelta(hours=1))
    urgings.urge(session, case.id, text="再催", rights=rights, now=now + timedelta(hours=2))
