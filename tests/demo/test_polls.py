"""The demo's surveys: one with 2,000 answers and its report, one that runs, a research on both."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.polls import ANSWERS, RESPONSE, RUNNING
from models import Case, Document, Research, Survey
from workflows import citations, research, surveys


def test_one_is_settled_with_its_report_and_one_runs(session: Session) -> None:
    done, runs = session.scalars(select(Survey).order_by(Survey.opens)).all()
    assert (done.state, done.answered) == ("settled", ANSWERS)
    assert abs(ANSWERS / done.asked - RESPONSE) < 0.1  # whole organs are asked
    assert (runs.state, runs.answered) == ("open", None)
    assert surveys.answered(session, runs) == RUNNING
    case = session.get_one(Case, done.case_id)
    assert case.outcome == "survey_closed"
    report = session.scalars(select(Document).where(Document.case_id == case.id)).one()
    assert len(report.values["figures"]) == 8  # single, multiple, scale, and five lines of a matrix
    results = citations.results_of(session, done)
    assert [one.n for one in results if one.key == "q1"] == [ANSWERS]
    passed_over = next(one.n for one in results if one.key == "q3.r1")
    assert passed_over is not None
    assert 0.9 * ANSWERS < passed_over < 0.96 * ANSWERS


def test_each_claim_of_the_research_has_its_evidence(session: Session) -> None:
    row = session.scalars(select(Research)).one()
    claims = research.claims_of(session, row)
    sources = citations.of_research(session, row.id)
    assert [one.kind for one in claims] == ["problem", "cause", "suggestion"]
    assert all(one.evidence and not citations.unknown(one.evidence, sources) for one in claims)
