"""业务考核结果 by workbook: every row checked, a shifted column named, nothing half taken in."""

import io
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Assessment, AuditRow, StoredFile, UnitSheet, YearFact
from tests import assessed
from tests.cast import Cast
from workflows import assessments, business_books, scores
from workflows.business_books import Sent
from workflows.errors import Conflict, Invalid, NotAllowed, TooLarge
from workflows.files import FileStore
from workflows.imports.report import Report

HEADS = ("单位", "指标", "得分", "说明")
GOOD = (
    ("organ00", "core", 55.5, "按年度任务书"),
    ("市财政局", "核心业务指标", "58", ""),
    ("organ00", "service", 0, None),
)


@pytest.fixture
def cast(session: Session, now: datetime) -> Cast:
    return assessed.city(session, now)


def book(rows: Sequence[Sequence[Any]], heads: Sequence[Any] = HEADS, title: str = "结果") -> bytes:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.title = title
    for row in (heads, *rows):
        sheet.append(list(row))
    held = io.BytesIO()
    made.save(held)
    return held.getvalue()


def year(cast: Cast) -> Assessment:
    return assessments.get(cast.session, assessed.GROUP, 2025)


def take(
    cast: Cast, data: bytes, now: datetime, folder: Path, *, who: str = "assessor",
    dry_run: bool = False,
) -> Report:  # fmt: skip
    return business_books.take(
        cast.session,
        year(cast),
        Sent("结果.xlsx", data, FileStore(folder)),
        rights=cast.rights(who, now),
        now=now,
        dry_run=dry_run,
    )


def standing(cast: Cast, unit: str, code: str) -> list[YearFact]:
    wanted = select(YearFact).where(
        YearFact.assessment_id == year(cast).id,
        YearFact.unit_id == cast.units[unit].id,
        YearFact.indicator == code,
        YearFact.struck_at.is_(None),
    )
    return list(cast.session.scalars(wanted))


def sheet(cast: Cast, unit: str) -> UnitSheet:
    return cast.session.scalars(
        select(UnitSheet).where(
            UnitSheet.assessment_id == year(cast).id, UnitSheet.unit_id == cast.units[unit].id
        )
    ).one()


def facts(cast: Cast) -> int:
    return cast.session.scalar(select(func.count()).select_from(YearFact)) or 0


def places(report: Report) -> list[tuple[int, str]]:
    return [(one.row, one.column) for one in report.faults]


def test_good_rows_are_facts_and_the_scores_follow(
    cast: Cast, now: datetime, tmp_path: Path
) -> None:
    report = take(cast, book(GOOD), now, tmp_path)
    assert report.faults == []
    assert list(report.counts.values()) == [0, 3, 0]
    (fact,) = standing(cast, "organ00", "core")
    assert (fact.share, fact.text) == (Decimal("0.925"), "业务考核结果：55.5分；按年度任务书")
    assert sheet(cast, "organ00").business == Decimal("55.50")
    kept = cast.session.scalars(select(StoredFile)).one()
    assert fact.ref == f"file:{kept.id}"
    assert cast.session.scalars(select(AuditRow.action).order_by(AuditRow.id)).all()[-1] == (
        "business_imported"
    )


def test_what_stood_before_is_struck_out_and_stays_readable(
    cast: Cast, now: datetime, tmp_path: Path
) -> None:
    (before,) = standing(cast, "organ00", "core")
    take(cast, book(GOOD), now, tmp_path)
    cast.session.refresh(before)
    assert before.struck_by == cast.users["assessor"].id
    assert before.struck_for == "业务考核结果更正导入"


def test_the_same_workbook_again_changes_nothing(cast: Cast, now: datetime, tmp_path: Path) -> None:
    take(cast, book(GOOD), now, tmp_path)
    number = facts(cast)
    report = take(cast, book(GOOD), now, tmp_path)
    assert list(report.counts.values()) == [0, 0, 3]
    assert facts(cast) == number
    assert len(cast.session.scalars(select(StoredFile)).all()) == 1


def test_the_scores_of_an_import_are_made_again_from_the_facts(
    cast: Cast, now: datetime, tmp_path: Path
) -> None:
    take(cast, book(GOOD), now, tmp_path)
    assert scores.made_again(cast.session, year(cast)) == []


def test_a_trial_changes_nothing(cast: Cast, now: datetime, tmp_path: Path) -> None:
    number = facts(cast)
    report = take(cast, book(GOOD), now, tmp_path, dry_run=True)
    assert report.is_good
    assert list(report.counts.values()) == [0, 3, 0]
    assert (facts(cast), list(tmp_path.iterdir())) == (number, [])


