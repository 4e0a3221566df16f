"""A template of responsibility lists as a workbook: three sheets, each fault with its row."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import DutyRule
from workflows import posts
from workflows.errors import Invalid
from workflows.imports.cells import Column, choice, code, text
from workflows.imports.export import Line, build
from workflows.imports.report import Report
from workflows.imports.units import KINDS as UNIT_KINDS
from workflows.imports.workbook import Row, Sheet, open_workbook, read_sheet
from workflows.responsibility_templates import KINDS

LEVEL_WORDS = {word: kind for word, kind in UNIT_KINDS.items() if kind in KINDS}
PERSONAL_WORDS = {
    "亲自部署": "deploy",
    "亲自过问": "inquire",
    "亲自协调": "coordinate",
    "亲自督办": "oversee",
}
NOT_DUTY = ("应为职责代码", "must be the code of a duty")
LEVELS = Sheet(
    "层级",
    (
        Column("kind", "层级", choice(LEVEL_WORDS), required=True),
        Column("name", "名称", text(), required=True),
        Column("charge", "责任定位", text(), required=True),
    ),
)
POSTS = Sheet(
    "岗位",
    (
        Column("post", "岗位", choice({one: one for one in posts.kinds()}), required=True),
        Column("level", "层级", choice(LEVEL_WORDS), required=True),
        Column("title", "责任称谓", text(), default=""),
    ),
)
DUTIES = Sheet(
    "责任",
    (
        Column("post", "岗位", choice({one: one for one in posts.kinds()}), required=True),
        Column("area", "领域", text(), required=True),
        Column("text", "责任内容", text(1000), required=True),
        Column("personal", "四个亲自", choice(PERSONAL_WORDS), default=""),
        Column("duty", "职责代码", code(r"[A-Z]{2,10}", NOT_DUTY), default=""),
        Column("source", "依据", text(), default=""),
    ),
)
SHEETS = (LEVELS, POSTS, DUTIES)
MOST = 500  # rows of a sheet


def write(content: Mapping[str, Any]) -> bytes:
    """The workbook of a template; read again, it gives the same template."""
    return build(
        (
            (LEVELS, _lines(LEVELS, content["levels"])),
            (POSTS, _lines(POSTS, content["posts"])),
            (DUTIES, _lines(DUTIES, content["duties"])),
        )
    )


def _lines(sheet: Sheet, rows: list[dict[str, str]]) -> Iterator[Line]:
    for row in rows:
        yield [_word(column.key, row.get(column.key)) for column in sheet.columns]


def _word(key: str, value: str | None) -> str | None:
    words = PERSONAL_WORDS if key == "personal" else LEVEL_WORDS
    if key in ("personal", "kind", "level"):
        return next((word for word, known in words.items() if known == value), None)
    return value or None


def read(session: Session, data: bytes) -> tuple[dict[str, Any], Report]:
    """What the workbook says, and every fault with its sheet, row and column.

    Raises Invalid or TooLarge for a file that is no workbook of ours.
    """
    report = Report(dry_run=True)
    book = open_workbook(data)
    try:
        sheets = {sheet.title: read_sheet(book, sheet, report) for sheet in SHEETS}
    except (ValueError, KeyError, TypeError, SyntaxError, OSError) as error:
        raise Invalid("This is not a workbook (.xlsx), or it is damaged.") from error
    finally:
        book.close()
    missing = [title for title, rows in sheets.items() if rows is None]
    if missing:
        raise Invalid("The workbook has no sheet {sheet}.", sheet="、".join(missing))
    rows = {title: found or [] for title, found in sheets.items()}
    _check(session, rows, report)
    for title, found in rows.items():
        report.count(title, new=len(found), changed=0, same=0)
    levels, held, duties = (rows[sheet.title] for sheet in SHEETS)
    return {
        "levels": [_plain(row) for row in levels],
        "posts": [_plain(row) for row in held],
        "duties": [_plain(row) for row in duties],
    }, report


def _plain(row: Row) -> dict[str, str]:
    return {name: str(value) for name, value in row.values.items() if value}


def _check(session: Session, rows: Mapping[str, list[Row]], report: Report) -> None:
    for sheet in SHEETS:
        if not 0 < len(rows[sheet.title]) <= MOST:
            report.fault(sheet.title, 0, "", None, ("没有内容或过长", "is empty or too long"))
    for sheet, key, title in ((LEVELS, "kind", "层级"), (POSTS, "post", "岗位")):
        _require_once(sheet, rows[sheet.title], key, title, report)
    _check_posts(rows, report)
    _check_duties(session, rows, report)


def _check_posts(rows: Mapping[str, list[Row]], report: Report) -> None:
    """Each post stands at a level of the template that may have it, and has a duty."""
    kinds = {row.values["kind"] for row in rows[LEVELS.title]}
    duties = {row.values["post"] for row in rows[DUTIES.title]}
    for row in rows[POSTS.title]:
        post, level = row.values["post"], row.values["level"]
        if level not in kinds:
            _fault(report, POSTS, row, "层级", "level", "“层级”表中没有此层级", "is no level")
        elif post not in posts.POSTS.get(level, ()):
            _fault(report, POSTS, row, "岗位", "post", "此层级没有此岗位", "is no post of it")
        if post not in duties:
            _fault(report, POSTS, row, "岗位", "post", "此岗位没有责任", "has no duty")


def _check_duties(session: Session, rows: Mapping[str, list[Row]], report: Report) -> None:
    """Each duty is a post's of the template, and what it carries is in the catalogue."""
    held = {row.values["post"] for row in rows[POSTS.title]}
    codes = set(session.scalars(select(DutyRule.code).distinct()))
    for row in rows[DUTIES.title]:
        if row.values["post"] not in held:
            _fault(report, DUTIES, row, "岗位", "post", "“岗位”表中没有此岗位", "is no post")
        if row.values["duty"] and row.values["duty"] not in codes:
            _fault(report, DUTIES, row, "职责代码", "duty", "没有此职责", "there is no such duty")


def _require_once(sheet: Sheet, rows: list[Row], key: str, title: str, report: Report) -> None:
    seen: set[str] = set()
    for row in rows:
        if row.values[key] in seen:
            _fault(report, sheet, row, title, key, "重复", "stands there twice")
        seen.add(row.values[key])


def _fault(report: Report, sheet: Sheet, row: Row, *why: str) -> None:
    title, key, zh, en = why
    report.fault(sheet.title, row.number, title, row.values[key], (zh, en))
