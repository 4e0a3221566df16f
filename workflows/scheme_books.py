"""A scheme as a workbook: two sheets, columns by their heads; faults by sheet, row and column."""

import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from openpyxl import Workbook

from workflows.errors import Invalid
from workflows.imports.workbook import open_workbook

RULES, INDICATORS = "规则", "指标"
MOST_ROWS = 500
# Row of the rules sheet → where it stands in the stored scheme.
RULE_ROWS: dict[str, tuple[str, ...]] = {
    "党建权重": ("weights", "party"),
    "业务权重": ("weights", "business"),
    "合成方式": ("combine",),
    "系数·好": ("coefficients", "good"),
    "系数·较好": ("coefficients", "fair"),
    "系数·一般": ("coefficients", "average"),
    "系数·差": ("coefficients", "poor"),
    "加分上限": ("bonus_max",),
    "最低分": ("floor",),
    "好·最低分": ("grades", "good"),
    "较好·最低分": ("grades", "fair"),
    "一般·最低分": ("grades", "average"),
    "好·比例上限": ("quota",),
    "同分指标": ("tie_indicator",),
    "一票否决": ("veto",),
}
COLUMNS: dict[str, str] = {
    "代码": "code",
    "名称": "name",
    "英文名称": "name_en",
    "类别": "side",
    "分值": "points",
    "上级": "parent",
    "责任部门": "owner",
    "证据": "evidence",
    "手段": "by",
    "数据来源": "source",
    "每项扣分": "per_fact",
    "促进的业务指标": "promotes",
}
REQUIRED = ("代码", "名称", "类别", "分值", "手段")
SIDES = {"党建": "party", "业务": "business", "加分": "bonus", "扣分": "deduction"}
MEANS = {
    "系统计算": "computed",
    "自评复核": "self_report",
    "考核组评分": "panel",
    "问卷": "survey",
    "业务导入": "import",
    "业务成效": "effect",
}
WAYS = {"同权重": "equal", "系数": "coefficient", "封顶": "cap"}
OF_MEANS = ("by", "source", "per_fact", "promotes")


def write(content: Mapping[str, Any]) -> bytes:
    """The workbook of a scheme; read again, it gives the same scheme."""
    book = Workbook(write_only=True)
    rules = book.create_sheet(RULES)
    rules.append(["项目", "内容"])
    for label, path in RULE_ROWS.items():
        rules.append([label, _said(label, _at(content["rules"], path))])
    sheet = book.create_sheet(INDICATORS)
    sheet.append(list(COLUMNS))
    for one in content["content"]:
        sheet.append([_cell(name, one, content["means"]) for name in COLUMNS.values()])
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _at(rules: Mapping[str, Any], path: Sequence[str]) -> Any:
    value: Any = rules
    for step in path:
        value = value.get(step, "") if isinstance(value, Mapping) else ""
    return value


def _said(label: str, value: Any) -> str:
    if label == "合成方式":
        return _word(WAYS, value)
    return "、".join(value) if isinstance(value, list) else str(value)


def _word(words: Mapping[str, str], code: Any) -> str:
    return next((word for word, known in words.items() if known == code), str(code))


def _cell(name: str, one: Mapping[str, Any], means: Mapping[str, Any]) -> str:
    if name in OF_MEANS:
        value = means.get(one["code"], {}).get(name, "")
        return _word(MEANS, value) if name == "by" else str(value)
    value = one.get(name, "")
    return _word(SIDES, value) if name == "side" else str(value)


def read(data: bytes) -> dict[str, Any]:
    """The scheme that the workbook holds; raises Invalid with sheet, row and column."""
    book = open_workbook(data)
    missing = [name for name in (RULES, INDICATORS) if name not in book.sheetnames]
    if missing:
        raise Invalid("The workbook has no sheet {sheet}.", sheet="、".join(missing))
    content, means = _read_indicators(book[INDICATORS])
    return {"rules": _read_rules(book[RULES]), "content": content, "means": means}


def _rows(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if number > MOST_ROWS:
            raise Invalid("A sheet may have {most} rows.", most=MOST_ROWS)
        cells = ["" if cell is None else str(cell).strip() for cell in row]
        if any(cells):
            yield number, cells


def _read_rules(sheet: Any) -> dict[str, Any]:
    said = {cells[0]: cells[1] if len(cells) > 1 else "" for _, cells in _rows(sheet)}
    unknown = set(said) - {*RULE_ROWS, "项目"}
    if unknown:
        raise Invalid(
            "Sheet {sheet}: there is no rule {names}.",
            sheet=RULES,
            names="、".join(sorted(unknown)),
        )
    rules: dict[str, Any] = {}
    for label, path in RULE_ROWS.items():
        value = said.get(label, "")
        if label not in said:
            raise Invalid("Sheet {sheet}: {name} is missing.", sheet=RULES, name=label)
        _put(rules, path, _rule_value(label, value))
    return {key: value for key, value in rules.items() if value not in ("", {})}


def _rule_value(label: str, value: str) -> Any:
    if label == "一票否决":
        return [part for part in value.replace(",", "、").split("、") if part]
    return WAYS.get(value, value) if label == "合成方式" else value


def _put(rules: dict[str, Any], path: Sequence[str], value: Any) -> None:
    if value == "" and len(path) > 1:
        rules.setdefault(path[0], {})
        return
    place = rules
    for step in path[:-1]:
        place = place.setdefault(step, {})
    place[path[-1]] = value


def _read_indicators(sheet: Any) -> tuple[list[dict[str, str]], dict[str, dict[str, str]]]:
    lines = _rows(sheet)
    _, heads = next(lines, (1, []))
    absent = [name for name in REQUIRED if name not in heads]
    if absent:
        raise Invalid(
            "Sheet {sheet}: the columns {names} are missing or shifted.",
            sheet=INDICATORS,
            names="、".join(absent),
        )
    content, means = [], {}
    for number, cells in lines:
        row = {
            COLUMNS[head]: cell for head, cell in zip(heads, cells, strict=False) if head in COLUMNS
        }
        row["side"] = _coded(SIDES, row["side"], number, "类别")
        row["by"] = _coded(MEANS, row["by"], number, "手段")
        means[row["code"]] = {name: row[name] for name in OF_MEANS if row.get(name)}
        content.append(
            {name: value for name, value in row.items() if value and name not in OF_MEANS}
        )
    return content, means


def _coded(words: Mapping[str, str], said: str, row: int, column: str) -> str:
    if said not in words:
        raise Invalid(
            "Sheet {sheet}, row {row}, column {column}: “{said}” is none of {words}.",
            sheet=INDICATORS,
            row=row,
            column=column,
            said=said,
            words="、".join(words),
        )
    return words[said]
