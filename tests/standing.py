"""What a test begins with, made once for each database and copied for the tests that follow.

A copy is put where it was made: into the same tables of the same database, none of which has a
row. Where one has, the thing is made as in real life.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Engine,
    MetaData,
    Select,
    Table,
    exists,
    func,
    insert,
    or_,
    select,
)
from sqlalchemy.orm import Session

from models import Base
from workflows import definitions

TABLES = tuple(Base.metadata.sorted_tables)
Rows = dict[Table, list[dict[str, Any]]]


Key = tuple[Any, ...]
COPY = "copy_of_rows_"  # what such a table's name begins with
_copies: dict[Key, Rows] = {}
_inside: dict[Key, list[str]] = {}  # what copies them inside the database
_superusers: dict[str, bool] = {}
_known_of: list[str] = []  # the database that what is kept by the id of a version belongs to


def stand(session: Session, name: str, make: Callable[[], object], *, at: object = None) -> Rows:
    """What `make` makes stands there; the rows that were copied."""
    key = (_url(session), name, at, session.info.get("audit_key"))
    session.flush()
    if key not in _copies:
        _make(session, key, make)
        return {}
    if session.scalar(_any_row(tuple(_copies[key]))):
        make()
        return {}
    if key in _inside:
        run(session.connection(), _inside[key])
    else:
        for table, rows in _copies[key].items():
            session.execute(insert(table), rows)
    return _copies[key]


def _make(session: Session, key: Key, make: Callable[[], object]) -> None:
    """Made as in real life, and copied unless a table that it writes in had rows before."""
    before = {table: _count(session, table) for table in TABLES}
    make()
    session.flush()
    written = [table for table in TABLES if _count(session, table) != before[table]]
    if not any(before[table] for table in written):
        _copies[key] = {table: _rows(session, table) for table in written}


def keep_inside(engine: Engine) -> None:
    """What was made in this database since lies in tables of its own, to be copied fast."""
    for key in [key for key in _copies if key not in _inside and key[0] == str(engine.url)]:
        _inside[key] = _kept(engine, f"{COPY}{len(_inside)}", _copies[key])


def _kept(engine: Engine, prefix: str, copies: Rows) -> list[str]:
    kept, said = MetaData(), []
    with engine.begin() as connection:
        for table, rows in copies.items():
            columns = [Column(one.name, one.type) for one in table.columns]
            copy = Table(f"{prefix}_{table.name}", kept, *columns)
            copy.create(connection)
            connection.execute(insert(copy), rows)
            copying = insert(table).from_select([one.name for one in columns], select(copy))
            said.append(str(copying.compile(dialect=engine.dialect)))
    return said


def run(connection: Connection, statements: list[str]) -> None:
    """On PostgreSQL in one message, and by a superuser without looking after references: whole
    tables are emptied, or filled with what stood there before."""
    if connection.dialect.name == "postgresql":
        role = "SET LOCAL session_replication_role = "
        if _is_superuser(connection):
            statements = [f"{role}replica", *statements, f"{role}origin"]
        statements = [";".join(statements)]
    for one in statements:
        connection.exec_driver_sql(one)


def _is_superuser(connection: Connection) -> bool:
    url = str(connection.engine.url)
    if url not in _superusers:
        asked = "SELECT current_setting('is_superuser') = 'on'"
        _superusers[url] = bool(connection.exec_driver_sql(asked).scalar())
    return _superusers[url]


def _url(session: Session) -> str:
    return str(session.get_bind().engine.url)


@cache
def _any_row(tables: tuple[Table, ...]) -> Select[tuple[bool]]:
    return select(or_(*(exists(select(1).select_from(table)) for table in tables)))


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
