"""Workbooks for the tests: a small organ, and ways to spoil it."""

from copy import deepcopy
from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import Workbook

Sheets = dict[str, list[list[Any]]]
D = date
GOOD: Sheets = {
    "单位": [
        ["单位编码", "单位名称", "类型", "上级编码", "管理权限", "正式党员数", "届满日期"],
        ["B1", "市财政局第一党支部", "党支部", "D", "党组", 12, D(2028, 6, 30)],
        ["SW", "中共市委", "党委", None, "党委", 0, None],
        ["GW", "市直机关工委", "机关工委", "SW", "党委", 0, None],
        ["A", "市财政局", "党组", "GW", "党委", 12, None],
        ["D", "市财政局机关党委", "机关党委", "A", "工委", 12, D(2029, 6, 30)],
    ],
    "人员": [
        ["账号", "姓名", "单位编码", "党员类别", "党的领导干部", "干部管理权限"],
        ["dz", "市财政局党组书记", "A", "正式党员", "是", "党委"],
        ["zb1", "市财政局第一党支部书记", "B1", "正式党员", "是", "党组"],
        ["m01", "市财政局第一党支部党员01", "B1", "预备党员", "否", "党组"],
        ["xitong", "系统管理员", "GW", "非党员", "否", None],
        ["anquan", "安全管理员", "GW", "非党员", "否", None],
    ],
    "岗位任职": [
        ["单位编码", "岗位", "岗位名称", "分管单位", "账号", "任职日期", "离任日期", "专职"],
        ["A", "党组书记", "市财政局党组书记", None, "dz", D(2024, 1, 1), None, "否"],
        ["B1", "支部书记", "第一支部书记", None, "m01", D(2024, 1, 1), D(2025, 7, 1), "否"],
        ["B1", "支部书记", "第一支部书记", None, "zb1", D(2025, 7, 1), None, "否"],
        ["D", "专职副书记", "机关党委专职副书记", "B1", None, None, None, "是"],
    ],
    "角色授权": [
        ["账号", "角色", "单位编码", "起始日期", "终止日期"],
        ["xitong", "系统管理员", "GW", D(2024, 1, 1), None],
        ["anquan", "安全管理员", "GW", D(2024, 1, 1), None],
    ],
    "职责记录": [
        ["单位编码", "职责代码", "期间", "开展日期", "实到人数", "应到人数", "状态", "说明"],
        ["B1", "ZTDR", "2025-10", D(2025, 10, 20), 11, 12, "按时", None],
        ["B1", "ZTDR", "2025-11", D(2025, 12, 3), 9, 12, "逾期", "会期冲突"],
        ["B1", "ZTDR", "2025-12", None, None, None, "免予", "全员抗洪抢险"],
        ["B1", "DYDH", "2025Q4", None, None, None, "未完成", None],
        ["A", "ZTYJ", "2025H2", D(2025, 11, 5), 5, 5, "按时", None],
        ["A", "TBPY", "2025年度", D(2025, 12, 20), None, None, "按时", None],
        ["B1", "ZTDR", "2026-02", None, None, None, "待完成", None],
    ],
}


def good() -> Sheets:
    return deepcopy(GOOD)


def written(sheets: Sheets) -> bytes:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        page = book.create_sheet(title)
        for row in rows:
            page.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def put(sheet: str, row: int, title: str, value: Any) -> bytes:
    """The good workbook with one cell changed; rows as the spreadsheet counts them."""
    sheets = good()
    rows = sheets[sheet]
    rows[row - 1][rows[0].index(title)] = value
    return written(sheets)
