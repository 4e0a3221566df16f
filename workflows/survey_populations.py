"""Who is asked by a survey, and in which cell each is counted.

`population` is {"units": [ids as text], "who": everyone | posts | members | cadres}: enabled people
of these units and of all below them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, or_, select, true
from sqlalchemy.orm import Session

from models import Holding, Unit, UnitKind, User
from workflows.errors import Invalid
from workflows.forms import Fault

FEWEST = 5  # people asked in a cell of an anonymous survey, and answers behind a figure
ATTRIBUTES = ("organ", "level", "post", "membership", "cadre")
MOST_ATTRIBUTES = 3
WHO = ("everyone", "posts", "members", "cadres")
TOGETHER = "*"  # the value of those who are not told apart
BETWEEN = "|"

Cell = tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """A person who is asked, his unit, and the values of the attributes."""

    user_id: int
    unit_id: int
    cell: Cell


def faults_of(
    population: Mapping[str, Any], attributes: Sequence[str], slices: Sequence[Sequence[str]]
) -> dict[str, Fault]:
    """What is wrong with whom is asked and how it is told apart, by field."""
    faults: dict[str, Fault] = {}
    units = population.get("units")
    if not units or not all(str(one).isdecimal() for one in units):
        faults["population"] = Fault("Please choose the units that are asked.")
    if population.get("who", "everyone") not in WHO:
        faults["who"] = Fault("Please choose who of them is asked.")
    if len(attributes) > MOST_ATTRIBUTES or len(set(attributes)) < len(attributes):
        faults["attributes"] = Fault("Please enter at most {most}.", most=MOST_ATTRIBUTES)
    elif not set(attributes) <= set(ATTRIBUTES):
        faults["attributes"] = Fault("This value is not allowed here.")
    if any(not one or not set(one) <= set(attributes) for one in slices):
        faults["slices"] = Fault("A table tells people apart by the attributes that were chosen.")
    return faults


def require(
    population: Mapping[str, Any], attributes: Sequence[str], slices: Sequence[Sequence[str]]
) -> None:
    """Raises Invalid, by field, unless the population and its slices hold."""
    if faults := faults_of(population, attributes, slices):
        raise Invalid("Please mend what is marked.", fields=faults)


def asked(
    session: Session, population: Mapping[str, Any], attributes: Sequence[str], *, day: date
) -> Iterator[Asked]:
    """Everybody who is asked, with the values that hold on the day."""
    organs = _organs(session)
    for line in session.execute(_people(population, day)):
        told = {
            "organ": organs(line.path),
            "level": line.kind,
            "post": "yes" if line.post else "no",
            "membership": line.membership,
            "cadre": "yes" if line.cadre else "no",
        }
        yield Asked(line.id, line.unit_id, tuple(told[name] for name in attributes))


def _people(population: Mapping[str, Any], day: date) -> Select[*tuple[Any, ...]]:
    post = exists().where(Holding.user_id == User.id, *_on(day)).correlate(User)
    inside = [
        Unit.path.contains(f"/{int(one)}/", autoescape=True) for one in population.get("units", ())
    ]
    conditions: Mapping[str, ColumnElement[bool]] = {
        "everyone": true(),
        "posts": post,
        "members": User.membership != "none",
        "cadres": User.cadre.is_(True),
    }
    return (
        select(
            User.id,
            User.unit_id,
            User.membership,
            User.cadre,
            Unit.kind,
            Unit.path,
            post.label("post"),
        )
        .join(Unit, Unit.id == User.unit_id)
        .where(User.enabled.is_(True), or_(*inside) if inside else false())
        .where(conditions[population.get("who", "everyone")])
        .order_by(User.id)
    )


def _on(day: date) -> tuple[ColumnElement[bool], ...]:
    return (Holding.since <= day, or_(Holding.until.is_(None), Holding.until > day))


def _organs(session: Session) -> Any:
    """A function from a unit's path to the code of the organ that it belongs to."""
    codes = dict(
        session.execute(select(Unit.id, Unit.code).where(Unit.kind == UnitKind.PARTY_GROUP)).all()
    )

    def organ(path: str) -> str:
        above = (int(one) for one in reversed(path.split("/")) if one)
        return next((codes[one] for one in above if one in codes), TOGETHER)

    return organ


def coarsened(sizes: Mapping[Cell, int]) -> dict[Cell, Cell]:
    """Which cell each is counted in, so that at least five people are asked in every one.

    Small cells are joined with their neighbours, the last attribute first: an answer lies under
    its cell while the survey is open, and a cell of one would be his name.
    """
    names = {cell: cell for cell in sizes}
    width = len(next(iter(sizes), ()))
    for level in reversed(range(width)):
        now: Counter[Cell] = Counter()
        for cell, name in names.items():
            now[name] += sizes[cell]
        joined: dict[Cell, Cell] = {}
        for prefix, group in groupby(sorted(now), key=lambda cell: cell[:level]):
            together = prefix + (TOGETHER,) * (width - level)
            joined |= dict.fromkeys(_too_small({one: now[one] for one in group}), together)
        names = {cell: joined.get(name, name) for cell, name in names.items()}
    return names


def _too_small(sizes: Mapping[Cell, int]) -> list[Cell]:
    """The cells that are joined: those under five, and the next larger until they are five."""
    small: list[Cell] = []
    people = 0
    for cell in sorted(sizes, key=lambda one: (sizes[one], one)):
        if sizes[cell] >= FEWEST and (not small or people >= FEWEST):
            break
        small.append(cell)
        people += sizes[cell]
    return small


def written(cell: Cell) -> str:
    return BETWEEN.join(cell)


def read_cell(text: str) -> Cell:
    return tuple(text.split(BETWEEN)) if text else ()
