"""A round of debriefings 述职评议考核, and each secretary's own."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.assessment import Exact
from models.base import Base, BigId, Code, Id, Name, refers_to


class DebriefingRound(Base):
    """一届: one organiser, one year, its next-level secretaries."""

    __tablename__ = "debriefing_round"
    __table_args__ = (UniqueConstraint("organiser_id", "year"),)

    id: Mapped[Id]
    case_id: Mapped[int] = refers_to("case.id", index=True)
    organiser_id: Mapped[int] = refers_to("unit.id")
    year: Mapped[int]
    weights: Mapped[dict[str, Any]]  # daily, session, ballot; as they were used
    session_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]  # the session itself, by the recorder
    place: Mapped[Name] = mapped_column(default="")
    present: Mapped[list[Any]] = mapped_column(default=list)  # user ids as text
    last_year_told_at: Mapped[datetime | None]
    inspection_told_at: Mapped[datetime | None]
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class Speech(Base):
    """一述一评 as it is recorded live: who speaks when, what is commented, asked and answered.

    `edition` counts what was typed: two who write at once are told apart, while the calling of
    the next speaker beside them disturbs nobody.
    """

    __tablename__ = "debriefing_speech"
    __table_args__ = (Index("ix_debriefing_speech_round", "round_id", "place"),)

    id: Mapped[Id]
    round_id: Mapped[int] = refers_to("debriefing_round.id")
    debriefing_id: Mapped[int] = mapped_column(BigId, ForeignKey("debriefing.id"), unique=True)
    place: Mapped[int]  # in the order of speaking, from 1
    begun_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    spoke: Mapped[Code] = mapped_column(default="oral")  # oral, written, absent
    comment: Mapped[str] = mapped_column(String(10_000), default="")
    by_id: Mapped[int | None] = refers_to("user.id")  # who comments
    score: Mapped[Decimal | None] = mapped_column(Exact)
    question: Mapped[str] = mapped_column(String(10_000), default="")
    answer: Mapped[str] = mapped_column(String(10_000), default="")
    edition: Mapped[int] = mapped_column(default=0)


class Debriefing(Base):
    """One secretary's debriefing of a year: what came in, what it makes, what was decided."""

    __tablename__ = "debriefing"
    __table_args__ = (UniqueConstraint("round_id", "user_id"),)

    id: Mapped[Id]
    round_id: Mapped[int] = refers_to("debriefing_round.id")
    user_id: Mapped[int] = refers_to("user.id", index=True)
    unit_id: Mapped[int] = refers_to("unit.id", index=True)
    post_then: Mapped[Name]
    state: Mapped[Code]  # reporting, accepted, absent, removed, graded
    graded: Mapped[bool] = mapped_column(default=True)  # served long enough to be graded
    facts: Mapped[dict[str, Any]]  # the year check, drawn from the record
    daily: Mapped[Decimal | None] = mapped_column(Exact)
    session: Mapped[Decimal | None] = mapped_column(Exact)
    ballot: Mapped[Decimal | None] = mapped_column(Exact)
    total: Mapped[Decimal | None] = mapped_column(Exact)
    suggested: Mapped[Code | None]
    suggested_why: Mapped[str] = mapped_column(String(2000), default="")
    grade: Mapped[Code | None]
    comment: Mapped[str] = mapped_column(String(10_000), default="")
    problems: Mapped[str] = mapped_column(String(10_000), default="")
    requests: Mapped[str] = mapped_column(String(10_000), default="")
    decided_at: Mapped[datetime | None]
    list_case_id: Mapped[int | None] = refers_to("case.id")  # the rectification that came of it
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}
