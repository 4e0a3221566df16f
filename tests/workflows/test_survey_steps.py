"""问卷与访谈 with real people: designed, sent out, settled, concluded on evidence, reported."""

import io
from datetime import datetime, timedelta

import pytest
from docx import Document as Docx
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Case, Document, FieldNote, Matter, Task
from tests.cast import Cast, assemble, install
from tests.workflows.surveying import (
    TALK,
    analysis,
    answered,
    begun,
    collected,
    design,
    opened,
    published,
    survey_in,
)
from workflows import cases, citations, documents, field_notes, survey_lists, survey_steps
from workflows.errors import Invalid, NotAllowed, Refused
from workflows.field_notes import Note


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


def open_nodes(cast: Cast, case: Case) -> list[str]:
    waiting = select(Task.node).where(Task.case_id == case.id, Task.done_at.is_(None))
    return sorted(cast.session.scalars(waiting))


def test_from_the_design_to_the_report(cast: Cast, now: datetime) -> None:
    case, later = collected(cast, now)
    survey = survey_in(cast, case)
    assert (survey.state, survey.answered) == ("settled", 12)
    note = cast.session.scalars(select(FieldNote)).one()
    basis = [f"survey:{survey.id}:q1", f"note:{note.id}"]
    cast.do(case, "analyse", "supervisor", later, analysis(basis))
    cast.do(
        case, "approve_conclusions", "work_deputy", later, {"verdict": "return", "opinion": "补"}
    )
    cast.do(case, "analyse", "supervisor2", later, analysis(basis))
    cast.do(case, "approve_conclusions", "work_deputy", later, {"verdict": "approve"})
    assert case.outcome == "survey_closed"
    [matter] = cast.session.scalars(select(Matter))
    assert (matter.title, matter.source) == ("建立联合计划", "survey")
    report = cast.session.scalars(select(Document)).one()
    _is_a_report(documents.render(cast.session, report))


def _is_a_report(data: bytes) -> None:
    made = Docx(io.BytesIO(data))
    text = "\n".join(one.text for one in made.paragraphs)
    assert "发放" in text
    assert "收回12份" in text
    assert "第1题：党建与业务结合得如何" in text  # the evidence of the problem
    assert "座谈记录 2026年3月2日 支部书记" in text
    assert "[[figure" not in text
    charts = [part for part in made.part.package.iter_parts() if "/charts/" in str(part.partname)]
    assert len(charts) == 2
    assert "紧密".encode() in charts[0].blob
    tables = [[cell.text for cell in row.cells] for row in made.tables[0].rows]
    assert tables == [["选项", "人数", "占比"], ["紧密", "4", "33.3%"], ["两张皮", "8", "66.7%"]]


def test_fewer_than_five_are_not_asked_without_names(cast: Cast, now: datetime) -> None:
    few = [str(cast.units["finance_branch"].id)]  # two people
    case, row = begun(cast, now), published(cast, now)
    with pytest.raises(Invalid) as refused, cast.session.begin_nested():
        cast.do(case, "design_survey", "supervisor", now, design(cast, row, now, population=few))
    assert set(refused.value.fields) == {"population"}
    assert refused.value.fields["population"].facts == {"count": 2}  # type: ignore[attr-defined]
    named = design(cast, row, now, population=few, anonymity="named")
    cast.do(case, "design_survey", "supervisor", now, named)
    cast.do(case, "approve_survey", "work_deputy", now, {"verdict": "approve"})
    assert survey_in(cast, case).asked == 2


def test_who_fell_below_five_meanwhile_is_not_sent_out(cast: Cast, now: datetime) -> None:
    case, row = begun(cast, now), published(cast, now)
    organ = [str(cast.units["finance"].id)]
    cast.do(case, "design_survey", "supervisor", now, design(cast, row, now, population=organ))
    people = [one for key, one in cast.users.items() if key.startswith("finance")]
    for one in people[4:]:
        one.enabled = False
    cast.session.flush()
    with pytest.raises(Refused, match="needs five"), cast.session.begin_nested():
        cast.do(case, "approve_survey", "work_deputy", now, {"verdict": "approve"})
    people[4].enabled = True
    cast.session.flush()
    cast.do(case, "approve_survey", "work_deputy", now, {"verdict": "approve"})
    assert survey_in(cast, case).asked == 5


