"""党务工作经历: what of a person's party work, and of awards and moves, stands in the record."""

from datetime import date, datetime

from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Code, Id, Name, refers_to


class CareerEntry(Base):
    """One entry: a post held, an award, a move; by party or business line (条例 32)."""

    __tablename__ = "career_entry"

    id: Mapped[Id]
    key: Mapped[Name] = mapped_column(unique=True)  # use:{case}:{subject}:{use}
    user_id: Mapped[int] = refers_to("user.id", index=True)
    unit_id: Mapped[int | None] = refers_to("unit.id")
    kind: Mapped[Code]  # post_record, award_priority, promotion_reference, exchange, training
    line: Mapped[Code]  # party, business
    title: Mapped[Name]
    full_time: Mapped[bool | None]
    since: Mapped[date | None]
    until: Mapped[date | None]
    case_id: Mapped[int] = refers_to("case.id", index=True)
    entered_at: Mapped[datetime]
