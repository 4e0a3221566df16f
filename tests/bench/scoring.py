"""Scoring: five thousand organs by sixty indicators, from facts in the database to their sheets."""

import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from time import perf_counter
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from models import Assessment, Base, Scheme, Unit, UnitKind, YearFact
from models.database import open_engine, upgrade
from models.ids import new_id
from workflows import scores
from workflows.audit import AuditKey

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
UNITS, INDICATORS = 5_000, 60
KEY = AuditKey("bench", b"a key for the bench, 32 bytes long")
Figure = tuple[str, float, str]


def run(url: str, units: int = UNITS) -> list[Figure]:
    """Figures for an empty database at the address."""
    upgrade(url)
    engine = open_engine(url)
    try:
        with engine.begin() as connection:
            for table in reversed(Base.metadata.sorted_tables):
                connection.execute(table.delete())
            _fill(connection, units)
        with Session(engine, info={"audit_key": KEY}) as session:
            return _score(session, units)
    finally:
        engine.dispose()


def _fill(connection: Any, units: int) -> None:
    organs = [
        {
            "id": n,
            "code": f"B{n}",
            "name": f"第{n}单位",
            "kind": UnitKind.PARTY_GROUP,
            "path": f"/{n}/",
            "version": 1,
        }
        for n in range(1, units + 1)
    ]
    connection.execute(insert(Unit), organs)
    connection.execute(insert(Scheme), [_scheme()])
    connection.execute(
        insert(Assessment),
        [{"id": 1, "group": "organs", "year": 2025, "scheme_id": 1, "cutoff": date(2025, 12, 31),
          "version": 1}],
    )  # fmt: skip
    connection.execute(insert(YearFact), list(_facts(units)))


def _scheme() -> dict[str, Any]:
    half = INDICATORS // 2
    points = str((Decimal(100) / half).quantize(Decimal("0.0001")))
    content = [
        {"code": f"{side}{n}", "name": f"指标{n}", "side": side, "points": points}
        for side in ("party", "business")
        for n in range(half)
    ]
    rules = {
        "weights": {"party": "0.5", "business": "0.5"},
        "combine": "equal",
        "bonus_max": "5",
        "floor": "0",
        "grades": {"good": "90", "fair": "80", "average": "60"},
        "quota": "0.35",
    }
    means = {one["code"]: {"by": "computed", "source": "obligations"} for one in content}
    return {
        "id": 1, "group": "organs", "year": 2025, "number": 1, "name": "方案",
        "content": {"rules": rules, "content": content, "means": means},
        "status": "published", "made_at": NOW, "version": 1,
    }  # fmt: skip


def _facts(units: int) -> Iterator[dict[str, Any]]:
    for unit in range(1, units + 1):
        for n in range(INDICATORS):
            side = "party" if n < INDICATORS // 2 else "business"
            yield {
                "id": new_id(),
                "assessment_id": 1,
                "unit_id": unit,
                "indicator": f"{side}{n % (INDICATORS // 2)}",
                "ref": f"obligations:{n}",
                "share": Decimal((unit * 7 + n * 13) % 101) / 100,
                "weight": Decimal(4),
                "adverse": False,
                "times": Decimal(1),
                "entered_at": NOW,
            }


def _score(session: Session, units: int) -> list[Figure]:
    assessment = session.get_one(Assessment, 1)
    organs = session.scalars(select(Unit).order_by(Unit.id)).all()
    start = perf_counter()
    made = scores.compute(session, assessment, organs)
    session.commit()
    took = perf_counter() - start
    assert made == units
    return [(f"{units:,} organs × {INDICATORS} indicators scored and stored", took, "s")]


if __name__ == "__main__":
    for name, figure, unit in run(sys.argv[1]):
        print(f"{name:50} {figure:12,.2f} {unit}")  # noqa: T201
