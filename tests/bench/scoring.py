"""Scoring: five thousand organs by sixty indicators, from facts in the database to their sheets."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from time import perf_counter
from typing import Any

from sqlalchemy import Connection, insert, select

from models import Assessment, Scheme, Unit, UnitKind, YearFact
from models.ids import new_id
from tests.bench import places
from tests.bench.figures import Figure
from tests.bench.places import NOW, Place
from tests.bench.profiles import explained
from workflows import scores

UNITS, INDICATORS = 5_000, 60
ROUNDS = 3


def run() -> Iterator[Figure]:
    for opened in (places.sqlite, places.postgres):
        with opened() as place:
            with place.engine.begin() as connection:
                _fill(connection, UNITS)
            place.analyse()
            yield _measure(place, UNITS)


def _measure(place: Place, units: int) -> Figure:
    """The best of some rounds: each makes every sheet anew in the place of those before."""
    took = min(_score(place, units) for _ in range(ROUNDS))
    name = f"{units:,} organs × {INDICATORS} indicators scored and stored, {place.name.split()[0]}"
    return explained(Figure(name, took, "s").at_most(10), lambda: _score(place, units))


def _score(place: Place, units: int) -> float:
    """Seconds from the facts to the sheets on disk."""
    with place.sessions() as session:
        assessment = session.get_one(Assessment, 1)
        organs = session.scalars(select(Unit).order_by(Unit.id)).all()
        begun = perf_counter()
        made = scores.compute(session, assessment, organs)
        session.commit()
        took = perf_counter() - begun
    assert made == units
    return took


def _fill(connection: Connection, units: int) -> None:
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
