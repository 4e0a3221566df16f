"""What a settled survey shows: its frozen tables, and its open answers in no order.

An anonymous survey is told by its published slices and no others; a named one as anybody likes.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models import Survey, SurveyTally, SurveyText, User
from workflows.errors import NotFound, Refused

Parts = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Group:
    """One line of a slice; without `n` its figures are hidden, without a part those of the part."""

    values: tuple[str, ...]
    asked: int
    n: int | None
    parts: Parts

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> "Group":
        return cls(tuple(row["values"]), row["asked"], row.get("n"), row.get("parts", {}))


@dataclass(frozen=True)
class Text:
    text: str
    name: str  # of who wrote it, in a named survey


@dataclass(frozen=True)
class Texts:
    rows: Sequence[Text]
    after: int | None


def require_settled(survey: Survey) -> None:
    if survey.state != "settled":
        raise Refused(
            "The survey has no results yet: until it is closed and settled only the rate of "
            "response is shown.",
            guard="survey_state",
        )


def slices(survey: Survey) -> list[tuple[str, ...]]:
    """The tables that there are: all together, then those that were fixed."""
    order = survey.attributes
    fixed = {tuple(name for name in order if name in one) for one in survey.slices}
    if not survey.anonymous:
        fixed |= {(name,) for name in order} | {tuple(order)}
    return [(), *sorted(fixed - {()}, key=lambda one: (len(one), [order.index(n) for n in one]))]


def table(
    session: Session, survey: Survey, by: Sequence[str], *, where: Mapping[str, str] | None = None
) -> list[Group]:
    """The groups of a slice; `where` keeps to some values, in a named survey only.

    Raises Refused before the survey is settled, NotFound for a table that is not published.
    """
    require_settled(survey)
    wanted = tuple(name for name in survey.attributes if name in by)
    if set(by) - set(survey.attributes) or (survey.anonymous and where):
        raise NotFound("There is no such table.")
    if survey.anonymous:
        if wanted not in slices(survey):
            raise NotFound("There is no such table.")
        return [Group.read(row) for row in _stored(session, survey, wanted)]
    return _made(survey, _stored(session, survey, survey.attributes), wanted, where or {})


def _stored(session: Session, survey: Survey, names: Sequence[str]) -> list[dict[str, Any]]:
    row = session.get(SurveyTally, (survey.id, "+".join(names)))
    if row is None:
        raise NotFound("There is no such table.")
    found: list[dict[str, Any]] = row.figures["groups"]
    return found


def _made(
    survey: Survey,
    finest: Sequence[Mapping[str, Any]],
    by: Sequence[str],
    where: Mapping[str, str],
) -> list[Group]:
    """The groups of any slice, from the finest cells."""
    order: list[str] = survey.attributes
    found: dict[tuple[str, ...], list[Mapping[str, Any]]] = {}
    for row in finest:
        told = dict(zip(order, row["values"], strict=True))
        if all(told.get(name) == value for name, value in where.items()):
            found.setdefault(tuple(told[name] for name in by), []).append(row)
    return [_together(values, rows) for values, rows in sorted(found.items())]


def _together(values: tuple[str, ...], rows: Sequence[Mapping[str, Any]]) -> Group:
    parts: dict[str, dict[str, Any]] = {}
    for row in rows:
        for key, one in row["parts"].items():
            kept = parts.setdefault(key, {"n": 0, "counts": Counter()})
            kept["n"] += one["n"]
            kept["counts"].update(one["counts"])
    return Group(values, sum(row["asked"] for row in rows), sum(row["n"] for row in rows), parts)


def texts(
    session: Session, survey: Survey, question: str, *, after: int | None = None, size: int = 50
) -> Texts:
    """Open answers by their random ids; with names where people were asked by name."""
    require_settled(survey)
    query = (
        select(SurveyText.id, SurveyText.text, User.name)
        .outerjoin(User, User.id == SurveyText.user_id)
        .where(SurveyText.survey_id == survey.id, SurveyText.question == question)
    )
    if after is not None:
        query = query.where(SurveyText.id > after)
    rows = session.execute(query.order_by(SurveyText.id).limit(size + 1)).all()
    told = [Text(text, name or "") for _, text, name in rows[:size]]
    return Texts(told, rows[size - 1].id if len(rows) > size else None)


def text_counts(session: Session, survey: Survey) -> dict[str, int]:
    """How many open answers are shown, by question."""
    rows = session.execute(
        select(SurveyText.question, func.count())
        .where(SurveyText.survey_id == survey.id)
        .group_by(SurveyText.question)
    )
    return dict(rows.all())


def mean_of(counts: Mapping[str, int]) -> float | None:
    """The mean of a scale."""
    people = sum(counts.values())
    return sum(int(value) * count for value, count in counts.items()) / people if people else None
