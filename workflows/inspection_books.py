"""制度 and the yearly plan as a workbook: out, looked at, and in again, whole or not at all."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Institution, SupervisionPlanEntry, Unit
from workflows import audit, inspection_overlaps, inspection_plans, institutions
from workflows.access import Rights, within
from workflows.errors import Invalid, Refused
from workflows.imports import build
from workflows.imports.cells import Column, choice, code, day, text, whole, yes_no
from workflows.imports.report import Report
from workflows.imports.workbook import Row, Sheet, open_workbook, read_sheet
from workflows.inspection_overlaps import KINDS, Said

UNIT, CODE, KIND, FROM, UNTIL = "单位编码", "编号", "类别", "施行日期", "废止日期"
TOPIC, UNITS, START, END = "主题", "单位编码（以、分隔）", "开始日期", "结束日期"
NUMBER, FILED = "备案号", "备案日期"
RULES = {name: key for key, name in institutions.KINDS.items()}
INSPECTIONS = {name: key for key, name in KINDS.items()}
_code = code(r"[A-Za-z0-9\u4e00-\u9fff._-]+", ("应为字母、数字或汉字", "must be letters or digits"))
REGISTER = Sheet(
    "制度",
    (
        Column("unit", UNIT, text(40), required=True),
        Column("code", CODE, _code, required=True),
        Column("kind", KIND, choice(RULES), required=True),
        Column("name", "名称", text(), required=True),
        Column("paper", "文号", text(), default=""),
        Column("requirement", "内容要求", text(2000), required=True),
        Column("active_from", FROM, day, required=True),
        Column("active_until", UNTIL, day),
    ),
)
PLAN = Sheet(
    "督查检查考核计划",
    (
        Column("year", "年度", whole(2100), required=True),
        Column("code", CODE, _code, required=True),
        Column("kind", KIND, choice(INSPECTIONS), required=True),
        Column("comprehensive", "综合性", yes_no, default=False),
        Column("topic", TOPIC, text(), required=True),
        Column("from_day", START, day, required=True),
        Column("to_day", END, day, required=True),
        Column("units", UNITS, text(10_000), required=True),
        Column("number", NUMBER, text(), default=""),
        Column("filed_on", FILED, day),
    ),
)
NO_UNIT = (
    "没有此编码的单位，或不在管理范围内",
    "there is no such unit, or it is not in your charge",
)
CHANGED = ("此版本已登记且内容不同：请以新的施行日期登记新版本",
           "stands with another content: enter a new version with a later day")  # fmt: skip
EARLIER = ("早于已登记的最新版本", "is earlier than the newest version on file")
FILED_ALREADY = ("已备案，不能修改", "is filed and cannot be changed")


class _Undone(Exception):
    """What was entered to be looked at is taken back."""


@dataclass
class _Book:
    session: Session
    report: Report
    rights: Rights
    now: datetime
    units: dict[str, Unit]
    told: dict[str, int] = field(default_factory=lambda: {"new": 0, "changed": 0, "same": 0})

    def fault(self, sheet: Sheet, row: Row, column: str, value: object, why: Any) -> None:
        self.report.fault(sheet.title, row.number, column, value, why)


def take(
    session: Session, data: bytes, *, rights: Rights, now: datetime, dry_run: bool = False
) -> Report:
    """What the workbook says is on file, unless a row is faulty or it is a trial.

    Either sheet may be missing. Raises Invalid or TooLarge for a file that is no workbook of ours,
    NotAllowed for who keeps no plan.
    """
    organ = inspection_plans.organ_of(session, rights)
    report = Report(dry_run)
    sheets = _read(data, report)
    below = select(Unit).where(Unit.path.startswith(organ.path, autoescape=True))
    units = {one.code: one for one in session.scalars(below)}
    with suppress(_Undone), session.begin_nested():
        for sheet, rows in sheets.items():
            book = _Book(session, report, rights, now, units)
            _enter_all(book, organ, sheet, rows)
            report.count(sheet, **book.told)
        if dry_run or not report.is_good:
            raise _Undone
    if dry_run or not report.is_good:
        session.expire_all()
        return report
    if report.changes:
        sha = hashlib.sha256(data).hexdigest()
        audit.record(
            session, actor=rights.user, action="inspection_book_taken", subject=organ, now=now,
            unit_id=organ.id, detail={"sha256": sha, "counts": dict(report.counts)},
        )  # fmt: skip
    return report


def _read(data: bytes, report: Report) -> dict[str, list[Row]]:
    workbook = open_workbook(data)
    try:
        found = {sheet.title: read_sheet(workbook, sheet, report) for sheet in (REGISTER, PLAN)}
    except (ValueError, KeyError, TypeError, SyntaxError, OSError) as error:
        raise Invalid("This is not a workbook (.xlsx), or it is damaged.") from error
    finally:
        workbook.close()
    sheets = {title: rows for title, rows in found.items() if rows is not None}
    if not sheets:
        raise Invalid("No sheet of this workbook is one that the import knows.")
    # A column that is missing was told once; its rows say nothing.
    needed = {sheet.title: _needed(sheet) for sheet in (REGISTER, PLAN)}
    return {
        title: [row for row in rows if all(row.values[key] is not None for key in needed[title])]
        for title, rows in sheets.items()
    }


def _needed(sheet: Sheet) -> list[str]:
    return [column.key for column in sheet.columns if column.required]


def _enter_all(book: _Book, organ: Unit, sheet: str, rows: list[Row]) -> None:
    if sheet == REGISTER.title:
        for row in sorted(rows, key=lambda one: one.values["active_from"]):
            _enter_rule(book, row)
    else:
        for row in rows:
            _enter_item(book, organ, row)


def _enter_rule(book: _Book, row: Row) -> None:
    values = dict(row.values)
    unit, until = book.units.get(values.pop("unit")), values.pop("active_until")
    if unit is None:
        book.fault(REGISTER, row, UNIT, row.values["unit"], NO_UNIT)
        return
    said = institutions.Said(**values)
    stored = institutions.versions_of(book.session, unit.id, said.code)
    newest = stored[0] if stored else None
    known = next((one for one in stored if one.active_from == said.active_from), None)
    if known is not None:
        _compare(book, row, known, said, until)
    elif newest is not None and newest.active_from > said.active_from:
        book.fault(REGISTER, row, FROM, said.active_from, EARLIER)
    else:
        before = newest if newest and newest.active_until in (None, said.active_from) else None
        made = institutions.keep(
            book.session, unit.id, said, before, by=book.rights.user, now=book.now,
            number=1 + (newest.number if newest else 0),
        )  # fmt: skip
        _end(book, row, made, until)
        book.told["new"] += 1


def _compare(
    book: _Book, row: Row, known: Institution, said: institutions.Said, until: date | None
) -> None:
    if not institutions.same(known, said):
        book.fault(REGISTER, row, FROM, said.active_from, CHANGED)
    elif until is not None and known.active_until is None:
        _end(book, row, known, until)
        book.told["changed"] += 1
    else:
        book.told["same"] += 1


def _end(book: _Book, row: Row, known: Institution, until: date | None) -> None:
    if until is not None and until <= known.active_from:
        why = ("应晚于施行日期", "must be later than its first day")
        book.fault(REGISTER, row, UNTIL, until, why)
    elif until is not None:
        known.active_until = until
        book.session.flush()


def _enter_item(book: _Book, organ: Unit, row: Row) -> None:
    values = row.values
    said = _said(book, row)
    if said is None:
        return
    entry = inspection_plans.coded(book.session, organ, values["year"], said.code)
    if entry is not None and _same(book, entry, said):
        filed = _file(book, row, entry)
        book.told["changed" if filed else "same"] += 1
    elif entry is not None and (entry.register_no or entry.withdrawn_at):
        book.fault(PLAN, row, CODE, said.code, FILED_ALREADY)
    elif not _clashes(book, organ, row, said, entry):
        if entry is not None:
            inspection_plans.change(book.session, entry, said, by=book.rights.user, now=book.now)
        book.told["changed" if entry else "new"] += 1
        made = entry or inspection_plans.keep(
            book.session, organ, said, year=values["year"], by=book.rights.user, now=book.now
        )
        _file(book, row, made)


def _said(book: _Book, row: Row) -> Said | None:
    """The item of a row; nothing, with a fault for each, where it does not hold."""
    values = row.values
    codes = [
        one for one in values["units"].replace(",", "、").replace("，", "、").split("、") if one
    ]
    strange = [one for one in codes if one.strip() not in book.units]
    for one in strange:
        book.fault(PLAN, row, UNITS, one, NO_UNIT)
    years = {values["from_day"].year, values["to_day"].year, values["year"]}
    if values["to_day"] < values["from_day"] or len(years) > 1:
        why = ("应在当年且不早于开始日期", "must lie in the year, not before the first day")
        book.fault(PLAN, row, END, values["to_day"], why)
        return None
    if strange or not codes:
        return None
    return Said(
        code=values["code"],
        kind=values["kind"],
        comprehensive=values["comprehensive"],
        topic=values["topic"],
        from_day=values["from_day"],
        to_day=values["to_day"],
        units=tuple(book.units[one.strip()].id for one in codes),
    )


def _same(book: _Book, entry: SupervisionPlanEntry, said: Said) -> bool:
    units = inspection_plans.units_of(book.session, [entry.id]).get(entry.id, [])
    named = ("kind", "comprehensive", "topic", "from_day", "to_day")
    alike = all(getattr(entry, name) == getattr(said, name) for name in named)
    return alike and {one.id for one in units} == set(said.units) and not entry.withdrawn_at


def _clashes(
    book: _Book, organ: Unit, row: Row, said: Said, entry: SupervisionPlanEntry | None
) -> bool:
    """True, with the other one named, where the row looks at a unit a second time."""
    year, but = row.values["year"], entry.id if entry else None
    for other in inspection_overlaps.overlaps(book.session, organ, said, year=year, but=but)[:1]:
        why = (
            f"与“{other.name}”（{other.unit}，{other.days}）重叠",
            f"overlaps with “{other.name}” ({other.unit}, {other.days})",
        )
        book.fault(PLAN, row, TOPIC if other.why == "topic" else START, said.topic, why)
        return True
    try:
        inspection_overlaps.require_free(book.session, organ, said, year=year, but=but)
    except Refused as refused:
        why = (f"综合性督查检查考核每年不超过{refused.facts['most']}次", str(refused))
        book.fault(PLAN, row, "综合性", "是", why)
        return True
    return False


def _file(book: _Book, row: Row, entry: SupervisionPlanEntry) -> bool:
    """The number under which the item is filed, if the row has one and the item none."""
    number = row.values["number"]
    if not number or entry.register_no:
        return False
    entry.register_no, entry.filed_by = number, book.rights.user.id
    entry.filed_on = row.values["filed_on"]
    book.session.flush()
    inspection_plans.note(
        book.session, entry, "plan_entry_filed", book.rights.user, book.now, number=number
    )
    return True


def write(session: Session, *, rights: Rights) -> bytes:
    """Both sheets as they stand; taken in again, they change nothing."""
    inspection_plans.organ_of(session, rights)
    return build([(REGISTER, _rules(session, rights)), (PLAN, _items(session, rights))])


def _rules(session: Session, rights: Rights) -> Iterator[list[Any]]:
    rows = session.execute(
        select(Institution, Unit.code)
        .join(Unit, Unit.id == Institution.unit_id)
        .where(within(rights.paths()))
        .order_by(Unit.code, Institution.code, Institution.number)
    )
    for one, unit in rows:
        yield [
            unit, one.code, institutions.KINDS[one.kind], one.name, one.paper, one.requirement,
            one.active_from, one.active_until,
        ]  # fmt: skip


def _items(session: Session, rights: Rights) -> Iterator[list[Any]]:
    for year in sorted(inspection_plans.years(session, rights)):
        yield from _lines(inspection_plans.items(session, rights, year))


def _lines(items: Iterable[inspection_plans.Item]) -> Iterator[list[Any]]:
    for item in items:
        one = item.entry
        if one.withdrawn_at is None:
            yield [
                one.year, one.code, KINDS[one.kind], "是" if one.comprehensive else "否",
                one.topic, one.from_day, one.to_day, "、".join(unit.code for unit in item.units),
                one.register_no, one.filed_on,
            ]  # fmt: skip
