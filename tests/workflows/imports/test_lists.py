"""Sheet 责任清单: lists of before go in with each fault told, and out again the same."""

from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import ResponsibilityLine, ResponsibilityList
from tests.workflows.imports.books import Sheets, good, written
from tests.workflows.imports.test_imports import Take
from workflows.imports import export_workbook
from workflows.imports.responsibilities import SHEET

D = date
HEADS = [column.title for column in SHEET.columns]
HEAD = [2026, "A", "党组书记", "市财政局党组书记", 1, "dz", "首要责任", "第一责任人", "已签收",
        D(2026, 2, 10), D(2026, 2, 12)]  # fmt: skip
BRANCH = [2026, "B1", "支部书记", "第一支部书记", 1, "m01", "主角责任", None, "已替换",
          D(2025, 6, 1), D(2025, 6, 3)]  # fmt: skip
ROWS: list[list[Any]] = [
    [*HEAD, "第一责任人", "每半年专题研究一次党建工作。", None, "ZTYJ", "主体责任规定"],
    [*HEAD, "四个亲自", "重要工作亲自部署。", "亲自部署", None, "调研报告"],
    [*BRANCH, "支部主角", "每季度召开支部党员大会。", None, "DYDH", None],
]


def book(**cells: Any) -> bytes:
    """The good workbook with lists; `cells`: of the first row, by the title of its column."""
    return written(sheets(**cells))


def sheets(**cells: Any) -> Sheets:
    rows = [list(row) for row in ROWS]
    for title, value in cells.items():
        rows[0][HEADS.index(title)] = value
    return good() | {"责任清单": [HEADS, *rows]}


def lists_in(data: bytes) -> list[tuple[Any, ...]]:
    return list(load_workbook(BytesIO(data))["责任清单"].iter_rows(values_only=True))


def test_lists_are_on_file_with_their_lines(session: Session, take: Take) -> None:
    report = take(book())
    assert report.faults == []
    assert report.counts["责任清单 新增"] == 2
    head, branch = session.scalars(
        select(ResponsibilityList).order_by(ResponsibilityList.state.desc())
    )
    assert (head.state, head.signed_on, head.charge) == ("signed", D(2026, 2, 12), "首要责任")
    assert (branch.state, branch.user.login) == ("replaced", "m01")  # who held it then
    lines = session.scalars(
        select(ResponsibilityLine)
        .where(ResponsibilityLine.list_id == head.id)
        .order_by(ResponsibilityLine.place)
    ).all()
    assert [(one.duty_code, one.personal) for one in lines] == [("ZTYJ", ""), ("", "deploy")]


def test_out_and_in_and_out_is_the_same(session: Session, take: Take) -> None:
    take(book())
    first = export_workbook(session)
    again = take(first)
    assert again.faults == []
    assert again.changes == 0
    assert again.counts["责任清单 未变"] == 2
    assert lists_in(export_workbook(session)) == lists_in(first)
    assert len(lists_in(first)) == 1 + len(ROWS)


def test_a_dry_run_changes_nothing(session: Session, take: Take) -> None:
    report = take(book(), dry_run=True)
    assert report.counts["责任清单 新增"] == 2
    assert session.scalar(select(func.count(ResponsibilityList.id))) == 0


@pytest.mark.parametrize(
    ("cells", "column", "told"),
    [
        ({"账号": "zb1"}, "账号", "从未任此岗位"),
        ({"账号": "niemand"}, "账号", "没有此账号"),
        ({"职责代码": "XXXX"}, "职责代码", "没有此职责"),
        ({"岗位名称": "市财政局书记"}, "岗位名称", "没有此岗位"),
        ({"单位编码": "ZZ"}, "单位编码", "没有此编码"),
        ({"签收日期": None}, "签收日期", "已签收须填"),
        ({"状态": "逾期未签收"}, "签收日期", "没有签收日期"),
        ({"签收日期": D(2026, 2, 1)}, "签收日期", "早于下达"),
        ({"状态": "待签收"}, "状态", "应为"),
        ({"责任内容": "=1+1"}, "责任内容", "是公式"),
        ({"责任内容": "长" * 1001}, "责任内容", "超过"),
        ({"责任称谓": "直接责任人"}, "账号", "前一行不一致"),
    ],
)
def test_a_fault_is_told_with_its_place(
    session: Session, take: Take, cells: dict[str, Any], column: str, told: str
) -> None:
    report = take(book(**cells))
    assert [(one.sheet, one.column) for one in report.faults][:1] == [("责任清单", column)]
    assert told in report.faults[0].zh
    assert session.scalar(select(func.count(ResponsibilityList.id))) == 0


def test_what_is_on_file_is_not_overwritten(session: Session, take: Take) -> None:
    take(book())
    report = take(book(责任内容="改写"))
    assert [one.column for one in report.faults] == ["账号"]
    assert "与在册清单不一致" in report.faults[0].zh


def test_a_list_says_each_post_year_and_edition_once(session: Session, take: Take) -> None:
    second = sheets()
    second["责任清单"].append([*ROWS[0][:5], "xitong", *ROWS[0][6:]])
    report = take(written(second))
    assert "从未任此岗位" in report.faults[0].zh
    third = sheets()
    third["责任清单"].append([*ROWS[0][:9], D(2026, 2, 11), *ROWS[0][10:]])
    report = take(written(third))
    assert "前一行不一致" in report.faults[0].zh
