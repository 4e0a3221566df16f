"""The fairness report beside a running case: its teams are known, a declared conflict bars."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Assessment, Case, Role, UnitSheet, YearFact
from tests.cast import Cast, assemble, install
from tests.workflows import test_assessment_rounds as rounds
from tests.workflows.test_business_books import book
from workflows import assessment_rounds, business_books, panel_reports, recusals
from workflows.business_books import Sent
from workflows.errors import NotAllowed
from workflows.files import FileStore
from workflows.recusals import Declaration


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    install(session, now)
    cast = assemble(session)
    for who in (*rounds.TEAM, "assessor3"):
        cast.grant(who, Role.ASSESSOR, "work")
    return cast


@pytest.fixture
def case(cast: Cast, now: datetime) -> Case:
    unit, rights = cast.units["work"], cast.rights("assessor", now)
    return assessment_rounds.begin(cast.session, unit, 2025, group="organs", rights=rights, now=now)


def year(cast: Cast) -> Assessment:
    return cast.session.scalars(select(Assessment)).one()


def test_who_of_the_team_gave_no_score_is_missing_and_nobody_else(
    cast: Cast, case: Case, now: datetime
) -> None:
    at = rounds.frozen(cast, case, now)
    rounds.reviewed(cast, case, at)
    found = panel_reports.of(cast.session, year(cast), cast.rights("assessor", at), now=at)
    assert found.teams_known
    assert {(user.name, item.unit.code, item.indicator.code) for user, item in found.missing} == {
        ("assessor2", unit, "own") for unit in rounds.ORGANS
    }
    assert {one.scores for one in found.spread} == {2}
    assert {one.points for one in found.spread} == {Decimal(10)}  # 18 and 16 of 20


def test_a_declared_conflict_bars_the_score_in_the_process(
    cast: Cast, case: Case, now: datetime
) -> None:
    at = rounds.frozen(cast, case, now)
    said = Declaration(cast.users["assessor2"].id, cast.units["finance"].id, "relative", "")
    recusals.declare(cast.session, year(cast), said, by=cast.users["assessor"], now=at)
    own = rounds.of_unit(cast, case, "self_review", "finance")
    rounds.complete(cast, own, "finance_deputy", at, checked=True, integration="围绕中心抓党建")
    verify = rounds.of_unit(cast, case, "verify_unit", "finance")
    with pytest.raises(NotAllowed, match="conflict of interest"), cast.session.begin_nested():
        rounds.complete(cast, verify, "assessor", at, scores=rounds.marks(cast))
    mine = [one for one in rounds.marks(cast) if one["by"] == str(cast.users["assessor"].id)]
    rounds.complete(cast, verify, "assessor", at, scores=mine)


def test_a_result_by_workbook_is_not_entered_again_with_the_step(
    cast: Cast, case: Case, now: datetime, tmp_path: Path
) -> None:
    at = rounds.frozen(cast, case, now)
    sent = Sent("结果.xlsx", book([("finance", "result", 88, "")]), FileStore(tmp_path))
    rights = cast.rights("assessor", at)
    report = business_books.take(cast.session, year(cast), sent, rights=rights, now=at)
    assert report.faults == []
    assert report.notes == ["“业务成效”尚缺1个单位 / units without a result: planning"]
    rounds.reviewed(cast, case, at)
    rounds.entered(cast, case, at)  # says 95 for finance, 60 for planning
    facts = cast.session.scalars(select(YearFact).where(YearFact.indicator == "result")).all()
    assert len(facts) == 2
    rows = cast.session.execute(select(UnitSheet.unit_id, UnitSheet.business))
    sides = {unit_id: business for unit_id, business in rows}  # noqa: C416 - rows, not pairs
    assert sides == {
        cast.units["finance"].id: Decimal(88), cast.units["planning"].id: Decimal(60),
    }  # fmt: skip


def test_before_there_are_scores_the_case_says_which_units(
    cast: Cast, case: Case, now: datetime, tmp_path: Path
) -> None:
    at = rounds.frozen(cast, case, now)
    cast.unit("health", cast.units["finance"].kind, "work")  # type: ignore[arg-type]
    sent = Sent("结果.xlsx", book([("health", "result", 88, "")]), FileStore(tmp_path))
    rights = cast.rights("assessor", at)
    report = business_books.take(cast.session, year(cast), sent, rights=rights, now=at)
    assert [(one.row, one.column) for one in report.faults] == [(2, "单位")]
