"""督办 through its diagram: filing, objection, work, review, return, closing, and its guards."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Acknowledgement, AuditRow, Case, Document, Finding, Inbox, Task
from tests.cast import Cast
from tests.workflows import matter_paths as path
from tests.workflows.matter_paths import do, draft, hand_in, open_nodes, review, the_matter
from workflows import cases, matters, tasks
from workflows.deadlines import day_of
from workflows.errors import Invalid, NotFound, Refused


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return path.supervised_city(session, now)


def papers(cast: Cast, case: Case) -> list[str]:
    wanted = select(Document.template).where(Document.case_id == case.id).order_by(Document.id)
    return list(cast.session.scalars(wanted))


def test_a_matter_is_filed_done_reviewed_and_closed(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    matter = the_matter(cast, case)
    assert case.number == "督〔2026〕1号"
    assert matter.due_at == matter.first_due_at
    assert matter.due_at is not None
    assert day_of(matter.due_at) == date(2026, 3, 16)
    assert path.open_task(cast, case, "do_work").due_at == matter.due_at
    hand_in(cast, case, now)
    review(cast, case, now, "accept")
    assert (case.status, case.outcome) == ("finished", "closed")
    assert matter.closed_at == now
    assert papers(cast, case) == ["supervision_notice", "completion_report"]
    assert cast.session.scalars(select(Inbox)).all() == []


def test_a_matter_not_worth_filing_is_only_noted(cast: Cast, now: datetime) -> None:
    case = path.opened(cast, now)
    do(cast, case, "draft_matter", "supervisor", now, **draft(cast))
    answers = {"verdict": "note_only", "floor": "green", "opinion": "阅知即可"}
    do(cast, case, "approve_filing", "work_deputy", now, **answers)
    assert case.outcome == "not_filed"
    assert case.number is None


def test_like_matters_are_shown_and_merged(cast: Cast, now: datetime) -> None:
    first = path.filed(cast, now)
    case = path.opened(cast, now, "matter:meeting:2:finance")
    do(cast, case, "draft_matter", "supervisor", now, **draft(cast))
    target = str(the_matter(cast, first).id)
    assert cases.look(cast.session, case, now=now).execution.vars["duplicates"] == [target]
    answers = {"verdict": "merge", "floor": "green", "opinion": "并案", "merge_into": target}
    do(cast, case, "approve_filing", "work_deputy", now, **answers)
    assert case.outcome == "merged"
    assert (first.number, case.number) == ("督〔2026〕1号", "督〔2026〕2号")
    assert case.parent_case_id == first.id


def test_it_merges_only_into_another_open_matter(cast: Cast, now: datetime) -> None:
    case = path.opened(cast, now)
    do(cast, case, "draft_matter", "supervisor", now, **draft(cast))
    itself = str(the_matter(cast, case).id)
    for target in (itself, "17", "x"):
        answers = {"verdict": "merge", "floor": "green", "opinion": "并案", "merge_into": target}
        with pytest.raises(Invalid) as refusal, cast.session.begin_nested():
            do(cast, case, "approve_filing", "work_deputy", now, **answers)
        assert "merge_into" in refusal.value.fields


def test_a_draft_can_be_sent_back(cast: Cast, now: datetime) -> None:
    case = path.opened(cast, now)
    do(cast, case, "draft_matter", "supervisor", now, **draft(cast))
    answers = {"verdict": "redraft", "floor": "green", "opinion": "要求写清"}
    do(cast, case, "approve_filing", "work_deputy", now, **answers)
    assert open_nodes(cast, case) == ["draft_matter"]


def test_the_unit_objects_and_another_gets_it(cast: Cast, now: datetime) -> None:
    case = path.filed(cast, now, grade="urgent")
    do(cast, case, "acknowledge", "finance_liaison", now, answer="object", reason="非我职责")
    planning = str(cast.units["planning"].id)
    answers = {"verdict": "reassign", "new_unit": planning, "opinion": "改派"}
    do(cast, case, "settle_objection", "work_deputy", now, **answers)
    assert the_matter(cast, case).lead_unit_id == case.unit_id == cast.units["planning"].id
    task = path.open_task(cast, case, "acknowledge")
    with pytest.raises(NotFound):
        tasks.get(cast.session, task.id, rights=cast.rights("finance_liaison", now), now=now)
    path.accept(cast, case, now, "planning")
    assert "do_work" in open_nodes(cast, case)


def test_a_unit_objects_once(cast: Cast, now: datetime) -> None:
    case = path.filed(cast, now)
    do(cast, case, "acknowledge", "finance_liaison", now, answer="object", reason="非我职责")
    do(cast, case, "settle_objection", "work_deputy", now, verdict="reject", opinion="应办")
    with pytest.raises(Refused) as refusal:
        do(cast, case, "acknowledge", "finance_liaison", now, answer="object", reason="仍非")
    assert refusal.value.facts["guard"] == "objections"


def test_a_matter_can_be_withdrawn(cast: Cast, now: datetime) -> None:
    case = path.filed(cast, now)
    do(cast, case, "acknowledge", "finance_liaison", now, answer="object", reason="已办")
    do(cast, case, "settle_objection", "work_deputy", now, verdict="cancel", opinion="确已办")
    assert case.outcome == "withdrawn"
    told = cast.session.scalars(
        select(Acknowledgement.user_id).where(Acknowledgement.kind == "withdrawn")
    )
    assert list(told) == [cast.users["finance_liaison"].id]


def test_the_handler_is_of_the_unit(cast: Cast, now: datetime) -> None:
    case = path.filed(cast, now)
    stranger = str(cast.users["planning_handler"].id)
    with pytest.raises(Invalid) as refusal:
        do(cast, case, "acknowledge", "finance_liaison", now, answer="accept", handler=stranger)
    assert "handler" in refusal.value.fields


def test_interim_reports_keep_the_work_open(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now, feedback="monthly")
    due = path.open_task(cast, case, "do_work").due_at
    do(cast, case, "do_work", "finance_handler", now, kind="interim", progress="过半")
    assert path.open_task(cast, case, "do_work").due_at == due
    variables = cases.look(cast.session, case, now=now).execution.vars
    assert variables["due"]["interim"].startswith("2026-04-02")


def test_the_unit_s_leader_sends_the_report_back(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    report = {"kind": "final", "progress": "完成", "result": "已核拨", "self_check": "已自查"}
    do(cast, case, "do_work", "finance_handler", now, **report)
    signed = {"verdict": "back", "opinion": "缺凭证", "signature": "finance_leader"}
    do(cast, case, "unit_sign", "finance_leader", now, **signed)
    assert "do_work" in open_nodes(cast, case)


def test_a_returned_result_is_counted_and_the_date_stays(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    hand_in(cast, case, now)
    matter = the_matter(cast, case)
    due = matter.due_at
    with pytest.raises(Invalid), cast.session.begin_nested():
        review(cast, case, now, "return", redo_by="2026-03-02")
    review(cast, case, now, "return", redo_by="2026-03-20")
    assert (matter.returns, matter.due_at) == (1, due)
    assert matter.redo_at is not None
    assert matter.light == "blue"
    assert "do_work" in open_nodes(cast, case)


def test_a_false_report_is_a_fact_and_turns_the_light_red(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    hand_in(cast, case, now)
    review(cast, case, now, "false_report", redo_by="2026-03-20")
    assert the_matter(cast, case).light == "red"
    finding = cast.session.scalars(select(Finding)).one()
    assert (finding.kind, finding.status) == ("false_report", "draft")
    assert open_nodes(cast, case) == ["do_work", "order_on_site"]


def test_a_leader_closes_what_a_leader_ordered(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now, source="instruction")
    hand_in(cast, case, now)
    review(cast, case, now, "accept")
    assert open_nodes(cast, case) == ["close_by_leader"]
    answers = {"verdict": "return", "opinion": "再核", "redo_by": "2026-03-20"}
    do(cast, case, "close_by_leader", "work_deputy", now, **answers)
    assert the_matter(cast, case).returns == 1
    hand_in(cast, case, now)
    review(cast, case, now, "accept")
    do(cast, case, "close_by_leader", "work_deputy", now, verdict="close")
    assert case.outcome == "closed"


def test_late_against_the_original_date_is_said(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    late = now + timedelta(days=15)
    hand_in(cast, case, late)
    review(cast, case, late, "accept")
    archived = cast.session.scalars(select(AuditRow).where(AuditRow.action == "archived")).one()
    assert archived.detail["on_time"]["first"] is False


def test_strangers_neither_see_nor_act(cast: Cast, now: datetime) -> None:
    case = path.working(cast, now)
    for task in cast.session.scalars(select(Task).where(Task.done_at.is_(None))):
        for who in ("planning_head", "planning_liaison", "finance_member", "audit_admin"):
            with pytest.raises(NotFound):
                tasks.get(cast.session, task.id, rights=cast.rights(who, now), now=now)
    assert case.status == "running"


def test_the_same_cause_opens_no_second_matter(cast: Cast, now: datetime) -> None:
    assert path.opened(cast, now).id == path.opened(cast, now).id
    assert matters.get(cast.session, the_matter(cast, path.opened(cast, now)).id)
