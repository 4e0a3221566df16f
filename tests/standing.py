"""What a test begins with, made once for each database and copied for the tests that follow.

A copy is put where it was made: into the same tables of the same database, none of which has a
row. Where one has, the thing is made as in real life.
"""

from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from sqlalchemy import JSON, Select, Table, exists, func, insert, or_, select
from sqlalchemy.orm import Session

from models import Base
from workflows import definitions

TABLES = tuple(Base.metadata.sorted_tables)
Rows = dict[Table, list[dict[str, Any]]]


_copies: dict[tuple[Any, ...], Rows] = {}
_known_of: list[str] = []  # the database that what is kept by the id of a version belongs to


def stand(
    session: Session,
    name: str,
    make: Callable[[], object],
    *tables: type[Base],
    at: object = None,
) -> Rows:
    """What `make` makes in these tables (none named: in any) stands there; the rows copied."""
    key = (_url(session), name, at, session.info.get("audit_key"))
    within = tuple(table for table in TABLES if _is_of(table, tables))
    session.flush()
    if session.scalar(_any_row(within)):
        make()
        return {}
    if key in _copies:
        for table, rows in _copies[key].items():
            session.execute(insert(table), rows)
    else:
        _copies[key] = _made(session, make, within)
    return _copies[key]


def _url(session: Session) -> str:
    return str(session.get_bind().engine.url)


def _is_of(table: Table, models: Iterable[type[Base]]) -> bool:
    wanted = [model.__table__ for model in models]
    return not wanted or table in wanted


@cache
def _any_row(tables: tuple[Table, ...]) -> Select[tuple[bool]]:
    return select(or_(*(exists(select(1).select_from(table)) for table in tables)))


def _made(session: Session, make: Callable[[], object], within: tuple[Table, ...]) -> Rows:
    """Nothing outside of the tables may be made, or the copies would lack it."""
    beside = [table for table in TABLES if table not in within]
    before = [_count(session, table) for table in beside]
    make()
    session.flush()
    assert [_count(session, table) for table in beside] == before
    return {table: rows for table in within if (rows := _rows(session, table))}


def _count(session: Session, table: Table) -> int:
    return session.scalar(select(func.count()).select_from(table)) or 0


def _rows(session: Session, table: Table) -> list[dict[str, Any]]:
    """As they are stored: a JSON column knows two kinds of nothing, so it may hold none."""
    found = [dict(row) for row in session.execute(select(table)).mappings()]
    names = [column.name for column in table.columns if isinstance(column.type, JSON)]
    assert all(row[name] is not None for row in found for name in names), table.name
    return found


def forget(session: Session, rows: Rows) -> None:
    """What is kept in memory by the id of a version holds for one database, and for these rows."""
    here = _url(session)
    versions = {row["id"] for row in rows.get(Base.metadata.tables["definition"], [])}
    kept = versions if _known_of == [here] else set()
    _known_of[:] = [here]
    for one in set(definitions._specs) - kept:
        del definitions._specs[one]
    for key in [key for key in definitions._forms if key[0] not in kept]:
        del definitions._forms[key]
    definitions._parameters.clear()
