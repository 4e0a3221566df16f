"""Every fault is named by sheet, row and column, in both languages, and keeps all out."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Unit
from tests.workflows.imports.books import Sheets, good, put, written
from workflows.imports import Report

Take = Callable[..., Report]
D = date


@pytest.mark.parametrize(
    ("sheet", "row", "column", "value", "zh"),
    [
        ("单位", 2, "单位名称", None, "不能为空"),
        ("单位", 2, "单位名称", "=1+1", "公式"),
        ("单位", 2, "单位名称", "#REF!", "出错"),
        ("单位", 2, "单位名称", "名" * 201, "超过 200"),
        ("单位", 2, "单位编码", "支部一", "编码只用"),
        ("单位", 2, "单位编码", "D", "重复"),
        ("单位", 2, "类型", "支部", "应为"),
        ("单位", 2, "上级编码", "X9", "没有此编码"),
        ("单位", 2, "上级编码", "SW", "不能设在"),
        ("单位", 2, "正式党员数", "十二", "应为整数"),
        ("单位", 2, "正式党员数", -1, "之间"),
        ("单位", 2, "正式党员数", 1.5, "应为整数"),
        ("单位", 2, "届满日期", "2028-02-30", "应为日期"),
        ("单位", 2, "届满日期", 45000, "应为日期"),
        ("人员", 4, "账号", "Ärger", "账号为"),
        ("人员", 4, "账号", "dz", "重复"),
        ("人员", 4, "单位编码", "X9", "没有此编码"),
        ("人员", 4, "党员类别", "群众", "应为"),
        ("人员", 4, "党的领导干部", "也许", "应为“是”"),
        ("岗位任职", 3, "岗位", "党组书记", "不设该岗位"),
        ("岗位任职", 3, "岗位", "书记", "应为"),
        ("岗位任职", 3, "账号", "nobody", "没有此账号"),
        ("岗位任职", 3, "账号", None, "有日期而无账号"),
        ("岗位任职", 3, "任职日期", None, "不能为空"),
        ("岗位任职", 3, "离任日期", D(2023, 1, 1), "须晚于"),
        ("岗位任职", 4, "任职日期", D(2025, 6, 30), "两人任职"),
        ("岗位任职", 5, "分管单位", "B1,X9", "没有此编码"),
        ("角色授权", 3, "角色", "超级管理员", "应为"),
        ("角色授权", 3, "账号", "xitong", "不得兼任"),
        ("角色授权", 3, "终止日期", D(2024, 1, 1), "须晚于"),
        ("职责记录", 2, "职责代码", "ABCD", "没有此职责"),
        ("职责记录", 2, "期间", "2025-13", "应为 2025-03"),
        ("职责记录", 2, "期间", "2025Q1", "应为 2025-03"),
        ("职责记录", 2, "期间", "2019-01", "未生效"),
        ("职责记录", 2, "期间", "2026-04", "尚未开始"),
        ("职责记录", 2, "期间", "2025-11", "早于该期间"),
        ("职责记录", 3, "期间", "2025-10", "重复"),
        ("职责记录", 2, "开展日期", None, "不能为空"),
        ("职责记录", 2, "开展日期", D(2025, 11, 1), "应为“逾期”"),
        ("职责记录", 2, "开展日期", D(2026, 12, 1), "晚于今天"),
        ("职责记录", 2, "应到人数", None, "实到和应到"),
        ("职责记录", 2, "状态", "未完成", "不应有"),
        ("职责记录", 4, "说明", None, "理由"),
        ("职责记录", 8, "状态", "未完成", "期限未到"),
        ("职责记录", 2, "单位编码", "A", "无此职责"),
    ],
)
def test_a_fault_is_named_by_its_place(
    session: Session, take: Take, sheet: str, row: int, column: str, value: Any, zh: str
) -> None:
    report = take(put(sheet, row, column, value))
    assert any(fault.sheet == sheet and zh in fault.zh for fault in report.faults), report.faults
    assert all(fault.row and fault.en for fault in report.faults)
    assert session.scalar(select(func.count(Unit.id))) == 0


def test_a_missing_column_is_named(take: Take) -> None:
    sheets = good()
    sheets["人员"] = [[row[0], *row[2:]] for row in sheets["人员"]]
    report = take(written(sheets))
    missing = [fault for fault in report.faults if fault.sheet == "人员"]
    assert [(fault.column, fault.zh) for fault in missing] == [("姓名", "缺少此列")]


def test_a_column_that_stands_twice_is_named(take: Take) -> None:
    sheets = good()
    sheets["人员"] = [[*row, row[1]] for row in sheets["人员"]]
    (fault, *_) = take(written(sheets)).faults
    assert (fault.column, fault.zh) == ("姓名", "列名重复")


def test_values_shifted_beside_their_column_are_named(take: Take) -> None:
    sheets = good()
    sheets["人员"][2] = [None] * 6 + sheets["人员"][2]
    report = take(written(sheets))
    assert any(fault.row == 3 and "错位" in fault.zh for fault in report.faults)


def test_a_sheet_without_a_header_is_named(take: Take) -> None:
    sheets = good()
    sheets["人员"] = sheets["人员"][1:]
    assert any("找不到表头" in fault.zh for fault in take(written(sheets)).faults)


def test_a_column_nobody_knows_is_passed_over_with_a_note(take: Take) -> None:
    sheets = good()
    sheets["人员"] = [[*row, "备注" if n == 0 else "无"] for n, row in enumerate(sheets["人员"])]
    report = take(written(sheets))
    assert report.is_good
    assert any("备注" in note for note in report.notes)


def test_units_that_hang_on_each_other_are_refused(take: Take) -> None:
    sheets = good()
    sheets["单位"] += [["C1", "一处", "内设机构", "C2", None, 0, None]]
    sheets["单位"] += [["C2", "二处", "内设机构", "C1", None, 0, None]]
    assert any("成环" in fault.zh for fault in take(written(sheets)).faults)


def test_who_refers_to_a_faulty_row_is_not_at_fault_as_well(take: Take) -> None:
    report = take(put("单位", 2, "正式党员数", "很多"))
    assert [(fault.sheet, fault.row) for fault in report.faults] == [("单位", 2)]


def test_a_thousand_faults_are_counted_and_the_first_shown(take: Take) -> None:
    sheets = good()
    sheets["人员"] += [[f"x{n}", None, "B1", None, None, None] for n in range(1000)]
    report = take(written(sheets))
    assert len(report.faults) == 500
    assert report.more == 500


def test_a_settled_record_is_not_overwritten(session: Session, take: Take) -> None:
    take(written(good()))
    session.commit()
    report = take(put("职责记录", 2, "实到人数", 12))
    assert [fault.zh for fault in report.faults] == ["与已办结的记录不一致"]


def test_three_administrators_stay_three_with_those_on_file(session: Session, take: Take) -> None:
    take(written(good()))
    session.commit()
    more: Sheets = {
        "角色授权": [
            ["账号", "角色", "单位编码", "起始日期", "终止日期"],
            ["xitong", "审计管理员", "B1", D(2026, 1, 1), D(2026, 1, 2)],
        ]
    }
    (fault,) = take(written(more)).faults
    assert "不得兼任" in fault.zh
