"""Reading the audit trail and the read log: filtered, page by page, for the audit admin alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, false, or_, select, tuple_
from sqlalchemy.orm import Session

from models import AuditLink, AuditRow, Case, ReadRow, Role, Unit, User
from workflows import access
from workflows.access import Rights
from workflows.deadlines import ZONE
from workflows.errors import Invalid, NotFound

PAGE = 50
MOST_EXPORTED = 50_000
# Who came in or tried to, and what may be done by whom; with every refusal, whatever was asked.
SECURITY = frozenset(
    {
        "signed_in",
        "signed_out",
        "sign_in_refused",
        "account_activated",
        "code_renewed",
        "password_changed",
        "person_enrolled",
        "person_disabled",
        "person_enabled",
        "role_granted",
        "role_revoked",
        "audit_exported",
        "chain_verified",
        "audit_key_changed",
    }
)


@dataclass(frozen=True)
class Filter:
    """What narrows the trail down; days are the organisation's, both included."""

    since: date | None = None
    until: date | None = None
    actor: str = ""  # a name, a part of it, or a user name
    action: str = ""
    subject: str = ""  # a kind of subject, in the read log also "page"
    subject_id: str = ""
    case: str = ""  # its number or id
    unit: str = ""  # its code, or a part of its name
    outcome: str = ""
    security: bool = False


@dataclass(frozen=True)
class Cursor:
    """A row to go on from: to what was written before it, or back to what came after."""

    at: int  # microseconds
    id: int
    newer: bool = False


@dataclass(frozen=True)
class Page:
    """Rows, the newest first, and where the pages beside this one begin."""

    rows: Sequence[Any]
    newer: Cursor | None
    older: Cursor | None


def acts(session: Session, rights: Rights, chosen: Filter, cursor: Cursor | None = None) -> Page:
    """The trail of what was done."""
    access.require_role(rights, Role.AUDIT_ADMIN)
    return _page(session, AuditRow, _acts_where(session, chosen), cursor)


def reads(session: Session, rights: Rights, chosen: Filter, cursor: Cursor | None = None) -> Page:
    """The log of who read what is sensitive."""
    access.require_role(rights, Role.AUDIT_ADMIN)
    return _page(session, ReadRow, _reads_where(session, chosen), cursor)


def all_acts(session: Session, rights: Rights, chosen: Filter) -> Sequence[AuditRow]:
    """What an export holds; raises Invalid where it is more than a workbook should."""
    access.require_role(rights, Role.AUDIT_ADMIN)
    return _all(session, AuditRow, _acts_where(session, chosen))


def all_reads(session: Session, rights: Rights, chosen: Filter) -> Sequence[ReadRow]:
    access.require_role(rights, Role.AUDIT_ADMIN)
    return _all(session, ReadRow, _reads_where(session, chosen))


def get(session: Session, row_id: int, *, rights: Rights) -> tuple[AuditRow, int | None]:
    """One row with its place in the chain; none: it is not sealed yet."""
    access.require_role(rights, Role.AUDIT_ADMIN)
    row = session.get(AuditRow, row_id)
    if row is None:
        raise NotFound("There is no such line in the trail.")
    return row, session.scalar(select(AuditLink.seq).where(AuditLink.audit_id == row_id))


def _page(
    session: Session, table: Any, where: list[ColumnElement[bool]], cursor: Cursor | None
) -> Page:
    newer = cursor is not None and cursor.newer
    order = (table.at.asc(), table.id.asc()) if newer else (table.at.desc(), table.id.desc())
    wanted = select(table).where(*where).order_by(*order).limit(PAGE + 1)
    if cursor is not None:
        key, edge = tuple_(table.at, table.id), tuple_(_moment(cursor.at), cursor.id)
        wanted = wanted.where(key > edge if newer else key < edge)
    found = session.scalars(wanted).all()
    rows, more = list(found[:PAGE]), len(found) > PAGE
    if newer:
        rows.reverse()
    before, beyond = (more, cursor is not None) if newer else (cursor is not None, more)
    return Page(
        rows,
        newer=_cursor(rows[0], newer=True) if rows and before else None,
        older=_cursor(rows[-1]) if rows and beyond else None,
    )


