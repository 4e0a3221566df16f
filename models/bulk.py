"""Many rows of one table at once, by the quickest way that the database has for it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Table

from models.base import Base

Row = Sequence[Any]


def insert(
    connection: Connection, model: type[Base], columns: Sequence[str], rows: Iterable[Row]
) -> None:
    """The rows are stored, their values in the order of the columns; no default is filled in.

    For columns whose stored value is a number, a text, a truth or a moment: no JSON.
    """
    table = cast(Table, model.__table__)
    processors = [
        table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        for name in columns
    ]
    stored = _processed(processors, rows)
    names = ", ".join(connection.dialect.identifier_preparer.quote(name) for name in columns)
    cursor = connection.connection.cursor()
    try:
        if connection.dialect.name == "postgresql":
            with cursor.copy(f"COPY {table.name} ({names}) FROM STDIN") as copy:
                for row in stored:
                    copy.write_row(row)
        else:
            places = ", ".join("?" * len(columns))
            cursor.executemany(
                f"INSERT INTO {table.name} ({names}) VALUES ({places})",  # noqa: S608
                list(stored),
            )
    finally:
        cursor.close()


def _processed(
    processors: Sequence[Callable[[Any], Any] | None], rows: Iterable[Row]
) -> Iterable[Row]:
    """The values as the driver takes them: column by column, so that plain ones cost nothing."""
    columns = list(zip(*rows, strict=True))
    kept = zip(processors, columns, strict=True) if columns else ()
    made = [column if to is None else list(map(to, column)) for to, column in kept]
    return zip(*made, strict=True)
