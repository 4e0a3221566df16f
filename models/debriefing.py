"""A round of debriefings 述职评议考核, and each secretary's own."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.assessment import Exact
from models.base import Base, Code, Id, Name, refers_to


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
    published_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


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