def _cursor(row: Any, *, newer: bool = False) -> Cursor:
    return Cursor(round(row.at.timestamp() * 1_000_000), row.id, newer)


def _moment(micros: int) -> datetime:
    seconds, rest = divmod(micros, 1_000_000)
    return datetime.fromtimestamp(seconds, UTC) + timedelta(microseconds=rest)


def _all(session: Session, table: Any, where: list[ColumnElement[bool]]) -> Sequence[Any]:
    found = session.scalars(
        select(table)
        .where(*where)
        .order_by(table.at.desc(), table.id.desc())
        .limit(MOST_EXPORTED + 1)
    ).all()
    if len(found) > MOST_EXPORTED:
        raise Invalid("There are more than {most} lines; narrow the filter.", most=MOST_EXPORTED)
    return found


def _acts_where(session: Session, chosen: Filter) -> list[ColumnElement[bool]]:
    where = _days(AuditRow.at, chosen)
    where += _equal(
        (AuditRow.action, chosen.action),
        (AuditRow.subject_type, chosen.subject),
        (AuditRow.subject_id, chosen.subject_id),
        (AuditRow.outcome, chosen.outcome),
    )
    if chosen.actor:
        where.append(_by(session, AuditRow.actor_id, AuditRow.actor_name, chosen.actor))
    if chosen.case:
        where.append(_in_case(session, chosen.case))
    if chosen.unit:
        where.append(AuditRow.unit_id.in_(_units(session, chosen.unit)))
    if chosen.security:
        where.append(or_(AuditRow.action.in_(SECURITY), AuditRow.outcome != "done"))
    return where


def _reads_where(session: Session, chosen: Filter) -> list[ColumnElement[bool]]:
    where = _days(ReadRow.at, chosen)
    where += _equal((ReadRow.subject_type, chosen.subject), (ReadRow.subject_id, chosen.subject_id))
    if chosen.actor:
        where.append(_by(session, ReadRow.user_id, ReadRow.user_name, chosen.actor))
    if chosen.case:
        case = _case_id(session, chosen.case)
        where.append(ReadRow.subject_type == "case")
        where.append(ReadRow.subject_id == str(case) if case else false())
    return where


def _equal(*pairs: tuple[Any, str]) -> list[ColumnElement[bool]]:
    return [column == value for column, value in pairs if value]


def _days(column: Any, chosen: Filter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = []
    if chosen.since is not None:
        where.append(column >= start_of(chosen.since))
    if chosen.until is not None:
        where.append(column < start_of(chosen.until + timedelta(days=1)))
    return where


def start_of(day: date) -> datetime:
    """The organisation's midnight."""
    return datetime.combine(day, time(), ZONE)


def _by(session: Session, who: Any, name: Any, text: str) -> ColumnElement[bool]:
    account = session.scalar(select(User.id).where(User.login == text.lower()))
    named: ColumnElement[bool] = name.contains(text, autoescape=True)
    return named if account is None else or_(named, who == account)


def _in_case(session: Session, text: str) -> ColumnElement[bool]:
    case = _case_id(session, text)
    return AuditRow.case_id == case if case is not None else false()


def _case_id(session: Session, text: str) -> int | None:
    found = session.scalar(select(Case.id).where(Case.number == text))
    if found is None and text.isascii() and text.isdecimal() and len(text) < 19:
        return int(text)
    return found


def _units(session: Session, text: str) -> Sequence[int]:
    named = or_(Unit.code == text, Unit.name.contains(text, autoescape=True))
    return session.scalars(select(Unit.id).where(named).limit(500)).all()
