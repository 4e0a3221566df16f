"""A research: what it takes in, claims on evidence and no others, talks that stay in the team."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from docx import Document as Docx
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Research, ResearchSource
from tests.cast import Cast, assemble, install
from tests.workflows.surveying import collected, opened, survey_in
from workflows import citations, field_notes, research, research_reports
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound, Refused
from workflows.field_notes import Note
from workflows.research import Filter, Plan, Said


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    return assemble(session)


def begun(cast: Cast, now: datetime, **more: Any) -> Research:
    plan = Plan("两张皮问题研究", "表现在哪里？", team=[cast.users["handler"].id], **more)
    return research.begin(cast.session, plan, rights=cast.rights("supervisor", now), now=now)


def visited(now: datetime, **more: Any) -> Note:
    return Note("visit", "财政局支部", held_at=now, record="例会与支部会合并召开", **more)


def noted(cast: Cast, row: Research, now: datetime, said: Note | None = None) -> str:
    note = field_notes.add(
        cast.session,
        research.holder(cast.session, row),
        said or visited(now),
        rights=cast.rights("handler", now),
        now=now,
    )
    return f"note:{note.id}"


def claimed(cast: Cast, row: Research, now: datetime, *evidence: str, kind: str = "problem") -> Any:
    said = Said(kind, "谋划与检查脱节", evidence)
    rights = cast.rights("supervisor", now)
    return research.put_claim(cast.session, row, said, rights=rights, now=now)


def test_from_the_question_to_the_report(cast: Cast, now: datetime) -> None:
    case, later = collected(cast, now)
    survey = survey_in(cast, case)
    row = begun(cast, later, surveys=[survey.id])
    seen = noted(cast, row, later)
    claimed(cast, row, later, f"survey:{survey.id}:q1", seen)
    claimed(cast, row, later, seen, kind="suggestion")
    rights = cast.rights("handler", later)
    research.conclude(cast.session, row, rights=rights, now=later)
    made = Docx(io.BytesIO(research_reports.paper(cast.session, row, now=later)))
    text = "\n".join(one.text for one in made.paragraphs)
    assert "问卷调查“党建与业务融合情况调研”：发放" in text
    assert "谋划与检查脱节　依据：问卷“党建与业务融合情况调研”第1题" in text
    assert "走访记录 2026年3月10日 财政局支部" in text
    assert "三、主要问题" in text
    assert "四、对策建议" in text
    assert "[[figure" not in text
    assert made.tables[0].rows[1].cells[1].text == "4"
    with pytest.raises(Conflict, match="frozen"):
        claimed(cast, row, later, seen)


def test_a_claim_without_evidence_is_refused_by_its_field(cast: Cast, now: datetime) -> None:
    case = opened(cast, now)
    survey = survey_in(cast, case)
    row = begun(cast, now, surveys=[survey.id])
    planned = noted(cast, row, now, Note("talk", "支部书记", planned_at=now))
    other = noted(cast, begun(cast, now), now)
    # nothing; a survey that still runs; a talk that was not held; another research's
    for evidence in ([], [f"survey:{survey.id}:q1"], [planned], [other], ["note:x"]):
        with pytest.raises(Invalid) as refused:
            claimed(cast, row, now, *evidence)
        assert set(refused.value.fields) == {"evidence"}
    with pytest.raises(Refused, match="at least one problem"):
        research.conclude(cast.session, row, rights=cast.rights("supervisor", now), now=now)
    made = claimed(cast, row, now, noted(cast, row, now))
    assert research.claims_of(cast.session, row) == [made]


def test_of_two_who_change_a_claim_the_slower_is_told_who_and_when(
    cast: Cast, now: datetime
) -> None:
    row = begun(cast, now)
    seen = noted(cast, row, now)
    made = claimed(cast, row, now, seen)
    version, later = made.version, now + timedelta(hours=1)
    said = Said("cause", "责任不清", [seen])
    rights = cast.rights("handler", later)
    research.put_claim(cast.session, row, said, row=made, version=version, rights=rights, now=later)
    with pytest.raises(Conflict) as refused:
        research.put_claim(
            cast.session, row, said, row=made, version=version, rights=rights, now=later
        )
    assert refused.value.facts == {"who": "handler", "when": later}


def test_what_a_claim_rests_on_is_not_left_out(cast: Cast, now: datetime) -> None:
    case, later = collected(cast, now)
    survey = survey_in(cast, case)
    row = begun(cast, later, surveys=[survey.id])
    made = claimed(cast, row, later, f"survey:{survey.id}:q1")
    rights, without = cast.rights("supervisor", later), Plan(row.title, row.question)
    with pytest.raises(Refused, match="left out"):
        research.change(cast.session, row, without, version=row.version, rights=rights, now=later)
    research.drop_claim(cast.session, row, made, rights=rights, now=later)
    version, later = row.version, later + timedelta(hours=1)
    research.change(cast.session, row, without, version=version, rights=rights, now=later)
    assert cast.session.scalars(select(ResearchSource)).all() == []
    with pytest.raises(Conflict):
        research.change(cast.session, row, without, version=version, rights=rights, now=later)


def test_it_is_open_to_its_team_and_to_who_supervises_there(cast: Cast, now: datetime) -> None:
    row = begun(cast, now)
    for who in ("supervisor2", "handler", "work_secretary"):
        rights = cast.rights(who, now)
        assert research.get(cast.session, row.id, rights=rights).id == row.id
        assert research.page(cast.session, rights, Filter()).rows == [row]
    for who in ("finance_secretary", "system_admin"):
        rights = cast.rights(who, now)
        with pytest.raises(NotFound):
            research.get(cast.session, row.id, rights=rights)
        assert research.page(cast.session, rights, Filter()).rows == []
    with pytest.raises(NotAllowed):
        research.begin(cast.session, Plan("题", "问"), rights=cast.rights("handler", now), now=now)
    with pytest.raises(NotAllowed):
        research.require_team(cast.session, row, cast.rights("supervisor2", now))


def test_a_confidential_talk_is_for_the_team_and_the_readers_it_names(
    cast: Cast, now: datetime
) -> None:
    row = begun(cast, now)
    reader = str(cast.users["work_secretary"].id)
    said = visited(now, confidential=True, readers=[reader])
    noted(cast, row, now, said)
    holder = research.holder(cast.session, row)
    [note] = field_notes.of(cast.session, holder)
    for who in ("supervisor", "handler", "work_secretary"):
        assert field_notes.get(cast.session, holder, note.id, rights=cast.rights(who, now))
    for who in ("supervisor2", "work_deputy"):
        with pytest.raises(NotFound):
            field_notes.get(cast.session, holder, note.id, rights=cast.rights(who, now))
    # cited, it tells the day and not with whom
    [source] = citations.of_research(cast.session, row.id)
    assert source.label == "走访记录 2026-03-02"
    with pytest.raises(NotFound):
        field_notes.get(
            cast.session,
            research.holder(cast.session, begun(cast, now)),
            note.id,
            rights=cast.rights("supervisor", now),
        )


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        (Note("chat", " "), {"method", "subject", "planned_at"}),
        (Note("talk", "甲", held_at=datetime(2026, 3, 3, tzinfo=UTC)), {"held_at", "record"}),
        (Note("talk", "甲", record="有记录"), {"planned_at", "held_at"}),
        (Note("reading", "记录", looked=0), {"looked", "planned_at"}),
    ],
)
def test_what_does_not_hold_of_a_talk_is_told_by_field(
    cast: Cast, now: datetime, said: Note, fields: set[str]
) -> None:
    row = begun(cast, now)
    with pytest.raises(Invalid) as refused:
        noted(cast, row, now, said)
    assert set(refused.value.fields) == fields
