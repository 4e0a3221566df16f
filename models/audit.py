"""The audit trail: who did what, to what, when. Rows are appended, never changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, BigId, Code, Id, Name, refers_to


class AuditRow(Base):
    """Written in the act's own transaction, with a MAC of its own (design.md, decided 5)."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_subject", "subject_type", "subject_id"),
        Index("ix_audit_at", "at", "id"),
    )

    id: Mapped[Id]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(
        BigId, index=True
    )  # no reference: the trail outlives
    actor_name: Mapped[Name]
    action: Mapped[Code]
    subject_type: Mapped[Code]
    subject_id: Mapped[Code]
    case_id: Mapped[int | None] = mapped_column(BigId, index=True)
    unit_id: Mapped[int | None] = mapped_column(BigId)
    outcome: Mapped[Code] = mapped_column(default="done")  # done, refused, failed
    detail: Mapped[dict[str, Any]]
    key_id: Mapped[Code]
    mac: Mapped[str] = mapped_column(String(64))


class AuditLink(Base):
    """One row's place in the chain; only the sealer writes here."""

    __tablename__ = "audit_link"

    seq: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    audit_id: Mapped[int] = refers_to("audit.id")
    mac: Mapped[str] = mapped_column(String(64))  # over the row's MAC and the link before

    __table_args__ = (Index("uq_audit_link_audit_id", "audit_id", unique=True),)


class AuditHead(Base):
    """The chain's end; the sealer moves it by compare-and-set."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigId)
    mac: Mapped[str] = mapped_column(String(64))
    high_id: Mapped[int] = mapped_column(BigId)  # the largest row id in the chain
    key_id: Mapped[Code]  # whose turn it is: only a handover changes it
    sealed_at: Mapped[datetime | None]


class ReadRow(Base):
    """Who read a sensitive record: written on its own, before the page is shown."""

    __tablename__ = "read_log"
    __table_args__ = (Index("ix_read_log_at", "at", "id"),)

    id: Mapped[Id]
    at: Mapped[datetime]
    user_id: Mapped[int] = mapped_column(BigId, index=True)
    user_name: Mapped[Name]
    subject_type: Mapped[Code]
    subject_id: Mapped[Code] = mapped_column(index=True)
    page: Mapped[Name]
