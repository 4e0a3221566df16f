"""The builder through its pages: without JavaScript, two at once, by workbook, nobody else."""

import io
import re
from datetime import UTC, datetime

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Questionnaire
from tests.cast import Cast, assemble, install
from tests.webapp.conftest import HASH, Visitor, visit
from workflows import questionnaire_books as books

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def cast(session: Session) -> Cast:
    install(session, NOW)
    cast = assemble(session)
    for user in cast.users.values():
        user.password_hash, user.session_key = HASH, "k"
    session.commit()
    return cast


def stored(cast: Cast) -> Questionnaire:
    row = cast.session.scalars(
        select(Questionnaire).execution_options(populate_existing=True)
    ).one()
    cast.session.commit()
    return row


def begun(visitor: Visitor) -> str:
    answer = visitor.send("/questionnaires", title="党建工作问卷")
    assert answer.status_code == 303
    return str(answer.location)


def version(visitor: Visitor, page: str) -> str:
    found = re.search('name="_version" value="([0-9]+)"', visitor.get(page).text)
    assert found
    return found[1]


def ask(visitor: Visitor, page: str, number: int, kind: str, **fields: object) -> None:
    said = {"_form": "1", "_version": version(visitor, page), "required-box": "1", **fields}
    answer = visitor.send(f"{page}/questions/{number}?kind={kind}", **said)
    assert answer.status_code == 303, answer.text


def test_a_questionnaire_is_built_published_and_carried_on(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "supervisor")
    assert "还没有问卷" in visitor.get("/questionnaires").text
    page = begun(visitor)
    assert "还没有题目" in visitor.get(page).text
    ask(visitor, page, 1, "single", title="总体评价", choices="好 | Good\n差", required="true")
    ask(visitor, page, 2, "text", title="原因", show_if="q1=c2", longest="500")
    ask(visitor, page, 3, "scale", title="推荐", low="0", high="10")
    row = stored(cast)
    assert [one["code"] for one in row.questions] == ["q1", "q2", "q3"]
    assert row.questions[0]["choices"] == [
        {"code": "c1", "title": "好", "title_en": "Good"},
        {"code": "c2", "title": "差"},
    ]
    assert row.questions[1]["show_if"] == {"question": "q1", "is": ["c2"]}
    # the first choice is reworded and one put before it: the second keeps its code
    ask(visitor, page, 1, "single", title="总体评价", choices="很好\n差\n说不清", required="true")
    codes = {one["title"]: one["code"] for one in stored(cast).questions[0]["choices"]}
    assert codes == {"很好": "c1", "差": "c2", "说不清": "c3"}
    assert "仅当第1题选择“差”时显示" in visitor.get(f"{page}/preview").text
    _is_published(cast, visitor, page)


def _is_published(cast: Cast, visitor: Visitor, page: str) -> None:
    """Moved once more, then frozen: what follows is a new version."""
    moved = visitor.send(f"{page}/questions/3/move", to="up", _version=version(visitor, page))
    assert moved.status_code == 303
    published = visitor.send(f"{page}/publish", _version=version(visitor, page))
    assert published.status_code == 303
    assert stored(cast).state == "published"
    late = visitor.send(f"{page}/questions/1/remove", _version="99")
    assert late.status_code == 409
    assert "请新建版本" in late.text
    made = visitor.send(f"{page}/versions")
    assert made.status_code == 303
    assert "第 2 版" in visitor.get(str(made.location)).text


def test_what_was_typed_stands_beside_the_refusal(app: Flask, cast: Cast) -> None:
    one, two = visit(app, cast, "supervisor"), visit(app, cast, "supervisor2")
    page = begun(one)
    seen = version(two, page)
    ask(one, page, 1, "text", title="甲的问题")
    typed = {"_form": "1", "_version": seen, "required-box": "1", "title": "乙的问题"}
    slow = two.send(f"{page}/questions/1?kind=text", **typed)
    assert slow.status_code == 409
    assert "supervisor已于" in slow.text
    assert "乙的问题" in slow.text
    assert "甲的问题" in slow.text  # as it stands now, beside it
    again = re.search('name="_version" value="([0-9]+)"', slow.text)
    assert again
    typed["_version"] = again[1]
    assert two.send(f"{page}/questions/1?kind=text", **typed).status_code == 303
    assert stored(cast).questions[0]["title"] == "乙的问题"


def test_a_question_at_fault_comes_back_with_its_field_marked(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "supervisor")
    page = begun(visitor)
    said = {"_form": "1", "_version": "1", "title": "只有一个选项", "choices": "好"}
    bad = visitor.send(f"{page}/questions/1?kind=single", **said)
    assert bad.status_code == 422
    assert "f-choices-fault" in bad.text
    assert "只有一个选项" in bad.text
    assert visitor.get(f"{page}/questions/1?kind=riddle").status_code == 404
    assert visitor.get(f"{page}/questions/7").status_code == 404
    assert visitor.send(f"{page}/publish", _version="1").status_code == 422
    assert visitor.send("/questionnaires", title=" ").status_code == 422


def test_it_comes_and_goes_as_a_workbook(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "supervisor")
    template = visitor.get("/questionnaires/import/template").data
    book = load_workbook(io.BytesIO(template))
    book["题目"]["B2"] = "猜谜"
    bad = io.BytesIO()
    book.save(bad)

    def send(data: bytes, act: str) -> object:
        return visitor.send(
            "/questionnaires/import", workbook=(io.BytesIO(data), "q.xlsx"), act=act
        )

    refused = send(bad.getvalue(), "take")
    assert refused.status_code == 422  # type: ignore[attr-defined]
    assert "题型" in refused.text  # type: ignore[attr-defined]
    assert send(template, "check").status_code == 200  # type: ignore[attr-defined]
    assert cast.session.scalar(select(Questionnaire)) is None
    cast.session.commit()
    taken = send(template, "take")
    assert taken.status_code == 303  # type: ignore[attr-defined]
    out = visitor.get(f"{taken.location}.xlsx")  # type: ignore[attr-defined]
    assert str(out.mimetype).endswith("sheet")
    found = books.read(out.data)
    assert books.normal(found.questions) == books.normal(books.read(template).questions)
    assert visitor.get("/questionnaires?export=csv").status_code == 200


def test_nobody_else_comes_in(app: Flask, cast: Cast) -> None:
    page = begun(visit(app, cast, "supervisor"))
    for who in ("finance_secretary", "system_admin"):
        visitor = visit(app, cast, who)
        for path in ("/questionnaires", page, f"{page}/preview", f"{page}.xlsx"):
            assert visitor.get(path).status_code == 403, path
        assert visitor.send(f"{page}/publish", _version="1").status_code == 403
        assert visitor.get("/questionnaires/import").status_code == 403
