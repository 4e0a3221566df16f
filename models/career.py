"""党务工作经历 and 结果运用: a person's record, and each line that may lead there."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Code, Id, Name, refers_to


class ResultUse(Base):
    """One line of a year's use of results: for whom, which use, and where it stands."""

    __tablename__ = "result_use"
    __table_args__ = (UniqueConstraint("case_id", "subject", "use"),)

    id: Mapped[Id]
    case_id: Mapped[int] = refers_to("case.id")
    year: Mapped[int]
    subject: Mapped[Code]  # user-12, unit-3
    user_id: Mapped[int | None] = refers_to("user.id", index=True)
    unit_id: Mapped[int] = refers_to("unit.id", index=True)
    name: Mapped[Name]  # as it was then; history is never renamed
    post_then: Mapped[Name] = mapped_column(default="")
    grade: Mapped[Code] = mapped_column(default="")  # none: named without one
    use: Mapped[Code]  # award_priority, promotion_reference, exchange, training, post_record
    award: Mapped[Code] = mapped_column(default="")  # excellent_member, excellent_worker, other
    reason: Mapped[str] = mapped_column(String(10_000), default="")
    flags: Mapped[list[Any]]  # bar, measure, form, until: as they were when checked
    state: Mapped[Code]  # proposed, left_out, approved, dropped, fallen, adopted, refused, later
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}


class UseEvent(Base):
    """Each state that a line went through, when, and by whose act."""

    __tablename__ = "use_event"

    id: Mapped[Id]
    use_id: Mapped[int] = refers_to("result_use.id", index=True)
    at: Mapped[datetime]
    state: Mapped[Code]  # of the line, or kept: a flag that was answered
    by: Mapped[int | None] = refers_to("user.id")
    note: Mapped[str] = mapped_column(String(10_000), default="")


class CareerEntry(Base):
    """One entry: a post held, an award, a move; by party or business line (条例 32)."""

    __tablename__ = "career_entry"

    id: Mapped[Id]
    key: Mapped[Name] = mapped_column(unique=True)  # use:{case}:{subject}:{use}
    user_id: Mapped[int] = refers_to("user.id", index=True)
    unit_id: Mapped[int | None] = refers_to("unit.id")
    kind: Mapped[Code]  # post_record, award_priority, promotion_reference, exchange, training
    award: Mapped[Code] = mapped_column(default="")
    line: Mapped[Code]  # party, business
    title: Mapped[Name]
    full_time: Mapped[bool | None]
    since: Mapped[date | None]
    until: Mapped[date | None]
    happened_on: Mapped[date]  # when it was adopted
    case_id: Mapped[int] = refers_to("case.id", index=True)
    entered_at: Mapped[datetime]
