"""Many rows at once arrive as the unit of work would have stored them, on both databases."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from models import Assessment, Scheme, ScoreLine, Unit, UnitKind, bulk
from models.ids import new_id

LINE = ("id", "assessment_id", "unit_id", "indicator", "side", "points", "most", "has_data")


@pytest.fixture
def line(session: Session, now: datetime) -> tuple[int, int, int]:
    """Ids that a line may refer to: its own, its assessment, its unit."""
    session.add(Unit(id=1, code="A", name="单位", kind=UnitKind.PARTY_GROUP, path="/1/"))
    session.add(
        Scheme(id=1, group="organs", year=2025, number=1, name="方案", content={},
               status="published", made_at=now)
    )  # fmt: skip
    session.flush()
    end = date(2025, 12, 31)
    session.add(Assessment(id=1, group="organs", year=2025, scheme_id=1, cutoff=end))
    session.flush()
    return new_id(), 1, 1


def test_rows_come_back_as_they_were_given(session: Session, line: tuple[int, int, int]) -> None:
    said = "制表\t与\\换行\n'引号'"
    row = (*line, said, "party", Decimal("12.34000001"), Decimal(100), False)
    bulk.insert(session.connection(), ScoreLine, LINE, [row])
    found = session.scalars(select(ScoreLine)).one()
    assert tuple(getattr(found, name) for name in LINE) == row


def test_no_rows_are_none(session: Session) -> None:
    bulk.insert(session.connection(), ScoreLine, LINE, [])
    assert session.scalars(select(ScoreLine)).all() == []


def test_a_number_that_is_too_fine_is_refused_and_nothing_is_stored(
    session: Session, line: tuple[int, int, int]
) -> None:
    row = (*line, "duty", "party", Decimal("0.000000001"), Decimal(100), True)
    with pytest.raises(ValueError, match="eight decimals"):
        bulk.insert(session.connection(), ScoreLine, LINE, [row])
    assert session.scalars(select(ScoreLine)).all() == []


def test_ids_made_many_at_once_grow_and_never_repeat() -> None:
    some = [*new_id.many(10_000), new_id(), *new_id.many(3)]
    assert some == sorted(set(some))
    assert new_id.many(0) == []
