"""A questionnaire from draft to versions, two editors at once, and its workbook."""

import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from sqlalchemy.orm import Session

from models import Questionnaire
from tests.cast import Cast, assemble
from workflows import questionnaire_books as books
from workflows import questionnaires, surveys
from workflows.errors import Conflict, Invalid, NotAllowed, NotFound
from workflows.questionnaires import Edit, Filter

ASKED: list[dict[str, Any]] = [
    {
        "code": "q1",
        "kind": "single",
        "title": "总体评价",
        "required": True,
        "choices": [{"code": "a", "title": "好"}, {"code": "b", "title": "差"}],
    },
    {
        "code": "q2",
        "kind": "text",
        "title": "原因",
        "show_if": {"question": "q1", "is": ["b"]},
    },
]


@pytest.fixture
def cast(session: Session) -> Cast:
    return assemble(session)


def drafted(cast: Cast, now: datetime) -> Questionnaire:
    return questionnaires.draft(
        cast.session,
        "党建工作问卷",
        rights=cast.rights("supervisor", now),
        now=now,
        questions=ASKED,
    )


def edit(cast: Cast, row: Questionnaire, now: datetime, who: str = "supervisor") -> Edit:
    return Edit(cast.rights(who, now), row.version, now)


def test_a_question_is_put_changed_moved_and_removed(cast: Cast, now: datetime) -> None:
    row = drafted(cast, now)
    scale = {"code": "q3", "kind": "scale", "title": "推荐程度", "low": 0, "high": 10}
    questionnaires.put(cast.session, row, 2, scale, edit(cast, row, now))
    questionnaires.put(cast.session, row, 2, {**scale, "title": "愿意推荐"}, edit(cast, row, now))
    questionnaires.move(cast.session, row, 2, -1, edit(cast, row, now))
    questionnaires.move(cast.session, row, 0, -1, edit(cast, row, now))
    assert [one["code"] for one in row.questions] == ["q1", "q3", "q2"]
    assert row.questions[1]["title"] == "愿意推荐"
    questionnaires.remove(cast.session, row, 1, edit(cast, row, now))
    assert [one["code"] for one in row.questions] == ["q1", "q2"]
    with pytest.raises(NotFound):
        questionnaires.remove(cast.session, row, 7, edit(cast, row, now))


def test_a_question_that_does_not_hold_is_refused_by_its_field(cast: Cast, now: datetime) -> None:
    row = drafted(cast, now)
    bad = {"code": "q3", "kind": "single", "title": "", "choices": [{"code": "a", "title": "好"}]}
    with pytest.raises(Invalid) as refused:
        questionnaires.put(cast.session, row, 2, bad, edit(cast, row, now))
    assert set(refused.value.fields) == {"title", "choices"}
    assert len(row.questions) == 2


def test_of_two_editors_the_slower_is_told_who_and_when(cast: Cast, now: datetime) -> None:
    row = drafted(cast, now)
    seen = edit(cast, row, now, "supervisor2")
    questionnaires.rename(cast.session, row, "新名", "", edit(cast, row, now + timedelta(hours=1)))
    with pytest.raises(Conflict) as refused:
        questionnaires.rename(cast.session, row, "另一个名", "", seen)
    assert refused.value.facts == {"who": "supervisor", "when": now + timedelta(hours=1)}
    assert row.title == "新名"
    questionnaires.rename(cast.session, row, "另一个名", "", edit(cast, row, now, "supervisor2"))
    assert row.title == "另一个名"


def test_what_hangs_on_a_later_question_is_not_published(cast: Cast, now: datetime) -> None:
    row = drafted(cast, now)
    by = cast.users["supervisor"]
    questionnaires.move(cast.session, row, 1, -1, edit(cast, row, now))
    assert set(questionnaires.faults_of(row)) == {"questions-0-show_if"}
    with pytest.raises(Invalid):
        questionnaires.publish(cast.session, row, by=by, now=now)
    questionnaires.move(cast.session, row, 1, -1, edit(cast, row, now))
    questionnaires.publish(cast.session, row, by=by, now=now)
    questionnaires.publish(cast.session, row, by=by, now=now)
    assert row.state == "published"


def test_published_it_is_not_edited_a_new_version_is(cast: Cast, now: datetime) -> None:
    row, rights = drafted(cast, now), cast.rights("supervisor", now)
    questionnaires.publish(cast.session, row, by=rights.user, now=now)
    with pytest.raises(Conflict, match="published"):
        questionnaires.remove(cast.session, row, 0, edit(cast, row, now))
    made = questionnaires.new_version(cast.session, row, rights=rights, now=now)
    assert (made.number, made.state, made.questions) == (2, "draft", row.questions)
    again = questionnaires.new_version(cast.session, row, rights=rights, now=now)
    assert again.id == made.id
    questionnaires.remove(cast.session, made, 1, edit(cast, made, now))
    assert len(row.questions) == 2
    listed = questionnaires.page(cast.session, Filter(), rights=rights)
    assert [one.row.id for one in listed.rows] == [made.id]
    assert [one.id for one in questionnaires.published(cast.session)] == [row.id]


