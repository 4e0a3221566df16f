"""一票否决 through the pages: entered on an established fact, taken back, confirmed, frozen."""

from datetime import UTC, datetime

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Assessment, Finding, UnitSheet, UnitVeto
from tests.cast import Cast
from tests.webapp.conftest import visit
from tests.webapp.test_assessments import cast, finance
from workflows import gradings

__all__ = ["cast"]
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def fact(session: Session, cast: Cast) -> str:
    number = session.scalars(select(Finding.id)).one()
    session.commit()
    return str(number)


def page(cast: Cast) -> str:
    return f"{finance(cast)}/veto"


def suggested(cast: Cast) -> str:
    unit = cast.units["finance"].id
    said = select(UnitSheet.suggested).where(UnitSheet.unit_id == unit)
    found = cast.session.scalars(said).one()
    cast.session.commit()  # on SQLite it would keep whoever signs in waiting
    return found


def test_entered_it_makes_the_suggestion_poor_and_taken_back_as_it_was(
    app: Flask, cast: Cast, fact: str
) -> None:
    before = suggested(cast)
    assessor = visit(app, cast, "assessor")
    assert page(cast) in assessor.get(finance(cast)).text
    assert fact in assessor.get(page(cast)).text
    answer = assessor.send(page(cast), code="serious", finding=fact, text="经核查属实")
    assert answer.status_code == 303, answer.text
    assert suggested(cast) == "poor" != before
    shown = assessor.get(finance(cast)).text
    assert "经核查属实" in shown
    assert "待确认" in shown
    again = assessor.send(page(cast), code="serious", finding=fact, text="经核查属实")
    assert again.status_code == 409
    veto = cast.session.scalars(select(UnitVeto.id)).one()
    cast.session.commit()
    gone = f"{page(cast)}/{veto}/take-back"
    assert assessor.send(gone, reason="").status_code == 422
    assert assessor.send(gone, reason="事实另案处理").status_code == 303
    assert suggested(cast) == before
    assert assessor.send(gone, reason="事实另案处理").status_code == 409


@pytest.mark.parametrize(
    ("code", "finding", "text", "said"),
    [
        ("invented", None, "属实", "没有这一项一票否决"),
        ("serious", "99999999999999999999", "属实", "请选择该单位本年度已认定的事实"),
        ("serious", None, " ", "请说明理由"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_rest_stays(
    app: Flask, cast: Cast, fact: str, code: str, finding: str | None, text: str, said: str
) -> None:
    sent = {"code": code, "finding": finding or fact, "text": text}
    answer = visit(app, cast, "assessor").send(page(cast), **sent)
    assert answer.status_code == 422
    assert said in answer.text
    assert cast.session.scalars(select(UnitVeto.id)).all() == []


@pytest.mark.parametrize("who", ["finance_secretary", "handler", "work_secretary"])
def test_nobody_but_an_assessor_enters_one(app: Flask, cast: Cast, fact: str, who: str) -> None:
    answer = visit(app, cast, who).send(page(cast), code="serious", finding=fact, text="属实")
    assert answer.status_code in (403, 404)
    assert cast.session.scalars(select(UnitVeto.id)).all() == []


def test_none_comes_after_the_grade(app: Flask, cast: Cast, fact: str) -> None:
    assessment = cast.session.scalars(select(Assessment)).one()
    grades = {cast.units["finance"].id: ("fair", "")}
    gradings.decide(cast.session, assessment, grades, by=cast.users["work_secretary"], now=NOW)
    cast.session.commit()
    answer = visit(app, cast, "assessor").send(
        page(cast), code="serious", finding=fact, text="属实"
    )
    assert answer.status_code == 409
    assert "等次已经审定" in answer.text
