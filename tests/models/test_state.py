"""A case's state is kept as it was written: bytes, which no database sorts or reads."""

from datetime import datetime
from typing import Any

from sqlalchemy import Table, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from models import Case
from tests.cast import assemble, install
from tests.workflows import steps


def test_it_comes_back_byte_by_byte(session: Session, now: datetime) -> None:
    install(session, now)
    cast = assemble(session)
    case = steps.proposed_case(cast, now, "accountability", "finance_head", "finance")
    odd = b'{"z":1,"a":{"b":2,"a":1},"z2":[]}\x00\xff'  # keys out of order, and no text at all
    session.execute(update(Case).where(Case.id == case.id).values(state=odd))
    session.expire_all()
    assert session.get_one(Case, case.id).state == odd


def test_no_database_reads_into_it() -> None:
    table: Any = Case.__table__
    assert isinstance(table, Table)
    kinds = [table.c.state.type.compile(one.dialect()) for one in (postgresql, sqlite)]
    assert kinds == ["BYTEA", "BLOB"]