def test_while_it_is_answered_the_refusal_names_the_survey(cast: Cast, now: datetime) -> None:
    row = drafted(cast, now)
    by = cast.users["supervisor"]
    questionnaires.publish(cast.session, row, by=by, now=now)
    closes = now + timedelta(days=3)
    units = [str(cast.units["work"].id)]
    draft = surveys.Draft(row.id, "年度调研", now, closes, {"units": units})
    survey = surveys.prepare(cast.session, draft, by=by, now=now)
    surveys.open_to_all(cast.session, survey.id, by=by, now=now)
    with pytest.raises(Conflict) as refused:
        questionnaires.remove(cast.session, row, 0, edit(cast, row, now))
    assert refused.value.facts == {"survey": "年度调研", "when": closes}


def test_only_a_supervisor_makes_one(cast: Cast, now: datetime) -> None:
    row = drafted(cast, now)
    for who in ("handler", "finance_secretary", "system_admin"):
        rights = cast.rights(who, now)
        with pytest.raises(NotAllowed):
            questionnaires.get(cast.session, row.id, rights=rights)
        with pytest.raises(NotAllowed):
            questionnaires.draft(cast.session, "问卷", rights=rights, now=now)


WORDS = (
    st.text(
        st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Co", "Cn", "Zl", "Zp")),
        min_size=1,
        max_size=20,
    )
    .map(str.strip)
    .filter(bool)
    .filter(lambda text: not text.startswith(("'", "#")))
)
ENTRIES = st.lists(WORDS, min_size=2, max_size=4)


@st.composite
def a_question(draw: Any, code: str) -> dict[str, Any]:
    kind = draw(st.sampled_from(["single", "multiple", "scale", "matrix", "text"]))
    one: dict[str, Any] = {"code": code, "kind": kind, "title": draw(WORDS)}
    if draw(st.booleans()):
        one |= {"required": True, "title_en": draw(WORDS)}
    if kind in ("single", "multiple", "matrix"):
        one["choices"] = _entries(draw(ENTRIES))
    if kind == "matrix":
        one["rows"] = _entries(draw(ENTRIES))
    if kind == "multiple":
        one["most"] = 2
    if kind == "scale":
        one |= {"low": draw(st.integers(0, 3)), "high": 10, "low_title": draw(WORDS)}
    return one


def _entries(titles: list[str]) -> list[dict[str, str]]:
    return [{"code": f"c{place}", "title": title} for place, title in enumerate(titles)]


@settings(max_examples=25)
@given(st.data())
def test_out_and_in_again_it_is_the_same_questionnaire(data: st.DataObject) -> None:
    number = data.draw(st.integers(1, 4))
    asked = [data.draw(a_question(f"q{one}")) for one in range(number)]
    written = books.write("问卷", "Questionnaire", asked)
    found = books.read(written)
    assert found.is_good, (found.report.faults, found.faults)
    assert (found.title, found.title_en) == ("问卷", "Questionnaire")
    assert books.normal(found.questions) == books.normal(asked)
    assert _cells(books.write("问卷", "Questionnaire", found.questions)) == _cells(written)


def _cells(data: bytes) -> list[Any]:
    book = load_workbook(io.BytesIO(data))
    return [[list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book]


def test_a_formula_goes_out_as_text_and_comes_back_as_it_was() -> None:
    asked = [{"code": "q1", "kind": "text", "title": "=1+1"}]
    written = books.write("@问卷", "", asked)
    assert _cells(written)[1][1][2] == "'=1+1"
    found = books.read(written)
    assert (found.title, found.questions[0]["title"]) == ("@问卷", "=1+1")


def test_every_fault_is_told_by_sheet_row_and_column() -> None:
    book = load_workbook(io.BytesIO(books.example()))
    book["题目"]["B2"] = "猜谜"  # no kind
    book["题目"]["D3"] = "=CMD()"  # a formula
    book["选项"]["A2"] = "q99"  # of no question
    found = _read_again(book)
    assert {(one.sheet, one.row, one.column) for one in found.report.faults} == {
        ("题目", 2, "题型"),
        ("题目", 3, "英文题目"),
        ("选项", 2, "题目编号"),
        ("选项", 3, "题目编号"),  # its question could not be read
        ("选项", 4, "题目编号"),
        ("选项", 5, "题目编号"),
    }


def test_what_can_be_read_and_does_not_hold_is_told_as_well() -> None:
    book = load_workbook(io.BytesIO(books.example()))
    book["选项"].delete_rows(3)  # the first question has one choice left
    book["题目"]["P3"] = "z"  # an answer that is not offered
    found = _read_again(book)
    assert found.report.is_good
    assert {(one.sheet, one.row, one.column) for one in found.faults} == {
        ("题目", 2, "选项"),
        ("题目", 3, "显示条件题号"),
    }
    assert books.read(books.example()).is_good


def _read_again(book: Any) -> books.Read:
    out = io.BytesIO()
    book.save(out)
    return books.read(out.getvalue())


def test_what_is_no_workbook_of_ours_is_refused() -> None:
    with pytest.raises(Invalid):
        books.read(b"PK no workbook")
