"""Sheet 单位: the tree of units."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from models import Unit, UnitKind
from models.ids import new_id
from workflows.imports.book import Book, KnownUnit, Plan, differs
from workflows.imports.cells import Column, choice, code, day, text, whole
from workflows.imports.workbook import Row, Sheet
from workflows.units import UNDER

KINDS = {
    "党委": UnitKind.COMMITTEE,
    "机关工委": UnitKind.WORK_COMMITTEE,
    "党组": UnitKind.PARTY_GROUP,
    "机关党委": UnitKind.ORGAN_COMMITTEE,
    "党支部": UnitKind.BRANCH,
    "内设机构": UnitKind.DEPARTMENT,
}
MANAGED_BY = {"党委": "committee", "工委": "work_committee", "党组": "party_group"}
CODE = code(r"[A-Za-z0-9][A-Za-z0-9._-]*", ("编码只用字母、数字、点、横线", "use a–z, 0–9, . _ -"))
SHEET = Sheet(
    "单位",
    (
        Column("code", "单位编码", CODE, required=True),
        Column("name", "单位名称", text(), required=True),
        Column("name_en", "英文名称", text(), default=""),
        Column("kind", "类型", choice(KINDS), required=True),
        Column("parent", "上级编码", CODE),
        Column("managed_by", "管理权限", choice(MANAGED_BY), default="work_committee"),
        Column("member_count", "正式党员数", whole(100_000), default=0),
        Column("formed_on", "成立日期", day),
        Column("term_ends_on", "届满日期", day),
        Column("abolished_on", "撤销日期", day),
    ),
)
FIELDS = (
    *("name", "name_en", "kind", "parent_id", "path", "managed_by", "member_count"),
    *("formed_on", "term_ends_on", "abolished_on"),
)


def know(book: Book) -> dict[str, Any]:
    """Every unit on file is known to the book; returns them as stored, by code."""
    stored = {unit.code: unit for unit in book.session.execute(select(*Unit.__table__.c))}
    for unit in stored.values():
        book.units[unit.code] = KnownUnit(unit.id, unit.kind, unit.path, unit.abolished_on)
    return stored


def check(book: Book, rows: list[Row], stored: Mapping[str, Any]) -> Plan:
    """What the sheet adds to the tree and changes in it."""
    plan = Plan(SHEET.title)
    wanted = _once(book, rows)
    ids = {unit.code: unit.id for unit in stored.values()}
    ids |= {code: new_id() for code in wanted if code not in ids}
    parents = _parents(stored, wanted)
    kinds = {code: unit.kind for code, unit in stored.items()}
    kinds |= {code: row.values["kind"] for code, row in wanted.items()}
    for code_, row in wanted.items():
        if _hangs_well(book, row, kinds, parents):
            values = _values(row, ids, _path(code_, parents, ids))
            _plan_one(book, plan, values, stored.get(code_))
    _move_others(book, plan, stored, wanted, parents, ids)
    plan.new.get(Unit, []).sort(key=lambda unit: unit["path"].count("/"))  # parents first
    return plan


def _once(book: Book, rows: list[Row]) -> dict[str, Row]:
    wanted: dict[str, Row] = {}
    for row in rows:
        name = row.values["code"]
        if name in wanted:
            why = (f"与第{wanted[name].number}行重复", f"stands in row {wanted[name].number} too")
            book.report.fault(SHEET.title, row.number, "单位编码", name, why)
        else:
            wanted[name] = row
    return wanted


def _parents(stored: Mapping[str, Any], wanted: Mapping[str, Row]) -> dict[str, str | None]:
    by_id = {unit.id: unit.code for unit in stored.values()}
    parents = {unit.code: by_id.get(unit.parent_id) for unit in stored.values()}
    return parents | {name: row.values["parent"] for name, row in wanted.items()}


def _hangs_well(
    book: Book, row: Row, kinds: Mapping[str, str], parents: Mapping[str, str | None]
) -> bool:
    parent, kind = row.values["parent"], row.values["kind"]
    if parent is not None and parent not in kinds:
        why = ("没有此编码的单位", "there is no unit of this code")
    elif (kinds[parent] if parent else "") not in UNDER[kind]:
        why = ("此类单位不能设在该上级之下", "a unit of this kind cannot stand there")
    elif _is_circular(row.values["code"], parents):
        why = ("上下级关系成环", "hangs on itself")
    else:
        return True
    book.report.fault(SHEET.title, row.number, "上级编码", parent, why)
    book.report.broken.add(row.values["code"])
    return False


def _is_circular(name: str, parents: Mapping[str, str | None]) -> bool:
    seen = {name}
    above = parents.get(name)
    while above is not None:
        if above in seen:
            return True
        seen.add(above)
        above = parents.get(above)
    return False


def _path(name: str, parents: Mapping[str, str | None], ids: Mapping[str, int]) -> str:
    above = parents.get(name)
    start = _path(above, parents, ids) if above in ids and above else "/"
    return f"{start}{ids[name]}/"


def _values(row: Row, ids: Mapping[str, int], path: str) -> dict[str, Any]:
    values = dict(row.values)
    parent = values.pop("parent")
    return {
        **values,
        "id": ids[values["code"]],
        "parent_id": ids[parent] if parent else None,
        "path": path,
    }


def _plan_one(book: Book, plan: Plan, values: dict[str, Any], stored: Any) -> None:
    book.units[values["code"]] = KnownUnit(
        values["id"], values["kind"], values["path"], values["abolished_on"]
    )
    if stored is None:
        plan.add(Unit, {**values, "version": 1})
        plan.counted += 1
    elif differs(stored, values, FIELDS):
        plan.change(Unit, {"id": stored.id, **{name: values[name] for name in FIELDS}})
        plan.altered += 1
    else:
        plan.same += 1


def _move_others(
    book: Book,
    plan: Plan,
    stored: Mapping[str, Any],
    wanted: Mapping[str, Row],
    parents: Mapping[str, str | None],
    ids: Mapping[str, int],
) -> None:
    """Units that the sheet does not name, but that hang on one it moves."""
    if not book.report.is_good:  # the tree may be circular
        return
    for name, unit in stored.items():
        if name in wanted or (path := _path(name, parents, ids)) == unit.path:
            continue
        kept: dict[str, Any] = {field: getattr(unit, field) for field in FIELDS}
        plan.change(Unit, {"id": unit.id, **kept, "path": path})
        book.units[name] = KnownUnit(unit.id, unit.kind, path, unit.abolished_on)


def export(unit: Any, codes: Mapping[int, str]) -> list[str | int | date | None]:
    """The unit as the sheet's row."""
    return [
        unit.code,
        unit.name,
        unit.name_en,
        next(word for word, kind in KINDS.items() if kind == unit.kind),
        codes.get(unit.parent_id),
        next((word for word, value in MANAGED_BY.items() if value == unit.managed_by), None),
        unit.member_count,
        unit.formed_on,
        unit.term_ends_on,
        unit.abolished_on,
    ]
