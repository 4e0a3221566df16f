"""One workbook brings the organisation in: units, people, posts, roles, records, lists.

Every row is checked first; with one fault nothing is changed. The same workbook twice changes
nothing the second time.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from models import Role, User
from workflows import access, audit
from workflows.errors import Invalid, NotAllowed
from workflows.imports import grants, holdings, people, records, responsibilities, units
from workflows.imports.book import Book, Plan
from workflows.imports.export import SHEETS, build, export_workbook, template
from workflows.imports.report import Fault, Report
from workflows.imports.workbook import Row, open_workbook, read_sheet

__all__ = [
    "SHEETS",
    "Fault",
    "Report",
    "build",
    "export_workbook",
    "import_workbook",
    "template",
]
Say = Callable[[str], object]


def import_workbook(
    session: Session,
    data: bytes,
    *,
    by: User | None,
    now: datetime,
    dry_run: bool = False,
    say: Say = str,
) -> Report:
    """What the workbook says is on file, unless a row is faulty or it is a dry run.

    Raises Invalid or TooLarge for a file that is no workbook of ours.
    """
    report = Report(dry_run)
    book = Book(session, report, by, now)
    say("读取工作簿 / reading")
    sheets = _read(data, report)
    _require_right(session, sheets, by, now)
    plans = _check(book, sheets, say)
    for plan in plans:
        report.count(plan.sheet, new=plan.counted, changed=plan.altered, same=plan.same)
    if report.is_good and not dry_run and not all(plan.is_empty for plan in plans):
        _write(book, plans, data, say)
    return report


def _read(data: bytes, report: Report) -> dict[str, list[Row]]:
    workbook = open_workbook(data)
    try:
        known = {sheet.title: read_sheet(workbook, sheet, report) for sheet in SHEETS}
        strange = [title for title in workbook.sheetnames if title not in known]
    except (ValueError, KeyError, TypeError, SyntaxError, OSError) as error:
        # ParseError is a SyntaxError; the rest is what a cell that lies about its type causes.
        raise Invalid("This is not a workbook (.xlsx), or it is damaged.") from error
    finally:
        workbook.close()
    sheets = {title: rows for title, rows in known.items() if rows is not None}
    if not sheets:
        raise Invalid("No sheet of this workbook is one that the import knows.")
    report.notes.extend(f"工作表“{title}”已忽略 / sheet passed over" for title in strange)
    return sheets


def _require_right(
    session: Session, sheets: dict[str, list[Row]], by: User | None, now: datetime
) -> None:
    """Units and people are the system admin's, roles the security admin's (三员分立)."""
    if by is None:
        return
    rights = access.rights_of(session, by, now=now)
    access.require_role(rights, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)
    roles = bool(sheets.get(grants.SHEET.title))
    others = any(rows for title, rows in sheets.items() if title != grants.SHEET.title)
    if roles and not rights.has_role(Role.SECURITY_ADMIN):
        raise NotAllowed("Only the security administrator brings in roles.")
    if others and not rights.has_role(Role.SYSTEM_ADMIN):
        raise NotAllowed("Only the system administrator brings in units, people and records.")


def _check(book: Book, sheets: dict[str, list[Row]], say: Say) -> list[Plan]:
    stored_units = units.know(book)
    stored_people = people.know(book, _logins(sheets))
    plans: list[Plan] = []
    steps: dict[str, Callable[[list[Row]], Plan]] = {
        units.SHEET.title: lambda rows: units.check(book, rows, stored_units),
        people.SHEET.title: lambda rows: people.check(book, rows, stored_people),
        holdings.SHEET.title: lambda rows: holdings.check(book, rows),
        grants.SHEET.title: lambda rows: grants.check(book, rows),
        records.SHEET.title: lambda rows: records.Checker(book).check(rows),
        responsibilities.SHEET.title: lambda rows: responsibilities.Checker(book, plans).check(
            rows
        ),
    }
    for title, check in steps.items():
        if title in sheets:
            say(f"核对 {title} {len(sheets[title])} 行 / checking")
            plans.append(check(sheets[title]))
    return plans


def _logins(sheets: dict[str, list[Row]]) -> set[str]:
    rows = (row for found in sheets.values() for row in found)
    return {row.values["login"] for row in rows if row.values.get("login")}


def _write(book: Book, plans: list[Plan], data: bytes, say: Say) -> None:
    for plan in plans:
        say(f"写入 {plan.sheet} / writing")
        plan.write(book.session)
    book.session.expire_all()
    audit.record(
        book.session,
        actor=book.by,
        action="workbook_imported",
        subject="workbook",
        now=book.now,
        detail=_told(book, data),
    )


def _told(book: Book, data: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(data).hexdigest(), "counts": dict(book.report.counts)}
