"""Sheet 角色授权: who has which role over which subtree, from when until when."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from models import SEPARATED, Grant, Role, Seat
from models.ids import new_id
from workflows.imports.book import Book, Plan, existing, overlaps
from workflows.imports.cells import Column, choice, day
from workflows.imports.people import ACCOUNT
from workflows.imports.spans import Span, require_apart, require_order
from workflows.imports.units import CODE
from workflows.imports.workbook import Row, Sheet

ROLES = {
    "督导员": Role.SUPERVISOR,
    "承办人": Role.HANDLER,
    "组织员": Role.ORGANISER,
    "考核组员": Role.ASSESSOR,
    "会议秘书": Role.CLERK,
    "流程管理员": Role.PROCESS_ADMIN,
    "系统管理员": Role.SYSTEM_ADMIN,
    "安全管理员": Role.SECURITY_ADMIN,
    "审计管理员": Role.AUDIT_ADMIN,
}
SHEET = Sheet(
    "角色授权",
    (
        Column("login", "账号", ACCOUNT, required=True),
        Column("role", "角色", choice(ROLES), required=True),
        Column("unit", "单位编码", CODE, required=True),
        Column("since", "起始日期", day, required=True),
        Column("until", "终止日期", day),
    ),
)
TWICE = ("同一角色同一时期重复授权", "has this role there at that time already")
ONE_PERSON = (
    "系统、安全、审计管理员须为三人，不得兼任",
    "system, security and audit administrator are three people, never one",
)


def check(book: Book, rows: list[Row]) -> Plan:
    """Seats are made as they are named; grants on file get their end, never another beginning."""
    plan = Plan(SHEET.title)
    seats: dict[tuple[str, int], int] = {
        (seat.role, seat.unit_id): seat.id
        for seat in book.session.execute(select(*Seat.__table__.c))
    }
    users = {book.users[r.values["login"]] for r in rows if r.values["login"] in book.users}
    stored = {
        (one.seat_id, one.user_id, one.since): one
        for one in existing(book.session, Grant, Grant.__table__.c.user_id, users)
    }
    spans: dict[tuple[int, int, date], Span] = {
        key: Span(one.user_id, one.seat_id, one.since, one.until) for key, one in stored.items()
    }
    for row in rows:
        span = _span_of(book, plan, seats, row)
        if span is not None:
            key = (span.what, span.who, span.since)
            if spans.get(key) is not None and spans[key].row:
                book.report.fault(SHEET.title, row.number, "账号", row.values["login"], TWICE)
            spans[key] = span
            _plan_one(book, plan, span, stored.get(key))
    _require_sound(book, seats, list(spans.values()))
    return plan


def _span_of(book: Book, plan: Plan, seats: dict[tuple[str, int], int], row: Row) -> Span | None:
    values = row.values
    unit = book.unit(SHEET.title, row.number, "单位编码", values["unit"])
    user = book.user(SHEET.title, row.number, "账号", values["login"])
    if unit is None or user is None:
        return None
    key = (str(values["role"]), unit.id)
    if key not in seats:
        seats[key] = new_id()
        plan.add(Seat, {"id": seats[key], "role": key[0], "unit_id": key[1]})
    span = Span(user, seats[key], values["since"], values["until"], row.number)
    return span if require_order(book, SHEET.title, span, "终止日期") else None


def _plan_one(book: Book, plan: Plan, span: Span, stored: Any) -> None:
    if stored is None:
        made = {"id": new_id(), "seat_id": span.what, "user_id": span.who, "since": span.since}
        by = book.by.id if book.by else None
        plan.add(Grant, {**made, "until": span.until, "granted_by": by})
        plan.counted += 1
    elif stored.until != span.until:
        plan.change(Grant, {"id": stored.id, "until": span.until})
        plan.altered += 1
    else:
        plan.same += 1


def _require_sound(book: Book, seats: Mapping[tuple[str, int], int], spans: list[Span]) -> None:
    roles = {seat: role for (role, _), seat in seats.items()}
    together: dict[tuple[int, int], list[Span]] = defaultdict(list)
    apart: dict[int, list[Span]] = defaultdict(list)
    for span in spans:
        together[span.what, span.who].append(span)
        if roles[span.what] in SEPARATED:
            apart[span.who].append(span)
    for same in together.values():
        require_apart(book, SHEET.title, "起始日期", same, TWICE)
    for own in apart.values():
        _require_three_people(book, own, roles)


def _require_three_people(book: Book, spans: list[Span], roles: Mapping[int, str]) -> None:
    """三员分立, across all seats and for every day."""
    for index, one in enumerate(spans):
        for other in spans[index + 1 :]:
            if roles[one.what] != roles[other.what] and overlaps(one.days, other.days):
                row = max(one.row, other.row)
                if row:
                    role = roles[other.what]
                    book.report.fault(SHEET.title, row, "角色", role, ONE_PERSON)


def export(
    grant: Any, seat: Any, codes: Mapping[int, str], logins: Mapping[int, str]
) -> list[str | int | date | None]:
    """One grant as the sheet's row."""
    role = next(word for word, value in ROLES.items() if value == seat.role)
    return [logins[grant.user_id], role, codes[seat.unit_id], grant.since, grant.until]
