"""Responsibility lists of the demo: all organs have theirs, and they come out as they went in."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from demo import city, responsibilities, town
from demo.names import ORGANS
from models import ResponsibilityList, ResponsibilityRound, Task, Unit, User
from tests.demo.days import NOW
from workflows import access
from workflows.deadlines import day_of
from workflows.imports import import_workbook
from workflows.imports.export import export_lists
from workflows.responsibility_lists import Filter, page

YEAR = day_of(NOW).year


@pytest.fixture
def session(loaded: sessionmaker[Session]) -> Iterator[Session]:
    with loaded() as session:
        yield session


def test_every_organ_has_its_lists_signed_for_but_for_a_few(session: Session) -> None:
    found = session.execute(
        select(Unit.code, ResponsibilityList.state)
        .join(Unit, Unit.id == ResponsibilityList.unit_id)
        .where(ResponsibilityList.year == YEAR)
    ).all()
    assert {code[:3] for code, _ in found} == {f"A{n:02}" for n in range(1, len(ORGANS) + 1)}
    states = Counter(state for _, state in found)
    assert states["signed"] > 300
    assert states["silent"] == 2
    assert states["draft"] > 0
    assert states["issued"] > 0


def test_an_adjustment_waits_for_the_head_and_another_for_signatures(session: Session) -> None:
    open_nodes = Counter(
        session.scalars(
            select(Task.node)
            .join(ResponsibilityRound, ResponsibilityRound.case_id == Task.case_id)
            .where(Task.done_at.is_(None))
        )
    )
    assert open_nodes["decide_lists"] == 1
    assert open_nodes["sign_list"] > 1


def test_the_demo_s_lists_come_out_as_they_went_in_and_in_again_without_change(
    session: Session,
) -> None:
    given = responsibilities.rows(town.build(city.SEED, day_of(NOW)))
    data = export_lists(session)
    assert sorted(map(told, given)) == sorted(map(told, lines(data)))
    report = import_workbook(session, data, by=None, now=NOW, dry_run=True)
    assert report.faults == []
    assert report.changes == 0


def lines(data: bytes) -> list[tuple[Any, ...]]:
    sheet = load_workbook(BytesIO(data), read_only=True)["责任清单"]
    return list(sheet.iter_rows(min_row=2, values_only=True))


def told(row: Any) -> tuple[str, ...]:
    """A row as text: a day comes back from the workbook with its midnight."""
    cells = (one.date() if isinstance(one, datetime) else one for one in row)
    return tuple("" if cell is None else str(cell) for cell in cells)


def test_two_who_left_are_shown(session: Session) -> None:
    zuzhi = session.scalars(select(User).where(User.login == "zuzhi")).one()
    rights = access.rights_of(session, zuzhi, now=NOW)
    gone, _more = page(session, rights, Filter(gone=True), now=NOW)
    assert len(gone) == responsibilities.LEFT
