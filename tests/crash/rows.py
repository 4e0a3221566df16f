"""All rows of a database, told so that two runs can be compared.

Ids are made from the time, and MACs from ids, so both differ from run to run; everything else that
stands in a table must be the same, row by row.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Table, insert, select
from sqlalchemy.orm import Session

from models import Base, Case
from workflows import cases

ID = re.compile(r"\d{15,19}")
MADE_FROM_IDS = frozenset({"mac", "engine_id"})
Rows = dict[str, list[dict[str, Any]]]


def read(connection: Connection) -> Rows:
    """Every row of every table, in the order of the keys."""
    return {table.name: _rows(connection, table) for table in Base.metadata.sorted_tables}


def _rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    wanted = select(table).order_by(*table.primary_key.columns)
    return [dict(row) for row in connection.execute(wanted).mappings()]


def nothing() -> Rows:
    """An empty database."""
    return {table.name: [] for table in Base.metadata.sorted_tables}


def write(connection: Connection, rows: Rows) -> None:
    """The database holds these rows and no others."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    for table in reversed(Base.metadata.sorted_tables):
        connection.execute(table.delete())
    for table in Base.metadata.sorted_tables:
        if rows[table.name]:
            connection.execute(insert(table), rows[table.name])


def told(session: Session, *, now: datetime, in_order: bool = True) -> dict[str, list[str]]:
    """By table, each row as a line that says the same in every run.

    Without the order, and the number of writes, where several had turns at the work.
    """
    rows = read(session.connection())
    for row in rows["case"]:
        row["state"] = _state(session, cases.load(session, row["id"]), now)
    names = _names(rows, in_order)
    left_out = MADE_FROM_IDS if in_order else MADE_FROM_IDS | {"version"}
    return {table: sorted(_line(row, names, left_out) for row in rows[table]) for table in rows}


def _state(session: Session, case: Case, now: datetime) -> dict[str, Any]:
    """What the engine's state says: where the case stands, and with which variables."""
    execution = cases.look(session, case, now=now).execution
    return {
        "vars": dict(execution.vars),
        "ready": sorted([one.node, one.item_key or ""] for one in execution.ready_tasks()),
        "acts": sorted(one.node for one in execution.offered_acts()),
        "tokens": sorted(execution.tokens()),
        "done": sorted(execution.done_nodes()),
        "wake_at": execution.wake_at,
        "finished": execution.is_finished,
    }


def _names(rows: Rows, in_order: bool) -> dict[str, str]:
    """Each id by its table, and by its rank there: ids grow with time."""
    return {
        str(row["id"]): f"{table}#{rank}" if in_order else table
        for table, those in rows.items()
        for rank, row in enumerate(those)
        if "id" in row
    }


def _line(row: Mapping[str, Any], names: Mapping[str, str], left_out: frozenset[str]) -> str:
    kept = {key: value for key, value in row.items() if key not in left_out}
    return json.dumps(_named(kept, names), ensure_ascii=False, sort_keys=True)


def _named(value: Any, names: Mapping[str, str]) -> Any:
    """The value with names in the place of ids, wherever they stand in it."""
    if isinstance(value, Mapping):
        return {_named(str(key), names): _named(one, names) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_named(one, names) for one in value]
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, UUID):
        return "one of the engine's"
    if value is None or isinstance(value, bool | float):
        return value
    return ID.sub(lambda found: names.get(found[0], found[0]), str(value))
