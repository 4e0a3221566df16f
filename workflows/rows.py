"""Rows of the hot path, by statements that are built once (docs/adr/0006-core-on-the-hot-path.md).

Columns, types and defaults are those of the models; only the unit of work is passed by.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, cast

from sqlalchemy import Insert, Table, Update, bindparam, delete, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, attributes
from sqlalchemy.orm.exc import StaleDataError

from models import Base, Case, Inbox, Task

_EMPTY_INBOXES = (
    delete(Inbox.__table__)  # type: ignore[arg-type]
    .where(Inbox.__table__.c.task_id == bindparam("task"))
    .returning(Inbox.__table__.c.principal)
)


def add(session: Session, model: type[Base], *rows: Mapping[str, Any]) -> None:
    """The new rows are stored."""
    session.flush()  # what they refer to; nothing to do, as a rule
    session.connection().execute(_insert(model), rows if len(rows) > 1 else rows[0])


def once(session: Session, model: type[Base], row: Mapping[str, Any]) -> None:
    """The row is stored, unless one like it is: said twice, it stands once."""
    session.flush()
    connection = session.connection()
    connection.execute(_insert_once(model, connection.dialect.name), row)


def put(session: Session, row: Case | Task, **values: Any) -> None:
    """The row has these values, here and in the database; StaleDataError if it was changed there.

    What else was changed on it goes with them.
    """
    if attributes.instance_state(row).modified:
        for name, value in values.items():
            setattr(row, name, value)
        session.flush()
        return
    values["version"] = row.version + 1
    seen = {"row_id": row.id, "row_version": row.version}
    changed = session.connection().execute(_update(type(row)), {**seen, **values})
    if changed.rowcount != 1:
        raise StaleDataError(f"{type(row).__name__} {row.id} was changed by somebody else")
    attributes.instance_dict(row).update(values)  # nothing else was changed: no history to keep


def empty_inboxes(session: Session, task_id: int) -> frozenset[int]:
    """The task waits for nobody any more; for whom it waited."""
    waited = session.connection().execute(_EMPTY_INBOXES, {"task": task_id})
    return frozenset(waited.scalars())


@cache
def _insert(model: type[Base]) -> Insert:
    return insert(_table(model))


@cache
def _insert_once(model: type[Base], dialect: str) -> Insert:
    make = postgresql.insert if dialect == "postgresql" else sqlite.insert
    return make(_table(model)).on_conflict_do_nothing()


@cache
def _update(model: type[Case | Task]) -> Update:
    table = _table(model)
    mine = (table.c.id == bindparam("row_id"), table.c.version == bindparam("row_version"))
    return update(table).where(*mine)


def _table(model: type[Base]) -> Table:
    return cast(Table, model.__table__)
