"""Sheet 人员: members of the branches. Nobody gets a password: they activate with a code."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from models import User
from models.ids import new_id
from workflows.imports.book import Book, Plan, differs, existing
from workflows.imports.cells import Column, choice, code, text, yes_no
from workflows.imports.units import CODE, MANAGED_BY
from workflows.imports.workbook import Row, Sheet
from workflows.people import LOGIN

MEMBERSHIPS = {"正式党员": "full", "预备党员": "probationary", "非党员": "none"}
ACCOUNT = code(
    LOGIN.pattern,
    ("账号为2至40位小写字母、数字、点、横线", "two to forty of: a–z, 0–9, . _ -"),
    lower=True,
)
SHEET = Sheet(
    "人员",
    (
        Column("login", "账号", ACCOUNT, required=True),
        Column("name", "姓名", text(), required=True),
        Column("unit", "单位编码", CODE),
        Column("membership", "党员类别", choice(MEMBERSHIPS), default="full"),
        Column("cadre", "党的领导干部", yes_no, default=False),
        Column("managed_by", "干部管理权限", choice(MANAGED_BY), default="party_group"),
        Column("email", "邮箱", text(), default=""),
        Column("enabled", "启用", yes_no, default=True),
    ),
)
FIELDS = ("name", "unit_id", "membership", "cadre", "managed_by", "email", "enabled")
FRESH: dict[str, Any] = {
    "language": "zh",
    "failed_sign_ins": 0,
    "session_key": "",
    "version": 1,
}


def know(book: Book, logins: Iterable[str]) -> dict[str, Any]:
    """The people on file whom the workbook names are known to the book."""
    stored = {u.login: u for u in existing(book.session, User, User.__table__.c.login, logins)}
    for user in stored.values():
        book.users[user.login] = user.id
    return stored


def check(book: Book, rows: list[Row], stored: Mapping[str, Any]) -> Plan:
    plan = Plan(SHEET.title)
    seen: dict[str, int] = {}
    for row in rows:
        values = dict(row.values)
        login, unit = values["login"], values.pop("unit")
        if login in seen:
            why = (f"与第{seen[login]}行重复", f"stands in row {seen[login]} too")
            book.report.fault(SHEET.title, row.number, "账号", login, why)
            continue
        seen[login] = row.number
        known = book.unit(SHEET.title, row.number, "单位编码", unit) if unit else None
        values["unit_id"] = known.id if known else None
        _plan_one(book, plan, values, stored.get(login))
    return plan


def _plan_one(book: Book, plan: Plan, values: dict[str, Any], stored: Any) -> None:
    if stored is None:
        book.users[values["login"]] = number = new_id()
        plan.add(User, {**FRESH, **values, "id": number})
        plan.counted += 1
    elif differs(stored, values, FIELDS):
        # A key that differs ends every open session of somebody who may no longer sign in.
        key = stored.session_key if values["enabled"] else f"off-{new_id()}"
        changed = {name: values[name] for name in FIELDS}
        plan.change(User, {"id": stored.id, **changed, "session_key": key})
        plan.altered += 1
    else:
        plan.same += 1


def export(user: Any, codes: Mapping[int, str]) -> list[str | int | date | None]:
    """The person as the sheet's row."""
    return [
        user.login,
        user.name,
        codes.get(user.unit_id),
        next((word for word, value in MEMBERSHIPS.items() if value == user.membership), None),
        "是" if user.cadre else "否",
        next((word for word, value in MANAGED_BY.items() if value == user.managed_by), None),
        user.email,
        "是" if user.enabled else "否",
    ]
