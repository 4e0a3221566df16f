"""From a cell to a value of the right type, or a plain reason why not."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
EXCEL_ERROR = re.compile(r"#(REF|N/A|VALUE|NAME|DIV/0|NULL|NUM|SPILL|CALC)[!?]?$")
Why = tuple[str, str]

EMPTY: Why = ("不能为空", "must not be empty")
FORMULA: Why = ("是公式，请粘贴为数值", "is a formula; paste it as a value")
BROKEN: Why = ("是出错的公式结果", "is the result of a broken formula")
NOT_TEXT: Why = ("应为文本", "must be text")
CONTROL: Why = ("含有不可见的控制字符", "holds invisible control characters")
NOT_DAY: Why = ("应为日期，如 2026-03-02", "must be a date such as 2026-03-02")
NOT_WHOLE: Why = ("应为整数", "must be a whole number")
NOT_YES_NO: Why = ("应为“是”或“否”", "must be 是 or 否")


class BadCell(ValueError):
    """The cell does not hold what its column asks for."""

    def __init__(self, why: Why) -> None:
        super().__init__(why[1])
        self.why = why


Reader = Callable[[Any], Any]


@dataclass(frozen=True)
class Column:
    """One column, found by its title; an empty cell reads as `default`."""

    key: str
    title: str
    read: Reader
    required: bool = False  # in every row
    default: Any = None

    def value_of(self, cell: Any) -> Any:
        """The cell's value; raises BadCell."""
        plain = tidy(cell)
        if plain is None:
            if self.required:
                raise BadCell(EMPTY)
            return self.default
        return self.read(plain)


def tidy(cell: Any) -> Any:
    """Text without blanks around it, nothing for a blank one; formulas are refused."""
    if not isinstance(cell, str):
        if cell is None or isinstance(cell, (bool, int, float, date, time)):
            return cell
        raise BadCell(FORMULA)  # array formulas and data tables come as objects
    text = cell.strip()
    if text.startswith("="):
        raise BadCell(FORMULA)
    if EXCEL_ERROR.match(text):
        raise BadCell(BROKEN)
    return text or None


def text(most: int = 200) -> Reader:
    def read(value: Any) -> str:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)  # a code of digits that the spreadsheet took for a number
        if not isinstance(value, str):
            raise BadCell(NOT_TEXT)
        if any(unicodedata.category(c) in ("Cc", "Cs", "Co", "Cn") for c in value):
            raise BadCell(CONTROL)
        if len(value) > most:
            raise BadCell((f"超过 {most} 个字符", f"is longer than {most} characters"))
        return value

    return read


def code(pattern: str, why: Why, *, most: int = 40, lower: bool = False) -> Reader:
    """A short name of letters and digits."""
    shape = re.compile(pattern)
    plain = text(most)

    def read(value: Any) -> str:
        found: str = unicodedata.normalize("NFKC", plain(value))
        found = found.lower() if lower else found
        if not shape.fullmatch(found):
            raise BadCell(why)
        return found

    return read


def choice(values: Mapping[str, str]) -> Reader:
    """One of the words; what is stored is its meaning."""
    words = "、".join(values)

    def read(value: Any) -> str:
        found = values.get(str(value))
        if found is None:
            raise BadCell((f"应为：{words}", f"must be one of: {words}"))
        return found

    return read


def day(value: Any) -> date:
    if isinstance(value, datetime):
        if value.time() != time():
            raise BadCell(NOT_DAY)
        return value.date()
    if isinstance(value, date):
        return value
    match = DAY.fullmatch(unicodedata.normalize("NFKC", value)) if isinstance(value, str) else None
    if match is None:
        raise BadCell(NOT_DAY)
    try:
        return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        raise BadCell(NOT_DAY) from None


def whole(most: int) -> Reader:
    def read(value: Any) -> int:
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12:
            value = int(value)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadCell(NOT_WHOLE)
        if not 0 <= value <= most:
            raise BadCell((f"应在 0 与 {most} 之间", f"must lie between 0 and {most}"))
        return value

    return read


def yes_no(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    found = {"是": True, "否": False, "1": True, "0": False}.get(str(value))
    if found is None:
        raise BadCell(NOT_YES_NO)
    return found
