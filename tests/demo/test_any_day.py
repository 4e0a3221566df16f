"""Whenever the demo is loaded, its workbook is sound."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from demo import city, records, town
from models.database import open_engine, upgrade
from tests.conftest import AUDIT_KEY
from workflows import calendars, duties, operations
from workflows.deadlines import day_of
from workflows.imports import grants, holdings, people, units
from workflows.imports.book import Book
from workflows.imports.records import SHEET, Checker
from workflows.imports.report import Report
from workflows.imports.workbook import Row, Sheet

assert operations.names()  # the registry is filled: diagrams find their operations


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sessionmaker[Session]]:
    url = f"sqlite:///{tmp_path_factory.mktemp('days') / 'days.db'}"
    upgrade(url)
    engine = open_engine(url, synchronous="NORMAL")
    yield sessionmaker(engine, info={"audit_key": AUDIT_KEY})
    engine.dispose()


def rows(sheet: Sheet, lines: Sequence[Sequence[Any]]) -> list[Row]:
    """The lines as the import would read them from the sheet."""
    return [
        Row(n, {c.key: c.value_of(v) for c, v in zip(sheet.columns, line, strict=True)})
        for n, line in enumerate(lines, 2)
    ]


@pytest.mark.parametrize(
    "day", ["2026-01-01", "2026-02-28", "2026-07-06", "2026-11-24", "2027-01-04", "2028-02-29"]
)
def test_the_city_is_sound_on_any_day(empty: sessionmaker[Session], day: str) -> None:
    now = datetime.fromisoformat(f"{day}T02:00:00+00:00")
    with empty() as session:
        calendars.seed(session, now=now)
        duties.install(session, now, since=date(city.assessed(session, now)[0], 1, 1))
        made = town.build(city.SEED, day_of(now))
        lines = records.build(made.bodies, city.setting(session, now))
        book = Book(session, Report(dry_run=True), None, now)
        units.check(book, rows(units.SHEET, made.units), {})
        people.check(book, rows(people.SHEET, made.people), {})
        holdings.check(book, rows(holdings.SHEET, made.holdings))
        grants.check(book, rows(grants.SHEET, made.grants))
        Checker(book).check(rows(SHEET, lines))
        session.rollback()
    assert [str(fault) for fault in book.report.faults] == []
    assert len(lines) > 18_000
