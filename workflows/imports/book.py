"""What the sheets of one workbook share while they are checked: who is known, who will be."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Table, bindparam, select, update
from sqlalchemy.orm import Session

from models import Base, User
from workflows.imports.report import Report

CHUNK = 500  # values in one IN list
BATCH = 5_000  # rows in one statement
T = TypeVar("T")


@dataclass(frozen=True)
class KnownUnit:
    id: int
    kind: str
    path: str
    abolished_on: date | None = None


@dataclass
class Book:
    """One import under way. Ids of new rows are made here, so later sheets can refer to them."""

    session: Session
    report: Report
    by: User | None
    now: datetime
    units: dict[str, KnownUnit] = field(default_factory=dict)  # by code
    users: dict[str, int] = field(default_factory=dict)  # by login, those the workbook names
    codes: dict[int, str] = field(default_factory=dict)  # of units, by id

    def unit(self, sheet: str, row: int, title: str, code: str) -> KnownUnit | None:
        """The unit of that code, or a fault."""
        found = self.units.get(code)
        if found is None and code not in self.report.broken:
            why = ("没有此编码的单位", "there is no unit of this code")
            self.report.fault(sheet, row, title, code, why)
        return found

    def user(self, sheet: str, row: int, title: str, login: str) -> int | None:
        """The person of that login, or a fault."""
        found = self.users.get(login)
        if found is None and login not in self.report.broken:
            why = ("没有此账号的人员", "there is no person of this login")
            self.report.fault(sheet, row, title, login, why)
        return found


@dataclass
class Plan:
    """What one sheet will write once every sheet is good."""

    sheet: str
    new: dict[type[Base], list[dict[str, Any]]] = field(default_factory=dict)
    changed: dict[type[Base], list[dict[str, Any]]] = field(default_factory=dict)  # with their id
    same: int = 0
    counted: int = 0  # rows of the sheet that are new
    altered: int = 0  # rows of the sheet that differ

    def add(self, table: type[Base], row: dict[str, Any]) -> None:
        self.new.setdefault(table, []).append(row)

    def change(self, table: type[Base], row: dict[str, Any]) -> None:
        self.changed.setdefault(table, []).append(row)

    @property
    def is_empty(self) -> bool:
        return not self.new and not self.changed

    def write(self, session: Session) -> None:
        """New rows first, then what changed; versions of changed rows go up."""
        for table in sorted(self.new, key=_place):
            insert_all(session, table, self.new[table])
        for table, rows in self.changed.items():
            _update_all(session, table, rows)


def insert_all(session: Session, table: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    for batch in batches(rows, BATCH):
        session.connection().execute(_table(table).insert(), list(batch))


def _update_all(session: Session, model: type[Base], rows: Sequence[dict[str, Any]]) -> None:
    """Rows name the same columns throughout; their keys say which row."""
    table = _table(model)
    keys = [column.name for column in table.primary_key]
    names = [name for name in rows[0] if name not in keys]
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    if "version" in table.c:
        values["version"] = table.c.version + 1
    where: list[ColumnElement[bool]] = [table.c[key] == bindparam(f"key_{key}") for key in keys]
    statement = update(table).where(*where).values(values)
    for batch in batches(rows, BATCH):
        bound = [
            {f"key_{name}" if name in keys else f"new_{name}": row[name] for name in row}
            for row in batch
        ]
        session.connection().execute(statement, bound)


def _place(model: type[Base]) -> int:
    """Tables that others refer to come first."""
    return Base.metadata.sorted_tables.index(_table(model))


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - for the type checker
    return table


def batches(rows: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def existing(
    session: Session, model: type[Any], column: Any, wanted: Iterable[Any]
) -> Iterator[Any]:
    """Rows (as they are stored, no objects) whose column is one of the values."""
    values = sorted(set(wanted))
    columns = model.__table__.c
    for part in batches(values, CHUNK):
        yield from session.execute(select(*columns).where(column.in_(part)))


def differs(stored: Any, row: dict[str, Any], names: Iterable[str]) -> bool:
    return any(getattr(stored, name) != row[name] for name in names)


def overlaps(a: tuple[date, date | None], b: tuple[date, date | None]) -> bool:
    """Two spans, ends exclusive, share a day."""
    return (b[1] is None or a[0] < b[1]) and (a[1] is None or b[0] < a[1])
