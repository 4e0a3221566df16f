"""问责 through its diagram: from the entry to 执行完毕, and each guard where it refuses."""

from collections.abc import Callable
from datetime import date, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Document, ExecutionItem, Finding, Measure
from tests.cast import Cast, assemble, install
from tests.workflows import steps
from tests.workflows.steps import do, in_force, refused
from workflows import cases, effects, measures
from workflows.errors import NotAllowed, NotFound


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


def entered(cast: Cast, now: datetime, who: str = "finance_head") -> Case:
    case = steps.proposed_case(cast, now, "accountability", who, "finance")
    steps.enter(cast, case, now, who)
    return case


def key_of(cast: Cast, who: str) -> str:
    return f"user-{cast.users[who].id}"


def states(cast: Cast, case: Case) -> list[str]:
    measure = steps.the_measure(cast, case)
    return [one.state for one in measures.history(cast.session, measure)]


def test_an_admonition_from_the_entry_to_the_execution(cast: Cast, now: datetime) -> None:
    case = in_force(cast, now)
    measure = steps.the_measure(cast, case)
    assert (measure.state, measure.form, measure.duty_class) == ("in_force", "admonition", "main")
    assert measure.effect_from == date(2026, 3, 2)
    assert measure.effect_until == date(2026, 9, 2)
    assert measure.appeal_until is not None
    barred = effects.bars_of(cast.session, cast.users["finance_head"].id, now=now)
    assert [bar for bar, _ in barred] == ["promotion", "award", "candidate"]
    assert cast.session.scalars(select(Finding.status)).all() == ["established"]
    steps.execute(cast, case, now, "finance_head")
    steps.rectify(cast, case, now, owner="finance_head", reviewer="supervisor")
    do(cast, case, "confirm_execution", "handler", now, complete=True)
    assert (case.status, case.outcome) == ("finished", "executed")
    assert states(cast, case) == ["preparing", "investigating", "decided", "in_force", "executed"]
    left = select(ExecutionItem.id).where(ExecutionItem.done_on.is_(None))
    assert cast.session.scalars(left).all() == []


def test_every_paper_of_the_case_is_in_its_file(cast: Cast, now: datetime) -> None:
    case = in_force(cast, now)
    papers = cast.session.scalars(
        select(Document.template).where(Document.case_id == case.id).order_by(Document.id)
    ).all()
    assert papers == [
        "fact_material",
        "meeting_record",
        "investigation_report",
        "accountability_decision",
        "admonition_letter",
        "rectification_list",
    ]


def test_the_work_committee_decides_on_whom_it_manages(cast: Cast, now: datetime) -> None:
    case = in_force(cast, now, "finance_secretary", by="work_secretary")
    assert steps.the_measure(cast, case).state == "in_force"


def test_a_lower_level_does_not_start_it(cast: Cast, now: datetime) -> None:
    case = entered(cast, now)
    for stranger in ("work_secretary", "finance_head", "supervisor"):
        with pytest.raises(NotFound):
            steps.start(cast, case, now, stranger)
    for who in ("work_deputy", "handler"):  # they see the case, and are told why
        with pytest.raises(NotAllowed) as refusal:
            steps.start(cast, case, now, who)
        assert refusal.value.facts["guard"] == "G2"


def test_the_effect_ends_by_the_clock(cast: Cast, now: datetime) -> None:
    case = in_force(cast, now)
    steps.execute(cast, case, now, "finance_head")
    steps.rectify(cast, case, now, owner="finance_head", reviewer="supervisor")
    do(cast, case, "confirm_execution", "handler", now, complete=True)
    measure = steps.the_measure(cast, case)
    last_day, after = now.replace(month=9, day=2), now.replace(month=9, day=3)
    assert effects.ended_ids(cast.session, now=last_day) == []
    assert effects.ended_ids(cast.session, now=after) == [measure.id]
    assert effects.end(cast.session, measure.id, now=after) == 1
    assert measure.state == "expired"
    assert effects.bars_of(cast.session, cast.users["finance_head"].id, now=after) == []


def test_g1_who_is_no_leading_cadre_is_no_subject(cast: Cast, now: datetime) -> None:
    case = steps.proposed_case(cast, now, "accountability", "finance_head", "finance")
    with refused(cast, "G1"):
        steps.enter(cast, case, now, "finance_member")


def test_g1_a_form_fits_its_kind_of_subject(cast: Cast, now: datetime) -> None:
    case = steps.heard(cast, now)
    steps.report(cast, case, now, key_of(cast, "finance_head"))
    steps.sign(cast, case, now)
    with refused(cast, "G1"):
        steps.conclude(cast, case, now, key_of(cast, "finance_head"), "examination")


