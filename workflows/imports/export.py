"""The organisation as a workbook of the form that the import takes: out and in again, no change."""

from collections.abc import Iterable, Iterator
from datetime import date
from io import BytesIO
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import (
    DutyRule,
    Evidence,
    Grant,
    Holding,
    Obligation,
    Post,
    ResponsibilityLine,
    ResponsibilityList,
    Seat,
    Unit,
    User,
)
from workflows.imports import grants, holdings, people, records, responsibilities, units
from workflows.imports.workbook import Sheet
from workflows.periods import as_number

Line = list[str | int | date | None]
SHEETS = (
    units.SHEET,
    people.SHEET,
    holdings.SHEET,
    grants.SHEET,
    records.SHEET,
    responsibilities.SHEET,
)


def build(contents: Iterable[tuple[Sheet, Iterable[Line]]]) -> bytes:
    """A workbook of these sheets, each with its header in the first row."""
    book = Workbook(write_only=True)
    for sheet, lines in contents:
        page = book.create_sheet(sheet.title)
        page.freeze_panes = "A2"
        page.append([_head(page, column.title) for column in sheet.columns])
        for line in lines:
            page.append([_safe(page, value) for value in line])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _head(page: Any, title: str) -> Any:
    cell = WriteOnlyCell(page, title)
    cell.font = Font(bold=True)
    return cell


def _safe(page: Any, value: Any) -> Any:
    """Text that looks like a formula stays text."""
    if not isinstance(value, str) or not value.startswith(("=", "+", "-", "@")):
        return value
    cell = WriteOnlyCell(page, value)
    cell.data_type = "s"
    return cell


def template() -> bytes:
    """An empty workbook with every sheet and column."""
    return build((sheet, ()) for sheet in SHEETS)


def export_workbook(session: Session, *, since: date | None = None) -> bytes:
    """All units, people, posts, roles and lists, and duty records of periods from `since` on."""
    codes = {one.id: one.code for one in session.execute(select(Unit.id, Unit.code))}
    logins = {one.id: one.login for one in session.execute(select(User.id, User.login))}
    return build(
        (
            (units.SHEET, _units(session, codes)),
            (people.SHEET, _people(session, codes)),
            (holdings.SHEET, _holdings(session, codes, logins)),
            (grants.SHEET, _grants(session, codes, logins)),
            (records.SHEET, _records(session, codes, since)),
            (responsibilities.SHEET, _lists(session, codes, logins)),
        )
    )


def export_lists(session: Session) -> bytes:
    """The responsibility lists alone, as the import takes them."""
    codes = {one.id: one.code for one in session.execute(select(Unit.id, Unit.code))}
    logins = {one.id: one.login for one in session.execute(select(User.id, User.login))}
    return build([(responsibilities.SHEET, _lists(session, codes, logins))])


def _units(session: Session, codes: dict[int, str]) -> Iterator[Line]:
    for unit in session.execute(select(*Unit.__table__.c).order_by(Unit.code)):
        yield units.export(unit, codes)


def _people(session: Session, codes: dict[int, str]) -> Iterator[Line]:
    for user in session.execute(select(*User.__table__.c).order_by(User.login)):
        yield people.export(user, codes)


def _holdings(session: Session, codes: dict[int, str], logins: dict[int, str]) -> Iterator[Line]:
    query = (
        select(Post, Holding)
        .outerjoin(Holding, Holding.post_id == Post.id)
        .join(Unit, Unit.id == Post.unit_id)
        .order_by(Unit.code, Post.kind, Post.title, Holding.since)
    )
    for post, holding in session.execute(query):
        yield holdings.export(post, holding, codes, logins)


def _grants(session: Session, codes: dict[int, str], logins: dict[int, str]) -> Iterator[Line]:
    query = (
        select(Grant, Seat)
        .join(Seat, Seat.id == Grant.seat_id)
        .order_by(Seat.role, Grant.since, Grant.id)
    )
    for grant, seat in session.execute(query):
        yield grants.export(grant, seat, codes, logins)


def _lists(session: Session, codes: dict[int, str], logins: dict[int, str]) -> Iterator[Line]:
    """Lists that are over or in force; what waits to be signed for is its case's."""
    query = (
        select(ResponsibilityList, ResponsibilityLine, Post)
        .join(ResponsibilityLine, ResponsibilityLine.list_id == ResponsibilityList.id)
        .join(Post, Post.id == ResponsibilityList.post_id)
        .join(Unit, Unit.id == ResponsibilityList.unit_id)
        .where(ResponsibilityList.state.in_(responsibilities.STATES.values()))
        .order_by(
            ResponsibilityList.year,
            Unit.code,
            Post.kind,
            Post.title,
            ResponsibilityList.number,
            ResponsibilityLine.place,
        )
    )
    for row, line, post in session.execute(query):
        yield responsibilities.export(row, line, post, codes, logins)


def _records(session: Session, codes: dict[int, str], since: date | None) -> Iterator[Line]:
    table, paper = Obligation.__table__.c, Evidence.__table__.c
    rules = {rule.id: rule for rule in session.scalars(select(DutyRule))}
    papers = {
        (one.rule_id, one.period, one.unit_id): one
        for one in session.execute(select(*paper).where(paper.replaced_by.is_(None)))
    }
    query = select(*table).order_by(table.unit_id, table.period, table.rule_id)
    if since is not None:
        query = query.where(table.period >= as_number(since))
    for one in session.execute(query):
        found = papers.get((one.rule_id, one.period, one.unit_id))
        yield records.export(one, found, rules[one.rule_id], codes)