def test_what_was_asked_before_or_is_known_is_named(cast: Cast, now: datetime) -> None:
    opened(cast, now)
    case, later = begun(cast, now), now + timedelta(days=1)
    said = design(cast, published(cast, now), later)
    cast.do(case, "design_survey", "supervisor", later, said)
    known = cases.look(cast.session, case, by=None, now=later).execution.vars["known"]
    assert "第1题曾于2026-03-02在“党建与业务融合情况调研”中问过" in known
    far = design(cast, None, later, asked=False)
    other = begun(cast, later)
    cast.do(other, "design_survey", "supervisor", later, far)
    assert cases.look(cast.session, other, by=None, now=later).execution.vars["known"] == ""


def test_a_design_that_does_not_hold_is_refused_by_field(cast: Cast, now: datetime) -> None:
    case = begun(cast, now)
    past = design(cast, None, now, closes=(now - timedelta(hours=1)).isoformat(), talks=[])
    with pytest.raises(Invalid) as refused, cast.session.begin_nested():
        cast.do(case, "design_survey", "supervisor", now, past)
    assert set(refused.value.fields) == {"closes", "talks"}
    row = published(cast, now)
    row.state = "draft"
    with pytest.raises(Invalid) as refused, cast.session.begin_nested():
        cast.do(case, "design_survey", "supervisor", now, design(cast, row, now))
    assert set(refused.value.fields) == {"questionnaire"}


def test_only_a_supervisor_begins_and_nobody_approves_his_own(cast: Cast, now: datetime) -> None:
    for who in ("handler", "finance_secretary", "work_deputy"):
        with pytest.raises(NotAllowed):
            survey_steps.begin(cast.session, rights=cast.rights(who, now), now=now)
    case = begun(cast, now)
    cast.do(case, "design_survey", "supervisor", now, design(cast, published(cast, now), now))
    with pytest.raises(NotAllowed), cast.session.begin_nested():
        cast.do(case, "approve_survey", "supervisor", now, {"verdict": "approve"})


def test_planned_talks_are_recorded_before_the_step_is_done(cast: Cast, now: datetime) -> None:
    case = opened(cast, now)
    with pytest.raises(Invalid) as refused, cast.session.begin_nested():
        cast.do(case, "hold_talks", "supervisor", now, {})
    assert set(refused.value.fields) == {"talks"}
    early = {**TALK, "date": "2026-03-03"}
    with pytest.raises(Invalid) as refused, cast.session.begin_nested():
        cast.do(case, "hold_talks", "supervisor", now, {"talks": [early]})
    assert set(refused.value.fields) == {"talks-0-date"}
    holder = survey_lists.holder(cast.session, case)
    said = Note("forum", "支部书记", held_at=now, record="缺少统筹")
    rights = cast.rights("supervisor", now)
    field_notes.add(cast.session, holder, said, rights=rights, now=now)
    cast.do(case, "hold_talks", "supervisor", now, {})
    assert open_nodes(cast, case) == []


def test_a_problem_without_evidence_is_refused(cast: Cast, now: datetime) -> None:
    case, later = collected(cast, now)
    for basis in ([], ["survey:1:q1"], ["note:5"]):
        with pytest.raises(Invalid) as refused, cast.session.begin_nested():
            cast.do(case, "analyse", "supervisor", later, analysis(basis))
        assert "problems-0-basis" in refused.value.fields
    ref = citations.of_case(cast.session, case.id)[0].ref
    cast.do(case, "analyse", "supervisor", later, analysis([ref]))


def test_nothing_is_counted_before_it_closes(cast: Cast, now: datetime) -> None:
    case = opened(cast, now)
    answered(cast, case, now)
    cast.do(case, "hold_talks", "supervisor2", now, {"talks": [TALK]})
    cases.wake(cast.session, case.id, now=now + timedelta(days=6))
    survey = survey_in(cast, case)
    assert (survey.state, survey.answered) == ("open", None)
    assert open_nodes(cast, case) == []