def test_g2_who_started_it_does_not_investigate(cast: Cast, now: datetime) -> None:
    case = entered(cast, now)
    steps.start(cast, case, now)
    for members in (("supervisor", "city_secretary"), ("finance_head", "supervisor")):
        with refused(cast, "G2"):
            steps.team(cast, case, now, *members)


def test_a_team_has_two(cast: Cast, now: datetime) -> None:
    case = entered(cast, now)
    steps.start(cast, case, now)
    with refused(cast, "team"):
        steps.team(cast, case, now, "supervisor", "supervisor")


def test_g3_no_report_without_a_hearing_on_these_facts(cast: Cast, now: datetime) -> None:
    case = steps.heard(cast, now)
    run = cases.open_run(cast.session, case, by=None, now=now)
    run.execution.vars["facts_version"] = 2
    run.save()
    with refused(cast, "G3"):
        steps.report(cast, case, now, key_of(cast, "finance_head"))


def test_new_facts_are_heard_anew(cast: Cast, now: datetime) -> None:
    case = entered(cast, now)
    steps.start(cast, case, now)
    steps.team(cast, case, now)
    for recheck in (True, False):
        steps.investigate(cast, case, now, key_of(cast, "finance_head"))
        steps.hear(cast, case, now, "finance_head", recheck=recheck)
    variables = cases.look(cast.session, case, now=now).execution.vars
    assert variables["facts_version"] == 2
    assert variables["heard"] == {key_of(cast, "finance_head"): 2}
    steps.report(cast, case, now, key_of(cast, "finance_head"))


def test_g4_an_organisation_stands_beside_a_responsible_member(cast: Cast, now: datetime) -> None:
    case = steps.proposed_case(cast, now, "accountability", "finance_head", "finance")
    organ = {
        **steps.row_of(cast, "finance_head"),
        "kind": "org",
        "ref": f"unit-{cast.units['finance'].id}",
    }
    with refused(cast, "G4"):
        steps.enter(cast, case, now, subjects=[organ])
    steps.enter(cast, case, now, subjects=[organ, steps.row_of(cast, "finance_head")])
    kinds = select(Measure.subject_kind).where(Measure.case_id == case.id).order_by(Measure.id)
    assert cast.session.scalars(kinds).all() == ["org", "cadre"]


def test_g6_each_circumstance_found_is_answered(cast: Cast, now: datetime) -> None:
    case = steps.heard(cast, now)
    other = [{"tag": "repeated", "adopted": False, "reason": "未查实"}]
    with refused(cast, "G6"):
        steps.report(cast, case, now, key_of(cast, "finance_head"), other)
    steps.report(cast, case, now, key_of(cast, "finance_head"))


def test_g7_one_fact_carries_one_case_against_him(cast: Cast, now: datetime) -> None:
    finding = steps.fact(cast, now)
    first, second = (
        steps.proposed_case(cast, at, "accountability", who, unit, finding)
        for at, who, unit in (
            (now, "finance_head", "finance"),
            (now, "finance_secretary", "finance_committee"),
        )
    )
    steps.enter(cast, first, now)
    with refused(cast, "G7"):
        steps.enter(cast, second, now)


def _declined(cast: Cast, case: Case, now: datetime) -> None:
    answers = {"verdict": "decline", "reason": "情节轻微", "basis": ["accountability_9"]}
    do(cast, case, "approve_start", "city_secretary", now, **answers)


def _filed(cast: Cast, case: Case, now: datetime) -> None:
    answers = {"verdict": "filed", "reason": "已立案", "basis": ["accountability_9"]}
    do(cast, case, "approve_start", "city_secretary", now, **answers)


@pytest.mark.parametrize(
    ("decide", "outcome", "state"),
    [(_declined, "not_started", "declined"), (_filed, "already_under_review", "under_review")],
)
def test_it_is_not_started(
    cast: Cast,
    now: datetime,
    decide: Callable[[Cast, Case, datetime], None],
    outcome: str,
    state: str,
) -> None:
    case = entered(cast, now)
    decide(cast, case, now)
    assert case.outcome == outcome
    assert steps.the_measure(cast, case).state == state


def test_the_exempted_is_told_and_nothing_is_in_force(cast: Cast, now: datetime) -> None:
    key = key_of(cast, "finance_head")
    case = steps.heard(cast, now)
    steps.report(cast, case, now, key)
    steps.sign(cast, case, now)
    steps.conclude(cast, case, now, key, kind="exempt")
    answers = {"verdict": "approve", "opinion": "同意", "signature": "city_secretary"}
    do(cast, case, "approve_decision", "city_secretary", now, **answers)
    assert case.outcome == "not_accountable"
    assert steps.the_measure(cast, case).state == "not_accountable"
    papers = select(Document.template).where(Document.case_id == case.id)
    assert "exemption_notice" in cast.session.scalars(papers).all()