def test_one_bad_row_keeps_all_out_and_each_is_named(
    cast: Cast, now: datetime, tmp_path: Path
) -> None:
    number = facts(cast)
    rows = [
        *GOOD,
        ("organ77", "core", 1, ""),  # 5: no such unit
        ("organ01", "duty", 1, ""),  # 6: computed from the record
        ("organ02", "core", 60.01, ""),  # 7: above the most
        ("organ03", "core", -1, ""),  # 8
        ("organ04", "core", "很好", ""),  # 9
        ("organ00", "core", 50, ""),  # 10: twice
        ("organ05", "core", "=1+1", ""),  # 11
        ("organ06", "core", None, ""),  # 12
        ("organ07", "core", "NaN", ""),  # 13
        ("organ08", "core", True, ""),  # 14
    ]
    report = take(cast, book(rows), now, tmp_path)
    assert sorted(places(report)) == [
        (5, "单位"), (6, "指标"), (7, "得分"), (8, "得分"), (9, "得分"), (10, "单位"),
        (11, "得分"), (12, "得分"), (13, "得分"), (14, "得分"),
    ]  # fmt: skip
    assert "第2行" in next(one.zh for one in report.faults if one.row == 10)
    assert (facts(cast), list(tmp_path.iterdir())) == (number, [])


@pytest.mark.parametrize(
    ("heads", "rows", "named"),
    [
        # one column in front: everything stands one to the right of its head
        (HEADS, [("", *row[:3]) for row in GOOD], {"指标", "得分", "说明"}),
        # values and indicators have changed places
        (HEADS, [(row[0], row[2], row[1], row[3]) for row in GOOD], {"指标", "得分"}),
        # heads moved to the right, cells did not
        (("", *HEADS), GOOD, {"", "单位", "指标"}),
        # a column too many before the units
        (HEADS, [(1, *row) for row in GOOD], {"指标", "得分", "单位"}),
    ],
)
def test_shifted_columns_are_named_once_and_no_row_is_read(
    cast: Cast, now: datetime, tmp_path: Path, heads: Any, rows: Any, named: set[str]
) -> None:
    number = facts(cast)
    report = take(cast, book(rows, heads), now, tmp_path)
    found = {one.column for one in report.faults}
    assert found
    assert found <= named
    assert all("错位" in one.zh for one in report.faults)
    assert {one.row for one in report.faults} == {1}
    assert facts(cast) == number


def test_a_shift_says_which_way_and_how_far(cast: Cast, now: datetime, tmp_path: Path) -> None:
    report = take(cast, book([("", *row[:3]) for row in GOOD]), now, tmp_path)
    assert "“指标”列下是“单位”的内容，列已错位（向右1列）" in [one.zh for one in report.faults]


def test_a_missing_head_and_a_value_under_none_are_named(
    cast: Cast, now: datetime, tmp_path: Path
) -> None:
    report = take(cast, book(GOOD, ("单位", "指标", "分数", "说明")), now, tmp_path)
    assert ("得分", "缺少此列") in [(one.column, one.zh) for one in report.faults]
    report = take(cast, book([(*GOOD[0], "多余")]), now, tmp_path)
    assert "列可能错位" in report.faults[0].zh


def test_units_without_a_result_are_told(cast: Cast, now: datetime, tmp_path: Path) -> None:
    for fact in standing(cast, "organ05", "core"):
        fact.struck_at = now
    report = take(cast, book(GOOD), now, tmp_path, dry_run=True)
    assert report.notes == ["“核心业务指标”尚缺1个单位 / units without a result: 市民政局"]


def test_the_own_unit_is_somebody_elses_to_bring_in(
    cast: Cast, now: datetime, tmp_path: Path
) -> None:
    cast.holder("assessor", "联络员", "organ00")
    report = take(cast, book(GOOD), now, tmp_path)
    assert {(one.row, one.column) for one in report.faults} == {(2, "单位"), (4, "单位")}
    assert "回避" in report.faults[0].zh


def test_a_name_that_two_units_have_tells_none(cast: Cast, now: datetime, tmp_path: Path) -> None:
    cast.units["organ02"].name = cast.units["organ01"].name
    cast.session.flush()
    report = take(cast, book(GOOD), now, tmp_path)
    assert places(report) == [(3, "单位")]


@pytest.mark.parametrize("data", [b"", b"x", b"PK\x03\x04 not a zip"])
def test_what_is_no_workbook_is_refused(
    cast: Cast, now: datetime, tmp_path: Path, data: bytes
) -> None:
    with pytest.raises(Invalid):
        take(cast, data, now, tmp_path)


def test_a_workbook_too_large_is_refused(
    cast: Cast, now: datetime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workflows.imports.workbook.MOST_BYTES", 100)
    with pytest.raises(TooLarge):
        take(cast, book(GOOD), now, tmp_path)


def test_only_assessors_and_only_before_publication(
    cast: Cast, now: datetime, tmp_path: Path
) -> None:
    for who in ("finance_secretary", "supervisor", "work_secretary", "system_admin"):
        with pytest.raises(NotAllowed):
            take(cast, book(GOOD), now, tmp_path, who=who)
    year(cast).published_at = now
    with pytest.raises(Conflict):
        take(cast, book(GOOD), now, tmp_path)


def test_the_process_asks_nobody_for_what_the_workbook_brought(
    cast: Cast, now: datetime, tmp_path: Path
) -> None:
    take(cast, book(GOOD), now, tmp_path)
    known = business_books.brought_in(cast.session, year(cast))
    assert (cast.units["organ00"].id, "core") in known
    assert (cast.units["organ00"].id, "duty") not in known
