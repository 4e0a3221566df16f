"""The assessment pages: both sides, facts behind each figure, disputes; strangers see nothing."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Assessment, Role, YearFact
from tests.cast import Cast, assemble, install
from tests.webapp.conftest import HASH, visit
from tests.workflows.test_assessments import full_year

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


@pytest.fixture
def cast(session: Session) -> Cast:
    install(session, NOW)
    cast = assemble(session)
    cast.grant("assessor", Role.ASSESSOR, "work")
    full_year(cast, NOW)
    for user in cast.users.values():
        user.password_hash, user.session_key = HASH, "k"
    session.commit()
    return cast


def finance(cast: Cast) -> str:
    return f"/assessments/2025/{cast.units['finance'].id}"


def fact_of(cast: Cast, indicator: str) -> YearFact:
    unit_id = cast.units["finance"].id
    wanted = select(YearFact).where(YearFact.indicator == indicator, YearFact.unit_id == unit_id)
    fact = cast.session.scalars(wanted).one()
    cast.session.commit()  # SQLite has room for one writer
    return fact


def test_an_assessor_sees_every_unit_with_both_sides(app: Flask, cast: Cast) -> None:
    text = visit(app, cast, "assessor").get("/assessments/2025").text
    assert "73.00" in text
    assert "90.00" in text
    assert "17.00" in text  # the gap
    assert "92.00" in text


def test_a_unit_sees_its_own_alone(app: Flask, cast: Cast) -> None:
    visitor = visit(app, cast, "finance_secretary")
    text = visitor.get("/assessments/2025").text
    assert "73.00" in text
    assert "92.00" not in text
    assert visitor.get(finance(cast)).status_code == 200
    assert visitor.get(f"/assessments/2025/{cast.units['planning'].id}").status_code == 404
    assert visitor.get("/assessments/1999").status_code == 404


def test_a_dispute_is_raised_by_the_unit_and_settled_by_an_assessor(app: Flask, cast: Cast) -> None:
    fact = fact_of(cast, "minus")
    unit = visit(app, cast, "finance_deputy")
    url = f"/assessments/facts/{fact.id}"
    assert unit.send(f"{url}/dispute", reason="").status_code == 422
    assert unit.send(f"{url}/dispute", reason="会议已补开").status_code == 303
    assert unit.send(f"{url}/settle", verdict="upheld", reason="属实").status_code == 403
    assert "会议已补开" in unit.get(finance(cast)).text
    assessor = visit(app, cast, "assessor")
    assert assessor.send(f"{url}/settle", verdict="upheld", reason="属实").status_code == 303
    assert "73.50" in assessor.get(finance(cast)).text  # made again at once
    assert assessor.send(f"{url}/settle", verdict="upheld", reason="属实").status_code == 409


def test_a_stranger_disputes_nothing(app: Flask, cast: Cast) -> None:
    url = f"/assessments/facts/{fact_of(cast, 'minus').id}/dispute"
    assert visit(app, cast, "planning_secretary").send(url, reason="无关").status_code == 404


def test_published_results_take_no_dispute(app: Flask, cast: Cast) -> None:
    cast.session.scalars(select(Assessment)).one().published_at = NOW
    cast.session.commit()
    url = f"/assessments/facts/{fact_of(cast, 'minus').id}/dispute"
    assert visit(app, cast, "finance_deputy").send(url, reason="迟了").status_code == 403


def test_the_list_is_exported(app: Flask, cast: Cast) -> None:
    answer = visit(app, cast, "assessor").get("/assessments/2025?export=csv")
    assert answer.mimetype == "text/csv"
    assert "73" in answer.text


def test_an_assessor_begins_a_year_and_nobody_else(app: Flask, cast: Cast) -> None:
    assert visit(app, cast, "assessor").send("/assessments", year="2026").status_code == 303
    refused = visit(app, cast, "assessor").send("/assessments", year="19x")
    assert refused.status_code == 422
    assert 'value="19x"' in refused.text
    assert (
        visit(app, cast, "finance_secretary").send("/assessments", year="2026").status_code == 403
    )


def test_a_scheme_is_seen_tried_downloaded_and_brought_in_again(app: Flask, cast: Cast) -> None:
    scheme_id = cast.session.scalars(select(Assessment)).one().scheme_id
    cast.session.commit()
    visitor = visit(app, cast, "assessor")
    assert "业务促进" in visitor.get(f"/assessments/schemes/{scheme_id}").text
    book = visitor.get(f"/assessments/schemes/{scheme_id}.xlsx")
    assert book.status_code == 200
    sent = visitor.send(
        "/assessments/schemes", year="2026", name="新方案", workbook=(BytesIO(book.data), "a.xlsx")
    )
    assert sent.status_code == 303
    draft = visitor.get(sent.location)
    assert "没有发现问题" in draft.text
    assert "2025" in visitor.get(f"{sent.location}/preview").text
    bad = visitor.send(
        "/assessments/schemes", year="2031", name="留下", workbook=(BytesIO(b"x"), "a.xlsx")
    )
    assert bad.status_code == 422
    assert 'value="2031"' in bad.text
    assert 'value="留下"' in bad.text
    assert 'id="s-book-told"' in bad.text
    assert visit(app, cast, "finance_secretary").get(sent.location).status_code == 403
