"""Schemes of a year, the facts that were frozen for it, and the sheets that they made."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import BigInteger, Dialect, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from models.base import Base, Code, Id, Name, refers_to

SCALE = 10**8


class Exact(TypeDecorator[Decimal]):
    """A number with up to eight decimals, stored whole: the same on every database."""

    impl = BigInteger
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Decimal | None], int | None]:
        return _whole

    def result_processor(
        self, dialect: Dialect, coltype: object
    ) -> Callable[[int | None], Decimal | None]:
        return _number


@lru_cache(maxsize=65536)  # a year's facts and scores repeat few numbers many times
def _number(whole: int | None) -> Decimal | None:
    return None if whole is None else Decimal(whole) / SCALE


@lru_cache(maxsize=65536)
def _whole(number: Decimal | None) -> int | None:
    if number is None:
        return None
    whole = number * SCALE
    if whole != int(whole):
        raise ValueError(f"{number} has more than eight decimals")
    return int(whole)


class Scheme(Base):
    """考核方案: one version of what a group is assessed by in a year; published, it is frozen."""

    __tablename__ = "scheme"
    __table_args__ = (UniqueConstraint("group", "year", "number"),)

    id: Mapped[Id]
    group: Mapped[Code]  # organs
    year: Mapped[int]
    number: Mapped[int]
    name: Mapped[Name]
    content: Mapped[dict[str, Any]]  # rules, content, means
    status: Mapped[Code]  # draft, published, retired
    made_by: Mapped[int | None] = refers_to("user.id")
    made_at: Mapped[datetime]
    published_by: Mapped[int | None] = refers_to("user.id")
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Assessment(Base):
    """The assessment of a group for a year, under one scheme."""

    __tablename__ = "assessment"
    __table_args__ = (UniqueConstraint("group", "year"),)

    id: Mapped[Id]
    group: Mapped[Code]
    year: Mapped[int]
    scheme_id: Mapped[int] = refers_to("scheme.id")
    case_id: Mapped[int | None] = refers_to("case.id")
    cutoff: Mapped[date]
    frozen_at: Mapped[datetime | None]
    publicity_from: Mapped[date | None]
    publicity_until: Mapped[date | None]
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class YearFact(Base):
    """One fact about one unit as it stood on the cutoff day; struck out, never deleted."""

    __tablename__ = "year_fact"
    __table_args__ = (
        UniqueConstraint("assessment_id", "unit_id", "indicator", "ref"),
        Index("ix_year_fact_unit", "assessment_id", "unit_id"),
    )

    id: Mapped[Id]
    assessment_id: Mapped[int] = refers_to("assessment.id")
    unit_id: Mapped[int] = refers_to("unit.id")
    indicator: Mapped[Code]
    ref: Mapped[Name]  # "obligation:…", "finding:…", "file:…"
    text: Mapped[str] = mapped_column(String(2000), default="")
    share: Mapped[Decimal] = mapped_column(Exact)
    weight: Mapped[Decimal] = mapped_column(Exact)
    adverse: Mapped[bool] = mapped_column(default=False)
    times: Mapped[Decimal] = mapped_column(Exact)
    cause: Mapped[Name] = mapped_column(default="")
    entered_by: Mapped[int | None] = refers_to("user.id")  # none: computed from the record
    entered_at: Mapped[datetime]
    disputed_by: Mapped[int | None] = refers_to("user.id")
    disputed_at: Mapped[datetime | None]
    disputed_for: Mapped[str] = mapped_column(String(2000), default="")
    dismissed_at: Mapped[datetime | None]
    dismissed_for: Mapped[str] = mapped_column(String(2000), default="")
    struck_by: Mapped[int | None] = refers_to("user.id")
    struck_at: Mapped[datetime | None]
    struck_for: Mapped[str] = mapped_column(String(2000), default="")


class UnitSheet(Base):
    """A unit's result: both sides, what they make together, and what people decided."""

    __tablename__ = "unit_sheet"
    __table_args__ = (UniqueConstraint("assessment_id", "unit_id"),)

    id: Mapped[Id]
    assessment_id: Mapped[int] = refers_to("assessment.id")
    unit_id: Mapped[int] = refers_to("unit.id", index=True)
    party: Mapped[Decimal] = mapped_column(Exact)
    business: Mapped[Decimal] = mapped_column(Exact)
    total: Mapped[Decimal] = mapped_column(Exact)
    by_points: Mapped[Code]
    suggested: Mapped[Code]
    reason: Mapped[Code] = mapped_column(default="")  # veto, over_quota, tie
    vetoes: Mapped[list[Any]]
    grade: Mapped[Code | None]  # as decided
    grade_reason: Mapped[str] = mapped_column(String(2000), default="")
    decided_by: Mapped[int | None] = refers_to("user.id")
    decided_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class ScoreLine(Base):
    """What one indicator gave one unit; made again from the facts whenever it is asked."""

    __tablename__ = "score_line"
    __table_args__ = (UniqueConstraint("assessment_id", "unit_id", "indicator"),)

    id: Mapped[Id]
    assessment_id: Mapped[int] = refers_to("assessment.id")
    unit_id: Mapped[int] = refers_to("unit.id")
    indicator: Mapped[Code]
    side: Mapped[Code]
    points: Mapped[Decimal] = mapped_column(Exact)
    most: Mapped[Decimal] = mapped_column(Exact)
    has_data: Mapped[bool]


class UnitVeto(Base):
    """One veto of the scheme that a unit fell under, with what it rests on."""

    __tablename__ = "unit_veto"
    __table_args__ = (UniqueConstraint("assessment_id", "unit_id", "code"),)

    id: Mapped[Id]
    assessment_id: Mapped[int] = refers_to("assessment.id")
    unit_id: Mapped[int] = refers_to("unit.id")
    code: Mapped[Code]
    ref: Mapped[Name]
    text: Mapped[str] = mapped_column(String(2000), default="")
    confirmed_by: Mapped[int | None] = refers_to("user.id")
    confirmed_at: Mapped[datetime | None]


class ScoreMedian(Base):
    """The middle of a figure over all units of an assessment; made with the lines, from them.

    `figure` is an indicator's code, or one of party, business and gap with a colon before it.
    """

    __tablename__ = "score_median"
    __table_args__ = (UniqueConstraint("assessment_id", "figure"),)

    id: Mapped[Id]
    assessment_id: Mapped[int] = refers_to("assessment.id")
    figure: Mapped[Code]
    middle: Mapped[Decimal] = mapped_column(Exact)
    units: Mapped[int]  # how many it is the middle of; those without data are left out


class Recusal(Base):
    """回避: who must not score which unit, and why; taken back by a second act, never deleted."""

    __tablename__ = "recusal"
    __table_args__ = (Index("ix_recusal_assessment", "assessment_id", "unit_id"),)

    id: Mapped[Id]
    assessment_id: Mapped[int] = refers_to("assessment.id")
    user_id: Mapped[int] = refers_to("user.id")
    unit_id: Mapped[int] = refers_to("unit.id")
    ground: Mapped[Code]  # relative, former, other
    note: Mapped[str] = mapped_column(String(2000), default="")
    declared_by: Mapped[int] = refers_to("user.id")
    declared_at: Mapped[datetime]
    withdrawn_by: Mapped[int | None] = refers_to("user.id")
    withdrawn_at: Mapped[datetime | None]
    withdrawn_for: Mapped[str] = mapped_column(String(2000), default="")
