"""Two assessed years of 36 organs, from scheme to frozen result, by all six means; made again."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session, sessionmaker

from demo.names import ORGANS
from models import (
    Assessment,
    Document,
    DutyRule,
    Finding,
    Obligation,
    ObligationState,
    Scheme,
    ScoreLine,
    ScoreMedian,
    StoredFile,
    Task,
    Unit,
    UnitSheet,
    User,
    YearFact,
)
from tests.webapp.test_backup import House
from workflows import assessments, schemes, score_sheets, scores, scoring
from workflows.scoring import Fact
from workflows.scoring.scheme import MEANS

YEARS = (2024, 2025)


@pytest.fixture
def session(loaded: sessionmaker[Session]) -> Iterator[Session]:
    with loaded() as session:
        yield session


def of_year(session: Session, year: int) -> Assessment:
    return assessments.get(session, "organs", year)


def plan(session: Session, year: int) -> scoring.Scheme:
    return schemes.plan_of(session.get_one(Scheme, of_year(session, year).scheme_id))


def organ(session: Session, code: str) -> Unit:
    return session.scalars(select(Unit).where(Unit.code == code)).one()


def facts_of(session: Session, year: int, unit: Unit) -> list[YearFact]:
    return list(score_sheets.facts_behind(session, of_year(session, year), unit.id))


def as_fact(row: YearFact) -> Fact:
    return Fact(row.indicator, row.ref, row.share, row.weight, row.adverse, row.times, row.cause)


@pytest.mark.parametrize("year", YEARS)
def test_every_organ_has_its_frozen_grade_and_its_letter(session: Session, year: int) -> None:
    assessment = of_year(session, year)
    assert assessment.frozen_at is not None
    assert assessment.published_at is not None
    sheets = score_sheets.sheets(session, assessment)
    assert len(sheets) == len(ORGANS) == 36
    grades = [sheet.grade for sheet in sheets]
    assert all(grades)
    assert 0 < grades.count("good") <= scoring.quota_of(plan(session, year), 36)
    assert len(set(grades)) >= 3
    letters = select(func.count(Document.id)).where(
        Document.case_id == assessment.case_id, Document.template == "assessment_letter"
    )
    assert session.scalar(letters) == 36


@pytest.mark.parametrize("year", YEARS)
def test_all_six_means_made_the_scores(session: Session, year: int) -> None:
    by_means = {one.means: one for one in plan(session, year).indicators}
    assert set(by_means) == set(MEANS)
    assessment = of_year(session, year)
    for sheet in score_sheets.sheets(session, assessment):
        lines = {
            line.indicator: line
            for line in score_sheets.lines_of(session, assessment, sheet.unit_id)
        }
        assert all(line.has_data for line in lines.values())
        share = lines["goals"].points / lines["goals"].most  # 用业务成效评价党建
        effect = lines["effect"]
        assert effect.points == (share * effect.most).quantize(Decimal("0.01"))


def test_both_sides_lie_apart_where_the_pictures_should_show_it(session: Session) -> None:
    gaps = [
        sheet.party - sheet.business
        for sheet in score_sheets.sheets(session, of_year(session, 2025))
    ]
    assert sum(gap > 8 for gap in gaps) >= 3
    assert sum(gap < -8 for gap in gaps) >= 3
    assert sum(abs(gap) < 4 for gap in gaps) >= 18


@pytest.mark.parametrize("year", YEARS)
def test_every_figure_is_made_of_the_facts_behind_it(session: Session, year: int) -> None:
    assessment, scheme = of_year(session, year), plan(session, year)
    for sheet in score_sheets.sheets(session, assessment):
        behind = score_sheets.facts_behind(session, assessment, sheet.unit_id)
        made = scoring.sheet_of(scheme, [as_fact(one) for one in behind if one.struck_at is None])
        assert (sheet.party, sheet.business, sheet.total) == (made.party, made.business, made.total)
        stored = {
            line.indicator: line.points
            for line in score_sheets.lines_of(session, assessment, sheet.unit_id)
        }
        assert stored == {line.indicator: line.points for line in made.lines}


def test_every_fact_leads_to_the_record_that_it_was_taken_from(session: Session) -> None:
    year = 2025
    paths = {unit.id: unit.path for unit in session.scalars(select(Unit))}
    for fact in session.scalars(
        select(YearFact).where(YearFact.assessment_id == of_year(session, year).id)
    ):
        kind, _, rest = fact.ref.partition(":")
        if kind == "finding":
            finding = session.get_one(Finding, int(rest))
            assert finding.happened_on.year == year
            assert paths[finding.unit_id].startswith(paths[fact.unit_id])
        elif kind == "panel":
            assert session.get_one(User, int(rest)).login in ("kaohe", "kaohe2")
            assert fact.text
        elif kind == "file":
            assert session.get_one(StoredFile, int(rest)).case_id is not None
        else:
            assert kind == "obligations"


def test_duties_are_counted_as_the_record_has_them(session: Session) -> None:
    unit = organ(session, "A09")
    for fact in facts_of(session, 2025, unit):
        kind, _, rest = fact.ref.partition(":")
        if kind != "obligations":
            continue
        rule_id, _, state = rest.partition(":")
        assert session.get_one(DutyRule, int(rule_id)).name in fact.text
        found = session.scalars(
            select(Obligation)
            .join(Unit, Unit.id == Obligation.unit_id)
            .where(
                Unit.path.startswith(unit.path),
                Obligation.rule_id == int(rule_id),
                Obligation.state == ObligationState[state.upper()],
                Obligation.due_at >= 1735660800,  # 2025-01-01 in Shanghai
                Obligation.due_at < 1767196800,
            )
        ).all()
        assert fact.weight == len(found) > 0


@pytest.mark.parametrize("year", YEARS)
def test_an_appeal_changed_a_score_and_nothing_else(session: Session, year: int) -> None:
    assessment, scheme = of_year(session, year), plan(session, year)
    reviewer = session.scalars(select(User).where(User.login == "kaohe3")).one()
    fact = session.scalars(
        select(YearFact).where(
            YearFact.assessment_id == assessment.id, YearFact.struck_by == reviewer.id
        )
    ).one()
    answers = session.scalars(
        select(Task)
        .where(
            Task.case_id == assessment.case_id,
            Task.node == "confirm_result",
            Task.item_key == str(fact.unit_id),
        )
        .order_by(Task.id)
    ).all()
    assert [(one.answers or {})["answer"] for one in answers] == ["object", "accept"]
    unit = session.get_one(Unit, fact.unit_id)
    rows = facts_of(session, year, unit)
    standing = [as_fact(row) for row in rows if row.struck_at is None]
    before = scoring.sheet_of(scheme, [*standing, as_fact(fact)])
    sheet = score_sheets.sheet_of(session, assessment, unit.id)
    assert sheet is not None
    assert sheet.party == before.party + Decimal("0.50")
    assert sheet.business == before.business
    doers = select(Task.done_by).where(
        Task.case_id == assessment.case_id, Task.node == "verify_unit"
    )
    assert reviewer.id not in set(session.scalars(doers))  # by somebody of his own


@pytest.mark.parametrize("year", YEARS)
def test_a_dispute_is_upheld_and_another_is_not(session: Session, year: int) -> None:
    disputed = session.scalars(
        select(YearFact).where(
            YearFact.assessment_id == of_year(session, year).id, YearFact.disputed_at.is_not(None)
        )
    ).all()
    assert {fact.struck_at is not None for fact in disputed} == {True, False}
    assert all(fact.struck_for or fact.dismissed_for for fact in disputed)


def figures(session: Session, year: int) -> dict[str, object]:
    """All that the score tables say of a year, but for ids and versions."""
    assessment = of_year(session, year)
    sheets = [
        (one.unit_id, one.party, one.business, one.total, one.by_points, one.suggested, one.reason,
         tuple(one.vetoes), one.grade, one.grade_reason, one.decided_by, one.decided_at)
        for one in score_sheets.sheets(session, assessment)
    ]  # fmt: skip
    lines = session.execute(
        select(ScoreLine.unit_id, ScoreLine.indicator, ScoreLine.side, ScoreLine.points,
               ScoreLine.most, ScoreLine.has_data)
        .where(ScoreLine.assessment_id == assessment.id)
        .order_by(ScoreLine.unit_id, ScoreLine.indicator)
    )  # fmt: skip
    middles = session.execute(
        select(ScoreMedian.figure, ScoreMedian.middle, ScoreMedian.units)
        .where(ScoreMedian.assessment_id == assessment.id)
        .order_by(ScoreMedian.figure)
    )
    return {
        "sheets": sheets,
        "lines": list(map(tuple, lines)),
        "medians": list(map(tuple, middles)),
    }


def test_the_command_makes_every_figure_again_from_the_facts_alone(
    loaded: sessionmaker[Session], database_url: str, tmp_path: Path
) -> None:
    with loaded() as session:
        before = {year: figures(session, year) for year in YEARS}
    with loaded.begin() as session:
        for table in (ScoreLine, UnitSheet, ScoreMedian):
            session.execute(delete(table))
    house = House(tmp_path, database=database_url)
    for year in YEARS:
        told = house.run("assessment", "recompute", year)
        assert told.exit_code == 0, told.output
        assert "市财政局 总分: — → " in told.output
    with loaded() as session:
        assert {year: figures(session, year) for year in YEARS} == before
    told = house.run("assessment", "recompute", 2025)
    assert told.output == "0 figures differ / 项数字有变化\n"


@pytest.mark.parametrize(
    ("indicator", "altered", "changed"),
    [
        ("goals", {"share": Decimal("0.5")},
         ["以业务成效评价党建", "年度重点任务完成", "党建得分", "业务得分", "总分"]),
        ("lawful", {"share": Decimal("0.5")}, ["依法履职和服务效能", "业务得分", "总分"]),
        ("panel", {"share": Decimal("0.5")}, ["党建工作实效现场评价", "党建得分", "总分"]),
        ("own", {"share": Decimal("0.5")}, ["特色做法及成效", "党建得分", "总分"]),
        ("voice", {"share": Decimal("0.5")}, ["党员群众满意度", "党建得分", "总分"]),
        ("missed", {"times": Decimal(3)}, ["责任缺失情形", "党建得分", "总分"]),
        ("duty", {"share": Decimal(0)}, ["党建责任按期履行", "党建得分", "总分"]),
        ("duty", {"text": "另一种说法"}, []),
    ],
)  # fmt: skip
def test_one_altered_fact_changes_exactly_the_figures_it_should(
    session: Session, indicator: str, altered: dict[str, object], changed: list[str]
) -> None:
    assessment = of_year(session, 2025)
    fact = session.scalars(
        select(YearFact)
        .where(
            YearFact.assessment_id == assessment.id,
            YearFact.indicator == indicator,
            YearFact.struck_at.is_(None),
        )
        .order_by(YearFact.unit_id, YearFact.ref)
        .limit(1)
    ).one()
    session.execute(update(YearFact).where(YearFact.id == fact.id).values(**altered))
    found = scores.made_again(session, assessment)
    unit = session.get_one(Unit, fact.unit_id)
    assert [(one.unit, one.figure) for one in found] == [(unit.name, name) for name in changed]
    assert all(one.before != one.after for one in found)
    session.rollback()


def test_what_happens_after_the_cutoff_changes_no_frozen_score(session: Session) -> None:
    session.execute(
        update(Obligation)
        .where(Obligation.state == ObligationState.ON_TIME)
        .values(state=ObligationState.MISSED)
    )
    assert scores.made_again(session, of_year(session, 2025)) == []
    session.rollback()
